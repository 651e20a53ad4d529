//! Frames between the agent's console and the gateway.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::context::VisitorContext;
use crate::conversation::{Assignee, ConversationSummary, Message, Receipt};
use crate::http::AgentProfile;
use crate::ids::{AgentId, ConversationId, LabelName, MessageId, Seq, VisitorId};
use crate::inbox::{InboxCounts, InboxFacets, InboxKey, InboxQuery, Priority};
use crate::refusal::Refusal;
use crate::team::{Aside, Availability, Member, Suggestion};

/// Agent to server. Every frame that writes carries an id made by the console.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentFrame {
    /// Shows a conversation; its new messages are posted from then on. One at a time.
    Watch {
        conversation: ConversationId,
        after_seq: Seq,
    },
    /// No conversation is on show any more.
    Unwatch,
    Reply {
        message_id: MessageId,
        conversation: ConversationId,
        /// Markdown.
        text: String,
        /// The last message on the agent's screen: when a colleague has answered since, the reply
        /// is refused with `answered_meanwhile`. Without it, it is posted in any case.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Seq>,
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
    /// Gives the conversation to somebody, or to nobody. Refused with `assigned_meanwhile` when it
    /// is not `from`'s any more: of two who claim it one wins.
    Assign {
        message_id: MessageId,
        conversation: ConversationId,
        from: Option<AgentId>,
        to: Option<AgentId>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// Out of sight until then, or until the visitor writes.
    Snooze {
        message_id: MessageId,
        conversation: ConversationId,
        until_ms: Option<u64>,
    },
    Label {
        message_id: MessageId,
        conversation: ConversationId,
        add: Vec<LabelName>,
        remove: Vec<LabelName>,
    },
    Prioritize {
        message_id: MessageId,
        conversation: ConversationId,
        priority: Priority,
    },
    /// A private note.
    Note {
        message_id: MessageId,
        conversation: ConversationId,
        text: String,
    },
    /// The visitor cannot write any more.
    Block {
        message_id: MessageId,
        conversation: ConversationId,
    },
    Unblock {
        message_id: MessageId,
        conversation: ConversationId,
    },
    /// Asks for rows of the inbox, after `after` or from the top. `round` comes back with them.
    Inbox {
        query: InboxQuery,
        after: Option<InboxKey>,
        round: u32,
    },
    /// What this visitor said before.
    Earlier {
        visitor: VisitorId,
    },
    /// Which entries may answer this text?
    Suggest {
        conversation: ConversationId,
        text: String,
    },
    SetAvailability {
        availability: Availability,
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

impl AgentFrame {
    /// The id it writes under and the conversation; `None` for what is kept in memory only or asks.
    pub fn written(&self) -> Option<(MessageId, ConversationId)> {
        match self {
            Self::Reply { message_id, conversation, .. }
            | Self::TakeOver { message_id, conversation }
            | Self::GiveBack { message_id, conversation }
            | Self::Resolve { message_id, conversation }
            | Self::Reopen { message_id, conversation }
            | Self::Assign { message_id, conversation, .. }
            | Self::Snooze { message_id, conversation, .. }
            | Self::Label { message_id, conversation, .. }
            | Self::Prioritize { message_id, conversation, .. }
            | Self::Note { message_id, conversation, .. }
            | Self::Block { message_id, conversation }
            | Self::MailTranscript { message_id, conversation, .. }
            | Self::Unblock { message_id, conversation } => Some((*message_id, *conversation)),
            Self::Watch { .. }
            | Self::Unwatch
            | Self::Inbox { .. }
            | Self::Earlier { .. }
            | Self::Suggest { .. }
            | Self::SetAvailability { .. }
            | Self::Seen { .. }
            | Self::Typing { .. }
            | Self::Sync => None,
        }
    }
}

/// Server to agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentEvent {
    /// First event of every connection. The inbox holds the newest of what is not resolved; the
    /// rest is asked for with `Inbox`.
    Welcome {
        agent: AgentProfile,
        inbox: Vec<ConversationSummary>,
    },
    /// Answers `Inbox`. `next` is the cursor of the following page.
    InboxPage {
        round: u32,
        rows: Vec<ConversationSummary>,
        next: Option<InboxKey>,
        /// Only with the first page; resolved conversations are not counted.
        counts: Option<InboxCounts>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        facets: Option<InboxFacets>,
    },
    /// How many rows the query asked last has now.
    InboxCounts {
        counts: InboxCounts,
    },
    /// Also sent for conversations that are new to the inbox.
    ConversationChanged {
        summary: ConversationSummary,
    },
    /// Answers `Earlier`, newest first.
    Earlier {
        visitor: VisitorId,
        conversations: Vec<ConversationSummary>,
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
    /// Beside the watched transcript: all of it after `Watch`, later what is new.
    Asides {
        conversation: ConversationId,
        asides: Vec<Aside>,
    },
    /// `draft` is what the visitor has written so far, where the owner lets agents see it.
    VisitorTyping {
        conversation: ConversationId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        draft: Option<String>,
    },
    /// How far the visitor of the watched conversation has come. Also follows `Transcript`.
    VisitorRead {
        conversation: ConversationId,
        receipt: Receipt,
    },
    /// Which colleagues have the watched conversation on their screens.
    Viewers {
        conversation: ConversationId,
        viewers: Vec<Assignee>,
    },
    /// A colleague is writing in the watched conversation.
    AgentTyping {
        conversation: ConversationId,
        agent: Assignee,
    },
    /// Everybody a conversation can be given to.
    Team {
        members: Vec<Member>,
    },
    Suggestions {
        conversation: ConversationId,
        text: String,
        suggestions: Vec<Suggestion>,
    },
    /// Fetch the canned responses again.
    CannedChanged,
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
