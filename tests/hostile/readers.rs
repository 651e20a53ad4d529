//! Readers that do not read, or hardly: they lose signs of typing, then their connection, never a
//! message; and nobody waits for them.

use anyhow::{Context, Result, ensure};
use protocol::TEXT_BYTES_MAX;
use protocol::agent::{AgentEvent, AgentFrame};
use protocol::close::CloseCode;
use protocol::ids::{ConversationId, MessageId};
use protocol::visitor::VisitorEvent;
use tests::agent::Agent;
use tests::eventually::{DEADLINE, eventually};
use tests::process::ServerProcess;
use tests::socket::Reader;
use tests::visitor::Visitor;

/// Far longer than these tests: what ends a connection here is the queue's size.
const PATIENT: &str = "write_ms = 600000";

/// More replies than the queue and the system's own buffers hold together.
const REPLIES_MAX: usize = 300;

struct Desk {
    server: ServerProcess,
    agent: Agent,
    visitor: Visitor,
    conversation: ConversationId,
}

/// An agent, and a visitor who has said something and reads in their own way from then on.
async fn desk(limits: &str, reader: Reader) -> Result<Desk> {
    let server = ServerProcess::demo_with_limits(limits).await?;
    let mut agent = Agent::connected(&server).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted("is anybody there?").await?;
    let conversation = visitor.conversation.context("a message makes a conversation")?;
    agent.act(|message_id| AgentFrame::TakeOver { message_id, conversation }).await?;
    // Who types is told only to the conversation on show.
    agent.watch(conversation).await?;
    visitor.disconnect();
    visitor.connect_as(reader).await?;
    Ok(Desk { server, agent, visitor, conversation })
}

fn long_text(number: usize) -> String {
    format!("{number}: {}", "x".repeat(TEXT_BYTES_MAX - 10))
}

impl Desk {
    async fn reply(&mut self, number: usize) -> Result<MessageId> {
        self.agent.reply_accepted(self.conversation, &long_text(number)).await
    }

    /// Everything the agent has said so far is handled when this comes back.
    async fn agent_is_done(&mut self) -> Result<()> {
        self.agent.others.clear();
        self.agent.send(&AgentFrame::Sync).await?;
        let synced = |agent: &Agent| agent.others.contains(&AgentEvent::Synced);
        self.agent.until("synced", synced).await
    }

    async fn type_often(&mut self) -> Result<()> {
        for _ in 0..20 {
            self.agent.send(&AgentFrame::Typing { conversation: self.conversation }).await?;
        }
        self.agent_is_done().await
    }

    fn typing_seen(&self) -> usize {
        self.visitor.others.iter().filter(|event| **event == VisitorEvent::AgentTyping).count()
    }

    /// The visitor has every reply, in the order they were written.
    async fn has_all(&mut self, replies: &[MessageId]) -> Result<()> {
        let last = *replies.last().context("there are replies")?;
        self.visitor.until("the last reply", |visitor| visitor.message(last).is_some()).await?;
        let messages = self.visitor.messages.values();
        let got: Vec<MessageId> =
            messages.map(|message| message.id).filter(|id| replies.contains(id)).collect();
        ensure!(got == replies, "{} of {} replies, or out of order", got.len(), replies.len());
        Ok(())
    }
}

#[tokio::test]
async fn a_reader_that_never_reads_is_sent_away_and_misses_nothing() -> Result<()> {
    let mut desk = desk(PATIENT, Reader::Narrow).await?;
    let mut replies = Vec::new();
    while desk.server.metric("slow_readers_total").await? == 0 {
        ensure!(replies.len() < REPLIES_MAX, "nobody minds that the reader does not read");
        replies.push(desk.reply(replies.len()).await?);
    }
    // Once it reads, it finds the goodbye behind what was written before.
    assert_eq!(desk.visitor.until_closed().await?, Some(CloseCode::SlowReader.code()));
    assert!(!replies.iter().all(|id| desk.visitor.message(*id).is_some()), "nothing was held back");
    desk.visitor.connect().await?;
    desk.has_all(&replies).await
}

#[tokio::test]
async fn a_write_that_stays_pending_ends_the_connection() -> Result<()> {
    let mut desk = desk("write_ms = 300", Reader::Narrow).await?;
    let mut replies = Vec::new();
    // Less than the queue's bound: it is the time that runs out.
    for number in 0..50 {
        replies.push(desk.reply(number).await?);
    }
    eventually("the reader is sent away", DEADLINE, async || {
        (desk.server.metric("slow_readers_total").await.ok()? == 1).then_some(())
    })
    .await?;
    desk.visitor.disconnect();
    desk.visitor.connect().await?;
    desk.has_all(&replies).await
}

#[tokio::test]
async fn behind_a_slow_reader_signs_of_typing_are_dropped_and_messages_are_not() -> Result<()> {
    let mut desk = desk(PATIENT, Reader::Narrow).await?;
    desk.type_often().await?;
    let typing = |visitor: &Visitor| visitor.others.contains(&VisitorEvent::AgentTyping);
    desk.visitor.until("a reader that reads sees typing", typing).await?;

    let mut replies = Vec::new();
    for number in 0..40 {
        replies.push(desk.reply(number).await?);
    }
    // What was typed while the reader read is through by now.
    desk.visitor.others.clear();
    desk.type_often().await?;
    replies.push(desk.reply(replies.len()).await?);
    desk.has_all(&replies).await?;
    assert!(desk.typing_seen() <= 1, "{} signs of typing were kept", desk.typing_seen());
    assert_eq!(desk.server.metric("slow_readers_total").await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_reader_of_single_bytes_gets_everything_and_holds_up_nobody() -> Result<()> {
    let mut desk = desk(PATIENT, Reader::Dripping).await?;
    let mut bystander = Visitor::connected(&desk.server.origin).await?;
    let mut replies = Vec::new();
    for number in 0..4 {
        replies.push(desk.reply(number).await?);
        bystander.say_accepted("and I?").await?;
    }
    desk.has_all(&replies).await?;
    assert_eq!(desk.server.metric("slow_readers_total").await?, 0);
    Ok(())
}

#[tokio::test]
async fn many_readers_that_never_read_cost_bounded_memory_and_nobodys_time() -> Result<()> {
    let mut desk = desk(PATIENT, Reader::Eager).await?;
    let token = desk.visitor.grant.visitor_token.clone();
    let mut tabs = Vec::new();
    for _ in 0..20 {
        let mut tab = Visitor::arrive_with(&desk.server.origin, Some(token.clone())).await?;
        tab.connect_as(Reader::Narrow).await?;
        tabs.push(tab);
    }
    let mut replies = Vec::new();
    while desk.server.metric("slow_readers_total").await? < tabs.len() as u64 {
        ensure!(replies.len() < REPLIES_MAX, "nobody minds that the readers do not read");
        replies.push(desk.reply(replies.len()).await?);
        // The tab that reads keeps up with all of them.
        desk.has_all(&replies).await?;
    }
    Ok(())
}
