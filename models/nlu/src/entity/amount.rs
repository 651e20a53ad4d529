//! Amounts of money: a number with a currency before or behind. The value is `39.90 EUR`.

use super::number::{self, Number};
use super::{Found, Line};

/// Currencies and their names: before a number, behind one, or on either side.
const NAMES: [(&str, &str, &str); 10] = [
    ("CNY", "¥|￥", "元|块钱|块|圆|人民币|yuan"),
    ("USD", "$|us$", "美元|美金|刀|dollars|dollar|bucks|$"),
    ("EUR", "€", "欧元|欧|euros|euro|€"),
    ("GBP", "£", "英镑|镑|pounds|pound|quid|£"),
    ("HKD", "hk$", "港币|港元"),
    ("JPY", "jp¥", "日元|日币|yen"),
    ("AUD", "a$|au$", "澳元|澳币"),
    ("CAD", "c$|ca$", "加元|加币"),
    ("SGD", "s$|sg$", "新币|新元"),
    ("TWD", "nt$", "台币|新台币"),
];

const CODES: &str = "cny|rmb|usd|eur|gbp|hkd|jpy|aud|cad|sgd|twd";

/// Coins, by what a hundred of them make.
const COINS: [(&str, &str); 3] = [("CNY", "分钱"), ("USD", "cents|cent"), ("GBP", "pence|p")];

/// What makes a number of its own of the digit before it.
const COUNTERS: &str = "个|件|盒|包|瓶|箱|双|只|把|套|张|条|本|份|袋|斤|次|天|年|月|人|元|块|分|折|\
                        号|点|楼|位|台|部|单|克|米|公斤|小时|毫升|支|杯|罐|周|期";

/// Things that 块 counts: "两块电池" is no money.
const COUNTED: &str = "电池|地砖|瓷砖|砖|蛋糕|布|屏|表|手表|肥皂|香皂|巧克力|豆腐|玻璃|木板|板|\
                       面包|饼|肉|牛排|地毯|毛巾|硬盘|石头|糖";

pub(super) fn find(line: &Line) -> Vec<Found> {
    line.scan(&|at| before(line, at).or_else(|| behind(line, at)))
}

/// Whether 块 at `at` counts things and not money.
pub(super) fn counts_things(line: &Line, at: usize) -> bool {
    line.at(at) == '块' && line.among(at + 1, COUNTED).is_some()
}

fn before(line: &Line, at: usize) -> Option<Found> {
    if line.before(at).is_ascii_alphabetic() {
        return None;
    }
    let symbol = |(code, names, _): &(&'static str, &'static str, &str)| {
        line.among(at, names).map(|(_, end)| (*code, end))
    };
    let named = NAMES.iter().filter_map(symbol).max_by_key(|(_, end)| *end);
    let (currency, end) = named.or_else(|| coded(line, at))?;
    let number = number::digits(line, line.skip_spaces(end))?;
    Some(found(at, number.end, &number.value, currency))
}

fn behind(line: &Line, at: usize) -> Option<Found> {
    if !line.is_edge(at) {
        return None;
    }
    let number = number::read(line, at)?;
    // 300多块, 十来块.
    let many = usize::from("多来".contains(line.at(number.end)));
    let start = line.skip_spaces(number.end + many);
    if let Some(found) = coins(line, at, &number, start) {
        return Some(found);
    }
    let name = |(code, _, names): &(&'static str, &str, &'static str)| {
        line.among(start, names).map(|(_, end)| (*code, end))
    };
    let named = NAMES.iter().filter_map(name).max_by_key(|(_, end)| *end);
    let (currency, end) = named
        .filter(|(_, end)| !glued(line, *end))
        .or_else(|| coded(line, start).filter(|(_, end)| line.is_edge(*end)))?;
    let single = number.value == "1" && !line.at(at).is_ascii_digit();
    // "一块", "一刀切", "两块电池", "2 pounds of beef".
    if (single && "块刀".contains(line.at(start)) && line.at(start + 1) != '钱')
        || counts_things(line, start)
        || line.has(end, " of ")
    {
        return None;
    }
    let (value, end) = with_small_change(line, &number, end);
    Some(found(at, end, &value, currency))
}

/// Letters must not go on into another word.
fn glued(line: &Line, end: usize) -> bool {
    let letter = line.before(end).is_ascii_alphabetic();
    letter && line.at(end).is_ascii_alphanumeric()
}

fn coded(line: &Line, at: usize) -> Option<(&'static str, usize)> {
    let (name, end) =
        line.among(at, CODES).filter(|(_, end)| !line.at(*end).is_ascii_alphabetic())?;
    Some((code_of(name), end))
}

fn code_of(name: &str) -> &'static str {
    let known = NAMES.iter().map(|(code, ..)| *code);
    known.into_iter().find(|code| code.eq_ignore_ascii_case(name)).unwrap_or("CNY")
}

/// 五毛, 99 cents, 50p.
fn coins(line: &Line, at: usize, number: &Number, start: usize) -> Option<Found> {
    if number.value.len() > 2 {
        return None;
    }
    if let Some((_, end)) = line.among(start, "毛钱|毛|角").filter(|_| number.value.len() == 1)
    {
        let follows = line.among(end, "衫|衣|线|巾|笔|发|孩|落|度").is_some();
        return (!follows).then(|| found(at, end, &format!("0.{}0", number.value), "CNY"));
    }
    let (currency, end) = COINS.iter().find_map(|(code, names)| {
        let (name, end) = line.among(start, names).filter(|(_, end)| !glued(line, *end))?;
        // "5 p" is a page.
        (name != "p" || start == number.end).then_some((*code, end))
    })?;
    Some(found(at, end, &format!("0.{:0>2}", number.value), currency))
}

/// 12元5角, 三块五, six pounds fifty: the number with what follows its currency.
fn with_small_change(line: &Line, number: &Number, end: usize) -> (String, usize) {
    let whole = (number.value.clone(), end);
    if number.value.contains('.') {
        return whole;
    }
    let digit = match line.at(end) {
        c if c.is_ascii_digit() => c.to_digit(10),
        c => number::chinese_digit(c).map(|digit| digit as u32),
    };
    if let Some(digit) = digit.filter(|_| "元块".contains(line.before(end))) {
        let coin = matches!(line.at(end + 1), '角' | '毛');
        // "三块五" ends there; "十块两个" and "两块500克" do not.
        let counts = line.among(end + 1, COUNTERS).is_some() || line.at(end + 1).is_ascii_digit();
        let last = !counts && !number::is_chinese_number(line.at(end + 1));
        if coin || (line.before(end) == '块' && last) {
            return (format!("{}.{digit}0", number.value), end + 1 + usize::from(coin));
        }
    }
    let fraction = number::below_hundred(line, line.skip_spaces(end));
    match fraction.filter(|(pence, behind)| *pence >= 10 && *behind > end && line.at(end) == ' ') {
        Some((pence, behind)) => (format!("{}.{pence:02}", number.value), behind),
        None => whole,
    }
}

fn found(start: usize, end: usize, value: &str, currency: &str) -> Found {
    Found { start, end, value: format!("{value} {currency}") }
}
