//! Bodies of the search over all messages.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::conversation::{Author, Status};
use crate::ids::{AgentId, ConversationId, MessageId, Seq, SiteKey, VisitorId};

/// Longest question, in bytes.
pub const QUESTION_BYTES_MAX: usize = 256;

/// Hits of one page.
pub const HITS_MAX: usize = 20;

/// `POST /v1/search`. What is `None` does not narrow it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchRequest {
    pub text: String,
    #[serde(default)]
    pub author: Option<AuthorKind>,
    #[serde(default)]
    pub agent: Option<AgentId>,
    #[serde(default)]
    pub status: Option<Status>,
    #[serde(default)]
    pub site: Option<SiteKey>,
    #[serde(default)]
    pub from_ms: Option<u64>,
    /// Not included.
    #[serde(default)]
    pub to_ms: Option<u64>,
    /// Of the page before.
    #[serde(default)]
    pub cursor: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorKind {
    Visitor,
    Bot,
    Agent,
}

/// Newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchPage {
    pub hits: Vec<SearchHit>,
    /// Asks for older ones; `None` at the end.
    pub cursor: Option<i64>,
    /// Older messages are still being indexed after an upgrade; ask again later for all of them.
    #[serde(default)]
    pub incomplete: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchHit {
    pub conversation: ConversationId,
    pub seq: Seq,
    pub message: MessageId,
    pub at_ms: u64,
    pub author: Author,
    pub site: SiteKey,
    pub visitor: VisitorId,
    pub status: Status,
    /// A piece of the text, as text.
    pub snippet: String,
    pub marks: Vec<Mark>,
}

/// Characters of the snippet, `end` not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub start: u32,
    pub end: u32,
}
