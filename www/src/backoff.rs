//! How long to wait before the next attempt to connect: full jitter, so that thousands of consoles
//! do not come back in the same instant. Pure; the chance is brought along.

/// Longest wait after the first failure.
const BASE_MS: f64 = 500.0;

/// Longest wait after any failure: an agent must not sit before a dead screen.
const CAP_MS: f64 = 10_000.0;

/// A server that asks to wait is believed up to here; past it, something is wrong with the number.
const ASKED_MS_MAX: u64 = 600_000;

/// `unit` is a random number in `0.0..1.0`; `attempt` counts failures, from 0. What the server
/// asked for comes on top: all whom it sent away would come back in one moment otherwise.
pub(crate) fn wait_ms(attempt: u32, asked_ms: u64, unit: f64) -> u32 {
    let ceiling = (BASE_MS * 2f64.powi(attempt.min(16) as i32)).min(CAP_MS);
    asked_ms.min(ASKED_MS_MAX) as u32 + (ceiling * unit) as u32
}

#[cfg(test)]
mod tests {
    use super::wait_ms;

    #[test]
    fn the_wait_grows_is_bounded_and_spreads_over_the_whole_range() {
        assert_eq!(wait_ms(0, 0, 0.999), 499);
        assert_eq!(wait_ms(2, 0, 0.5), 1_000);
        assert_eq!(wait_ms(9, 0, 0.5), 5_000);
        assert_eq!(wait_ms(u32::MAX, 0, 0.999), 9_990);
        assert_eq!(wait_ms(7, 0, 0.0), 0);
    }

    #[test]
    fn what_the_server_asked_for_comes_first_and_the_jitter_after() {
        assert_eq!(wait_ms(0, 3_000, 0.0), 3_000);
        assert_eq!(wait_ms(2, 3_000, 0.5), 4_000);
        assert_eq!(wait_ms(0, u64::MAX, 1.0), 600_500);
    }
}
