//! How long to wait before the next attempt: full jitter, so that ten thousand browsers do not
//! come back in the same moment after a restart.

/// Before the first retry at most this long.
const FIRST_MS: f64 = 500.0;

/// And never longer than this: a visitor looks at the line.
const LONGEST_MS: f64 = 20_000.0;

/// A server that asks to wait is believed up to here; past it, something is wrong with the number.
const ASKED_MS_MAX: u64 = 600_000;

/// Milliseconds to wait before attempt `attempt` (from 0), on top of what the server asked for:
/// all whom it sent away would come back in one moment otherwise. `random` is in `0.0..1.0`.
pub(crate) fn delay_ms(attempt: u32, asked_ms: u64, random: f64) -> u32 {
    let doubled = f64::from(1_u32 << attempt.min(16));
    let ceiling = (FIRST_MS * doubled).min(LONGEST_MS);
    asked_ms.min(ASKED_MS_MAX) as u32 + (ceiling * random) as u32
}

#[cfg(test)]
mod tests {
    use super::delay_ms;

    #[test]
    fn the_ceiling_doubles_up_to_twenty_seconds() {
        let ceilings: Vec<u32> = (0..8).map(|attempt| delay_ms(attempt, 0, 1.0)).collect();
        assert_eq!(ceilings, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 20_000, 20_000]);
        assert_eq!(delay_ms(u32::MAX, 0, 1.0), 20_000);
    }

    #[test]
    fn any_moment_below_the_ceiling_is_as_likely() {
        assert_eq!(delay_ms(3, 0, 0.0), 0);
        assert_eq!(delay_ms(3, 0, 0.5), 2_000);
    }

    #[test]
    fn what_the_server_asked_for_comes_first_and_the_jitter_after() {
        assert_eq!(delay_ms(0, 3_000, 0.0), 3_000);
        assert_eq!(delay_ms(2, 3_000, 0.5), 4_000);
        assert_eq!(delay_ms(0, u64::MAX, 1.0), 600_500);
    }
}
