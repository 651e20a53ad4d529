//! From signals to a score, from features to a probability, and from there to what is done. The
//! model brings all numbers, fitted on many FAQs; a pack only moves them a little towards what its
//! own phrases show. Knows neither text nor entries.

use serde::{Deserialize, Serialize};

use kernel::arithmetic::logistic;

/// Bias; score and margin of: fused, nearest, centre, lexical, coverage, contained; margin over the
/// third; unseen words; small talk; length; Han; fused score and margin again where there is Han,
/// whose scores mean something else.
pub(crate) const FEATURES: usize = 20;

pub(crate) type Features = [f32; FEATURES];

/// Above every probability: never.
const NEVER: f32 = 2.0;

/// How much each signal counts in an entry's score.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fusion {
    pub(crate) nearest: f32,
    pub(crate) centre: f32,
    pub(crate) lexical: f32,
    pub(crate) coverage: f32,
    pub(crate) contained: f32,
    pub(crate) answer: f32,
}

/// As it lies in a pack.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    pub(crate) fusion: Fusion,
    weights: Features,
    /// What this pack's own phrases add to the logit.
    pub offset: f32,
    /// Answer from here on.
    pub answer_min: f32,
    /// Ask back from here on.
    pub ask_min: f32,
}

impl Calibration {
    /// Asks back where it would have answered.
    pub(super) fn silenced(&self) -> Self {
        Self { answer_min: NEVER, ..*self }
    }

    /// The best entry's probability to be right.
    pub(crate) fn probability(&self, features: &Features) -> f32 {
        let sum = self.weights.iter().zip(features).fold(self.offset, |sum, (w, x)| sum + w * x);
        logistic(sum)
    }
}

/// What a model's makers found for it, of both tiers: the manifest's `calibration`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Calibrations {
    pub(super) encoder: Prior,
    pub(super) lexical: Prior,
}

#[derive(Debug, thiserror::Error)]
pub enum CalibrationError {
    #[error("the manifest's calibration cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("the manifest's calibration has no threshold, or one that is no probability")]
    NoThreshold,
}

impl Calibrations {
    /// # Errors
    /// The manifest has no calibration of this shape.
    pub fn of_manifest(manifest: &[u8]) -> Result<Self, CalibrationError> {
        #[derive(Deserialize)]
        struct Manifest {
            calibration: Calibrations,
        }
        let Manifest { calibration } = serde_json::from_slice(manifest)?;
        let sound = |prior: &Prior| {
            let within = |(precision, min): &(u8, f32)| *precision <= 100 && *min >= 0.0;
            !prior.answer_from.is_empty() && prior.answer_from.iter().all(within)
        };
        let both = sound(&calibration.encoder) && sound(&calibration.lexical);
        both.then_some(calibration).ok_or(CalibrationError::NoThreshold)
    }
}

impl Calibrations {
    /// Answers from this probability on when `percent` of them shall be right.
    pub fn answer_min(&self, percent: u8, with_encoder: bool) -> f32 {
        if with_encoder { &self.encoder } else { &self.lexical }.answer_min(percent)
    }
}

/// One tier's share of [`Calibrations`].
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Prior {
    fusion: Fusion,
    weights: Features,
    /// Percent of answers that are right, and the least probability that reaches it; rising.
    answer_from: Vec<(u8, f32)>,
    ask_min: f32,
    /// What packs' own phrases say of an average pack: an owner's phrasings are easier to tell
    /// apart than visitors' questions.
    own_offset: f32,
}

/// One question whose right answer is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) features: Features,
    /// The best entry is the right one.
    pub(super) right: bool,
    /// How much it counts.
    pub(super) weight: f64,
}

impl Prior {
    /// Answers nothing and ranks by this prior's shares: what a fresh pack is measured with.
    pub(super) fn unmeasured(&self) -> Calibration {
        let (fusion, weights) = (self.fusion, self.weights);
        Calibration { fusion, weights, offset: 0.0, answer_min: NEVER, ask_min: NEVER }
    }

    /// `percent` of answers shall be right.
    pub(super) fn fit(&self, samples: &[Sample], percent: u8) -> Calibration {
        let answer_min = self.answer_min(percent);
        let offset = offset(&self.unmeasured(), samples, f64::from(self.own_offset));
        Calibration {
            offset: offset as f32,
            answer_min,
            ask_min: self.ask_min.min(answer_min),
            ..self.unmeasured()
        }
    }

    /// Between two measured precisions, the line between their thresholds; beyond the last, never.
    fn answer_min(&self, percent: u8) -> f32 {
        let above = self.answer_from.iter().position(|(precision, _)| *precision >= percent);
        match above {
            None => NEVER,
            Some(0) => self.answer_from[0].1,
            Some(at) => {
                let ((low, from), (high, to)) = (self.answer_from[at - 1], self.answer_from[at]);
                from + (to - from) * f32::from(percent - low) / f32::from(high - low)
            }
        }
    }
}

/// Pull of the offset towards none: as strong as about two hundred samples, so that a small pack
/// keeps what many packs have shown.
const OFFSET_RIDGE: f64 = 20.0;

/// Whatever a pack's own phrases say.
const OFFSET_MAX: f64 = 1.0;

const NEWTON_STEPS: usize = 12;

/// The offset that explains `samples` best, less what is `usual`.
fn offset(calibration: &Calibration, samples: &[Sample], usual: f64) -> f64 {
    let mut offset = usual;
    for _ in 0..NEWTON_STEPS {
        let (mut gradient, mut curvature) = (OFFSET_RIDGE * (offset - usual), OFFSET_RIDGE);
        let at = Calibration { offset: offset as f32, ..*calibration };
        for sample in samples {
            let p = f64::from(at.probability(&sample.features));
            gradient += sample.weight * (p - f64::from(u8::from(sample.right)));
            curvature += sample.weight * p * (1.0 - p);
        }
        offset -= gradient / curvature;
    }
    (offset - usual).clamp(-OFFSET_MAX, OFFSET_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prior() -> Prior {
        let mut weights = [0.0; FEATURES];
        (weights[0], weights[1]) = (-3.0, 6.0);
        let answer_from = vec![(90, 0.6), (95, 0.7), (97, 0.8)];
        Prior { fusion: Fusion::default(), weights, answer_from, ask_min: 0.2, own_offset: 0.0 }
    }

    fn samples(score: f32, right: bool, count: usize) -> Vec<Sample> {
        let mut features = [0.0; FEATURES];
        (features[0], features[1]) = (1.0, score);
        vec![Sample { features, right, weight: 1.0 }; count]
    }

    #[test]
    fn an_owner_moves_the_threshold_between_what_was_measured() {
        for (percent, expected) in [(0, 0.6), (90, 0.6), (96, 0.75), (97, 0.8), (98, NEVER)] {
            let found = prior().fit(&[], percent).answer_min;
            assert!((found - expected).abs() < 1e-6, "{percent} %: {found}");
        }
        assert!(prior().fit(&[], 90).ask_min <= 0.2);
    }

    #[test]
    fn a_pack_that_is_hard_to_tell_apart_is_answered_less() {
        let probability =
            |samples: &[Sample]| prior().fit(samples, 97).probability(&samples_features());
        let usual = probability(&[]);
        assert!(probability(&samples(0.8, false, 200)) < usual - 0.1);
        assert!(probability(&samples(0.2, true, 200)) > usual + 0.02);
        // A few phrases prove little, however wrong they are.
        assert!((probability(&samples(0.8, false, 3)) - usual).abs() < 0.03);
        // And whatever they say, it has a bound.
        let wrong = prior().fit(&samples(1.0, false, 10_000), 97);
        assert!(f64::from(wrong.offset) >= -OFFSET_MAX);
    }

    fn samples_features() -> Features {
        samples(0.8, true, 1)[0].features
    }

    #[test]
    fn what_is_usual_for_owners_phrases_moves_nothing() {
        let mut usual = prior();
        let easy = [samples(0.5, true, 300), samples(0.5, false, 100)].concat();
        let moved = usual.fit(&easy, 97).offset;
        assert!(moved > 0.5, "{moved}");
        usual.own_offset = moved;
        assert!(usual.fit(&easy, 97).offset < moved / 2.0);
    }

    #[test]
    fn a_manifest_without_a_sound_calibration_is_refused() {
        for text in ["{}", r#"{"calibration": {}}"#, "", "[]"] {
            assert!(Calibrations::of_manifest(text.as_bytes()).is_err(), "{text}");
        }
        let manifest = |from: &str| {
            let fusion =
                r#"{"nearest":1,"centre":0,"lexical":0,"coverage":0,"contained":0,"answer":0}"#;
            let weights = [0.0_f32; FEATURES];
            let prior = format!(
                r#"{{"fusion":{fusion},"weights":{weights:?},"answer_from":{from},
                    "ask_min":0.1,"own_offset":0.0}}"#
            );
            format!(r#"{{"calibration":{{"encoder":{prior},"lexical":{prior}}}}}"#)
        };
        assert!(Calibrations::of_manifest(manifest("[[97,0.8]]").as_bytes()).is_ok());
        for from in ["[]", "[[97,-1]]", "[[101,0.5]]"] {
            assert!(Calibrations::of_manifest(manifest(from).as_bytes()).is_err(), "{from}");
        }
    }
}
