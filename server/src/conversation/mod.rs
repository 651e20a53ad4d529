//! Conversations and their single writers. Above this module nobody changes a conversation but by
//! a command; below it nobody knows what one is.

mod asides;
mod assignment;
mod command;
mod decide;
mod decide_desk;
#[cfg(test)]
mod decide_tests;
mod delivery;
mod forms;
mod inbox;
mod lists;
mod memory;
mod outbox;
mod presence;
mod rebuilt;
mod reply;
mod shard;
#[cfg(test)]
mod shard_tests;
mod state;
mod waiting;

use std::sync::Arc;
use std::time::Instant;

use protocol::context::VisitorContext;
use protocol::conversation::{Assignee, ConversationSummary, Message, Receipt};
use protocol::ids::{ConversationId, Seq, VisitorId};
use protocol::refusal::{Refusal, RefusalCode};
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;

pub use asides::Asides;
pub use assignment::Assigner;
pub use command::{Answer, BotReply, Command, Utterance, Words};
pub use delivery::{Delivery, Subscription, shown_to_visitor};
pub use inbox::Inbox;
pub use lists::Resolved;
pub use outbox::{About, Event, Outbox, Outgoing, Parcel, outbox};
pub use rebuilt::{Rebuilt, check};
pub use reply::{BUSY_RETRY_MS, Reply, ReplyTo, refusal};
pub use shard::{SHARD_MAILBOX_LETTERS_MAX, Write, refusal_code};
pub use state::{Receipts, Side, TAIL_MESSAGES_MAX};

use crate::bus::Log;
use crate::bus::record::{AnswerTallied, Record, replay};
use crate::checkpoint::{Checkpoint, CheckpointError, Saved};
use crate::degradation::CommitWait;
use crate::history::History;
use crate::routing;
use crate::session::Sessions;
use memory::Memory;
use rebuilt::RebuildError;
use shard::{Letter, PageRead, Shard};
use state::Page;
use waiting::Waiting;

/// What every shard uses.
pub struct Shared {
    pub log: Log,
    pub checkpoint: Checkpoint,
    pub sessions: Sessions,
    pub delivery: Delivery,
    pub commit_wait: CommitWait,
    pub inbox: Inbox,
}

/// The way to the shards. Clones share them.
#[derive(Clone)]
pub struct Conversations {
    shards: Arc<[mpsc::Sender<Letter>]>,
    shared: Arc<Shared>,
    waiting: Waiting,
    history: History,
}

/// The shards' owners; they end when the last `Conversations` is gone.
pub struct Running {
    shards: Vec<JoinHandle<()>>,
    waiting: JoinHandle<()>,
}

/// How a checkpoint is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// While people talk.
    Leisurely,
    /// While somebody waits for it.
    Hurried,
}

/// A leisurely checkpoint takes a fourth of a processor and of the disk.
const RESTS_PER_PIECE: u32 = 3;

/// Messages after the one asked for, in order, and where the conversation stands.
pub struct Transcript {
    pub summary: ConversationSummary,
    /// Where the visitor was when they spoke last.
    pub seen: Option<VisitorContext>,
    pub receipts: Receipts,
    /// As many as were at hand; the caller cuts its page and asks again.
    pub messages: Vec<Arc<Message>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TranscriptError {
    #[error("there is no such conversation")]
    Unknown,
    #[error("the shard or the history is busy")]
    Busy,
}

impl Conversations {
    pub fn start(shared: Shared, history: History, rebuilt: Rebuilt) -> (Self, Running) {
        let shards = rebuilt.shards;
        let shared = Arc::new(shared);
        let shards_count = u16::try_from(shards.len()).expect("made from a u16");
        let waiting = Waiting::default();
        let mut owners = Vec::new();
        let mut senders = Vec::new();
        for (index, conversations) in shards.into_iter().enumerate() {
            conversations.in_memory().for_each(|talk| shared.inbox.put(talk.summary()));
            let (sender, mailbox) = mpsc::channel(SHARD_MAILBOX_LETTERS_MAX);
            let place = Place { index, shards_count };
            let part = Part { shared: shared.clone(), waiting: waiting.clone(), place };
            owners.push(tokio::spawn(own(part, conversations, mailbox)));
            senders.push(sender);
        }
        let telling = tokio::spawn(waiting.clone().tell(shared.delivery.clone()));
        let running = Running { shards: owners, waiting: telling };
        (Self { shards: senders.into(), shared, waiting, history }, running)
    }

    /// Never waits. When the mailbox is full the reply is dropped, and so says "busy".
    pub fn write(&self, write: Write) {
        let shard = self.shard(write.conversation);
        let _ = shard.try_send(Letter::Write(Box::new(write)));
    }

    /// How many wait for a person up to and with this conversation.
    pub fn queue_position(&self, conversation: ConversationId) -> Option<u32> {
        self.waiting.position(conversation)
    }

    /// Never waits: a receipt that finds the mailbox full is lost.
    pub fn see(&self, conversation: ConversationId, side: Side, receipt: Receipt) {
        let _ = self.shard(conversation).try_send(Letter::Seen { conversation, side, receipt });
    }

    pub fn current_of(&self, visitor: VisitorId) -> Option<ConversationId> {
        self.shared.sessions.current(visitor)
    }

    /// The visitor's conversation, or the id their first message will open one under.
    pub fn current_or_new(&self, visitor: VisitorId) -> ConversationId {
        let fresh =
            ConversationId::from_parts(crate::clock::now_ms(), crate::clock::random::<10>());
        self.shared.sessions.current_or(visitor, fresh)
    }

    /// # Errors
    /// There is no such conversation, or the shard or the history cannot answer now.
    pub async fn transcript(
        &self,
        conversation: ConversationId,
        after: Seq,
        messages_max: usize,
    ) -> Result<Transcript, TranscriptError> {
        let (reply, read) = oneshot::channel();
        self.shard(conversation)
            .try_send(Letter::Page { conversation, after, reply })
            .map_err(|_| TranscriptError::Busy)?;
        let read = read.await.map_err(|_| TranscriptError::Busy)?;
        let read = read.ok_or(TranscriptError::Unknown)?;
        let messages = match read.page {
            Page::Here(messages) => messages,
            Page::InHistory => {
                let older = self.history.page(conversation, after, messages_max).await;
                let older = older.map_err(|error| {
                    tracing::error!(%error, conversation.id = %conversation, "no older messages");
                    TranscriptError::Busy
                })?;
                // The history may not have caught up yet; a gap must not look like the end.
                if older.first().is_none_or(|first| first.seq != after.next()) {
                    return Err(TranscriptError::Busy);
                }
                older.into_iter().map(Arc::new).collect()
            }
        };
        let PageRead { summary, seen, receipts, .. } = read;
        Ok(Transcript { summary, seen, receipts, messages })
    }

    /// # Errors
    /// There is no such conversation, or its shard cannot answer now.
    pub async fn last_seq(&self, conversation: ConversationId) -> Result<Seq, TranscriptError> {
        // Nothing follows the highest seq there could be, so only the summary is read.
        let read = self.transcript(conversation, Seq(u64::MAX), 0).await?;
        Ok(read.summary.last_seq)
    }

    /// Saves every conversation that changed since the last time. Whatever was committed before
    /// the call is in the checkpoint afterwards. A leisurely one rests between pieces, so that the
    /// chat hardly feels it.
    ///
    /// # Errors
    /// The checkpoint cannot be written, or a shard has ended.
    pub async fn save(
        &self,
        checkpoint: &Checkpoint,
        pace: Pace,
    ) -> Result<usize, CheckpointError> {
        let mut saved_count = 0;
        for shard in self.shards.iter() {
            let mut anew = true;
            loop {
                let (reply, fetched) = oneshot::channel();
                let letter = Letter::Fetch { anew, reply };
                shard.send(letter).await.map_err(|_| CheckpointError::Task)?;
                let some = fetched.await.map_err(|_| CheckpointError::Task)?;
                if some.is_empty() {
                    break;
                }
                saved_count += some.len();
                anew = false;
                let begun = Instant::now();
                let checkpoint = checkpoint.clone();
                let saving = tokio::task::spawn_blocking(move || {
                    checkpoint.save(&some.iter().map(saved).collect::<Vec<_>>())
                });
                saving.await.map_err(|_| CheckpointError::Task)??;
                match pace {
                    Pace::Leisurely => tokio::time::sleep(begun.elapsed() * RESTS_PER_PIECE).await,
                    Pace::Hurried => {}
                }
            }
        }
        Ok(saved_count)
    }

    /// What was saved is settled: shards may forget it.
    pub async fn saved(&self) {
        for shard in self.shards.iter() {
            // A shard that has ended holds nothing any more.
            let _ = shard.send(Letter::Saved).await;
        }
    }

    /// Makes an anonymous visitor's conversation a person's; it is so on disk when this returns.
    ///
    /// # Errors
    /// It is not theirs, or nothing could be written now.
    pub async fn claim(
        &self,
        conversation: ConversationId,
        from: VisitorId,
        to: VisitorId,
    ) -> Result<(), Refusal> {
        let (reply, claimed) = oneshot::channel();
        let reply = Reply::new(None, ReplyTo::Pipeline(reply));
        let command = Command::Claim { from, to };
        self.write(Write { conversation, opening: None, command, reply });
        claimed.await.unwrap_or_else(|_| Err(refusal(RefusalCode::Busy)))
    }

    /// Leaves nothing of a conversation but its id; it is so on disk when this returns.
    ///
    /// # Errors
    /// There is no such conversation, or nothing could be written now.
    pub async fn erase(&self, conversation: ConversationId, by: Assignee) -> Result<(), Refusal> {
        let (reply, erased) = oneshot::channel();
        let reply = Reply::new(None, ReplyTo::Pipeline(reply));
        let command = Command::Erase { by };
        self.write(Write { conversation, opening: None, command, reply });
        erased.await.unwrap_or_else(|_| Err(refusal(RefusalCode::Busy)))
    }

    /// Appends a count; it belongs to no conversation.
    ///
    /// # Errors
    /// Nothing was appended.
    pub async fn tally(&self, tallied: AnswerTallied) -> Result<(), crate::bus::AppendError> {
        let payload = Record::AnswerTallied(tallied).encode();
        self.shared.log.append(vec![payload], crate::bus::AppendClass::Normal).await?;
        Ok(())
    }

    pub fn inbox(&self) -> &Inbox {
        &self.shared.inbox
    }

    pub fn delivery(&self) -> &Delivery {
        &self.shared.delivery
    }

    fn shard(&self, conversation: ConversationId) -> &mpsc::Sender<Letter> {
        let shards_count = u16::try_from(self.shards.len()).expect("made from a u16");
        &self.shards[routing::shard_of(conversation, shards_count)]
    }
}

fn saved(conversation: &state::Conversation) -> Saved {
    Saved {
        conversation: conversation.id(),
        visitor: conversation.visitor(),
        warm_until_ms: conversation.warm_until_ms(),
        state: conversation.save(),
    }
}

impl Running {
    /// Waits until every shard has written what its mailbox held.
    pub async fn stopped(self) {
        self.waiting.abort();
        for owner in self.shards {
            if let Err(error) = owner.await {
                tracing::error!(%error, "a shard's owner fell over");
            }
        }
    }
}

/// Which of how many.
#[derive(Debug, Clone, Copy)]
struct Place {
    index: usize,
    shards_count: u16,
}

/// What one shard's owner is given.
struct Part {
    shared: Arc<Shared>,
    waiting: Waiting,
    place: Place,
}

/// Runs one shard, and builds it again from the log when it panics; the other shards serve on.
/// The mailbox survives; the letters the panic took with it were never acknowledged.
async fn own(part: Part, conversations: Memory, mailbox: mpsc::Receiver<Letter>) {
    let Part { shared, waiting, place } = part;
    let mailbox = Arc::new(Mutex::new(mailbox));
    let mut conversations = Some(conversations);
    loop {
        let state = match conversations.take() {
            Some(conversations) => conversations,
            None => rebuild(&shared, place).await,
        };
        let (shared, mailbox, waiting) = (shared.clone(), mailbox.clone(), waiting.clone());
        let served = tokio::spawn(async move {
            Shard::new(shared, waiting, state).run(&mut *mailbox.lock().await).await;
        });
        match served.await {
            Ok(()) => return,
            Err(error) => tracing::error!(%error, shard.index = place.index, "shard rebuilds"),
        }
    }
}

/// How long a shard waits before it tries to read checkpoint and log again.
const REBUILD_PAUSE: std::time::Duration = std::time::Duration::from_secs(1);

async fn rebuild(shared: &Arc<Shared>, place: Place) -> Memory {
    loop {
        let shared = shared.clone();
        match tokio::task::spawn_blocking(move || read_again(&shared, place)).await {
            Ok(Ok(conversations)) => return conversations,
            Ok(Err(error)) => tracing::error!(%error, "a shard cannot be rebuilt"),
            Err(error) => tracing::error!(%error, "a shard's replay fell over"),
        }
        tokio::time::sleep(REBUILD_PAUSE).await;
    }
}

fn read_again(shared: &Shared, place: Place) -> Result<Memory, RebuildError> {
    // Before the states: they may be newer than the offset, never older.
    let from = shared.checkpoint.offset()?;
    let (sessions, now_ms) = (shared.sessions.clone(), crate::clock::now_ms());
    let mut rebuilt = Rebuilt::read(&shared.checkpoint, sessions, place.shards_count, now_ms)?;
    replay(&shared.log, from, |offset, record| match record {
        Record::Conversation { id, fact } => {
            let own = routing::shard_of(id, place.shards_count) == place.index;
            if own { rebuilt.apply(offset, id, &fact) } else { Ok(()) }
        }
        Record::SiteChanged(_)
        | Record::SecretsChanged(_)
        | Record::SessionsEnded(_)
        | Record::AgentCreated(_)
        | Record::CannedChanged(_)
        | Record::CannedRemoved { .. }
        | Record::FaqPart(_)
        | Record::FaqPublished(_)
        | Record::FaqDrafted(_)
        | Record::QuestionsSettled(_)
        | Record::SnippetSeen(_)
        | Record::AnswerTallied(_)
        | Record::Office(_) => Ok(()),
    })?;
    Ok(rebuilt.into_shard(place.index))
}
