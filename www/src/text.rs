//! Texts cut and counted: spans of entities, spans of time, names made of ids. Pure.

use protocol::understanding::{Entity, EntityKind};

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

/// A piece of a message: plain, or what an entity covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) text: String,
    pub(crate) kind: Option<EntityKind>,
}

/// Cuts a text at its entities. Spans that overlap an earlier one or leave the text are shown as
/// plain text: a wrong span must never cost a word.
pub(crate) fn segments(text: &str, entities: &[Entity]) -> Vec<Segment> {
    let characters: Vec<char> = text.chars().collect();
    let mut spans: Vec<&Entity> = entities.iter().collect();
    spans.sort_by_key(|entity| (entity.start, std::cmp::Reverse(entity.end)));
    let mut pieces = Vec::new();
    let mut at = 0;
    for entity in spans {
        let (start, end) = (entity.start as usize, entity.end as usize);
        if start < at || start >= end {
            continue;
        }
        let Some(covered) = characters.get(start..end) else { continue };
        pieces.push(Segment { text: characters[at..start].iter().collect(), kind: None });
        pieces.push(Segment { text: covered.iter().collect(), kind: Some(entity.kind) });
        at = end;
    }
    pieces.push(Segment { text: characters[at..].iter().collect(), kind: None });
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

/// A length of time in the one unit that a reader needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Span {
    UnderAMinute,
    Minutes(u64),
    Hours(u64),
    Days(u64),
}

impl Span {
    pub(crate) fn of_ms(ms: u64) -> Self {
        match ms {
            0..MINUTE_MS => Self::UnderAMinute,
            MINUTE_MS..HOUR_MS => Self::Minutes(ms / MINUTE_MS),
            HOUR_MS..DAY_MS => Self::Hours(ms / HOUR_MS),
            _ => Self::Days(ms / DAY_MS),
        }
    }
}

/// The intent's name for people: `shop.order_status` becomes `Order status`.
pub(crate) fn intent_words(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    let mut words = last.replace(['_', '-'], " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// The kind's name on the wire, `order_number`, for `data-kind`.
pub(crate) fn kind_token(kind: EntityKind) -> String {
    let mut token = String::new();
    for letter in format!("{kind:?}").chars() {
        if letter.is_ascii_uppercase() && !token.is_empty() {
            token.push('_');
        }
        token.push(letter.to_ascii_lowercase());
    }
    token
}

/// The last four digits of an id: enough to tell two visitors apart at a glance.
pub(crate) fn short_id(id: &str) -> String {
    let from = id.len().saturating_sub(4);
    id.get(from..).unwrap_or(id).to_uppercase()
}

/// Which of the `count` avatar colours an id gets; the same one every time.
pub(crate) fn hue(id: &str, count: u32) -> u32 {
    id.bytes().fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte))) % count
}

/// A confidence as whole percent.
pub(crate) fn percent(confidence: f32) -> u32 {
    (confidence.clamp(0.0, 1.0) * 100.0).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity(kind: EntityKind, start: u32, end: u32) -> Entity {
        Entity { kind, start, end, value: String::new() }
    }

    fn check(text: &str, entities: &[Entity], expected: &[(&str, bool)]) {
        let pieces = segments(text, entities);
        let got: Vec<_> =
            pieces.iter().map(|piece| (piece.text.as_str(), piece.kind.is_some())).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn spans_count_characters_in_every_script() {
        let phone = entity(EntityKind::Phone, 5, 8);
        check("我的电话是138吗", &[phone], &[("我的电话是", false), ("138", true), ("吗", false)]);
        let order = entity(EntityKind::OrderNumber, 2, 4);
        check("😀 A1", &[order], &[("😀 ", false), ("A1", true)]);
    }

    #[test]
    fn wrong_spans_never_cost_a_word() {
        let overlapping = [entity(EntityKind::Date, 0, 4), entity(EntityKind::Time, 2, 6)];
        check("abcdefgh", &overlapping, &[("abcd", true), ("efgh", false)]);
        let outside = [entity(EntityKind::Date, 2, 99), entity(EntityKind::Time, 3, 3)];
        check("abc", &outside, &[("abc", false)]);
        check("", &[], &[]);
    }

    #[test]
    fn a_span_has_one_unit() {
        assert_eq!(Span::of_ms(59_999), Span::UnderAMinute);
        assert_eq!(Span::of_ms(60_000), Span::Minutes(1));
        assert_eq!(Span::of_ms(2 * HOUR_MS + 5), Span::Hours(2));
        assert_eq!(Span::of_ms(3 * DAY_MS), Span::Days(3));
    }

    #[test]
    fn a_kind_is_called_as_on_the_wire() {
        for kind in [EntityKind::OrderNumber, EntityKind::Url, EntityKind::CardNumber] {
            let wire = serde_json::to_string(&kind).unwrap();
            assert_eq!(format!("\"{}\"", kind_token(kind)), wire);
        }
    }

    #[test]
    fn names_are_made_for_people() {
        assert_eq!(intent_words("shop.order_status"), "Order status");
        assert_eq!(intent_words("talk_to_person"), "Talk to person");
        assert_eq!(short_id("0190-abcd12ef"), "12EF");
        assert_eq!(percent(0.955), 96);
    }
}
