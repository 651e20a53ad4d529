//! Hand-made conversations whose numbers are known.

use std::collections::BTreeMap;

use protocol::conversation::AnsweredIn;
use protocol::forms::Score;
use protocol::ids::{EntryId, MessageId, PackVersion, Seq};
use protocol::understanding::{Confidence, HandOffReason};
use uuid::Uuid;

use super::*;

fn text() -> Body {
    Body::Text { text: "hello".to_owned() }
}

fn agent(number: u128) -> Author {
    Author::Agent { id: AgentId(Uuid::from_u128(number)), name: "Mei".to_owned() }
}

fn answer() -> (Author, Body) {
    let body = Body::Answer {
        in_reply_to: MessageId(Uuid::from_u128(1)),
        entry: EntryId::parse("returns").unwrap(),
        pack_version: PackVersion::parse("ab12").unwrap(),
        confidence: Confidence(0.9),
        html: String::new(),
    };
    (Author::Bot { answered_in: AnsweredIn::Server }, body)
}

fn notice(notice: Notice) -> (Author, Body) {
    (Author::System, Body::Notice { notice })
}

fn handed_off() -> (Author, Body) {
    notice(Notice::HandedOff { reason: HandOffReason::WantsPerson })
}

/// Counts and seconds of each measure after a conversation that began at 0.
fn sums(lines: Vec<(u64, (Author, Body))>) -> BTreeMap<Measure, (i64, f64)> {
    let mut additions = Vec::new();
    let mut tracked = Tracked::start(0, &mut additions);
    for (seq, (at_s, (author, body))) in (1..).zip(lines) {
        let message = Message {
            id: MessageId(Uuid::from_u128(u128::from(seq))),
            seq: Seq(seq),
            at_ms: at_s * 1_000,
            author,
            body,
            understanding: None,
        };
        tracked.take(&message, &mut additions);
        // What is stored between two messages is enough.
        let stored = serde_json::to_string(&tracked).unwrap();
        tracked = serde_json::from_str(&stored).unwrap();
    }
    let mut sums = BTreeMap::new();
    for addition in additions {
        let sum: &mut (i64, f64) = sums.entry(addition.measure).or_default();
        sum.0 += addition.count;
        sum.1 += addition.sum_s;
    }
    sums
}

fn check(lines: Vec<(u64, (Author, Body))>, expected: &[(Measure, i64, f64)]) {
    let expected: BTreeMap<_, _> =
        expected.iter().map(|(measure, count, sum)| (*measure, (*count, *sum))).collect();
    assert_eq!(sums(lines), expected);
}

#[test]
fn an_answer_without_a_person_is_a_deflection() {
    check(
        vec![(1, (Author::Visitor, text())), (2, answer()), (9, answer())],
        &[
            (Measure::Conversations, 1, 0.0),
            (Measure::VisitorMessages, 1, 0.0),
            (Measure::BotAnswers, 2, 0.0),
            (Measure::Deflected, 1, 0.0),
        ],
    );
}

#[test]
fn a_person_who_is_needed_later_takes_the_deflection_back() {
    check(
        vec![
            (1, (Author::Visitor, text())),
            (2, answer()),
            (10, handed_off()),
            (12, handed_off()),
            (70, (agent(1), text())),
            (80, (agent(2), text())),
            (130, notice(Notice::Resolved)),
            (131, notice(Notice::Resolved)),
        ],
        &[
            (Measure::Conversations, 1, 0.0),
            (Measure::VisitorMessages, 1, 0.0),
            (Measure::BotAnswers, 1, 0.0),
            (Measure::Deflected, 0, 0.0),
            (Measure::WithPerson, 1, 0.0),
            (Measure::FirstReply, 1, 60.0),
            (Measure::Resolution, 1, 130.0),
            (Measure::Replies, 2, 0.0),
        ],
    );
}

#[test]
fn an_agent_who_comes_unasked_keeps_nobody_waiting() {
    check(
        vec![
            (1, (Author::Visitor, text())),
            (5, notice(Notice::AgentJoined { name: "Mei".to_owned() })),
            (9, (agent(1), text())),
        ],
        &[
            (Measure::Conversations, 1, 0.0),
            (Measure::VisitorMessages, 1, 0.0),
            (Measure::WithPerson, 1, 0.0),
            (Measure::Replies, 1, 0.0),
        ],
    );
}

#[test]
fn a_conversation_that_comes_back_is_resolved_again_from_there() {
    check(
        vec![
            (1, (Author::Visitor, text())),
            (100, notice(Notice::Resolved)),
            (200, (Author::Visitor, text())),
            (230, notice(Notice::Resolved)),
            (300, notice(Notice::Reopened)),
            (310, notice(Notice::Resolved)),
        ],
        &[
            (Measure::Conversations, 1, 0.0),
            (Measure::VisitorMessages, 2, 0.0),
            (Measure::Resolution, 3, 140.0),
        ],
    );
}

#[test]
fn a_rating_belongs_to_who_spoke_last_and_is_counted_once() {
    let rated = |stars| {
        let score = Score::try_from(stars).unwrap();
        notice(Notice::Rated { score, comment: String::new() })
    };
    let mut additions = Vec::new();
    let mut tracked = Tracked::start(0, &mut additions);
    let mut post = |at_s: u64, (author, body)| {
        let message = Message {
            id: MessageId(Uuid::from_u128(u128::from(at_s))),
            seq: Seq(at_s),
            at_ms: at_s * 1_000,
            author,
            body,
            understanding: None,
        };
        tracked.take(&message, &mut additions);
    };
    post(1, (agent(4), text()));
    post(2, notice(Notice::Resolved));
    post(3, rated(2));
    post(4, rated(5));
    post(5, notice(Notice::Reopened));
    post(6, notice(Notice::Resolved));
    post(7, rated(4));
    let mut found = BTreeMap::new();
    for addition in additions.iter().filter(|addition| addition.measure == Measure::Rating) {
        assert_eq!(addition.subject, Uuid::from_u128(4).to_string());
        *found.entry(addition.bucket).or_insert(0) += addition.count;
    }
    assert_eq!(found, BTreeMap::from([(2, 0), (4, 1), (5, 1)]));
}
