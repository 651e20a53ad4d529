//! Order numbers: behind a word that announces one, behind `#`, or a long run of digits alone.

use super::{Found, Line};

const CUES: [&str; 22] = [
    "order number",
    "order no.",
    "order no",
    "order nr",
    "order id",
    "order ref",
    "order",
    "purchase number",
    "reference number",
    "reference",
    "ref",
    "invoice number",
    "confirmation number",
    "订单号码",
    "订单号",
    "订单编号",
    "订单尾号",
    "订单",
    "单号",
    "编号",
    "尾号",
    "单子",
];

/// Between a cue and its number.
const LINKS: [&str; 12] =
    ["is", "was", "number", "no.", "no", ":", "：", "#", "是", "为", "号", "("];

/// Digits without any cue: shorter runs are something else.
const BARE_DIGITS: std::ops::RangeInclusive<usize> = 10..=24;

pub(super) fn find(line: &Line) -> Vec<Found> {
    line.scan(|at| cued(line, at).or_else(|| hashed(line, at)).or_else(|| bare(line, at)))
}

fn cued(line: &Line, at: usize) -> Option<Found> {
    let (_, mut place) = line.word_among(at, &CUES)?;
    loop {
        place = line.skip_spaces(place);
        match LINKS.iter().find(|link| line.has(place, link)) {
            Some(link) => place += link.chars().count(),
            None => break,
        }
    }
    code(line, place, 4)
}

fn hashed(line: &Line, at: usize) -> Option<Found> {
    let opens = line.at(at) == '#' && !line.before(at).is_ascii_alphanumeric();
    opens.then(|| code(line, at + 1, 3)).flatten()
}

fn bare(line: &Line, at: usize) -> Option<Found> {
    if !line.at(at).is_ascii_digit() || !line.is_edge(at) || matches!(line.before(at), '.' | '+') {
        return None;
    }
    let end = line.run_end(at, |c| c.is_ascii_digit());
    let fits = BARE_DIGITS.contains(&(end - at)) && line.is_edge(end);
    fits.then(|| Found { start: at, end, value: line.text(at, end) })
}

/// Letters, digits and inner hyphens with at least `digits_min` digits.
fn code(line: &Line, start: usize, digits_min: usize) -> Option<Found> {
    let mut end = line.run_end(start, |c| c.is_ascii_alphanumeric() || c == '-');
    while end > start && line.before(end) == '-' {
        end -= 1;
    }
    let value = line.text(start, end);
    let digits = value.chars().filter(char::is_ascii_digit).count();
    let digits_lead = value.chars().filter(char::is_ascii_alphabetic).count() <= digits;
    let fits = digits >= digits_min && digits_lead && value.len() <= *BARE_DIGITS.end();
    fits.then(|| Found { start, end, value: value.to_ascii_uppercase() })
}
