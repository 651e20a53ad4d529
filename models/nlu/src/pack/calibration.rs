//! From features to a probability, and from probabilities to what is done: one small logistic model
//! and two thresholds, stored in the pack. Knows neither text nor entries.

use serde::{Deserialize, Serialize};

use kernel::arithmetic::logistic;

/// Bias; then score and margin of: fused, nearest, centre, lexical, answer; unseen words; small
/// talk; length; margin over the third.
pub(crate) const FEATURES: usize = 15;

pub(crate) type Features = [f32; FEATURES];

/// Above every probability: never.
const NEVER: f32 = 2.0;

/// Precision that answers must have, as the lower end of a Wilson interval. Measured on the hardest
/// questions there are: a phrase against an FAQ without it, or without its whole entry.
const PRECISION_MIN: f64 = 0.85;

/// Whatever the samples say, an answer is likelier right than that.
const ANSWER_MIN: f32 = 0.5;

/// One-sided 90 %.
const WILSON_Z: f64 = 1.281_55;

/// Share of lists of choices that hold the right entry, on the same hardest questions, for asking
/// back to be worth a visitor's reading.
const CHOICES_RIGHT_MIN: f64 = 0.5;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    weights: Features,
    /// Answer from here on.
    pub answer_min: f32,
    /// Ask back from here on.
    pub ask_min: f32,
}

/// One question whose right answer is known.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sample {
    pub(super) features: Features,
    /// The best entry is the right one.
    pub(super) right: bool,
    /// Enough signals agree for an answer.
    pub(super) agreed: bool,
    /// The right one is among the ranked.
    pub(super) among: bool,
    /// How much it counts.
    pub(super) weight: f64,
    /// Nearly word for word a phrase: shows the fit what certainty looks like, proves no precision.
    pub(super) easy: bool,
}

impl Calibration {
    pub(crate) fn probability(&self, features: &Features) -> f32 {
        let sum = self.weights.iter().zip(features).fold(0.0_f32, |sum, (w, x)| sum + w * x);
        logistic(sum)
    }

    /// Fits weights near `prior` and picks the thresholds from the same samples.
    pub(super) fn fit(samples: &[Sample], prior: Features) -> Self {
        let weights = fit_weights(samples, prior);
        let mut calibration = Self { weights, answer_min: NEVER, ask_min: NEVER };
        let hard = samples.iter().filter(|sample| !sample.easy);
        let mut scored: Vec<(f32, Sample)> =
            hard.map(|s| (calibration.probability(&s.features), *s)).collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        let agreed: Vec<_> = scored.iter().filter(|(_, sample)| sample.agreed).copied().collect();
        calibration.answer_min = answer_threshold(&agreed);
        calibration.ask_min = ask_threshold(&scored, calibration.answer_min);
        calibration
    }
}

/// The lowest probability from which up answers are right often enough.
fn answer_threshold(scored: &[(f32, Sample)]) -> f32 {
    let (mut answered, mut right, mut threshold) = (0.0, 0.0, NEVER);
    for (at, (probability, sample)) in scored.iter().enumerate() {
        answered += sample.weight;
        right += if sample.right { sample.weight } else { 0.0 };
        let tied = scored.get(at + 1).is_some_and(|(next, _)| next == probability);
        let precise = wilson_lower(right, answered) >= PRECISION_MIN;
        if !tied && precise && *probability >= ANSWER_MIN {
            threshold = *probability;
        }
    }
    threshold
}

fn ask_threshold(scored: &[(f32, Sample)], answer_min: f32) -> f32 {
    let (mut asked, mut among, mut threshold) = (0.0, 0.0, answer_min);
    for (probability, sample) in scored.iter().filter(|(probability, _)| *probability < answer_min)
    {
        asked += sample.weight;
        among += if sample.among { sample.weight } else { 0.0 };
        if among / asked >= CHOICES_RIGHT_MIN {
            threshold = *probability;
        }
    }
    threshold
}

fn wilson_lower(right: f64, count: f64) -> f64 {
    let share = right / count;
    let z2 = WILSON_Z * WILSON_Z;
    let spread = (share * (1.0 - share) / count + z2 / (4.0 * count * count)).sqrt();
    (share + z2 / (2.0 * count) - WILSON_Z * spread) / (1.0 + z2 / count)
}

/// Pull towards the prior, as strong as this many samples.
const RIDGE: f64 = 2.0;

const NEWTON_STEPS: usize = 25;

/// Logistic regression by Newton's method.
fn fit_weights(samples: &[Sample], prior: Features) -> Features {
    let mut weights = prior.map(f64::from);
    for _ in 0..NEWTON_STEPS {
        let mut gradient = [0.0_f64; FEATURES];
        let mut hessian = [[0.0_f64; FEATURES]; FEATURES];
        for at in 0..FEATURES {
            gradient[at] = RIDGE * (weights[at] - f64::from(prior[at]));
            hessian[at][at] = RIDGE;
        }
        for sample in samples {
            let x = sample.features.map(f64::from);
            let sum: f64 = weights.iter().zip(&x).map(|(w, x)| w * x).sum();
            let p = f64::from(logistic(sum as f32));
            let error = p - f64::from(u8::from(sample.right));
            for row in 0..FEATURES {
                gradient[row] += sample.weight * error * x[row];
                for column in 0..FEATURES {
                    hessian[row][column] += sample.weight * p * (1.0 - p) * x[row] * x[column];
                }
            }
        }
        let step = solve(hessian, gradient);
        for (weight, step) in weights.iter_mut().zip(step) {
            *weight -= step;
        }
    }
    weights.map(|weight| weight as f32)
}

/// Gaussian elimination. The ridge keeps the matrix positive definite, so no pivot is zero.
fn solve(mut a: [[f64; FEATURES]; FEATURES], mut b: [f64; FEATURES]) -> [f64; FEATURES] {
    for pivot in 0..FEATURES {
        let pivot_row = a[pivot];
        for row in pivot + 1..FEATURES {
            let factor = a[row][pivot] / pivot_row[pivot];
            for (value, above) in a[row].iter_mut().zip(&pivot_row).skip(pivot) {
                *value -= factor * above;
            }
            b[row] -= factor * b[pivot];
        }
    }
    for row in (0..FEATURES).rev() {
        let known: f64 = (row + 1..FEATURES).map(|column| a[row][column] * b[column]).sum();
        b[row] = (b[row] - known) / a[row][row];
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(score: f32, right: bool) -> Sample {
        let mut features = [0.0; FEATURES];
        features[0] = 1.0;
        features[1] = score;
        Sample { features, right, agreed: true, among: right, weight: 1.0, easy: false }
    }

    fn calibrated(count: usize, right_from: f32) -> Calibration {
        let score = |at: usize| at as f32 / count as f32;
        let samples: Vec<Sample> =
            (0..count).map(|at| sample(score(at), score(at) >= right_from)).collect();
        Calibration::fit(&samples, [0.0; FEATURES])
    }

    fn check(calibration: &Calibration, score: f32, answers: bool) {
        let probability = calibration.probability(&sample(score, true).features);
        assert_eq!(probability >= calibration.answer_min, answers, "{score}: {probability}");
    }

    #[test]
    fn answers_begin_where_they_are_right_often_enough() {
        let calibration = calibrated(400, 0.5);
        check(&calibration, 0.9, true);
        check(&calibration, 0.6, true);
        check(&calibration, 0.3, false);
    }

    #[test]
    fn without_enough_proof_nothing_is_answered() {
        check(&calibrated(400, 2.0), 1.0, false);
        check(&calibrated(10, 0.5), 1.0, false);
        check(&Calibration::fit(&[], [0.0; FEATURES]), 1.0, false);
    }

    #[test]
    fn noise_is_not_mistaken_for_proof() {
        let samples: Vec<Sample> =
            (0..400).map(|at| sample(at as f32 / 400.0, at % 2 == 0)).collect();
        check(&Calibration::fit(&samples, [0.0; FEATURES]), 1.0, false);
    }
}
