//! Every kind of entity on lines that have it and lines that only look like it. A line of
//! `entities/KIND.txt` is `text => value | value`; nothing behind the arrow: none of that kind.

use nlu::entity::find_by_rules;
use protocol::understanding::EntityKind;

fn check(kind: EntityKind, lines: &str) {
    let (mut positive, mut negative) = (0, 0);
    for line in lines.lines().filter(|line| !line.is_empty()) {
        let (text, values) = line.split_once("=>").expect("a line has an arrow");
        let text = text.trim();
        let expected: Vec<&str> =
            values.split('|').map(str::trim).filter(|v| !v.is_empty()).collect();
        let entities = find_by_rules(text);
        let found: Vec<&str> =
            entities.iter().filter(|e| e.kind == kind).map(|e| e.value.as_str()).collect();
        assert_eq!(found, expected, "{kind:?} in {text:?}; all: {entities:?}");
        let length = text.chars().count() as u32;
        assert!(entities.iter().all(|e| e.start < e.end && e.end <= length), "{text:?}");
        *(if expected.is_empty() { &mut negative } else { &mut positive }) += 1;
    }
    assert!(positive >= 5 && negative >= 3, "{kind:?}: {positive} with, {negative} without");
}

#[test]
fn emails() {
    check(EntityKind::Email, include_str!("entities/email.txt"));
}

#[test]
fn urls() {
    check(EntityKind::Url, include_str!("entities/url.txt"));
}

#[test]
fn phones() {
    check(EntityKind::Phone, include_str!("entities/phone.txt"));
}

#[test]
fn order_numbers() {
    check(EntityKind::OrderNumber, include_str!("entities/order_number.txt"));
}

#[test]
fn tracking_numbers() {
    check(EntityKind::TrackingNumber, include_str!("entities/tracking_number.txt"));
}

#[test]
fn amounts() {
    check(EntityKind::Amount, include_str!("entities/amount.txt"));
}

#[test]
fn dates() {
    check(EntityKind::Date, include_str!("entities/date.txt"));
}

#[test]
fn times() {
    check(EntityKind::Time, include_str!("entities/time.txt"));
}

#[test]
fn quantities() {
    check(EntityKind::Quantity, include_str!("entities/quantity.txt"));
}

#[test]
fn card_numbers_and_never_in_full() {
    let lines = include_str!("entities/card_number.txt");
    check(EntityKind::CardNumber, lines);
    for line in lines.lines() {
        let values = find_by_rules(line).into_iter().map(|entity| entity.value);
        for value in values.filter(|value| value.starts_with('*')) {
            assert_eq!(value.len(), 8, "{line:?}");
        }
    }
}

#[test]
fn spans_count_the_characters_of_the_original() {
    let text = "我\u{200b}的 邮箱是ａ@b.com，谢谢";
    let entities = find_by_rules(text);
    let found = entities.first().expect("an address");
    let span: String =
        text.chars().skip(found.start as usize).take((found.end - found.start) as usize).collect();
    assert_eq!((span.as_str(), found.value.as_str()), ("ａ@b.com", "a@b.com"));
}

#[test]
fn hostile_texts_are_only_texts() {
    let long_digits = "9".repeat(8_192);
    let texts = [
        long_digits.as_str(),
        "@",
        "@.@.@",
        "#",
        "+",
        "$",
        "¥",
        "一万亿亿万万万万万万",
        "999999999999999999999万",
        "00:00:00:00",
        "99/99/9999",
        "2026-99-99",
        "12345678901234567890123456789年1月1日",
        "https://",
        "www.",
        "((((((((",
        "1Z",
        "\u{feff}\u{200b}",
        "下午99999点",
        "。。。",
        "order order order #",
        "百百百万万",
    ];
    for text in texts {
        let length = text.chars().count() as u32;
        assert!(find_by_rules(text).iter().all(|e| e.end <= length), "{text:?}");
    }
}
