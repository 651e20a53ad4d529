//! What stands beside one transcript: the agents' notes, and what they did. Pure. It must never get
//! into the transcript, which the visitor reads.

use protocol::ids::MessageId;
use protocol::team::{Aside, AsideKind, NOTES_MAX};
use serde::{Deserialize, Serialize};

/// Doings that are remembered; of more, the oldest go. Notes never go.
const DOINGS_MAX: usize = 100;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Asides(Vec<Aside>);

impl Asides {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn all(&self) -> &[Aside] {
        &self.0
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn push(&mut self, aside: Aside) {
        self.0.push(aside);
    }

    /// Goes back to the first `len`.
    pub(super) fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    pub(super) fn contains(&self, id: MessageId) -> bool {
        self.0.iter().rev().any(|aside| aside.id == id)
    }

    pub(super) fn has_room_for_a_note(&self) -> bool {
        self.notes() < NOTES_MAX
    }

    /// Only after a commit: a rollback counts on what is there.
    pub(super) fn trim(&mut self) {
        let mut excess = (self.0.len() - self.notes()).saturating_sub(DOINGS_MAX);
        if excess > 0 {
            self.0.retain(|aside| {
                let goes = excess > 0 && !is_note(aside);
                excess -= usize::from(goes);
                !goes
            });
        }
    }

    fn notes(&self) -> usize {
        self.0.iter().filter(|aside| is_note(aside)).count()
    }
}

fn is_note(aside: &Aside) -> bool {
    matches!(aside.what, AsideKind::Note { .. } | AsideKind::Assigned { note: Some(_), .. })
}

#[cfg(test)]
mod tests {
    use protocol::ids::Seq;
    use uuid::Uuid;

    use super::*;

    fn aside(number: u128, what: AsideKind) -> Aside {
        let id = MessageId(Uuid::from_u128(number));
        Aside { id, at_ms: 0, after_seq: Seq(0), by: None, what }
    }

    #[test]
    fn notes_stay_and_the_oldest_doings_go() {
        let mut asides = Asides::default();
        asides.push(aside(1, AsideKind::Note { text: "careful".to_owned() }));
        let doings = DOINGS_MAX as u128 + 3;
        (0..doings).for_each(|number| asides.push(aside(10 + number, AsideKind::Woke)));
        asides.trim();
        assert_eq!(asides.len(), DOINGS_MAX + 1);
        assert!(asides.contains(MessageId(Uuid::from_u128(1))));
        assert!(!asides.contains(MessageId(Uuid::from_u128(12))));
        assert!(asides.contains(MessageId(Uuid::from_u128(13))));
    }
}
