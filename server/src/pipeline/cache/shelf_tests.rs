//! What is kept, lent and driven out.

use nlu::Asked;
use protocol::understanding::{AbstainReason, Tier, Understanding};

use super::*;

fn asked() -> Arc<Asked> {
    let understanding =
        Understanding { locale: Locale::En, tier: Tier::Encoder, intent: None, entities: vec![] };
    let decision =
        Decision::Abstain { reason: AbstainReason::BelowThreshold, candidates: Vec::new() };
    Arc::new(Asked { understanding, decision })
}

fn key(text: &str) -> Key {
    Key { locale: Locale::En, chars: text.chars().count(), reading: text.into() }
}

fn keep(shelf: &mut Shelf, text: &str, lending: Lending) {
    shelf.keep(key(text), Kept { asked: asked(), lending, wording: Wording::of(text) });
}

fn check_lent(lending: Lending, kept: &str, asked: &str, expected: bool) {
    let mut shelf = Shelf::default();
    keep(&mut shelf, kept, lending);
    let found = shelf.neighbour(Locale::En, &Wording::of(asked), false);
    assert_eq!(found.is_some(), expected, "{lending:?} of {kept:?} to {asked:?}");
    assert!(shelf.neighbour(Locale::Zh, &Wording::of(asked), false).is_none(), "another language");
}

#[test]
fn a_decision_is_lent_only_as_far_as_it_holds() {
    let kept = "do you ship to the moon";
    check_lent(Lending::Nobody, kept, kept, false);
    check_lent(Lending::SameWords, kept, "Hello! Do you ship to the Moon??", true);
    check_lent(Lending::SameWords, kept, "do you ship to moon", false);
    check_lent(Lending::Alike, kept, "do you ship to moon", true);
    check_lent(Lending::Alike, kept, "do you repair lamps", false);
}

#[test]
fn the_number_is_bounded_and_what_is_asked_again_stays() {
    let mut shelf = Shelf::bounded(3, BYTES_MAX);
    keep(&mut shelf, "asked again", Lending::Nobody);
    for number in 0..50 {
        assert!(shelf.exact(&key("asked again")).is_some(), "driven out by {number}");
        keep(&mut shelf, &format!("asked once {number}"), Lending::Nobody);
        assert!(shelf.len() <= 3);
    }
    assert!(shelf.exact(&key("asked once 0")).is_none());
    assert!(shelf.exact(&key("asked once 49")).is_some());
}

#[test]
fn the_bytes_are_bounded_and_counted_back() {
    let text = "x".repeat(1_000);
    let mut shelf = Shelf::bounded(1_000, 20_000);
    for number in 0..100 {
        keep(&mut shelf, &format!("{text}{number}"), Lending::Nobody);
        assert!(shelf.bytes <= 20_000);
    }
    assert!((2..20).contains(&shelf.len()), "{} decisions", shelf.len());
    keep(&mut shelf, &"y".repeat(20_000), Lending::Nobody);
    assert!(shelf.exact(&key(&"y".repeat(20_000))).is_none(), "larger than the whole shelf");
    while !shelf.slots.is_empty() {
        shelf.remove(0);
    }
    assert_eq!((shelf.bytes, shelf.places.len()), (0, 0));
}

#[test]
fn keeping_a_text_again_replaces_it() {
    let mut shelf = Shelf::default();
    keep(&mut shelf, "where is it", Lending::Nobody);
    keep(&mut shelf, "where is it", Lending::Alike);
    assert_eq!(shelf.len(), 1);
    assert!(shelf.neighbour(Locale::En, &Wording::of("where is it"), false).is_some());
}
