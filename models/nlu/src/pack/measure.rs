//! Measures a fresh pack on questions whose answer is known: each of its phrases with that phrase
//! left out, and questions that no FAQ answers. The calibrations come from these.

use super::Pack;
use super::calibration::{Calibration, FEATURES, Features, Sample};
use super::compile::OutOfScope;
use super::score::Hints;
use crate::engine::Engine;
use crate::scratch::Scratch;

/// Where the fits begin and what small packs stay near; fitted on packs made of `models/corpus`.
const PRIOR_WITH_ENCODER: Features = [-6.0, 4.0, 2.0, 2.0, 1.0, 2.0, 0.5, -1.0, -2.0, 0.0];
const PRIOR_LEXICAL: Features = [-4.0, 0.0, 0.0, 0.0, 0.0, 5.0, 2.0, -1.0, 0.0, 0.0];

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
    for (phrase, (entry, text)) in own.enumerate() {
        samples.take(
            pack,
            engine,
            text,
            Known { entry: Some(entry), without: Some(phrase) },
            1.0,
            scratch,
        );
    }
    // Together they count no more than the pack's own phrases, however small the pack.
    let own_count = samples.with_encoder.len() as f64;
    let weight = (own_count / out_of_scope.len().max(1) as f64).min(1.0);
    for line in out_of_scope {
        samples.take(pack, engine, &line.text, Known::default(), weight, scratch);
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

/// The right answer to a question, and the phrase that would give it away.
#[derive(Clone, Copy, Default)]
struct Known {
    entry: Option<u16>,
    without: Option<usize>,
}

impl Samples {
    fn take(
        &mut self,
        pack: &Pack,
        engine: &Engine,
        text: &str,
        known: Known,
        weight: f64,
        scratch: &mut Scratch,
    ) {
        scratch.words.read(text);
        pack.lexicon().score(&mut scratch.words);
        engine.encode(text, scratch);
        let small_talk = engine.small_talk(scratch);
        let hints = Hints { small_talk, without: known.without };
        let Scratch { words, rank, encoder, .. } = scratch;
        pack.rank(Some(&encoder.vector), words, hints, rank);
        self.with_encoder.push(sample(rank, known, weight));
        pack.rank(None, words, Hints { small_talk: 0.0, ..hints }, rank);
        self.lexical_only.push(sample(rank, known, weight));
    }
}

fn sample(rank: &super::score::RankScratch, known: Known, weight: f64) -> Sample {
    let is_known = |entry: u16| Some(entry) == known.entry;
    Sample {
        features: rank.features,
        right: rank.ranked.first().is_some_and(|(entry, _)| is_known(*entry)),
        among: rank.ranked.iter().any(|(entry, _)| is_known(*entry)),
        weight,
    }
}
