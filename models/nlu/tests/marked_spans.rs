//! Strict span F1 of the rules on lines marked by hand: `[kind:text]`, start and end to the
//! character. Rules are written looking at odd lines only; the floors hold on the even ones.

mod files;

use std::collections::BTreeSet;

use nlu::entity::find_by_rules;
use protocol::understanding::EntityKind::{self, *};

/// The kinds that rules find, by the name of their file and their mark.
const KINDS: [(&str, EntityKind); 10] = [
    ("order", OrderNumber),
    ("tracking", TrackingNumber),
    ("phone", Phone),
    ("email", Email),
    ("url", Url),
    ("date", Date),
    ("time", Time),
    ("amount", Amount),
    ("quantity", Quantity),
    ("card", CardNumber),
];

/// Each kind's least F1 over half of the lines of all ten files.
const FLOOR: f64 = 0.97;

/// The same over `spans.txt`, which is marked for the tagger: not every "today" in it has a mark.
const SPANS_FLOOR: f64 = 0.97;

/// Of its kept fifth, where a kind has a dozen spans: one of eight amounts may be missed.
const KEPT_FLOOR: f64 = 0.93;

/// Lines of `spans.txt` at multiples of this are kept from everyone who writes rules.
const KEPT_EVERY: usize = 5;

struct Marked {
    text: String,
    spans: BTreeSet<(u32, u32, EntityKind)>,
}

fn marked(line: &str) -> Marked {
    let (_, mut rest) = line.split_once('\t').expect("a locale, a tab, a text");
    let (mut text, mut spans) = (String::new(), BTreeSet::new());
    while let Some((before, opened)) = rest.split_once('[') {
        let (kind, opened) = opened.split_once(':').expect("a mark has a kind");
        let (inside, after) = opened.split_once(']').expect("a mark ends");
        text += before;
        let start = text.chars().count() as u32;
        text += inside;
        let end = text.chars().count() as u32;
        if let Some((_, kind)) = KINDS.iter().find(|(name, _)| *name == kind) {
            spans.insert((start, end, *kind));
        }
        rest = after;
    }
    text += rest;
    Marked { text, spans }
}

fn lines_of(file: &str) -> Vec<Marked> {
    let text = String::from_utf8(files::read(file)).expect("the file is UTF-8");
    text.lines().map(marked).collect()
}

#[derive(Default, Clone, Copy)]
struct Count {
    right: u32,
    missed: u32,
    extra: u32,
}

impl Count {
    fn f1(self) -> f64 {
        let (right, wrong) = (f64::from(self.right), f64::from(self.missed + self.extra));
        if right + wrong == 0.0 { 1.0 } else { 2.0 * right / (2.0 * right + wrong) }
    }
}

/// Compares the rules with the marks of each line; `shown` lines that differ are printed.
fn measure<'a>(lines: impl Iterator<Item = &'a Marked>, shown: bool) -> [Count; KINDS.len()] {
    let mut counts = [Count::default(); KINDS.len()];
    for Marked { text, spans } in lines {
        let found: BTreeSet<(u32, u32, EntityKind)> =
            find_by_rules(text).iter().map(|e| (e.start, e.end, e.kind)).collect();
        if shown && found != *spans {
            let extra: Vec<_> = found.difference(spans).collect();
            let missed: Vec<_> = spans.difference(&found).collect();
            println!("{text}  extra {extra:?}  missed {missed:?}");
        }
        for ((_, kind), count) in KINDS.iter().zip(&mut counts) {
            let of_kind = |span: &&(u32, u32, EntityKind)| span.2 == *kind;
            count.right += found.intersection(spans).filter(of_kind).count() as u32;
            count.extra += found.difference(spans).filter(of_kind).count() as u32;
            count.missed += spans.difference(&found).filter(of_kind).count() as u32;
        }
    }
    counts
}

fn hold(title: &str, counts: &[Count; KINDS.len()], floor: f64) {
    println!("{title}");
    for ((name, _), count) in KINDS.iter().zip(counts) {
        let Count { right, missed, extra } = count;
        println!("{name:10} F1 {:.3}  right {right}  missed {missed}  extra {extra}", count.f1());
    }
    for ((name, _), count) in KINDS.iter().zip(counts) {
        assert!(count.f1() >= floor, "{title}: {name} is below {floor}");
    }
}

fn entity_lines() -> Vec<Marked> {
    let files = KINDS.iter().map(|(name, _)| format!("models/corpus/entities/{name}.txt"));
    files.flat_map(|file| lines_of(&file)).collect()
}

#[test]
fn each_kind_has_enough_lines_with_and_without_it() {
    for (name, kind) in KINDS {
        let lines = lines_of(&format!("models/corpus/entities/{name}.txt"));
        // An even count: the halves stay halves when the files lie behind one another.
        assert_eq!(lines.len() % 2, 0, "{name}");
        let with = lines.iter().filter(|line| line.spans.iter().any(|span| span.2 == kind)).count();
        assert!(with >= 40 && lines.len() - with >= 25, "{name}: {with} of {}", lines.len());
    }
}

#[test]
fn even_lines_are_found_to_the_character() {
    let lines = entity_lines();
    let seen = measure(lines.iter().step_by(2), true);
    hold("odd lines", &seen, FLOOR);
    hold("even lines", &measure(lines.iter().skip(1).step_by(2), false), FLOOR);
}

#[test]
fn lines_marked_for_the_tagger_are_found_too() {
    let lines = lines_of("models/corpus/spans.txt");
    let numbered = || lines.iter().zip(1..);
    let seen = numbered().filter(|(_, number)| number % KEPT_EVERY != 0);
    hold("spans.txt", &measure(seen.map(|(line, _)| line), true), SPANS_FLOOR);
    let kept = numbered().filter(|(_, number)| number % KEPT_EVERY == 0);
    hold("spans.txt, kept", &measure(kept.map(|(line, _)| line), false), KEPT_FLOOR);
}
