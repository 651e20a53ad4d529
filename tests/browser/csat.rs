//! How it was: offered when a conversation is resolved, once, and seen by the agent.

use anyhow::Result;
use protocol::forms::FormsSettings;
use tests::agent::Agent;
use tests::browser::Browser;
use tests::looks::look_at;
use tests::process::ServerProcess;

use crate::desk::Desk;
use crate::shop::{Chat, ENGLISH};

const OFFERED: &str = "!!document.querySelector('[data-fd=rating]')";
const COMMENT: &str = "Quick & kind <b>thank you</b>";

#[tokio::test]
async fn a_resolved_conversation_is_rated_and_the_agent_sees_it() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let forms = FormsSettings { rating: true, ..FormsSettings::default() };
    Agent::sign_in(&server.origin).await?.set_forms(forms).await?;
    let chat = Chat::open(&browser, &server, ENGLISH).await?;
    let question = chat.write(tests::demo::OUTSIDE_QUESTION).await?;
    chat.until_state(&question.id, "sent").await?;
    desk.open_first().await?;
    desk.reply("It is on its way.").await?;
    desk.console.click("[data-fd=resolve]").await?;
    chat.widget.wait_for(OFFERED).await?;
    chat.widget.click("[data-fd=score][data-score='5']").await?;
    chat.widget.fill("[data-fd=rating-comment]", COMMENT).await?;
    look_at(&chat.page, &chat.widget, "widget-rating", "en").await?;
    chat.page.set_size(1280, 900).await?;
    chat.widget.click("[data-fd=rating-send]").await?;
    chat.widget.wait_for("!!document.querySelector('[data-fd=rated]')").await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=score][data-score=\"5\"]')").await?;
    let said = format!(
        "[...document.querySelectorAll('[data-fd=message]')]
            .some((message) => message.textContent.includes('{COMMENT}'))"
    );
    desk.console.wait_for(&said).await?;
    chat.widget.wait_for(&said).await?;
    // Once: not after a reload, and again only when it is resolved again.
    chat.page.reload().await?;
    chat.page.click_in_shadow("button").await?;
    let widget = chat.page.frame(&format!("{}/widget?", server.origin)).await?;
    widget.wait_for(&said).await?;
    assert_eq!(widget.evaluate(OFFERED).await?, false);
    desk.console.click("[data-fd=reopen]").await?;
    desk.console.click("[data-fd=resolve]").await?;
    widget.wait_for(OFFERED).await?;
    for page in [&chat.page, &desk.page] {
        assert_eq!(page.csp_violations_since(0), [""; 0]);
        assert_eq!(page.errors_since(0), [""; 0]);
    }
    Ok(())
}
