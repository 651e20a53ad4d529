//! Quantities: a number with a measure word or unit. The value is the number and the unit.

use super::number;
use super::{Found, Line};

const UNITS: [&str; 62] = [
    "个", "件", "盒", "包", "瓶", "箱", "双", "只", "把", "套", "张", "条", "本", "份", "袋", "斤",
    "公斤", "克", "台", "部", "支", "杯", "罐", "单", "piece", "pieces", "item", "items", "cup",
    "cups", "box", "boxes", "pair", "pairs", "bottle", "bottles", "set", "sets", "pack", "packs",
    "parcel", "parcels", "package", "packages", "order", "orders", "bowl", "bowls", "pot", "pots",
    "teapot", "teapots", "card", "cards", "kg", "g", "lb", "lbs", "oz", "ml", "pcs", "units",
];

pub(super) fn find(line: &Line) -> Vec<Found> {
    line.scan(|at| {
        if !line.is_edge(at) || matches!(line.before(at), '#' | '-' | '第') {
            return None;
        }
        let number = number::read(line, at)?;
        let (unit, end) = line
            .word_among(line.skip_spaces(number.end), &UNITS)
            .or_else(|| glued(line, number.end))?;
        // "一个", "one item" and "一下" say nothing about a count.
        let counts = number.value != "1" || line.at(at) == '1';
        // "三个月" and "5 个工作日" are spans of time.
        let span = line.has(end, "月")
            || line.has(end, "工作日")
            || line.has(end, "小时")
            || line.has(end, "星期");
        (counts && !span).then(|| Found {
            start: at,
            end,
            value: format!("{} {unit}", number.value),
        })
    })
}

/// A Latin unit right behind the digits: 500g.
fn glued(line: &Line, at: usize) -> Option<(&'static str, usize)> {
    ["kg", "g", "lbs", "lb", "oz", "ml", "pcs"].into_iter().find_map(|unit| {
        let end = at + unit.len();
        (line.before(at).is_ascii_digit() && line.has(at, unit) && line.is_edge(end))
            .then_some((unit, end))
    })
}
