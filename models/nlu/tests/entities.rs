//! Every kind of entity on lines that have it and lines that only look like it. A line of
//! `entities/KIND.txt` is `text => value | value`; nothing behind the arrow: none of that kind.

use nlu::entity::{find_by_rules, mask_cards};
use nlu::fold::fold_text;
use nlu::{Scratch, ask};
use protocol::locale::Locale;
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
fn no_card_number_leaves_in_full() {
    let marked = include_str!("../../corpus/entities/card.txt");
    let mut scratch = Scratch::new();
    for line in marked.lines() {
        let Some((_, number)) = line.split_once("[card:") else { continue };
        let (number, _) = number.split_once(']').expect("a mark ends");
        let digits: String = fold_text(number).chars().filter(char::is_ascii_digit).collect();
        for text in [format!("my order is {number}"), format!("{number} 12/27 123")] {
            let asked = ask(&text, Locale::En, None, None, &mut scratch);
            let sent = serde_json::to_string(&asked.understanding).expect("it is plain data");
            let sent_digits: String = sent.chars().filter(char::is_ascii_digit).collect();
            assert!(sent.contains(&format!("****{}", &digits[digits.len() - 4..])), "{sent}");
            assert!(!sent_digits.contains(&digits[..digits.len() - 4]), "{sent}");
        }
    }
}

#[test]
fn a_masked_text_shows_four_digits_of_a_card_and_all_of_everything_else() {
    for (text, masked) in [
        ("my card 4111 1111 1111 1111 was declined", "my card •••• •••• •••• 1111 was declined"),
        ("卡号５５００005555555559。", "卡号••••••••••••5559。"),
        ("378282246310005, 13812345678", "•••••••••••0005, 13812345678"),
    ] {
        assert_eq!(mask_cards(text).as_deref(), Some(masked));
        assert_eq!(masked.chars().count(), text.chars().count());
    }
    // A wrong digit, an order's date, and two parcels whose numbers pass Luhn's check.
    for text in ["4111 1111 1111 1112", "订单202408171234567", "7712345678907", "4312345678901", ""]
    {
        assert_eq!(mask_cards(text), None, "{text:?}");
    }
    let many = "a@b.com ".repeat(40) + "4242424242424242";
    assert!(mask_cards(&many).is_some_and(|masked| masked.ends_with(" ••••••••••••4242")));
}

/// Texts on which a rule that looked ahead from every place without a bound would not come back.
#[test]
fn long_texts_take_their_length_and_no_more() {
    let parts = [
        "9",
        "1 ",
        "1-",
        "1.",
        "1,",
        "1/",
        "#1-",
        "a@",
        "a.",
        "a/",
        "a,",
        "+1 ",
        "(0",
        "order-",
        "order is ",
        "订单号",
        "快递",
        "一",
        "十",
        "百千",
        "下",
        "周",
        "三点",
        "on ",
        "the ",
        "http://",
        "www.",
        "one ",
        "twenty-",
        "a hundred and ",
        "￥",
        "$",
        "块",
        "१",
        "٤",
        "４",
        "é",
        "e\u{301}",
        "😀",
        "\u{202e}",
        "\u{5d0}",
        "\u{200b}",
        " ",
        "\n",
        ":",
        "20",
        "12:",
        "may ",
        "1月",
        "号",
    ];
    for part in parts {
        let text = part.repeat(30_000 / part.len());
        check_spans(&text);
    }
}

#[test]
fn any_mixture_of_scripts_is_only_a_text() {
    let parts = [
        "4242 4242 4242 4242",
        "१२३",
        "٤٢٤٢",
        "４２",
        "\u{202e}",
        "שלום",
        "مرحبا",
        "😀",
        "👨‍👩‍👧",
        "e\u{301}",
        "\u{200b}",
        "\0",
        "上周五",
        "last ",
        "friday",
        "¥",
        "3",
        "块",
        "点",
        "号",
        "@",
        ".",
        "com",
        "https://",
        "年",
        "月",
        "12",
        ":",
        "30",
        "-",
        "/",
        "#",
        "+86",
        "138",
        "的",
        "order",
        "tracking ",
        "half past ",
        "two",
        " dozen",
        " of ",
        "第",
        "今晚",
        "(0",
        ")",
        "，",
        "\n",
        "ﬁ",
        "İ",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..8 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            text += parts[(state % parts.len() as u64) as usize];
        }
        check_spans(&text);
    }
}

/// Spans lie in the text, in order, and apart.
fn check_spans(text: &str) {
    let length = text.chars().count() as u32;
    let mut end = 0;
    for entity in find_by_rules(text) {
        assert!(end <= entity.start && entity.start < entity.end, "{text:?} {entity:?}");
        end = entity.end;
    }
    assert!(end <= length, "{text:?}");
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
        check_spans(text);
    }
}
