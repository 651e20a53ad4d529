//! What the visitor has in sight, and who is told: the page's badge, the agents' ticks.

use alloc::vec::Vec;

use crate::wire::WidgetToPage;
use protocol::conversation::{Author, Body, Receipt};
use protocol::screens::Screen;

use crate::state::{Effect, Link, Now, State};
use crate::transcript::Line;
use crate::wire::VisitorFrame;

/// Another tab may be the one that is looked at; it says so within this.
const CALL_AFTER_MS: u64 = 400;

impl State {
    /// The newest line is in sight.
    fn reads(&self) -> bool {
        self.panel_open && self.attended
    }

    /// After every input: one place for all ways in which something is read or comes in unread.
    pub(crate) fn note_read(&mut self, now: Now, out: &mut Vec<Effect>) {
        if self.reads() && self.read_seq < self.last_seq {
            self.read_seq = self.last_seq;
            out.push(Effect::ShareRead(self.last_seq));
        }
        let unread_count = self.transcript.lines().iter().filter(|l| self.is_unread(l)).count();
        let unread_count = unread_count as u32;
        if self.unread_count != unread_count {
            if self.leads && unread_count > self.unread_count {
                self.call_at_ms = now.unix_ms + CALL_AFTER_MS;
                out.push(Effect::Wake { after_ms: CALL_AFTER_MS });
            }
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

    /// Calls a visitor who looks elsewhere: the one tab that leads does.
    pub(crate) fn call(&mut self, now: Now, out: &mut Vec<Effect>) {
        if self.unread_count > 0 && self.call_at_ms > 0 && self.call_at_ms <= now.unix_ms {
            self.call_at_ms = 0;
            out.push(Effect::Show(Screen::Call));
        }
    }

    /// What a notification says: who wrote, and what, as far as it is plain.
    pub(crate) fn notification(&self) -> WidgetToPage {
        let title = self.agent.as_ref().unwrap_or(&self.site_name).clone();
        let said = self.transcript.lines().iter().rfind(|line| self.is_unread(line));
        let body = match said.map(|line| &line.body) {
            Some(Body::Text { text }) => text.as_str(),
            Some(_) | None => "",
        };
        WidgetToPage::Notify { title, body: body.into() }
    }

    fn is_unread(&self, line: &Line) -> bool {
        line.seq > Some(self.read_seq)
            && matches!(line.author, Author::Bot { .. } | Author::Agent { .. })
    }
}
