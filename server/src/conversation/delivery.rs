//! Who is connected, and handing committed facts to them. The queues are bounded and nothing here
//! waits: a reader that falls behind is told to leave and resumes later. Knows no sockets.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::agent::AgentEvent;
use protocol::conversation::Message;
use protocol::ids::{ConversationId, VisitorId};
use protocol::visitor::VisitorEvent;
use tokio::sync::{Notify, mpsc};

use super::state::Conversation;
use crate::bus::record::Fact;

/// Events waiting for one connection. A page of 200 messages may be published while a resumed
/// reader writes its first page.
pub const OUTBOX_EVENTS_MAX: usize = 512;

/// Room that events of no importance (typing) leave to the others.
const OUTBOX_EVENTS_ROOM: usize = OUTBOX_EVENTS_MAX / 2;

/// The writing end of one connection's queue.
#[derive(Debug)]
pub struct Outbox<E> {
    queue: mpsc::Sender<Arc<E>>,
    overflowed: Arc<Notify>,
}

/// The connection's end.
#[derive(Debug)]
pub struct Outgoing<E> {
    pub queue: mpsc::Receiver<Arc<E>>,
    /// Fires when an event found no room: the reader is too slow.
    pub overflowed: Arc<Notify>,
}

pub fn outbox<E>() -> (Outbox<E>, Outgoing<E>) {
    let (sender, receiver) = mpsc::channel(OUTBOX_EVENTS_MAX);
    let overflowed = Arc::new(Notify::new());
    let outbox = Outbox { queue: sender, overflowed: overflowed.clone() };
    (outbox, Outgoing { queue: receiver, overflowed })
}

impl<E> Clone for Outbox<E> {
    fn clone(&self) -> Self {
        Self { queue: self.queue.clone(), overflowed: self.overflowed.clone() }
    }
}

impl<E> Outbox<E> {
    pub fn push(&self, event: Arc<E>) {
        match self.queue.try_send(event) {
            // A closed queue belongs to a connection that is on its way out.
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => {}
            Err(mpsc::error::TrySendError::Full(_)) => self.overflowed.notify_one(),
        }
    }

    /// For what may be lost: it never takes the last half of the queue.
    pub fn push_if_roomy(&self, event: Arc<E>) {
        if self.queue.capacity() > OUTBOX_EVENTS_ROOM {
            self.push(event);
        }
    }
}

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
        readers.visitors.entry(visitor).or_default().push(VisitorReader { key, outbox });
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
                    readers.to_visitor(conversation.visitor(), event);
                }
                Fact::Started(_) | Fact::Understood { .. } => {}
            }
        }
        if !facts.is_empty() && !readers.agents.is_empty() {
            let changed =
                Arc::new(AgentEvent::ConversationChanged { summary: conversation.summary() });
            readers.agents.values().for_each(|agent| agent.outbox.push(changed.clone()));
        }
    }

    pub fn visitor_typing(&self, conversation: ConversationId) {
        let readers = self.lock();
        let event = Arc::new(AgentEvent::VisitorTyping { conversation });
        let watchers = readers.agents.values().filter(|a| a.watching == Some(conversation));
        watchers.for_each(|agent| agent.outbox.push_if_roomy(event.clone()));
    }

    pub fn agent_typing(&self, visitor: VisitorId) {
        let readers = self.lock();
        let event = Arc::new(VisitorEvent::AgentTyping);
        let tabs = readers.visitors.get(&visitor).into_iter().flatten();
        tabs.for_each(|tab| tab.outbox.push_if_roomy(event.clone()));
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
        self.to_visitor(conversation.visitor(), event);
        let id = conversation.id();
        let mut watchers = self.agents.values().filter(|a| a.watching == Some(id)).peekable();
        if watchers.peek().is_some() {
            let event = Arc::new(AgentEvent::Posted { conversation: id, message: message.clone() });
            watchers.for_each(|agent| agent.outbox.push(event.clone()));
        }
    }

    fn to_visitor(&self, visitor: VisitorId, event: VisitorEvent) {
        let Some(tabs) = self.visitors.get(&visitor) else { return };
        let event = Arc::new(event);
        tabs.iter().for_each(|tab| tab.outbox.push(event.clone()));
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
