//! The list on screen: the rows of one query as far as they were asked for, kept sorted while rows
//! change. Pure; it says what to ask for next and asks nobody.

use protocol::conversation::ConversationSummary;
use protocol::ids::{AgentId, ConversationId};
use protocol::inbox::{InboxCounts, InboxFacets, InboxKey, InboxQuery};

/// A question to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) after: Option<InboxKey>,
    /// Grows with every question, so that late answers are known.
    pub(crate) round: u32,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct List {
    pub(crate) query: InboxQuery,
    keys: Vec<InboxKey>,
    /// Behind this row there are more; `None` is the end of the list.
    next: Option<InboxKey>,
    /// Not answered yet.
    pub(crate) ask: Option<Ask>,
    round: u32,
    /// Whether the first page of this query is here.
    pub(crate) loaded: bool,
    pub(crate) counts: InboxCounts,
    pub(crate) facets: InboxFacets,
}

impl List {
    pub(crate) fn of(query: InboxQuery) -> Self {
        Self { query, ..Self::default() }
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = ConversationId> + '_ {
        self.keys.iter().map(|key| key.id)
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(crate) fn get(&self, at: usize) -> Option<ConversationId> {
        self.keys.get(at).map(|key| key.id)
    }

    pub(crate) fn has_more(&self) -> bool {
        self.next.is_some()
    }

    /// Shows another query, from its top.
    pub(crate) fn choose(&mut self, query: InboxQuery) {
        if query != self.query {
            self.query = query;
            self.keys.clear();
            self.loaded = false;
            self.begin();
        }
    }

    /// Asks for the list from its top; what is shown stays until the answer is here.
    pub(crate) fn begin(&mut self) {
        self.ask_for(None);
    }

    /// Asks for the next page, unless an answer is on its way.
    pub(crate) fn go_on(&mut self) {
        if self.ask.is_none() && self.next.is_some() {
            self.ask_for(self.next);
        }
    }

    /// Asks again what was not answered.
    pub(crate) fn ask_again(&mut self) {
        if let Some(ask) = self.ask {
            self.ask_for(ask.after);
        }
    }

    fn ask_for(&mut self, after: Option<InboxKey>) {
        self.round += 1;
        self.ask = Some(Ask { after, round: self.round });
    }

    /// Takes a page in; an answer to an older question changes nothing.
    pub(crate) fn read(
        &mut self,
        round: u32,
        rows: &[ConversationSummary],
        next: Option<InboxKey>,
    ) -> bool {
        let Some(ask) = self.ask.filter(|ask| ask.round == round) else { return false };
        if ask.after.is_none() {
            self.keys.clear();
        }
        self.ask = None;
        self.loaded = true;
        self.next = next;
        for row in rows {
            self.insert(self.query.key(row));
        }
        true
    }

    /// Moves a row to where it belongs now, or out of the list.
    pub(crate) fn change(
        &mut self,
        before: Option<&ConversationSummary>,
        now: &ConversationSummary,
        me: AgentId,
    ) {
        if let Some(before) = before
            && let Ok(at) = self.keys.binary_search(&self.query.key(before))
        {
            self.keys.remove(at);
        }
        let key = self.query.key(now);
        // What belongs behind the last page comes with the next one.
        let within = self.next.is_none_or(|next| key <= next);
        if self.loaded && within && self.query.matches(now, me) {
            self.insert(key);
        }
    }

    fn insert(&mut self, key: InboxKey) {
        if let Err(at) = self.keys.binary_search(&key) {
            self.keys.insert(at, key);
        }
    }
}
