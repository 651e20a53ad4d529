//! Phone numbers: Chinese mobile and fixed lines, North American and British ones, and any with a
//! `+`. The value is `+` and digits where the country is known, else the digits.

use super::{Found, Line};
use crate::wordpiece::is_chinese;

const JOINTS: [char; 2] = [' ', '-'];

/// What lets a number without its area be a phone's.
const CUES: &str = "phone|call|text|ring|tel|mobile|cell|电话|手机|座机";

pub(super) fn find(line: &Line) -> Vec<Found> {
    let in_china = line.chars.iter().any(|c| is_chinese(*c));
    let cued = line.names(CUES);
    line.scan(&|at| {
        let (value, end) = international(line, at)
            .or_else(|| north_american(line, at))
            .or_else(|| national(line, at, in_china))
            .or_else(|| cued.then(|| local(line, at)).flatten())?;
        line.is_edge(end).then_some(Found { start: at, end, value })
    })
}

/// `+`, a country and a number: 8 to 15 digits.
fn international(line: &Line, at: usize) -> Option<(String, usize)> {
    if line.at(at) != '+' || line.before(at).is_ascii_alphanumeric() {
        return None;
    }
    let fit = |digits: &str| (8..=15).contains(&digits.len()) && !digits.starts_with('0');
    let (digits, end) = line.digit_groups(at + 1, &JOINTS, &fit)?;
    Some((format!("+{digits}"), end))
}

/// A number as dialled within China or Britain.
fn national(line: &Line, at: usize, in_china: bool) -> Option<(String, usize)> {
    if line.at(at) == '(' && line.at(at + 1) == '0' {
        return bracketed(line, at + 1, in_china);
    }
    if !line.at(at).is_ascii_digit() || !line.is_edge(at) || line.before(at) == '-' {
        return None;
    }
    let is_mobile = |digits: &str| mobile(digits).is_some();
    if let Some((digits, end)) = line.digit_groups(at, &JOINTS, &is_mobile) {
        return Some((format!("+86{}", mobile(&digits)?), end));
    }
    let first = line.digits_end(at) - at;
    let fit = |digits: &str| {
        // Groups tell a fixed line from other numbers; British mobile numbers begin with 07.
        let grouped = digits.len() > first;
        match digits.as_bytes() {
            [b'0', b'7', ..] if !in_china => digits.len() == 11,
            [b'0', b'1'..=b'9', ..] => grouped && (10..=12).contains(&digits.len()),
            [b'4', b'0', b'0', ..] => digits.len() == 10,
            [b'8', b'0', b'0', ..] => digits.len() == 10 && grouped,
            _ => false,
        }
    };
    let (digits, end) = line.digit_groups(at, &JOINTS, &fit)?;
    Some((fixed(&digits, in_china), end))
}

/// (021)55550188.
fn bracketed(line: &Line, area_at: usize, in_china: bool) -> Option<(String, usize)> {
    let area_end = line.digits_end(area_at);
    let area = line.text(area_at, area_end);
    let fit = |rest: &str| (10..=12).contains(&(area.len() + rest.len()));
    let (rest, end) = line.digit_groups(line.skip_spaces(area_end + 1), &JOINTS, &fit)?;
    (line.at(area_end) == ')').then(|| (fixed(&(area + &rest), in_china), end))
}

/// The eleven digits of a Chinese mobile number, whose country may stand before them.
fn mobile(digits: &str) -> Option<&str> {
    let local = digits.strip_prefix("0086").or(digits.strip_prefix("86")).unwrap_or(digits);
    let fits = local.len() == 11 && matches!(local.as_bytes(), [b'1', b'3'..=b'9', ..]);
    fits.then_some(local)
}

/// The value of a fixed line's number as dialled within its country.
fn fixed(digits: &str, in_china: bool) -> String {
    match digits.strip_prefix('0') {
        Some(rest) if in_china => format!("+86{rest}"),
        _ => digits.to_owned(),
    }
}

/// 555-010-1234, (555) 010-1234, 555.010.1234, 1-800-555-0199.
fn north_american(line: &Line, at: usize) -> Option<(String, usize)> {
    if !line.is_edge(at) || matches!(line.before(at), '-' | '.') {
        return None;
    }
    let country = line.at(at) == '1' && matches!(line.at(at + 1), '-' | ' ' | '.');
    let area = at + if country { 2 } else { 0 };
    let bracket = line.at(area) == '(';
    let mut digits = String::new();
    let mut place = area + usize::from(bracket);
    for (group, length) in [3, 3, 4].into_iter().enumerate() {
        let end = line.digits_end(place);
        if end - place != length {
            return None;
        }
        digits += &line.text(place, end);
        place = end;
        if group == 2 {
            break;
        }
        if bracket && group == 0 {
            place += usize::from(line.at(place) == ')');
            place = line.skip_spaces(place);
        } else if matches!(line.at(place), '-' | '.' | ' ') {
            place += 1;
        } else {
            return None;
        }
    }
    let hotline = digits.starts_with("400") && !country;
    let value = if country { format!("+1{digits}") } else { digits };
    (!hotline).then_some((value, place))
}

/// 555-0182.
fn local(line: &Line, at: usize) -> Option<(String, usize)> {
    let middle = line.digits_end(at);
    let end = line.digits_end(middle + 1);
    let fits = line.is_edge(at)
        && line.before(at) != '-'
        && (middle - at, line.at(middle), end.saturating_sub(middle)) == (3, '-', 5)
        && line.at(end) != '-';
    fits.then(|| (line.text(at, middle) + &line.text(middle + 1, end), end))
}
