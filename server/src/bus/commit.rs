//! The commit thread: takes everything that is pending, makes one frame of it, one write and one
//! flush, and answers. While one batch is flushed the next one gathers, so batches grow with the
//! load and a lone append waits for nobody.

use std::io;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::OwnedSemaphorePermit;

use super::ahead::Ahead;
use super::error::AppendError;
use super::frame::{FRAME_ALIGN_BYTES, FRAME_BYTES_MAX, FRAME_HEADER_BYTES, FrameBuilder};
use super::frame::{SEGMENT_HEADER_BYTES, frame_bytes};
use super::log::{Appended, LogMetrics, LogOptions, Offset};
use super::priority::Priority;
use super::queue::{Answer, Pending, Queue};
use super::writer::Writer;

const NO_PANIC: &str = "nothing panics while it holds the lock";

/// What the records of one commit, with their length prefixes, may take together.
pub(super) fn body_bytes_max(options: &LogOptions) -> usize {
    let segment_bytes = usize::try_from(options.segment_bytes).unwrap_or(usize::MAX);
    let frame_bytes_max = segment_bytes.saturating_sub(SEGMENT_HEADER_BYTES).min(FRAME_BYTES_MAX);
    frame_bytes_max.saturating_sub(FRAME_HEADER_BYTES + FRAME_ALIGN_BYTES)
}

pub(super) fn start(
    writer: Writer,
    queue: Arc<Queue>,
    metrics: Arc<Mutex<LogMetrics>>,
    options: LogOptions,
) -> io::Result<JoinHandle<()>> {
    let ahead = Ahead::start(Arc::clone(&writer.storage), options.clone())?;
    let body_bytes_max = body_bytes_max(&options);
    thread::Builder::new()
        .name("log-commit".to_owned())
        .spawn(move || CommitThread { writer, ahead, queue, metrics }.run(body_bytes_max))
}

struct CommitThread {
    writer: Writer,
    ahead: Ahead,
    queue: Arc<Queue>,
    metrics: Arc<Mutex<LogMetrics>>,
}

impl CommitThread {
    fn run(mut self, body_bytes_max: usize) {
        let priority = Priority::claim();
        tracing::info!(?priority, "the log's commit thread runs");
        self.metrics.lock().expect(NO_PANIC).priority = priority;
        self.ahead.tend(&mut self.writer);
        while let Some(batch) = self.queue.take(body_bytes_max) {
            self.ahead.tend(&mut self.writer);
            self.commit(batch);
        }
    }

    /// Commits one batch and answers everybody in it.
    fn commit(&mut self, batch: Vec<Pending>) {
        let waited = batch.first().map(|oldest| oldest.queued_at.elapsed()).unwrap_or_default();
        let body_bytes: usize = batch.iter().map(|pending| pending.records.body_bytes()).sum();
        let room = match self.writer.make_room(frame_bytes(body_bytes)) {
            Ok(room) => room,
            Err(error) => {
                self.note(Committed::default(), waited);
                return refuse(batch, error);
            }
        };
        let (admitted, refused): (Vec<_>, Vec<_>) =
            batch.into_iter().partition(|pending| room.admits(pending.class));
        if admitted.is_empty() {
            self.note(Committed::default(), waited);
            return refuse(refused, AppendError::NoSpace);
        }
        let mut frame = FrameBuilder::default();
        let mut waiting = Vec::with_capacity(admitted.len());
        for Pending { records, answer, _room, .. } in admitted {
            waiting.push(Waiting { records_count: records.count(), answer, _room });
            frame.push(records);
        }
        let offered = Committed {
            appends_count: waiting.len() as u64,
            records_count: u64::from(frame.records_count()),
            bytes: frame.sealed_bytes() as u64,
        };
        let outcome = self.writer.commit(frame, now_ms());
        // Counted before anybody is answered, so that whoever was answered finds it counted.
        let committed = if outcome.is_ok() { offered } else { Committed::default() };
        self.note(committed, waited);
        refuse(refused, AppendError::NoSpace);
        match outcome {
            Ok(first) => acknowledge(waiting, first),
            Err(error) => {
                for Waiting { answer, .. } in waiting {
                    // Whoever stopped waiting needs no refusal.
                    let _ = answer.send(Err(error));
                }
            }
        }
    }

    fn note(&self, committed: Committed, waited: Duration) {
        let mut metrics = self.metrics.lock().expect(NO_PANIC);
        metrics.note(committed, waited);
        metrics.room = self.writer.room;
        metrics.poisoned = self.writer.poisoned;
    }
}

impl Drop for CommitThread {
    /// Runs after a panic too: whoever still waits then gets an answer.
    fn drop(&mut self) {
        self.queue.abandon();
    }
}

/// What one commit took.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Committed {
    pub(super) appends_count: u64,
    pub(super) records_count: u64,
    pub(super) bytes: u64,
}

/// Whose records are on their way to the disk.
struct Waiting {
    records_count: u32,
    answer: Answer,
    _room: OwnedSemaphorePermit,
}

fn acknowledge(waiting: Vec<Waiting>, mut first: Offset) {
    for Waiting { records_count, answer, .. } in waiting {
        let end = Offset(first.0 + u64::from(records_count));
        let appended = Appended { first, last: Offset(end.0 - 1) };
        // Whoever stopped waiting has the record all the same.
        let _ = answer.send(Ok(appended));
        first = end;
    }
}

fn refuse(refused: Vec<Pending>, error: AppendError) {
    for pending in refused {
        // Whoever stopped waiting needs no refusal.
        let _ = pending.answer.send(Err(error));
    }
}

fn now_ms() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
}
