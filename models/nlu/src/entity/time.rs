//! Times of day. The value is `HH:MM` where morning and afternoon are told apart, else the words.

use super::number;
use super::{Found, Line};

pub(super) fn find(line: &Line) -> Vec<Found> {
    line.scan(|at| {
        if !line.is_edge(at) || matches!(line.before(at), '.' | ':' | '-' | '$' | '€' | '£' | '¥')
        {
            return None;
        }
        digital(line, at).or_else(|| chinese(line, at)).or_else(|| named(line, at))
    })
}

/// 14:30, 9am, 3:15 pm.
fn digital(line: &Line, at: usize) -> Option<Found> {
    let hour_end = line.run_end(at, |c| c.is_ascii_digit());
    if hour_end == at || hour_end - at > 2 {
        return None;
    }
    let hour: u32 = line.text(at, hour_end).parse().ok()?;
    let minute_end = line.run_end(hour_end + 1, |c| c.is_ascii_digit());
    let minute = (line.at(hour_end) == ':' && minute_end == hour_end + 3)
        .then(|| line.text(hour_end + 1, minute_end).parse().ok())
        .flatten();
    let end = if minute.is_some() { minute_end } else { hour_end };
    let half = line.skip_spaces(end);
    let mark = ["a.m.", "p.m.", "am", "pm"]
        .into_iter()
        .find(|mark| line.has(half, mark) && line.is_edge(half + mark.len()));
    match mark {
        Some(mark) if (1..=12).contains(&hour) => {
            let afternoon = if mark.starts_with('p') { 12 } else { 0 };
            let value = clock(hour % 12 + afternoon, minute.unwrap_or(0))?;
            Some(Found { start: at, end: half + mark.len(), value })
        }
        _ => {
            let value = clock(hour, minute?)?;
            line.is_edge(end).then_some(Found { start: at, end, value })
        }
    }
}

/// 下午3点半, 晚上八点, 9点15分, 十点.
fn chinese(line: &Line, at: usize) -> Option<Found> {
    let parts = ["早上", "上午", "凌晨", "中午", "下午", "傍晚", "晚上", "今晚", "早", "晚"];
    let part = parts.into_iter().find(|part| line.has(at, part));
    let hour_at = at + part.map_or(0, |part| part.chars().count());
    let hour = number::digits(line, hour_at).or_else(|| number::chinese(line, hour_at))?;
    let value: u32 = hour.value.parse().ok().filter(|hour| *hour <= 24)?;
    // "一点" and "两点" are mostly "a bit" and "two points".
    if line.at(hour.end) != '点' || (part.is_none() && "一两几有".contains(line.at(at))) {
        return None;
    }
    let behind = hour.end + 1;
    let (minute, end) = match number::digits(line, behind).or_else(|| number::chinese(line, behind))
    {
        _ if line.at(behind) == '半' => (30, behind + 1),
        Some(minute) => {
            (minute.value.parse().ok()?, minute.end + usize::from(line.at(minute.end) == '分'))
        }
        None => (0, behind + usize::from(line.at(behind) == '钟')),
    };
    let late = part.is_some_and(|part| ["下午", "傍晚", "晚上", "今晚", "晚"].contains(&part));
    let hour = if late && value < 12 { value + 12 } else { value };
    let value = match part {
        Some(_) => clock(hour, minute)?,
        None if hour > 12 => clock(hour, minute)?,
        None => line.text(at, end),
    };
    Some(Found { start: at, end, value })
}

fn named(line: &Line, at: usize) -> Option<Found> {
    let names = ["noon", "midnight", "中午", "上午", "下午", "晚上", "早上"];
    let (name, end) = line.word_among(at, &names)?;
    let value = match name {
        "noon" => "12:00".to_owned(),
        "midnight" => "00:00".to_owned(),
        part => part.to_owned(),
    };
    Some(Found { start: at, end, value })
}

fn clock(hour: u32, minute: u32) -> Option<String> {
    (hour <= 24 && minute < 60).then(|| format!("{hour:02}:{minute:02}"))
}
