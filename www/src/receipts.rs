//! Who has got and read what: how far this console has come in each conversation, and how far the
//! visitors have. Pure; what is not told yet is read off it by `socket`.

use std::collections::BTreeMap;

use protocol::conversation::Receipt;
use protocol::ids::{ConversationId, Seq};

/// Conversations remembered here; past this, all are learnt anew as they move.
const RECEIPTS_MAX: usize = 300;

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Receipts {
    own: BTreeMap<ConversationId, Receipt>,
    visitors: BTreeMap<ConversationId, Receipt>,
}

impl Receipts {
    /// What the server is to know of this console.
    pub(crate) fn own(&self) -> &BTreeMap<ConversationId, Receipt> {
        &self.own
    }

    pub(crate) fn of_visitor(&self, id: ConversationId) -> Receipt {
        self.visitors.get(&id).copied().unwrap_or_default()
    }

    pub(crate) fn visitor_saw(&mut self, id: ConversationId, receipt: Receipt) {
        let known = entry(&mut self.visitors, id);
        known.delivered = known.delivered.max(receipt.delivered);
        known.read = known.read.max(receipt.read);
    }

    /// The message is on one of our screens.
    pub(crate) fn delivered(&mut self, id: ConversationId, seq: Seq) {
        let own = entry(&mut self.own, id);
        own.delivered = own.delivered.max(seq);
    }

    /// And somebody looks at it.
    pub(crate) fn read(&mut self, id: ConversationId, seq: Seq) {
        self.delivered(id, seq);
        let own = entry(&mut self.own, id);
        own.read = own.read.max(seq);
    }
}

fn entry(receipts: &mut BTreeMap<ConversationId, Receipt>, id: ConversationId) -> &mut Receipt {
    if receipts.len() >= RECEIPTS_MAX && !receipts.contains_key(&id) {
        receipts.clear();
    }
    receipts.entry(id).or_default()
}
