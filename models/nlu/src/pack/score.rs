//! How well each entry fits a question: nearest phrases, the centre of the phrases, shared words,
//! words of the answer. Turns the best entry and its rivals into the features that a calibration
//! weighs.

use std::ops::Range;

use super::Pack;
use super::calibration::{FEATURES, Features};
use super::lexical::LexicalScratch;
use kernel::linalg::Activations;

/// Shares of the signals, chosen by leave-one-phrasing-out on the demo shop's FAQ.
const NEAREST: f32 = 0.27;
const CENTRE: f32 = 0.28;
const LEXICAL: f32 = 0.13;
const ANSWER: f32 = 0.32;

/// Shares without an encoder.
const LEXICAL_ALONE: f32 = 0.4;
const ANSWER_ALONE: f32 = 0.6;

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
    /// Share of the question's words in the answer.
    pub answer: f32,
    pub fused: f32,
}

/// Buffers and results of one ranking.
#[derive(Default)]
pub(crate) struct RankScratch {
    /// The best entries, best first.
    pub(crate) ranked: Vec<(u16, Evidence)>,
    pub(crate) features: Features,
    /// Enough signals by themselves prefer the best entry.
    pub(crate) agreed: bool,
    cosines: Vec<f32>,
    evidence: Vec<Evidence>,
    activations: Activations,
}

/// What is known of the question besides vector and words.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hints {
    /// Probability that it is a greeting, thanks or the like.
    pub(crate) small_talk: f32,
    /// Phrases that are left out, in calibration: the question itself, or all of its entry.
    pub(crate) without: Range<usize>,
}

impl Pack {
    /// Ranks all entries. `vector` is `None` when only words can be compared.
    pub(crate) fn rank(
        &self,
        vector: Option<&[f32]>,
        words: &LexicalScratch,
        hints: &Hints,
        scratch: &mut RankScratch,
    ) {
        scratch.cosines.clear();
        if let Some(vector) = vector {
            scratch.activations.quantize(vector, vector.len());
            self.vectors.multiply(&scratch.activations, &mut scratch.cosines);
        }
        scratch.evidence.clear();
        let entries = self.phrases.iter().zip(&words.shares);
        scratch.evidence.extend(entries.map(|(phrases, share)| {
            phrases.evidence(&scratch.cosines, &words.scores, *share, &hints.without)
        }));
        keep_best(&scratch.evidence, &mut scratch.ranked);
        scratch.features = features(&scratch.ranked, &scratch.evidence, words, hints);
        scratch.agreed = agreed(&scratch.features, vector.is_some());
    }
}

/// The phrases of an entry: they lie together.
pub(crate) struct Phrases {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Square of the length of the sum of their vectors.
    pub(crate) sum_length_squared: f32,
}

impl Phrases {
    fn evidence(
        &self,
        cosines: &[f32],
        words: &[f32],
        answer: f32,
        without: &Range<usize>,
    ) -> Evidence {
        if without.start <= self.start && self.end <= without.end {
            return Evidence::default();
        }
        let others = (self.start..self.end).filter(|phrase| !without.contains(phrase));
        let lexical = others.clone().fold(0.0_f32, |best, phrase| best.max(words[phrase]));
        let known = Evidence { lexical, answer, ..Evidence::default() };
        let (mut best, mut second, mut total, mut count) = (0.0_f32, 0.0_f32, 0.0_f32, 0);
        for cosine in others.filter_map(|phrase| cosines.get(phrase)) {
            second = second.max(cosine.min(best));
            best = best.max(*cosine);
            total += cosine;
            count += 1;
        }
        if count == 0 {
            let fused = LEXICAL_ALONE * lexical + ANSWER_ALONE * answer;
            return Evidence { fused, ..known };
        }
        let second = if count == 1 { best } else { second };
        let nearest = BEST_PHRASE * best + (1.0 - BEST_PHRASE) * second;
        let centre = total / self.sum_length(total, without).max(SUM_LENGTH_MIN);
        let fused = NEAREST * nearest + CENTRE * centre + LEXICAL * lexical + ANSWER * answer;
        Evidence { nearest, centre, fused, ..known }
    }

    /// Of the phrases' sum. The one left out is the question itself: `total` is its dot product
    /// with the rest, which gives |S − v|² = |S|² − 2 (total + 1) + 1.
    fn sum_length(&self, total: f32, without: &Range<usize>) -> f32 {
        let left_out = !without.is_empty() && (self.start..self.end).contains(&without.start);
        let squared = if left_out {
            self.sum_length_squared - 2.0 * (total + 1.0) + 1.0
        } else {
            self.sum_length_squared
        };
        squared.max(0.0).sqrt()
    }
}

/// Phrases that cancel out have no centre.
const SUM_LENGTH_MIN: f32 = 1e-3;

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
    hints: &Hints,
) -> Features {
    let Some(&(best, top)) = ranked.first() else { return [0.0; FEATURES] };
    let fused = |place: usize| ranked.get(place).map_or(0.0, |(_, evidence)| evidence.fused);
    let margin = |signal: fn(&Evidence) -> f32| {
        let others = evidence.iter().enumerate().filter(|(at, _)| *at != usize::from(best));
        let rival = others.fold(0.0_f32, |rival, (_, evidence)| rival.max(signal(evidence)));
        MARGIN_SCALE * (signal(&top) - rival)
    };
    let length = words.normalized.chars().count().min(LENGTH_CHARS_MAX) as f32;
    [
        1.0,
        top.fused,
        margin(|evidence| evidence.fused),
        top.nearest,
        margin(|evidence| evidence.nearest),
        top.centre,
        margin(|evidence| evidence.centre),
        top.lexical,
        margin(|evidence| evidence.lexical),
        top.answer,
        margin(|evidence| evidence.answer),
        words.unseen,
        hints.small_talk,
        length / LENGTH_CHARS_MAX as f32,
        MARGIN_SCALE * (top.fused - fused(2)),
    ]
}

/// Places of the single signals' margins among the features: nearest, centre, lexical, answer.
const MARGINS: [usize; 4] = [4, 6, 8, 10];

/// Of these four so many must be positive. Leave-one-phrasing-out on the demo shop's FAQ, 7 % of
/// the phrases answered: 5 % of the answers are wrong instead of 9 %.
const AGREEING_MIN: usize = 3;

/// Lead of the nearest phrase and of its words that needs no third signal: nearly that phrase.
const CLEAR_LEAD: f32 = 0.1 * MARGIN_SCALE;

fn agreed(features: &Features, with_encoder: bool) -> bool {
    let agreeing = MARGINS.iter().filter(|at| features[**at] > 0.0).count();
    let [nearest, _, lexical, _] = MARGINS.map(|at| features[at]);
    // Words alone have two signals.
    let enough = agreeing >= if with_encoder { AGREEING_MIN } else { 2 };
    enough || (nearest >= CLEAR_LEAD && lexical >= CLEAR_LEAD)
}

/// Brings margins to about the size of the other features, so that one ridge fits all.
const MARGIN_SCALE: f32 = 4.0;

/// Beyond this a question is just long.
const LENGTH_CHARS_MAX: usize = 60;
