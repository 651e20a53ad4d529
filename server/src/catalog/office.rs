//! Invitations and signed-in browsers as a fold over their records, with a bound on each.

use std::collections::BTreeMap;

use protocol::ids::{AgentId, InvitationId, SignInId};
use protocol::people::OfficeSettings;

use crate::bus::record::{Invited, OfficeRecord, SignedIn};

/// Browsers in which one agent is signed in; the oldest is signed out by one more.
const SIGN_INS_MAX: usize = 20;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Office {
    pub settings: OfficeSettings,
    pub invitations: BTreeMap<InvitationId, Invited>,
    pub sign_ins: BTreeMap<SignInId, SignedIn>,
}

impl Office {
    pub(super) fn take(&mut self, record: &OfficeRecord) {
        match record {
            // Only read from the history.
            OfficeRecord::Audited(_) => {}
            OfficeRecord::Invited(invited) => {
                self.invitations.insert(invited.id, invited.clone());
            }
            OfficeRecord::InvitationEnded { id } => {
                self.invitations.remove(id);
            }
            OfficeRecord::SignedIn(sign_in) => {
                let of_agent = self.sign_ins_of(sign_in.agent);
                let excess = (of_agent.len() + 1).saturating_sub(SIGN_INS_MAX);
                // Ids sort by time.
                for oldest in of_agent.iter().take(excess) {
                    self.sign_ins.remove(oldest);
                }
                self.sign_ins.insert(sign_in.id, sign_in.clone());
            }
            OfficeRecord::SignInsEnded { sign_ins } => {
                self.sign_ins.retain(|id, _| !sign_ins.contains(id));
            }
            OfficeRecord::SettingsChanged(settings) => self.settings.clone_from(settings),
        }
    }

    /// Records that lead to this state.
    pub(super) fn save(&self) -> Vec<OfficeRecord> {
        let settings = OfficeRecord::SettingsChanged(self.settings.clone());
        let invitations = self.invitations.values().cloned().map(OfficeRecord::Invited);
        let sign_ins = self.sign_ins.values().cloned().map(OfficeRecord::SignedIn);
        std::iter::once(settings).chain(invitations).chain(sign_ins).collect()
    }

    pub fn sign_ins_of(&self, agent: AgentId) -> Vec<SignInId> {
        let of_agent = self.sign_ins.values().filter(|sign_in| sign_in.agent == agent);
        of_agent.map(|sign_in| sign_in.id).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign_in(agent: u8, at_ms: u64) -> SignedIn {
        SignedIn {
            id: SignInId::from_parts(at_ms, [agent; 10]),
            agent: AgentId::from_parts(1, [agent; 10]),
            at_ms,
            browser: String::new(),
            address: String::new(),
        }
    }

    #[test]
    fn one_browser_too_many_signs_the_oldest_of_that_agent_out() {
        let mut office = Office::default();
        let other = sign_in(2, 1);
        office.take(&OfficeRecord::SignedIn(other.clone()));
        for at_ms in 1..=SIGN_INS_MAX as u64 + 1 {
            office.take(&OfficeRecord::SignedIn(sign_in(1, at_ms)));
        }
        assert_eq!(office.sign_ins_of(other.agent).len(), 1);
        let left = office.sign_ins_of(sign_in(1, 1).agent);
        assert_eq!(left.len(), SIGN_INS_MAX);
        assert!(!left.contains(&sign_in(1, 1).id) && left.contains(&sign_in(1, 2).id));
        let mut saved = Office::default();
        office.save().iter().for_each(|record| saved.take(record));
        assert_eq!(saved, office);
    }
}
