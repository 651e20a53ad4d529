//! The queue's bounds, one by one, with a clock of the test's own.

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::*;

const TYPING: About = About::Typing { conversation: None };

fn message(seq: u64) -> About {
    About::Message { conversation: None, seq: Seq(seq) }
}

fn row(number: u128) -> About {
    About::Row { conversation: ConversationId(Uuid::from_u128(number)) }
}

fn parcel(about: About, bytes: usize) -> Parcel<VisitorEvent> {
    Parcel { about, text: "x".repeat(bytes).into(), event: PhantomData }
}

fn waiting(queue: &Queue<VisitorEvent>) -> Vec<About> {
    queue.waiting.iter().map(|waiting| waiting.parcel.about).collect()
}

#[test]
fn one_sign_of_typing_waits_and_none_behind_a_slow_reader() {
    let now = Instant::now();
    let mut queue = Queue::new();
    queue.push(parcel(TYPING, 10), now);
    queue.push(parcel(TYPING, 10), now);
    assert_eq!(waiting(&queue), [TYPING]);
    assert_eq!(queue.take(usize::MAX, now).len(), 1);

    queue.push(parcel(message(1), OUTBOX_BYTES_SOFT), now);
    queue.push(parcel(TYPING, 10), now);
    queue.push(parcel(message(2), 10), now);
    assert_eq!(waiting(&queue), [message(1), message(2)], "past the soft bound of bytes");
    queue.take(usize::MAX, now);

    queue.push(parcel(message(3), 10), now);
    queue.push(parcel(TYPING, 10), now + OUTBOX_AGE_SOFT);
    assert_eq!(waiting(&queue), [message(3)], "past the soft bound of age");
}

#[test]
fn a_sign_of_typing_that_waited_too_long_is_not_sent() {
    let now = Instant::now();
    let mut queue = Queue::new();
    queue.push(parcel(TYPING, 10), now);
    queue.push(parcel(message(1), 10), now);
    let sent = queue.take(usize::MAX, now + OUTBOX_AGE_SOFT);
    assert_eq!(sent.iter().map(|parcel| parcel.about).collect::<Vec<_>>(), [message(1)]);
    assert_eq!(queue.bytes, 0);
}

#[test]
fn rows_replace_their_elders_only_when_the_reader_is_behind() {
    let now = Instant::now();
    let mut queue = Queue::new();
    for about in [row(1), row(2), row(1)] {
        queue.push(parcel(about, 10), now);
    }
    assert_eq!(waiting(&queue), [row(1), row(2), row(1)]);
    let later = now + OUTBOX_AGE_SOFT;
    queue.push(parcel(row(2), 30), later);
    assert_eq!(waiting(&queue), [row(1), row(1), row(2)]);
    assert_eq!((queue.bytes, queue.rows_bytes), (0, 50));
}

#[test]
fn rows_have_room_of_their_own_and_a_bound() {
    let now = Instant::now();
    let mut queue = Queue::new();
    for number in 0..OUTBOX_ROWS_MAX as u128 {
        queue.push(parcel(row(number), 1), now);
    }
    queue.push(parcel(message(1), 10), now);
    assert_eq!((queue.state, queue.rows, queue.bytes), (State::Open, OUTBOX_ROWS_MAX, 10));
    queue.push(parcel(row(0), 1), now);
    assert_eq!(queue.state, State::Open, "its elder made way");
    queue.push(parcel(row(9_999_999), 1), now);
    assert_eq!(queue.state, State::Overflowed);
    queue.state = State::Open;
    while !queue.take(1_000, now).is_empty() {}
    assert_eq!(queue.bytes, 0, "all is counted back");
}

#[test]
fn the_hard_bounds_end_the_queue_and_lose_no_message_before() {
    let now = Instant::now();
    let mut queue = Queue::new();
    let half = OUTBOX_BYTES_MAX / 2;
    queue.push(parcel(message(1), half), now);
    queue.push(parcel(message(2), half), now);
    assert_eq!(queue.state, State::Open);
    queue.push(parcel(message(3), 1), now);
    assert_eq!(queue.state, State::Overflowed);

    let mut queue = Queue::new();
    for seq in 0..OUTBOX_EVENTS_MAX as u64 {
        queue.push(parcel(message(seq), 1), now);
    }
    assert_eq!(queue.state, State::Open);
    queue.push(parcel(message(9_999), 1), now);
    assert_eq!(queue.state, State::Overflowed);
}

#[test]
fn what_is_taken_at_once_is_bounded_but_never_nothing() {
    let now = Instant::now();
    let mut queue = Queue::new();
    for (seq, bytes) in [(1, 100), (2, 20), (3, 20), (4, 20)] {
        queue.push(parcel(message(seq), bytes), now);
    }
    assert_eq!(queue.take(50, now).len(), 1, "the first is larger than asked for");
    assert_eq!(queue.take(50, now).len(), 2);
    assert_eq!(queue.take(50, now).len(), 1);
    assert_eq!(queue.bytes, 0);
}

#[test]
fn an_empty_queue_keeps_no_memory() {
    let now = Instant::now();
    let mut queue = Queue::<VisitorEvent>::new();
    assert_eq!(queue.waiting.capacity(), 0);
    for seq in 0..100 {
        queue.push(parcel(message(seq), 1), now);
    }
    queue.take(usize::MAX, now);
    assert_eq!(queue.waiting.capacity(), 0);
}

#[tokio::test]
async fn a_reader_is_woken_and_told_of_an_overflow() {
    let (outbox, mut outgoing) = outbox::<VisitorEvent>();
    let reading = tokio::spawn(async move {
        let first = outgoing.take(usize::MAX).await.map(|parcels| parcels.len());
        (first, outgoing)
    });
    tokio::time::sleep(Duration::from_millis(10)).await;
    outbox.push(parcel(message(1), 1));
    let (first, mut outgoing) = reading.await.unwrap();
    assert_eq!(first, Ok(1));
    for seq in 0..=OUTBOX_EVENTS_MAX as u64 {
        outbox.push(parcel(message(seq), 1));
    }
    assert_eq!(outgoing.take(usize::MAX).await.err(), Some(Overflowed));
}

#[test]
fn a_connection_that_left_is_sent_nothing() {
    let (outbox, outgoing) = outbox::<VisitorEvent>();
    drop(outgoing);
    outbox.push(parcel(message(1), 1));
    assert!(lock(&outbox.0).waiting.is_empty());
}
