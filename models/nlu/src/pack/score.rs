//! How well each entry fits a question: nearest phrases, the centre of the phrases, shared words,
//! words of the answer. Turns the best entry and its rivals into the features that a calibration
//! weighs.

use std::ops::Range;

use super::Pack;
use super::calibration::{FEATURES, Features, Fusion};
use super::lexical::LexicalScratch;
use crate::wordpiece::is_chinese;
use kernel::linalg::Activations;

/// Most entries a ranking keeps: the best and those to ask back with.
pub(crate) const RANKED_MAX: usize = 3;

/// What speaks for an entry.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Evidence {
    /// Cosine with its nearest phrase.
    pub nearest: f32,
    /// Cosine with the centre of its phrases.
    pub centre: f32,
    /// Cosine of words with the phrase that has most in common.
    pub lexical: f32,
    /// Share of the question's words in any of its phrases.
    pub coverage: f32,
    /// Share of a phrase's words in the question, of the phrase with the most.
    pub contained: f32,
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
    cosines: Vec<f32>,
    /// Of every entry, in the pack's order.
    pub(crate) evidence: Vec<Evidence>,
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
        let fusion = self.calibration(vector.is_some()).fusion;
        scratch.evidence.clear();
        let seen = Seen { cosines: &scratch.cosines, words };
        scratch.evidence.extend(self.spans.iter().enumerate().map(|(entry, span)| {
            let found = span.evidence(entry, &seen, &hints.without);
            Evidence { fused: fused(&found, &fusion), ..found }
        }));
        keep_best(&scratch.evidence, &mut scratch.ranked);
        scratch.features = features(&scratch.ranked, &scratch.evidence, words, hints);
    }
}

/// A question beside all phrases. Without an encoder there are no cosines.
struct Seen<'a> {
    cosines: &'a [f32],
    words: &'a LexicalScratch,
}

/// The phrases of an entry: they lie together.
pub(crate) struct Span {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Square of the length of the sum of its phrases' vectors.
    pub(crate) sum_length_squared: f32,
}

impl Span {
    fn evidence(&self, entry: usize, seen: &Seen<'_>, without: &Range<usize>) -> Evidence {
        if without.start <= self.start && self.end <= without.end {
            return Evidence::default();
        }
        let others = (self.start..self.end).filter(|phrase| !without.contains(phrase));
        let most = |of_phrases: &[f32]| {
            others.clone().fold(0.0_f32, |most, phrase| most.max(of_phrases[phrase]))
        };
        let known = Evidence {
            lexical: most(&seen.words.scores),
            coverage: seen.words.coverage[entry],
            contained: most(&seen.words.contained),
            answer: seen.words.shares[entry],
            ..Evidence::default()
        };
        let (mut nearest, mut total, mut count) = (0.0_f32, 0.0_f32, 0);
        for cosine in others.filter_map(|phrase| seen.cosines.get(phrase)) {
            nearest = nearest.max(*cosine);
            total += cosine;
            count += 1;
        }
        if count == 0 {
            return known;
        }
        let centre = total / self.sum_length(total, without).max(SUM_LENGTH_MIN);
        Evidence { nearest, centre, ..known }
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

fn fused(found: &Evidence, fusion: &Fusion) -> f32 {
    fusion.nearest * found.nearest
        + fusion.centre * found.centre
        + fusion.lexical * found.lexical
        + fusion.coverage * found.coverage
        + fusion.contained * found.contained
        + fusion.answer * found.answer
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
    let han = f32::from(u8::from(words.normalized.chars().any(is_chinese)));
    let lead = margin(|evidence| evidence.fused);
    [
        1.0,
        top.fused,
        lead,
        top.nearest,
        margin(|evidence| evidence.nearest),
        top.centre,
        margin(|evidence| evidence.centre),
        top.lexical,
        margin(|evidence| evidence.lexical),
        top.coverage,
        margin(|evidence| evidence.coverage),
        top.contained,
        margin(|evidence| evidence.contained),
        MARGIN_SCALE * (top.fused - fused(2)),
        words.unseen,
        hints.small_talk,
        length / LENGTH_CHARS_MAX as f32,
        han,
        han * top.fused,
        han * lead,
    ]
}

/// Brings margins to about the size of the other features, so that one ridge fits all.
const MARGIN_SCALE: f32 = 4.0;

/// Beyond this a question is just long.
const LENGTH_CHARS_MAX: usize = 60;
