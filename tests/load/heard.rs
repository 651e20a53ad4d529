//! Of the server's events only what the checks need, read without copying. A frame that is no
//! event of the protocol is an error.

use std::borrow::Cow;

use protocol::ids::{ConversationId, MessageId, Seq};
use protocol::refusal::Refusal;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// A message's place and name; what it says is the server's tests' business.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Line {
    pub(super) id: MessageId,
    pub(super) seq: Seq,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ToVisitor {
    Resumed { conversation: Option<ConversationId>, messages: Vec<Line>, more: bool },
    Accepted { message_id: MessageId, conversation: Option<ConversationId>, seq: Option<Seq> },
    Posted { message: Line },
    StatusChanged(IgnoredAny),
    AgentTyping,
    Synced(IgnoredAny),
    PackChanged(IgnoredAny),
    QueuePosition(IgnoredAny),
    Seen(IgnoredAny),
    Refused { message_id: Option<MessageId>, refusal: Refusal },
}

/// A row of the inbox.
#[derive(Debug, Deserialize)]
pub(super) struct Row<'a> {
    pub(super) id: ConversationId,
    pub(super) last_seq: Seq,
    #[serde(borrow)]
    pub(super) preview: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ToAgent<'a> {
    Welcome(IgnoredAny),
    ConversationChanged {
        #[serde(borrow)]
        summary: Row<'a>,
    },
    Transcript {
        conversation: ConversationId,
        messages: Vec<Line>,
        more: bool,
    },
    Posted {
        conversation: ConversationId,
        message: Line,
    },
    VisitorTyping(IgnoredAny),
    VisitorSeen(IgnoredAny),
    VisitorRead(IgnoredAny),
    Asides(IgnoredAny),
    Viewers(IgnoredAny),
    AgentTyping(IgnoredAny),
    Team(IgnoredAny),
    Accepted {
        message_id: MessageId,
        seq: Option<Seq>,
    },
    Synced,
    LevelChanged(IgnoredAny),
    Refused {
        message_id: Option<MessageId>,
        refusal: Refusal,
    },
}
