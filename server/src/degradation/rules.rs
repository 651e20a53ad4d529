//! Which capability is shed when a signal stays too high, and when it comes back. One table and
//! one pure step function; knows no clock and reads nothing.

use super::Capability;
use super::signals::{Signal, Signals};

/// One row: above `shed_above` for `HOLD_UP_MS` the capability goes, and all of lower levels with
/// it; it comes back when the signal has been below `restore_below` for `HOLD_DOWN_MS`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rule {
    pub signal: Signal,
    pub shed_above: f64,
    pub restore_below: f64,
    pub sheds: Capability,
}

/// A peak shorter than this changes nothing.
pub(super) const HOLD_UP_MS: u64 = 300;

/// The load must stay low this long for each level that is given back.
pub(super) const HOLD_DOWN_MS: u64 = 5_000;

pub(super) const RULES: &[Rule] = &[
    // A tenth of a second between two turns of the runtime is felt as lag while typing.
    rule(Signal::CanaryDelayMs, 100.0, 50.0, Capability::Typing),
    rule(Signal::CommitWaitMs, 150.0, 75.0, Capability::Typing),
    rule(Signal::MemoryPressurePct, 20.0, 10.0, Capability::Typing),
    // Felt here already, see `Signals::value`: what is not needed goes before it gets worse.
    rule(Signal::CpuPressurePct, 60.0, 40.0, Capability::Typing),
    rule(Signal::IoPressurePct, 60.0, 40.0, Capability::Typing),
    // A second opinion is worth a short wait, not a long one for everybody.
    rule(Signal::CanaryDelayMs, 250.0, 125.0, Capability::ServerTier),
    rule(Signal::CpuPressurePct, 80.0, 60.0, Capability::ServerTier),
    rule(Signal::ModelWaitMs, 500.0, 250.0, Capability::ServerTier),
    rule(Signal::PipelineLagRecords, 1_000.0, 200.0, Capability::ServerTier),
    rule(Signal::MemoryUsedPct, 88.0, 82.0, Capability::ServerTier),
    // Past this an agent's notice arrives sooner than the model's answer.
    rule(Signal::CanaryDelayMs, 500.0, 250.0, Capability::ServerModel),
    rule(Signal::CommitWaitMs, 750.0, 375.0, Capability::ServerModel),
    rule(Signal::ModelWaitMs, 2_000.0, 1_000.0, Capability::ServerModel),
    rule(Signal::PipelineLagRecords, 10_000.0, 1_000.0, Capability::ServerModel),
    rule(Signal::MemoryPressurePct, 40.0, 20.0, Capability::ServerModel),
    rule(Signal::MemoryUsedPct, 93.0, 88.0, Capability::ServerModel),
    // Those who are here come first.
    rule(Signal::CanaryDelayMs, 2_000.0, 1_000.0, Capability::NewSessions),
    rule(Signal::CommitWaitMs, 3_000.0, 1_500.0, Capability::NewSessions),
    rule(Signal::MemoryUsedPct, 97.0, 93.0, Capability::NewSessions),
    // The log, the view and the agents need some as well.
    rule(Signal::DescriptorsPct, 90.0, 80.0, Capability::NewSessions),
];

const fn rule(signal: Signal, shed_above: f64, restore_below: f64, sheds: Capability) -> Rule {
    Rule { signal, shed_above, restore_below, sheds }
}

/// How long which rule has been exceeded, and since when it has been calm.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ladder {
    level: u8,
    exceeded_since_ms: [Option<u64>; RULES.len()],
    calm_since_ms: Option<u64>,
}

impl Default for Ladder {
    fn default() -> Self {
        Self { level: 0, exceeded_since_ms: [None; RULES.len()], calm_since_ms: None }
    }
}

impl Ladder {
    #[cfg(test)]
    pub(super) fn level(&self) -> u8 {
        self.level
    }

    /// Takes one reading in; `now_ms` may start anywhere but never goes back.
    pub(super) fn evaluate(&mut self, signals: &Signals, now_ms: u64) -> u8 {
        let wanted = self.wanted(signals, now_ms);
        if wanted > self.level {
            self.level = wanted;
            self.calm_since_ms = None;
        } else if self.level > 0 {
            self.step_down(signals, now_ms);
        }
        self.level
    }

    fn wanted(&mut self, signals: &Signals, now_ms: u64) -> u8 {
        let mut wanted = 0;
        for (rule, since) in RULES.iter().zip(&mut self.exceeded_since_ms) {
            if signals.value(rule.signal) > rule.shed_above {
                let held_ms = now_ms.saturating_sub(*since.get_or_insert(now_ms));
                if held_ms >= HOLD_UP_MS {
                    wanted = wanted.max(rule.sheds.level());
                }
            } else {
                *since = None;
            }
        }
        wanted
    }

    /// One level at a time, and only while every rule of the present level or above is calm.
    fn step_down(&mut self, signals: &Signals, now_ms: u64) {
        let holds = |rule: &&Rule| {
            rule.sheds.level() >= self.level && signals.value(rule.signal) >= rule.restore_below
        };
        if RULES.iter().find(holds).is_some() {
            self.calm_since_ms = None;
            return;
        }
        let calm_ms = now_ms.saturating_sub(*self.calm_since_ms.get_or_insert(now_ms));
        if calm_ms >= HOLD_DOWN_MS {
            self.level -= 1;
            self.calm_since_ms = Some(now_ms);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (from ms, canary delay in ms): the reading holds until the next row.
    fn check(trace: &[(u64, f64)], until_ms: u64, expected: &[(u64, u8)]) {
        let mut ladder = Ladder::default();
        let mut changes = Vec::new();
        for now_ms in (0..=until_ms).step_by(10) {
            let row = trace.iter().rev().find(|(from, _)| *from <= now_ms).unwrap();
            let signals = Signals { canary_delay_ms: row.1, ..Signals::default() };
            let before = ladder.level();
            let after = ladder.evaluate(&signals, now_ms);
            if after != before {
                changes.push((now_ms, after));
            }
        }
        assert_eq!(changes, expected);
    }

    #[test]
    fn a_short_peak_changes_nothing() {
        check(&[(0, 0.0), (1_000, 5_000.0), (1_290, 0.0)], 10_000, &[]);
    }

    #[test]
    fn up_after_300_ms_and_down_level_by_level_each_5_s() {
        check(
            &[(0, 0.0), (1_000, 600.0), (2_000, 0.0)],
            30_000,
            &[(1_300, 3), (7_000, 2), (12_000, 1), (17_000, 0)],
        );
    }

    #[test]
    fn between_the_lines_the_level_stays() {
        check(&[(0, 600.0), (1_000, 300.0)], 60_000, &[(300, 3)]);
    }

    #[test]
    fn an_alternating_signal_does_not_flap() {
        let trace: Vec<(u64, f64)> =
            (0..60).map(|i| (i * 1_000, if i % 2 == 0 { 600.0 } else { 0.0 })).collect();
        check(&trace, 60_000, &[(300, 3)]);
    }

    /// Without a wildcard: a new signal does not compile until it is here.
    fn set(signals: &mut Signals, signal: Signal, value: f64) {
        let kernel = &mut signals.kernel;
        match signal {
            Signal::CanaryDelayMs => signals.canary_delay_ms = value,
            Signal::CommitWaitMs => signals.commit_wait_ms = value,
            Signal::ModelWaitMs => signals.model_wait_ms = value,
            Signal::PipelineLagRecords => signals.pipeline_lag_records = value,
            Signal::CpuPressurePct => {
                // Felt, but too little for a rule of its own.
                signals.canary_delay_ms = value.min(30.0);
                kernel.cpu_pressure_pct = value;
            }
            Signal::IoPressurePct => {
                signals.commit_wait_ms = value.min(30.0);
                kernel.io_pressure_pct = value;
            }
            Signal::MemoryPressurePct => kernel.memory_pressure_pct = value,
            Signal::MemoryUsedPct => kernel.memory_used_pct = value,
            Signal::DescriptorsPct => kernel.descriptors_pct = value,
        }
    }

    #[test]
    fn every_rule_sheds_and_restores_what_it_names() {
        for rule in RULES {
            assert!(rule.restore_below < rule.shed_above, "{rule:?}");
            let level = rule.sheds.level();
            let mut ladder = Ladder::default();
            let mut signals = Signals::default();
            set(&mut signals, rule.signal, rule.shed_above);
            for now_ms in [0, HOLD_UP_MS, 2 * HOLD_UP_MS] {
                assert!(ladder.evaluate(&signals, now_ms) < level, "{rule:?}: only above");
            }
            ladder = Ladder::default();
            set(&mut signals, rule.signal, rule.shed_above + 1.0);
            ladder.evaluate(&signals, 0);
            assert_eq!(ladder.level(), 0, "{rule:?}: not at once");
            assert_eq!(ladder.evaluate(&signals, HOLD_UP_MS), level, "{rule:?}");
            // On the restore line it holds, however long; below, it is given back.
            set(&mut signals, rule.signal, rule.restore_below);
            for step in 1..=5 {
                ladder.evaluate(&signals, HOLD_UP_MS + step * HOLD_DOWN_MS);
            }
            assert_eq!(ladder.level(), level, "{rule:?}");
            set(&mut signals, rule.signal, 0.0);
            for step in 6..=11 {
                ladder.evaluate(&signals, HOLD_UP_MS + step * HOLD_DOWN_MS);
            }
            assert_eq!(ladder.level(), 0, "{rule:?}");
        }
    }

    #[test]
    fn every_capability_can_be_shed_and_lines_of_one_signal_rise_with_the_level() {
        let capabilities = [
            Capability::Typing,
            // Searching goes with the tier: it has its level and no rule of its own.
            Capability::ServerTier,
            Capability::ServerModel,
            Capability::NewSessions,
        ];
        for capability in capabilities {
            assert!(RULES.iter().any(|rule| rule.sheds == capability), "{capability:?}");
        }
        for lower in RULES {
            let same_signal = RULES.iter().filter(|rule| rule.signal == lower.signal);
            for higher in same_signal.filter(|rule| rule.sheds.level() > lower.sheds.level()) {
                assert!(higher.shed_above > lower.shed_above, "{lower:?} {higher:?}");
                assert!(higher.restore_below > lower.restore_below, "{lower:?} {higher:?}");
            }
        }
    }
}
