//! Times from when something was due to when it had happened, as histograms: of the whole run and
//! of each of its windows. What was due while nobody could send counts with all its waiting.

use anyhow::Result;
use hdrhistogram::Histogram;
use serde::Serialize;

/// Longer times are counted as this.
const LONGEST_US: u64 = 600_000_000;

const DIGITS: u8 = 2;

/// Windows kept; a run is cut into at most so many.
const WINDOWS_MAX: usize = 512;

pub struct Latency {
    whole: Histogram<u64>,
    windows: Vec<Histogram<u64>>,
    window_us: u64,
}

/// In milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Percentiles {
    pub count: u64,
    pub p50: f64,
    pub p99: f64,
    pub p999: f64,
    pub worst: f64,
}

impl Latency {
    /// # Errors
    /// Never: the bounds are constants.
    pub fn new(window_us: u64) -> Result<Self> {
        Ok(Self { whole: histogram()?, windows: Vec::new(), window_us: window_us.max(1) })
    }

    /// Both times count from the same moment, `due_us` from the first due one.
    pub fn record(&mut self, due_us: u64, from_first_us: u64, now_us: u64) {
        let taken_us = now_us.saturating_sub(due_us).max(1);
        self.whole.saturating_record(taken_us);
        let idx = ((from_first_us / self.window_us) as usize).min(WINDOWS_MAX - 1);
        while self.windows.len() <= idx {
            let Ok(window) = histogram() else { return };
            self.windows.push(window);
        }
        self.windows[idx].saturating_record(taken_us);
    }

    pub fn whole(&self) -> Percentiles {
        Percentiles::of(&self.whole)
    }

    pub fn windows(&self) -> Vec<Percentiles> {
        self.windows.iter().map(Percentiles::of).collect()
    }
}

impl Percentiles {
    fn of(histogram: &Histogram<u64>) -> Self {
        let at = |quantile| histogram.value_at_quantile(quantile) as f64 / 1_000.0;
        Self {
            count: histogram.len(),
            p50: at(0.5),
            p99: at(0.99),
            p999: at(0.999),
            worst: histogram.max() as f64 / 1_000.0,
        }
    }
}

fn histogram() -> Result<Histogram<u64>> {
    Ok(Histogram::new_with_bounds(1, LONGEST_US, DIGITS)?)
}
