//! Frames between the agent's console and the gateway.

use serde::{Deserialize, Serialize};

use crate::context::VisitorContext;
use crate::conversation::{ConversationSummary, Message, Receipt};
use crate::http::AgentProfile;
use crate::ids::{ConversationId, MessageId, Seq};
use crate::refusal::Refusal;

/// Agent to server. Every frame that writes carries an id made by the console.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentFrame {
    /// Shows a conversation; its new messages are posted from then on. One at a time.
    Watch {
        conversation: ConversationId,
        after_seq: Seq,
    },
    Reply {
        message_id: MessageId,
        conversation: ConversationId,
        text: String,
    },
    /// Takes the conversation over from the bot without a word yet.
    TakeOver {
        message_id: MessageId,
        conversation: ConversationId,
    },
    /// Lets the bot answer again.
    GiveBack {
        message_id: MessageId,
        conversation: ConversationId,
    },
    Resolve {
        message_id: MessageId,
        conversation: ConversationId,
    },
    Reopen {
        message_id: MessageId,
        conversation: ConversationId,
    },
    /// Mails the transcript, without notes, to this address.
    MailTranscript {
        message_id: MessageId,
        conversation: ConversationId,
        email: String,
    },
    /// Lives in memory only; may be dropped.
    Typing {
        conversation: ConversationId,
    },
    /// Sent when idle, to keep proxies awake.
    Sync,
    /// How far this agent has come. Lives in memory only; may be dropped.
    Seen {
        conversation: ConversationId,
        receipt: Receipt,
    },
}

/// Server to agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentEvent {
    /// First event of every connection. The inbox holds all that is not resolved, newest first.
    Welcome {
        agent: AgentProfile,
        inbox: Vec<ConversationSummary>,
    },
    /// Also sent for conversations that are new to the inbox.
    ConversationChanged {
        summary: ConversationSummary,
    },
    /// Answers `Watch`. `more` asks for another `Watch` from the last seq.
    Transcript {
        conversation: ConversationId,
        messages: Vec<Message>,
        more: bool,
    },
    /// A message of the watched conversation.
    Posted {
        conversation: ConversationId,
        message: Message,
    },
    /// Follows `Transcript`, and comes again when the watched conversation's visitor moves on.
    VisitorSeen {
        conversation: ConversationId,
        context: VisitorContext,
    },
    VisitorTyping {
        conversation: ConversationId,
    },
    /// How far the visitor of the watched conversation has come. Also follows `Transcript`.
    VisitorRead {
        conversation: ConversationId,
        receipt: Receipt,
    },
    Accepted {
        message_id: MessageId,
        conversation: ConversationId,
        seq: Option<Seq>,
    },
    Synced,
    /// The service sheds load; 0 is normal (the ladder is in the server's `degradation`).
    LevelChanged {
        level: u8,
    },
    Refused {
        message_id: Option<MessageId>,
        refusal: Refusal,
    },
}
