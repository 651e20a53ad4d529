//! The checks themselves: each contradiction of the wire's promise is found and named, and an
//! honest run is not.

use protocol::ids::Seq;

use super::{Kind, Ledger, Line, Stamp, Stamps, Verdict};

struct Run {
    ledger: Ledger,
    stamps: Stamps,
}

impl Run {
    fn new() -> Self {
        let stamps = Stamps::new();
        Self { ledger: Ledger::new(stamps, 2, 1_000_000).unwrap(), stamps }
    }

    fn sent(&mut self, kind: Kind) -> Stamp {
        let stamp = self.ledger.write(kind, 0, 10);
        self.ledger.sending(stamp);
        stamp
    }

    fn accepted(&mut self, stamp: Stamp, seq: u64) {
        self.ledger.accepted(stamp, Some(Seq(seq)), 20);
    }

    fn line(&self, stamp: Stamp, seq: u64) -> Line {
        Line { id: self.stamps.id(stamp), seq: Seq(seq) }
    }

    fn shown(&mut self, stamp: Stamp, seq: u64) {
        let line = self.line(stamp, seq);
        self.ledger.shown(0, line, 30);
    }

    /// Both sides' messages at 1 and 2, acknowledged and shown.
    fn two() -> (Self, Stamp, Stamp) {
        let mut run = Self::new();
        let (one, two) = (run.sent(Kind::Visitor), run.sent(Kind::Agent));
        run.accepted(one, 1);
        run.accepted(two, 2);
        run.shown(one, 1);
        run.shown(two, 2);
        (run, one, two)
    }

    fn closed(mut self) -> Verdict {
        self.ledger.close();
        self.ledger.verdict().clone()
    }
}

#[test]
fn an_honest_run_is_clean_and_settled() {
    let (mut run, one, two) = Run::two();
    assert!(run.ledger.is_settled());
    let lines = [run.line(one, 1), run.line(two, 2)];
    run.ledger.audit(0, &lines);
    let verdict = run.closed();
    assert!(verdict.is_clean(), "{verdict:?}");
    assert_eq!((verdict.sent, verdict.accepted, verdict.shown, verdict.audited), (2, 2, 2, 2));
}

#[test]
fn a_resend_is_acknowledged_again_in_the_same_place_and_nowhere_else() {
    let (mut run, one, _) = Run::two();
    run.ledger.sending(one);
    run.accepted(one, 1);
    assert!(run.ledger.verdict().is_clean());
    run.ledger.sending(one);
    run.accepted(one, 3);
    assert_eq!(run.ledger.verdict().moved, 1);
}

#[test]
fn an_acknowledgement_too_many_is_a_double() {
    let (mut run, one, _) = Run::two();
    run.accepted(one, 1);
    assert_eq!(run.ledger.verdict().doubled, 1);
}

#[test]
fn a_line_shown_twice_is_a_double_wherever_it_stands() {
    let (mut run, one, _) = Run::two();
    run.shown(one, 1);
    run.shown(one, 3);
    assert_eq!(run.ledger.verdict().doubled, 2);
}

#[test]
fn a_place_left_out_is_a_gap_and_what_stood_there_is_lost() {
    let mut run = Run::new();
    let (one, two) = (run.sent(Kind::Visitor), run.sent(Kind::Visitor));
    run.accepted(one, 1);
    run.accepted(two, 2);
    run.shown(two, 2);
    assert!(!run.ledger.is_settled());
    let verdict = run.closed();
    assert_eq!((verdict.gaps, verdict.lost), (1, 2));
}

#[test]
fn a_line_before_its_elder_is_out_of_order_unless_the_elder_was_refused() {
    for (refused, disordered) in [(false, 1), (true, 0)] {
        let mut run = Run::new();
        let (one, two) = (run.sent(Kind::Visitor), run.sent(Kind::Visitor));
        if refused {
            run.ledger.refused(one);
        }
        run.accepted(two, 1);
        run.accepted(one, 2);
        run.shown(two, 1);
        run.shown(one, 2);
        assert_eq!(run.ledger.verdict().disordered, disordered);
    }
}

#[test]
fn a_line_shown_elsewhere_than_acknowledged_has_moved() {
    let mut run = Run::new();
    let (one, two) = (run.sent(Kind::Visitor), run.sent(Kind::Agent));
    run.accepted(one, 2);
    run.shown(one, 1);
    run.shown(two, 2);
    run.accepted(two, 1);
    assert_eq!(run.ledger.verdict().moved, 2);
}

#[test]
fn what_is_acknowledged_and_never_shown_is_lost() {
    let mut run = Run::new();
    let one = run.sent(Kind::Visitor);
    run.accepted(one, 1);
    assert_eq!(run.closed().lost, 1);
}

#[test]
fn what_is_shown_in_another_conversation_differs() {
    let mut run = Run::new();
    let one = run.sent(Kind::Visitor);
    let line = run.line(one, 1);
    run.ledger.shown(1, line, 30);
    assert_eq!(run.ledger.verdict().differing, 1);
}

#[test]
fn an_agent_who_reads_less_or_something_else_reads_differently() {
    let (run, ..) = Run::two();
    assert_eq!(run.closed().differing, 1);
    let (mut run, one, two) = Run::two();
    let lines = [run.line(two, 1), run.line(one, 2)];
    run.ledger.audit(0, &lines);
    assert_eq!(run.closed().differing, 2);
}

#[test]
fn times_count_from_when_a_line_was_due() {
    let mut run = Run::new();
    let one = run.ledger.write(Kind::Visitor, 0, 1_000_000);
    run.ledger.sending(one);
    run.ledger.accepted(one, Some(Seq(1)), 3_000_000);
    let taken = run.ledger.latencies().accepted_ms.worst;
    assert!((taken - 2_000.0).abs() < 50.0, "{taken}");
}
