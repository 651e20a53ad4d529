//! Durations in few buckets: each is a tenth longer than the one before, so a median read from
//! them is never further off than that. Pure.

/// Longest duration told apart: about a year.
const BUCKETS: u32 = 180;

/// One more than the length of a bucket in proportion to its start.
const STEP: f64 = 1.1;

/// The bucket of a duration in seconds.
pub(super) fn bucket_of(duration_s: f64) -> u32 {
    let place = (duration_s.max(0.0) + 1.0).ln() / STEP.ln();
    (place as u32).min(BUCKETS)
}

fn start_of(bucket: u32) -> f64 {
    STEP.powi(bucket.cast_signed()) - 1.0
}

/// The median of buckets with their counts, in order of the buckets.
pub(super) fn median_s(buckets: &[(u32, u64)]) -> f64 {
    let count: u64 = buckets.iter().map(|(_, count)| count).sum();
    let half = count as f64 / 2.0;
    let mut before = 0.0;
    for (bucket, count) in buckets {
        let inside = *count as f64;
        if before + inside >= half && inside > 0.0 {
            let (start, end) = (start_of(*bucket), start_of(*bucket + 1));
            return start + (end - start) * (half - before) / inside;
        }
        before += inside;
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_within_a_tenth() {
        assert!(median_s(&[]).abs() < f64::EPSILON);
        for durations in [vec![5.0], vec![1.0, 60.0, 3_600.0], (0..=200).map(f64::from).collect()] {
            let mut buckets = std::collections::BTreeMap::new();
            for duration in &durations {
                *buckets.entry(bucket_of(*duration)).or_insert(0) += 1;
            }
            let found = median_s(&buckets.into_iter().collect::<Vec<_>>());
            let right = durations[durations.len() / 2];
            assert!((found - right).abs() <= (right + 1.0) * 0.1, "{found} for {right}");
        }
    }

    #[test]
    fn durations_without_bound_have_a_last_bucket() {
        assert_eq!(bucket_of(-5.0), 0);
        assert_eq!(bucket_of(f64::MAX), BUCKETS);
        assert!(start_of(BUCKETS) > 300.0 * 86_400.0);
    }
}
