//! Who is handed to a person by words alone, over all written lines: most of those who ask for one,
//! and next to nobody else.

#![allow(clippy::print_stdout)]

mod files;

use nlu::{Scratch, ask};
use protocol::locale::Locale;
use protocol::understanding::{Decision, HandOffReason};
use serde::Deserialize;

#[derive(Deserialize)]
struct Line {
    text: String,
    #[serde(default)]
    kind: String,
}

/// The reasons given to each of the lines.
fn reasons<'l>(lines: impl Iterator<Item = &'l Line>) -> Vec<Option<HandOffReason>> {
    let mut scratch = Scratch::new();
    let decided = lines.map(|line| ask(&line.text, Locale::En, None, None, &mut scratch).decision);
    let reason = |decision| match decision {
        Decision::HandOff { reason } => Some(reason),
        Decision::Answer { .. } | Decision::AskBack { .. } | Decision::Abstain { .. } => None,
    };
    decided.map(reason).collect()
}

fn check(name: &str, handed: &[Option<HandOffReason>], share_min: f64, share_max: f64) {
    let count = handed.iter().filter(|reason| reason.is_some()).count();
    let share = count as f64 / handed.len() as f64;
    println!("{name}: {count} of {} ({share:.3})", handed.len());
    assert!(share >= share_min && share <= share_max, "{name}: {share:.3}");
}

#[test]
fn those_who_ask_for_a_person_get_one() {
    let lines: Vec<Line> = files::lines("models/corpus/out_of_scope.jsonl");
    let of = |kind: &'static str| reasons(lines.iter().filter(move |line| line.kind == kind));
    check("wants_person", &of("wants_person"), 0.6, 1.0);
    check("complaint", &of("complaint"), 0.25, 1.0);
    for kind in ["chitchat", "other_domain", "nonsense", "personal_case"] {
        check(kind, &of(kind), 0.0, 0.01);
    }
}

#[test]
fn ordinary_questions_stay_with_the_bot() {
    for trade in
        ["bank", "delivery", "shop", "software", "telecom", "travel", "insurance", "clinic"]
    {
        let lines: Vec<Line> = files::lines(&format!("models/corpus/{trade}.jsonl"));
        // Six of the delivery lines are complaints, and worded as such.
        check(trade, &reasons(lines.iter()), 0.0, 0.015);
    }
}
