//! Appends that wait for the commit thread, bounded in number and in bytes.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::error::AppendError;
use super::frame::Records;
use super::log::{AppendClass, Appended};

/// Pending records take at most this much memory.
const PENDING_BYTES_MAX: usize = 16 << 20;
/// At most so many appends are pending: each is charged at least its share of the bytes.
const PENDING_APPENDS_MAX: usize = 65_536;
/// How long an append waits for room in the queue. A disk that needs longer than this for 16 MiB
/// will not become faster by waiting.
const ROOM_WAIT_MS_MAX: u64 = 2_000;

const NO_PANIC: &str = "nothing panics while it holds the lock";

/// Where the commit thread says what became of an append.
pub(super) type Answer = oneshot::Sender<Result<Appended, AppendError>>;

/// One append on its way to the disk.
pub(super) struct Pending {
    pub(super) records: Records,
    pub(super) class: AppendClass,
    pub(super) queued_at: Instant,
    pub(super) answer: Answer,
    /// Room in the queue, given back with the answer.
    pub(super) _room: OwnedSemaphorePermit,
}

#[derive(Default)]
struct State {
    pending: VecDeque<Pending>,
    closed: bool,
    /// The commit thread must be woken; otherwise it looks here by itself after its commit.
    asleep: bool,
}

pub(super) struct Queue {
    state: Mutex<State>,
    filled: Condvar,
    room: Arc<Semaphore>,
}

impl Queue {
    pub(super) fn new() -> Queue {
        Queue {
            state: Mutex::default(),
            filled: Condvar::new(),
            room: Arc::new(Semaphore::new(PENDING_BYTES_MAX)),
        }
    }

    /// Takes room for an append of this size, waiting for it at most `ROOM_WAIT_MS_MAX`.
    pub(super) async fn room(
        &self,
        body_bytes: usize,
    ) -> Result<OwnedSemaphorePermit, AppendError> {
        let charged_bytes =
            body_bytes.clamp(PENDING_BYTES_MAX / PENDING_APPENDS_MAX, PENDING_BYTES_MAX) as u32;
        if let Ok(room) = Arc::clone(&self.room).try_acquire_many_owned(charged_bytes) {
            return Ok(room);
        }
        let acquire = Arc::clone(&self.room).acquire_many_owned(charged_bytes);
        let wait = Duration::from_millis(ROOM_WAIT_MS_MAX);
        match tokio::time::timeout(wait, acquire).await {
            Ok(Ok(room)) => Ok(room),
            Ok(Err(_closed)) => Err(AppendError::Closed),
            Err(_elapsed) => Err(AppendError::Busy),
        }
    }

    pub(super) fn push(&self, pending: Pending) -> Result<(), AppendError> {
        let mut state = self.state.lock().expect(NO_PANIC);
        if state.closed {
            return Err(AppendError::Closed);
        }
        state.pending.push_back(pending);
        // Until it is awake, everybody wakes it: whoever was first may be kept from doing so.
        let asleep = state.asleep;
        drop(state);
        if asleep {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Waits for appends and takes all that fit into `body_bytes_max` together, in order. `None`
    /// once the queue is closed and empty.
    pub(super) fn take(&self, body_bytes_max: usize) -> Option<Vec<Pending>> {
        let mut state = self.state.lock().expect(NO_PANIC);
        while state.pending.is_empty() && !state.closed {
            state.asleep = true;
            state = self.filled.wait(state).expect(NO_PANIC);
            state.asleep = false;
        }
        let mut body_bytes = 0;
        let fitting_count = state
            .pending
            .iter()
            .take_while(|pending| {
                body_bytes += pending.records.body_bytes();
                body_bytes <= body_bytes_max
            })
            .count();
        let batch: Vec<_> = state.pending.drain(..fitting_count).collect();
        (!batch.is_empty()).then_some(batch)
    }

    /// Refuses further appends; what is pending is still taken.
    pub(super) fn close(&self) {
        self.state.lock().expect(NO_PANIC).closed = true;
        self.room.close();
        self.filled.notify_one();
    }

    /// Drops what is pending unanswered, for a commit thread that ends without having taken it.
    pub(super) fn abandon(&self) {
        self.close();
        self.state.lock().expect(NO_PANIC).pending.clear();
    }
}
