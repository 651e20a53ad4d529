//! Payment card numbers: 13 to 19 digits that pass Luhn's check. The value keeps the last four
//! only.

use super::{Found, Line};

const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

pub(super) fn find(line: &Line) -> Vec<Found> {
    line.scan(&|at| {
        if !line.at(at).is_ascii_digit() || !line.is_edge(at) {
            return None;
        }
        // An expiry date or a check number may follow.
        let (digits, end) = line.digit_groups(at, &[' ', '-', '.'], &is_card)?;
        let last = &digits[digits.len() - 4..];
        Some(Found { start: at, end, value: format!("****{last}") })
    })
}

fn is_card(digits: &str) -> bool {
    // Card numbers begin with 2221 to 6; order numbers are often dates, and begin with 20.
    let branded = ("2221".."2721").contains(&digits) || ("3".."7").contains(&digits);
    DIGITS.contains(&digits.len()) && branded && luhn(digits)
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
