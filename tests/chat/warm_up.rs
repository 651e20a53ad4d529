//! What a visitor who comes back will ask for is fetched while the connection still opens.

use anyhow::{Context, Result};
use protocol::ids::Seq;
use protocol::visitor::VisitorFrame;
use tests::agent::Agent;
use tests::demo::OUTSIDE_QUESTION;
use tests::process::ServerProcess;
use tests::visitor::{Visitor, same_transcript};

const WARM: &str = "resumed_warm_total";

#[tokio::test]
async fn who_comes_back_is_answered_from_what_was_fetched_meanwhile() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut agent = Agent::connected(&server).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted(OUTSIDE_QUESTION).await?;
    assert_eq!(server.metric(WARM).await?, 0, "there was nothing to fetch for a new visitor");
    let conversation = visitor.conversation.context("no conversation")?;
    visitor.disconnect();
    let reply = agent.reply_accepted(conversation, "While you were away.").await?;

    visitor.connect().await?;
    visitor.until("the reply", |visitor| visitor.message(reply).is_some()).await?;
    assert_eq!(server.metric(WARM).await?, 1);
    visitor.say_accepted("There you are.").await?;
    agent.watch(conversation).await?;
    let count = visitor.messages.len();
    agent
        .until("the whole talk", |agent| {
            agent.transcripts.get(&conversation).is_some_and(|told| told.len() == count)
        })
        .await?;
    assert!(same_transcript(&agent.transcripts[&conversation], &visitor.messages));

    // Asked a second time, the page is old.
    visitor
        .send(&VisitorFrame::Resume { conversation: Some(conversation), last_seq: Seq(0) })
        .await?;
    visitor.say_accepted("And once more.").await?;
    assert_eq!(server.metric(WARM).await?, 1);
    Ok(())
}
