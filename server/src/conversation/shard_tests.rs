//! Shards over a real log: what is acknowledged is on disk, and a fallen shard comes back.

use std::time::Duration;

use protocol::ids::{ConversationId, MessageId, Seq, SiteKey, VisitorId};
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;
use protocol::visitor::VisitorEvent;
use uuid::Uuid;

use super::*;
use crate::bus::record::Started;
use crate::bus::{LogOptions, Offset};
use crate::checkpoint::CatalogRecords;
use crate::degradation::CommitWait;

const SHARDS: u16 = 2;

struct Bench {
    folder: tempfile::TempDir,
    log: Log,
    checkpoint: Checkpoint,
    conversations: Conversations,
    running: Running,
}

fn bench() -> Bench {
    open(tempfile::tempdir().unwrap())
}

/// As the server does it: from the checkpoint, then from the log behind it.
fn open(folder: tempfile::TempDir) -> Bench {
    let (log, _) = Log::open(&folder.path().join("log"), LogOptions::default()).unwrap();
    let (history, _writer) = History::open(folder.path()).unwrap();
    let checkpoint = Checkpoint::open(folder.path()).unwrap();
    let sessions = Sessions::default();
    let now_ms = crate::clock::now_ms();
    let mut rebuilt = Rebuilt::read(&checkpoint, sessions.clone(), SHARDS, now_ms).unwrap();
    replay(&log, checkpoint.offset().unwrap(), |offset, record| match record {
        Record::Conversation { id, fact } => rebuilt.apply(offset, id, &fact),
        Record::SiteChanged(_)
        | Record::SecretsChanged(_)
        | Record::SessionsEnded(_)
        | Record::AgentCreated(_)
        | Record::CannedChanged(_)
        | Record::CannedRemoved { .. }
        | Record::FaqPart(_)
        | Record::FaqPublished(_)
        | Record::Office(_)
        | Record::FaqDrafted(_)
        | Record::QuestionsSettled(_)
        | Record::SnippetSeen(_)
        | Record::AnswerTallied(_) => panic!("only conversations are written here"),
    })
    .unwrap();
    let shared = Shared {
        log: log.clone(),
        checkpoint: checkpoint.clone(),
        sessions,
        delivery: Delivery::default(),
        commit_wait: CommitWait::default(),
        inbox: Inbox::default(),
    };
    let (conversations, running) = Conversations::start(shared, history, rebuilt);
    Bench { folder, log, checkpoint, conversations, running }
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
        let counted = replay(&self.log, Offset(0), |_, _| {
            count += 1;
            Ok::<_, std::convert::Infallible>(())
        });
        counted.unwrap();
        count
    }
}

impl Bench {
    /// Saves everything and says that it is so.
    async fn take_checkpoint(&self) {
        let next = *self.log.committed().borrow();
        self.conversations.save(&self.checkpoint, Pace::Hurried).await.unwrap();
        self.checkpoint.settle(next, &CatalogRecords::default()).unwrap();
        self.conversations.saved().await;
    }

    /// Ends without another checkpoint and starts again, as after a kill.
    async fn again(self) -> Bench {
        self.log.close();
        drop(self.conversations);
        self.running.stopped().await;
        drop(self.log);
        open(self.folder)
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

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_and_the_records_behind_it_are_the_conversation() {
    let bench = bench();
    for number in 1..=3 {
        bench.send(visitor(1), say(number)).await;
    }
    bench.send(visitor(2), say(21)).await;
    bench.take_checkpoint().await;
    assert_eq!(seq(&bench.send(visitor(1), say(4)).await), Some(Seq(4)));
    assert_eq!(seq(&bench.send(visitor(3), say(31)).await), Some(Seq(1)));

    let bench = bench.again().await;
    assert!(bench.checkpoint.offset().unwrap() < *bench.log.committed().borrow());
    // Every id is remembered, whichever side of the checkpoint it was posted on.
    for (number, expected) in [(1, 1), (3, 3), (4, 4), (5, 5)] {
        assert_eq!(seq(&bench.send(visitor(1), say(number)).await), Some(Seq(expected)));
    }
    assert_eq!(seq(&bench.send(visitor(2), say(22)).await), Some(Seq(2)));
    assert_eq!(seq(&bench.send(visitor(3), say(31)).await), Some(Seq(1)));
    let id = bench.conversations.current_of(visitor(1)).unwrap();
    let read = bench.conversations.transcript(id, Seq(0), 10).await.unwrap();
    assert_eq!(read.messages.len(), 5);
}

/// A checkpoint of which only the states were written, as when the power goes before `settle`.
#[tokio::test(flavor = "multi_thread")]
async fn states_newer_than_the_checkpoints_offset_take_no_record_twice() {
    let bench = bench();
    bench.send(visitor(1), say(1)).await;
    bench.take_checkpoint().await;
    bench.send(visitor(1), say(2)).await;
    bench.conversations.save(&bench.checkpoint, Pace::Hurried).await.unwrap();
    bench.send(visitor(1), say(3)).await;

    let bench = bench.again().await;
    for number in 1..=3 {
        let expected = Some(Seq(u64::try_from(number).unwrap()));
        assert_eq!(seq(&bench.send(visitor(1), say(number)).await), expected);
    }
    assert_eq!(bench.records(), 4, "nothing was posted anew");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fallen_shard_comes_back_from_the_checkpoint() {
    let bench = bench();
    bench.send(visitor(1), say(1)).await;
    bench.take_checkpoint().await;
    bench.send(visitor(1), say(2)).await;
    bench.send(visitor(1), Command::Panic).await;
    assert_eq!(seq(&bench.send(visitor(1), say(1)).await), Some(Seq(1)));
    assert_eq!(seq(&bench.send(visitor(1), say(3)).await), Some(Seq(3)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_conversation_leaves_the_memory_and_comes_back_when_somebody_speaks() {
    let bench = bench();
    bench.send(visitor(1), say(1)).await;
    let id = bench.conversations.current_of(visitor(1)).unwrap();
    let mut memory = Memory::new(bench.checkpoint.clone());
    let entries = bench.log.read(Offset(0), 10).unwrap();
    for entry in entries {
        let Record::Conversation { id, fact } = Record::decode(&entry.payload).unwrap() else {
            panic!("only a conversation was written")
        };
        memory.replay(entry.offset, id, &fact).unwrap();
    }
    memory.saved(u64::MAX);
    assert!(memory.get(id).is_some(), "it changed and was not saved yet");
    let fetched = memory.fetch_changed(true, 10);
    bench.checkpoint.save(&fetched.iter().map(saved).collect::<Vec<_>>()).unwrap();
    memory.saved(u64::MAX);
    assert!(memory.get(id).is_none() && memory.is_cold(id) && memory.knows(id));
    memory.warm_up(&[id]).await.unwrap();
    assert_eq!(memory.get(id).unwrap().last_seq(), Seq(1));
    assert_eq!(memory.get(id), fetched.first());
}
