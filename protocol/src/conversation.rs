//! A conversation as every side sees it: its messages, who wrote them, where it stands.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::file::File;
use crate::forms::{Contact, Score};
use crate::ids::{
    AgentId, ConversationId, EntryId, MessageId, PackVersion, Seq, SiteKey, VisitorId,
};
use crate::inbox::Marks;
use crate::locale::Locale;
use crate::understanding::{Choice, Confidence, Entity, HandOffReason, Intent, Understanding};
use crate::unit::unit_enum;

unit_enum! {
    /// Where a conversation stands.
    #[derive(PartialOrd, Ord, Hash)]
    pub enum Status {
        /// The bot is answering; no human is needed yet.
        Pending = "pending",
        /// A human is needed or at work.
        Open = "open",
        Snoozed = "snoozed",
        Resolved = "resolved",
    }
}

unit_enum! {
    /// Whether the bot may speak. It falls silent when an agent speaks, until given back.
    pub enum BotMode {
        Answering = "answering",
        Silent = "silent",
    }
}

unit_enum! {
    /// Where a bot's answer was computed.
    pub enum AnsweredIn {
        Browser = "browser",
        Server = "server",
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    Visitor,
    Bot { answered_in: AnsweredIn },
    Agent { id: AgentId, name: String },
    System,
}

/// A message with all that is known of it.
pub type Message = MessageOf<Understanding>;

/// One line of a transcript. `U` is what its text was understood as, or stands for that where
/// nobody reads it. `seq` is given by the conversation's single writer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "U: Deserialize<'de>"))]
pub struct MessageOf<U> {
    pub id: MessageId,
    pub seq: Seq,
    /// When the server accepted it, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    pub author: Author,
    pub body: Body,
    /// What the visitor's text was understood as; only on visitors' messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub understanding: Option<U>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// Plain text as typed: shown as text, never as markup.
    Text { text: String },
    /// An agent's words with Markdown in them: as typed, and as the server made HTML of them,
    /// sanitized.
    Rich { text: String, html: String },
    /// An FAQ answer. The server looks the words up itself; `html` was sanitized there.
    Answer {
        in_reply_to: MessageId,
        entry: EntryId,
        pack_version: PackVersion,
        confidence: Confidence,
        html: String,
    },
    /// The bot asks back with two or three entries.
    Choices { in_reply_to: MessageId, choices: Vec<Choice> },
    /// Something happened; each side words it in the reader's language.
    Notice { notice: Notice },
    /// An image or a document; its bytes are asked for by HTTP.
    File { file: File },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    HandedOff {
        reason: HandOffReason,
    },
    AgentJoined {
        name: String,
    },
    GivenBack,
    AnswerFlagged {
        answer: MessageId,
    },
    Resolved,
    Reopened,
    /// The visitor said how it was.
    Rated {
        score: Score,
        comment: String,
    },
}

/// How far one side has come with what the other side wrote. Kept in memory: a receipt may be lost
/// and is never behind an acknowledgement.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The last message that one of their screens has.
    pub delivered: Seq,
    /// The last one that somebody had in sight.
    pub read: Seq,
}

/// One row of the inbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConversationSummary {
    pub id: ConversationId,
    pub site: SiteKey,
    pub visitor: VisitorId,
    pub locale: Locale,
    pub status: Status,
    pub bot: BotMode,
    pub assignee: Option<Assignee>,
    pub last_seq: Seq,
    pub last_message_at_ms: u64,
    /// First 120 characters of the last text; empty when there is none.
    pub preview: String,
    /// Since when a human is waited for; `None` when nobody waits.
    pub waiting_since_ms: Option<u64>,
    /// Of the visitor's last understood message.
    pub intent: Option<Intent>,
    /// All that were found in the conversation, last value of each kind.
    pub entities: Vec<Entity>,
    /// As the visitor gave it, unchecked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Box<Contact>>,
    /// The last rating.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
    /// When a snoozed one comes back by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snoozed_until_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Marks::is_default")]
    pub marks: Marks,
    /// Nothing is left of it: whoever shows it stops.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub erased: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignee {
    pub id: AgentId,
    pub name: String,
}
