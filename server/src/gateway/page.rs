//! Cutting what is long to what fits a frame. Pure.

use std::sync::Arc;

use protocol::conversation::{ConversationSummary, Message};
use protocol::ids::Seq;
use protocol::team::Aside;
use protocol::understanding::Understanding;
use protocol::{FRAME_BYTES_MAX, PAGE_MESSAGES_MAX};

/// What a frame says besides its messages or rows.
const ENVELOPE_BYTES: usize = 4 * 1024;

/// Entities of one message a client may claim.
const ENTITIES_MAX: usize = 32;

/// Bytes of an entity's value.
const ENTITY_BYTES_MAX: usize = 256;

pub(super) struct Cut {
    pub(super) messages: Vec<Message>,
    /// The last one taken; where the asker stands when there is none.
    pub(super) through: Seq,
    pub(super) more: bool,
}

/// As many messages as fit a page; `last_seq` is the conversation's.
pub(super) fn cut(after: Seq, messages: &[Arc<Message>], last_seq: Seq) -> Cut {
    let mut bytes = ENVELOPE_BYTES;
    let taken = messages.iter().take(PAGE_MESSAGES_MAX).take_while(|message| {
        bytes += json_bytes(message.as_ref());
        bytes <= FRAME_BYTES_MAX
    });
    let messages: Vec<Message> = taken.map(|message| message.as_ref().clone()).collect();
    let through = messages.last().map_or(after.min(last_seq), |message| message.seq);
    Cut { messages, through, more: through < last_seq }
}

/// As many of these rows as fit one event.
pub(super) fn cut_rows(mut rows: Vec<ConversationSummary>) -> Vec<ConversationSummary> {
    rows.truncate(fitting(&rows));
    rows
}

/// Asides in events that each fit a frame; at least one, so that the console knows it has all.
pub(super) fn cut_asides(mut asides: &[Aside]) -> Vec<Vec<Aside>> {
    let mut pages = Vec::new();
    loop {
        let (page, rest) = asides.split_at(fitting(asides));
        pages.push(page.to_vec());
        if rest.is_empty() {
            return pages;
        }
        asides = rest;
    }
}

/// How many from the beginning fit a frame; at least one of some.
fn fitting(rows: &[impl serde::Serialize]) -> usize {
    let mut bytes = ENVELOPE_BYTES;
    let fitting = rows.iter().take_while(|row| {
        bytes += json_bytes(*row);
        bytes <= FRAME_BYTES_MAX
    });
    fitting.count().max(1).min(rows.len())
}

/// What a browser claims to have understood, when it is within bounds; it is only shown.
pub(super) fn within_bounds(understanding: Option<Understanding>) -> Option<Understanding> {
    understanding.filter(|understanding| {
        understanding.entities.len() <= ENTITIES_MAX
            && understanding.entities.iter().all(|entity| entity.value.len() <= ENTITY_BYTES_MAX)
    })
}

fn json_bytes(value: &impl serde::Serialize) -> usize {
    // What cannot be written fails where it is sent.
    serde_json::to_vec(value).map_or(0, |json| json.len() + 1)
}

#[cfg(test)]
mod tests {
    use protocol::conversation::{Author, Body};
    use protocol::ids::MessageId;
    use uuid::Uuid;

    use super::*;

    fn messages(count: u64, text_bytes: usize) -> Vec<Arc<Message>> {
        let message = |seq| Message {
            id: MessageId(Uuid::from_u128(u128::from(seq))),
            seq: Seq(seq),
            at_ms: 0,
            author: Author::Visitor,
            body: Body::Text { text: "x".repeat(text_bytes) },
            understanding: None,
        };
        (1..=count).map(|seq| Arc::new(message(seq))).collect()
    }

    fn check(count: u64, text_bytes: usize, expected_through: u64, expected_more: bool) {
        let all = messages(count, text_bytes);
        let page = cut(Seq(0), &all, Seq(count));
        assert_eq!((page.through.0, page.more), (expected_through, expected_more));
        assert!(json_bytes(&page.messages) <= FRAME_BYTES_MAX);
    }

    #[test]
    fn a_page_ends_at_its_count_or_at_the_frame() {
        check(0, 10, 0, false);
        check(5, 10, 5, false);
        check(300, 10, 200, true);
        check(20, 8_000, 7, true);
    }

    #[test]
    fn the_largest_message_fits_a_page() {
        let all = messages(1, 1);
        let mut largest = all[0].as_ref().clone();
        // A control character takes six bytes of JSON.
        largest.body = Body::Text { text: "\u{1}".repeat(protocol::TEXT_BYTES_MAX) };
        assert_eq!(cut(Seq(0), &[Arc::new(largest)], Seq(1)).messages.len(), 1);
    }
}
