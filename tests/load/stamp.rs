//! Message ids that say whose they are: which conversation, which side, which line. A resend has
//! the same id by construction, and an id that comes back needs no table. It sends nothing.

use std::time::{SystemTime, UNIX_EPOCH};

use protocol::ids::MessageId;

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Kind {
    Visitor = 0,
    Agent = 1,
    /// "Talk to a person."
    Opening = 2,
    /// An agent takes the conversation over.
    TakeOver = 3,
}

/// The meaning of an id of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp {
    pub(super) kind: Kind,
    /// Below 2²⁴.
    pub(super) talk: u32,
    pub(super) number: u32,
}

/// Makes and reads the ids of one run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stamps {
    begun_ms: u64,
}

impl Stamps {
    pub(super) fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { begun_ms: now.as_millis() as u64 }
    }

    pub(super) fn id(self, stamp: Stamp) -> MessageId {
        let Stamp { kind, talk, number } = stamp;
        let [_, t1, t2, t3] = talk.to_be_bytes();
        let [n0, n1, n2, n3] = number.to_be_bytes();
        // The first and third byte share theirs with the id's version and variant.
        MessageId::from_parts(self.begun_ms, [0, kind as u8, 0, t1, t2, t3, n0, n1, n2, n3])
    }

    /// `None` for an id that this run did not make.
    pub(super) fn read(self, id: MessageId) -> Option<Stamp> {
        let bytes = id.0.as_bytes();
        let kind = match bytes[7] {
            0 => Kind::Visitor,
            1 => Kind::Agent,
            2 => Kind::Opening,
            3 => Kind::TakeOver,
            _ => return None,
        };
        let talk = u32::from_be_bytes([0, bytes[9], bytes[10], bytes[11]]);
        let number = u32::from_be_bytes([bytes[12], bytes[13], bytes[14], bytes[15]]);
        let stamp = Stamp { kind, talk, number };
        (self.id(stamp) == id).then_some(stamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_whose_it_is_and_a_foreign_one_nothing() {
        let stamps = Stamps::new();
        for kind in [Kind::Visitor, Kind::Agent, Kind::Opening, Kind::TakeOver] {
            let stamp = Stamp { kind, talk: 0x00ab_cdef, number: 0x1234_5678 };
            let id = stamps.id(stamp);
            assert_eq!(stamps.read(id), Some(stamp));
            let foreign = Stamps { begun_ms: stamps.begun_ms + 1 };
            assert_eq!(foreign.read(id), None);
        }
    }
}
