//! What the tables keep, find and count.

use protocol::conversation::{Author, Body, Notice, Status};
use protocol::ids::{AgentId, SiteKey, VisitorId};
use protocol::locale::Locale;
use protocol::people::{AUDIT_ROWS_MAX, AuditRow, Deed};
use protocol::reports::ReportQuery;
use protocol::search::{AuthorKind, HITS_MAX, SearchRequest};
use protocol::understanding::HandOffReason;

use super::*;
use crate::bus::record::{Fact, OfficeRecord, Posted, Standing, Started};

const DAY_MS: u64 = 24 * 3_600_000;

fn conversation(number: u128) -> ConversationId {
    ConversationId(Uuid::from_u128(number))
}

fn started(number: u128, at_ms: u64) -> Record {
    let fact = Fact::Started(Started {
        site: SiteKey::parse("demo").unwrap(),
        visitor: VisitorId(Uuid::from_u128(number)),
        locale: Locale::En,
        at_ms,
    });
    Record::Conversation { id: conversation(number), fact }
}

fn said(number: u128, seq: u64, at_ms: u64, author: Author, body: Body) -> Record {
    let fact = Fact::Posted(Posted {
        id: MessageId(Uuid::from_u128(number * 1_000_000 + u128::from(seq))),
        seq: Seq(seq),
        at_ms,
        author,
        body,
        understanding: None,
        question: None,
    });
    Record::Conversation { id: conversation(number), fact }
}

fn text(text: &str) -> Body {
    Body::Text { text: text.to_owned() }
}

fn mei() -> Author {
    Author::Agent { id: AgentId(Uuid::from_u128(77)), name: "Mei".to_owned() }
}

fn write(tables: &mut Tables, records: Vec<Record>) {
    let from = tables.position().unwrap().0;
    let records: Vec<_> = records.into_iter().zip(from..).map(|(r, at)| (Offset(at), r)).collect();
    let next = Offset(from + records.len() as u64);
    tables.write(&records, next).unwrap();
}

fn asks(text: &str) -> SearchRequest {
    SearchRequest { text: text.to_owned(), ..SearchRequest::default() }
}

/// `(conversation, seq)` of each hit.
fn hits(tables: &Tables, request: &SearchRequest) -> Vec<(u128, u64)> {
    let page = tables.search(request).unwrap().unwrap();
    page.hits.iter().map(|hit| (hit.conversation.0.as_u128(), hit.seq.0)).collect()
}

fn two_talks() -> Vec<Record> {
    let handed_off =
        Body::Notice { notice: Notice::HandedOff { reason: HandOffReason::WantsPerson } };
    vec![
        started(1, 1_000),
        said(1, 1, 1_000, Author::Visitor, text("我的訂單號 A-1024 在哪里")),
        said(1, 2, 2_000, Author::System, handed_off),
        said(1, 3, 62_000, mei(), text("Your order is on its way")),
        started(2, 2 * DAY_MS),
        said(2, 1, 2 * DAY_MS, Author::Visitor, text("where is my Order")),
        Record::Conversation {
            id: conversation(2),
            fact: Fact::Stands(Standing {
                status: Status::Open,
                bot: protocol::conversation::BotMode::Silent,
                assignee: None,
                waiting_since_ms: None,
                snoozed_until_ms: None,
            }),
        },
    ]
}

#[test]
fn words_are_found_newest_first_and_filters_narrow() {
    let folder = tempfile::tempdir().unwrap();
    let mut tables = Tables::open(&folder.path().join("history.sqlite")).unwrap();
    write(&mut tables, two_talks());
    assert_eq!(hits(&tables, &asks("订单")), [(1, 1)], "two characters, folded");
    assert_eq!(hits(&tables, &asks("1024")), [(1, 1)]);
    assert_eq!(hits(&tables, &asks("ORDER")), [(2, 1), (1, 3)]);
    assert_eq!(hits(&tables, &asks("ord")), [(2, 1), (1, 3)], "while it is typed");
    assert!(hits(&tables, &asks("单订")).is_empty());
    assert_eq!(tables.search(&asks("?!")).unwrap(), None);
    // What would be an operator is a word.
    assert!(hits(&tables, &asks("order OR 订单")).is_empty());
    assert!(hits(&tables, &asks("text: NEAR( \"")).is_empty());
    let site = SiteKey::parse("other").unwrap();
    for (request, expected) in [
        (SearchRequest { author: Some(AuthorKind::Agent), ..asks("order") }, vec![(1, 3)]),
        (SearchRequest { author: Some(AuthorKind::Bot), ..asks("order") }, vec![]),
        (
            SearchRequest { agent: Some(AgentId(Uuid::from_u128(77))), ..asks("order") },
            vec![(1, 3)],
        ),
        (SearchRequest { agent: Some(AgentId(Uuid::from_u128(78))), ..asks("order") }, vec![]),
        (SearchRequest { status: Some(Status::Open), ..asks("order") }, vec![(2, 1)]),
        (SearchRequest { site: Some(site), ..asks("order") }, vec![]),
        (SearchRequest { from_ms: Some(DAY_MS), ..asks("order") }, vec![(2, 1)]),
        (SearchRequest { to_ms: Some(DAY_MS), ..asks("order") }, vec![(1, 3)]),
        (SearchRequest { from_ms: Some(9 * DAY_MS), ..asks("order") }, vec![]),
    ] {
        assert_eq!(hits(&tables, &request), expected, "{request:?}");
    }
}

#[test]
fn pages_of_hits_follow_each_other_without_gap_or_repetition() {
    let folder = tempfile::tempdir().unwrap();
    let mut tables = Tables::open(&folder.path().join("history.sqlite")).unwrap();
    let count = 2 * HITS_MAX as u64 + 3;
    let mut records = vec![started(1, 0)];
    records.extend((1..=count).map(|seq| said(1, seq, seq, Author::Visitor, text("退款"))));
    write(&mut tables, records);
    let (mut found, mut request) = (Vec::new(), asks("退款"));
    loop {
        let page = tables.search(&request).unwrap().unwrap();
        found.extend(page.hits.iter().map(|hit| hit.seq.0));
        request.cursor = page.cursor;
        if page.cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, (1..=count).rev().collect::<Vec<_>>());
}

fn check_report(tables: &Tables) {
    let query = ReportQuery { from_day: 0, to_day: 2, utc_offset_min: 0, site: None };
    let report = tables.report(&query).unwrap();
    assert_eq!(report.total.conversations, 2);
    assert_eq!(report.total.visitor_messages, 2);
    assert_eq!(report.total.with_person, 1);
    assert_eq!(report.total.first_reply.count, 1);
    assert!((report.total.first_reply.average_s - 60.0).abs() < 0.001);
    assert!((report.total.first_reply.median_s - 60.0).abs() < 6.0);
    let by_day: Vec<u64> = report.days.iter().map(|day| day.figures.conversations).collect();
    assert_eq!(by_day, [1, 0, 1]);
    assert_eq!(report.agents.len(), 1);
    assert_eq!(report.agents[0].replies, 1);
    // West of Greenwich the first second of 1970 was still the day before.
    let west = ReportQuery { utc_offset_min: -60, from_day: 0, to_day: 1, ..query.clone() };
    assert_eq!(tables.report(&west).unwrap().total.conversations, 1);
    let other = ReportQuery { site: Some(SiteKey::parse("other").unwrap()), ..query };
    assert_eq!(tables.report(&other).unwrap().total.conversations, 0);
}

#[test]
fn reports_add_up_what_was_written_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut tables = Tables::open(&folder.path().join("history.sqlite")).unwrap();
    let records: Vec<_> = two_talks().into_iter().zip(0..).map(|(r, at)| (Offset(at), r)).collect();
    tables.write(&records[..2], Offset(2)).unwrap();
    tables.write(&records, Offset(7)).unwrap();
    tables.write(&records, Offset(7)).unwrap();
    check_report(&tables);
}

/// What a file of version 1 holds is found and counted, too, while new messages come.
#[test]
fn an_older_file_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.sqlite");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(include_str!("schema/1.sql")).unwrap();
    old.pragma_update(None, "user_version", 1).unwrap();
    let tables = Tables { connection: old };
    let mut newer = Tables::open(&folder.path().join("newer.sqlite")).unwrap();
    write(&mut newer, two_talks());
    for table in ["conversations", "messages", "position"] {
        let copy = format!("INSERT INTO {table} SELECT * FROM newer.{table}");
        let attach = format!("ATTACH '{}' AS newer", folder.path().join("newer.sqlite").display());
        tables.connection.execute_batch(&format!("{attach}; {copy}; DETACH newer;")).unwrap();
    }
    drop((tables, newer));
    let mut tables = Tables::open(&path).unwrap();
    assert_eq!(tables.position().unwrap(), Offset(7), "nothing was thrown away");
    assert!(tables.search(&asks("order")).unwrap().unwrap().incomplete);
    write(&mut tables, vec![said(1, 4, 3 * DAY_MS, mei(), text("订单 order"))]);
    while tables.work_off().unwrap() {}
    assert!(!tables.search(&asks("order")).unwrap().unwrap().incomplete);
    assert_eq!(hits(&tables, &asks("order")), [(1, 4), (2, 1), (1, 3)]);
    assert_eq!(hits(&tables, &asks("订单")), [(1, 4), (1, 1)]);
    let only_old = SearchRequest { to_ms: Some(DAY_MS), ..asks("order") };
    assert_eq!(hits(&tables, &only_old), [(1, 3)]);
    let query = ReportQuery { from_day: 0, to_day: 9, utc_offset_min: 0, site: None };
    let report = tables.report(&query).unwrap();
    assert_eq!((report.total.conversations, report.agents[0].replies), (2, 2));
    assert_eq!(report.total.first_reply.count, 1);
    assert!(!report.incomplete);
}

#[test]
fn the_audit_log_is_read_page_by_page() {
    let folder = tempfile::tempdir().unwrap();
    let mut tables = Tables::open(&folder.path().join("history.sqlite")).unwrap();
    let row = |at_ms| AuditRow { at_ms, actor: None, deed: Deed::SignedOut };
    let count = AUDIT_ROWS_MAX as u64 + 1;
    let audited = |at| Record::Office(OfficeRecord::Audited(row(at)));
    write(&mut tables, (0..count).map(audited).collect());
    let first = tables.audit(None).unwrap();
    assert_eq!((first.rows.len(), first.rows[0].at_ms), (AUDIT_ROWS_MAX, count - 1));
    let last = tables.audit(first.before).unwrap();
    assert_eq!((last.rows, last.before), (vec![row(0)], None));
}

#[test]
fn a_file_of_another_log_is_emptied() {
    let folder = tempfile::tempdir().unwrap();
    let mut tables = Tables::open(&folder.path().join("history.sqlite")).unwrap();
    write(&mut tables, two_talks());
    tables.clear().unwrap();
    assert!(hits(&tables, &asks("order")).is_empty());
    write(&mut tables, two_talks());
    assert_eq!(hits(&tables, &asks("order")), [(2, 1), (1, 3)]);
    check_report(&tables);
}

fn posted(seq: u64) -> (Offset, Record) {
    let record = Record::Conversation {
        id: ConversationId(Uuid::from_u128(9)),
        fact: Fact::Posted(Posted {
            id: MessageId(Uuid::from_u128(u128::from(seq) + 100)),
            seq: Seq(seq),
            at_ms: seq * 10,
            author: Author::Visitor,
            body: Body::Text { text: format!("第 {seq}") },
            understanding: None,
            question: None,
        }),
    };
    (Offset(seq - 1), record)
}

fn seqs(tables: &Tables, after: u64, max: usize) -> Vec<u64> {
    let page = tables.page(ConversationId(Uuid::from_u128(9)), Seq(after), max).unwrap();
    page.into_iter().map(|message| message.seq.0).collect()
}

#[test]
fn pages_follow_the_seq_and_repeated_records_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.sqlite");
    let mut tables = Tables::open(&path).unwrap();
    assert_eq!(tables.position().unwrap(), Offset(0));
    let records: Vec<_> = (1..=5).map(posted).collect();
    tables.write(&records, Offset(5)).unwrap();
    tables.write(&records, Offset(5)).unwrap();
    assert_eq!(seqs(&tables, 0, 10), [1, 2, 3, 4, 5]);
    assert_eq!(seqs(&tables, 2, 2), [3, 4]);
    drop(tables);
    assert_eq!(Tables::open(&path).unwrap().position().unwrap(), Offset(5));
}

#[test]
fn a_file_of_a_newer_program_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.sqlite");
    let mut tables = Tables::open(&path).unwrap();
    tables.write(&[posted(1)], Offset(1)).unwrap();
    tables.connection.pragma_update(None, "user_version", 999).unwrap();
    drop(tables);
    let tables = Tables::open(&path).unwrap();
    assert_eq!(tables.position().unwrap(), Offset(0));
    assert!(seqs(&tables, 0, 10).is_empty());
}
