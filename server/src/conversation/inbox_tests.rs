//! The lists against the plain thing: after any changes a page is what sorting all rows gives.

use protocol::conversation::{Assignee, BotMode};
use protocol::ids::{Seq, SiteKey, VisitorId};
use protocol::inbox::Marks;
use protocol::locale::Locale;
use uuid::Uuid;

use super::*;

const ME: AgentId = AgentId(Uuid::from_u128(9));

fn row(id: u128, at_ms: u64) -> ConversationSummary {
    ConversationSummary {
        id: ConversationId(Uuid::from_u128(id)),
        site: SiteKey::parse("demo").unwrap(),
        visitor: VisitorId(Uuid::from_u128(id)),
        locale: if id.is_multiple_of(3) { Locale::Zh } else { Locale::En },
        status: Status::Open,
        bot: BotMode::Silent,
        assignee: id.is_multiple_of(2).then(|| Assignee { id: ME, name: "Mei".to_owned() }),
        last_seq: Seq(1),
        last_message_at_ms: at_ms,
        preview: String::new(),
        waiting_since_ms: (!id.is_multiple_of(5)).then_some(at_ms / 2),
        intent: None,
        entities: Vec::new(),
        snoozed_until_ms: None,
        contact: None,
        score: None,
        marks: Marks::default(),
        erased: false,
    }
}

fn pages(inbox: &Inbox, query: &InboxQuery) -> Vec<ConversationId> {
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = inbox.page(query, ME, after, 7);
        let Some(last) = page.last() else { return ids };
        after = Some(query.sort.key(last));
        ids.extend(page.iter().map(|row| row.id));
    }
}

#[test]
fn pages_of_any_query_are_the_sorted_rows_it_names() {
    let inbox = Inbox::default();
    let mut rows: HashMap<_, _> = HashMap::new();
    for number in 0..400_u64 {
        // Some come again, later or resolved.
        let mut row = row(u128::from(number * 7 % 97) + 1, 1_000 + number * 31 % 211);
        row.status = if number.is_multiple_of(11) { Status::Resolved } else { row.status };
        rows.insert(row.id, row.clone());
        inbox.put(row);
    }
    rows.retain(|_, row| row.status != Status::Resolved);
    for view in [View::All, View::Mine, View::Unassigned] {
        for sort in [Sort::Latest, Sort::Waiting] {
            for locale in [None, Some(Locale::Zh)] {
                let query = InboxQuery { view, sort, locale, ..InboxQuery::default() };
                let named = rows.values().filter(|row| query.matches(row, ME));
                let mut keys: Vec<_> = named.map(|row| sort.key(row)).collect();
                keys.sort_unstable();
                let ids: Vec<_> = keys.iter().map(|key| key.id).collect();
                assert_eq!(pages(&inbox, &query), ids, "{query:?}");
                let counts = inbox.counts(&query, ME);
                let counted = match view {
                    View::All => counts.all,
                    View::Mine => counts.mine,
                    View::Unassigned => counts.unassigned,
                };
                assert_eq!(counted as usize, ids.len());
            }
        }
    }
    let waiting = rows.values().filter(|row| row.waiting_since_ms.is_some()).count();
    assert_eq!(inbox.counts(&InboxQuery::default(), ME).waiting as usize, waiting);
    rows.keys().for_each(|id| inbox.forget(*id));
    assert_eq!(inbox.counts(&InboxQuery::default(), ME), InboxCounts::default());
    assert_eq!(inbox.open_of(ME), 0);
}

#[test]
fn a_snooze_is_due_when_its_time_has_come() {
    let inbox = Inbox::default();
    for (id, until) in [(1, 50), (2, 90)] {
        let (status, snoozed_until_ms) = (Status::Snoozed, Some(until));
        inbox.put(ConversationSummary { status, snoozed_until_ms, ..row(id, 5) });
    }
    assert_eq!(inbox.due(40, 10), Vec::new());
    assert_eq!(inbox.due(50, 10), [ConversationId(Uuid::from_u128(1))]);
    assert_eq!(inbox.due(90, 10).len(), 2);
}

/// What a desk asks for while it scrolls must not grow with the house.
#[test]
fn ten_thousand_rows_are_paged_without_being_sorted_again() {
    let inbox = Inbox::default();
    (1..=10_000).for_each(|number| inbox.put(row(number, 1_000 + number as u64)));
    let query = InboxQuery::default();
    let ids = pages(&inbox, &query);
    assert_eq!(ids.len(), 10_000);
    assert_eq!(ids[0], ConversationId(Uuid::from_u128(10_000)));
}
