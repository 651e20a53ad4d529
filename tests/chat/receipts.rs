//! Sent, delivered, read: what each side hears of the other, and what a claim cannot do.

use anyhow::{Context, Result};
use protocol::agent::{AgentEvent, AgentFrame};
use protocol::conversation::Receipt;
use protocol::ids::Seq;
use protocol::visitor::{VisitorEvent, VisitorFrame};
use tests::agent::Agent;
use tests::process::ServerProcess;
use tests::visitor::Visitor;

fn agents_saw(visitor: &Visitor) -> Option<Receipt> {
    visitor.others.iter().rev().find_map(|event| {
        let VisitorEvent::Seen { receipt } = event else { return None };
        Some(*receipt)
    })
}

fn visitor_saw(agent: &Agent) -> Option<Receipt> {
    agent.others.iter().rev().find_map(|event| {
        let AgentEvent::VisitorRead { receipt, .. } = event else { return None };
        Some(*receipt)
    })
}

#[tokio::test]
async fn each_side_hears_how_far_the_other_has_read_also_after_it_was_away() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut agent = Agent::connected(&server).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted("Where do you keep the violins?").await?;
    let conversation = visitor.conversation.context("no conversation")?;
    agent.watch(conversation).await?;
    let last = visitor.last_seq();
    let read = Receipt { delivered: last, read: last };
    agent.send(&AgentFrame::Seen { conversation, receipt: read }).await?;
    visitor.until("read", |visitor| agents_saw(visitor) == Some(read)).await?;

    agent.reply_accepted(conversation, "In the cellar.").await?;
    visitor.until("the reply", |visitor| visitor.last_seq() > last).await?;
    let delivered = Receipt { delivered: visitor.last_seq(), read: last };
    visitor.send(&VisitorFrame::Seen { receipt: delivered }).await?;
    agent.until("delivered", |agent| visitor_saw(agent) == Some(delivered)).await?;

    visitor.disconnect();
    visitor.others.clear();
    visitor.connect().await?;
    visitor.until("told again", |visitor| agents_saw(visitor).is_some()).await?;
    agent.others.clear();
    agent.watch(conversation).await?;
    agent.until("told again", |agent| visitor_saw(agent) == Some(delivered)).await
}

#[tokio::test]
async fn nobody_reads_what_was_not_written_and_nobody_unreads() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut agent = Agent::connected(&server).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    let mut other = Visitor::connected(&server.origin).await?;
    visitor.say_accepted("Where do you keep the violins?").await?;
    let conversation = visitor.conversation.context("no conversation")?;
    agent.watch(conversation).await?;
    let everything = Receipt { delivered: Seq(u64::MAX), read: Seq(u64::MAX) };
    // A stranger's receipt is about the stranger's own conversation, and there is none.
    other.send(&VisitorFrame::Seen { receipt: everything }).await?;
    visitor.send(&VisitorFrame::Seen { receipt: everything }).await?;
    agent.until("as far as there is", |agent| visitor_saw(agent).is_some()).await?;
    let seen = visitor_saw(&agent).context("just heard")?;
    assert!(seen.read <= visitor.last_seq().next(), "{seen:?}");
    let heard = agent.others.len();
    visitor.send(&VisitorFrame::Seen { receipt: Receipt::default() }).await?;
    visitor.send(&VisitorFrame::Typing).await?;
    agent.until("what was sent after it", |agent| agent.others.len() > heard).await?;
    assert_eq!(visitor_saw(&agent), Some(seen), "nothing was unread");
    Ok(())
}
