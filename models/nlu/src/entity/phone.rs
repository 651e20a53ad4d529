//! Phone numbers: Chinese mobile and fixed lines, North American ones, and any with a `+`. The
//! value is `+` and digits where the country is known, else the digits.

use super::{Found, Line};

const JOINTS: [char; 2] = [' ', '-'];

pub(super) fn find(line: &Line) -> Vec<Found> {
    line.scan(|at| {
        let (value, end) = international(line, at)
            .or_else(|| chinese(line, at))
            .or_else(|| north_american(line, at))?;
        line.is_edge(end).then_some(Found { start: at, end, value })
    })
}

/// `+` or `00`, a country and a number: 8 to 15 digits.
fn international(line: &Line, at: usize) -> Option<(String, usize)> {
    let plus = line.at(at) == '+' && !line.before(at).is_ascii_alphanumeric();
    if !plus {
        return None;
    }
    let (digits, end) = line.digit_groups(at + 1, &JOINTS);
    ((8..=15).contains(&digits.len()) && !digits.starts_with('0'))
        .then(|| (format!("+{digits}"), end))
}

fn chinese(line: &Line, at: usize) -> Option<(String, usize)> {
    if !line.at(at).is_ascii_digit() || !line.is_edge(at) || line.before(at) == '-' {
        return None;
    }
    let (digits, end) = line.digit_groups(at, &JOINTS);
    let local = digits.strip_prefix("0086").or(digits.strip_prefix("86")).unwrap_or(&digits);
    let mobile = local.len() == 11 && matches!(local.as_bytes(), [b'1', b'3'..=b'9', ..]);
    if mobile {
        return Some((format!("+86{local}"), end));
    }
    let fixed = (10..=12).contains(&digits.len())
        && matches!(digits.as_bytes(), [b'0', b'1'..=b'9', ..])
        && digits.len() != end - at;
    if fixed {
        return Some((format!("+86{}", &digits[1..]), end));
    }
    let hotline = digits.len() == 10 && (digits.starts_with("400") || digits.starts_with("800"));
    (hotline && (digits.len() != end - at || digits.starts_with("400"))).then_some((digits, end))
}

/// 555-010-1234, (555) 010-1234, 555.010.1234.
fn north_american(line: &Line, at: usize) -> Option<(String, usize)> {
    let bracket = line.at(at) == '(';
    if !line.is_edge(at) || matches!(line.before(at), '-' | '.') {
        return None;
    }
    let mut digits = String::new();
    let mut place = at + usize::from(bracket);
    for (group, length) in [3, 3, 4].into_iter().enumerate() {
        let end = line.run_end(place, |c| c.is_ascii_digit());
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
    Some((digits, place))
}
