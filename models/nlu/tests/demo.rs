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

#[test]
fn answers_are_right_and_enough() {
    let engine = files::engine();
    let faq: Faq = serde_json::from_slice(&files::read("www/demo/faq.json")).expect("an FAQ");
    let started = Instant::now();
    let bytes = files::compiled(&faq, &engine);
    println!("{} bytes, compiled in {:?}", bytes.len(), started.elapsed());
    let pack = Pack::load(&bytes).expect("it loads");
    for only in [None, Some(Locale::En), Some(Locale::Zh)] {
        print(&format!("encoder {only:?}"), &evaluate(Some(&engine), &pack, only));
        print(&format!("lexical {only:?}"), &evaluate(None, &pack, only));
    }
    check(&evaluate(Some(&engine), &pack, None), ANSWERED_MIN, OFFERED_MIN);
    check(&evaluate(None, &pack, None), 0.0, 0.0);
}

fn print(name: &str, tally: &Tally) {
    let (precision, coverage) = (tally.precision(), tally.coverage());
    println!("{name}: precision {precision:.3} coverage {coverage:.3} {tally:?}");
}

fn check(tally: &Tally, answered_min: f64, offered_min: f64) {
    let (precision, coverage) = (tally.precision(), tally.coverage());
    let offered = f64::from(tally.offered) / f64::from(tally.answerable);
    let answered = tally.right + tally.wrong + tally.overreached;
    assert!(answered == 0 || precision >= PRECISION_MIN, "precision {precision:.3}");
    assert!(coverage >= answered_min, "coverage {coverage:.3}");
    assert!(offered >= offered_min, "offered {offered:.3}");
}

/// Below the promise of 0.97: of some seventy answers a few more may be wrong by chance. Measured:
/// 64 of 69. The promise is measured on more questions (`models/README.md`).
const PRECISION_MIN: f64 = 0.9;

/// Share of the answerable questions that are answered, and answered right. Measured: 0.192. The
/// questions avoid the words of the FAQ on purpose.
const ANSWERED_MIN: f64 = 0.16;

/// Share of the answerable questions that the bot asks back on with the right entry among its
/// choices. Measured: 0.517; what is answered is not offered.
const OFFERED_MIN: f64 = 0.48;

/// A question or phrasing that has lost its last word: nearly what the owner wrote.
fn hurried(text: &str) -> String {
    match text.trim_end_matches(['?', '.', '？', '。', '!']).rsplit_once(' ') {
        Some((kept, _)) => kept.to_owned(),
        None => text.chars().take(text.chars().count().saturating_sub(2)).collect(),
    }
}

#[test]
fn near_repetitions_are_answered() {
    let engine = files::engine();
    let faq: Faq = serde_json::from_slice(&files::read("www/demo/faq.json")).expect("an FAQ");
    let pack = files::pack(&faq, &engine);
    let mut scratch = Scratch::new();
    let (mut polite, mut short) = (Tally::default(), Tally::default());
    for entry in &faq.entries {
        let chinese = entry.translations.values().map(|text| (&text.question, "请问", "谢谢"));
        let own = [(&entry.question, "Hello, ", " Thank you!")];
        for (question, before, behind) in own.into_iter().chain(chinese) {
            let polite_question = format!("{before}{question}{behind}");
            for (tally, text) in [(&mut polite, polite_question), (&mut short, hurried(question))] {
                let found = ask(&text, Locale::En, Some(&engine), Some(&pack), &mut scratch);
                tally.count(Some(&entry.id), &found.decision);
            }
        }
    }
    print("polite", &polite);
    print("hurried", &short);
    assert_eq!(polite.right, polite.answerable, "politeness changes nothing");
    assert!(short.wrong * 50 <= short.right, "{short:?}");
    assert!(short.right * 2 >= short.answerable, "{short:?}");
}
