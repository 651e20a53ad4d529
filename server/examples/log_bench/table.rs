//! What a row says, as a table and as JSON. Knows no contestant.

use std::fmt;

use serde::Serialize;

use crate::machine::{Machine, Meanwhile};
use crate::rounds::Spread;

#[derive(Serialize)]
pub(crate) struct Figures<'a> {
    pub(crate) machine: Machine,
    pub(crate) rows: &'a [Row],
}

#[derive(Debug, Serialize)]
pub(crate) struct Row {
    name: &'static str,
    pub(crate) lines: Vec<Line>,
    /// Under which terms it was taken, and what could not be.
    pub(crate) notes: Vec<String>,
    pub(crate) pressure: Option<Meanwhile>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Line {
    pub(crate) figure: String,
    pub(crate) value: f64,
    pub(crate) beside: Option<Beside>,
    pub(crate) target: Option<Target>,
}

/// The other's value in the same rounds.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Beside {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
    /// Ours by theirs, round by round.
    pub(crate) ratio: Option<Spread>,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    RatioAtMost(f64),
    RatioAtLeast(f64),
    AtMost(f64),
    Within { least: f64, most: f64 },
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::RatioAtMost(most) => write!(f, "≤ {most} x"),
            Target::RatioAtLeast(least) => write!(f, "≥ {least} x"),
            Target::AtMost(most) => write!(f, "≤ {most}"),
            Target::Within { least, most } => write!(f, "{least:.3} to {most:.3}"),
        }
    }
}

impl Line {
    fn met(&self) -> Option<bool> {
        let ratio = self.beside.as_ref().and_then(|beside| beside.ratio);
        match self.target? {
            Target::RatioAtMost(most) => Some(ratio?.median <= most),
            Target::RatioAtLeast(least) => Some(ratio?.median >= least),
            Target::AtMost(most) => Some(self.value <= most),
            Target::Within { least, most } => Some((least..=most).contains(&self.value)),
        }
    }

    fn print(&self) {
        let beside = self.beside.as_ref();
        let theirs = beside
            .map(|beside| format!("{} {}", number(beside.value), beside.name))
            .unwrap_or_default();
        let ratio = beside
            .and_then(|beside| beside.ratio)
            .map(|ratio| format!("{:.2} [{:.2} to {:.2}]", ratio.median, ratio.q1, ratio.q3));
        let target = self.target.map(|target| target.to_string()).unwrap_or_default();
        let verdict = match self.met() {
            Some(true) => "met",
            Some(false) => "missed",
            None => "",
        };
        println!(
            "{:<58} {:>11}  {theirs:<32} {:<22} {target:<14} {verdict}",
            self.figure,
            number(self.value),
            ratio.unwrap_or_default()
        );
    }
}

pub(crate) fn print_head() {
    println!(
        "{:<58} {:>11}  {:<32} {:<22} target",
        "figure", "ours", "beside", "ratio [quartiles]"
    );
}

impl Row {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, lines: Vec::new(), notes: Vec::new(), pressure: None }
    }

    pub(crate) fn print(&self) {
        println!("-- {}{}", self.name, self.pressure.map(shown).unwrap_or_default());
        for line in &self.lines {
            line.print();
        }
        for note in &self.notes {
            println!("   {note}");
        }
    }
}

fn shown(meanwhile: Meanwhile) -> String {
    let Meanwhile { cpu_percent, io_percent, load } = meanwhile;
    format!(" (pressure: cpu {cpu_percent:.0} %, io {io_percent:.0} %; load {load:.1})")
}

/// Four digits that count.
fn number(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 1_000.0 => 0,
        size if size >= 100.0 => 1,
        size if size >= 10.0 => 2,
        _ => 3,
    };
    if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.digits$}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(target: Target, value: f64, ratio: f64, met: bool) {
        let ratio = Some(Spread { q1: 0.0, median: ratio, q3: 9.0 });
        let beside = Some(Beside { name: "other", value: 1.0, ratio });
        let line = Line { figure: String::new(), value, beside, target: Some(target) };
        assert_eq!(line.met(), Some(met), "{line:?}");
    }

    #[test]
    fn a_target_is_met_or_missed() {
        check(Target::RatioAtMost(1.3), 9.0, 1.2, true);
        check(Target::RatioAtMost(1.3), 9.0, 1.4, false);
        check(Target::RatioAtLeast(5.0), 9.0, 4.9, false);
        check(Target::AtMost(0.0), 0.0, 7.0, true);
        check(Target::AtMost(0.0), 1.0, 7.0, false);
        check(Target::Within { least: 0.1, most: 0.2 }, 0.3, 7.0, false);
    }

    #[test]
    fn a_target_beside_nobody_is_open() {
        let target = Some(Target::RatioAtLeast(5.0));
        let line = Line { figure: String::new(), value: 1.0, beside: None, target };
        assert_eq!(line.met(), None);
    }
}
