//! The lines the visitor sees, in order: what the server has and what lies only on this device.
//! Pure data; it knows no socket, no storage and no DOM.

use alloc::vec::Vec;

use crate::wire::Message;
use protocol::conversation::{Author, Body};
use protocol::ids::{EntryId, MessageId, Seq};
use protocol::refusal::Refusal;
use serde::{Deserialize, Serialize};

/// Lines kept in memory and in the browser's storage; the server has the rest.
pub const LINES_MAX: usize = 200;

/// How far a line has come on its way to the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// Nobody but this browser has it.
    OnDevice,
    /// In the outbox, or the Worker is thinking about it.
    Waiting,
    /// On the server's disk.
    Sent,
    /// The server did not take it.
    Refused(Refusal),
    /// It never got as far as the outbox: the page was closed, or the outbox was full.
    Unsent,
}

/// What the visitor did with offered choices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    Open,
    Entry(EntryId),
    NoneOfThem,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Line {
    pub id: MessageId,
    pub seq: Option<Seq>,
    pub at_ms: u64,
    pub author: Author,
    pub body: Body,
    pub delivery: Delivery,
    pub flagged: bool,
    pub pick: Pick,
}

impl Line {
    pub fn local(
        id: MessageId,
        at_ms: u64,
        author: Author,
        body: Body,
        delivery: Delivery,
    ) -> Self {
        Self { id, seq: None, at_ms, author, body, delivery, flagged: false, pick: Pick::Open }
    }

    fn from_message(message: Message) -> Self {
        let Message { id, seq, at_ms, author, body, understanding: _ } = message;
        let mut line = Self::local(id, at_ms, author, body, Delivery::Sent);
        line.seq = Some(seq);
        line
    }

    /// The visitor's words, when the line is theirs.
    pub fn visitor_text(&self) -> Option<&str> {
        match (&self.author, &self.body) {
            (Author::Visitor, Body::Text { text }) => Some(text),
            (Author::Visitor | Author::Bot { .. } | Author::Agent { .. } | Author::System, _) => {
                None
            }
        }
    }
}

/// What a message from the server was to this browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Merged {
    New,
    Known,
}

#[derive(Debug, Default)]
pub struct Transcript {
    lines: Vec<Line>,
}

impl Transcript {
    pub fn of_lines(lines: Vec<Line>) -> Self {
        let mut transcript = Self { lines };
        transcript.trim();
        transcript
    }

    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    pub fn find(&self, id: MessageId) -> Option<&Line> {
        self.lines.iter().find(|line| line.id == id)
    }

    pub fn find_mut(&mut self, id: MessageId) -> Option<&mut Line> {
        self.lines.iter_mut().find(|line| line.id == id)
    }

    pub fn set_delivery(&mut self, id: MessageId, delivery: Delivery) {
        if let Some(line) = self.find_mut(id) {
            line.delivery = delivery;
        }
    }

    /// Adds a line of this browser at the end; a known id is left as it is.
    pub fn push(&mut self, line: Line) {
        if self.find(line.id).is_none() {
            self.lines.push(line);
            self.trim();
        }
    }

    /// Another tab's view of a line that the server does not have.
    pub fn redraw(&mut self, line: Line) {
        match self.find_mut(line.id) {
            Some(known) if known.seq.is_none() => *known = line,
            Some(_) => {}
            None => self.push(line),
        }
    }

    pub fn remove(&mut self, id: MessageId) {
        self.lines.retain(|line| line.id != id);
    }

    /// Takes in a message of the server. It is recognized by its id, or by its place when the
    /// server gave it another id than the line that stood in for it.
    pub fn merge(&mut self, message: Message) -> Merged {
        let mut incoming = Line::from_message(message);
        let same = |line: &Line| line.id == incoming.id || line.seq == incoming.seq;
        let Some(position) = self.lines.iter().position(same) else {
            self.insert(incoming);
            self.trim();
            return Merged::New;
        };
        let known = self.lines.remove(position);
        incoming.flagged = known.flagged;
        incoming.pick = known.pick;
        let seq = incoming.seq;
        let after = self.lines[..position].iter().any(|line| line.seq > seq);
        let before = self.lines[position..].iter().any(|l| l.seq.is_some() && l.seq < seq);
        if after || before {
            self.insert(incoming);
        } else {
            self.lines.insert(position, incoming);
        }
        Merged::Known
    }

    /// The server wrote the line. Its place may already be taken by the message itself.
    pub fn accept(&mut self, id: MessageId, seq: Option<Seq>) {
        let taken = seq.is_some() && self.lines.iter().any(|l| l.seq == seq && l.id != id);
        if taken {
            let stand_in = self.find(id).is_some_and(|line| line.author == Author::System);
            if stand_in {
                self.remove(id);
                return;
            }
        }
        if let Some(line) = self.find_mut(id) {
            line.delivery = Delivery::Sent;
            if !taken && line.seq.is_none() {
                line.seq = seq;
            }
        }
    }

    /// Forgets what came from the server; what lies only on this device stays.
    pub fn forget_server_lines(&mut self) {
        self.lines.retain(|line| line.seq.is_none());
    }

    fn insert(&mut self, incoming: Line) {
        let later = |line: &Line| line.seq.is_some() && line.seq > incoming.seq;
        let position = self.lines.iter().position(later).unwrap_or(self.lines.len());
        self.lines.insert(position, incoming);
    }

    fn trim(&mut self) {
        let surplus = self.lines.len().saturating_sub(LINES_MAX);
        self.lines.drain(..surplus);
    }
}
