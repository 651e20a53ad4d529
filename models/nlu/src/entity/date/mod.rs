//! Dates: written out in full they become ISO 8601; words and parts of dates stay as they are,
//! because only a clock could resolve them.

use super::{Found, Line};

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const WORDS: [&str; 30] = [
    "today",
    "tomorrow",
    "yesterday",
    "tonight",
    "day after tomorrow",
    "day before yesterday",
    "last week",
    "next week",
    "this week",
    "last month",
    "next month",
    "this weekend",
    "next weekend",
    "last weekend",
    "今天",
    "明天",
    "昨天",
    "后天",
    "前天",
    "今晚",
    "昨晚",
    "明晚",
    "上个月",
    "下个月",
    "这个月",
    "上周末",
    "月底",
    "月初",
    "上月",
    "下月",
];

const WEEKDAYS: [&str; 14] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "mon",
    "tue",
    "wed",
    "thu",
    "fri",
    "sat",
    "sun",
];

pub(super) fn find(line: &Line) -> Vec<Found> {
    line.scan(|at| {
        if !line.is_edge(at) {
            return None;
        }
        let found =
            numeric(line, at).or_else(|| chinese(line, at)).or_else(|| month_name(line, at));
        found.or_else(|| words(line, at))
    })
}

fn words(line: &Line, at: usize) -> Option<Found> {
    let as_is = |end| Found { start: at, end, value: line.text(at, end).to_ascii_lowercase() };
    if let Some((_, end)) = line.word_among(at, &WORDS) {
        return Some(as_is(end));
    }
    let led = line.word_among(at, &["last", "next", "this", "on", "by"]);
    let day = led.map_or(at, |(_, end)| line.skip_spaces(end));
    // Bare "sat", "sun" and "mon" are words of their own.
    let days = if led.is_some() { &WEEKDAYS[..] } else { &WEEKDAYS[..7] };
    if let Some((_, end)) = line.word_among(day, days) {
        let start = if led.is_some_and(|(lead, _)| matches!(lead, "on" | "by")) { day } else { at };
        return Some(Found { start, end, value: line.text(start, end).to_ascii_lowercase() });
    }
    chinese_weekday(line, at).map(as_is)
}

/// 上周五, 下星期一, 周日, 礼拜天.
fn chinese_weekday(line: &Line, at: usize) -> Option<usize> {
    let lead = ["上个", "下个", "这个", "上", "下", "这", "本"]
        .into_iter()
        .find(|lead| line.has(at, lead));
    let week_at = at + lead.map_or(0, |lead| lead.chars().count());
    let week = ["星期", "礼拜", "周"].into_iter().find(|week| line.has(week_at, week))?;
    let end = week_at + week.chars().count();
    if "一二三四五六日天末".contains(line.at(end)) {
        Some(end + 1)
    } else {
        lead.filter(|_| line.before(at) != '以').map(|_| end)
    }
}

/// 2026-11-20, 2026/11/20, 20.11.2026; 11/20 stays words.
fn numeric(line: &Line, at: usize) -> Option<Found> {
    if !line.at(at).is_ascii_digit() || matches!(line.before(at), '-' | '/' | '.' | '#' | '$' | '€')
    {
        return None;
    }
    let joint = ['-', '/', '.']
        .into_iter()
        .find(|joint| line.at(line.run_end(at, |c| c.is_ascii_digit())) == *joint)?;
    let end = line.run_end(at, |c| c.is_ascii_digit() || c == joint);
    let end = if line.before(end) == joint { end - 1 } else { end };
    let text = line.text(at, end);
    let parts: Vec<u32> = text.split(joint).map(|part| part.parse().unwrap_or(0)).collect();
    let lengths: Vec<usize> = text.split(joint).map(str::len).collect();
    let value = match (&parts[..], &lengths[..]) {
        (&[year, month, day], [4, 1..=2, 1..=2]) => iso(year, month, day)?,
        (&[day, month, year], [1..=2, 1..=2, 4]) if joint == '.' => iso(year, month, day)?,
        // Which of the two is the month differs by country.
        (&[a, b, _], [1..=2, 1..=2, 2 | 4]) if is_day(a) && is_day(b) => text,
        // "24/7" is no date.
        (&[a, b], [1..=2, 1..=2])
            if joint == '/' && is_day(a) && is_day(b) && a.min(b) <= 12 && (a, b) != (24, 7) =>
        {
            text
        }
        _ => return None,
    };
    line.is_edge(end).then_some(Found { start: at, end, value })
}

/// 2026年11月20日, 11月20号, 20号.
fn chinese(line: &Line, at: usize) -> Option<Found> {
    let number = |at: usize| {
        let end = line.run_end(at, |c| c.is_ascii_digit());
        (end > at).then(|| (line.text(at, end).parse().unwrap_or(0), end))
    };
    let (first, end) = number(at)?;
    let (year, month, month_end) = if line.at(end) == '年' {
        let (month, end) = number(end + 1)?;
        (Some(first), month, end)
    } else {
        (None, first, end)
    };
    if line.at(month_end) == '月' && (1..=12).contains(&month) {
        let day = number(month_end + 1)
            .filter(|(day, end)| is_day(*day) && "日号".contains(line.at(*end)));
        return match (year, day) {
            (Some(year), Some((day, end))) => {
                Some(Found { start: at, end: end + 1, value: iso(year, month, day)? })
            }
            (_, day) => {
                let end = day.map_or(month_end, |(_, end)| end) + 1;
                Some(Found { start: at, end, value: line.text(at, end) })
            }
        };
    }
    let numbered = year.is_none() && line.at(end) == '号' && is_day(first) && end - at <= 2;
    let followed = "楼线店机门馆码".contains(line.at(end + 1));
    (numbered && !followed).then(|| Found {
        start: at,
        end: end + 1,
        value: line.text(at, end + 1),
    })
}

/// november 20, 20 nov 2026, nov 3rd.
fn month_name(line: &Line, at: usize) -> Option<Found> {
    let (day_first, month_at) = match day_number(line, at) {
        Some((day, end)) => (Some(day), skip_of(line, end)),
        None => (None, at),
    };
    let (month, month_end) = month_at_place(line, month_at)?;
    let behind = line.skip_spaces(month_end);
    let (day, end) = match day_first {
        Some(day) => (day, month_end),
        None => day_number(line, behind)?,
    };
    let year_at = line.skip_spaces(line.run_end(end, |c| c == ','));
    let year_end = line.run_end(year_at, |c| c.is_ascii_digit());
    let year = line.text(year_at, year_end).parse().ok().filter(|_| year_end - year_at == 4);
    match year.and_then(|year| iso(year, month, day)) {
        Some(value) => Some(Found { start: at, end: year_end, value }),
        None => Some(Found { start: at, end, value: line.text(at, end).to_ascii_lowercase() }),
    }
}

fn skip_of(line: &Line, at: usize) -> usize {
    let at = line.skip_spaces(at);
    line.word_among(at, &["of"]).map_or(at, |(_, end)| line.skip_spaces(end))
}

fn month_at_place(line: &Line, at: usize) -> Option<(u32, usize)> {
    MONTHS.iter().zip(1..).find_map(|(name, number)| {
        let (_, end) = line.word_among(at, &[*name, &name[..3]])?;
        Some((number, end))
    })
}

/// A day of the month, perhaps with its ending: 3, 3rd.
fn day_number(line: &Line, at: usize) -> Option<(u32, usize)> {
    let end = line.run_end(at, |c| c.is_ascii_digit());
    let day = line.text(at, end).parse().ok().filter(|day| end - at <= 2 && is_day(*day))?;
    let ending = ["st", "nd", "rd", "th"].into_iter().find(|ending| line.has(end, ending));
    let end = end + ending.map_or(0, str::len);
    line.is_edge(end).then_some((day, end))
}

fn is_day(day: u32) -> bool {
    (1..=31).contains(&day)
}

fn iso(year: u32, month: u32, day: u32) -> Option<String> {
    let real = (1900..=2100).contains(&year) && (1..=12).contains(&month) && is_day(day);
    real.then(|| format!("{year:04}-{month:02}-{day:02}"))
}
