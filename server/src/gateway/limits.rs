//! Token buckets: how often an address or a site may call and a connection may speak. Time is an
//! argument.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Callers of a kind that are remembered; beyond them the rested ones are forgotten first.
const CALLERS_MAX: usize = 50_000;

/// So much at once, and so much a second on average.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rate {
    pub burst: f64,
    pub per_s: f64,
}

#[derive(Debug, Clone)]
pub(super) struct Bucket {
    tokens: f64,
    filled_at: Instant,
}

impl Bucket {
    pub(super) fn new(rate: Rate, now: Instant) -> Self {
        Self { tokens: rate.burst, filled_at: now }
    }

    /// Whether one more is within the rate; it counts when it is.
    pub(super) fn take(&mut self, rate: Rate, now: Instant) -> bool {
        self.fill(rate, now);
        let within = self.tokens >= 1.0;
        if within {
            self.tokens -= 1.0;
        }
        within
    }

    /// How long until one more is within the rate, in milliseconds.
    pub(super) fn filled_in_ms(&self, rate: Rate) -> u64 {
        ((1.0 - self.tokens).max(0.0) / rate.per_s * 1_000.0).ceil() as u64
    }

    fn fill(&mut self, rate: Rate, now: Instant) {
        let gained = now.saturating_duration_since(self.filled_at).as_secs_f64() * rate.per_s;
        self.tokens = (self.tokens + gained).min(rate.burst);
        self.filled_at = now;
    }
}

/// One bucket for each caller of a kind: an address, a site.
pub(super) struct CallerLimit<C> {
    rate: Rate,
    /// Held for one look-up.
    buckets: Mutex<HashMap<C, Bucket>>,
}

impl<C: Eq + Hash + Clone> CallerLimit<C> {
    pub(super) fn new(rate: Rate) -> Self {
        Self { rate, buckets: Mutex::default() }
    }

    pub(super) fn take(&self, caller: &C, now: Instant) -> bool {
        // A count may be off by one after a panic; that is no reason to stop counting.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bucket) = buckets.get_mut(caller) {
            return bucket.take(self.rate, now);
        }
        if buckets.len() >= CALLERS_MAX {
            buckets.retain(|_, bucket| {
                bucket.fill(self.rate, now);
                bucket.tokens < self.rate.burst
            });
            if buckets.len() >= CALLERS_MAX {
                return false;
            }
        }
        let bucket = buckets.entry(caller.clone()).or_insert_with(|| Bucket::new(self.rate, now));
        bucket.take(self.rate, now)
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::time::Duration;

    use super::*;

    const RATE: Rate = Rate { burst: 3.0, per_s: 2.0 };

    fn address(last: u8) -> IpAddr {
        IpAddr::from([127, 0, 0, last])
    }

    #[test]
    fn a_burst_passes_then_the_rate_holds_for_each_address_alone() {
        let limit = CallerLimit::new(RATE);
        let start = Instant::now();
        let taken = (0..5).map(|_| limit.take(&address(1), start)).collect::<Vec<_>>();
        assert_eq!(taken, [true, true, true, false, false]);
        assert!(limit.take(&address(2), start));
        let later = start + Duration::from_millis(600);
        assert!(limit.take(&address(1), later));
        assert!(!limit.take(&address(1), later));
    }

    #[test]
    fn whoever_was_too_fast_is_told_when_the_next_one_passes() {
        let start = Instant::now();
        let mut bucket = Bucket::new(RATE, start);
        while bucket.take(RATE, start) {}
        let filled = start + Duration::from_millis(bucket.filled_in_ms(RATE));
        assert!(!bucket.clone().take(RATE, filled - Duration::from_millis(2)));
        assert!(bucket.take(RATE, filled));
    }

    #[test]
    fn rest_never_saves_up_more_than_a_burst() {
        let start = Instant::now();
        let mut bucket = Bucket::new(RATE, start);
        let later = start + Duration::from_secs(3_600);
        let passed = (0..10).filter(|_| bucket.take(RATE, later)).count();
        assert_eq!(passed, 3);
    }
}
