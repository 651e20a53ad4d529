//! Who waits for a person, site by site, in the order in which they began to wait. Memory of what
//! the shards know; it can be rebuilt from them and knows no sockets.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use protocol::conversation::Status;
use protocol::ids::{ConversationId, SiteKey, VisitorId};

use super::delivery::Delivery;
use super::state::Conversation;

/// Positions are told at most this often, however fast the line moves.
const TELL_INTERVAL: Duration = Duration::from_secs(1);

/// Further back than this nobody is told every step: that the line moves is seen sooner or later
/// by who comes nearer.
const TOLD_MAX: usize = 1_000;

/// Clones share the lines.
#[derive(Debug, Clone, Default)]
pub(super) struct Waiting(Arc<Mutex<Lines>>);

#[derive(Debug, Default)]
struct Lines {
    sites: HashMap<SiteKey, Line>,
    /// Where each one stands, to find them again.
    waiting: HashMap<ConversationId, Waiter>,
    /// Whose wait is over and who were not told so yet.
    released: Vec<VisitorId>,
}

#[derive(Debug, Default)]
struct Line {
    /// By the beginning of the wait.
    order: BTreeSet<(u64, ConversationId)>,
    moved: bool,
}

#[derive(Debug)]
struct Waiter {
    site: SiteKey,
    visitor: VisitorId,
    since_ms: u64,
    /// The position told last; 0 for none.
    told: u32,
}

impl Waiting {
    /// Takes note of where a conversation stands now.
    pub(super) fn note(&self, conversation: &Conversation) {
        let standing = conversation.standing();
        let since_ms = standing
            .waiting_since_ms
            .filter(|_| standing.status == Status::Open && standing.assignee.is_none());
        let id = conversation.id();
        let mut lines = self.lock();
        match (since_ms, lines.waiting.get(&id).map(|waiter| waiter.since_ms)) {
            (None, None) => {}
            (Some(now), Some(before)) if now == before => {}
            (Some(since_ms), _) => {
                lines.leave(id);
                let (site, visitor) = (conversation.head.site.clone(), conversation.visitor());
                let line = lines.sites.entry(site.clone()).or_default();
                line.order.insert((since_ms, id));
                line.moved = true;
                lines.waiting.insert(id, Waiter { site, visitor, since_ms, told: 0 });
            }
            (None, Some(_)) => {
                if let Some(waiter) = lines.leave(id) {
                    lines.released.push(waiter.visitor);
                }
            }
        }
    }

    /// 1 is next; `None` for who does not wait.
    pub(super) fn position(&self, conversation: ConversationId) -> Option<u32> {
        let lines = self.lock();
        let waiter = lines.waiting.get(&conversation)?;
        let line = lines.sites.get(&waiter.site)?;
        let ahead = line.order.range(..(waiter.since_ms, conversation)).count();
        Some(u32::try_from(ahead).unwrap_or(u32::MAX).saturating_add(1))
    }

    /// Positions that changed since the last call; 0 for those whose wait is over.
    fn take_news(&self) -> Vec<(VisitorId, u32)> {
        let mut lines = self.lock();
        let released = std::mem::take(&mut lines.released);
        let mut news: Vec<_> = released.into_iter().map(|visitor| (visitor, 0)).collect();
        let Lines { sites, waiting, .. } = &mut *lines;
        for line in sites.values_mut().filter(|line| line.moved) {
            line.moved = false;
            for ((_, id), position) in line.order.iter().take(TOLD_MAX).zip(1..) {
                if let Some(waiter) = waiting.get_mut(id).filter(|waiter| waiter.told != position) {
                    waiter.told = position;
                    news.push((waiter.visitor, position));
                }
            }
        }
        sites.retain(|_, line| !line.order.is_empty());
        news
    }

    /// Tells visitors where they stand, until the task is ended.
    pub(super) async fn tell(self, delivery: Delivery) {
        let mut ticks = tokio::time::interval(TELL_INTERVAL);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            for (visitor, position) in self.take_news() {
                delivery.queue_position(visitor, position);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        // The lines are whole between calls.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    fn leave(&mut self, id: ConversationId) -> Option<Waiter> {
        let waiter = self.waiting.remove(&id)?;
        if let Some(line) = self.sites.get_mut(&waiter.site) {
            line.order.remove(&(waiter.since_ms, id));
            line.moved = true;
        }
        Some(waiter)
    }
}

#[cfg(test)]
mod tests {
    use protocol::conversation::BotMode;
    use protocol::locale::Locale;
    use uuid::Uuid;

    use super::*;
    use crate::bus::record::{Fact, Standing, Started};

    fn conversation(number: u128, site: &str, since_ms: Option<u64>) -> Conversation {
        let site = SiteKey::parse(site).unwrap();
        let visitor = VisitorId(Uuid::from_u128(number));
        let started = Started { site, visitor, locale: Locale::En, at_ms: 0 };
        let mut made = Conversation::start(ConversationId(Uuid::from_u128(number)), started);
        made.apply(&Fact::Stands(Standing {
            status: if since_ms.is_some() { Status::Open } else { Status::Resolved },
            bot: BotMode::Answering,
            assignee: None,
            waiting_since_ms: since_ms,
            snoozed_until_ms: None,
        }));
        made
    }

    fn news(waiting: &Waiting) -> Vec<(u128, u32)> {
        let mut news: Vec<_> =
            waiting.take_news().into_iter().map(|(v, at)| (v.0.as_u128(), at)).collect();
        news.sort_unstable();
        news
    }

    #[test]
    fn whoever_waits_longest_is_first_and_only_changes_are_told() {
        let waiting = Waiting::default();
        for (number, site, since) in [(1, "a", 30), (2, "a", 10), (3, "a", 20), (4, "b", 5)] {
            waiting.note(&conversation(number, site, Some(since)));
        }
        assert_eq!(news(&waiting), [(1, 3), (2, 1), (3, 2), (4, 1)]);
        assert_eq!(news(&waiting), []);
        waiting.note(&conversation(3, "a", None));
        assert_eq!(waiting.position(ConversationId(Uuid::from_u128(1))), Some(2));
        assert_eq!(waiting.position(ConversationId(Uuid::from_u128(3))), None);
        assert_eq!(news(&waiting), [(1, 2), (3, 0)]);
        waiting.note(&conversation(3, "a", Some(40)));
        assert_eq!(news(&waiting), [(3, 3)]);
    }
}
