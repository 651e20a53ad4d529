//! Reads the signals of overload, and says which capabilities are shed. Everyone above may ask;
//! it must never know what a conversation is. Persisting, acknowledging and delivering in
//! conversations under way are not in the list: they are never shed.

mod rules;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use rules::Ladder;

/// What may be shed, in the order of the ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// Typing notices.
    Typing,
    /// The server tier's second opinion on what the small model left open.
    ServerTier,
    /// The pipeline's model calls; exact and lexical answers stay.
    ServerModel,
    /// Sessions of visitors who are not here yet.
    NewSessions,
}

impl Capability {
    /// The level from which it is shed. Level 2 is kept for what only larger installations have
    /// (history search, exports).
    pub fn level(self) -> u8 {
        match self {
            Self::Typing | Self::ServerTier => 1,
            Self::ServerModel => 3,
            Self::NewSessions => 4,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    CanaryDelayMs,
    CommitWaitMs,
    MemoryPressurePct,
}

/// One reading.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Signals {
    /// How late a task that wakes every 10 ms is, on average over the last readings.
    pub canary_delay_ms: f64,
    /// How long appends waited for their commit, likewise.
    pub commit_wait_ms: f64,
    /// Share of the last 10 s in which some task waited for memory; 0 where the kernel has no PSI.
    pub memory_pressure_pct: f64,
}

impl Signals {
    fn value(&self, signal: Signal) -> f64 {
        match signal {
            Signal::CanaryDelayMs => self.canary_delay_ms,
            Signal::CommitWaitMs => self.commit_wait_ms,
            Signal::MemoryPressurePct => self.memory_pressure_pct,
        }
    }

    #[cfg(test)]
    fn set(&mut self, signal: Signal, value: f64) {
        match signal {
            Signal::CanaryDelayMs => self.canary_delay_ms = value,
            Signal::CommitWaitMs => self.commit_wait_ms = value,
            Signal::MemoryPressurePct => self.memory_pressure_pct = value,
        }
    }
}

/// Where the shards leave how long their appends took. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct CommitWait {
    /// The longest wait since the last reading, in microseconds.
    longest_us: Arc<AtomicU64>,
}

impl CommitWait {
    pub fn observe(&self, waited: Duration) {
        let waited_us = u64::try_from(waited.as_micros()).unwrap_or(u64::MAX);
        self.longest_us.fetch_max(waited_us, Ordering::Relaxed);
    }

    fn take_ms(&self) -> f64 {
        self.longest_us.swap(0, Ordering::Relaxed) as f64 / 1_000.0
    }
}

/// The present level; clones see the same.
#[derive(Debug, Clone)]
pub struct Degradation {
    level: watch::Receiver<u8>,
}

impl Degradation {
    /// Starts the canary. It ends when the last clone is gone.
    pub fn start(commit_wait: CommitWait) -> Self {
        let (sender, level) = watch::channel(0);
        tokio::spawn(watch_signals(commit_wait, sender));
        Self { level }
    }

    pub fn allows(&self, capability: Capability) -> bool {
        *self.level.borrow() < capability.level()
    }

    pub fn level(&self) -> u8 {
        *self.level.borrow()
    }

    /// Every change of the level.
    pub fn changes(&self) -> watch::Receiver<u8> {
        self.level.clone()
    }
}

const CANARY_INTERVAL: Duration = Duration::from_millis(10);

/// PSI averages over 10 s; reading it more often shows nothing new.
const PRESSURE_READINGS: u32 = 100;

/// Weight of the newest reading: about 20 readings (200 ms) of memory.
const SMOOTHING: f64 = 0.05;

async fn watch_signals(commit_wait: CommitWait, level: watch::Sender<u8>) {
    let started = Instant::now();
    let mut ladder = Ladder::default();
    let mut signals = Signals::default();
    let mut ticks = tokio::time::interval(CANARY_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut readings: u32 = 0;
    while !level.is_closed() {
        let asked = Instant::now();
        ticks.tick().await;
        let late = asked.elapsed().saturating_sub(CANARY_INTERVAL);
        signals.canary_delay_ms = smooth(signals.canary_delay_ms, late.as_secs_f64() * 1_000.0);
        signals.commit_wait_ms = smooth(signals.commit_wait_ms, commit_wait.take_ms());
        if readings.is_multiple_of(PRESSURE_READINGS) {
            signals.memory_pressure_pct = memory_pressure_pct().await;
        }
        readings = readings.wrapping_add(1);
        let now_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let next = ladder.evaluate(&signals, now_ms);
        level.send_if_modified(|present| {
            let changed = *present != next;
            if changed {
                tracing::warn!(from = *present, to = next, ?signals, "level of degradation");
                *present = next;
            }
            changed
        });
    }
}

fn smooth(average: f64, newest: f64) -> f64 {
    average + SMOOTHING * (newest - average)
}

/// `some avg10` of `/proc/pressure/memory`; 0 where there is none.
async fn memory_pressure_pct() -> f64 {
    let text = tokio::fs::read_to_string("/proc/pressure/memory").await.unwrap_or_default();
    parse_pressure(&text).unwrap_or(0.0)
}

fn parse_pressure(text: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix("some "))?;
    line.split(' ').find_map(|field| field.strip_prefix("avg10="))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_pressure_lines_are_read() {
        let text = "some avg10=12.34 avg60=5.00 avg300=1.00 total=99\nfull avg10=1.00 avg60=0.00";
        assert_eq!(parse_pressure(text), Some(12.34));
        assert_eq!(parse_pressure(""), None);
    }

    #[tokio::test]
    async fn an_idle_service_sheds_nothing() {
        let degradation = Degradation::start(CommitWait::default());
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(degradation.level(), 0);
        assert!(degradation.allows(Capability::Typing));
    }
}
