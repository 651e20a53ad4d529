//! Dates in English: days by name, weekdays, holidays, months and days by number.

use super::{is_day, iso};
use crate::entity::number;
use crate::entity::{Found, Line};

const MONTHS: &str = "january|february|march|april|may|june|july|august|september|october|november|\
                      december|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec";

const DAYS: &str = "today|tomorrow|yesterday|tonight|last night|day after tomorrow|\
                    day before yesterday|end of the month|end of the week|end of the year|\
                    end of month|christmas eve|christmas day|christmas|boxing day|\
                    new year's eve|new year's day|new years eve|new years day|black friday|\
                    cyber monday|good friday|easter monday|easter sunday|easter|thanksgiving|\
                    halloween|valentine's day|valentines day|mother's day|father's day|\
                    chinese new year|labor day|labour day|memorial day";

const FRAMES: &str = "last|next|this|past|coming";

const SPANS: &str = "week|month|year|weekend|quarter|spring|summer|autumn|winter";

const WEEKDAYS: &str = "monday|tuesday|wednesday|thursday|friday|saturday|sunday|mondays|tuesdays|\
                        wednesdays|thursdays|fridays|saturdays|sundays";

/// Shorter names: words of their own when nothing leads them.
const SHORT: &str = "mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun";

/// What leads a short name, or a month alone.
const LEADS: &str = "on |by |in |since |until |till |from |to |before |after |for |during |of |\
                     end of |early |late |mid |through |between |and ";

/// The part of them that is never followed by the verb: "how late may we stay".
const STRICT_LEADS: &str = "in |by |since |until |till |before |after |of ";

/// What may stand behind "the 5th": it is no floor, no time, no customer.
const ENDS: &str = "at|by|to|for|and|or|of|please|if|is|was|i|instead|in|on|till|until|not|but|we|\
                    it|then|this|can|with|from|between|before|after|are|you|my|when";

pub(super) fn find(line: &Line, at: usize) -> Option<Found> {
    if !line.at(at).is_ascii_alphanumeric() {
        return None;
    }
    // The value does without its article.
    let start = line.past(at, "the");
    let found = day_named(line, start)
        .or_else(|| with_month(line, start))
        .or_else(|| (start > at).then(|| numbered(line, start)).flatten());
    let bare = || weekday(line, at).or_else(|| ago(line, at)).or_else(|| month_alone(line, at));
    found.or_else(bare).map(|found| Found { start: at, ..found })
}

fn day_named(line: &Line, at: usize) -> Option<Found> {
    if let Some((_, end)) = line.word_among(at, DAYS) {
        return Some(line.as_is(at, end));
    }
    let (_, lead_end) = line.word_among(at, FRAMES)?;
    let (_, end) = line.word_among(line.skip_spaces(lead_end), SPANS)?;
    Some(line.as_is(at, end))
}

/// Friday, last Friday, Thursday, 14 May; "on Fri".
fn weekday(line: &Line, at: usize) -> Option<Found> {
    let day = line.past(at, FRAMES);
    let short = day > at || line.follows(at, LEADS);
    let full = line.word_among(day, WEEKDAYS);
    let (_, end) = full.or_else(|| short.then(|| line.word_among(day, SHORT)).flatten())?;
    let comma = line.skip_spaces(end + usize::from(line.at(end) == ','));
    let behind = line.past(comma, "the");
    let dated = with_month(line, behind).or_else(|| {
        let ending = numbered(line, behind);
        ending.filter(|found| !line.before(found.end).is_ascii_digit())
    });
    match dated.filter(|_| day == at) {
        // Day and month say it all where the year is told, too.
        Some(found) if found.value.starts_with("20") => Some(found),
        Some(found) => Some(line.as_is(at, found.end)),
        None => Some(line.as_is(at, end)),
    }
}

/// November 20, 20 Nov 2026, Nov 3rd, 3rd of May, March 2027.
fn with_month(line: &Line, at: usize) -> Option<Found> {
    let (day_first, month_at) = match day_number(line, at) {
        Some((day, end)) => (Some(day), line.past(line.skip_spaces(end), "of")),
        None => (None, at),
    };
    let (month, month_end) = month_at_place(line, month_at)?;
    let behind = line.skip_spaces(month_end);
    let day_behind = || day_number(line, line.past(behind, "the"));
    let (day, end) = match day_first.map(|day| (day, month_end)).or_else(day_behind) {
        Some(found) => found,
        None => {
            let (_, end) = year_at(line, behind)?;
            return Some(line.as_is(at, end));
        }
    };
    let comma = line.skip_spaces(end + usize::from(line.at(end) == ','));
    let dated = year_at(line, comma).and_then(|(year, end)| Some((iso(year, month, day)?, end)));
    match dated {
        Some((value, end)) => Some(Found { start: at, end, value }),
        None => Some(line.as_is(at, end)),
    }
}

/// "in August"; "may" and "march" are also other words, so something must lead them.
fn month_alone(line: &Line, at: usize) -> Option<Found> {
    let (month, end) = month_at_place(line, at)?;
    let leads = if matches!(month, 3 | 5) { STRICT_LEADS } else { LEADS };
    line.follows(at, leads).then(|| line.as_is(at, end))
}

/// The 5th, where no noun goes on behind it.
fn numbered(line: &Line, at: usize) -> Option<Found> {
    let (_, end) = day_number(line, at)?;
    let ordinal = line.before(end).is_ascii_alphabetic();
    let behind = line.skip_spaces(end);
    let ends = !line.at(behind).is_alphanumeric() || line.word_among(behind, ENDS).is_some();
    (ordinal && ends && line.at(end) != '-').then(|| line.as_is(at, end))
}

/// Two weeks ago, 3 days ago, a month ago.
fn ago(line: &Line, at: usize) -> Option<Found> {
    let counted = number::read(line, at).map(|number| number.end);
    let number_end = counted.or_else(|| line.word_among(at, "a|an").map(|(_, end)| end))?;
    let spans = "day|days|week|weeks|month|months|year|years";
    let (_, end) = line.word_among(line.skip_spaces(number_end), spans)?;
    let (_, end) = line.word_among(line.skip_spaces(end), "ago")?;
    Some(line.as_is(at, end))
}

fn month_at_place(line: &Line, at: usize) -> Option<(u32, usize)> {
    let (found, end) = line.word_among(at, MONTHS)?;
    let place = MONTHS.split('|').position(|name| name == found)?;
    Some((place as u32 % 12 + 1, end))
}

fn year_at(line: &Line, at: usize) -> Option<(u32, usize)> {
    line.short_number(at).filter(|(year, _)| (1900..=2100).contains(year))
}

/// A day of the month, perhaps with its ending: 3, 3rd.
fn day_number(line: &Line, at: usize) -> Option<(u32, usize)> {
    let (day, end) = line.two_digits(at).filter(|(day, _)| is_day(*day))?;
    let end = line.among(end, "st|nd|rd|th").map_or(end, |(_, end)| end);
    line.is_edge(end).then_some((day, end))
}
