//! The heartbeat of a connection, second by second.

use protocol::heartbeat::{Beat, Heartbeat};

/// No jitter.
const MIDDLE: f64 = 0.5;

/// Some moment of the wall clock.
const START_MS: f64 = 1_700_000_000_000.0;

/// A connection whose looks are never late, unless the device sleeps.
struct Line {
    heartbeat: Heartbeat,
    now_ms: f64,
}

impl Line {
    /// Open, and its first frame is answered at once.
    fn answered() -> Self {
        let mut line = Self::open();
        line.heartbeat.heard(line.now_ms, MIDDLE);
        line
    }

    fn open() -> Self {
        Self { heartbeat: Heartbeat::of_open(START_MS), now_ms: START_MS }
    }

    /// Looks as often as it is told to, until there is something to do: what, and after how long.
    fn until_due(&mut self) -> (Beat, f64) {
        let begun_ms = self.now_ms;
        loop {
            match self.heartbeat.beat(self.now_ms) {
                Beat::Wait(wait_ms) => {
                    assert!(wait_ms > 0.0 && wait_ms <= 1_000.0, "{wait_ms}");
                    self.now_ms += wait_ms;
                }
                due @ (Beat::Ask | Beat::Lost) => return (due, self.now_ms - begun_ms),
            }
        }
    }

    /// Looks on for a while, in which nothing is to be done.
    fn pass(&mut self, ms: f64) {
        let end_ms = self.now_ms + ms;
        while self.now_ms < end_ms {
            assert!(matches!(self.heartbeat.beat(self.now_ms), Beat::Wait(_)));
            self.now_ms += 1_000.0;
        }
        self.now_ms = end_ms;
    }

    fn hear(&mut self) {
        self.heartbeat.heard(self.now_ms, MIDDLE);
    }
}

#[test]
fn an_idle_line_is_asked_after_20_s_and_five_more_with_each_answer_up_to_55() {
    let mut line = Line::answered();
    let mut waits_ms = Vec::new();
    for _ in 0..9 {
        let (due, after_ms) = line.until_due();
        assert_eq!(due, Beat::Ask);
        waits_ms.push(after_ms);
        line.hear();
    }
    let steps = [20, 25, 30, 35, 40, 45, 50, 55, 55].map(|s| f64::from(s) * 1_000.0);
    assert_eq!(waits_ms, steps);
}

#[test]
fn an_unanswered_question_ends_the_line_after_ten_seconds() {
    let mut line = Line::answered();
    assert_eq!(line.until_due(), (Beat::Ask, 20_000.0));
    assert_eq!(line.until_due(), (Beat::Lost, 10_000.0));
}

#[test]
fn a_line_whose_first_frame_is_not_answered_ends_after_ten_seconds() {
    assert_eq!(Line::open().until_due(), (Beat::Lost, 10_000.0));
}

#[test]
fn a_new_line_begins_with_20_s_whatever_the_one_before_had_earned() {
    let mut line = Line::answered();
    line.until_due();
    line.hear();
    assert_eq!(line.until_due(), (Beat::Ask, 25_000.0));
    assert_eq!(Line::answered().until_due(), (Beat::Ask, 20_000.0));
}

#[test]
fn what_is_heard_puts_the_question_off_and_earns_nothing() {
    let mut line = Line::answered();
    line.pass(15_000.0);
    line.hear();
    assert_eq!(line.until_due(), (Beat::Ask, 20_000.0));
}

#[test]
fn what_is_sent_puts_the_question_off_by_the_first_interval() {
    let mut line = Line::answered();
    for _ in 0..4 {
        line.until_due();
        line.hear();
    }
    line.pass(15_000.0);
    line.heartbeat.sent(line.now_ms, MIDDLE);
    assert_eq!(line.until_due(), (Beat::Ask, 20_000.0));
}

#[test]
fn what_is_sent_after_the_question_is_no_answer() {
    let mut line = Line::answered();
    line.until_due();
    line.pass(6_000.0);
    line.heartbeat.sent(line.now_ms, MIDDLE);
    assert_eq!(line.until_due(), (Beat::Lost, 4_000.0));
}

#[test]
fn after_a_sleep_the_line_is_asked_at_once_and_given_up_soon() {
    let mut line = Line::answered();
    line.pass(3_000.0);
    line.now_ms += 3_600_000.0;
    assert_eq!(line.until_due(), (Beat::Ask, 0.0));
    assert_eq!(line.until_due(), (Beat::Lost, 1_500.0));
}

#[test]
fn a_clock_that_was_set_back_is_no_reason_to_stay_silent() {
    let mut line = Line::answered();
    line.pass(3_000.0);
    line.now_ms -= 3_600_000.0;
    assert_eq!(line.until_due(), (Beat::Ask, 0.0));
    line.hear();
    assert_eq!(line.until_due(), (Beat::Ask, 25_000.0));
}

#[test]
fn a_question_that_slept_with_the_device_is_not_waited_for_any_longer() {
    let mut line = Line::answered();
    line.until_due();
    line.pass(2_000.0);
    line.now_ms += 3_600_000.0;
    assert_eq!(line.until_due(), (Beat::Lost, 0.0));
}

#[test]
fn a_visitor_who_is_back_has_the_line_asked_at_once() {
    let mut line = Line::answered();
    line.pass(3_000.0);
    assert_eq!(line.heartbeat.woke(line.now_ms), Beat::Ask);
    assert_eq!(line.until_due(), (Beat::Lost, 1_500.0));

    let mut line = Line::answered();
    line.until_due();
    line.pass(2_000.0);
    assert!(matches!(line.heartbeat.woke(line.now_ms), Beat::Wait(_)), "it is asked already");
    assert_eq!(line.until_due(), (Beat::Lost, 1_500.0));
}

#[test]
fn the_moment_of_asking_is_spread_by_a_tenth_and_stays_below_a_minute() {
    let asked_after_ms = |answers: u32, random: f64| {
        let mut line = Line::answered();
        for _ in 0..answers {
            line.until_due();
            line.hear();
        }
        line.heartbeat.heard(line.now_ms, random);
        line.until_due().1.round()
    };
    assert_eq!(asked_after_ms(0, 0.0), 18_000.0);
    assert_eq!(asked_after_ms(0, 1.0), 22_000.0);
    assert_eq!(asked_after_ms(9, 0.0), 49_500.0);
    assert_eq!(asked_after_ms(9, 1.0), 59_000.0);
}
