//! Measures a fresh pack on questions whose answer is known: each of its phrases reworded a little,
//! each with that phrase left out, each with its whole entry left out, and questions that no FAQ
//! answers. The calibrations come from these.

use std::ops::Range;

use super::Pack;
use super::calibration::{Calibration, FEATURES, Features, Sample};
use super::compile::OutOfScope;
use super::score::{Hints, RankScratch};
use crate::engine::Engine;
use crate::scratch::Scratch;
use crate::wordpiece::is_chinese;

/// Where the fits begin and what small packs stay near: the fit on the demo shop's own phrasings
/// and `models/corpus/out_of_scope.jsonl`.
const PRIOR_WITH_ENCODER: Features =
    [-3.3, 0.67, 1.92, 0.83, 0.89, 2.11, 0.01, 0.9, 0.57, -0.97, 0.72, -1.01, 0.26, -0.72, 1.69];
const PRIOR_LEXICAL: Features =
    [-2.03, 0.75, 1.05, 0.0, 0.0, 0.0, 0.0, 1.44, 1.21, 0.27, 0.67, -0.56, 0.0, -0.83, 0.59];

/// What a question counts whose entry was left out. Assumed, not measured: visitors ask them half
/// as often as those that the FAQ answers.
const ABSENT_WEIGHT: f64 = 0.5;

/// What a reworded phrase counts.
const REWORDED_WEIGHT: f64 = 0.5;

pub(super) struct Calibrations {
    pub(super) with_encoder: Calibration,
    pub(super) lexical_only: Calibration,
}

/// For a pack that nothing was measured on: never answers but word for word.
pub(super) fn uncalibrated() -> Calibration {
    Calibration::fit(&[], [0.0; FEATURES])
}

pub(super) fn calibrate<'texts>(
    pack: &Pack,
    engine: &Engine,
    own: impl Iterator<Item = (u16, &'texts str)>,
    out_of_scope: &[OutOfScope],
    scratch: &mut Scratch,
) -> Calibrations {
    let mut samples = Samples::default();
    let mut own_count = 0;
    for (phrase, (entry, text)) in own.enumerate() {
        engine.encode(text, scratch);
        scratch.words.read(text);
        let left_out =
            Known { entry: Some(entry), without: phrase..phrase + 1, ..Known::default() };
        samples.take(pack, engine, &left_out, scratch);
        let without = pack.phrases_of(entry);
        let absent = Known { without, weight: ABSENT_WEIGHT, ..Known::default() };
        samples.take(pack, engine, &absent, scratch);
        let reworded = reworded(text, phrase);
        engine.encode(&reworded, scratch);
        scratch.words.read(&reworded);
        let easy =
            Known { entry: Some(entry), weight: REWORDED_WEIGHT, easy: true, ..Known::default() };
        samples.take(pack, engine, &easy, scratch);
        own_count += 1;
    }
    // Together they count no more than the pack's own phrases, however small the pack.
    let unanswerable = || out_of_scope.iter().filter(|line| line.kind.unanswerable());
    let weight = (f64::from(own_count) / unanswerable().count().max(1) as f64).min(1.0);
    for line in unanswerable() {
        engine.encode(&line.text, scratch);
        scratch.words.read(&line.text);
        samples.take(pack, engine, &Known { weight, ..Known::default() }, scratch);
    }
    Calibrations {
        with_encoder: Calibration::fit(&samples.with_encoder, PRIOR_WITH_ENCODER),
        lexical_only: Calibration::fit(&samples.lexical_only, PRIOR_LEXICAL),
    }
}

#[derive(Default)]
struct Samples {
    with_encoder: Vec<Sample>,
    lexical_only: Vec<Sample>,
}

/// The right answer to a question, and the phrases that would give it away.
struct Known {
    entry: Option<u16>,
    without: Range<usize>,
    weight: f64,
    easy: bool,
}

impl Default for Known {
    fn default() -> Self {
        Self { entry: None, without: 0..0, weight: 1.0, easy: false }
    }
}

impl Samples {
    /// Takes the question that `scratch` has read.
    fn take(&mut self, pack: &Pack, engine: &Engine, known: &Known, scratch: &mut Scratch) {
        let small_talk = engine.small_talk(scratch);
        pack.score_words(&mut scratch.words, &known.without);
        let hints = Hints { small_talk, without: known.without.clone() };
        let Scratch { words, rank, encoder, .. } = scratch;
        pack.rank(Some(&encoder.vector), words, &hints, rank);
        self.with_encoder.push(sample(rank, known));
        pack.rank(None, words, &Hints { small_talk: 0.0, ..hints }, rank);
        self.lexical_only.push(sample(rank, known));
    }
}

fn sample(rank: &RankScratch, known: &Known) -> Sample {
    let is_known = |entry: u16| Some(entry) == known.entry;
    Sample {
        features: rank.features,
        right: rank.ranked.first().is_some_and(|(entry, _)| is_known(*entry)),
        agreed: rank.agreed,
        among: rank.ranked.iter().any(|(entry, _)| is_known(*entry)),
        weight: known.weight,
        easy: known.easy,
    }
}

/// `text` as a hurried or a polite visitor would put it: every other one loses a word (of Han, a
/// character), the rest gain some.
fn reworded(text: &str, number: usize) -> String {
    let han = text.chars().any(is_chinese);
    if number.is_multiple_of(2) {
        return match han {
            true => format!("请问{text}谢谢"),
            false => format!("hi, {text} please"),
        };
    }
    let parts: Vec<&str> = if han {
        text.split("").filter(|c| !c.is_empty()).collect()
    } else {
        text.split(' ').collect()
    };
    let lost = number / 2 % parts.len();
    let kept = parts.iter().enumerate().filter(|(at, _)| *at != lost).map(|(_, part)| *part);
    kept.collect::<Vec<_>>().join(if han { "" } else { " " })
}

#[cfg(test)]
mod tests {
    use super::reworded;

    fn check(text: &str, number: usize, expected: &str) {
        assert_eq!(reworded(text, number), expected);
    }

    #[test]
    fn rewording_changes_little() {
        check("where is it", 0, "hi, where is it please");
        check("where is it", 3, "where it");
        check("怎么退货", 2, "请问怎么退货谢谢");
        check("怎么退货", 3, "怎退货");
        check("alone", 1, "");
    }
}
