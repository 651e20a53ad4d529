//! What waits for one connection: events written once and shared by all who read them, bounded in
//! number, bytes and age. Nothing here waits for a reader. Knows no sockets.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use protocol::agent::AgentEvent;
use protocol::ids::{ConversationId, Seq};
use protocol::visitor::VisitorEvent;
use serde::Serialize;

/// Events waiting for one connection. A page of 200 messages may be published while a resumed
/// reader writes its first page.
const OUTBOX_EVENTS_MAX: usize = 512;

/// Bytes waiting for one connection; one that lets more gather is sent away.
const OUTBOX_BYTES_MAX: usize = 512 * 1024;

/// Past this many bytes a queue takes no events of no importance, and rows replace their elders.
const OUTBOX_BYTES_SOFT: usize = 64 * 1024;

/// Rows of the inbox waiting for one desk, each of another conversation when it is behind: a second
/// and more of everything that a busy house writes.
const OUTBOX_ROWS_MAX: usize = 4_096;

/// Bytes of these rows. Desks are few.
const OUTBOX_ROWS_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Room that events of no importance leave to the others.
const OUTBOX_EVENTS_SOFT: usize = OUTBOX_EVENTS_MAX / 2;

/// A reader whose oldest event waits this long is behind, however little there is.
const OUTBOX_AGE_SOFT: Duration = Duration::from_secs(2);

/// What a queue keeps of its memory when it runs empty, in events.
const SPARE_EVENTS_MAX: usize = 4;

/// What a queue must know of an event whose text it carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// A message's place in its conversation; the visitor's own one needs no name.
    Message { conversation: Option<ConversationId>, seq: Seq },
    /// Somebody is typing. Soon stale, and one tells as much as ten.
    Typing { conversation: Option<ConversationId> },
    /// How far somebody has read. Later ones say the same and more.
    Receipt { conversation: Option<ConversationId> },
    /// Where a conversation stands; a later one says all that an earlier one did.
    Row { conversation: ConversationId },
    /// Everything else.
    Other,
}

impl About {
    fn is_row(self) -> bool {
        match self {
            Self::Row { .. } => true,
            Self::Message { .. } | Self::Typing { .. } | Self::Receipt { .. } | Self::Other => {
                false
            }
        }
    }
}

/// An event that can wait in a queue.
pub trait Event: Serialize {
    fn about(&self) -> About;
}

/// One event as it goes out. Clones share its text.
#[derive(Debug)]
pub struct Parcel<E> {
    pub about: About,
    pub text: Arc<str>,
    event: PhantomData<fn() -> E>,
}

/// The writing end of one connection's queue; clones write to the same.
#[derive(Debug)]
pub struct Outbox<E>(Arc<Shared<E>>);

/// The connection's end. The queue is closed when it is dropped.
#[derive(Debug)]
pub struct Outgoing<E>(Arc<Shared<E>>);

/// An event found no room: the reader is too slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overflowed;

/// Held for one step; nothing is awaited under it.
type Shared<E> = Mutex<Queue<E>>;

#[derive(Debug)]
struct Queue<E> {
    /// Without memory while nothing waits.
    waiting: VecDeque<Waiting<E>>,
    /// Of all but the rows.
    bytes: usize,
    rows: usize,
    rows_bytes: usize,
    state: State,
    reader: Option<Waker>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Overflowed,
    /// The connection is on its way out.
    Closed,
}

#[derive(Debug)]
struct Waiting<E> {
    parcel: Parcel<E>,
    since: Instant,
}

pub fn outbox<E>() -> (Outbox<E>, Outgoing<E>) {
    let shared = Arc::new(Mutex::new(Queue::new()));
    (Outbox(shared.clone()), Outgoing(shared))
}

impl<E: Event> Parcel<E> {
    /// `None` for what cannot be written as JSON: a mistake of ours, told to the log.
    pub fn of(event: &E) -> Option<Self> {
        match serde_json::to_string(event) {
            Ok(text) => Some(Self { about: event.about(), text: text.into(), event: PhantomData }),
            Err(error) => {
                tracing::error!(%error, "an event cannot be written as JSON");
                None
            }
        }
    }
}

impl<E> Clone for Parcel<E> {
    fn clone(&self) -> Self {
        Self { about: self.about, text: self.text.clone(), event: PhantomData }
    }
}

impl<E> Clone for Outbox<E> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<E> Outbox<E> {
    pub fn push(&self, parcel: Parcel<E>) {
        let mut queue = lock(&self.0);
        queue.push(parcel, Instant::now());
        let reader = queue.reader.take();
        drop(queue);
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}

impl<E> Outbox<E> {
    /// Ends the connection as if its reader were too slow: it comes back if it may.
    pub fn send_away(&self) {
        let mut queue = lock(&self.0);
        if queue.state == State::Open {
            queue.state = State::Overflowed;
        }
        let reader = queue.reader.take();
        drop(queue);
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}

impl<E> Outgoing<E> {
    /// All that waits, up to `bytes_max` and at least one. Cut short, the wait loses nothing.
    ///
    /// # Errors
    /// Something was lost for want of room: the connection must end and resume.
    pub async fn take(&mut self, bytes_max: usize) -> Result<Vec<Parcel<E>>, Overflowed> {
        poll_fn(|context| lock(&self.0).poll(bytes_max, Instant::now(), context)).await
    }

    /// Waits, while something is being written, until the queue behind it has run over.
    pub async fn overflowed(&mut self) {
        poll_fn(|context| {
            let mut queue = lock(&self.0);
            if queue.state == State::Overflowed {
                return Poll::Ready(());
            }
            queue.reader = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }

    /// Lets go of all that waits and takes nothing more.
    pub fn close(&mut self) {
        let mut queue = lock(&self.0);
        queue.state = State::Closed;
        queue.waiting = VecDeque::new();
        (queue.bytes, queue.rows, queue.rows_bytes) = (0, 0, 0);
    }
}

impl<E> Drop for Outgoing<E> {
    fn drop(&mut self) {
        self.close();
    }
}

fn lock<E>(shared: &Shared<E>) -> MutexGuard<'_, Queue<E>> {
    // A queue is whole after every step, also when the thread that made it panicked later.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<E> Queue<E> {
    fn new() -> Self {
        let state = State::Open;
        Self { waiting: VecDeque::new(), bytes: 0, rows: 0, rows_bytes: 0, state, reader: None }
    }

    fn push(&mut self, parcel: Parcel<E>, now: Instant) {
        if self.state != State::Open || !self.makes_way(&parcel.about, now) {
            return;
        }
        self.count(&parcel);
        if self.is_full() {
            self.state = State::Overflowed;
            return;
        }
        self.waiting.push_back(Waiting { parcel, since: now });
    }

    /// Whether the event is to be queued; what it makes superfluous goes.
    fn makes_way(&mut self, about: &About, now: Instant) -> bool {
        match about {
            About::Typing { .. } => {
                let said = self.waiting.iter().any(|waiting| waiting.parcel.about == *about);
                !said && !self.is_behind(now)
            }
            About::Row { .. } if self.is_behind(now) => {
                self.drop_elder(about);
                true
            }
            About::Receipt { .. } => {
                self.drop_elder(about);
                !self.is_behind(now)
            }
            About::Message { .. } | About::Row { .. } | About::Other => true,
        }
    }

    fn drop_elder(&mut self, about: &About) {
        let elder = self.waiting.iter().position(|waiting| waiting.parcel.about == *about);
        if let Some(elder) = elder.and_then(|at| self.waiting.remove(at)) {
            self.uncount(&elder.parcel);
        }
    }

    fn count(&mut self, parcel: &Parcel<E>) {
        if parcel.about.is_row() {
            self.rows += 1;
            self.rows_bytes += parcel.text.len();
        } else {
            self.bytes += parcel.text.len();
        }
    }

    fn uncount(&mut self, parcel: &Parcel<E>) {
        if parcel.about.is_row() {
            self.rows -= 1;
            self.rows_bytes -= parcel.text.len();
        } else {
            self.bytes -= parcel.text.len();
        }
    }

    /// Whether what was just counted has no room.
    fn is_full(&self) -> bool {
        self.waiting.len() - self.rows.min(self.waiting.len()) >= OUTBOX_EVENTS_MAX
            || self.bytes > OUTBOX_BYTES_MAX
            || self.rows > OUTBOX_ROWS_MAX
            || self.rows_bytes > OUTBOX_ROWS_BYTES_MAX
    }

    fn is_behind(&self, now: Instant) -> bool {
        let oldest =
            self.waiting.front().map(|waiting| now.saturating_duration_since(waiting.since));
        self.bytes + self.rows_bytes >= OUTBOX_BYTES_SOFT
            || self.waiting.len() >= OUTBOX_EVENTS_SOFT
            || oldest.is_some_and(|age| age >= OUTBOX_AGE_SOFT)
    }

    fn poll(
        &mut self,
        bytes_max: usize,
        now: Instant,
        context: &mut Context<'_>,
    ) -> Poll<Result<Vec<Parcel<E>>, Overflowed>> {
        if self.state == State::Overflowed {
            return Poll::Ready(Err(Overflowed));
        }
        let parcels = self.take(bytes_max, now);
        if parcels.is_empty() {
            self.reader = Some(context.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Ok(parcels))
    }

    fn take(&mut self, bytes_max: usize, now: Instant) -> Vec<Parcel<E>> {
        let mut parcels = Vec::new();
        let mut bytes = 0;
        while let Some(next) = self.waiting.front() {
            let next_bytes = next.parcel.text.len();
            if !parcels.is_empty() && bytes + next_bytes > bytes_max {
                break;
            }
            let Some(Waiting { parcel, since }) = self.waiting.pop_front() else { break };
            self.uncount(&parcel);
            let stale = now.saturating_duration_since(since) >= OUTBOX_AGE_SOFT;
            if !(stale && matches!(parcel.about, About::Typing { .. })) {
                bytes += next_bytes;
                parcels.push(parcel);
            }
        }
        if self.waiting.is_empty() && self.waiting.capacity() > SPARE_EVENTS_MAX {
            self.waiting = VecDeque::new();
        }
        parcels
    }
}

impl Event for VisitorEvent {
    fn about(&self) -> About {
        match self {
            Self::Posted { message } => About::Message { conversation: None, seq: message.seq },
            Self::AgentTyping => About::Typing { conversation: None },
            Self::Seen { .. } => About::Receipt { conversation: None },
            Self::Resumed { .. }
            | Self::Accepted { .. }
            | Self::StatusChanged { .. }
            | Self::Synced { .. }
            | Self::PackChanged { .. }
            | Self::QueuePosition { .. }
            | Self::Refused { .. } => About::Other,
        }
    }
}

impl Event for AgentEvent {
    fn about(&self) -> About {
        match self {
            Self::Posted { conversation, message } => {
                About::Message { conversation: Some(*conversation), seq: message.seq }
            }
            // Relaxed as typing is: the next one says all that this one did.
            Self::VisitorTyping { conversation, .. }
            | Self::AgentTyping { conversation, .. }
            | Self::VisitorSeen { conversation, .. } => {
                About::Typing { conversation: Some(*conversation) }
            }
            Self::VisitorRead { conversation, .. } => {
                About::Receipt { conversation: Some(*conversation) }
            }
            Self::ConversationChanged { summary } => About::Row { conversation: summary.id },
            Self::Welcome { .. }
            | Self::Transcript { .. }
            | Self::InboxPage { .. }
            | Self::InboxCounts { .. }
            | Self::Earlier { .. }
            | Self::Asides { .. }
            | Self::Viewers { .. }
            | Self::Team { .. }
            | Self::Suggestions { .. }
            | Self::CannedChanged
            | Self::Accepted { .. }
            | Self::Synced
            | Self::LevelChanged { .. }
            | Self::Refused { .. } => About::Other,
        }
    }
}

#[cfg(test)]
#[path = "outbox_tests.rs"]
mod tests;
