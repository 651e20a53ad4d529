//! The handle that the rest of the server holds: open, append, read, wait, close.

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use tokio::sync::{oneshot, watch};

use super::commit::{self, Committed};
use super::consumer::{Consumer, slowest_consumer};
use super::error::{AppendError, OpenError, ReadError, TrimError};
use super::frame::{Records, body_bytes};
use super::position::{self, START_FILE};
use super::priority::Priority;
use super::queue::{Pending, Queue};
use super::reader::Reader;
use super::recover::recover;
use super::segment;
use super::storage::{FileStorage, LogStorage};
use super::writer::Room;

const NO_PANIC: &str = "nothing panics while it holds the lock";

/// Index of a record in the log: from 0 without gaps, also when the first ones were trimmed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub struct Offset(pub u64);

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who may use the reserve when the disk is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppendClass {
    /// Refused with `NoSpace` as soon as no further segment can be made.
    Normal,
    /// Continues in the reserved segment.
    ExistingChat,
}

/// How a log is opened. An existing one may be opened with other sizes.
#[derive(Debug, Clone)]
pub struct LogOptions {
    /// Size of a segment file. Default 64 MiB.
    pub segment_bytes: u64,
    /// Size of the segment kept aside for a full disk. Default 8 MiB.
    pub reserve_bytes: u64,
    /// Records before this offset are in a checkpoint. Segments that hold no others are not read
    /// while opening, which keeps it short; damage in them is found when they are read. Default 0:
    /// every segment is checked.
    pub settled: Offset,
}

impl Default for LogOptions {
    fn default() -> LogOptions {
        LogOptions { segment_bytes: 64 << 20, reserve_bytes: 8 << 20, settled: Offset(0) }
    }
}

/// Where the records of one append lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    pub first: Offset,
    pub last: Offset,
}

/// One committed record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub offset: Offset,
    /// Commit time, milliseconds since the Unix epoch.
    pub at_ms: u64,
    pub payload: Vec<u8>,
}

/// What opening found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovery {
    pub segments_count: usize,
    /// The offset after the last committed record.
    pub end: Offset,
    /// Bytes of an unacknowledged batch that was cut off, 0 after an orderly stop.
    pub torn_bytes: u64,
}

/// Counters since the log was opened, and its present state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogMetrics {
    pub appends_count: u64,
    pub records_count: u64,
    /// Each is one write and one flush.
    pub commits_count: u64,
    pub committed_bytes: u64,
    /// How long the oldest append of the last batch had waited for its commit to begin.
    pub queue_wait_us: u64,
    /// What the commit thread got from the kernel.
    pub priority: Priority,
    pub room: Room,
    pub poisoned: bool,
}

impl LogMetrics {
    fn new() -> LogMetrics {
        LogMetrics {
            appends_count: 0,
            records_count: 0,
            commits_count: 0,
            committed_bytes: 0,
            queue_wait_us: 0,
            priority: Priority::Ordinary,
            room: Room::ForAll,
            poisoned: false,
        }
    }

    pub(super) fn note(&mut self, committed: Committed, waited: Duration) {
        self.appends_count += committed.appends_count;
        self.records_count += committed.records_count;
        self.commits_count += u64::from(committed.appends_count > 0);
        self.committed_bytes += committed.bytes;
        self.queue_wait_us = u64::try_from(waited.as_micros()).unwrap_or(u64::MAX);
    }
}

/// A write-ahead log. Clones share it; the last one to go closes it.
#[derive(Clone)]
pub struct Log {
    shared: Arc<Shared>,
}

struct Shared {
    storage: Arc<dyn LogStorage>,
    queue: Arc<Queue>,
    reader: Arc<Reader>,
    metrics: Arc<Mutex<LogMetrics>>,
    /// What one append may take.
    body_bytes_max: usize,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Held by the one that trims.
    trimming: Mutex<()>,
    sealing: Arc<AtomicBool>,
}

impl Log {
    /// Locks the folder, recovers what it holds and starts the commit thread.
    pub fn open(dir: &Path, options: LogOptions) -> Result<(Log, Recovery), OpenError> {
        Log::open_on(Arc::new(FileStorage::open(dir)?), options)
    }

    pub(super) fn open_on(
        storage: Arc<dyn LogStorage>,
        options: LogOptions,
    ) -> Result<(Log, Recovery), OpenError> {
        let (writer, recovery) = recover(Arc::clone(&storage), &options)?;
        let queue = Arc::new(Queue::new());
        let reader = Arc::clone(&writer.reader);
        let metrics = Arc::new(Mutex::new(LogMetrics::new()));
        let body_bytes_max = commit::body_bytes_max(&options);
        let sealing = Arc::clone(&writer.sealing);
        let thread = commit::start(writer, Arc::clone(&queue), Arc::clone(&metrics), options)?;
        let thread = Mutex::new(Some(thread));
        let shared = Shared {
            storage,
            queue,
            reader,
            metrics,
            body_bytes_max,
            thread,
            trimming: Mutex::default(),
            sealing,
        };
        Ok((Log { shared: Arc::new(shared) }, recovery))
    }

    /// Appends the payloads as one contiguous run, all or nothing, and resolves when they and
    /// all records before them are on disk. When the future is dropped while it waits, the
    /// records may or may not be appended. Must run inside a Tokio runtime with time.
    pub async fn append(
        &self,
        payloads: Vec<Vec<u8>>,
        class: AppendClass,
    ) -> Result<Appended, AppendError> {
        assert!(!payloads.is_empty(), "an append brings at least one record");
        let body_bytes = body_bytes(&payloads);
        if body_bytes > self.shared.body_bytes_max {
            return Err(AppendError::TooLarge);
        }
        let room = self.shared.queue.room(body_bytes).await?;
        let (answer, answered) = oneshot::channel();
        let queued_at = Instant::now();
        // Laid out here, so that the one commit thread has little left to do.
        let records = Records::encode(&payloads);
        drop(payloads);
        let pending = Pending { records, class, queued_at, answer, _room: room };
        self.shared.queue.push(pending)?;
        // No answer: the commit thread died over this batch.
        answered.await.unwrap_or(Err(AppendError::Poisoned))
    }

    /// Reads committed records from `from` on. The answer is empty only at the end of the log;
    /// it may be shorter than `records_max`. May block for the disk when far behind the end.
    pub fn read(&self, from: Offset, records_max: usize) -> Result<Vec<Entry>, ReadError> {
        self.shared.reader.read(from, records_max)
    }

    /// The offset after the last committed record, and every change of it. Its sender goes when
    /// the log is closed.
    pub fn committed(&self) -> watch::Receiver<Offset> {
        self.shared.reader.committed()
    }

    /// Opens a consumer at its last committed position, or at the start of the log.
    pub fn consumer(&self, name: &'static str) -> Result<Consumer, OpenError> {
        Consumer::open(Arc::clone(&self.shared.storage), Arc::clone(&self.shared.reader), name)
    }

    /// The offset of the first record that was not trimmed.
    pub fn start(&self) -> Offset {
        self.shared.reader.start()
    }

    pub fn segments_count(&self) -> usize {
        self.shared.reader.segments_count()
    }

    /// What is in the log so far can be trimmed once something more is appended: that begins a
    /// segment of its own.
    pub fn seal(&self) {
        self.shared.sealing.store(true, Ordering::Relaxed);
    }

    /// Removes segments whose records all lie before `before` and before the stored position of
    /// every consumer, but for the `keep_count` newest sealed ones. Returns how many went. Blocks
    /// for the disk.
    ///
    /// # Errors
    /// A consumer's position cannot be read, or a file not be written or removed.
    pub fn trim(&self, before: Offset, keep_count: usize) -> Result<usize, TrimError> {
        let _alone = self.shared.trimming.lock().expect(NO_PANIC);
        let storage = &*self.shared.storage;
        let before = before.min(slowest_consumer(storage)?.unwrap_or(before));
        let (bases, start) = self.shared.reader.trimmable(before, keep_count);
        if !bases.is_empty() {
            // Said before it is done: what a crash leaves behind is removed by the next start.
            position::store(storage, START_FILE, start)?;
            self.shared.reader.trim(start);
        }
        for base in &bases {
            storage.remove(&segment::file_name(*base))?;
        }
        Ok(bases.len())
    }

    pub fn metrics(&self) -> LogMetrics {
        *self.shared.metrics.lock().expect(NO_PANIC)
    }

    /// Commits what is pending and joins the commit thread. Later appends get `Closed`; committed
    /// records stay readable. The folder is locked until the last `Log` and `Consumer` are gone.
    pub fn close(&self) {
        self.shared.close();
    }
}

impl Shared {
    fn close(&self) {
        self.queue.close();
        let thread = self.thread.lock().expect(NO_PANIC).take();
        if let Some(thread) = thread {
            // A panic over there has been reported by its own thread.
            let _ = thread.join();
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("end", &self.shared.reader.end()).finish_non_exhaustive()
    }
}
