//! Who is connected, and handing committed facts to them. Each event is written once, however many
//! read it, and nothing here waits for a reader. Knows no sockets.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::agent::AgentEvent;
use protocol::conversation::Message;
use protocol::ids::{ConversationId, VisitorId};
use protocol::visitor::VisitorEvent;

use super::outbox::{Event, Outbox, Parcel};
use super::state::Conversation;
use crate::bus::record::Fact;

/// Clones share the list of connections.
#[derive(Debug, Clone, Default)]
pub struct Delivery {
    /// Held for one publication; nothing is awaited under it.
    readers: Arc<Mutex<Readers>>,
}

#[derive(Debug, Default)]
struct Readers {
    next_key: u64,
    visitors: HashMap<VisitorId, Vec<VisitorReader>>,
    agents: HashMap<u64, AgentReader>,
}

#[derive(Debug)]
struct VisitorReader {
    key: u64,
    outbox: Outbox<VisitorEvent>,
}

#[derive(Debug)]
struct AgentReader {
    watching: Option<ConversationId>,
    outbox: Outbox<AgentEvent>,
}

/// Ends the delivery when dropped.
#[derive(Debug)]
pub struct Subscription {
    delivery: Delivery,
    key: u64,
    visitor: Option<VisitorId>,
}

impl Delivery {
    pub fn subscribe_visitor(
        &self,
        visitor: VisitorId,
        outbox: Outbox<VisitorEvent>,
    ) -> Subscription {
        let mut readers = self.lock();
        let key = readers.next_key();
        let reader = VisitorReader { key, outbox };
        // Most visitors have one tab; a list that grows by itself begins with four places.
        match readers.visitors.entry(visitor) {
            Entry::Vacant(tabs) => drop(tabs.insert(vec![reader])),
            Entry::Occupied(mut tabs) => tabs.get_mut().push(reader),
        }
        Subscription { delivery: self.clone(), key, visitor: Some(visitor) }
    }

    pub fn subscribe_agent(&self, outbox: Outbox<AgentEvent>) -> Subscription {
        let mut readers = self.lock();
        let key = readers.next_key();
        readers.agents.insert(key, AgentReader { watching: None, outbox });
        Subscription { delivery: self.clone(), key, visitor: None }
    }

    /// Tells everybody concerned what is on disk now.
    pub fn publish(&self, conversation: &Conversation, facts: &[Fact]) {
        let readers = self.lock();
        for fact in facts {
            match fact {
                Fact::Posted(posted) => {
                    readers.posted(conversation, &Message::from(posted.clone()));
                }
                Fact::Stands(standing) => {
                    let event =
                        VisitorEvent::StatusChanged { status: standing.status, bot: standing.bot };
                    readers.to_visitor(conversation.visitor(), &event);
                }
                Fact::Started(_) | Fact::Understood { .. } => {}
            }
        }
        if !facts.is_empty() && !readers.agents.is_empty() {
            let changed = AgentEvent::ConversationChanged { summary: conversation.summary() };
            hand_out(&changed, readers.agents.values().map(|agent| &agent.outbox));
        }
    }

    pub fn visitor_typing(&self, conversation: ConversationId) {
        let readers = self.lock();
        let event = AgentEvent::VisitorTyping { conversation };
        hand_out(&event, readers.watchers(conversation));
    }

    pub fn agent_typing(&self, visitor: VisitorId) {
        let readers = self.lock();
        readers.to_visitor(visitor, &VisitorEvent::AgentTyping);
    }

    fn lock(&self) -> MutexGuard<'_, Readers> {
        // The lists are whole between calls; a panic elsewhere does not spoil them.
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Readers {
    fn next_key(&mut self) -> u64 {
        self.next_key += 1;
        self.next_key
    }

    fn posted(&self, conversation: &Conversation, message: &Message) {
        let event = VisitorEvent::Posted { message: message.clone() };
        self.to_visitor(conversation.visitor(), &event);
        let id = conversation.id();
        let mut watchers = self.watchers(id).peekable();
        if watchers.peek().is_some() {
            let event = AgentEvent::Posted { conversation: id, message: message.clone() };
            hand_out(&event, watchers);
        }
    }

    fn watchers(&self, id: ConversationId) -> impl Iterator<Item = &Outbox<AgentEvent>> {
        let watchers = self.agents.values().filter(move |agent| agent.watching == Some(id));
        watchers.map(|agent| &agent.outbox)
    }

    fn to_visitor(&self, visitor: VisitorId, event: &VisitorEvent) {
        if let Some(tabs) = self.visitors.get(&visitor) {
            hand_out(event, tabs.iter().map(|tab| &tab.outbox));
        }
    }
}

/// Writes the event once, and only when there is somebody to read it.
fn hand_out<'a, E: Event + 'a>(event: &E, outboxes: impl Iterator<Item = &'a Outbox<E>>) {
    let mut parcel = None;
    for outbox in outboxes {
        if parcel.is_none() {
            parcel = Parcel::of(event);
        }
        match &parcel {
            Some(parcel) => outbox.push(parcel.clone()),
            None => return,
        }
    }
}

impl Subscription {
    /// From now on the agent gets this conversation's messages.
    pub fn watch(&self, conversation: ConversationId) {
        if let Some(agent) = self.delivery.lock().agents.get_mut(&self.key) {
            agent.watching = Some(conversation);
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut readers = self.delivery.lock();
        let Some(visitor) = self.visitor else {
            readers.agents.remove(&self.key);
            return;
        };
        if let Some(tabs) = readers.visitors.get_mut(&visitor) {
            tabs.retain(|tab| tab.key != self.key);
            if tabs.is_empty() {
                readers.visitors.remove(&visitor);
            }
        }
    }
}
