//! The tagger's spans: words in a row under one label, as far as the model is sure of them.

use protocol::understanding::{Entity, EntityKind};

use crate::engine::Engine;
use crate::manifest::Tag;
use crate::scratch::Scratch;
use kernel::arithmetic::exp;

/// Least probability of a word's label. The tagger finds too much rather than too little (its card:
/// `models/README.md`), so only what it is sure of is shown.
const PROBABILITY_MIN: f32 = 0.9;

/// Spans of the text that `scratch` holds from the last encoding.
pub(super) fn find(text: &str, engine: &Engine, scratch: &Scratch) -> Vec<Entity> {
    let labels = engine.tags();
    let mut spans: Vec<Entity> = Vec::new();
    let mut open: Option<EntityKind> = None;
    let rows = scratch.encoder.tag_logits.chunks_exact(labels.len());
    for (token, logits) in scratch.tokens.tokens.iter().zip(rows) {
        if !token.opens_word {
            // The first piece of a word carries the label; the others stretch the span.
            if let (Some(_), Some(span)) = (open, spans.last_mut()) {
                span.end = token.end;
            }
            continue;
        }
        let kind = match likeliest(labels, logits) {
            Tag::Outside => None,
            Tag::Begins(kind) => {
                open = None;
                Some(kind)
            }
            Tag::Continues(kind) => Some(kind),
        };
        match (kind, open, spans.last_mut()) {
            (Some(kind), Some(last), Some(span)) if kind == last => span.end = token.end,
            (Some(kind), ..) => {
                spans.push(Entity {
                    kind,
                    start: token.start,
                    end: token.end,
                    value: String::new(),
                });
            }
            (None, ..) => {}
        }
        open = kind;
    }
    for span in &mut spans {
        let length = (span.end - span.start) as usize;
        span.value = text.chars().skip(span.start as usize).take(length).collect();
    }
    spans.retain(|span| names_something(&span.value));
    spans
}

/// A mark or a single letter is no name of anything.
fn names_something(value: &str) -> bool {
    value.chars().filter(|c| c.is_alphanumeric()).count() > 1
}

/// The best label, or `Outside` when it is not likely enough.
fn likeliest(labels: &[Tag], logits: &[f32]) -> Tag {
    let mut best = 0;
    for (at, logit) in logits.iter().enumerate() {
        if *logit > logits[best] {
            best = at;
        }
    }
    let total = logits.iter().fold(0.0_f32, |total, logit| total + exp(logit - logits[best]));
    if total * PROBABILITY_MIN <= 1.0 { labels[best] } else { Tag::Outside }
}

#[cfg(test)]
mod tests {
    use super::names_something;

    #[test]
    fn marks_and_single_letters_name_nothing() {
        for value in ["'", "", "?!", "s", "、"] {
            assert!(!names_something(value), "{value:?}");
        }
        for value in ["LG", "茶壶", "no. 5"] {
            assert!(names_something(value), "{value:?}");
        }
    }
}
