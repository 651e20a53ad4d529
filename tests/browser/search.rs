//! Searching all messages in a browser, and jumping to what was found.

use anyhow::Result;
use tests::browser::Browser;
use tests::process::ServerProcess;
use tests::visitor::Visitor;

use crate::desk::Desk;
use crate::people::{go, has};

#[tokio::test]
async fn a_word_of_two_characters_is_found_and_leads_to_its_message() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted("我昨天买的杯子碎了，<b>想要</b>换貨，谢谢").await?;
    for line in 0..60 {
        visitor.say_accepted(&format!("还有第 {line} 句话")).await?;
    }
    go(&desk.console, "search").await?;
    desk.console.fill("[data-fd=search-text]", "换货").await?;
    has(&desk.console, "[data-fd=hit]").await?;
    let marked = "document.querySelector('[data-fd=hit] mark')?.innerText";
    assert_eq!(desk.console.wait_for(marked).await?, "换貨", "as it was written");
    let markup = "document.querySelector('[data-fd=hit] b') === null";
    desk.console.wait_for(markup).await?;
    let id = "document.querySelector('[data-fd=hit]').dataset.message";
    let id = desk.console.wait_for(id).await?;
    desk.console.click("[data-fd=hit]").await?;
    let message = format!("document.querySelector('[data-fd=message][data-id={id}]')");
    desk.console.wait_for(&format!("!!{message}?.hasAttribute('data-found')")).await?;
    let in_view = format!(
        "(() => {{ const seen = {message}.getBoundingClientRect();
            return seen.top >= 0 && seen.bottom <= innerHeight; }})()"
    );
    desk.console.wait_for(&in_view).await?;
    Ok(())
}

#[tokio::test]
async fn filters_narrow_and_nothing_found_says_so() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted("the parcel never came").await?;
    go(&desk.console, "search").await?;
    desk.console.fill("[data-fd=search-text]", "parcel").await?;
    has(&desk.console, "[data-fd=hit]").await?;
    let only_agents = "(() => { const field = document.querySelector('[data-fd=search-author]');
        field.value = 'agent'; field.dispatchEvent(new Event('input', { bubbles: true }));
        return true; })()";
    desk.console.wait_for(only_agents).await?;
    has(&desk.console, "[data-fd=search-none]").await?;
    // The question survives a reload.
    desk.page.reload().await?;
    let console = desk.page.main().await?;
    console.wait_for("document.querySelector('[data-fd=search-text]')?.value === 'parcel'").await?;
    Ok(())
}
