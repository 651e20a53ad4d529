//! The first-run guide: from an empty installation to a chat that answers.

use anyhow::{Context, Result};
use protocol::ids::{MessageId, SiteKey};
use tests::agent::{EMAIL, NAME, PASSWORD};
use tests::browser::Browser;
use tests::http;
use tests::looks::look_at;
use tests::process::{Installation, ServerProcess};
use tests::visitor::Visitor;

const DONE: &str = "document.querySelector('[data-step=%]')?.dataset.done === 'true'";

#[tokio::test]
async fn a_new_owner_is_led_to_a_chat_that_answers() -> Result<()> {
    let server = ServerProcess::start(Installation::empty()?).await?;
    let browser = Browser::launch().await?;
    let page = browser.new_page().await?;
    page.set_size(1440, 900).await?;
    page.open(server.set_up_link.as_deref().context("no set-up link")?).await?;
    let console = page.main().await?;
    console.fill("[data-fd=name]", NAME).await?;
    console.fill("[data-fd=email]", EMAIL).await?;
    console.fill("[data-fd=password]", PASSWORD).await?;
    console.click("[data-fd=set-up]").await?;
    console.fill("[data-fd=guide-name]", "Heronmoss Violins").await?;
    console.fill("[data-fd=guide-origin]", "https://shop.example/").await?;
    console.click("[data-fd=guide-create]").await?;
    console.wait_for(&DONE.replace('%', "site")).await?;
    let choose = "(() => { const field = document.querySelector('[data-fd=import-kind]');
        if (!field) return false;
        field.value = 'page';
        field.dispatchEvent(new Event('change', { bubbles: true })); return true; })()";
    console.wait_for(choose).await?;
    console
        .wait_for("document.querySelector('[data-fd=import-text]').tagName === 'TEXTAREA'")
        .await?;
    let text = "When are you open?\nFrom nine to five.\n\nDo you ship abroad?\nYes, everywhere.";
    console.fill("[data-fd=import-text]", text).await?;
    console.click("[data-fd=read-import]").await?;
    console.click("[data-fd=take-import]").await?;
    look_at(&page, &console, "guide", "en").await?;
    page.set_size(1440, 900).await?;
    console.click("button[data-fd=publish]").await?;
    console.wait_for(&DONE.replace('%', "faq")).await?;
    let snippet = console.wait_for("document.querySelector('[data-fd=snippet]').innerText").await?;
    let snippet = snippet.as_str().context("no snippet")?;
    assert!(snippet.contains(&format!("{}/embed.js", server.origin)), "{snippet}");
    let key = snippet.split("data-site=\"").nth(1).and_then(|rest| rest.split('"').next());
    let key = key.context("no key in the snippet")?;
    assert_eq!(console.evaluate(&DONE.replace('%', "snippet")).await?, false);
    for referring in ["https://elsewhere.example/", "https://shop.example/products"] {
        http::get(&server.origin, "/embed.js", &[("referer", referring)]).await?;
    }
    console.click("[data-fd=check-snippet]").await?;
    console.wait_for(&DONE.replace('%', "snippet")).await?;
    let seen =
        console.evaluate("document.querySelector('[data-fd=snippet-seen]').textContent").await?;
    assert!(seen.as_str().is_some_and(|at| at.contains("https://shop.example")), "{seen}");
    console.wait_for("!!document.querySelector('[data-fd=guide-done]')").await?;
    let site = SiteKey::parse(key).map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut visitor = Visitor::arrive_at(&server.origin, site, None).await?;
    visitor.connect().await?;
    let id = visitor.say_accepted("When are you open?").await?;
    let reply = MessageId::of_reply_to(id);
    visitor.until("an answer", |visitor| visitor.message(reply).is_some()).await?;
    Ok(())
}
