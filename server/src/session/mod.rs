//! Which conversation a visitor is in, and who is on the site: memory of what the log can rebuild.
//! It must never hold anything that would be missed after a restart. No trait while there is one
//! implementation.

mod presence;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::ids::{ConversationId, VisitorId};

pub use presence::{Presence, Seen, Stay};

/// Locks the visitors are spread over: two threads seldom want the same one.
const STRIPES: usize = 64;

/// Clones share the memory.
#[derive(Debug, Clone)]
pub struct Sessions {
    /// A lock is held for one look-up; nothing is awaited under it.
    stripes: Arc<[Mutex<HashMap<VisitorId, ConversationId>>; STRIPES]>,
}

impl Default for Sessions {
    fn default() -> Self {
        Self { stripes: Arc::new(std::array::from_fn(|_| Mutex::default())) }
    }
}

impl Sessions {
    /// Called by replay, and by whoever learns of a conversation otherwise. Of a visitor's
    /// conversations the one that was begun last counts: ids grow with time.
    pub fn remember(&self, visitor: VisitorId, conversation: ConversationId) {
        let mut by_visitor = self.lock(visitor);
        let current = by_visitor.entry(visitor).or_insert(conversation);
        *current = conversation.max(*current);
    }

    pub fn current(&self, visitor: VisitorId) -> Option<ConversationId> {
        self.lock(visitor).get(&visitor).copied()
    }

    /// The visitor's conversation; `fresh` becomes it when there is none, so that two tabs that
    /// speak at once end up in the same one.
    pub fn current_or(&self, visitor: VisitorId, fresh: ConversationId) -> ConversationId {
        *self.lock(visitor).entry(visitor).or_insert(fresh)
    }

    /// The conversation is another visitor's now; `from` has it no longer.
    pub fn hand_over(&self, from: VisitorId, to: VisitorId, conversation: ConversationId) {
        let mut of_from = self.lock(from);
        if of_from.get(&from) == Some(&conversation) {
            of_from.remove(&from);
        }
        drop(of_from);
        self.remember(to, conversation);
    }

    /// The conversation is gone; the visitor's next words begin another.
    pub fn forget(&self, visitor: VisitorId, conversation: ConversationId) {
        let mut by_visitor = self.lock(visitor);
        if by_visitor.get(&visitor) == Some(&conversation) {
            by_visitor.remove(&visitor);
        }
    }

    fn lock(&self, visitor: VisitorId) -> MutexGuard<'_, HashMap<VisitorId, ConversationId>> {
        // An id's last bits are random.
        let stripe = usize::from(visitor.0.as_bytes()[15]) % STRIPES;
        // A map is whole after every call, also when the thread that made it panicked later.
        self.stripes[stripe].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_first_conversation_offered_is_the_visitors() {
        let sessions = Sessions::default();
        let visitor = VisitorId(Uuid::from_u128(1));
        let (first, second) =
            (ConversationId(Uuid::from_u128(2)), ConversationId(Uuid::from_u128(3)));
        assert_eq!(sessions.current(visitor), None);
        assert_eq!(sessions.current_or(visitor, first), first);
        assert_eq!(sessions.current_or(visitor, second), first);
        sessions.remember(visitor, second);
        assert_eq!(sessions.current(visitor), Some(second));
        sessions.remember(visitor, first);
        assert_eq!(sessions.current(visitor), Some(second), "the later one stays");
    }
}
