//! Where and under which load the figures were taken. Linux only; elsewhere it says so.

use std::time::Instant;

use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
}

impl Machine {
    pub(crate) fn here() -> Self {
        let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        Self {
            processor: name.map_or("unknown processor", |(_, name)| name.trim()).to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// How long anything on the machine waited for a processor, since a moment.
pub(crate) struct Pressure {
    since: Instant,
    stalled_micros: u64,
    /// Percent, over the minute before.
    before: f64,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct PressureTaken {
    pub(crate) minute_before_percent: f64,
    pub(crate) meanwhile_percent: f64,
}

impl Pressure {
    /// `None` where the kernel does not count it.
    pub(crate) fn now() -> Option<Self> {
        let (before, stalled_micros) = some_stalled()?;
        Some(Self { since: Instant::now(), stalled_micros, before })
    }

    pub(crate) fn taken(&self) -> Option<PressureTaken> {
        let (_, stalled_micros) = some_stalled()?;
        let stalled = (stalled_micros - self.stalled_micros) as f64;
        Some(PressureTaken {
            minute_before_percent: self.before,
            meanwhile_percent: 100.0 * stalled / self.since.elapsed().as_micros() as f64,
        })
    }
}

/// `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`: percent of the last minute, microseconds.
fn some_stalled() -> Option<(f64, u64)> {
    let text = std::fs::read_to_string("/proc/pressure/cpu").ok()?;
    let line = text.lines().find(|line| line.starts_with("some "))?;
    let value = |name: &str| line.split(' ').find_map(|field| field.strip_prefix(name));
    Some((value("avg60=")?.parse().ok()?, value("total=")?.parse().ok()?))
}
