//! Measures a fresh pack on questions whose answer is known: each of its phrases with that phrase
//! left out, and questions that no FAQ answers. The calibrations move a little towards these.

use std::ops::Range;

use super::Pack;
use super::calibration::{Calibration, Calibrations, Sample};
use super::reading::Reading;
use super::score::{Hints, RankScratch};
use super::threads;
use crate::scratch::Scratch;

/// Of what visitors ask, how much no entry answers, against what one does. Assumed, not measured.
const OUT_OF_SCOPE_SHARE: f64 = 0.3;

/// Of both tiers.
pub(super) struct Measured {
    pub(super) with_encoder: Calibration,
    pub(super) lexical_only: Calibration,
}

/// A phrase of the pack, in its order.
pub(super) struct Own<'phrase> {
    pub(super) entry: u16,
    pub(super) reading: &'phrase Reading,
}

pub(super) fn calibrate(
    pack: &Pack,
    priors: &Calibrations,
    percent: u8,
    own: &[Own<'_>],
    out_of_scope: &[Reading],
    threads: usize,
) -> Measured {
    let mut samples = threads::map(threads, own, |phrase, own, scratch| {
        let known = Known { entry: Some(own.entry), without: phrase..phrase + 1, weight: 1.0 };
        known.sample(pack, own.reading, scratch)
    });
    let weight = OUT_OF_SCOPE_SHARE * own.len() as f64 / out_of_scope.len().max(1) as f64;
    samples.extend(threads::map(threads, out_of_scope, |_, reading, scratch| {
        Known { entry: None, without: 0..0, weight }.sample(pack, reading, scratch)
    }));
    let of = |tier: fn(&Sampled) -> Sample| samples.iter().map(tier).collect::<Vec<_>>();
    Measured {
        with_encoder: priors.encoder.fit(&of(|sampled| sampled.with_encoder), percent),
        lexical_only: priors.lexical.fit(&of(|sampled| sampled.lexical_only), percent),
    }
}

impl Pack {
    /// The same pack, whose answers and choices need no probability at all: when it still says
    /// nothing about a question, no threshold would change that.
    #[must_use]
    pub fn without_thresholds(mut self) -> Self {
        for calibration in [&mut self.with_encoder, &mut self.lexical_only] {
            calibration.answer_min = 0.0;
            calibration.ask_min = 0.0;
        }
        self
    }
}

/// A question with and without the encoder.
#[derive(Clone, Copy)]
struct Sampled {
    with_encoder: Sample,
    lexical_only: Sample,
}

/// The right answer to a question, and the phrases that would give it away.
struct Known {
    entry: Option<u16>,
    without: Range<usize>,
    weight: f64,
}

impl Known {
    fn sample(&self, pack: &Pack, reading: &Reading, scratch: &mut Scratch) -> Sampled {
        let Scratch { words, rank, .. } = scratch;
        words.normalized.clone_from(&reading.normalized);
        pack.score_words(words, &self.without);
        let mut hints = Hints { small_talk: reading.small_talk, without: self.without.clone() };
        pack.rank(Some(&reading.vector), words, &hints, rank);
        let with_encoder = self.of_ranking(rank);
        hints.small_talk = 0.0;
        pack.rank(None, words, &hints, rank);
        Sampled { with_encoder, lexical_only: self.of_ranking(rank) }
    }

    fn of_ranking(&self, rank: &RankScratch) -> Sample {
        Sample {
            features: rank.features,
            right: rank.ranked.first().is_some_and(|(entry, _)| Some(*entry) == self.entry),
            weight: self.weight,
        }
    }
}
