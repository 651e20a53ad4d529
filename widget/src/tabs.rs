//! What other tabs of this browser did, as seen in the shared storage. Pure, as all of the reducer.

use crate::outbox::id_of;
use crate::state::{State, TabNews};
use crate::transcript::Delivery;

impl State {
    pub(crate) fn take_tab(&mut self, news: TabNews) {
        match news {
            TabNews::Pended(pending) => {
                self.show_pending(&pending.frame);
                if let Some(id) = id_of(&pending.frame) {
                    self.outbox.unhold(id);
                    let on_device = self.transcript.find(id).map(|line| &line.delivery);
                    if on_device == Some(&Delivery::OnDevice) {
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
        }
    }
}
