//! How well each entry fits a question: nearest phrases, the centre of the phrases, shared words.
//! Turns the best entry and its rival into the features that a calibration weighs.

use super::Pack;
use super::calibration::{FEATURES, Features};
use super::lexical::LexicalScratch;
use crate::linalg::Activations;

/// Shares of the signals, chosen by leave-one-phrasing-out on `models/corpus`.
const NEAREST: f32 = 0.45;
const CENTRE: f32 = 0.20;
const LEXICAL: f32 = 0.35;

/// Within the nearest-phrase signal: the best phrase against the second best.
const BEST_PHRASE: f32 = 0.75;

/// Most entries a ranking keeps: the best and those to ask back with.
pub(crate) const RANKED_MAX: usize = 3;

/// What speaks for an entry.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Evidence {
    /// Cosine with its nearest phrases.
    pub nearest: f32,
    /// Cosine with the centre of its phrases.
    pub centre: f32,
    /// Weighted share of common words.
    pub lexical: f32,
    pub fused: f32,
}

/// Buffers and results of one ranking.
#[derive(Default)]
pub(crate) struct RankScratch {
    /// The best entries, best first.
    pub(crate) ranked: Vec<(u16, Evidence)>,
    pub(crate) features: Features,
    cosines: Vec<f32>,
    evidence: Vec<Evidence>,
    activations: Activations,
}

/// What is known of the question besides vector and words.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Hints {
    /// Probability that it is a greeting, thanks or the like.
    pub(crate) small_talk: f32,
    /// A phrase that is left out: its own question, in calibration.
    pub(crate) without: Option<usize>,
}

impl Pack {
    /// Ranks all entries. `vector` is `None` when only words can be compared.
    pub(crate) fn rank(
        &self,
        vector: Option<&[f32]>,
        words: &LexicalScratch,
        hints: Hints,
        scratch: &mut RankScratch,
    ) {
        scratch.cosines.clear();
        if let Some(vector) = vector {
            scratch.activations.quantize(vector, vector.len());
            self.vectors.multiply(&scratch.activations, &mut scratch.cosines);
        }
        scratch.evidence.clear();
        scratch.evidence.resize(self.entries.len(), Evidence::default());
        for group in &self.groups {
            let found = group.evidence(&scratch.cosines, &words.scores, hints.without);
            let best = &mut scratch.evidence[usize::from(group.entry)];
            if found.fused > best.fused {
                *best = found;
            }
        }
        keep_best(&scratch.evidence, &mut scratch.ranked);
        scratch.features = features(&scratch.ranked, &scratch.evidence, words, hints);
    }
}

/// The phrases of an entry in one language: they lie together.
pub(crate) struct Group {
    pub(crate) entry: u16,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Square of the length of the sum of their vectors.
    pub(crate) sum_length_squared: f32,
}

impl Group {
    fn evidence(&self, cosines: &[f32], lexical: &[f32], without: Option<usize>) -> Evidence {
        let others = (self.start..self.end).filter(|&phrase| Some(phrase) != without);
        let words = others.clone().fold(0.0_f32, |best, phrase| best.max(lexical[phrase]));
        if cosines.is_empty() {
            return Evidence { lexical: words, fused: words, ..Evidence::default() };
        }
        let (mut best, mut second, mut total, mut count) = (0.0_f32, 0.0_f32, 0.0_f32, 0);
        for phrase in others {
            let cosine = cosines[phrase];
            second = second.max(cosine.min(best));
            best = best.max(cosine);
            total += cosine;
            count += 1;
        }
        if count == 0 {
            return Evidence::default();
        }
        let second = if count == 1 { best } else { second };
        let nearest = BEST_PHRASE * best + (1.0 - BEST_PHRASE) * second;
        let centre = total / self.sum_length(total, without).max(1e-3);
        let fused = NEAREST * nearest + CENTRE * centre + LEXICAL * words;
        Evidence { nearest, centre, lexical: words, fused }
    }

    /// Of the phrases' sum. The one left out is the question itself: `total` is its dot product
    /// with the rest, which gives |S − v|² = |S|² − 2 (total + 1) + 1.
    fn sum_length(&self, total: f32, without: Option<usize>) -> f32 {
        let left_out = without.is_some_and(|phrase| (self.start..self.end).contains(&phrase));
        let squared = if left_out {
            self.sum_length_squared - 2.0 * (total + 1.0) + 1.0
        } else {
            self.sum_length_squared
        };
        squared.max(0.0).sqrt()
    }
}

fn keep_best(evidence: &[Evidence], ranked: &mut Vec<(u16, Evidence)>) {
    ranked.clear();
    for (entry, found) in evidence.iter().enumerate() {
        // Behind equals, so that ties go to the earlier entry.
        let place = ranked.partition_point(|(_, better)| better.fused >= found.fused);
        if place < RANKED_MAX && found.fused > 0.0 {
            ranked.insert(place, (entry as u16, *found));
            ranked.truncate(RANKED_MAX);
        }
    }
}

fn features(
    ranked: &[(u16, Evidence)],
    evidence: &[Evidence],
    words: &LexicalScratch,
    hints: Hints,
) -> Features {
    let Some(&(best, top)) = ranked.first() else { return [0.0; FEATURES] };
    let rival = ranked.get(1).map_or(0.0, |(_, rival)| rival.fused);
    let mut nearest_rival = 0.0_f32;
    let mut lexical_rival = 0.0_f32;
    for (entry, other) in evidence.iter().enumerate() {
        if entry != usize::from(best) {
            nearest_rival = nearest_rival.max(other.nearest);
            lexical_rival = lexical_rival.max(other.lexical);
        }
    }
    let length = words.normalized.chars().count().min(LENGTH_CHARS_MAX) as f32;
    [
        1.0,
        top.fused,
        MARGIN_SCALE * (top.fused - rival),
        top.nearest,
        MARGIN_SCALE * (top.nearest - nearest_rival),
        top.lexical,
        MARGIN_SCALE * (top.lexical - lexical_rival),
        words.unseen,
        hints.small_talk,
        length / LENGTH_CHARS_MAX as f32,
    ]
}

/// Brings margins to about the size of the other features, so that one ridge fits all.
const MARGIN_SCALE: f32 = 4.0;

/// Beyond this a question is just long.
const LENGTH_CHARS_MAX: usize = 60;
