//! What a visitor writes is kept, once, in order, and comes back.

use anyhow::{Result, ensure};
use protocol::PAGE_MESSAGES_MAX;
use protocol::conversation::{Author, Body};
use protocol::ids::Seq;
use protocol::refusal::RefusalCode;
use protocol::visitor::{VisitorEvent, VisitorFrame};
use tests::process::ServerProcess;
use tests::visitor::Visitor;

#[tokio::test]
async fn a_message_is_accepted_and_posted_with_the_same_seq() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    assert_eq!(visitor.conversation, None, "a conversation begins with its first message");
    let text = "Do you sell <b>harps</b>? 竖琴 🎵";
    let id = visitor.say_accepted(text).await?;
    assert!(visitor.conversation.is_some());
    assert_eq!(visitor.accepted[&id], Some(Seq(1)));
    let message = &visitor.messages[&Seq(1)];
    assert_eq!((message.id, &message.author), (id, &Author::Visitor));
    assert_eq!(message.body, Body::Text { text: text.to_owned() });
    Ok(())
}

#[tokio::test]
async fn a_resent_message_is_accepted_again_and_kept_once() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    let id = visitor.say_accepted("Is anybody there?").await?;
    let seq = visitor.accepted.remove(&id);
    visitor.say_as(id, "Is anybody there?").await?;
    visitor.until_accepted(id).await?;
    assert_eq!(visitor.accepted.get(&id).copied(), seq);
    // A stranger's eye: what a second connection is told from the start.
    let mut again = Visitor::arrive_with(&server.origin, Some(visitor.grant.visitor_token)).await?;
    again.connect().await?;
    let own = again.messages.values().filter(|message| message.author == Author::Visitor);
    assert_eq!(own.count(), 1);
    Ok(())
}

#[tokio::test]
async fn the_same_id_for_another_text_is_refused() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    let id = visitor.say_accepted("one thing").await?;
    visitor.accepted.clear();
    visitor.say_as(id, "another thing").await?;
    assert_eq!(visitor.until_refused(Some(id)).await?, RefusalCode::IdConflict);
    assert!(!visitor.texts().contains(&"another thing".to_owned()));
    Ok(())
}

#[tokio::test]
async fn two_tabs_of_a_visitor_see_the_same_transcript() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut first = Visitor::connected(&server.origin).await?;
    first.say_accepted("written in the first tab").await?;
    let token = first.grant.visitor_token.clone();
    let mut second = Visitor::arrive_with(&server.origin, Some(token)).await?;
    assert_eq!(second.grant.visitor, first.grant.visitor);
    second.connect().await?;
    assert_eq!(second.conversation, first.conversation);
    let id = second.say_accepted("written in the second tab").await?;
    first.until("the other tab's message", |tab| tab.message(id).is_some()).await?;
    let texts = first.texts();
    assert!(texts.contains(&"written in the first tab".to_owned()), "{texts:?}");
    Ok(())
}

#[tokio::test]
async fn strangers_have_conversations_of_their_own() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut one = Visitor::connected(&server.origin).await?;
    let mut other = Visitor::connected(&server.origin).await?;
    one.say_accepted("I am the first").await?;
    other.say_accepted("I am the second").await?;
    assert_ne!(one.conversation, other.conversation);
    assert_ne!(one.grant.visitor, other.grant.visitor);
    assert!(!other.texts().contains(&"I am the first".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_long_history_comes_in_pages_and_survives_a_restart() -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    let written = PAGE_MESSAGES_MAX + 100;
    for idx in 0..written {
        // One at a time: this is about pages, not about the frame rate a visitor is allowed.
        let id = visitor.say(&format!("line {idx}")).await?;
        visitor.until_accepted(id).await?;
    }
    server.stop().await?;
    server.start_again().await?;
    let token = visitor.grant.visitor_token.clone();
    let mut later = Visitor::arrive_with(&server.origin, Some(token)).await?;
    later.connect().await?;
    assert_eq!(later.conversation, visitor.conversation);
    let own = later.messages.values().filter(|message| message.author == Author::Visitor);
    let texts: Vec<_> = own.filter_map(tests::visitor::text_of).collect();
    assert_eq!(texts, (0..written).map(|idx| format!("line {idx}")).collect::<Vec<_>>());
    let seqs: Vec<u64> = later.messages.keys().map(|seq| seq.0).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>(), "no gaps");
    Ok(())
}

#[tokio::test]
async fn sync_tells_the_last_seq() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted("a first line").await?;
    let last_seq = visitor.last_seq();
    visitor.send(&VisitorFrame::Sync { last_seq }).await?;
    let synced = |event: &VisitorEvent| {
        let VisitorEvent::Synced { last_seq } = event else { return None };
        Some(*last_seq)
    };
    visitor.until("synced", |visitor| visitor.others.iter().any(|at| synced(at).is_some())).await?;
    let told = visitor.others.iter().find_map(synced);
    ensure!(told >= Some(last_seq), "{told:?} is before {last_seq:?}");
    Ok(())
}
