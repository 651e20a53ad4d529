//! What the bot cannot answer reaches a person, whose words end the bot's.

use anyhow::{Context, Result, ensure};
use protocol::agent::AgentFrame;
use protocol::conversation::{Author, Body, BotMode, Notice, Status};
use protocol::ids::MessageId;
use protocol::locale::Locale;
use protocol::understanding::{EntityKind, HandOffReason};
use protocol::visitor::VisitorFrame;
use tests::agent::{Agent, NAME};
use tests::demo::{self, OUTSIDE_QUESTION};
use tests::process::ServerProcess;
use tests::visitor::{Visitor, new_message_id, same_transcript};

#[tokio::test]
async fn a_question_outside_the_faq_reaches_the_inbox_with_intent_and_entities() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut agent = Agent::connected(&server).await?;
    assert!(agent.inbox.is_empty());
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted(OUTSIDE_QUESTION).await?;
    let conversation = visitor.conversation.context("no conversation")?;
    let row = agent.until_row(conversation, |row| row.status == Status::Open).await?;
    assert_eq!(row.preview, OUTSIDE_QUESTION);
    assert!(row.waiting_since_ms.is_some());
    assert!(row.intent.is_some(), "{row:?}");
    let order = row.entities.iter().find(|entity| entity.kind == EntityKind::OrderNumber);
    assert_eq!(order.map(|entity| entity.value.as_str()), Some("10482277"), "{row:?}");
    visitor.until("told", |visitor| visitor.status == Some(Status::Open)).await?;
    let told = Body::Notice { notice: Notice::HandedOff { reason: HandOffReason::NotAnswered } };
    assert!(visitor.messages.values().any(|message| message.body == told));
    Ok(())
}

#[tokio::test]
async fn an_agents_reply_reaches_the_visitor_and_silences_the_bot_until_given_back() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut agent = Agent::connected(&server).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted(OUTSIDE_QUESTION).await?;
    let conversation = visitor.conversation.context("no conversation")?;
    agent.until_row(conversation, |row| row.status == Status::Open).await?;
    agent.watch(conversation).await?;
    let reply = agent.reply_accepted(conversation, "Keep it, we send you yours.").await?;
    visitor.until("the reply", |visitor| visitor.message(reply).is_some()).await?;
    let author = &visitor.message(reply).context("just seen")?.author;
    let Author::Agent { id, name } = author else { anyhow::bail!("{author:?}") };
    assert_eq!((*id, name.as_str()), (agent.profile.id, NAME));
    visitor.until("told", |visitor| visitor.bot == Some(BotMode::Silent)).await?;

    let entry = demo::first_entry()?;
    let ignored = visitor.say_accepted(&entry.question).await?;
    agent.act(|message_id| AgentFrame::GiveBack { message_id, conversation }).await?;
    visitor.until("told", |visitor| visitor.bot == Some(BotMode::Answering)).await?;
    // The pipeline reads in order: once this one is answered, the earlier one will never be.
    let asked = visitor.say_accepted(&demo::entry(1)?.question).await?;
    let answer = MessageId::of_reply_to(asked);
    visitor.until("the bot speaks again", |visitor| visitor.message(answer).is_some()).await?;
    assert!(visitor.message(MessageId::of_reply_to(ignored)).is_none());
    let same = agent
        .until("the same", |agent| {
            let shown = agent.transcripts.get(&conversation);
            shown.is_some_and(|shown| same_transcript(shown, &visitor.messages))
        })
        .await;
    assert!(same.is_ok(), "{:#?} is not {:#?}", agent.transcripts, visitor.messages);
    Ok(())
}

#[tokio::test]
async fn talk_to_a_person_needs_one_click() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut agent = Agent::connected(&server).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    let message_id = new_message_id();
    visitor.send(&VisitorFrame::RequestHuman { message_id, locale: Locale::Zh }).await?;
    visitor.until_accepted(message_id).await?;
    let conversation = visitor.conversation.context("no conversation")?;
    let row = agent.until_row(conversation, |row| row.status == Status::Open).await?;
    assert_eq!(row.locale, Locale::Zh);
    assert!(row.waiting_since_ms.is_some());
    visitor.until("told", |visitor| visitor.message(message_id).is_some()).await?;
    let told = Body::Notice { notice: Notice::HandedOff { reason: HandOffReason::WantsPerson } };
    assert_eq!(visitor.message(message_id).context("just seen")?.body, told);
    Ok(())
}

#[tokio::test]
async fn a_resolved_conversation_leaves_the_inbox_and_comes_back_when_the_visitor_writes()
-> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut agent = Agent::connected(&server).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted(OUTSIDE_QUESTION).await?;
    let conversation = visitor.conversation.context("no conversation")?;
    agent.until_row(conversation, |row| row.status == Status::Open).await?;
    agent.reply_accepted(conversation, "Done.").await?;
    agent.act(|message_id| AgentFrame::Resolve { message_id, conversation }).await?;
    visitor.until("resolved", |visitor| visitor.status == Some(Status::Resolved)).await?;
    agent.until_row(conversation, |row| row.status == Status::Resolved).await?;
    let mut colleague = Agent::sign_in(&server.origin).await?;
    colleague.connect().await?;
    assert!(!colleague.inbox.contains_key(&conversation));
    visitor.say_accepted("One more thing").await?;
    let row = colleague.until_row(conversation, |row| row.status != Status::Resolved).await?;
    ensure!(row.status == Status::Open, "a person had spoken: {row:?}");
    Ok(())
}

#[tokio::test]
async fn taking_over_silences_the_bot_without_a_word() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut agent = Agent::connected(&server).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted(OUTSIDE_QUESTION).await?;
    let conversation = visitor.conversation.context("no conversation")?;
    agent.act(|message_id| AgentFrame::TakeOver { message_id, conversation }).await?;
    visitor.until("told", |visitor| visitor.bot == Some(BotMode::Silent)).await?;
    let row = agent.until_row(conversation, |row| row.assignee.is_some()).await?;
    assert_eq!(row.assignee.map(|assignee| assignee.id), Some(agent.profile.id));
    Ok(())
}
