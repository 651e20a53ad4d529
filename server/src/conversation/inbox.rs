//! Everything that is not resolved, sorted for the agents' lists: kept in step with each change, so
//! that a page costs its rows and not the house. A view of the shards; it decides nothing.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::conversation::{ConversationSummary, Status};
use protocol::ids::{AgentId, ConversationId, IntentName, LabelName};
use protocol::inbox::{InboxCounts, InboxFacets, InboxKey, InboxQuery, Sort, View};
use tokio::sync::Notify;

/// Labels, or intents, that are offered to filter by.
const FACETS_MAX: usize = 100;

/// Clones share the lists.
#[derive(Debug, Clone, Default)]
pub struct Inbox(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    /// Held for one look-up or one page; nothing is awaited under it.
    index: Mutex<Index>,
    version: AtomicU64,
    /// Somebody waits whom nobody has, or a place has become free.
    stirred: Notify,
}

#[derive(Debug, Default)]
struct Index {
    rows: HashMap<ConversationId, Arc<ConversationSummary>>,
    by_latest: BTreeSet<InboxKey>,
    by_waiting: BTreeSet<InboxKey>,
    /// Open, nobody's, and somebody waits: since when.
    unassigned: BTreeSet<(u64, ConversationId)>,
    snoozed: BTreeSet<(u64, ConversationId)>,
    open_of: HashMap<AgentId, u32>,
    labels: HashMap<LabelName, u32>,
    intents: HashMap<IntentName, u32>,
    waiting: u32,
}

impl Inbox {
    /// Takes in how a conversation stands now. A resolved one leaves.
    pub(super) fn put(&self, summary: ConversationSummary) {
        let mut index = self.lock();
        let before = index.take(summary.id);
        let stirs = stirs(before.as_deref(), &summary);
        if summary.status != Status::Resolved {
            index.put(Arc::new(summary));
        }
        drop(index);
        self.0.version.fetch_add(1, Ordering::Relaxed);
        if stirs {
            self.0.stirred.notify_one();
        }
    }

    /// The conversation has left the memory.
    pub(super) fn forget(&self, id: ConversationId) {
        self.lock().take(id);
        self.0.version.fetch_add(1, Ordering::Relaxed);
    }

    /// Grows with every change.
    pub fn version(&self) -> u64 {
        self.0.version.load(Ordering::Relaxed)
    }

    /// Waits until there may be something to assign.
    pub async fn stirred(&self) {
        self.0.stirred.notified().await;
    }

    /// There may be more agents to give something to.
    pub fn stir(&self) {
        self.0.stirred.notify_one();
    }

    /// At most `rows_max` rows after `after`, in the query's order.
    pub fn page(
        &self,
        query: &InboxQuery,
        me: AgentId,
        after: Option<InboxKey>,
        rows_max: usize,
    ) -> Vec<Arc<ConversationSummary>> {
        let index = self.lock();
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let keys = index.sorted(query.sort).range((from, Bound::Unbounded));
        keys.filter_map(|key| index.rows.get(&key.id))
            .filter(|row| query.matches(row, me))
            .take(rows_max)
            .cloned()
            .collect()
    }

    pub fn counts(&self, query: &InboxQuery, me: AgentId) -> InboxCounts {
        let index = self.lock();
        let mut counts = InboxCounts { waiting: index.waiting, ..InboxCounts::default() };
        for row in index.rows.values().filter(|row| query.admits(row)) {
            counts.all += 1;
            counts.mine += u32::from(View::Mine.shows(row, me));
            counts.unassigned += u32::from(View::Unassigned.shows(row, me));
        }
        counts
    }

    pub fn facets(&self) -> InboxFacets {
        let index = self.lock();
        InboxFacets { labels: most(&index.labels), intents: most(&index.intents) }
    }

    /// Open conversations an agent has.
    pub fn open_of(&self, agent: AgentId) -> u32 {
        self.lock().open_of.get(&agent).copied().unwrap_or(0)
    }

    /// Whoever waits and has nobody, longest first.
    pub fn unassigned(&self, rows_max: usize) -> Vec<Arc<ConversationSummary>> {
        let index = self.lock();
        let ids = index.unassigned.iter().take(rows_max);
        ids.filter_map(|(_, id)| index.rows.get(id)).cloned().collect()
    }

    /// Snoozed conversations whose time has come.
    pub fn due(&self, now_ms: u64, rows_max: usize) -> Vec<ConversationId> {
        let index = self.lock();
        let due = index.snoozed.iter().take_while(|(until, _)| *until <= now_ms);
        due.take(rows_max).map(|(_, id)| *id).collect()
    }

    pub fn row(&self, id: ConversationId) -> Option<Arc<ConversationSummary>> {
        self.lock().rows.get(&id).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Index> {
        // The lists are whole between calls; a panic elsewhere does not spoil them.
        self.0.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Index {
    fn sorted(&self, sort: Sort) -> &BTreeSet<InboxKey> {
        match sort {
            Sort::Latest => &self.by_latest,
            Sort::Waiting => &self.by_waiting,
        }
    }

    fn put(&mut self, row: Arc<ConversationSummary>) {
        self.by_latest.insert(Sort::Latest.key(&row));
        self.by_waiting.insert(Sort::Waiting.key(&row));
        self.unassigned.extend(unassigned_since(&row));
        self.snoozed.extend(snoozed_until(&row));
        if let Some(agent) = open_at(&row) {
            *self.open_of.entry(agent).or_default() += 1;
        }
        for label in &row.marks.labels {
            count(&mut self.labels, label);
        }
        if let Some(intent) = &row.intent {
            count(&mut self.intents, &intent.name);
        }
        self.waiting += u32::from(row.waiting_since_ms.is_some());
        self.rows.insert(row.id, row);
    }

    fn take(&mut self, id: ConversationId) -> Option<Arc<ConversationSummary>> {
        let row = self.rows.remove(&id)?;
        self.by_latest.remove(&Sort::Latest.key(&row));
        self.by_waiting.remove(&Sort::Waiting.key(&row));
        if let Some(place) = unassigned_since(&row) {
            self.unassigned.remove(&place);
        }
        if let Some(place) = snoozed_until(&row) {
            self.snoozed.remove(&place);
        }
        if let Some(agent) = open_at(&row) {
            uncount(&mut self.open_of, agent);
        }
        for label in &row.marks.labels {
            uncount(&mut self.labels, label.clone());
        }
        if let Some(intent) = &row.intent {
            uncount(&mut self.intents, intent.name.clone());
        }
        self.waiting -= u32::from(row.waiting_since_ms.is_some());
        Some(row)
    }
}

fn unassigned_since(row: &ConversationSummary) -> Option<(u64, ConversationId)> {
    let waits = row.status == Status::Open && row.assignee.is_none();
    row.waiting_since_ms.filter(|_| waits).map(|since| (since, row.id))
}

fn snoozed_until(row: &ConversationSummary) -> Option<(u64, ConversationId)> {
    row.snoozed_until_ms.filter(|_| row.status == Status::Snoozed).map(|until| (until, row.id))
}

/// Whose capacity it takes up.
fn open_at(row: &ConversationSummary) -> Option<AgentId> {
    row.assignee.as_ref().filter(|_| row.status == Status::Open).map(|assignee| assignee.id)
}

fn stirs(before: Option<&ConversationSummary>, now: &ConversationSummary) -> bool {
    let freed = before.and_then(open_at).is_some_and(|agent| open_at(now) != Some(agent));
    freed || unassigned_since(now).is_some()
}

fn count<K: Clone + Eq + Hash>(counts: &mut HashMap<K, u32>, key: &K) {
    match counts.get_mut(key) {
        Some(known) => *known += 1,
        None => drop(counts.insert(key.clone(), 1)),
    }
}

fn uncount<K: Eq + Hash>(counts: &mut HashMap<K, u32>, key: K) {
    if let Entry::Occupied(mut known) = counts.entry(key) {
        *known.get_mut() -= 1;
        if *known.get() == 0 {
            known.remove();
        }
    }
}

fn most<K: Clone + Ord>(counts: &HashMap<K, u32>) -> Vec<K> {
    let mut all: Vec<_> = counts.iter().collect();
    all.sort_unstable_by(|(a, many), (b, few)| few.cmp(many).then_with(|| a.cmp(b)));
    all.into_iter().take(FACETS_MAX).map(|(key, _)| key.clone()).collect()
}

#[cfg(test)]
#[path = "inbox_tests.rs"]
mod tests;
