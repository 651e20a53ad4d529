//! Keeps the log short: takes checkpoints, and trims what checkpoint, history and consumers no
//! longer need. It must never know what a conversation or a record means.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior};

use crate::bus::{Log, Offset, Room};
use crate::catalog::{Catalog, CatalogError};
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::config::LogSettings;
use crate::conversation::{Conversations, Pace};
use crate::history::{History, HistoryError};

/// How often it is looked whether a checkpoint is due.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// A quiet log is checkpointed this long after its last change, so that segments can go.
const QUIET_INTERVAL: Duration = Duration::from_secs(600);

/// Pause after one that failed.
const RETRY_PAUSE: Duration = Duration::from_secs(10);

#[derive(Debug, thiserror::Error)]
enum UpkeepError {
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error(transparent)]
    Trim(#[from] crate::bus::TrimError),
    #[error("a blocking task fell over")]
    Task,
}

/// How long somebody waits for the log to be emptied.
const SWEEP_WAIT: Duration = Duration::from_secs(20);

/// Tries of one sweep: consumers may be a moment behind.
const SWEEP_TRIES: u32 = 8;

const SWEEP_PAUSE: Duration = Duration::from_millis(250);

/// Those who may wait at once.
const SWEEPS_MAX: usize = 8;

/// Asks for everything before an offset to leave the log.
#[derive(Clone)]
pub struct Broom(mpsc::Sender<Sweep>);

struct Sweep {
    before: Offset,
    done: oneshot::Sender<bool>,
}

impl Broom {
    /// Whether it was done in time; otherwise it is done later.
    pub async fn sweep(&self, before: Offset) -> bool {
        let (done, swept) = oneshot::channel();
        if self.0.send(Sweep { before, done }).await.is_err() {
            return false;
        }
        matches!(tokio::time::timeout(SWEEP_WAIT, swept).await, Ok(Ok(true)))
    }
}

/// What it takes care of.
pub struct Upkeep {
    log: Log,
    checkpoint: Checkpoint,
    conversations: Conversations,
    catalog: Catalog,
    history: History,
    settings: LogSettings,
    taken: Taken,
    /// The offset of the last checkpoint, for whoever wants to see it.
    checkpointed: Arc<AtomicU64>,
    sweeps: mpsc::Receiver<Sweep>,
    broom: Broom,
}

/// What stays in the log though nobody needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keep {
    /// As much as the owner wants.
    Usual,
    Nothing,
}

/// The last checkpoint.
struct Taken {
    next: Offset,
    /// The log's count of bytes then.
    committed_bytes: u64,
    at: Instant,
}

impl Upkeep {
    pub fn new(
        log: Log,
        checkpoint: Checkpoint,
        conversations: Conversations,
        catalog: Catalog,
        history: History,
        settings: LogSettings,
    ) -> Self {
        let next = Offset(0);
        let taken = Taken { next, committed_bytes: 0, at: Instant::now() };
        let (sender, sweeps) = mpsc::channel(SWEEPS_MAX);
        Self {
            log,
            checkpoint,
            conversations,
            catalog,
            history,
            settings,
            taken,
            checkpointed: Arc::default(),
            sweeps,
            broom: Broom(sender),
        }
    }

    pub fn broom(&self) -> Broom {
        self.broom.clone()
    }

    /// The offset of the last checkpoint of this run, 0 before the first.
    pub fn checkpointed(&self) -> Arc<AtomicU64> {
        self.checkpointed.clone()
    }

    /// Runs until it is told to stop, then takes a last checkpoint.
    pub async fn run(mut self, mut stop: oneshot::Receiver<()>) {
        // The log that was read at start may be long: the first checkpoint comes at once.
        let mut again_at = Instant::now();
        let mut ticks = tokio::time::interval(LOOK_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = &mut stop => break,
                Some(sweep) = self.sweeps.recv() => {
                    let swept = self.sweep(sweep.before).await;
                    // Whoever asked may have left.
                    let _ = sweep.done.send(swept);
                    continue;
                }
                _ = ticks.tick() => {}
            }
            if Instant::now() < again_at || !self.is_due() {
                continue;
            }
            // Cut short, it leaves states that are newer than the offset: nobody minds.
            let taken = tokio::select! {
                _ = &mut stop => break,
                taken = self.take_one(Pace::Leisurely, Keep::Usual) => taken,
            };
            if !taken {
                again_at = Instant::now() + RETRY_PAUSE;
            }
        }
        self.take_one(Pace::Hurried, Keep::Usual).await;
    }

    /// Everything before that offset leaves the log, once it is safe elsewhere.
    async fn sweep(&mut self, before: Offset) -> bool {
        for _ in 0..SWEEP_TRIES {
            self.take_one(Pace::Hurried, Keep::Nothing).await;
            if self.log.start() >= before {
                return self.sweep_journals().await.is_ok();
            }
            tokio::time::sleep(SWEEP_PAUSE).await;
        }
        false
    }

    async fn sweep_journals(&self) -> Result<(), UpkeepError> {
        self.history.sweep().await?;
        let checkpoint = self.checkpoint.clone();
        let sweeping = tokio::task::spawn_blocking(move || checkpoint.sweep());
        Ok(sweeping.await.map_err(|_| UpkeepError::Task)??)
    }

    fn is_due(&self) -> bool {
        let metrics = self.log.metrics();
        let grown_bytes = metrics.committed_bytes.saturating_sub(self.taken.committed_bytes);
        let changed = *self.log.committed().borrow() > self.taken.next;
        let first = self.taken.next == Offset(0);
        changed
            && (first
                || grown_bytes >= self.settings.checkpoint_bytes
                || self.taken.at.elapsed() >= QUIET_INTERVAL
                || metrics.room == Room::ForExistingChats)
    }

    /// Says whether it went well; a failure costs nothing but a longer log.
    async fn take_one(&mut self, pace: Pace, keep: Keep) -> bool {
        let metrics = self.log.metrics();
        if metrics.poisoned {
            // Nobody knows which of the last records are on disk: the next start will.
            return true;
        }
        let begun = Instant::now();
        // Before anything is saved: whatever is committed by now will be in it.
        let next = *self.log.committed().borrow();
        match self.checkpoint_and_trim(next, self.keep_count(metrics.room, keep), pace).await {
            Ok((conversations, segments_trimmed)) => {
                let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
                let offset = next.0;
                tracing::info!(offset, conversations, segments_trimmed, duration_ms, "checkpoint");
                let committed_bytes = metrics.committed_bytes;
                self.taken = Taken { next, committed_bytes, at: Instant::now() };
                self.checkpointed.store(next.0, Ordering::Relaxed);
                true
            }
            Err(error) => {
                tracing::error!(%error, "no checkpoint; the log grows on");
                false
            }
        }
    }

    async fn checkpoint_and_trim(
        &self,
        next: Offset,
        keep_count: usize,
        pace: Pace,
    ) -> Result<(usize, usize), UpkeepError> {
        let saved_count = self.conversations.save(&self.checkpoint, pace).await?;
        let catalog = self.catalog.save().await?;
        let checkpoint = self.checkpoint.clone();
        let settling = tokio::task::spawn_blocking(move || checkpoint.settle(next, &catalog));
        settling.await.map_err(|_| UpkeepError::Task)??;
        self.conversations.saved().await;
        let before = next.min(self.history.settle().await?);
        let log = self.log.clone();
        let trimming = tokio::task::spawn_blocking(move || log.trim(before, keep_count));
        let trimmed_count = trimming.await.map_err(|_| UpkeepError::Task)??;
        Ok((saved_count, trimmed_count))
    }

    /// A full disk gets back everything that can be spared.
    fn keep_count(&self, room: Room, keep: Keep) -> usize {
        match (room, keep) {
            (Room::ForAll, Keep::Usual) => {
                let segments = self.settings.keep_bytes.div_ceil(self.settings.segment_bytes);
                usize::try_from(segments).unwrap_or(usize::MAX)
            }
            (Room::ForExistingChats, _) | (_, Keep::Nothing) => 0,
        }
    }
}
