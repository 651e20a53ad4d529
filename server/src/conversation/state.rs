//! One conversation as a fold over its facts. Pure: no clock, no tasks, no disk.
//! `decide.rs` says which facts a command leads to; this file says what facts mean.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use protocol::context::VisitorContext;
use protocol::conversation::{
    AnsweredIn, Author, Body, BotMode, ConversationSummary, Message, Notice, Receipt, Status,
};
use protocol::forms::{Contact, Score};
use protocol::ids::{AgentId, ConversationId, MessageId, Seq, SiteKey, VisitorId};
use protocol::inbox::Marks;
use protocol::locale::Locale;
use protocol::understanding::{Entity, Intent, Understanding};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::asides::Asides;
use crate::bus::Offset;
use crate::bus::record::{Fact, Posted, Standing, Started};

/// Messages of a conversation kept in memory; older pages come from the history.
pub const TAIL_MESSAGES_MAX: usize = 256;

/// Messages of a conversation kept in a checkpoint.
const SAVED_MESSAGES_MAX: usize = 32;

/// The last messages whose ids are remembered: a resend is recognized as long as fewer were
/// posted since. A browser's outbox holds far fewer.
const KNOWN_MESSAGES_MAX: usize = 1_024;

/// How long a conversation that only the bot is in stays in memory and in the inbox: at the 500,000
/// a day of the system this grew out of, ten thousand of them.
const PENDING_WARM_MS: u64 = 30 * 60 * 1_000;

/// How long a resolved conversation stays in memory.
const RESOLVED_WARM_MS: u64 = 10 * 60 * 1_000;

/// Length of an inbox row's preview, in characters.
const PREVIEW_CHARS_MAX: usize = 120;

#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    pub(super) head: Head,
    /// The last messages, oldest first, without gaps.
    tail: VecDeque<Arc<Message>>,
    /// The last messages posted here (about 50 bytes each): a resend is recognized by it.
    known: HashMap<MessageId, Known>,
    asides: Asides,
    /// The offset after its last record: what a replay from further back may skip.
    applied: Offset,
}

/// A conversation as a checkpoint holds it.
#[derive(Serialize, Deserialize)]
struct Saved {
    head: Head,
    tail: Vec<Message>,
    known: Vec<(MessageId, Known)>,
    #[serde(default, skip_serializing_if = "Asides::is_empty")]
    asides: Asides,
    applied: Offset,
}

/// All but the messages.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) id: ConversationId,
    pub(super) site: SiteKey,
    pub(super) visitor: VisitorId,
    pub(super) locale: Locale,
    pub(super) standing: Standing,
    pub(super) last_seq: Seq,
    last_message_at_ms: u64,
    preview: String,
    intent: Option<Intent>,
    entities: Vec<Entity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    seen: Option<Box<VisitorContext>>,
    /// As the visitor gave it.
    #[serde(default)]
    pub(super) contact: Contact,
    /// The last notice that resolved it, until that is rated.
    #[serde(default)]
    pub(super) ratable: Option<MessageId>,
    #[serde(default)]
    score: Option<Score>,
    /// Of all files in it.
    #[serde(default)]
    pub(super) files: Files,
    /// Of no record: what a replay does not bring back is told anew by those who look.
    #[serde(default)]
    receipts: Receipts,
    #[serde(default, skip_serializing_if = "Marks::is_default")]
    pub(super) marks: Marks,
    /// The last words of an agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) last_reply: Option<(Seq, AgentId)>,
    /// Nothing is left of it but its id.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) erased: bool,
}

/// What the files of a conversation take up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Files {
    pub(super) count: u32,
    pub(super) bytes: u64,
}

/// How far each side has come with the other's messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipts {
    pub visitor: Receipt,
    pub agents: Receipt,
}

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Visitor,
    Agents,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) seq: Seq,
    pub(super) digest: u64,
    pub(super) answer: bool,
}

/// What to go back to when facts could not be appended.
#[derive(Debug)]
pub struct Savepoint {
    head: Head,
    tail: VecDeque<Arc<Message>>,
    asides: usize,
}

/// Where a page of messages is to be read.
#[derive(Debug, Clone, PartialEq)]
pub enum Page {
    Here(Vec<Arc<Message>>),
    /// The first message wanted has left the memory.
    InHistory,
}

impl Conversation {
    pub fn start(id: ConversationId, started: Started) -> Self {
        Self {
            head: Head {
                id,
                site: started.site,
                visitor: started.visitor,
                locale: started.locale,
                standing: Standing {
                    status: Status::Pending,
                    bot: BotMode::Answering,
                    assignee: None,
                    waiting_since_ms: None,
                    snoozed_until_ms: None,
                },
                last_seq: Seq(0),
                last_message_at_ms: started.at_ms,
                preview: String::new(),
                intent: None,
                entities: Vec::new(),
                seen: None,
                contact: Contact::default(),
                ratable: None,
                score: None,
                files: Files::default(),
                receipts: Receipts::default(),
                marks: Marks::default(),
                last_reply: None,
                erased: false,
            },
            tail: VecDeque::new(),
            known: HashMap::new(),
            asides: Asides::default(),
            applied: Offset(0),
        }
    }

    pub fn id(&self) -> ConversationId {
        self.head.id
    }

    pub fn visitor(&self) -> VisitorId {
        self.head.visitor
    }

    /// Where the visitor was when they spoke last.
    pub fn seen(&self) -> Option<&VisitorContext> {
        self.head.seen.as_deref()
    }

    pub fn standing(&self) -> &Standing {
        &self.head.standing
    }

    pub fn last_seq(&self) -> Seq {
        self.head.last_seq
    }

    pub fn receipts(&self) -> Receipts {
        self.head.receipts
    }

    /// Takes in how far a side says it has come; `None` when that is no news. What is claimed past
    /// the last message does not count, and nobody unreads.
    pub fn see(&mut self, side: Side, claimed: Receipt) -> Option<Receipt> {
        let last_seq = self.head.last_seq;
        let known = match side {
            Side::Visitor => &mut self.head.receipts.visitor,
            Side::Agents => &mut self.head.receipts.agents,
        };
        let read = known.read.max(claimed.read.min(last_seq));
        let delivered = known.delivered.max(claimed.delivered.min(last_seq)).max(read);
        let now = Receipt { delivered, read };
        (std::mem::replace(known, now) != now).then_some(now)
    }

    pub(super) fn known(&self, id: MessageId) -> Option<Known> {
        self.known.get(&id).copied()
    }

    /// Takes a fact in; the same for a new one and for one read back from the log.
    pub fn apply(&mut self, fact: &Fact) {
        match fact {
            // Consumed by `start`; a second one would be a bug of the writer.
            Fact::Started(_) => {}
            Fact::Posted(posted) => self.post(posted),
            Fact::Stands(standing) => self.head.standing = standing.clone(),
            Fact::Aside(aside) => self.asides.push(aside.clone()),
            Fact::Marked(marks) => self.head.marks = marks.clone(),
            Fact::Understood { message, understanding } => {
                self.head.learn(understanding);
                self.understand(*message, understanding);
            }
            Fact::Claimed { to, .. } => self.head.visitor = *to,
            Fact::Seen { context } => self.head.seen = Some(context.clone()),
            Fact::Introduced(introduced) => self.head.contact = introduced.contact.clone(),
            Fact::Rated(rated) => {
                self.head.score = Some(rated.score);
                self.head.ratable = None;
            }
            Fact::Erased(erased) => self.erase(erased.at_ms),
        }
    }

    /// Ids and asides go with `trim`: a rollback needs them.
    fn erase(&mut self, at_ms: u64) {
        let Head { id, site, locale, .. } = self.head.clone();
        let nobody = VisitorId(uuid::Uuid::nil());
        let empty = Self::start(id, Started { site, visitor: nobody, locale, at_ms });
        self.head = Head { erased: true, ..empty.head };
        self.head.standing.status = Status::Resolved;
        self.tail.clear();
    }

    pub(super) fn is_erased(&self) -> bool {
        self.head.erased
    }

    fn post(&mut self, posted: &Posted) {
        assert_eq!(posted.seq, self.head.last_seq.next(), "seq has no gaps");
        self.head.last_seq = posted.seq;
        self.head.last_message_at_ms = posted.at_ms;
        match &posted.body {
            Body::Text { text } | Body::Rich { text, .. } => {
                self.head.preview = text.chars().take(PREVIEW_CHARS_MAX).collect();
            }
            Body::File { file } => {
                self.head.preview = file.name.chars().take(PREVIEW_CHARS_MAX).collect();
                self.head.files.count += 1;
                self.head.files.bytes += file.bytes;
            }
            Body::Notice { notice: Notice::Resolved } => self.head.ratable = Some(posted.id),
            Body::Answer { .. } | Body::Choices { .. } | Body::Notice { .. } => {}
        }
        if let Author::Agent { id, .. } = &posted.author {
            self.head.last_reply = Some((posted.seq, *id));
        }
        if let Some(question) = &posted.question {
            self.head.locale = question.locale;
        }
        if let Some(understanding) = &posted.understanding {
            self.head.learn(understanding);
        }
        let known = Known {
            seq: posted.seq,
            digest: digest(&posted.author, &posted.body),
            answer: matches!(posted.body, Body::Answer { .. }),
        };
        self.known.insert(posted.id, known);
        self.tail.push_back(Arc::new(posted.clone().into()));
    }

    fn understand(&mut self, id: MessageId, understanding: &Understanding) {
        if let Some(slot) = self.tail.iter_mut().rev().find(|message| message.id == id) {
            Arc::make_mut(slot).understanding = Some(understanding.clone());
        }
    }

    /// Forgets what the history can serve, and ids that nobody sends again. Only after a commit: a
    /// rollback needs the messages.
    pub fn trim(&mut self) {
        let excess = self.tail.len().saturating_sub(TAIL_MESSAGES_MAX);
        self.tail.drain(..excess);
        self.asides.trim();
        if self.head.erased {
            self.asides = Asides::default();
            self.known.clear();
        }
        // Half as many again, so that not every message walks through all of them.
        if self.known.len() > KNOWN_MESSAGES_MAX + KNOWN_MESSAGES_MAX / 2 {
            let last = self.head.last_seq.0;
            self.known.retain(|_, known| known.seq.0 + KNOWN_MESSAGES_MAX as u64 > last);
        }
    }

    /// The offset after its last record.
    pub fn applied(&self) -> Offset {
        self.applied
    }

    pub fn note_applied(&mut self, next: Offset) {
        self.applied = next;
    }

    /// Until when it stays in memory though nobody speaks; `u64::MAX` while people are in it.
    pub fn warm_until_ms(&self) -> u64 {
        let warm_ms = match self.head.standing.status {
            Status::Open | Status::Snoozed => return u64::MAX,
            Status::Pending => PENDING_WARM_MS,
            Status::Resolved => RESOLVED_WARM_MS,
        };
        self.head.last_message_at_ms.saturating_add(warm_ms)
    }

    /// The bytes of a checkpoint.
    pub fn save(&self) -> Vec<u8> {
        let skipped = self.tail.len().saturating_sub(SAVED_MESSAGES_MAX);
        let saved = Saved {
            head: self.head.clone(),
            tail: self.tail.iter().skip(skipped).map(|message| (**message).clone()).collect(),
            known: self.known.iter().map(|(id, known)| (*id, *known)).collect(),
            asides: self.asides.clone(),
            applied: self.applied,
        };
        serde_json::to_vec(&saved).expect("states hold no maps with keys other than texts")
    }

    /// # Errors
    /// The bytes are not what `save` wrote.
    pub fn restore(state: &[u8]) -> Result<Self, serde_json::Error> {
        let saved: Saved = serde_json::from_slice(state)?;
        Ok(Self {
            head: saved.head,
            tail: saved.tail.into_iter().map(Arc::new).collect(),
            known: saved.known.into_iter().collect(),
            asides: saved.asides,
            applied: saved.applied,
        })
    }

    pub fn savepoint(&self) -> Savepoint {
        let (head, tail) = (self.head.clone(), self.tail.clone());
        Savepoint { head, tail, asides: self.asides.len() }
    }

    pub fn roll_back(&mut self, savepoint: Savepoint) {
        self.known.retain(|_, known| known.seq <= savepoint.head.last_seq);
        self.head = savepoint.head;
        self.tail = savepoint.tail;
        self.asides.truncate(savepoint.asides);
    }

    /// All messages in memory after `after`, oldest first.
    pub fn page_after(&self, after: Seq) -> Page {
        let first = self.tail.front().map_or(self.head.last_seq.next(), |message| message.seq);
        if after.0.saturating_add(1) < first.0 {
            return Page::InHistory;
        }
        let skip = usize::try_from(after.0.saturating_add(1) - first.0).unwrap_or(usize::MAX);
        Page::Here(self.tail.iter().skip(skip).cloned().collect())
    }

    pub fn summary(&self) -> ConversationSummary {
        let head = &self.head;
        ConversationSummary {
            id: head.id,
            site: head.site.clone(),
            visitor: head.visitor,
            locale: head.locale,
            status: head.standing.status,
            bot: head.standing.bot,
            assignee: head.standing.assignee.clone(),
            last_seq: head.last_seq,
            last_message_at_ms: head.last_message_at_ms,
            preview: head.preview.clone(),
            waiting_since_ms: head.standing.waiting_since_ms,
            intent: head.intent.clone(),
            entities: head.entities.clone(),
            contact: (!head.contact.is_empty()).then(|| Box::new(head.contact.clone())),
            score: head.score,
            snoozed_until_ms: head.standing.snoozed_until_ms,
            marks: head.marks.clone(),
            erased: head.erased,
        }
    }

    /// Notes and what agents did, oldest first.
    pub fn asides(&self) -> &Asides {
        &self.asides
    }
}

impl Head {
    fn learn(&mut self, understanding: &Understanding) {
        if understanding.intent.is_some() {
            self.intent.clone_from(&understanding.intent);
        }
        for entity in &understanding.entities {
            self.entities.retain(|known| known.kind != entity.kind);
            self.entities.push(entity.clone());
        }
    }
}

/// Tells a resend from another message under the same id. Checkpoints hold it, so it must stay as
/// it is: the first eight bytes of a SHA-256 over the parts that a sender chooses.
pub(super) fn digest(author: &Author, body: &Body) -> u64 {
    let mut hasher = Sha256::new();
    match author {
        Author::Visitor => hasher.update([0]),
        Author::Bot { answered_in: AnsweredIn::Browser } => hasher.update([1]),
        Author::Bot { answered_in: AnsweredIn::Server } => hasher.update([2]),
        Author::Agent { id, .. } => {
            hasher.update([3]);
            hasher.update(id.0.as_bytes());
        }
        Author::System => hasher.update([4]),
    }
    match body {
        // The HTML follows from the text.
        Body::Text { text } | Body::Rich { text, .. } => {
            hasher.update([0]);
            hasher.update(text);
        }
        Body::Answer { in_reply_to, entry, .. } => {
            hasher.update([1]);
            hasher.update(in_reply_to.0.as_bytes());
            hasher.update(entry.as_str());
        }
        Body::Choices { in_reply_to, choices } => {
            hasher.update([2]);
            hasher.update(in_reply_to.0.as_bytes());
            for choice in choices {
                hasher.update(choice.entry.as_str());
                hasher.update([0]);
            }
        }
        Body::Notice { notice } => {
            hasher.update([3]);
            // The wire's form, which stays.
            hasher.update(serde_json::to_vec(notice).unwrap_or_default());
        }
        Body::File { file } => {
            hasher.update([4]);
            hasher.update(file.id.as_str());
        }
    }
    let digest: [u8; 32] = hasher.finalize().into();
    let (first, _) = digest.split_first_chunk().expect("32 bytes");
    u64::from_le_bytes(*first)
}
