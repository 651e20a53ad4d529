//! The way back to whoever sent a command. A reply that is dropped unsent, because a mailbox was
//! full or a shard fell over, tells the sender to try again: nobody waits for ever.

use protocol::agent::AgentEvent;
use protocol::ids::{ConversationId, MessageId};
use protocol::refusal::{Refusal, RefusalCode};
use protocol::visitor::VisitorEvent;
use tokio::sync::oneshot;

use super::command::{Accepted, Outcome};
use super::outbox::{Event, Outbox, Parcel};

/// When a busy part may be asked again.
pub const BUSY_RETRY_MS: u64 = 500;

/// When somebody who was too fast may go on: their bucket has filled a little by then.
const TOO_FAST_RETRY_MS: u64 = 1_000;

/// When a full disk may have been helped.
const NO_SPACE_RETRY_MS: u64 = 30_000;

#[derive(Debug)]
pub struct Reply {
    id: Option<MessageId>,
    to: Option<ReplyTo>,
}

#[derive(Debug)]
pub enum ReplyTo {
    Visitor(Outbox<VisitorEvent>),
    Agent(Outbox<AgentEvent>),
    Pipeline(oneshot::Sender<Result<(), Refusal>>),
}

impl Reply {
    pub fn new(id: Option<MessageId>, to: ReplyTo) -> Self {
        Self { id, to: Some(to) }
    }

    /// For what nobody waits for.
    pub fn to_nobody() -> Self {
        Self { id: None, to: None }
    }

    pub fn accept(mut self, conversation: ConversationId, outcome: &Outcome) {
        let Some(to) = self.to.take() else { return };
        for accepted in &outcome.accepted {
            to.accepted(conversation, *accepted);
        }
        if let Some((id, code)) = outcome.refused {
            to.refused(Some(id), refusal(code));
        }
        if let ReplyTo::Pipeline(sender) = to {
            // The pipeline may have stopped meanwhile; the facts stand either way.
            let _ = sender.send(Ok(()));
        }
    }

    pub fn refuse(mut self, code: RefusalCode) {
        self.send_refusal(code);
    }

    fn send_refusal(&mut self, code: RefusalCode) {
        let Some(to) = self.to.take() else { return };
        to.refused(self.id, refusal(code));
        if let ReplyTo::Pipeline(sender) = to {
            let _ = sender.send(Err(refusal(code)));
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        self.send_refusal(RefusalCode::Busy);
    }
}

impl ReplyTo {
    fn accepted(&self, conversation: ConversationId, Accepted { id, seq }: Accepted) {
        match self {
            Self::Visitor(outbox) => {
                let conversation = Some(conversation);
                push(outbox, &VisitorEvent::Accepted { message_id: id, conversation, seq });
            }
            Self::Agent(outbox) => {
                push(outbox, &AgentEvent::Accepted { message_id: id, conversation, seq });
            }
            Self::Pipeline(_) => {}
        }
    }

    fn refused(&self, message_id: Option<MessageId>, refusal: Refusal) {
        match self {
            Self::Visitor(outbox) => {
                push(outbox, &VisitorEvent::Refused { message_id, refusal });
            }
            Self::Agent(outbox) => {
                push(outbox, &AgentEvent::Refused { message_id, refusal });
            }
            Self::Pipeline(_) => {}
        }
    }
}

fn push<E: Event>(outbox: &Outbox<E>, event: &E) {
    if let Some(parcel) = Parcel::of(event) {
        outbox.push(parcel);
    }
}

/// The refusal with the time after which trying again may help.
pub fn refusal(code: RefusalCode) -> Refusal {
    match code {
        RefusalCode::Busy => Refusal::retry_after(code, BUSY_RETRY_MS),
        RefusalCode::TooFast => Refusal::retry_after(code, TOO_FAST_RETRY_MS),
        RefusalCode::NoSpace | RefusalCode::LogPoisoned => {
            Refusal::retry_after(code, NO_SPACE_RETRY_MS)
        }
        RefusalCode::MalformedFrame
        | RefusalCode::FrameTooLarge
        | RefusalCode::EmptyText
        | RefusalCode::TextTooLong
        | RefusalCode::TokenMissing
        | RefusalCode::TokenInvalid
        | RefusalCode::TokenExpired
        | RefusalCode::UnknownSite
        | RefusalCode::UnknownOrigin
        | RefusalCode::UnknownConversation
        | RefusalCode::UnknownEntry
        | RefusalCode::UnknownMessage
        | RefusalCode::IdConflict
        | RefusalCode::Forbidden
        | RefusalCode::WrongCredentials
        | RefusalCode::SetUpLinkInvalid
        | RefusalCode::NotSignedIn
        | RefusalCode::CodeNeeded
        | RefusalCode::CodeWrong
        | RefusalCode::SecondFactorNeeded
        | RefusalCode::InvitationInvalid
        | RefusalCode::AddressTaken
        | RefusalCode::LastOwner
        | RefusalCode::AssignedMeanwhile
        | RefusalCode::AnsweredMeanwhile
        | RefusalCode::Blocked
        | RefusalCode::TooMany
        | RefusalCode::BotSilent
        | RefusalCode::InvalidBody
        | RefusalCode::IdentityRefused
        | RefusalCode::FileTooLarge
        | RefusalCode::FileKind
        | RefusalCode::ImageTooLarge
        | RefusalCode::FileQuota
        | RefusalCode::NotRatable
        | RefusalCode::MailOff
        | RefusalCode::InvalidEmail
        | RefusalCode::UploadStalled
        | RefusalCode::NotFound => Refusal::of(code),
    }
}
