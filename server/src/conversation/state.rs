//! One conversation as a fold over its facts. Pure: no clock, no tasks, no disk.
//! `decide.rs` says which facts a command leads to; this file says what facts mean.

use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use protocol::conversation::{
    AnsweredIn, Author, Body, BotMode, ConversationSummary, Message, Status,
};
use protocol::ids::{ConversationId, MessageId, Seq, SiteKey, VisitorId};
use protocol::locale::Locale;
use protocol::understanding::{Entity, Intent, Understanding};

use crate::bus::record::{Fact, Posted, Standing, Started};

/// Messages of a conversation kept in memory; older pages come from the history.
pub const TAIL_MESSAGES_MAX: usize = 256;

/// Length of an inbox row's preview, in characters.
const PREVIEW_CHARS_MAX: usize = 120;

#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    pub(super) head: Head,
    /// The last messages, oldest first, without gaps.
    tail: VecDeque<Arc<Message>>,
    /// Every message ever posted here (about 50 bytes each): a resend is recognized by it.
    known: HashMap<MessageId, Known>,
}

/// All but the messages.
#[derive(Debug, Clone, PartialEq)]
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) seq: Seq,
    pub(super) digest: u64,
    pub(super) answer: bool,
}

/// What to go back to when facts could not be appended.
#[derive(Debug)]
pub struct Checkpoint {
    head: Head,
    tail: VecDeque<Arc<Message>>,
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
                },
                last_seq: Seq(0),
                last_message_at_ms: started.at_ms,
                preview: String::new(),
                intent: None,
                entities: Vec::new(),
            },
            tail: VecDeque::new(),
            known: HashMap::new(),
        }
    }

    pub fn id(&self) -> ConversationId {
        self.head.id
    }

    pub fn visitor(&self) -> VisitorId {
        self.head.visitor
    }

    pub fn standing(&self) -> &Standing {
        &self.head.standing
    }

    pub fn last_seq(&self) -> Seq {
        self.head.last_seq
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
            Fact::Understood { message, understanding } => {
                self.head.learn(understanding);
                self.understand(*message, understanding);
            }
        }
    }

    fn post(&mut self, posted: &Posted) {
        assert_eq!(posted.seq, self.head.last_seq.next(), "seq has no gaps");
        self.head.last_seq = posted.seq;
        self.head.last_message_at_ms = posted.at_ms;
        match &posted.body {
            Body::Text { text } => {
                self.head.preview = text.chars().take(PREVIEW_CHARS_MAX).collect();
            }
            Body::Answer { .. } | Body::Choices { .. } | Body::Notice { .. } => {}
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

    /// Forgets what the history can serve. Only after a commit: a rollback needs the messages.
    pub fn trim(&mut self) {
        let excess = self.tail.len().saturating_sub(TAIL_MESSAGES_MAX);
        self.tail.drain(..excess);
    }

    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint { head: self.head.clone(), tail: self.tail.clone() }
    }

    pub fn roll_back(&mut self, checkpoint: Checkpoint) {
        for message in self.tail.iter().rev() {
            if message.seq <= checkpoint.head.last_seq {
                break;
            }
            self.known.remove(&message.id);
        }
        self.head = checkpoint.head;
        self.tail = checkpoint.tail;
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
        }
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

/// Tells a resend from another message under the same id. Lives in memory only, so the hash need
/// not be stable across programs.
pub(super) fn digest(author: &Author, body: &Body) -> u64 {
    let mut hasher = DefaultHasher::new();
    match author {
        Author::Visitor => 0_u8.hash(&mut hasher),
        Author::Bot { answered_in: AnsweredIn::Browser } => 1_u8.hash(&mut hasher),
        Author::Bot { answered_in: AnsweredIn::Server } => 2_u8.hash(&mut hasher),
        Author::Agent { id, .. } => (3_u8, id).hash(&mut hasher),
        Author::System => 4_u8.hash(&mut hasher),
    }
    match body {
        Body::Text { text } => (0_u8, text).hash(&mut hasher),
        Body::Answer { in_reply_to, entry, .. } => (1_u8, in_reply_to, entry).hash(&mut hasher),
        Body::Choices { in_reply_to, choices } => {
            (2_u8, in_reply_to).hash(&mut hasher);
            choices.iter().for_each(|choice| choice.entry.hash(&mut hasher));
        }
        Body::Notice { notice } => (3_u8, format!("{notice:?}")).hash(&mut hasher),
    }
    hasher.finish()
}
