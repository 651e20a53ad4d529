//! What other tabs of this browser did, and earlier pages, taken into the state.

use alloc::vec::Vec;

use protocol::context::Identity;
use protocol::ids::{MessageId, Seq};

use crate::outbox::{Held, Pending, id_of};
use crate::state::{Effect, State};
use crate::transcript::{Delivery, Line};

/// What another tab of this browser did, or an earlier page.
#[derive(Debug, Clone, PartialEq)]
pub enum TabNews {
    Pended(Pending),
    Settled(MessageId),
    Held(Held),
    Released(MessageId),
    /// A line that only this browser has, as it is now.
    Drawn(Line),
    Read(Seq),
    /// To the tab with the socket: that tab's page says who the visitor is.
    Identified(Identity),
    /// The visitor was forgotten.
    Forgot,
}

impl State {
    pub(crate) fn take_tab(&mut self, news: TabNews, out: &mut Vec<Effect>) {
        match news {
            TabNews::Pended(pending) => {
                self.show_pending(&pending.frame);
                if let Some(id) = id_of(&pending.frame) {
                    self.outbox.unhold(id);
                    let delivery = self.transcript.find(id).map(|line| &line.delivery);
                    if let Some(Delivery::OnDevice | Delivery::Unsent) = delivery {
                        self.transcript.set_delivery(id, Delivery::Waiting);
                    }
                }
                self.outbox.adopt(pending);
            }
            TabNews::Settled(id) => {
                self.outbox.settle(id);
            }
            TabNews::Held(held) => {
                self.show_held(&held);
                self.outbox.hold(held);
            }
            TabNews::Released(id) => {
                self.outbox.unhold(id);
            }
            TabNews::Drawn(line) => self.transcript.redraw(line),
            TabNews::Read(seq) => self.read_seq = self.read_seq.max(seq),
            TabNews::Identified(identity) => {
                self.identity = Some(identity.id.clone());
                out.push(Effect::Identify(identity));
            }
            TabNews::Forgot => self.start_over(out),
        }
    }

    pub(crate) fn mark_orphans(&mut self) {
        let orphans: Vec<_> =
            self.transcript.lines().iter().filter(|l| self.is_orphan(l)).collect();
        let orphans: Vec<_> = orphans.into_iter().map(|line| line.id).collect();
        for id in orphans {
            self.transcript.set_delivery(id, Delivery::Unsent);
        }
    }

    /// A line that waits although nothing of it is in the outbox: the page closed too early.
    fn is_orphan(&self, line: &Line) -> bool {
        line.delivery == Delivery::Waiting && !self.outbox.is_pending(line.id)
    }
}
