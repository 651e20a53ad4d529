//! The figures summed up: medians, 95th percentiles, the ratio with its spread; as a table and as
//! JSON. Targets are printed, never enforced: a machine's load is no fault of the code.

use serde::Serialize;

use crate::machine::{Machine, PressureTaken};
use crate::measure::{QUESTIONS_A_ROUND, Samples, Taken, Time};

const WARM_P95_MS_TARGET: f64 = 9.0;
const FIRST_MS_TARGET: f64 = 60.0;
const READY_MS_TARGET: f64 = 120.0;
const MEMORY_MB_TARGET: f64 = 20.0;

const BYTES_OF_MB: f64 = 1_000_000.0;

#[derive(Serialize)]
pub(crate) struct Report {
    machine: Machine,
    browser: String,
    cpu_pressure: Option<PressureTaken>,
    entries: usize,
    ours: Contestant,
    onnx_runtime_web: Option<Contestant>,
    warm_ratio: Option<Ratio>,
}

#[derive(Serialize)]
struct Contestant {
    /// From the page: message to reply.
    warm_ms: Spread,
    /// Of it in the Worker, whose clock is read around the work.
    warm_inside_ms: Spread,
    first_ms: Spread,
    ready_ms: Spread,
    memory_mb_max: f64,
    samples: Samples,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct Spread {
    p5: f64,
    median: f64,
    p95: f64,
    worst: f64,
}

/// One of a contestant's figures.
type Figure = fn(&Contestant) -> f64;

/// How many times as long ONNX Runtime Web takes.
#[derive(Serialize)]
struct Ratio {
    of_medians: f64,
    /// Of the medians of single rounds, in which both were asked the same.
    of_rounds: Spread,
}

impl Spread {
    /// Nearest rank; of at least one value.
    fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let at = |percent: usize| sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1];
        Self { p5: at(5), median: at(50), p95: at(95), worst: at(100) }
    }
}

impl Contestant {
    fn of(samples: Samples) -> Self {
        let times = || samples.rounds.iter().flatten();
        Self {
            warm_ms: Spread::of(times().map(|time| time.outside_ms)),
            warm_inside_ms: Spread::of(times().map(|time| time.inside_ms)),
            first_ms: Spread::of(samples.first_ms.iter().copied()),
            ready_ms: Spread::of(samples.ready_ms.iter().copied()),
            memory_mb_max: samples.memory_bytes_max as f64 / BYTES_OF_MB,
            samples,
        }
    }
}

impl Ratio {
    fn of(ours: &Contestant, onnx: &Contestant) -> Self {
        let median = |round: &Vec<Time>| Spread::of(round.iter().map(|at| at.outside_ms)).median;
        let rounds = ours.samples.rounds.iter().zip(&onnx.samples.rounds);
        Self {
            of_medians: onnx.warm_ms.median / ours.warm_ms.median,
            of_rounds: Spread::of(rounds.map(|(ours, onnx)| median(onnx) / median(ours))),
        }
    }
}

impl Report {
    pub(crate) fn of(taken: Taken) -> Self {
        let ours = Contestant::of(taken.ours);
        let onnx = taken.onnx.map(Contestant::of);
        Self {
            machine: taken.machine,
            browser: taken.browser,
            cpu_pressure: taken.pressure,
            entries: taken.entries,
            warm_ratio: onnx.as_ref().map(|onnx| Ratio::of(&ours, onnx)),
            ours,
            onnx_runtime_web: onnx,
        }
    }

    pub(crate) fn print(&self) {
        let rounds = self.ours.samples.rounds.len();
        let loads = self.ours.samples.ready_ms.len();
        println!("{}, {} cores, {}", self.machine.processor, self.machine.cores, self.browser);
        println!("{}", self.pressure_line());
        println!(
            "warm: {rounds} rounds of {QUESTIONS_A_ROUND} questions of 16 tokens, {} entries; \
             loads: {loads}, a fresh process each",
            self.entries
        );
        println!("{:<38} {:>10} {:>16}   target", "", "ours", "ONNX Runtime Web");
        let p95 = format!("≤ {WARM_P95_MS_TARGET} ms, and faster");
        let (first, ready) = (format!("≤ {FIRST_MS_TARGET} ms"), format!("≤ {READY_MS_TARGET} ms"));
        let rows: [(&str, Figure, &str); 8] = [
            ("message → reply, warm, median, ms", |at| at.warm_ms.median, ""),
            ("message → reply, warm, p95, ms", |at| at.warm_ms.p95, &p95),
            ("  of it inside the Worker, median, ms", |at| at.warm_inside_ms.median, ""),
            ("first call, median, ms", |at| at.first_ms.median, &first),
            ("first call, worst, ms", |at| at.first_ms.worst, ""),
            ("bytes in hand → ready, median, ms", |at| at.ready_ms.median, &ready),
            ("bytes in hand → ready, worst, ms", |at| at.ready_ms.worst, ""),
            ("peak Wasm memory, MB", |at| at.memory_mb_max, &format!("≤ {MEMORY_MB_TARGET} MB")),
        ];
        for (title, value, target) in rows {
            let onnx = self.onnx_runtime_web.as_ref();
            let onnx = onnx.map_or("not measured".to_owned(), |at| format!("{:.2}", value(at)));
            println!("{title:<38} {:>10.2} {onnx:>16}   {target}", value(&self.ours));
        }
        if let Some(Ratio { of_medians, of_rounds }) = &self.warm_ratio {
            println!(
                "warm, ONNX Runtime Web / ours: {of_medians:.2} of medians; of single rounds {:.2} \
                 (p5 {:.2}, p95 {:.2})",
                of_rounds.median, of_rounds.p5, of_rounds.p95
            );
        }
    }

    fn pressure_line(&self) -> String {
        match self.cpu_pressure {
            Some(PressureTaken { minute_before_percent, meanwhile_percent }) => format!(
                "cpu pressure (some): {minute_before_percent:.1} % over the minute before, \
                 {meanwhile_percent:.1} % meanwhile"
            ),
            None => "cpu pressure: not measured".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let spread = Spread::of((1..=200).rev().map(f64::from));
        assert_eq!(spread, Spread { p5: 10.0, median: 100.0, p95: 190.0, worst: 200.0 });
        let one = Spread::of([7.0]);
        assert_eq!(one, Spread { p5: 7.0, median: 7.0, p95: 7.0, worst: 7.0 });
    }
}
