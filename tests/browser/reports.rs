//! The reports in a browser, from talks whose numbers are known.

use anyhow::Result;
use protocol::agent::AgentFrame;
use tests::agent::Agent;
use tests::browser::Browser;
use tests::process::ServerProcess;
use tests::visitor::Visitor;

use crate::desk::Desk;
use crate::people::{go, has};

#[tokio::test]
async fn a_days_talks_are_in_the_figures_the_picture_and_the_tables() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let mut agent = Agent::sign_in(&server.origin).await?;
    agent.connect().await?;
    for _ in 0..2 {
        let mut visitor = Visitor::connected(&server.origin).await?;
        visitor.say_accepted(tests::demo::OUTSIDE_QUESTION).await?;
        let conversation = visitor.conversation.expect("it began");
        agent.watch(conversation).await?;
        agent.reply_accepted(conversation, "I am looking into it").await?;
        agent.act(|message_id| AgentFrame::Resolve { message_id, conversation }).await?;
    }
    let shown = "(location.hash = 'inbox', location.hash = 'reports',
        document.querySelector('[data-fd=report-conversations] strong')?.innerText === '2')";
    desk.console.wait_for(shown).await?;
    go(&desk.console, "reports").await?;
    has(&desk.console, "svg.chart rect").await?;
    has(&desk.console, "[data-fd=report-agent]").await?;
    let replies = "document.querySelector('[data-fd=report-agent] td')?.innerText";
    assert_eq!(desk.console.wait_for(replies).await?, "2");
    let week = "[data-fd=span][data-days='7']";
    desk.console.click(week).await?;
    desk.console
        .wait_for(&format!("document.querySelector(`{week}`).ariaPressed === 'true'"))
        .await?;
    let days = "document.querySelectorAll('tbody [data-fd=report-day]').length === 7";
    desk.console.wait_for(days).await?;
    Ok(())
}
