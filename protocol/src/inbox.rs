//! The inbox as server and console both see it: which conversations a query names, in which order,
//! and the marks that agents put on them. One definition for both sides; knows no lists.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::conversation::{ConversationSummary, Status};
use crate::ids::{AgentId, ConversationId, IntentName, LabelName, SiteKey};
use crate::locale::Locale;

/// Rows of one page of the inbox.
pub const INBOX_ROWS_MAX: usize = 100;

/// Labels of one conversation.
pub const LABELS_MAX: usize = 20;

/// Whose conversations are shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    Mine,
    Unassigned,
    #[default]
    All,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Urgent ones first, then whoever waits longest.
    Waiting,
    #[default]
    Latest,
}

/// What an agent wants listed. A field without a value does not filter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxQuery {
    #[serde(default)]
    pub view: View,
    #[serde(default)]
    pub sort: Sort,
    /// `None` is everything that is not resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<LabelName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Locale>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<IntentName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteKey>,
}

/// A row's place in a sorted inbox; also the cursor of the page after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InboxKey {
    /// Smaller is further up.
    pub rank: u64,
    pub id: ConversationId,
}

impl InboxQuery {
    /// Whether the row belongs into this list of this agent, whoever else has it.
    pub fn matches(&self, row: &ConversationSummary, me: AgentId) -> bool {
        self.view.shows(row, me) && self.admits(row)
    }

    /// Whether more than view, status and order choose the rows.
    pub fn narrows(&self) -> bool {
        self.label.is_some()
            || self.locale.is_some()
            || self.intent.is_some()
            || self.site.is_some()
    }

    /// The row's place in this list. What is resolved lies in the history, in the order in which
    /// it began.
    pub fn key(&self, row: &ConversationSummary) -> InboxKey {
        match self.status {
            Some(Status::Resolved) => {
                let began_ms = (row.id.0.as_u128() >> 80) as u64;
                InboxKey { rank: u64::MAX - began_ms, id: row.id }
            }
            Some(Status::Pending | Status::Open | Status::Snoozed) | None => self.sort.key(row),
        }
    }

    /// As `matches`, whatever the view.
    pub fn admits(&self, row: &ConversationSummary) -> bool {
        let status = match self.status {
            Some(status) => row.status == status,
            None => row.status != Status::Resolved,
        };
        status
            && !row.erased
            && self.label.as_ref().is_none_or(|label| row.marks.labels.contains(label))
            && self.locale.is_none_or(|locale| row.locale == locale)
            && self.site.as_ref().is_none_or(|site| row.site == *site)
            && self
                .intent
                .as_ref()
                .is_none_or(|intent| row.intent.as_ref().is_some_and(|known| known.name == *intent))
    }
}

impl View {
    pub fn shows(self, row: &ConversationSummary, me: AgentId) -> bool {
        match self {
            Self::Mine => row.assignee.as_ref().is_some_and(|assignee| assignee.id == me),
            Self::Unassigned => row.assignee.is_none(),
            Self::All => true,
        }
    }
}

impl Sort {
    pub fn key(self, row: &ConversationSummary) -> InboxKey {
        let rank = match self {
            // Later is further up.
            Self::Latest => u64::MAX - row.last_message_at_ms,
            Self::Waiting => {
                let since = row.waiting_since_ms.unwrap_or(NOBODY_WAITS).min(NOBODY_WAITS);
                match row.marks.priority {
                    Priority::Urgent => since,
                    Priority::Normal => NOBODY_WAITS + 1 + since,
                }
            }
        };
        InboxKey { rank, id: row.id }
    }
}

/// Behind every moment somebody could wait since, with room for the rows that are not urgent.
const NOBODY_WAITS: u64 = u64::MAX / 4;

/// How many rows each view has under the query's other filters, and how many visitors wait at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxCounts {
    pub mine: u32,
    pub unassigned: u32,
    pub all: u32,
    pub waiting: u32,
}

/// What there is to filter by, most frequent first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxFacets {
    pub labels: Vec<LabelName>,
    pub intents: Vec<IntentName>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    #[default]
    Normal,
    Urgent,
}

/// What agents put on a conversation; the visitor never sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// Sorted, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<LabelName>,
    #[serde(default)]
    pub priority: Priority,
    /// The visitor cannot write any more.
    #[serde(default)]
    pub blocked: bool,
}

impl Marks {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::conversation::{Assignee, BotMode};
    use crate::ids::{Seq, VisitorId};

    fn row(id: u128, waiting: Option<u64>, priority: Priority) -> ConversationSummary {
        ConversationSummary {
            id: ConversationId(Uuid::from_u128(id)),
            site: SiteKey::parse("demo").unwrap(),
            visitor: VisitorId(Uuid::from_u128(7)),
            locale: Locale::Zh,
            status: Status::Open,
            bot: BotMode::Silent,
            assignee: None,
            last_seq: Seq(1),
            last_message_at_ms: 1_000 + u64::try_from(id).unwrap(),
            preview: String::new(),
            waiting_since_ms: waiting,
            intent: None,
            entities: Vec::new(),
            snoozed_until_ms: None,
            contact: None,
            score: None,
            marks: Marks { priority, ..Marks::default() },
            erased: false,
        }
    }

    fn order(sort: Sort, rows: &[ConversationSummary]) -> Vec<u128> {
        let mut keys: Vec<_> = rows.iter().map(|row| sort.key(row)).collect();
        keys.sort_unstable();
        keys.iter().map(|key| key.id.0.as_u128()).collect()
    }

    #[test]
    fn who_waits_longest_is_first_and_the_urgent_before_them() {
        let rows = [
            row(1, None, Priority::Normal),
            row(2, Some(50), Priority::Normal),
            row(3, Some(40), Priority::Normal),
            row(4, None, Priority::Urgent),
            row(5, Some(90), Priority::Urgent),
        ];
        assert_eq!(order(Sort::Waiting, &rows), [5, 4, 3, 2, 1]);
        assert_eq!(order(Sort::Latest, &rows), [5, 4, 3, 2, 1]);
    }

    #[test]
    fn a_query_names_what_all_its_filters_admit() {
        let me = AgentId(Uuid::from_u128(9));
        let mut row = row(1, None, Priority::Normal);
        let label = LabelName::parse("vip").unwrap();
        row.marks.labels.push(label.clone());
        row.assignee = Some(Assignee { id: me, name: "Mei".to_owned() });
        let check = |query: InboxQuery, expected: bool| {
            assert_eq!(query.matches(&row, me), expected, "{query:?}");
        };
        let all = InboxQuery::default;
        check(all(), true);
        check(InboxQuery { view: View::Mine, label: Some(label), ..all() }, true);
        check(InboxQuery { view: View::Unassigned, ..all() }, false);
        check(InboxQuery { status: Some(Status::Resolved), ..all() }, false);
        check(InboxQuery { locale: Some(Locale::En), ..all() }, false);
        let intent = IntentName::parse("thanks").unwrap();
        check(InboxQuery { intent: Some(intent), ..all() }, false);
        assert!(!InboxQuery { view: View::Mine, ..all() }.matches(&row, AgentId(Uuid::nil())));
    }
}
