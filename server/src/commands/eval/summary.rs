//! Counts what became of questions whose answer is known: over all, and for each language. Keeps no
//! question.

use std::collections::BTreeMap;

use protocol::ids::EntryId;
use protocol::locale::Locale;
use serde::Serialize;

use super::curve::{Curve, Point};
use super::{Answered, Decided, Row};

/// Slower questions count as this slow.
const MICROS_MAX: u64 = 1_000_000;

#[derive(Default)]
pub(super) struct Summary {
    all: Group,
    locales: BTreeMap<Locale, Group>,
}

#[derive(Default)]
struct Group {
    in_scope: InScope,
    out_of_scope: OutOfScope,
    curve: Curve,
    micros: Durations,
}

/// Questions that an entry answers.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct InScope {
    pub(super) count: u64,
    pub(super) right: u64,
    pub(super) wrong: u64,
    pub(super) asked_back: u64,
    /// Asked back with the right one among the choices.
    pub(super) offered: u64,
    pub(super) handed_off: u64,
    pub(super) abstained: u64,
    /// The right one is the best ranked, or among the best three, whatever was decided.
    pub(super) top_1: u64,
    pub(super) top_3: u64,
}

/// Questions that no entry answers.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct OutOfScope {
    #[serde(flatten)]
    pub(super) all: Silence,
    pub(super) asked_back: u64,
    pub(super) handed_off: u64,
    pub(super) abstained: u64,
    pub(super) kinds: BTreeMap<String, Silence>,
}

/// How often the bot should have been silent, and was not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(super) struct Silence {
    pub(super) count: u64,
    pub(super) false_answers: u64,
}

/// What a group of questions comes to.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) in_scope: InScope,
    pub(super) out_of_scope: OutOfScope,
    /// Share of all answers that are right; `None` without any.
    pub(super) precision: Option<f64>,
    /// Share of the questions in scope that are answered, and right.
    pub(super) coverage: Option<f64>,
    /// Of the questions out of scope.
    pub(super) false_answer_rate: Option<f64>,
    pub(super) curve: Vec<Point>,
    pub(super) micros_median: u64,
    pub(super) micros_p99: u64,
}

#[derive(Debug, Serialize)]
pub(super) struct Reports {
    pub(super) all: Report,
    #[serde(flatten)]
    pub(super) locales: BTreeMap<Locale, Report>,
}

impl Summary {
    pub(super) fn count(&mut self, row: &Row) {
        let (Some(expect), Some(answered)) = (&row.question.expect, &row.answered) else { return };
        let kind = row.question.kind.as_deref();
        self.all.count(expect.as_ref(), kind, answered);
        self.locales.entry(answered.locale).or_default().count(expect.as_ref(), kind, answered);
    }

    pub(super) fn has_expectations(&self) -> bool {
        !self.locales.is_empty()
    }

    pub(super) fn reports(&self) -> Reports {
        let locales = self.locales.iter().map(|(locale, group)| (*locale, group.report()));
        Reports { all: self.all.report(), locales: locales.collect() }
    }
}

impl Group {
    fn count(&mut self, expect: Option<&EntryId>, kind: Option<&str>, answered: &Answered) {
        match expect {
            Some(expected) => self.in_scope.count(expected, answered),
            None => self.out_of_scope.count(kind, answered),
        }
        if let Some(confidence) = answered.answerable() {
            let best = answered.entry.as_ref().or(answered.top.first());
            self.curve.count(confidence.0, expect.is_some() && best == expect);
        }
        self.micros.count(answered.micros);
    }

    fn report(&self) -> Report {
        let InScope { count, right, wrong, .. } = self.in_scope;
        let Silence { count: unanswerable, false_answers } = self.out_of_scope.all;
        Report {
            in_scope: self.in_scope.clone(),
            out_of_scope: self.out_of_scope.clone(),
            precision: share(right, right + wrong + false_answers),
            coverage: share(right, count),
            false_answer_rate: share(false_answers, unanswerable),
            curve: self.curve.points(count),
            micros_median: self.micros.quantile(0.5),
            micros_p99: self.micros.quantile(0.99),
        }
    }
}

pub(super) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl InScope {
    fn count(&mut self, expected: &EntryId, answered: &Answered) {
        self.count += 1;
        self.top_1 += u64::from(answered.top.first() == Some(expected));
        self.top_3 += u64::from(answered.top.contains(expected));
        match answered.decision {
            Decided::Answer if answered.entry.as_ref() == Some(expected) => self.right += 1,
            Decided::Answer => self.wrong += 1,
            Decided::AskBack => {
                self.asked_back += 1;
                self.offered += u64::from(answered.choices.contains(expected));
            }
            Decided::HandOff => self.handed_off += 1,
            Decided::Abstain => self.abstained += 1,
        }
    }
}

impl OutOfScope {
    fn count(&mut self, kind: Option<&str>, answered: &Answered) {
        let answer = answered.decision == Decided::Answer;
        self.all.count(answer);
        if let Some(kind) = kind {
            self.kinds.entry(kind.to_owned()).or_default().count(answer);
        }
        match answered.decision {
            Decided::Answer => {}
            Decided::AskBack => self.asked_back += 1,
            Decided::HandOff => self.handed_off += 1,
            Decided::Abstain => self.abstained += 1,
        }
    }
}

impl Silence {
    fn count(&mut self, answer: bool) {
        self.count += 1;
        self.false_answers += u64::from(answer);
    }
}

/// How many questions took how many microseconds.
#[derive(Default)]
struct Durations {
    counts: Vec<u64>,
    total: u64,
}

impl Durations {
    fn count(&mut self, micros: u64) {
        let at = micros.min(MICROS_MAX) as usize;
        if self.counts.len() <= at {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] += 1;
        self.total += 1;
    }

    fn quantile(&self, share: f64) -> u64 {
        let wanted = (share * self.total as f64).ceil() as u64;
        let mut seen = 0;
        let reached = self.counts.iter().position(|count| {
            seen += count;
            seen >= wanted
        });
        reached.unwrap_or_default() as u64
    }
}

#[cfg(test)]
mod tests {
    use protocol::understanding::{AbstainReason, Confidence};

    use super::super::Reason;
    use super::super::questions::Question;
    use super::*;

    fn id(name: &str) -> EntryId {
        EntryId::parse(name).unwrap()
    }

    /// A question that `entry` answers, ranked behind what was answered or asked back.
    fn row(expect: Option<&str>, decision: Decided, found: &[&str], micros: u64) -> Row {
        let found: Vec<EntryId> = found.iter().map(|name| id(name)).collect();
        let (answer, ask) = (decision == Decided::Answer, decision == Decided::AskBack);
        let answered = Answered {
            decision,
            entry: found.first().filter(|_| answer).cloned(),
            confidence: Some(Confidence(if answer { 0.9 } else { 0.3 })),
            reason: (!answer && !ask).then_some(Reason::Abstain(AbstainReason::BelowThreshold)),
            choices: if ask { found.clone() } else { Vec::new() },
            top: found,
            entities: Vec::new(),
            micros,
            locale: Locale::En,
        };
        let question = Question {
            text: "?".to_owned(),
            locale: None,
            expect: Some(expect.map(id)),
            kind: expect.is_none().then(|| "near".to_owned()),
        };
        Row { question, answered: Some(answered), line: Vec::new() }
    }

    #[test]
    fn every_question_is_counted_where_it_belongs() {
        let mut summary = Summary::default();
        assert!(!summary.has_expectations());
        for row in [
            row(Some("a"), Decided::Answer, &["a", "b"], 10),
            row(Some("a"), Decided::Answer, &["b", "a"], 20),
            row(Some("a"), Decided::AskBack, &["b", "a"], 30),
            row(Some("a"), Decided::AskBack, &["b", "c"], 40),
            row(Some("a"), Decided::Abstain, &["a"], 50),
            row(None, Decided::Answer, &["a"], 60),
            row(None, Decided::HandOff, &["a"], 5_000_000),
        ] {
            summary.count(&row);
        }
        let reports = summary.reports();
        let expected = InScope {
            count: 5,
            right: 1,
            wrong: 1,
            asked_back: 2,
            offered: 1,
            handed_off: 0,
            abstained: 1,
            top_1: 2,
            top_3: 4,
        };
        assert_eq!(reports.all.in_scope, expected);
        assert_eq!(reports.locales[&Locale::En].in_scope, expected);
        let near = Silence { count: 2, false_answers: 1 };
        assert_eq!(reports.all.out_of_scope.all, near);
        assert_eq!(reports.all.out_of_scope.kinds["near"], near);
        assert_eq!(reports.all.precision, Some(1.0 / 3.0));
        assert_eq!(reports.all.coverage, Some(0.2));
        assert_eq!(reports.all.false_answer_rate, Some(0.5));
        assert_eq!(reports.all.micros_median, 40);
        assert_eq!(reports.all.micros_p99, MICROS_MAX);
    }
}
