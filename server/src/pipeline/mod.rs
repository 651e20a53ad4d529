//! The bot: follows the log, and replies to what visitors asked. It sees a question after it is on
//! disk and speaks through the conversation's shard, so it may be behind, be restarted or stand
//! still without anybody losing a word.

mod cache;
mod decider;
#[cfg(test)]
mod fixture;
mod respond;
mod suggest;
mod tier;
mod understand;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::StreamExt;
use protocol::conversation::Body;
use protocol::ids::{ConversationId, MessageId, SiteKey};
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;
use protocol::understanding::Understanding;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::bus::record::{DecodeError, Fact, Posted, Record};
use crate::bus::{CommitError, Consumer, Entry, Log, Offset, OpenError, ReadError};
use crate::catalog::Catalog;
use crate::conversation::{BUSY_RETRY_MS, BotReply, Command, Conversations, Reply, ReplyTo, Write};
use crate::degradation::{Degradation, PipelinePosition};
use understand::Understander;

pub use decider::{Asking, Decider, Levels};
pub use suggest::Suggester;
pub use tier::{About, Tier};

/// Name of the position in the log.
const CONSUMER: &str = "pipeline";

/// Records read at once.
const BATCH_RECORDS_MAX: usize = 256;

/// Questions under way at once; the model itself runs on fewer threads.
const QUESTIONS_AT_ONCE: usize = 32;

/// Storing the position costs a disk flush. What is repeated after a crash changes nothing.
const COMMIT_INTERVAL: Duration = Duration::from_millis(500);

/// Pause before a failed part is tried again.
const RETRY_PAUSE: Duration = Duration::from_millis(BUSY_RETRY_MS);

/// Of what the bot did since the start. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Counters {
    pub replies: Arc<AtomicU64>,
    pub handoffs: Arc<AtomicU64>,
    pub levels: Levels,
    /// Up to where the log was seen to.
    pub position: PipelinePosition,
}

#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Commit(#[from] CommitError),
    #[error("record {offset}: {source}")]
    Decode { offset: Offset, source: DecodeError },
}

/// What the bot works with.
#[derive(Clone)]
pub struct Pipeline {
    log: Log,
    conversations: Conversations,
    understander: Arc<Understander>,
    counters: Counters,
}

/// A message the pipeline owes a reply.
struct Asked {
    conversation: ConversationId,
    id: MessageId,
    text: String,
    site: SiteKey,
    locale: Locale,
    /// What the browser made of it.
    understanding: Option<Understanding>,
}

impl Pipeline {
    pub fn new(
        log: Log,
        conversations: Conversations,
        catalog: Catalog,
        degradation: Degradation,
        counters: Counters,
        tier: Option<Arc<Tier>>,
    ) -> Self {
        let levels = counters.levels.clone();
        let understander = Understander::new(catalog, degradation, levels, tier);
        let understander = Arc::new(understander);
        Self { log, conversations, understander, counters }
    }

    /// Follows the log until it is closed; a failure or a panic only delays the bot.
    pub async fn run(self) {
        loop {
            let pipeline = self.clone();
            // A set of one: it ends with this task when the server stops.
            let mut following = JoinSet::new();
            following.spawn(async move { pipeline.follow().await });
            match following.join_next().await {
                Some(Ok(Ok(()))) | None => return,
                Some(Ok(Err(error))) => tracing::error!(%error, "the pipeline starts again"),
                Some(Err(error)) => tracing::error!(%error, "the pipeline fell over"),
            }
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    async fn follow(&self) -> Result<(), PipelineError> {
        let mut consumer = self.log.consumer(CONSUMER)?;
        self.counters.position.set(consumer.position());
        let mut commit_at = Instant::now() + COMMIT_INTERVAL;
        loop {
            let next = tokio::time::timeout_at(commit_at, consumer.next(BATCH_RECORDS_MAX)).await;
            match next {
                Ok(Ok(entries)) => {
                    futures_util::stream::iter(questions(entries)?)
                        .for_each_concurrent(QUESTIONS_AT_ONCE, |asked| self.reply_to(asked))
                        .await;
                    self.counters.position.set(consumer.position());
                }
                Ok(Err(ReadError::Closed)) => return Ok(()),
                Ok(Err(
                    error @ (ReadError::Corrupt { .. }
                    | ReadError::Trimmed { .. }
                    | ReadError::Io(_)),
                )) => return Err(error.into()),
                // Nothing new; what was done meanwhile may leave the log.
                Err(_elapsed) => {}
            }
            if Instant::now() >= commit_at {
                commit(&mut consumer)?;
                commit_at = Instant::now() + COMMIT_INTERVAL;
            }
        }
    }

    async fn reply_to(&self, asked: Asked) {
        let response = self.understander.respond(&asked).await;
        loop {
            let (sender, outcome) = oneshot::channel();
            let command = Command::BotReply {
                question: asked.id,
                understanding: response.understanding.clone(),
                reply: response.reply.clone(),
            };
            let reply = Reply::new(command.id(), ReplyTo::Pipeline(sender));
            let conversation = asked.conversation;
            self.conversations.write(Write { conversation, opening: None, command, reply });
            match outcome.await {
                Ok(Ok(())) => {
                    let counter = match &response.reply {
                        BotReply::HandOff(_) => &self.counters.handoffs,
                        BotReply::Answer(_) | BotReply::Choices(_) => &self.counters.replies,
                    };
                    counter.fetch_add(1, Ordering::Relaxed);
                    return;
                }
                Ok(Err(refusal)) if refusal.retry_after_ms.is_none() => {
                    return give_up(&asked, refusal.code);
                }
                // A full mailbox, a full disk or a shard being rebuilt: it will pass.
                Ok(Err(_)) | Err(_) => tokio::time::sleep(RETRY_PAUSE).await,
            }
        }
    }
}

/// An operator looks for these when a visitor says that nobody answered.
fn give_up(asked: &Asked, code: RefusalCode) {
    tracing::warn!(
        conversation.id = %asked.conversation,
        message.id = %asked.id,
        ?code,
        "a reply was refused"
    );
}

fn commit(consumer: &mut Consumer) -> Result<(), CommitError> {
    let done = consumer.position();
    tokio::task::block_in_place(|| consumer.commit(done))
}

fn questions(entries: Vec<Entry>) -> Result<Vec<Asked>, PipelineError> {
    let mut asked = Vec::new();
    for entry in entries {
        let record = Record::decode(&entry.payload)
            .map_err(|source| PipelineError::Decode { offset: entry.offset, source })?;
        asked.extend(question(record));
    }
    Ok(asked)
}

fn question(record: Record) -> Option<Asked> {
    let Record::Conversation { id: conversation, fact: Fact::Posted(posted) } = record else {
        return None;
    };
    let Posted { id, body: Body::Text { text }, question: Some(question), understanding, .. } =
        posted
    else {
        return None;
    };
    let (site, locale) = (question.site, question.locale);
    Some(Asked { conversation, id, text, site, locale, understanding })
}
