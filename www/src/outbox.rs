//! Frames that write and are not acknowledged yet: kept until the server says that they are on
//! disk, sent again after every reconnect. Pure; `socket` sends them, `browser` stores them.

use protocol::agent::AgentFrame;
use protocol::ids::{ConversationId, MessageId};
use protocol::refusal::Refusal;

/// Most frames that wait at once; the composer refuses the next one aloud.
pub(crate) const OUTBOX_FRAMES_MAX: usize = 100;

/// Most times a frame is sent after "try later"; then the agent decides.
const OUTBOX_ATTEMPTS_MAX: u32 = 8;

const NOW: Delivery = Delivery::Waiting { after_ms: 0 };

/// Longest wait before sending again, whatever the server asks for.
const RETRY_AFTER_MS_MAX: u64 = 60_000;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outgoing {
    pub(crate) id: MessageId,
    pub(crate) conversation: ConversationId,
    pub(crate) frame: AgentFrame,
    /// Grows when the same frame is to be sent again on the same connection.
    pub(crate) attempt: u32,
    pub(crate) delivery: Delivery,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Delivery {
    /// To be sent, or sent and not answered. A new attempt goes out `after_ms` from now.
    Waiting { after_ms: u64 },
    /// On disk, not yet in the transcript that is shown.
    Accepted,
    /// Nothing was written; the agent tries again or lets it go.
    Refused(Refusal),
}

impl Outgoing {
    /// `None` for frames that write nothing.
    pub(crate) fn of(frame: AgentFrame) -> Option<Self> {
        let (id, conversation) = frame.written()?;
        Some(Self { id, conversation, frame, attempt: 0, delivery: NOW })
    }

    /// The words of a reply or note; `None` for the commands.
    pub(crate) fn words(&self) -> Option<&str> {
        match &self.frame {
            AgentFrame::Reply { text, .. } | AgentFrame::Note { text, .. } => Some(text),
            AgentFrame::Watch { .. }
            | AgentFrame::Unwatch
            | AgentFrame::TakeOver { .. }
            | AgentFrame::GiveBack { .. }
            | AgentFrame::Resolve { .. }
            | AgentFrame::Reopen { .. }
            | AgentFrame::MailTranscript { .. }
            | AgentFrame::Assign { .. }
            | AgentFrame::Snooze { .. }
            | AgentFrame::Label { .. }
            | AgentFrame::Prioritize { .. }
            | AgentFrame::Block { .. }
            | AgentFrame::Unblock { .. }
            | AgentFrame::Inbox { .. }
            | AgentFrame::Earlier { .. }
            | AgentFrame::Suggest { .. }
            | AgentFrame::SetAvailability { .. }
            | AgentFrame::Typing { .. }
            | AgentFrame::Seen { .. }
            | AgentFrame::Sync => None,
        }
    }

    pub(crate) fn is_note(&self) -> bool {
        matches!(self.frame, AgentFrame::Note { .. })
    }

    /// Whether it has to survive a reload.
    pub(crate) fn unacknowledged(&self) -> bool {
        self.delivery != Delivery::Accepted
    }

    pub(crate) fn waiting(&self) -> bool {
        matches!(self.delivery, Delivery::Waiting { .. })
    }

    /// Whether the server asked for a pause before this frame.
    pub(crate) fn delayed(&self) -> bool {
        matches!(self.delivery, Delivery::Waiting { after_ms } if after_ms > 0)
    }

    /// What follows a refusal: another attempt when the server says that it may help.
    pub(crate) fn refuse(&mut self, refusal: Refusal) {
        if !self.waiting() {
            return;
        }
        self.attempt += 1;
        self.delivery = match refusal.retry_after_ms {
            Some(after_ms) if self.attempt < OUTBOX_ATTEMPTS_MAX => {
                Delivery::Waiting { after_ms: after_ms.min(RETRY_AFTER_MS_MAX) }
            }
            Some(_) | None => Delivery::Refused(refusal),
        };
    }

    /// The agent wants it sent after all.
    pub(crate) fn retry(&mut self) {
        // What a colleague wrote meanwhile is on the screen by now.
        if let AgentFrame::Reply { seen, .. } = &mut self.frame {
            *seen = None;
        }
        self.attempt += 1;
        self.delivery = NOW;
    }
}
