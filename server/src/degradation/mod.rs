//! Reads the signals of overload, and says which capabilities are shed. Everyone above may ask;
//! it must never know what a conversation is. Persisting, acknowledging and delivering in
//! conversations under way are not in the list: they are never shed.

mod kernel;
mod rules;
mod signals;

use std::path::Path;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use kernel::Kernel;
use rules::Ladder;
use signals::Signals;

pub use signals::{CommitWait, LongestWait, ModelWait, PipelinePosition, Sources};

/// What may be shed, in the order of the ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// Typing notices, and receipts of who has got and read what.
    Typing,
    /// The server tier's second opinion on what the small model left open.
    ServerTier,
    /// Searching all messages.
    Research,
    /// The pipeline's model calls; exact and lexical answers stay.
    ServerModel,
    /// Sessions of visitors who are not here yet.
    NewSessions,
}

impl Capability {
    /// The level from which it is shed.
    pub fn level(self) -> u8 {
        match self {
            Self::Typing => 1,
            Self::ServerTier | Self::Research => 2,
            Self::ServerModel => 3,
            Self::NewSessions => 4,
        }
    }
}

/// The present level; clones see the same.
#[derive(Debug, Clone)]
pub struct Degradation {
    level: watch::Receiver<u8>,
}

impl Degradation {
    /// Starts the canary. It ends when the last clone is gone.
    pub fn start(sources: Sources) -> Self {
        let (sender, level) = watch::channel(0);
        tokio::spawn(watch_signals(sources, sender));
        Self { level }
    }

    /// Sheds nothing, whatever the machine is short of.
    pub fn never() -> Self {
        let (_, level) = watch::channel(0);
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

/// Pressure is averaged over 10 s; reading it more often shows nothing new.
const KERNEL_INTERVAL: Duration = Duration::from_secs(1);

/// Weight of the newest reading: about 20 readings (200 ms) of memory.
const SMOOTHING: f64 = 0.05;

async fn watch_signals(sources: Sources, level: watch::Sender<u8>) {
    let started = Instant::now();
    let kernel = watch_kernel();
    let mut ladder = Ladder::default();
    let mut signals = Signals::default();
    let mut ticks = tokio::time::interval(CANARY_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !level.is_closed() {
        let asked = Instant::now();
        ticks.tick().await;
        let late = asked.elapsed().saturating_sub(CANARY_INTERVAL);
        signals.canary_delay_ms = smooth(signals.canary_delay_ms, late.as_secs_f64() * 1_000.0);
        read_sources(&mut signals, &sources);
        signals.kernel = *kernel.borrow();
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

fn read_sources(signals: &mut Signals, sources: &Sources) {
    signals.commit_wait_ms = smooth(signals.commit_wait_ms, sources.commit_wait.take_ms());
    signals.model_wait_ms = smooth(signals.model_wait_ms, sources.model_wait.take_ms());
    let end = *sources.committed.borrow();
    signals.pipeline_lag_records = sources.pipeline_position.lag_records(end);
}

/// Reads the kernel's files beside the canary: when nobody is free to read them, the last reading
/// stands and the canary runs on. Ends with the receiver.
fn watch_kernel() -> watch::Receiver<Kernel> {
    let (sender, kernel) = watch::channel(Kernel::default());
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(KERNEL_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !sender.is_closed() {
            ticks.tick().await;
            let read = tokio::task::spawn_blocking(|| Kernel::read(Path::new("/"))).await;
            // A reading that fell over was reported by its thread.
            let _ = read.map(|read| sender.send_replace(read));
        }
    });
    kernel
}

fn smooth(average: f64, newest: f64) -> f64 {
    average + SMOOTHING * (newest - average)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::Offset;

    fn sources() -> (Sources, watch::Sender<Offset>) {
        let (end, committed) = watch::channel(Offset(0));
        let sources = Sources {
            commit_wait: CommitWait::default(),
            model_wait: ModelWait::default(),
            pipeline_position: PipelinePosition::default(),
            committed,
        };
        (sources, end)
    }

    #[tokio::test]
    async fn an_idle_service_sheds_nothing() {
        let (sources, _end) = sources();
        let degradation = Degradation::start(sources);
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(degradation.level(), 0);
        assert!(degradation.allows(Capability::Typing));
    }

    #[test]
    fn each_source_has_its_signal() {
        let (sources, end) = sources();
        sources.commit_wait.observe(Duration::from_secs(1));
        sources.model_wait.observe(Duration::from_secs(2));
        sources.pipeline_position.set(Offset(5));
        end.send_replace(Offset(12));
        let mut signals = Signals::default();
        read_sources(&mut signals, &sources);
        let expected = Signals {
            commit_wait_ms: 50.0,
            model_wait_ms: 100.0,
            pipeline_lag_records: 7.0,
            ..Signals::default()
        };
        assert_eq!(signals, expected, "the newest reading weighs a twentieth");
    }
}
