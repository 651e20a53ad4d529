//! Shards over a real log: what is acknowledged is on disk, and a fallen shard comes back.

use std::sync::Arc;
use std::time::Duration;

use protocol::ids::{ConversationId, MessageId, Seq, SiteKey, VisitorId};
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;
use protocol::visitor::VisitorEvent;
use uuid::Uuid;

use super::*;
use crate::bus::LogOptions;
use crate::bus::record::Started;

struct Bench {
    folder: tempfile::TempDir,
    log: Log,
    conversations: Conversations,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let (log, _) = Log::open(&folder.path().join("log"), LogOptions::default()).unwrap();
    let (history, _writer) = History::open(folder.path()).unwrap();
    let shared = Shared {
        log: log.clone(),
        sessions: Sessions::default(),
        delivery: Delivery::default(),
        commit_wait: CommitWait::default(),
    };
    let (conversations, _running) = Conversations::start(shared, history, Rebuilt::default(), 2);
    Bench { folder, log, conversations }
}

fn visitor(number: u128) -> VisitorId {
    VisitorId(Uuid::from_u128(number))
}

fn say(number: u128) -> Command {
    Command::Say(Utterance {
        id: MessageId(Uuid::from_u128(number)),
        text: format!("message {number}"),
        locale: Locale::En,
        understanding: None,
    })
}

impl Bench {
    async fn send(&self, from: VisitorId, command: Command) -> VisitorEvent {
        let (outbox, mut outgoing) = outbox();
        let conversation = self.conversations.current_or_new(from);
        let site = SiteKey::parse("demo").unwrap();
        let opening = Some(Started { site, visitor: from, locale: Locale::En, at_ms: 0 });
        let reply = Reply::new(command.id(), ReplyTo::Visitor(outbox));
        self.conversations.write(Write { conversation, opening, command, reply });
        let answer = tokio::time::timeout(Duration::from_secs(20), outgoing.take(1)).await;
        serde_json::from_str(&answer.unwrap().unwrap()[0].text).unwrap()
    }

    fn records(&self) -> usize {
        let mut count = 0;
        replay(&self.log, |_| count += 1).unwrap();
        count
    }
}

fn seq(event: &VisitorEvent) -> Option<Seq> {
    let VisitorEvent::Accepted { seq, .. } = event else { panic!("not accepted: {event:?}") };
    *seq
}

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledged_message_is_in_the_log() {
    let bench = bench();
    assert_eq!(seq(&bench.send(visitor(1), say(1)).await), Some(Seq(1)));
    assert_eq!(bench.records(), 2, "the start and the message");
    assert_eq!(seq(&bench.send(visitor(1), say(1)).await), Some(Seq(1)));
    assert_eq!(bench.records(), 2, "a repetition writes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fallen_shard_is_rebuilt_from_the_log() {
    let bench = bench();
    assert_eq!(seq(&bench.send(visitor(1), say(1)).await), Some(Seq(1)));
    let fallen = bench.send(visitor(1), Command::Panic).await;
    assert!(
        matches!(&fallen, VisitorEvent::Refused { refusal, .. }
            if refusal.code == RefusalCode::Busy && refusal.retry_after_ms.is_some()),
        "{fallen:?}"
    );
    assert_eq!(seq(&bench.send(visitor(1), say(1)).await), Some(Seq(1)));
    assert_eq!(seq(&bench.send(visitor(1), say(2)).await), Some(Seq(2)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_log_refuses_and_nothing_seems_to_have_happened() {
    let bench = bench();
    assert_eq!(seq(&bench.send(visitor(1), say(1)).await), Some(Seq(1)));
    bench.log.close();
    for (from, number) in [(visitor(1), 2), (visitor(2), 3)] {
        let refused = bench.send(from, say(number)).await;
        assert!(matches!(refused, VisitorEvent::Refused { .. }), "{refused:?}");
    }
    let id = bench.conversations.current_of(visitor(1)).unwrap();
    let read = bench.conversations.transcript(id, Seq(0), 10).await.unwrap();
    assert_eq!(read.messages.len(), 1);
    let id = bench.conversations.current_of(visitor(2)).unwrap();
    let read = bench.conversations.transcript(id, Seq(0), 10).await;
    assert_eq!(read.err(), Some(TranscriptError::Unknown));
    drop(bench.folder);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_conversation_is_not_created_by_an_agent() {
    let bench = bench();
    let (outbox, mut outgoing) = outbox();
    let conversation = ConversationId(Uuid::from_u128(77));
    let command = Command::Resolve { id: MessageId(Uuid::from_u128(1)) };
    let reply = Reply::new(command.id(), ReplyTo::Agent(outbox));
    bench.conversations.write(Write { conversation, opening: None, command, reply });
    let answer = outgoing.take(1).await.unwrap();
    let answer = serde_json::from_str(&answer[0].text).unwrap();
    assert!(matches!(&answer, protocol::agent::AgentEvent::Refused { refusal, .. }
            if refusal.code == RefusalCode::UnknownConversation));
    assert_eq!(bench.records(), 0);
}
