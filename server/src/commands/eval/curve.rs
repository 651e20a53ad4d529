//! Coverage against precision: how many questions could be answered if answers had to be right that
//! often. Keeps counts by confidence, however many questions there are.

use serde::Serialize;

/// Precisions of interest.
const PRECISIONS: [f64; 4] = [0.99, 0.97, 0.95, 0.90];

/// Bins are equally wide in log-odds, because what matters happens near certainty.
const LOG_ODDS_MAX: f64 = 16.0;

const BINS_PER_LOG_ODD: f64 = 128.0;

#[derive(Clone, Copy, Default)]
struct Bin {
    right: u64,
    wrong: u64,
}

#[derive(Default)]
pub(super) struct Curve {
    /// By rising confidence; as many as were needed.
    bins: Vec<Bin>,
}

/// Where answers are right at least that often.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Point {
    pub(super) precision: f64,
    /// Share of the questions in scope that are answered, and right.
    pub(super) coverage: f64,
    /// Answers from here on; `None` where nothing may be answered.
    pub(super) confidence_min: Option<f64>,
}

impl Curve {
    /// `right` is what an answer to the question would have been.
    pub(super) fn count(&mut self, confidence: f32, right: bool) {
        let at = bin_of(f64::from(confidence));
        if self.bins.len() <= at {
            self.bins.resize(at + 1, Bin::default());
        }
        let bin = &mut self.bins[at];
        if right {
            bin.right += 1;
        } else {
            bin.wrong += 1;
        }
    }

    pub(super) fn points(&self, in_scope: u64) -> Vec<Point> {
        PRECISIONS.iter().map(|&precision| self.point(precision, in_scope)).collect()
    }

    /// The largest coverage of that precision: not only the first, as precision may recover.
    fn point(&self, precision: f64, in_scope: u64) -> Point {
        let (mut right, mut answered) = (0, 0);
        let mut point = Point { precision, coverage: 0.0, confidence_min: None };
        for (at, bin) in self.bins.iter().enumerate().rev() {
            right += bin.right;
            answered += bin.right + bin.wrong;
            if bin.right > 0 && right as f64 >= precision * answered as f64 {
                point.coverage = right as f64 / in_scope.max(1) as f64;
                point.confidence_min = Some(lower_end(at));
            }
        }
        point
    }
}

fn bin_of(confidence: f64) -> usize {
    let log_odds = (confidence / (1.0 - confidence)).ln();
    let bounded = log_odds.clamp(-LOG_ODDS_MAX, LOG_ODDS_MAX);
    ((bounded + LOG_ODDS_MAX) * BINS_PER_LOG_ODD) as usize
}

fn lower_end(bin: usize) -> f64 {
    let log_odds = bin as f64 / BINS_PER_LOG_ODD - LOG_ODDS_MAX;
    1.0 / (1.0 + (-log_odds).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(answers: &[(f32, bool)], in_scope: u64, expected: [f64; 4]) {
        let mut curve = Curve::default();
        for (confidence, right) in answers {
            curve.count(*confidence, *right);
        }
        let coverages: Vec<f64> =
            curve.points(in_scope).iter().map(|point| point.coverage).collect();
        assert_eq!(coverages, expected);
    }

    #[test]
    fn coverage_grows_until_answers_are_wrong_too_often() {
        check(&[], 0, [0.0; 4]);
        check(&[(0.2, false)], 10, [0.0; 4]);
        check(&[(1.0, true), (0.9, true), (0.5, false)], 4, [0.5; 4]);
        // One wrong among twenty, then a second.
        let mut answers = vec![(0.99, true); 10];
        answers.extend([(0.9, false), (0.1, false)]);
        answers.extend(vec![(0.8, true); 9]);
        check(&answers, 20, [0.5, 0.5, 0.95, 0.95]);
    }

    #[test]
    fn the_threshold_is_below_the_last_answer_and_near_it() {
        let mut curve = Curve::default();
        curve.count(0.75, true);
        curve.count(0.5, false);
        let confidence_min = curve.points(1)[0].confidence_min.unwrap();
        assert!((0.745..=0.75).contains(&confidence_min), "{confidence_min}");
    }
}
