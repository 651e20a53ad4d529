//! Dates: written out in full they become ISO 8601; words and parts of dates stay as they are,
//! because only a clock could resolve them.

mod chinese;
mod english;

use super::{Found, Line};

pub(super) fn find(line: &Line) -> Vec<Found> {
    line.scan(&|at| {
        if !line.is_edge(at) {
            return None;
        }
        let found = numeric(line, at).or_else(|| chinese::find(line, at));
        found.or_else(|| english::find(line, at))
    })
}

/// 2026-11-20, 2026/11/20, 20.11.2026; 11/20 stays words.
fn numeric(line: &Line, at: usize) -> Option<Found> {
    if !line.at(at).is_ascii_digit() || matches!(line.before(at), '-' | '/' | '.' | '#' | '$' | '€')
    {
        return None;
    }
    let joint = line.at(line.digits_end(at));
    if !matches!(joint, '-' | '/' | '.') {
        return None;
    }
    let end = line.short_run_end(at, &|c| c.is_ascii_digit() || c == joint);
    let end = if line.before(end) == joint { end - 1 } else { end };
    let text = line.text(at, end);
    let parts: Vec<u32> = text.split(joint).map(|part| part.parse().unwrap_or(0)).collect();
    let lengths: Vec<usize> = text.split(joint).map(str::len).collect();
    // Which of the two is the month differs by country.
    let fits = |a: u32, b: u32| is_day(a) && is_day(b) && a.min(b) <= 12;
    let value = match (&parts[..], &lengths[..]) {
        (&[year, month, day], [4, 1..=2, 1..=2]) => iso(year, month, day)?,
        (&[day, month, year], [1..=2, 1..=2, 4]) if joint == '.' => iso(year, month, day)?,
        (&[a, b, _], [1..=2, 1..=2, 2 | 4]) if fits(a, b) => text,
        // "24/7" is no date, "1/2" half of something.
        (&[a, b], [1..=2, 1..=2])
            if joint == '/' && fits(a, b) && (a, b) != (24, 7) && !(a < b && b <= 4) =>
        {
            text
        }
        _ => return None,
    };
    line.is_edge(end).then_some(Found { start: at, end, value })
}

fn is_day(day: u32) -> bool {
    (1..=31).contains(&day)
}

fn iso(year: u32, month: u32, day: u32) -> Option<String> {
    let real = (1900..=2100).contains(&year) && (1..=12).contains(&month) && is_day(day);
    real.then(|| format!("{year:04}-{month:02}-{day:02}"))
}
