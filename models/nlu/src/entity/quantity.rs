//! Quantities: a number with a measure word or unit. The value is the number and the unit.

use super::number::{self, Number};
use super::{Found, Line, amount};

const UNITS: &str = "个|件|盒|包|瓶|箱|双|只|把|套|张|条|本|份|袋|斤|公斤|千克|克|米|朵|束|桶|台|\
                     部|支|杯|罐|单|piece|pieces|item|items|cup|cups|box|boxes|pair|pairs|bottle|\
                     bottles|set|sets|pack|packs|parcel|parcels|package|packages|order|orders|\
                     bowl|bowls|pot|pots|teapot|teapots|card|cards|kg|g|lb|lbs|oz|ml|pcs|units|\
                     unit|ticket|tickets|copy|copies|bag|bags|glass|glasses|metre|metres|meter|\
                     meters|carton|cartons|cans|jar|jars|tin|tins|roll|rolls|crate|crates|\
                     bar|bars|tube|tubes|litre|litres|liter|liters|dozen";

/// Units that are counted even when there is one: "一盒", not "一个".
const CONTAINERS: &str = "盒|包|瓶|箱|双|套|袋|斤|公斤|千克|克|桶|杯|罐|box|pair|bottle|pack|bag|\
                          carton|jar|crate|dozen";

/// Units that may stand right behind the digits.
const GLUED: &str = "kg|g|lbs|lb|oz|ml|pcs";

/// Words that a unit's character begins: spans of time, people, and others.
const OTHERS: &str = "个月|个工作日|个小时|个钟|个星期|个礼拜|个季度|个人|个问题|个电话|个多|\
                      件事|件套|包邮|包含|包括|包月|包年|包装|只是|只能|只有|只要|克拉|部门|支付|\
                      本来|单元|单位|把握|条件|张嘴|台阶|双十|米饭|份量|箱子|盒子|个子|本子|包子";

pub(super) fn find(line: &Line) -> Vec<Found> {
    line.scan(&|at| {
        if !line.is_edge(at) || matches!(line.before(at), '#' | '-' | '第') {
            return None;
        }
        let number = number::read(line, at)?;
        let start = line.skip_spaces(number.end);
        let (unit, end) = line
            .word_among(start, UNITS)
            .or_else(|| glued(line, &number))
            .or_else(|| amount::counts_things(line, start).then_some(("块", start + 1)))
            .or_else(|| pounds(line, start))?;
        // "一个", "one item" and "一下" say nothing about a count.
        let counts = !matches!(number.value.as_str(), "0" | "1")
            || line.at(at).is_ascii_digit()
            || CONTAINERS.split('|').any(|container| container == unit);
        // 一米八 is somebody's height.
        let height = unit == "米" && number::is_chinese_number(line.at(end));
        (counts && !height && line.among(start, OTHERS).is_none()).then(|| Found {
            start: at,
            end,
            value: format!("{} {unit}", number.value),
        })
    })
}

/// A Latin unit right behind the digits: 500g.
fn glued(line: &Line, number: &Number) -> Option<(&'static str, usize)> {
    let (unit, end) = line.among(number.end, GLUED).filter(|(_, end)| line.is_edge(*end))?;
    // 5g and 64G are networks and memory.
    let count = number.value.parse().unwrap_or(0_u32);
    let gigabytes = matches!(count, 2..=6) || (count >= 8 && count.is_power_of_two());
    let grams = unit != "g" || (line.at(number.end) == 'g' && !gigabytes);
    (line.before(number.end).is_ascii_digit() && grams).then_some((unit, end))
}

/// The weight: "2 pounds of beef".
fn pounds(line: &Line, at: usize) -> Option<(&'static str, usize)> {
    line.word_among(at, "pounds").filter(|(_, end)| line.has(*end, " of "))
}
