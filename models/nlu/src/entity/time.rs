//! Times of day. The value is `HH:MM` where morning and afternoon are told apart, else the words.

use super::number;
use super::{Found, Line};

/// What leads a Chinese hour.
const PARTS: &str = "早上|上午|凌晨|清晨|早|下午|午后|傍晚|晚上|晚|夜里|半夜|深夜|中午";

/// What follows an English hour that has neither minutes nor a half of the day.
const ENDS: &str = "on|tomorrow|today|tonight|please|instead|then|and|or|if|but";

pub(super) fn find(line: &Line) -> Vec<Found> {
    line.scan(&|at| {
        if !line.is_edge(at) || matches!(line.before(at), '.' | ':' | '$' | '€' | '£' | '¥') {
            return None;
        }
        let digits = digital(line, at).or_else(|| chinese(line, at));
        digits.or_else(|| spoken(line, at)).or_else(|| named(line, at))
    })
}

/// 14:30, 9am, 3:15 pm, 9.30am; "at 9" where nothing goes on behind it.
fn digital(line: &Line, at: usize) -> Option<Found> {
    let (hour, hour_end) = line.two_digits(at)?;
    let joint = line.at(hour_end);
    let minute = line
        .two_digits(hour_end + 1)
        .filter(|(_, end)| matches!(joint, ':' | '.') && *end == hour_end + 3);
    let half_at = line.skip_spaces(minute.map_or(hour_end, |(_, end)| end));
    let half = line.among(half_at, "am|pm|a.m.|p.m.").filter(|(_, end)| line.is_edge(*end));
    if let Some((half, end)) = half.filter(|_| (1..=12).contains(&hour)) {
        let afternoon = if half.starts_with('p') { 12 } else { 0 };
        let value = clock(hour % 12 + afternoon, minute.map_or(0, |(minute, _)| minute))?;
        return Some(Found { start: at, end, value });
    }
    if let Some((minute, end)) = minute.filter(|_| joint == ':') {
        let value = clock(hour, minute)?;
        return line.is_edge(end).then_some(Found { start: at, end, value });
    }
    let behind = line.skip_spaces(hour_end);
    let ends = minute.is_none() && matches!(line.at(behind), '\0' | ',' | '?' | '!' | '.')
        || line.word_among(behind, ENDS).is_some();
    let hour = ends && (1..=12).contains(&hour) && line.follows(at, "at ");
    hour.then(|| line.as_is(at, hour_end))
}

/// 下午3点半, 晚上八点, 9点15分, 十点, 上午9:30.
fn chinese(line: &Line, at: usize) -> Option<Found> {
    let part = line.among(at, PARTS);
    // The evening of 今晚 belongs to the date.
    if part.is_some() && line.follows(at, "今|明|昨|当") {
        return None;
    }
    let hour_at = part.map_or(at, |(_, end)| end);
    let hour = number::digits(line, hour_at).or_else(|| number::chinese(line, hour_at))?;
    let (minute, end) = match line.at(hour.end) {
        ':' if part.is_some() => line.two_digits(hour.end + 1)?,
        '点' => minute(line, hour.end + 1)?,
        _ => return None,
    };
    // "一点" and "两点" are mostly "a bit" and "two points".
    let vague = "一两".contains(line.at(at)) || matches!(line.before(at), '第' | '之' | '有');
    if part.is_none() && vague {
        return None;
    }
    let told = part.map(|(part, _)| part);
    let told = told.or_else(|| line.follows(at, "今晚|明晚|昨晚").then_some("晚"));
    let told = told.or_else(|| line.follows(at, "今早|明早").then_some("早"));
    let value = hour.value.parse().ok().filter(|hour| *hour <= 24)?;
    let value = match told {
        Some(part) => clock(hour_of_day(part, value), minute)?,
        None if value > 12 || value == 0 => clock(value, minute)?,
        None => line.text(at, end),
    };
    Some(Found { start: at, end, value })
}

fn hour_of_day(part: &str, hour: u32) -> u32 {
    match hour {
        12 if part.contains(['晚', '夜', '凌']) => 0,
        1..=3 if part == "中午" => hour + 12,
        6..=11 if part.contains('夜') => hour + 12,
        1..=11 if part.contains(['下', '后', '傍', '晚']) => hour + 12,
        _ => hour,
    }
}

/// What stands behind 点: 半, 一刻, 15分, 四十, 钟 or nothing. `None` when it was no hour.
fn minute(line: &Line, at: usize) -> Option<(u32, usize)> {
    let quarters = [("半", 30), ("一刻", 15), ("三刻", 45), ("钟", 0), ("整", 0)];
    if let Some((word, minute)) = quarters.into_iter().find(|(word, _)| line.has(at, word)) {
        return Some((minute, at + word.chars().count()));
    }
    let Some(number) = number::digits(line, at).or_else(|| number::chinese(line, at)) else {
        // "五点几" and "五点建议".
        return line.among(at, "几|多|建议|意见|要求").is_none().then_some((0, at));
    };
    let named = line.at(number.end) == '分';
    let minute = number.value.parse().ok().filter(|minute| named || *minute >= 10)?;
    Some((minute, number.end + usize::from(named)))
}

/// Six o'clock, half past two, quarter to nine.
fn spoken(line: &Line, at: usize) -> Option<Found> {
    let lead = line.word_among(at, "half past|quarter past|quarter to");
    let hour = number::read(line, lead.map_or(at, |(_, end)| line.skip_spaces(end)))?;
    let mark = line.word_among(line.skip_spaces(hour.end), "o'clock|oclock");
    let end = mark.map_or(hour.end, |(_, end)| end);
    (lead.is_some() || mark.is_some()).then(|| line.as_is(at, end))
}

fn named(line: &Line, at: usize) -> Option<Found> {
    let (name, end) = line.word_among(at, "noon|midday|中午|正午|midnight|午夜")?;
    let value = if matches!(name, "midnight" | "午夜") { "00:00" } else { "12:00" };
    Some(Found { start: at, end, value: value.to_owned() })
}

fn clock(hour: u32, minute: u32) -> Option<String> {
    (hour <= 24 && minute < 60).then(|| format!("{hour:02}:{minute:02}"))
}
