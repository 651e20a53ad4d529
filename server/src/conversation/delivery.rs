//! Who is connected, and handing committed facts to them. Each event is written once, however many
//! read it, and nothing here waits for a reader. Knows no sockets.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use protocol::agent::AgentEvent;
use protocol::context::VisitorContext;
use protocol::conversation::{Assignee, ConversationSummary, Message, Receipt, Status};
use protocol::ids::{AgentId, ConversationId, VisitorId};
use protocol::visitor::VisitorEvent;

use super::outbox::{Event, Outbox, Parcel};
use super::state::Conversation;
use crate::bus::record::{Fact, Posted};

/// Locks the visitors are spread over: two shards seldom want the same one.
const STRIPES: usize = 64;

/// Rows of conversations that are no concern of an agent's, per second: past it they are shown as
/// they were until something more than another message happens there.
const OTHER_ROWS_PER_S: u32 = 50;

/// Clones share the list of connections.
#[derive(Debug, Clone)]
pub struct Delivery(pub(super) Arc<Readers>);

/// A lock is held for one look-up; nothing is written or awaited under it.
#[derive(Debug)]
pub(super) struct Readers {
    next_key: AtomicU64,
    /// Who does not want to be given conversations, connected or not.
    pub(super) away: Mutex<HashSet<AgentId>>,
    visitors: [Mutex<Visitors>; STRIPES],
    agents: RwLock<HashMap<u64, AgentReader>>,
}

type Visitors = HashMap<VisitorId, Vec<VisitorReader>>;

#[derive(Debug)]
struct VisitorReader {
    key: u64,
    outbox: Outbox<VisitorEvent>,
}

#[derive(Debug)]
pub(super) struct AgentReader {
    pub(super) agent: Assignee,
    watching: Option<ConversationId>,
    outbox: Outbox<AgentEvent>,
    other_rows: Mutex<Budget>,
}

/// What may still be spent in the second that began then.
#[derive(Debug)]
struct Budget {
    began: Instant,
    left: u32,
}

/// Ends the delivery when dropped.
#[derive(Debug)]
pub struct Subscription {
    pub(super) delivery: Delivery,
    pub(super) key: u64,
    visitor: Option<VisitorId>,
}

impl Default for Delivery {
    fn default() -> Self {
        Self(Arc::new(Readers {
            next_key: AtomicU64::new(0),
            away: Mutex::default(),
            visitors: std::array::from_fn(|_| Mutex::default()),
            agents: RwLock::default(),
        }))
    }
}

impl Delivery {
    pub fn subscribe_visitor(
        &self,
        visitor: VisitorId,
        outbox: Outbox<VisitorEvent>,
    ) -> Subscription {
        let key = self.0.next_key();
        let reader = VisitorReader { key, outbox };
        // Most visitors have one tab; a list that grows by itself begins with four places.
        match self.0.visitors(visitor).entry(visitor) {
            Entry::Vacant(tabs) => drop(tabs.insert(vec![reader])),
            Entry::Occupied(mut tabs) => tabs.get_mut().push(reader),
        }
        Subscription { delivery: self.clone(), key, visitor: Some(visitor) }
    }

    pub fn subscribe_agent(&self, agent: Assignee, outbox: Outbox<AgentEvent>) -> Subscription {
        let key = self.0.next_key();
        let other_rows = Mutex::new(Budget { began: Instant::now(), left: OTHER_ROWS_PER_S });
        let reader = AgentReader { agent, watching: None, outbox, other_rows };
        self.0.change_agents(|agents| agents.insert(key, reader));
        Subscription { delivery: self.clone(), key, visitor: None }
    }

    /// Tells everybody concerned what is on disk now. Somebody who subscribes meanwhile finds it in
    /// the transcript.
    pub fn publish(&self, conversation: &Conversation, facts: &[Fact]) {
        let visitor = self.0.tabs(conversation.visitor());
        let watchers = self.0.watchers(conversation.id());
        for fact in facts {
            match fact {
                Fact::Posted(posted) => {
                    posted_to(conversation.id(), posted, &visitor, &watchers);
                }
                Fact::Stands(standing) => {
                    let (status, bot) = (shown_to_visitor(standing.status), standing.bot);
                    hand_out(&VisitorEvent::StatusChanged { status, bot }, &visitor);
                }
                Fact::Aside(aside) => {
                    let (conversation, asides) = (conversation.id(), vec![aside.clone()]);
                    hand_out(&AgentEvent::Asides { conversation, asides }, &watchers);
                }
                Fact::Started(_)
                | Fact::Marked(_)
                | Fact::Understood { .. }
                | Fact::Seen { .. }
                | Fact::Claimed { .. }
                | Fact::Introduced(_)
                | Fact::Rated(_)
                | Fact::Erased(_) => {}
            }
        }
        if !facts.is_empty() && self.0.has_agents() {
            let summary = conversation.summary();
            let stands_anew = facts.iter().any(|fact| match fact {
                Fact::Started(_)
                | Fact::Stands(_)
                | Fact::Marked(_)
                | Fact::Introduced(_)
                | Fact::Rated(_)
                | Fact::Claimed { .. }
                | Fact::Erased(_) => true,
                Fact::Posted(_) | Fact::Aside(_) | Fact::Understood { .. } | Fact::Seen { .. } => {
                    false
                }
            });
            let desks = self.0.desks_for(&summary, stands_anew);
            hand_out(&AgentEvent::ConversationChanged { summary }, &desks);
        }
    }

    /// Agents who look at the conversation see that the visitor writes, and what.
    pub fn visitor_typing(&self, conversation: ConversationId, draft: Option<String>) {
        let event = AgentEvent::VisitorTyping { conversation, draft };
        hand_out(&event, &self.0.watchers(conversation));
    }

    /// Every tab of the visitor must show again that it may be here.
    pub fn send_away(&self, visitor: VisitorId) {
        self.0.tabs(visitor).iter().for_each(Outbox::send_away);
    }

    /// Whoever has the conversation on show sees where its visitor is.
    pub fn visitor_seen(&self, conversation: ConversationId, context: VisitorContext) {
        let watchers = self.0.watchers(conversation);
        hand_out(&AgentEvent::VisitorSeen { conversation, context }, &watchers);
    }

    pub(super) fn queue_position(&self, visitor: VisitorId, position: u32) {
        hand_out(&VisitorEvent::QueuePosition { position }, &self.0.tabs(visitor));
    }

    pub fn visitor_saw(&self, conversation: ConversationId, receipt: Receipt) {
        let event = AgentEvent::VisitorRead { conversation, receipt };
        hand_out(&event, &self.0.watchers(conversation));
    }

    pub fn agents_saw(&self, visitor: VisitorId, receipt: Receipt) {
        hand_out(&VisitorEvent::Seen { receipt }, &self.0.tabs(visitor));
    }

    pub fn agent_typing(&self, visitor: VisitorId) {
        hand_out(&VisitorEvent::AgentTyping, &self.0.tabs(visitor));
    }
}

fn posted_to(
    conversation: ConversationId,
    posted: &Posted,
    visitor: &[Outbox<VisitorEvent>],
    watchers: &[Outbox<AgentEvent>],
) {
    // Copied for those who read it only: most messages have one reader or none.
    let message = || Message::from(posted.clone());
    if !visitor.is_empty() {
        hand_out(&VisitorEvent::Posted { message: message() }, visitor);
    }
    if !watchers.is_empty() {
        hand_out(&AgentEvent::Posted { conversation, message: message() }, watchers);
    }
}

/// That a conversation was put off is between the agents.
pub fn shown_to_visitor(status: Status) -> Status {
    match status {
        Status::Snoozed => Status::Open,
        Status::Pending | Status::Open | Status::Resolved => status,
    }
}

/// Writes the event once, and only when there is somebody to read it.
pub(super) fn hand_out<E: Event>(event: &E, outboxes: &[Outbox<E>]) {
    if outboxes.is_empty() {
        return;
    }
    if let Some(parcel) = Parcel::of(event) {
        outboxes.iter().for_each(|outbox| outbox.push(parcel.clone()));
    }
}

impl Readers {
    fn next_key(&self) -> u64 {
        self.next_key.fetch_add(1, Ordering::Relaxed)
    }

    fn visitors(&self, visitor: VisitorId) -> MutexGuard<'_, Visitors> {
        // An id's last bits are random.
        let stripe = usize::from(visitor.0.as_bytes()[15]) % STRIPES;
        // A list is whole between calls; a panic elsewhere does not spoil it.
        self.visitors[stripe].lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change_agents<R>(&self, change: impl FnOnce(&mut HashMap<u64, AgentReader>) -> R) -> R {
        change(&mut self.agents.write().unwrap_or_else(PoisonError::into_inner))
    }

    fn has_agents(&self) -> bool {
        !self.agents.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn tabs(&self, visitor: VisitorId) -> Vec<Outbox<VisitorEvent>> {
        let visitors = self.visitors(visitor);
        let tabs = visitors.get(&visitor).into_iter().flatten();
        tabs.map(|tab| tab.outbox.clone()).collect()
    }

    fn watchers(&self, id: ConversationId) -> Vec<Outbox<AgentEvent>> {
        self.desks(|agent| agent.watching == Some(id))
    }

    /// Whoever is to see the row now. A desk hears of all that concerns it, and of everything while
    /// that is little enough to be read.
    fn desks_for(
        &self,
        summary: &ConversationSummary,
        stands_anew: bool,
    ) -> Vec<Outbox<AgentEvent>> {
        let waits = summary.status == Status::Open && summary.assignee.is_none();
        let now = Instant::now();
        self.desks(|agent| {
            let own = summary.assignee.as_ref().is_some_and(|of| of.id == agent.agent.id);
            let concerns = own || waits || stands_anew || agent.watching == Some(summary.id);
            concerns || agent.spend_on_others(now)
        })
    }

    pub(super) fn each_reader(&self, mut take: impl FnMut(u64, &AgentReader)) {
        let agents = self.agents.read().unwrap_or_else(PoisonError::into_inner);
        agents.iter().for_each(|(key, reader)| take(*key, reader));
    }

    pub(super) fn each_watcher(
        &self,
        id: ConversationId,
        mut take: impl FnMut(&Assignee, &Outbox<AgentEvent>),
    ) {
        self.each_reader(|_, reader| {
            if reader.watching == Some(id) {
                take(&reader.agent, &reader.outbox);
            }
        });
    }

    fn desks(&self, wanted: impl Fn(&AgentReader) -> bool) -> Vec<Outbox<AgentEvent>> {
        let agents = self.agents.read().unwrap_or_else(PoisonError::into_inner);
        agents.values().filter(|agent| wanted(agent)).map(|agent| agent.outbox.clone()).collect()
    }
}

impl AgentReader {
    fn spend_on_others(&self, now: Instant) -> bool {
        let mut budget = self.other_rows.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_duration_since(budget.began) >= Duration::from_secs(1) {
            *budget = Budget { began: now, left: OTHER_ROWS_PER_S };
        }
        let left = budget.left.checked_sub(1);
        budget.left = left.unwrap_or(0);
        left.is_some()
    }
}

impl Subscription {
    /// From now on the agent gets this conversation's messages, or none. Colleagues are told.
    pub fn watch(&self, conversation: Option<ConversationId>) {
        let before = self.delivery.0.change_agents(|agents| {
            let agent = agents.get_mut(&self.key)?;
            std::mem::replace(&mut agent.watching, conversation)
        });
        if before != conversation {
            before.into_iter().chain(conversation).for_each(|id| self.delivery.tell_viewers(id));
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let Some(visitor) = self.visitor else {
            let gone = self.delivery.0.change_agents(|agents| agents.remove(&self.key));
            if let Some(watched) = gone.and_then(|agent| agent.watching) {
                self.delivery.tell_viewers(watched);
            }
            return;
        };
        let mut visitors = self.delivery.0.visitors(visitor);
        if let Some(tabs) = visitors.get_mut(&visitor) {
            tabs.retain(|tab| tab.key != self.key);
            if tabs.is_empty() {
                visitors.remove(&visitor);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use protocol::ids::SiteKey;
    use protocol::locale::Locale;
    use uuid::Uuid;

    use super::super::outbox::outbox;
    use super::*;
    use crate::bus::record::Started;
    use protocol::conversation::{Author, Body};
    use protocol::ids::{MessageId, Seq};

    fn conversation() -> Conversation {
        let id = ConversationId(Uuid::from_u128(1));
        let site = SiteKey::parse("demo").unwrap();
        let visitor = VisitorId(Uuid::from_u128(2));
        Conversation::start(id, Started { site, visitor, locale: Locale::En, at_ms: 0 })
    }

    fn posted(number: u64) -> Fact {
        Fact::Posted(Posted {
            id: MessageId(Uuid::from_u128(u128::from(number) + 10)),
            seq: Seq(number),
            at_ms: number,
            author: Author::Visitor,
            body: Body::Text { text: "hello".to_owned() },
            understanding: None,
            question: None,
        })
    }

    async fn rows(outgoing: &mut super::super::outbox::Outgoing<AgentEvent>) -> usize {
        let mut count = 0;
        while let Ok(Ok(parcels)) =
            tokio::time::timeout(Duration::from_millis(20), outgoing.take(usize::MAX)).await
        {
            count += parcels.len();
        }
        count
    }

    /// A desk of a busy house: what concerns others comes as far as it can be read, what is one's
    /// own or waits for somebody comes always.
    #[tokio::test]
    async fn a_flood_of_others_rows_is_thinned_and_ones_own_is_not() {
        let delivery = Delivery::default();
        let (me, colleague) = (AgentId(Uuid::from_u128(5)), AgentId(Uuid::from_u128(6)));
        let (outbox, mut outgoing) = outbox();
        let _desk = delivery.subscribe_agent(Assignee { id: me, name: "Mei".to_owned() }, outbox);
        let messages = u64::from(OTHER_ROWS_PER_S) * 3;
        let mut talk = conversation();
        for number in 1..=messages {
            let fact = posted(number);
            talk.apply(&fact);
            delivery.publish(&talk, &[fact]);
        }
        let others = rows(&mut outgoing).await;
        // The wall's second may have turned once in between.
        assert!((50..=100).contains(&others), "{others}");
        for (assignee, expected) in [(me, messages), (colleague, 1)] {
            let mut standing = talk.standing().clone();
            standing.assignee = Some(Assignee { id: assignee, name: "Mei".to_owned() });
            talk.apply(&Fact::Stands(standing.clone()));
            delivery.publish(&talk, &[Fact::Stands(standing)]);
            for _ in 1..messages {
                let fact = posted(talk.last_seq().0 + 1);
                talk.apply(&fact);
                delivery.publish(&talk, &[fact]);
            }
            let seen = rows(&mut outgoing).await as u64;
            assert!(seen >= expected && (assignee == me || seen <= 101), "{assignee:?} {seen}");
        }
    }
}
