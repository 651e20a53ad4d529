//! Who of the agents is there, has what on the screen and is writing. Lives in memory only: a sign
//! that is lost costs nothing.

use std::collections::BTreeMap;
use std::sync::PoisonError;

use protocol::agent::AgentEvent;
use protocol::conversation::Assignee;
use protocol::ids::{AgentId, ConversationId};
use protocol::team::{Availability, Presence};

use super::delivery::{Delivery, Subscription, hand_out};
use super::outbox::Outbox;

impl Delivery {
    pub fn presence(&self, agent: AgentId) -> Presence {
        if !self.agent_connected(agent) {
            Presence::Offline
        } else if self.away().contains(&agent) {
            Presence::Away
        } else {
            Presence::Online
        }
    }

    /// Whether a console of theirs is connected.
    pub fn agent_connected(&self, agent: AgentId) -> bool {
        let mut connected = false;
        self.0.each_reader(|_, reader| connected |= reader.agent.id == agent);
        connected
    }

    pub fn set_availability(&self, agent: AgentId, availability: Availability) {
        let mut away = self.away();
        match availability {
            Availability::Online => away.remove(&agent),
            Availability::Away => away.insert(agent),
        };
    }

    /// The agents who have it on their screens, each once.
    pub fn viewers(&self, conversation: ConversationId) -> Vec<Assignee> {
        let mut viewers = BTreeMap::new();
        self.0.each_watcher(conversation, |agent, _| {
            viewers.insert(agent.id, agent.clone());
        });
        viewers.into_values().collect()
    }

    /// Tells everybody who has it on the screen who else has.
    pub(super) fn tell_viewers(&self, conversation: ConversationId) {
        let viewers = self.viewers(conversation);
        let mut desks = Vec::new();
        self.0.each_watcher(conversation, |_, outbox| desks.push(outbox.clone()));
        hand_out(&AgentEvent::Viewers { conversation, viewers }, &desks);
    }

    fn away(&self) -> std::sync::MutexGuard<'_, std::collections::HashSet<AgentId>> {
        // A set is whole after every call.
        self.0.away.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscription {
    /// Tells the colleagues who look at the same that this agent is writing.
    pub fn colleague_typing(&self, conversation: ConversationId) {
        let mut me = None;
        let mut desks: Vec<Outbox<AgentEvent>> = Vec::new();
        self.delivery.0.each_reader(|key, reader| {
            if key == self.key {
                me = Some(reader.agent.clone());
            }
        });
        let Some(agent) = me else { return };
        self.delivery.0.each_watcher(conversation, |other, outbox| {
            if other.id != agent.id {
                desks.push(outbox.clone());
            }
        });
        hand_out(&AgentEvent::AgentTyping { conversation, agent }, &desks);
    }
}
