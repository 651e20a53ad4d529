//! Telling the agents that the visitor writes, and what: seldom, and the last words before a pause
//! as well. Pure.

use alloc::vec::Vec;

use protocol::DRAFT_BYTES_MAX;

use crate::state::{Effect, Now, State};
use crate::wire::VisitorFrame;

/// The visitor's own typing is told at most this often.
const TYPING_INTERVAL_MS: u64 = 1_000;

impl State {
    pub(crate) fn tell_typing(&mut self, now: Now, out: &mut Vec<Effect>) {
        if !self.with_person() || self.conversation.is_none() {
            self.draft = None;
        } else if now.unix_ms < self.typing_told_ms + TYPING_INTERVAL_MS {
            // The last words before a pause are told as well.
            out.push(Effect::Wake { after_ms: TYPING_INTERVAL_MS });
        } else if let Some(mut text) = self.draft.take() {
            self.typing_told_ms = now.unix_ms;
            text.truncate(text.floor_char_boundary(DRAFT_BYTES_MAX));
            self.send(VisitorFrame::Draft { text }, out);
        }
    }
}
