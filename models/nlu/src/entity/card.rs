//! Payment card numbers: 13 to 19 digits that pass Luhn's check. The value keeps the last four
//! only.

use super::{Found, Line};

const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

pub(super) fn find(line: &Line) -> Vec<Found> {
    line.scan(|at| {
        if !line.at(at).is_ascii_digit() || !line.is_edge(at) {
            return None;
        }
        let (digits, end) = line.digit_groups(at, &[' ', '-']);
        // Card numbers begin with 2 to 6; order numbers are often dates, and begin with 20.
        let branded = matches!(digits.as_bytes()[0], b'3'..=b'6') || digits.starts_with("22");
        let card = DIGITS.contains(&digits.len()) && branded && line.is_edge(end) && luhn(&digits);
        card.then(|| Found {
            start: at,
            end,
            value: format!("****{}", &digits[digits.len() - 4..]),
        })
    })
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
