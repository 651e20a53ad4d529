//! What may be asked of a conversation, and what came of it. Plain values; knows no tasks.

use protocol::context::VisitorContext;
use protocol::conversation::Assignee;
use protocol::file::File;
use protocol::forms::{Contact, Score};
use protocol::ids::{AgentId, EntryId, LabelName, MessageId, PackVersion, Seq, VisitorId};
use protocol::inbox::Priority;
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;
use protocol::understanding::{Choice, Confidence, HandOffReason, Understanding};

use crate::bus::record::Fact;

#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    Say(Utterance),
    /// The browser answered by itself; the words of the answer were looked up here.
    Answered {
        question: Utterance,
        answer_id: MessageId,
        answer: Answer,
    },
    Flag {
        id: MessageId,
        answer: MessageId,
    },
    RequestHuman {
        id: MessageId,
    },
    Reply {
        id: MessageId,
        agent: Assignee,
        words: Words,
        /// The last message the agent has seen; `None` posts in any case.
        seen: Option<Seq>,
    },
    TakeOver {
        id: MessageId,
        agent: Assignee,
    },
    GiveBack {
        id: MessageId,
    },
    Resolve {
        id: MessageId,
    },
    Reopen {
        id: MessageId,
    },
    /// A file of the visitor's, whose bytes are on disk.
    SendFile {
        id: MessageId,
        file: File,
    },
    /// The same, of an agent's.
    ReplyFile {
        id: MessageId,
        agent: Assignee,
        file: File,
    },
    Introduce {
        id: MessageId,
        contact: Contact,
    },
    Rate {
        id: MessageId,
        resolved: MessageId,
        score: Score,
        comment: String,
    },
    Assign {
        id: MessageId,
        /// `None`: the service gives it, and only when nobody has it.
        by: Option<Assignee>,
        /// Who must have it still.
        from: Option<AgentId>,
        to: Option<Assignee>,
        note: Option<String>,
    },
    Snooze {
        id: MessageId,
        by: Assignee,
        until_ms: Option<u64>,
    },
    /// The time of a snoozed one may have come.
    Wake {
        id: MessageId,
    },
    Label {
        id: MessageId,
        by: Assignee,
        add: Vec<LabelName>,
        remove: Vec<LabelName>,
    },
    Prioritize {
        id: MessageId,
        by: Assignee,
        priority: Priority,
    },
    Note {
        id: MessageId,
        by: Assignee,
        text: String,
    },
    Block {
        id: MessageId,
        by: Assignee,
    },
    Unblock {
        id: MessageId,
        by: Assignee,
    },
    /// The pipeline's reply. Its id follows from the question's, so a replay changes nothing.
    BotReply {
        question: MessageId,
        understanding: Option<Understanding>,
        reply: BotReply,
    },
    /// The anonymous visitor proved to be a person of the site.
    Claim {
        from: VisitorId,
        to: VisitorId,
    },
    /// Where the visitor was when they spoke.
    See {
        context: Box<VisitorContext>,
    },
    Erase {
        by: Assignee,
    },
    #[cfg(test)]
    Panic,
}

/// What an agent wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    pub text: String,
    /// Sanitized; `None` when there is no Markdown in the text.
    pub html: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Utterance {
    pub id: MessageId,
    pub text: String,
    pub locale: Locale,
    pub understanding: Option<Understanding>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub entry: EntryId,
    pub pack_version: PackVersion,
    pub confidence: Confidence,
    /// Sanitized when the pack was compiled.
    pub html: String,
}

#[derive(Debug, Clone, PartialEq)]
pub enum BotReply {
    Answer(Answer),
    Choices(Vec<Choice>),
    HandOff(HandOffReason),
}

/// What a command leads to: facts to append, and what to tell its sender once they are on disk.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    pub facts: Vec<Fact>,
    pub accepted: Vec<Accepted>,
    /// A part that was refused while the rest was accepted.
    pub refused: Option<(MessageId, RefusalCode)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    pub id: MessageId,
    /// `None` for what has no place in the transcript.
    pub seq: Option<Seq>,
}

impl Command {
    /// Whether a visitor asks for it.
    pub fn is_the_visitors(&self) -> bool {
        match self {
            Self::Say(_)
            | Self::Answered { .. }
            | Self::Flag { .. }
            | Self::RequestHuman { .. }
            | Self::SendFile { .. }
            | Self::Introduce { .. }
            | Self::Rate { .. } => true,
            Self::ReplyFile { .. }
            | Self::Reply { .. }
            | Self::TakeOver { .. }
            | Self::GiveBack { .. }
            | Self::Resolve { .. }
            | Self::Reopen { .. }
            | Self::Assign { .. }
            | Self::Snooze { .. }
            | Self::Wake { .. }
            | Self::Label { .. }
            | Self::Prioritize { .. }
            | Self::Note { .. }
            | Self::Block { .. }
            | Self::Unblock { .. }
            | Self::See { .. }
            | Self::BotReply { .. }
            | Self::Claim { .. }
            | Self::Erase { .. } => false,
            #[cfg(test)]
            Self::Panic => false,
        }
    }

    /// The id its sender waits for.
    pub fn id(&self) -> Option<MessageId> {
        match self {
            Self::Say(utterance) | Self::Answered { question: utterance, .. } => Some(utterance.id),
            Self::Flag { id, .. }
            | Self::RequestHuman { id }
            | Self::Reply { id, .. }
            | Self::SendFile { id, .. }
            | Self::ReplyFile { id, .. }
            | Self::Introduce { id, .. }
            | Self::Rate { id, .. }
            | Self::TakeOver { id, .. }
            | Self::GiveBack { id }
            | Self::Resolve { id }
            | Self::Reopen { id }
            | Self::Assign { id, .. }
            | Self::Snooze { id, .. }
            | Self::Wake { id }
            | Self::Label { id, .. }
            | Self::Prioritize { id, .. }
            | Self::Note { id, .. }
            | Self::Block { id, .. }
            | Self::Unblock { id, .. } => Some(*id),
            Self::BotReply { question, .. } => Some(MessageId::of_reply_to(*question)),
            Self::Claim { .. } | Self::See { .. } | Self::Erase { .. } => None,
            #[cfg(test)]
            Self::Panic => None,
        }
    }
}
