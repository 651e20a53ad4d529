//! What the visitor has in sight, and who is told: the page's badge, the agents' ticks.

use protocol::conversation::{Author, Receipt};
use protocol::embed::WidgetToPage;
use protocol::visitor::VisitorFrame;

use crate::state::{Effect, Link, State};
use crate::transcript::Line;

impl State {
    /// The newest line is in sight.
    fn reads(&self) -> bool {
        self.panel_open && self.attended
    }

    /// After every input: one place for all ways in which something is read or comes in unread.
    pub(crate) fn note_read(&mut self, out: &mut Vec<Effect>) {
        if self.reads() && self.read_seq < self.last_seq {
            self.read_seq = self.last_seq;
            out.push(Effect::ShareRead(self.last_seq));
        }
        let unread_count = self.transcript.lines().iter().filter(|l| self.is_unread(l)).count();
        let unread_count = unread_count as u32;
        if self.unread_count != unread_count {
            self.unread_count = unread_count;
            out.push(Effect::Tell(WidgetToPage::Unread { count: unread_count }));
        }
        // The bot needs no receipts.
        let receipt = Receipt { delivered: self.last_seq, read: self.read_seq };
        if self.agent.is_some() && self.link == Link::Online && self.receipt_told != receipt {
            self.receipt_told = receipt;
            out.push(Effect::Send(VisitorFrame::Seen { receipt }));
        }
    }

    fn is_unread(&self, line: &Line) -> bool {
        line.seq > Some(self.read_seq)
            && matches!(line.author, Author::Bot { .. } | Author::Agent { .. })
    }
}
