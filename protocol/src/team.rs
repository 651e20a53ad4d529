//! The agents to each other: who is there, who looks at what, what they note beside a transcript,
//! and the words they keep ready. Visitors see none of it.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::conversation::Assignee;
use crate::ids::{AgentId, CannedId, EntryId, LabelName, MessageId, Seq};
use crate::inbox::Priority;
use crate::locale::Locale;
use crate::understanding::Confidence;

/// Longest private note, in bytes of UTF-8.
pub const NOTE_BYTES_MAX: usize = 4 * 1024;

/// Notes that one conversation may have.
pub const NOTES_MAX: usize = 200;

/// Answers that are suggested for one text.
pub const SUGGESTIONS_MAX: usize = 3;

/// Whether conversations are given to an agent by themselves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    #[default]
    Online,
    Away,
}

/// Where an agent can be found now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    Online,
    Away,
    Offline,
}

/// Somebody a conversation can be given to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub id: AgentId,
    pub name: String,
    pub presence: Presence,
    /// Open conversations they have.
    pub open: u32,
}

/// Something beside the transcript of a conversation; it has no seq there, so that the visitor's
/// side cannot even count it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aside {
    pub id: MessageId,
    pub at_ms: u64,
    /// The last message when it was written.
    pub after_seq: Seq,
    /// `None` is the service itself.
    pub by: Option<Assignee>,
    pub what: AsideKind,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AsideKind {
    /// Plain text, shown as text.
    Note {
        text: String,
    },
    /// Given to somebody or to nobody, with a word to them.
    Assigned {
        to: Option<Assignee>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// `None`: until the visitor writes.
    Snoozed {
        until_ms: Option<u64>,
    },
    /// The snooze is over.
    Woke,
    Labelled {
        added: Vec<LabelName>,
        removed: Vec<LabelName>,
    },
    Prioritized {
        priority: Priority,
    },
    Blocked,
    Unblocked,
}

/// An FAQ entry that may answer what a visitor wrote.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    pub entry: EntryId,
    pub question: String,
    /// Markdown, to put into the reply.
    pub answer: String,
    pub confidence: Confidence,
}

/// `GET /v1/canned-responses` lists them; `PUT` and `DELETE` of `/v1/canned-responses/{id}` change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CannedResponse {
    pub id: CannedId,
    /// What is typed after `/`: letters, digits and dashes.
    pub shortcut: String,
    /// `None` is for visitors of every language.
    #[serde(default)]
    pub locale: Option<Locale>,
    /// Markdown; `{{visitor.name}}` and `{{agent.name}}` are replaced when it is put into a reply.
    pub text: String,
}

/// `POST /v1/agents/preview`: how a reply will look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewRequest {
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Sanitized; what the visitor will see.
    pub html: String,
}
