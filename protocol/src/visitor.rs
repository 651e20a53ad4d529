//! Frames between a visitor's widget and the gateway.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::context::Visit;
use crate::conversation::{BotMode, MessageOf, Receipt, Status};
use crate::http::PackRef;
use crate::ids::{ConversationId, EntryId, MessageId, PackVersion, Seq};
use crate::locale::Locale;
use crate::refusal::Refusal;
use crate::understanding::{Confidence, Understanding};

/// A frame as the server reads it.
pub type VisitorFrame = VisitorFrameOf<Understanding, Visit>;

/// Visitor to server. `U` is what a text was understood as, `V` what the page tells of itself, or
/// either as it is passed on unread. Every frame that writes carries an id made by the client;
/// sending it again has no further effect and is acknowledged again. A browser reads what it kept
/// to send later; what is never kept it need not know how to read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitorFrameOf<U, V> {
    /// First frame of every connection: what this browser already has.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    Resume { conversation: Option<ConversationId>, last_seq: Seq },
    /// A question the browser could not answer by itself.
    Say { message_id: MessageId, text: String, locale: Locale, understanding: Option<U> },
    /// A question that the browser answered: the server looks the answer's words up itself.
    Answered {
        question_id: MessageId,
        answer_id: MessageId,
        text: String,
        locale: Locale,
        entry: EntryId,
        pack_version: PackVersion,
        confidence: Confidence,
        understanding: Option<U>,
    },
    /// On a private site: an entry was answered in the browser. No words, only the count.
    Tally { tally_id: MessageId, entry: EntryId, pack_version: PackVersion },
    /// "That answer was wrong."
    Flag { flag_id: MessageId, answer_id: MessageId },
    /// "Talk to a person."
    RequestHuman { message_id: MessageId, locale: Locale },
    /// Lives in memory only; may be dropped.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    Typing,
    /// The page the visitor is on. Lives in memory; the last one is kept with what is said next.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    Visit(V),
    /// The same, with what is in the field so far: agents see it where the owner lets them.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    Draft { text: String },
    /// Sent when idle: keeps proxies awake and finds gaps.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    Sync { last_seq: Seq },
    /// How far the visitor has come. Lives in memory only; may be dropped.
    #[cfg_attr(target_arch = "wasm32", serde(skip_deserializing))]
    Seen { receipt: Receipt },
}

/// An event as the server writes it.
pub type VisitorEvent = VisitorEventOf<Understanding>;

/// Server to visitor. `U` as in `MessageOf`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitorEventOf<U> {
    /// Answers `Resume`. Messages follow `last_seq` in order; `more` asks for another `Resume`.
    Resumed {
        conversation: Option<ConversationId>,
        status: Status,
        bot: BotMode,
        messages: Vec<MessageOf<U>>,
        more: bool,
    },
    /// On disk. `seq` is `None` for what has no place in the transcript (`Tally`).
    Accepted {
        message_id: MessageId,
        conversation: Option<ConversationId>,
        seq: Option<Seq>,
    },
    /// A message of the conversation, the visitor's own included (other tabs need it).
    Posted {
        message: MessageOf<U>,
    },
    StatusChanged {
        status: Status,
        bot: BotMode,
    },
    AgentTyping,
    /// How many wait for a person, this visitor included, up to and with them; 0 when the wait is
    /// over.
    QueuePosition {
        position: u32,
    },
    /// Answers `Sync`; a higher `last_seq` than the visitor's means there is a gap to resume.
    Synced {
        last_seq: Seq,
    },
    PackChanged {
        pack: PackRef,
    },
    /// How far the agents have come. Also follows `Resumed`.
    Seen {
        receipt: Receipt,
    },
    /// Nothing was written. `message_id` is missing when the frame could not be read.
    Refused {
        message_id: Option<MessageId>,
        refusal: Refusal,
    },
}
