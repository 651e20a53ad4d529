//! Payment card numbers: as many digits as a brand's have, that pass Luhn's check. The value keeps
//! the last four only.

use super::{Found, Line};

/// What stays readable of a number: enough to tell one's own cards apart.
pub(super) const SHOWN_DIGITS: usize = 4;

pub(super) fn find(line: &Line) -> Vec<Found> {
    line.scan(&|at| {
        if !line.at(at).is_ascii_digit() || !line.is_edge(at) {
            return None;
        }
        // An expiry date or a check number may follow.
        let (digits, end) = line.digit_groups(at, &[' ', '-', '.'], &is_card)?;
        let last = &digits[digits.len() - SHOWN_DIGITS..];
        Some(Found { start: at, end, value: format!("****{last}") })
    })
}

fn is_card(digits: &str) -> bool {
    is_branded(digits) && luhn(digits)
}

/// Beginnings and lengths after ISO/IEC 7812: Luhn's check alone would take one order or tracking
/// number in ten for a card.
fn is_branded(digits: &str) -> bool {
    let begins = |from: &str, to: &str| (from..to).contains(&digits);
    match digits.len() {
        14 => begins("30", "31") || begins("36", "37") || begins("38", "4"),
        15 => begins("34", "35") || begins("37", "38"),
        16 => begins("2221", "2721") || begins("35", "36") || begins("4", "7"),
        17 | 18 => begins("6", "7"),
        19 => begins("4", "5") || begins("6", "7"),
        _ => false,
    }
}

fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .map(|digit| u32::from(digit - b'0'))
        .enumerate()
        .map(|(place, digit)| match (place % 2, digit * 2) {
            (0, _) => digit,
            (_, doubled) => doubled / 10 + doubled % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}
