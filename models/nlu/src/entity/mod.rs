//! Entities: spans of a question with a kind and a normalized value. Rules first, one file a kind;
//! then the tagger's spans where no rule claims the place. Knows no FAQ and no clock: "last Friday"
//! stays words.

mod amount;
mod card;
mod date;
mod email;
mod number;
mod order;
mod phone;
mod quantity;
mod scan;
mod tagged;
mod time;
mod tracking;
mod url;

use protocol::understanding::{Entity, EntityKind};

use crate::engine::Engine;
use crate::fold::fold;
use crate::scratch::Scratch;

/// Most entities of one text; a visitor's question names a few.
const ENTITIES_MAX: usize = 32;

/// A text that rules look at: folded, with the way back to the original's characters.
pub(crate) struct Line {
    chars: Vec<char>,
    /// The same in ASCII lower case, for words.
    lower: Vec<char>,
    /// Position of each character in the original.
    origins: Vec<u32>,
}

/// A span that a rule claims, in characters of the line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    start: usize,
    end: usize,
    value: String,
}

type Rule = fn(&Line) -> Vec<Found>;

/// Earlier rules win where two claim the same place.
const RULES: [(EntityKind, Rule); 10] = [
    (EntityKind::Email, email::find),
    (EntityKind::Url, url::find),
    (EntityKind::CardNumber, card::find),
    (EntityKind::TrackingNumber, tracking::find),
    (EntityKind::Phone, phone::find),
    (EntityKind::Amount, amount::find),
    (EntityKind::Date, date::find),
    (EntityKind::Time, time::find),
    (EntityKind::OrderNumber, order::find),
    (EntityKind::Quantity, quantity::find),
];

/// What the rules find in `text`, in order of place.
pub fn find_by_rules(text: &str) -> Vec<Entity> {
    let line = Line::read(text);
    let mut entities: Vec<Entity> = Vec::new();
    for (kind, rule) in RULES {
        for found in rule(&line) {
            let entity = line.entity(kind, found);
            if entities.len() < ENTITIES_MAX && !entities.iter().any(|e| overlap(e, &entity)) {
                entities.push(entity);
            }
        }
    }
    entities.sort_unstable_by_key(|entity| entity.start);
    entities
}

/// What stands for a digit that nobody needs to read.
const MASK: char = '•';

/// The text with the digits of its card numbers masked but for the last four; `None` when there is
/// none. It keeps its length in characters, so that spans still fit.
pub fn mask_cards(text: &str) -> Option<String> {
    let line = Line::read(text);
    let mut masked: Option<Vec<char>> = None;
    for found in card::find(&line) {
        let digits = (found.start..found.end).filter(|at| line.chars[*at].is_ascii_digit());
        let digits: Vec<usize> = digits.collect();
        let hidden = &digits[..digits.len().saturating_sub(card::SHOWN_DIGITS)];
        let chars = masked.get_or_insert_with(|| text.chars().collect());
        for at in hidden {
            chars[line.origins[*at] as usize] = MASK;
        }
    }
    masked.map(String::from_iter)
}

/// Rules, then the tags of the text that `scratch` holds from the last encoding.
pub(crate) fn find_with_tags(text: &str, engine: &Engine, scratch: &Scratch) -> Vec<Entity> {
    let mut entities = find_by_rules(text);
    for entity in tagged::find(text, engine, scratch) {
        if entities.len() < ENTITIES_MAX && !entities.iter().any(|e| overlap(e, &entity)) {
            entities.push(entity);
        }
    }
    entities.sort_unstable_by_key(|entity| entity.start);
    entities
}

fn overlap(a: &Entity, b: &Entity) -> bool {
    a.start < b.end && b.start < a.end
}

impl Line {
    fn read(text: &str) -> Self {
        let (mut chars, mut origins) =
            (Vec::with_capacity(text.len()), Vec::with_capacity(text.len()));
        for (at, original) in text.chars().enumerate() {
            if let Some(c) = fold(original) {
                chars.push(c);
                origins.push(at as u32);
            }
        }
        let lower = chars.iter().map(char::to_ascii_lowercase).collect();
        Self { chars, lower, origins }
    }

    fn entity(&self, kind: EntityKind, found: Found) -> Entity {
        let (start, end) = (self.origins[found.start], self.origins[found.end - 1] + 1);
        Entity { kind, start, end, value: found.value }
    }
}
