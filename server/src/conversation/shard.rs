//! One single-writer task over its share of the conversations. Commands that are pending together
//! are decided one after another and appended at once; nobody is told before the log's commit.
//! Knows no sockets; what it cannot append never happened.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use protocol::context::VisitorContext;
use protocol::conversation::{ConversationSummary, Receipt};
use protocol::ids::{ConversationId, Seq};
use protocol::refusal::RefusalCode;
use tokio::sync::{mpsc, oneshot};

use super::Shared;
use super::asides::Asides;
use super::command::{Command, Outcome};
use super::memory::Memory;
use super::reply::Reply;
use super::state::{Conversation, Page, Receipts, Savepoint, Side};
use super::waiting::Waiting;
use crate::bus::record::{Fact, Record, Started};
use crate::bus::{AppendClass, AppendError, Offset};

/// Letters waiting for a shard: a tenth of a second of work at 10,000 commands a second.
pub const SHARD_MAILBOX_LETTERS_MAX: usize = 1_024;

/// Letters taken at once.
const BATCH_LETTERS_MAX: usize = 256;

/// Bytes of one append; the log's own limit for a commit is 1 MiB.
const BATCH_BYTES_MAX: usize = 256 * 1024;

/// Conversations a checkpoint fetches with one letter: a few milliseconds of a shard's time.
const FETCH_CONVERSATIONS_MAX: usize = 128;

/// What arrives in a shard's mailbox.
#[derive(Debug)]
pub(super) enum Letter {
    Write(Box<Write>),
    Page {
        conversation: ConversationId,
        after: Seq,
        reply: oneshot::Sender<Option<PageRead>>,
    },
    /// How far a side has come.
    Seen {
        conversation: ConversationId,
        side: Side,
        receipt: Receipt,
    },
    /// Those there are, in any order.
    Summaries {
        conversations: Vec<ConversationId>,
        reply: oneshot::Sender<Vec<ConversationSummary>>,
    },
    Asides {
        conversation: ConversationId,
        reply: oneshot::Sender<Asides>,
    },
    /// The next conversations that a checkpoint lacks; `anew` begins one, none is the end of it.
    Fetch {
        anew: bool,
        reply: oneshot::Sender<Vec<Conversation>>,
    },
    /// The checkpoint holds what was fetched.
    Saved,
}

#[derive(Debug)]
pub struct Write {
    pub conversation: ConversationId,
    /// Creates the conversation when it does not exist; its time is set by the shard.
    pub opening: Option<Started>,
    pub command: Command,
    pub reply: Reply,
}

/// A page as far as the memory has it.
#[derive(Debug)]
pub(super) struct PageRead {
    pub summary: ConversationSummary,
    pub seen: Option<VisitorContext>,
    pub receipts: Receipts,
    pub page: Page,
}

/// The state of one shard's task.
pub(super) struct Shard {
    shared: Arc<Shared>,
    waiting: Waiting,
    conversations: Memory,
}

/// Decided, not yet on disk.
struct Decided {
    conversation: ConversationId,
    outcome: Outcome,
    reply: Reply,
}

/// One append in the making.
#[derive(Default)]
struct Batch {
    decided: Vec<Decided>,
    payloads: Vec<Vec<u8>>,
    /// Which conversation each payload belongs to.
    owners: Vec<ConversationId>,
    bytes: usize,
    /// What each touched conversation was before; `None` for one that did not exist.
    before: HashMap<ConversationId, Option<Savepoint>>,
}

impl Shard {
    pub(super) fn new(shared: Arc<Shared>, waiting: Waiting, conversations: Memory) -> Self {
        conversations.in_memory().for_each(|conversation| waiting.note(conversation));
        Self { shared, waiting, conversations }
    }

    /// Serves until the mailbox is closed and empty.
    pub(super) async fn run(&mut self, mailbox: &mut mpsc::Receiver<Letter>) {
        let mut letters = Vec::with_capacity(BATCH_LETTERS_MAX);
        while mailbox.recv_many(&mut letters, BATCH_LETTERS_MAX).await > 0 {
            self.warm_up(&letters).await;
            let mut existing = Vec::new();
            let mut openings = Vec::new();
            for letter in letters.drain(..) {
                match letter {
                    Letter::Write(write) => {
                        if self.conversations.knows(write.conversation) {
                            existing.push(*write);
                        } else {
                            openings.push(*write);
                        }
                    }
                    // Reads see what is committed. A reader that left does not mind.
                    Letter::Page { conversation, after, reply } => {
                        // Dropped unanswered, the reply says "busy".
                        if !self.conversations.is_cold(conversation) {
                            let _ = reply.send(self.page(conversation, after));
                        }
                    }
                    Letter::Seen { conversation, side, receipt } => {
                        self.see(conversation, side, receipt);
                    }
                    Letter::Summaries { conversations, reply } => {
                        let _ = reply.send(self.summaries(&conversations));
                    }
                    Letter::Asides { conversation, reply } => {
                        let asides = self.conversations.get(conversation).map(|talk| talk.asides());
                        let _ = reply.send(asides.cloned().unwrap_or_default());
                    }
                    Letter::Fetch { anew, reply } => {
                        let some = self.conversations.fetch_changed(anew, FETCH_CONVERSATIONS_MAX);
                        // Nobody there to take them: the next checkpoint begins with them.
                        let _ = reply.send(some);
                    }
                    Letter::Saved => {
                        let gone = self.conversations.saved(crate::clock::now_ms());
                        gone.into_iter().for_each(|id| self.shared.inbox.forget(id));
                    }
                }
            }
            // When the disk is full, talks under way continue from the log's reserve.
            self.write(existing, AppendClass::ExistingChat).await;
            self.write(openings, AppendClass::Normal).await;
        }
    }

    /// Reads the conversations these letters are about, so far as they lie in the checkpoint.
    async fn warm_up(&mut self, letters: &[Letter]) {
        let wanted: Vec<_> = letters
            .iter()
            .flat_map(|letter| match letter {
                Letter::Write(write) => std::slice::from_ref(&write.conversation),
                Letter::Page { conversation, .. } | Letter::Asides { conversation, .. } => {
                    std::slice::from_ref(conversation)
                }
                Letter::Summaries { conversations, .. } => conversations.as_slice(),
                // Not worth a look into the checkpoint.
                Letter::Seen { .. } | Letter::Fetch { .. } | Letter::Saved => &[],
            })
            .copied()
            .collect();
        if let Err(error) = self.conversations.warm_up(&wanted).await {
            tracing::error!(%error, "conversations cannot be read from the checkpoint");
        }
    }

    async fn write(&mut self, writes: Vec<Write>, class: AppendClass) {
        let now_ms = crate::clock::now_ms();
        let mut batch = Batch::default();
        for write in writes {
            self.decide(write, now_ms, &mut batch);
            if batch.bytes >= BATCH_BYTES_MAX {
                self.commit(std::mem::take(&mut batch), class).await;
            }
        }
        self.commit(batch, class).await;
    }

    fn decide(&mut self, write: Write, now_ms: u64, batch: &mut Batch) {
        let id = write.conversation;
        let mut facts = Vec::new();
        if self.conversations.is_cold(id) {
            return write.reply.refuse(RefusalCode::Busy);
        }
        if !self.conversations.knows(id) {
            let Some(opening) = write.opening else {
                return write.reply.refuse(RefusalCode::UnknownConversation);
            };
            let started = Started { at_ms: now_ms, ..opening };
            facts.push(Fact::Started(started.clone()));
            batch.before.insert(id, None);
            self.conversations.insert(Conversation::start(id, started));
        }
        let conversation = self.conversations.get_mut(id).expect("present or just inserted");
        batch.before.entry(id).or_insert_with(|| Some(conversation.savepoint()));
        match conversation.decide(write.command, now_ms) {
            Ok(outcome) => {
                outcome.facts.iter().for_each(|fact| conversation.apply(fact));
                facts.extend(outcome.facts.iter().cloned());
                batch.add(id, facts);
                batch.decided.push(Decided { conversation: id, outcome, reply: write.reply });
            }
            Err(code) => {
                if conversation.last_seq() == Seq(0) && !facts.is_empty() {
                    // Its first command was refused, so it never began.
                    self.conversations.remove(id);
                    batch.before.remove(&id);
                }
                write.reply.refuse(code);
            }
        }
    }

    async fn commit(&mut self, mut batch: Batch, class: AppendClass) {
        if batch.payloads.is_empty() {
            // Only repetitions: they are on disk already.
            return self.tell(batch);
        }
        let asked = Instant::now();
        let payloads = std::mem::take(&mut batch.payloads);
        match self.shared.log.append(payloads, class).await {
            Ok(appended) => {
                self.shared.commit_wait.observe(asked.elapsed());
                self.note_applied(&batch.owners, appended.first);
                self.tell(batch);
            }
            Err(error) => self.roll_back(batch, error),
        }
    }

    fn note_applied(&mut self, owners: &[ConversationId], first: Offset) {
        for (id, offset) in owners.iter().zip(first.0..) {
            if let Some(conversation) = self.conversations.get_mut(*id) {
                conversation.note_applied(Offset(offset + 1));
                self.conversations.note_changed(*id);
            }
        }
    }

    fn tell(&mut self, batch: Batch) {
        for decided in batch.decided {
            let Some(conversation) = self.conversations.get(decided.conversation) else {
                continue;
            };
            for fact in &decided.outcome.facts {
                match fact {
                    Fact::Claimed { from, to } => {
                        self.shared.sessions.hand_over(*from, *to, decided.conversation);
                    }
                    Fact::Erased(erased) => {
                        self.shared.sessions.forget(erased.visitor, decided.conversation);
                    }
                    Fact::Started(_)
                    | Fact::Posted(_)
                    | Fact::Stands(_)
                    | Fact::Aside(_)
                    | Fact::Marked(_)
                    | Fact::Understood { .. }
                    | Fact::Seen { .. }
                    | Fact::Introduced(_)
                    | Fact::Rated(_) => {}
                }
            }
            if !conversation.is_erased() {
                self.shared.sessions.remember(conversation.visitor(), decided.conversation);
            }
            if !decided.outcome.facts.is_empty() {
                // Before anybody is told, so that whoever asks next finds it there.
                self.shared.inbox.put(conversation.summary());
            }
            decided.reply.accept(decided.conversation, &decided.outcome);
            self.shared.delivery.publish(conversation, &decided.outcome.facts);
            self.waiting.note(conversation);
        }
        for id in batch.before.keys() {
            if let Some(conversation) = self.conversations.get_mut(*id) {
                conversation.trim();
            }
        }
    }

    fn roll_back(&mut self, batch: Batch, error: AppendError) {
        // The log has said once why; a full disk refuses many.
        tracing::debug!(%error, commands = batch.decided.len(), "nothing was appended");
        for (id, before) in batch.before {
            match (before, self.conversations.get_mut(id)) {
                (Some(savepoint), Some(conversation)) => conversation.roll_back(savepoint),
                (Some(_), None) => {}
                (None, _) => self.conversations.remove(id),
            }
        }
        let code = refusal_code(error);
        batch.decided.into_iter().for_each(|decided| decided.reply.refuse(code));
    }

    fn page(&self, id: ConversationId, after: Seq) -> Option<PageRead> {
        let conversation = self.conversations.get(id)?;
        let seen = conversation.seen().cloned();
        Some(PageRead {
            summary: conversation.summary(),
            seen,
            receipts: conversation.receipts(),
            page: conversation.page_after(after),
        })
    }

    fn see(&mut self, id: ConversationId, side: Side, receipt: Receipt) {
        let Some(conversation) = self.conversations.get_mut(id) else { return };
        let Some(now) = conversation.see(side, receipt) else { return };
        match side {
            Side::Visitor => self.shared.delivery.visitor_saw(id, now),
            Side::Agents => self.shared.delivery.agents_saw(conversation.visitor(), now),
        }
        self.conversations.note_changed(id);
    }

    fn summaries(&self, ids: &[ConversationId]) -> Vec<ConversationSummary> {
        let known = ids.iter().filter_map(|id| self.conversations.get(*id));
        known.map(Conversation::summary).collect()
    }
}

impl Batch {
    fn add(&mut self, id: ConversationId, facts: Vec<Fact>) {
        for fact in facts {
            let payload = Record::Conversation { id, fact }.encode();
            self.bytes += payload.len();
            self.payloads.push(payload);
            self.owners.push(id);
        }
    }
}

/// What a sender is told when nothing was appended.
pub fn refusal_code(error: AppendError) -> RefusalCode {
    match error {
        AppendError::Busy | AppendError::Closed => RefusalCode::Busy,
        AppendError::NoSpace => RefusalCode::NoSpace,
        AppendError::TooLarge => RefusalCode::TextTooLong,
        AppendError::Poisoned => RefusalCode::LogPoisoned,
    }
}
