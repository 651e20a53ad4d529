//! Dates in Chinese: days by name, weekdays, holidays, months and days by number.

use super::{is_day, iso};
use crate::entity::number::{self, Number};
use crate::entity::{Found, Line};

const DAYS: &str = "今天|明天|昨天|后天|前天|大前天|大后天|今晚|明晚|昨晚|今早|明早|昨早|今日|明日|\
                    昨日|今儿|明儿|昨儿|月底|月初|月末|年底|年初|年末|前年|后年|周末|上半年|下半年";

const HOLIDAYS: &str = "春节|除夕|大年初一|元旦|元宵|元宵节|清明|清明节|五一|端午|端午节|七夕|中秋|\
                        中秋节|国庆|国庆节|圣诞|圣诞节|双十一|双十二|双11|双12|情人节|母亲节|\
                        父亲节|儿童节|教师节|劳动节|妇女节|光棍节";

/// Spans of time that a date may go on from: 下个月3号, 明年3月.
const FRAMES: &str = "去年|今年|明年|前年|后年|上个月|下个月|这个月|本月|上月|下月|当月";

pub(super) fn find(line: &Line, at: usize) -> Option<Found> {
    if line.at(at).is_ascii() && !line.at(at).is_ascii_digit() {
        return None;
    }
    if let Some((_, frame_end)) = line.among(at, FRAMES) {
        let end = day_or_month(line, frame_end).map_or(frame_end, |(_, end)| end);
        let end = line.among(end, "底|初|末|中旬|上旬|下旬").map_or(end, |(_, end)| end);
        return Some(line.as_is(at, end));
    }
    numbered(line, at)
        .or_else(|| ago(line, at).map(|end| line.as_is(at, end)))
        .or_else(|| named(line, at).map(|end| line.as_is(at, end)))
        .or_else(|| weekday(line, at).map(|end| line.as_is(at, end)))
}

fn named(line: &Line, at: usize) -> Option<usize> {
    // 以后天天, 目前天气, 五一十一.
    if line.follows(at, "以|目|之|然") {
        return None;
    }
    if let Some((_, end)) = line.among(at, DAYS) {
        return Some(end);
    }
    let (name, end) = line.among(at, HOLIDAYS)?;
    let of_number = |c: char| name == "五一" && (number::is_chinese_number(c) || c == '第');
    (!of_number(line.before(at)) && !of_number(line.at(end))).then_some(end)
}

/// 上周五, 下星期一, 周日, 礼拜天.
fn weekday(line: &Line, at: usize) -> Option<usize> {
    let lead = line.among(at, "上个|下个|这个|上|下|这|本|上上|下下");
    let (_, end) = line.among(lead.map_or(at, |(_, end)| end), "星期|礼拜|周")?;
    // 两周一次 speaks of weeks.
    let counted = lead.is_none() && (is_number(line.before(at)) || line.before(at) == '个');
    if "一二三四五六日天末".contains(line.at(end)) && !counted {
        return Some(end + 1);
    }
    lead.filter(|_| line.before(at) != '以').map(|_| end)
}

fn is_number(c: char) -> bool {
    c.is_ascii_digit() || number::is_chinese_number(c) || c == '几'
}

/// 三天前, 两周前, 1个月前.
fn ago(line: &Line, at: usize) -> Option<usize> {
    let number = number_at(line, at)?;
    let (_, end) = line.among(number.end, "天|周|年|个星期|个礼拜|个月|星期|个多月")?;
    let end = line.among(end, "前|以前|之前").map(|(_, end)| end)?;
    // 提前三天前往.
    (line.at(end) != '往' && line.before(at) != '前').then_some(end)
}

/// 2026年11月20日, 11月20号, 20号, 十一月二十号, 8月.
fn numbered(line: &Line, at: usize) -> Option<Found> {
    let first = number_at(line, at)?;
    if line.at(first.end) != '年' {
        let (full, end) = day_or_month(line, at)?;
        // 文三路18号 and 柜12号 are places, 大一号 is a size.
        let placed = "路街道巷弄村里园柜桌座栋箱排大小".contains(line.before(at));
        return (full || !placed).then(|| line.as_is(at, end));
    }
    let year = first.value.parse().ok().filter(|year| (1900..=2100).contains(year))?;
    let month = number_at(line, first.end + 1).filter(|month| line.at(month.end) == '月')?;
    let month_value = month.value.parse().ok()?;
    match day(line, month.end + 1) {
        Some((day, end)) => Some(Found { start: at, end, value: iso(year, month_value, day)? }),
        None => Some(line.as_is(at, month.end + 1)),
    }
}

/// The end of a month with or without its day, or of a day alone; whether it is both.
fn day_or_month(line: &Line, at: usize) -> Option<(bool, usize)> {
    let first = number_at(line, at)?;
    let value: u32 = first.value.parse().ok()?;
    if line.at(first.end) == '月' && (1..=12).contains(&value) {
        let month_end = first.end + 1;
        return match day(line, month_end) {
            Some((_, end)) => Some((true, end)),
            None if line.among(month_end, "租|付|费|卡|供|饼|经").is_some() => None,
            None => Some((false, line.among(month_end, "份|底|初").map_or(month_end, |(_, e)| e))),
        };
    }
    let end = first.end + 1;
    let day = line.at(first.end) == '号' && is_day(value) && first.end - at <= 3;
    let placed = line.among(end, "楼|线|店|机|门|馆|码|柜|桌|台|院|房|厅|仓|电|字|色|球|位|座");
    (day && placed.is_none() && line.before(at) != '-').then_some((false, end))
}

/// The day behind a month: 20日, 20号, 二十, 二十号.
fn day(line: &Line, at: usize) -> Option<(u32, usize)> {
    let number = number_at(line, at)?;
    let value = number.value.parse().ok().filter(|day| is_day(*day))?;
    if "日号".contains(line.at(number.end)) {
        return Some((value, number.end + 1));
    }
    let spelled = number::is_chinese_number(line.at(at));
    let counts = line.among(number.end, "天|个|块|元|次|件|月|点|人|年").is_some();
    (spelled && !counts).then_some((value, number.end))
}

fn number_at(line: &Line, at: usize) -> Option<Number> {
    let number = number::digits(line, at).or_else(|| number::chinese(line, at))?;
    (number.value.len() <= 4 && !number.value.contains('.')).then_some(number)
}
