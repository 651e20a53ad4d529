//! The messages of one conversation, kept contiguous by seq. Pure; it never asks anybody for the
//! missing ones, it only says that they are missing.

use std::rc::Rc;

use protocol::conversation::Message;
use protocol::ids::{MessageId, Seq};

#[derive(Debug, Clone, Default)]
pub(crate) struct Transcript {
    messages: Vec<Rc<Message>>,
    /// Whether the server has answered at least once: tells "empty" from "not here yet".
    loaded: bool,
}

/// What became of a message that was offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placed {
    Appended,
    Known,
    /// Messages before it are missing; it was not kept, they will come together.
    AfterGap,
}

impl Transcript {
    pub(crate) fn messages(&self) -> &[Rc<Message>] {
        &self.messages
    }

    pub(crate) fn loaded(&self) -> bool {
        self.loaded
    }

    pub(crate) fn last_seq(&self) -> Seq {
        self.messages.last().map(|message| message.seq).unwrap_or_default()
    }

    pub(crate) fn contains(&self, id: MessageId) -> bool {
        self.messages.iter().rev().any(|message| message.id == id)
    }

    /// Takes a message that was posted live.
    pub(crate) fn place(&mut self, message: Message) -> Placed {
        let last = self.last_seq();
        if message.seq <= last {
            return Placed::Known;
        }
        if message.seq != last.next() {
            return Placed::AfterGap;
        }
        self.messages.push(Rc::new(message));
        Placed::Appended
    }

    /// Takes a page that was asked for; returns how many of its messages were new.
    pub(crate) fn extend(&mut self, page: Vec<Message>) -> usize {
        self.loaded = true;
        let before = self.messages.len();
        for message in page {
            if message.seq > self.last_seq() {
                self.messages.push(Rc::new(message));
            }
        }
        self.messages.len() - before
    }
}

impl PartialEq for Transcript {
    /// Invariant: a transcript only grows, so the same first id, length and last seq mean the same
    /// messages. This keeps typing in the composer from comparing every text again.
    fn eq(&self, other: &Self) -> bool {
        self.loaded == other.loaded
            && self.messages.len() == other.messages.len()
            && self.last_seq() == other.last_seq()
            && self.messages.first().map(|message| message.id)
                == other.messages.first().map(|message| message.id)
    }
}
