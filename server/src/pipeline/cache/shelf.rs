//! The decisions kept for one site, bounded in number and bytes; the clock algorithm chooses what
//! goes. Knows no other site and calls no model.

use std::collections::HashMap;
use std::sync::Arc;

use nlu::Asked;
use protocol::locale::Locale;
use protocol::understanding::Decision;

use super::likeness::Features;

/// Decisions of one site.
pub(super) const DECISIONS_MAX: usize = 4_096;

/// Bytes of one site's decisions, about.
pub(super) const BYTES_MAX: usize = 4 * 1024 * 1024;

/// Least likeness of a wording that a silence is lent to: a typing error or a word in eight. The
/// line `lent` of `cargo xtask bench cache` says how often the model would have said the same.
const ALIKE_MIN: f32 = 0.7;

/// Texts with the same key are one text to the model, and their characters have the same places.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// The visitor's language: it chooses between wordings of an answer.
    pub(super) locale: Locale,
    pub(super) chars: usize,
    /// Folded and in lower case.
    pub(super) reading: Box<str>,
}

/// To which other wordings a decision is lent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lending {
    /// The model might decide otherwise.
    Nobody,
    /// It is decided by the words without politeness, case and punctuation.
    SameWords,
    /// A silence that small changes do not break.
    Alike,
}

/// The words of a question, without their dress.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wording {
    pub(super) text: Box<str>,
    pub(super) features: Features,
}

impl Wording {
    pub(super) fn of(text: &str) -> Self {
        let wording = nlu::wording::wording(text);
        Self { features: Features::of(&wording), text: wording.into() }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) asked: Arc<Asked>,
    pub(super) lending: Lending,
    pub(super) wording: Wording,
}

struct Slot {
    key: Key,
    kept: Kept,
    bytes: usize,
    /// Since the clock's hand passed.
    used: bool,
}

pub(super) struct Shelf {
    slots: Vec<Slot>,
    places: HashMap<Key, usize>,
    bytes: usize,
    hand: usize,
    decisions_max: usize,
    bytes_max: usize,
}

impl Default for Shelf {
    fn default() -> Self {
        Self::bounded(DECISIONS_MAX, BYTES_MAX)
    }
}

impl Shelf {
    fn bounded(decisions_max: usize, bytes_max: usize) -> Self {
        let (slots, places) = (Vec::new(), HashMap::new());
        Self { slots, places, bytes: 0, hand: 0, decisions_max, bytes_max }
    }

    pub(super) fn exact(&mut self, key: &Key) -> Option<Arc<Asked>> {
        let slot = &mut self.slots[*self.places.get(key)?];
        slot.used = true;
        Some(slot.kept.asked.clone())
    }

    /// A decision that is lent to `wording`; no silence where the words alone decide.
    pub(super) fn neighbour(
        &mut self,
        locale: Locale,
        wording: &Wording,
        words_decide: bool,
    ) -> Option<Arc<Asked>> {
        let lent = |slot: &&mut Slot| {
            let theirs = &slot.kept.wording;
            slot.key.locale == locale
                && match slot.kept.lending {
                    Lending::Nobody => false,
                    Lending::SameWords => theirs.text == wording.text,
                    Lending::Alike => {
                        !words_decide && wording.features.alike(&theirs.features, ALIKE_MIN)
                    }
                }
        };
        let slot = self.slots.iter_mut().find(lent)?;
        slot.used = true;
        Some(slot.kept.asked.clone())
    }

    pub(super) fn keep(&mut self, key: Key, kept: Kept) {
        let bytes = bytes_of(&key, &kept);
        if bytes > self.bytes_max {
            return;
        }
        if let Some(place) = self.places.get(&key).copied() {
            self.remove(place);
        }
        while self.slots.len() >= self.decisions_max || self.bytes + bytes > self.bytes_max {
            self.make_room();
        }
        self.bytes += bytes;
        self.places.insert(key.clone(), self.slots.len());
        // New ones must prove themselves: a stream of questions asked once never drives out those
        // that are asked again.
        self.slots.push(Slot { key, kept, bytes, used: false });
    }

    /// Moves the hand to a decision nobody asked for since it last passed, and removes that.
    fn make_room(&mut self) {
        loop {
            self.hand = if self.hand < self.slots.len() { self.hand } else { 0 };
            let slot = &mut self.slots[self.hand];
            if !slot.used {
                return self.remove(self.hand);
            }
            slot.used = false;
            self.hand += 1;
        }
    }

    fn remove(&mut self, place: usize) {
        let slot = self.slots.swap_remove(place);
        self.bytes -= slot.bytes;
        self.places.remove(&slot.key);
        if let Some(moved) = self.slots.get(place) {
            self.places.insert(moved.key.clone(), place);
        }
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.slots.len()
    }
}

/// About what a decision takes; the parts that a visitor can make long are all counted.
fn bytes_of(key: &Key, kept: &Kept) -> usize {
    let decision = match &kept.asked.decision {
        Decision::Answer { entry, .. } => entry.as_str().len(),
        Decision::AskBack { choices } => {
            let texts = |choice: &protocol::understanding::Choice| {
                choice.entry.as_str().len() + choice.question.len()
            };
            choices.iter().map(|choice| size_of_val(choice) + texts(choice)).sum()
        }
        Decision::Abstain { candidates, .. } => candidates
            .iter()
            .map(|candidate| size_of_val(candidate) + candidate.entry.as_str().len())
            .sum(),
        Decision::HandOff { .. } => 0,
    };
    let entities = &kept.asked.understanding.entities;
    let entities: usize = entities.iter().map(|e| size_of_val(e) + e.value.len()).sum();
    let wording = kept.wording.text.len() + size_of::<u32>() * kept.wording.features.len();
    // The key lies in the slot and in the table of places.
    let keys = 2 * (size_of::<Key>() + key.reading.len());
    keys + size_of::<Slot>() + size_of::<Asked>() + decision + entities + wording
}

#[cfg(test)]
#[path = "shelf_tests.rs"]
mod tests;
