//! Numbers as people write them: digits with separators, Chinese numerals, English words.

use super::Line;

/// A number, where it ends, and how it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Number {
    /// Decimal digits with at most one point, no separators.
    pub(super) value: String,
    pub(super) end: usize,
}

/// In order: "one" is 1.
const SMALL: &str = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|\
                     fourteen|fifteen|sixteen|seventeen|eighteen|nineteen";

/// In order: "twenty" is 20.
const TENS: &str = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety";

/// The number at `at`, if one begins there.
pub(super) fn read(line: &Line, at: usize) -> Option<Number> {
    digits(line, at).or_else(|| chinese(line, at)).or_else(|| word(line, at))
}

/// 12, 1,299.00, 3.5.
pub(super) fn digits(line: &Line, at: usize) -> Option<Number> {
    let fraction =
        matches!(line.before(at), '.' | ',') && line.before(at.max(1) - 1).is_ascii_digit();
    if !line.at(at).is_ascii_digit() || line.before(at).is_ascii_digit() || fraction {
        return None;
    }
    let mut end = line.digits_end(at);
    let mut value = line.text(at, end);
    // A comma groups only when exactly three digits follow.
    while line.at(end) == ',' && line.digits_end(end + 1) == end + 4 {
        value += &line.text(end + 1, end + 4);
        end += 4;
    }
    if line.at(end) == '.' && line.at(end + 1).is_ascii_digit() {
        let fraction_end = line.digits_end(end + 1);
        value += &line.text(end, fraction_end);
        end = fraction_end;
    }
    let zeros = match line.at(end) {
        '万' => 4,
        '千' if line.at(end + 1) != '克' => 3,
        _ => return Some(Number { value, end }),
    };
    Some(Number { value: scaled(&value, zeros), end: end + 1 })
}

/// A decimal number with its point moved `places` to the right.
fn scaled(value: &str, places: usize) -> String {
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let moved: String = fraction.chars().chain("0000".chars()).take(places).collect();
    let rest = fraction.get(places..).unwrap_or("");
    let digits = format!("{whole}{moved}");
    let digits = digits.trim_start_matches('0');
    let digits = if digits.is_empty() { "0" } else { digits };
    if rest.is_empty() { digits.to_owned() } else { format!("{digits}.{rest}") }
}

/// 两, 十五, 三百二十, 一千零五, 两万.
pub(super) fn chinese(line: &Line, at: usize) -> Option<Number> {
    if is_chinese_number(line.before(at)) {
        return None;
    }
    let (mut total, mut section, mut digit, mut last_unit) = (0_u64, 0_u64, None, 1_u64);
    let mut end = at;
    while end < line.len() && end - at <= CHINESE_CHARS_MAX {
        let c = line.at(end);
        if let Some(value) = chinese_digit(c) {
            digit = Some(value);
            last_unit = if c == '零' { 1 } else { last_unit };
        } else if let Some(size) = unit(c) {
            // 十 alone is ten; 百 and above need a digit before them.
            let count = match digit.take() {
                Some(count) => count,
                None if size == 10 => 1,
                None if size == 10_000 && section > 0 => 0,
                None => break,
            };
            if size == 10_000 {
                total = (total + section + count).checked_mul(size)?;
                section = 0;
            } else {
                section += count * size;
            }
            last_unit = size;
        } else {
            break;
        }
        end += 1;
    }
    if end == at || end - at > CHINESE_CHARS_MAX {
        return None;
    }
    // 三百二 is 320: a last digit counts in the next smaller unit.
    let rest = digit.unwrap_or(0) * if last_unit >= 100 { last_unit / 10 } else { 1 };
    Some(Number { value: (total + section + rest).to_string(), end })
}

/// Longer runs of numerals are codes or poems.
const CHINESE_CHARS_MAX: usize = 10;

/// Three, twenty-five, a hundred and twenty, two thousand.
fn word(line: &Line, at: usize) -> Option<Number> {
    if !line.at(at).is_ascii_alphabetic() {
        return None;
    }
    let article = line.word_among(at, "a").map(|(_, end)| (1, end));
    let (mut count, mut end) = below_hundred(line, at).or(article)?;
    let mut named = article.is_none();
    for (name, size) in [("hundred", 100), ("thousand", 1_000)] {
        let Some((_, behind)) = line.word_among(line.skip_spaces(end), name) else { continue };
        (count, end, named) = (count * size, behind, true);
        let rest_at = line.past(line.skip_spaces(end), "and");
        if let Some((rest, behind)) = below_hundred(line, rest_at) {
            (count, end) = (count + rest, behind);
        }
    }
    // "a cup" counts nothing, "a dozen" does.
    named |= line.has(end, " dozen");
    named.then(|| Number { value: count.to_string(), end })
}

/// Five, fifteen, fifty, fifty-five.
pub(super) fn below_hundred(line: &Line, at: usize) -> Option<(u64, usize)> {
    let place = |at: usize, words: &'static str| {
        let (found, end) = line.word_among(at, words)?;
        let place = words.split('|').position(|word| word == found)?;
        Some((place as u64, end))
    };
    if let Some((small, end)) = place(at, SMALL) {
        return Some((small + 1, end));
    }
    let (tens, end) = place(at, TENS)?;
    let ones =
        place(end + 1, SMALL).filter(|(ones, _)| matches!(line.at(end), ' ' | '-') && *ones < 9);
    let (ones, end) = ones.map_or((0, end), |(ones, end)| (ones + 1, end));
    Some(((tens + 2) * 10 + ones, end))
}

pub(super) fn is_chinese_number(c: char) -> bool {
    chinese_digit(c).is_some() || unit(c).is_some()
}

pub(super) fn chinese_digit(c: char) -> Option<u64> {
    let place = "零一二三四五六七八九".chars().position(|digit| digit == c);
    match c {
        '两' => Some(2),
        '〇' => Some(0),
        _ => place.map(|place| place as u64),
    }
}

fn unit(c: char) -> Option<u64> {
    match c {
        '十' => Some(10),
        '百' => Some(100),
        '千' => Some(1_000),
        '万' => Some(10_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let found = read(&Line::read(text), 0);
        assert_eq!(found.map(|number| number.value).as_deref(), expected, "{text:?}");
    }

    #[test]
    fn numbers_are_read_as_written() {
        check("12", Some("12"));
        check("1,299.00 total", Some("1299.00"));
        check("1,2", Some("1"));
        check("3.5万", Some("35000"));
        check("0.5千", Some("500"));
        check("1.23456万", Some("12345.6"));
        check("2千", Some("2000"));
        check("2.", Some("2"));
        check("two", Some("2"));
        check("twofold", None);
        check("twenty-five", Some("25"));
        check("fifty five", Some("55"));
        check("a hundred and twenty", Some("120"));
        check("two thousand five", Some("2005"));
        check("a cup", None);
        check("两", Some("2"));
        check("十五", Some("15"));
        check("三百二十五", Some("325"));
        check("三百二", Some("320"));
        check("一千零五", Some("1005"));
        check("两万三千", Some("23000"));
        check("一百万", Some("1000000"));
        check("百", None);
        check("", None);
        check("abc", None);
    }
}
