//! Frames that write something and are not yet on the server's disk, and the private answers that
//! wait for the visitor's leave. Pure data: what is to be stored is returned, not done.

use alloc::string::String;
use alloc::vec::Vec;

use crate::wire::VisitorFrame;
use protocol::ids::MessageId;
use serde::{Deserialize, Serialize};

/// Frames that may wait for the server: an hour of fast typing.
pub const PENDING_FRAMES_MAX: usize = 120;

/// Bytes of waiting frames: a tenth of the 5 MB that browsers grant an origin.
pub const PENDING_BYTES_MAX: usize = 512 * 1024;

/// Private questions and answers that wait on the device; the oldest is forgotten first.
pub const HELD_COUNT_MAX: usize = 40;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pending {
    /// Frames go out in this order, also after a reload.
    pub order: u64,
    pub frame: VisitorFrame,
    /// The server asked to come back after this moment, in milliseconds since the Unix epoch.
    #[serde(default)]
    pub retry_at_ms: Option<u64>,
}

/// An answer that this browser gave on a private site: the frame, and the words for other tabs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Held {
    pub frame: VisitorFrame,
    pub html: String,
    pub at_ms: u64,
}

impl Held {
    pub fn id(&self) -> Option<MessageId> {
        id_of(&self.frame)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxFull;

/// The id a frame is stored and acknowledged under; `None` for frames that write nothing.
pub fn id_of(frame: &VisitorFrame) -> Option<MessageId> {
    match frame {
        VisitorFrame::Say { message_id, .. } | VisitorFrame::RequestHuman { message_id, .. } => {
            Some(*message_id)
        }
        VisitorFrame::Answered { question_id, .. } => Some(*question_id),
        VisitorFrame::Tally { tally_id, .. } => Some(*tally_id),
        VisitorFrame::Flag { flag_id, .. } => Some(*flag_id),
        VisitorFrame::Resume { .. }
        | VisitorFrame::Typing
        | VisitorFrame::Visit(_)
        | VisitorFrame::Draft { .. }
        | VisitorFrame::Seen { .. }
        | VisitorFrame::Sync { .. } => None,
    }
}

/// Whether an acknowledgement of `id` is about this frame. `Answered` carries two ids.
fn concerns(frame: &VisitorFrame, id: MessageId) -> bool {
    match frame {
        VisitorFrame::Answered { question_id, answer_id, .. } => {
            *question_id == id || *answer_id == id
        }
        VisitorFrame::Say { .. }
        | VisitorFrame::RequestHuman { .. }
        | VisitorFrame::Tally { .. }
        | VisitorFrame::Flag { .. }
        | VisitorFrame::Resume { .. }
        | VisitorFrame::Typing
        | VisitorFrame::Visit(_)
        | VisitorFrame::Draft { .. }
        | VisitorFrame::Seen { .. }
        | VisitorFrame::Sync { .. } => id_of(frame) == Some(id),
    }
}

fn bytes_of(frame: &VisitorFrame) -> usize {
    // Ids, names and an understanding, generously; only the text can be long.
    const ENVELOPE_BYTES: usize = 1024;
    match frame {
        VisitorFrame::Say { text, .. } | VisitorFrame::Answered { text, .. } => {
            text.len() + ENVELOPE_BYTES
        }
        VisitorFrame::RequestHuman { .. }
        | VisitorFrame::Tally { .. }
        | VisitorFrame::Flag { .. }
        | VisitorFrame::Resume { .. }
        | VisitorFrame::Typing
        | VisitorFrame::Visit(_)
        | VisitorFrame::Draft { .. }
        | VisitorFrame::Seen { .. }
        | VisitorFrame::Sync { .. } => ENVELOPE_BYTES,
    }
}

#[derive(Debug, Default)]
pub struct Outbox {
    pending: Vec<Pending>,
    held: Vec<Held>,
}

impl Outbox {
    /// Into its place. A hundred entries need no sort, whose code is larger than this file's.
    fn insert(&mut self, pending: Pending) {
        let key = |pending: &Pending| (pending.order, id_of(&pending.frame));
        let later = |known: &Pending| key(known) > key(&pending);
        let place = self.pending.iter().position(later).unwrap_or(self.pending.len());
        self.pending.insert(place, pending);
    }

    pub fn pending(&self) -> &[Pending] {
        &self.pending
    }

    pub fn held(&self) -> &[Held] {
        &self.held
    }

    pub fn is_pending(&self, id: MessageId) -> bool {
        self.pending.iter().any(|p| concerns(&p.frame, id))
    }

    /// Whether one more frame with `text_bytes` of words still fits, after all that is held.
    pub fn has_room_for(&self, text_bytes: usize) -> bool {
        let waiting = self.pending.iter().map(|p| bytes_of(&p.frame));
        let released = self.held.iter().map(|h| bytes_of(&h.frame));
        let bytes: usize = waiting.chain(released).sum();
        self.pending.len() + self.held.len() < PENDING_FRAMES_MAX
            && bytes + text_bytes < PENDING_BYTES_MAX
    }

    /// # Errors
    /// The bound is reached; the caller tells the visitor.
    pub fn push(&mut self, frame: VisitorFrame) -> Result<Pending, OutboxFull> {
        let bytes: usize = self.pending.iter().map(|p| bytes_of(&p.frame)).sum();
        let full = self.pending.len() >= PENDING_FRAMES_MAX
            || bytes + bytes_of(&frame) > PENDING_BYTES_MAX;
        if full {
            return Err(OutboxFull);
        }
        let order = self.pending.last().map_or(0, |last| last.order + 1);
        let pending = Pending { order, frame, retry_at_ms: None };
        self.pending.push(pending.clone());
        Ok(pending)
    }

    /// Another tab of this browser stored a frame.
    pub fn adopt(&mut self, pending: Pending) {
        let Some(id) = id_of(&pending.frame) else { return };
        if !self.is_pending(id) {
            self.insert(pending);
        }
    }

    /// Takes out the frame that `id` is about.
    pub fn settle(&mut self, id: MessageId) -> Option<Pending> {
        let position = self.pending.iter().position(|p| concerns(&p.frame, id))?;
        Some(self.pending.remove(position))
    }

    pub fn retry_later(&mut self, id: MessageId, retry_at_ms: u64) -> bool {
        let pending = self.pending.iter_mut().find(|p| concerns(&p.frame, id));
        let found = pending.is_some();
        if let Some(pending) = pending {
            pending.retry_at_ms = Some(retry_at_ms);
        }
        found
    }

    /// Frames whose waiting time is over; they count as sent from here on.
    pub fn take_due(&mut self, now_ms: u64) -> Vec<VisitorFrame> {
        let mut due = Vec::new();
        for pending in &mut self.pending {
            if pending.retry_at_ms.is_some_and(|at_ms| at_ms <= now_ms) {
                pending.retry_at_ms = None;
                due.push(pending.frame.clone());
            }
        }
        due
    }

    /// Holds a private answer; returns the one that had to go for it.
    pub fn hold(&mut self, held: Held) -> Option<Held> {
        if self.held.iter().any(|known| known.id() == held.id()) {
            return None;
        }
        let later = |known: &Held| (known.at_ms, known.id()) > (held.at_ms, held.id());
        let place = self.held.iter().position(later).unwrap_or(self.held.len());
        self.held.insert(place, held);
        (self.held.len() > HELD_COUNT_MAX).then(|| self.held.remove(0))
    }

    /// The held answer whose question or answer is `id`.
    pub fn unhold(&mut self, id: MessageId) -> Option<Held> {
        let position = self.held.iter().position(|h| concerns(&h.frame, id))?;
        Some(self.held.remove(position))
    }

    pub fn unhold_all(&mut self) -> Vec<Held> {
        core::mem::take(&mut self.held)
    }

    pub fn wants_human(&self) -> bool {
        self.pending.iter().any(|p| matches!(p.frame, VisitorFrame::RequestHuman { .. }))
    }
}
