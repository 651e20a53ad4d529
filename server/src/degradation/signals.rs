//! The signals of overload, each with its unit, and where they are left by those who know them.
//! Reads no clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use super::kernel::Kernel;
use crate::bus::Offset;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    CanaryDelayMs,
    CommitWaitMs,
    ModelWaitMs,
    PipelineLagRecords,
    CpuPressurePct,
    IoPressurePct,
    MemoryPressurePct,
    MemoryUsedPct,
    DescriptorsPct,
}

/// One reading.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Signals {
    /// How late a task that wakes every 10 ms is, on average over the last readings.
    pub canary_delay_ms: f64,
    /// How long appends waited for their commit, likewise.
    pub commit_wait_ms: f64,
    /// How long questions waited for their turn with the model, likewise.
    pub model_wait_ms: f64,
    /// Committed records that the pipeline has not seen to yet.
    pub pipeline_lag_records: f64,
    pub kernel: Kernel,
}

/// While the canary is no later than this, whoever waits for a processor is somebody else.
const CPU_FELT_ABOVE_MS: f64 = 20.0;

/// While commits take no longer than this, whoever waits for a disk is somebody else.
const IO_FELT_ABOVE_MS: f64 = 20.0;

impl Signals {
    pub(super) fn value(&self, signal: Signal) -> f64 {
        match signal {
            Signal::CanaryDelayMs => self.canary_delay_ms,
            Signal::CommitWaitMs => self.commit_wait_ms,
            Signal::ModelWaitMs => self.model_wait_ms,
            Signal::PipelineLagRecords => self.pipeline_lag_records,
            Signal::CpuPressurePct => {
                let felt = self.canary_delay_ms > CPU_FELT_ABOVE_MS;
                if felt { self.kernel.cpu_pressure_pct } else { 0.0 }
            }
            Signal::IoPressurePct => {
                let felt = self.commit_wait_ms > IO_FELT_ABOVE_MS;
                if felt { self.kernel.io_pressure_pct } else { 0.0 }
            }
            Signal::MemoryPressurePct => self.kernel.memory_pressure_pct,
            Signal::MemoryUsedPct => self.kernel.memory_used_pct,
            Signal::DescriptorsPct => self.kernel.descriptors_pct,
        }
    }
}

/// Where others leave how long something took. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct LongestWait {
    /// Since the last reading, in microseconds.
    longest_us: Arc<AtomicU64>,
}

impl LongestWait {
    pub fn observe(&self, waited: Duration) {
        let waited_us = u64::try_from(waited.as_micros()).unwrap_or(u64::MAX);
        self.longest_us.fetch_max(waited_us, Ordering::Relaxed);
    }

    pub(super) fn take_ms(&self) -> f64 {
        self.longest_us.swap(0, Ordering::Relaxed) as f64 / 1_000.0
    }
}

/// Of appends, until they are on disk; left by the shards.
pub type CommitWait = LongestWait;
/// Of questions, until it is their turn with the model; left by the pipeline.
pub type ModelWait = LongestWait;

/// Where the pipeline leaves up to where it has seen to the log. Clones share it.
#[derive(Debug, Clone)]
pub struct PipelinePosition(Arc<AtomicU64>);

impl Default for PipelinePosition {
    /// Nobody lags who has not begun.
    fn default() -> Self {
        Self(Arc::new(AtomicU64::new(u64::MAX)))
    }
}

impl PipelinePosition {
    pub fn set(&self, next: Offset) {
        self.0.store(next.0, Ordering::Relaxed);
    }

    pub(super) fn lag_records(&self, end: Offset) -> f64 {
        end.0.saturating_sub(self.0.load(Ordering::Relaxed)) as f64
    }
}

/// All that is read besides the kernel.
#[derive(Debug, Clone)]
pub struct Sources {
    pub commit_wait: CommitWait,
    pub model_wait: ModelWait,
    pub pipeline_position: PipelinePosition,
    /// The end of the log.
    pub committed: watch::Receiver<Offset>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pressure_counts_only_while_it_is_felt_here() {
        let kernel = Kernel { cpu_pressure_pct: 90.0, io_pressure_pct: 80.0, ..Kernel::default() };
        let idle = Signals { kernel, ..Signals::default() };
        assert_eq!(idle.value(Signal::CpuPressurePct), 0.0);
        assert_eq!(idle.value(Signal::IoPressurePct), 0.0);
        let late = Signals { canary_delay_ms: 21.0, ..idle };
        assert_eq!(late.value(Signal::CpuPressurePct), 90.0);
        assert_eq!(late.value(Signal::IoPressurePct), 0.0);
        let slow = Signals { commit_wait_ms: 21.0, ..idle };
        assert_eq!(slow.value(Signal::IoPressurePct), 80.0);
    }

    #[test]
    fn the_longest_wait_is_taken_once() {
        let wait = LongestWait::default();
        wait.observe(Duration::from_millis(7));
        wait.clone().observe(Duration::from_millis(3));
        assert_eq!(wait.take_ms(), 7.0);
        assert_eq!(wait.take_ms(), 0.0);
    }

    #[test]
    fn the_pipeline_lags_behind_the_end_of_the_log() {
        let position = PipelinePosition::default();
        assert_eq!(position.lag_records(Offset(100)), 0.0, "it has not begun");
        position.clone().set(Offset(40));
        assert_eq!(position.lag_records(Offset(100)), 60.0);
        assert_eq!(position.lag_records(Offset(39)), 0.0, "the end was read a moment before");
    }
}
