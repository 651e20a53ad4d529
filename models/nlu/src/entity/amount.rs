//! Amounts of money: a number with a currency before or behind. The value is `39.90 EUR`.

use super::number::{self, Number};
use super::{Found, Line};

const BEFORE: [(&str, &str); 12] = [
    ("us$", "USD"),
    ("hk$", "HKD"),
    ("$", "USD"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("¥", "CNY"),
    ("￥", "CNY"),
    ("rmb", "CNY"),
    ("cny", "CNY"),
    ("usd", "USD"),
    ("eur", "EUR"),
    ("gbp", "GBP"),
];

const BEHIND: [(&str, &str); 30] = [
    ("元", "CNY"),
    ("块钱", "CNY"),
    ("块", "CNY"),
    ("圆", "CNY"),
    ("人民币", "CNY"),
    ("rmb", "CNY"),
    ("cny", "CNY"),
    ("yuan", "CNY"),
    ("美元", "USD"),
    ("美金", "USD"),
    ("刀", "USD"),
    ("usd", "USD"),
    ("dollars", "USD"),
    ("dollar", "USD"),
    ("bucks", "USD"),
    ("欧元", "EUR"),
    ("欧", "EUR"),
    ("eur", "EUR"),
    ("euros", "EUR"),
    ("euro", "EUR"),
    ("€", "EUR"),
    ("英镑", "GBP"),
    ("镑", "GBP"),
    ("gbp", "GBP"),
    ("pounds", "GBP"),
    ("quid", "GBP"),
    ("£", "GBP"),
    ("$", "USD"),
    ("港币", "HKD"),
    ("港元", "HKD"),
];

pub(super) fn find(line: &Line) -> Vec<Found> {
    line.scan(|at| before(line, at).or_else(|| behind(line, at)))
}

fn before(line: &Line, at: usize) -> Option<Found> {
    let (currency, end) = named(line, at, &BEFORE, true)?;
    let number = number::digits(line, line.skip_spaces(end))?;
    Some(amount(at, number.end, &number, currency))
}

fn behind(line: &Line, at: usize) -> Option<Found> {
    if !line.is_edge(at) {
        return None;
    }
    let number = number::read(line, at)?;
    let start = line.skip_spaces(number.end);
    let (currency, end) = named(line, start, &BEHIND, false)?;
    Some(amount(at, end, &number, currency))
}

/// The longest currency name at `at`. Letters must not go on into another word, except that a
/// number may follow a name that stands before it.
fn named(
    line: &Line,
    at: usize,
    names: &[(&str, &'static str)],
    number_follows: bool,
) -> Option<(&'static str, usize)> {
    let ends = |name: &str| at + name.chars().count();
    let whole = |name: &str| {
        let end = ends(name);
        let letters = name.chars().all(|c| c.is_ascii_alphabetic());
        let behind = line.at(end);
        let glued = behind.is_ascii_alphabetic() || (!number_follows && behind.is_ascii_digit());
        let led = number_follows && line.before(at).is_ascii_alphabetic();
        !letters || (!glued && !led)
    };
    let fitting = names.iter().filter(|(name, _)| line.has(at, name) && whole(name));
    fitting.max_by_key(|(name, _)| name.chars().count()).map(|(name, code)| (*code, ends(name)))
}

fn amount(start: usize, end: usize, number: &Number, currency: &str) -> Found {
    Found { start, end, value: format!("{} {currency}", number.value) }
}
