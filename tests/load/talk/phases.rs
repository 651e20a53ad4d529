//! What is due when: one phase after the other, each bounded in time.

use std::cmp::Reverse;

use anyhow::{Result, bail};
use protocol::ids::Seq;

use super::super::stamp::{Kind, Stamp};
use super::super::wires::{Turn, Wires};
use super::{LOOK_AGAIN_US, Later, Opening, Phase, Talk};

/// Connections under way at once while everybody arrives.
const ARRIVING_MAX: usize = 256;

/// Conversations being opened at once.
const OPENING_MAX: usize = 256;

/// Longest for everybody to arrive, for all conversations to be opened, and for reading all again.
const PHASE_US_MAX: u64 = 90_000_000;

/// How often what is still missing is sent again at the end.
const SWEEP_US: u64 = 2_000_000;

/// Between opening and the first due message.
const CALM_US: u64 = 500_000;

const US_PER_S: f64 = 1_000_000.0;

impl Talk {
    pub(super) fn run_timers(&mut self, wires: &mut Wires) -> Result<()> {
        while let Some(Reverse((at_us, what))) = self.timers.peek().copied() {
            if at_us > wires.now_us() {
                break;
            }
            self.timers.pop();
            match what {
                Later::Connect(wire) => wires.connect(wire)?,
                Later::Resume(idx) if wires.is_open(idx) && !self.resumed[idx] => {
                    self.resume(wires, idx, idx)?;
                }
                Later::Resume(_) => {}
                Later::Resend(stamp) => self.resend(wires, stamp)?,
            }
        }
        Ok(())
    }

    fn resend(&mut self, wires: &mut Wires, stamp: Stamp) -> Result<()> {
        let opening = self.talkers[stamp.talk as usize].opening;
        let needed = match stamp.kind {
            Kind::Visitor | Kind::Agent => !self.ledger.is_accepted(stamp),
            Kind::Opening => opening == Opening::Asked,
            Kind::TakeOver => opening == Opening::Human,
        };
        if needed { self.send_line(wires, stamp) } else { Ok(()) }
    }

    pub(super) fn run_phase(&mut self, wires: &mut Wires) -> Result<Turn> {
        let now_us = wires.now_us();
        let within_us = now_us.saturating_sub(self.since_us);
        let due_us = match self.phase {
            Phase::Arriving => self.arrive(wires, within_us)?,
            Phase::Opening => self.open(wires, within_us)?,
            Phase::Steady => self.write_what_is_due(wires, now_us)?,
            Phase::Draining => self.drain(wires, now_us)?,
            Phase::Auditing => self.audit(within_us),
            Phase::Done => return Ok(Turn::Done),
        };
        let timer_us = self.timers.peek().map_or(u64::MAX, |Reverse((at_us, _))| *at_us);
        Ok(Turn::Until(due_us.min(timer_us)))
    }

    fn enter(&mut self, phase: Phase, since_us: u64) {
        self.phase = phase;
        self.since_us = since_us;
        (self.next, self.settled) = (0, 0);
        self.progress.enter(phase);
    }

    fn arrive(&mut self, wires: &mut Wires, within_us: u64) -> Result<u64> {
        let all = self.plan.visitors + self.agents.len();
        let back = self.progress.back_count();
        while self.next < all && self.next - back.min(self.next) < ARRIVING_MAX {
            // Agents first: they must not wait for a place behind all the others.
            let wire = (self.next + self.plan.visitors) % all;
            wires.connect(wire)?;
            self.next += 1;
        }
        if back == all {
            self.outcome.arriving_s = within_us as f64 / US_PER_S;
            self.enter(Phase::Opening, wires.now_us());
        } else if within_us > PHASE_US_MAX {
            bail!("only {back} of {all} got in: {:?}", self.outcome);
        }
        Ok(wires.now_us() + LOOK_AGAIN_US)
    }

    fn open(&mut self, wires: &mut Wires, within_us: u64) -> Result<u64> {
        let all = self.talkers.len();
        while self.next < all && self.next - self.settled < OPENING_MAX {
            self.talkers[self.next].opening = Opening::Asked;
            if self.resumed[self.next] {
                self.ask_for_human(wires, self.next as u32)?;
            }
            self.next += 1;
        }
        if self.settled == all {
            self.outcome.opening_s = within_us as f64 / US_PER_S;
            self.begin_steady(wires)?;
        } else if within_us > PHASE_US_MAX {
            bail!("only {} of {all} conversations were opened", self.settled);
        }
        Ok(wires.now_us() + LOOK_AGAIN_US)
    }

    fn begin_steady(&mut self, wires: &mut Wires) -> Result<()> {
        let stallers_at = self.plan.visitors + self.agents.len();
        for staller in 0..self.plan.stallers {
            wires.connect(stallers_at + staller)?;
        }
        for agent in 0..self.agents.len().min(self.talkers.len()) {
            let talk = agent as u32;
            self.agents[agent].watching = Some((talk, Seq(0)));
            if self.agents[agent].welcomed {
                self.watch(wires, agent, talk, Seq(0))?;
            }
        }
        self.enter(Phase::Steady, wires.now_us() + CALM_US);
        Ok(())
    }

    /// When message `number` of the run is due.
    fn due_us(&self, number: usize) -> u64 {
        self.since_us + (number as f64 * US_PER_S / self.plan.rate_per_s) as u64
    }

    fn write_what_is_due(&mut self, wires: &mut Wires, now_us: u64) -> Result<u64> {
        let end_us = self.since_us + self.plan.duration.as_micros() as u64;
        loop {
            let due_us = self.due_us(self.next);
            if due_us >= end_us {
                self.enter(Phase::Draining, now_us);
                return Ok(now_us);
            }
            if due_us > now_us {
                return Ok(due_us);
            }
            let behind_ms = (now_us - due_us) as f64 / 1_000.0;
            self.outcome.behind_ms_max = self.outcome.behind_ms_max.max(behind_ms);
            // Round after round everybody's turn; the sides take turns too.
            let (round, talk) = (self.next / self.talkers.len(), self.next % self.talkers.len());
            let kind = if (round + talk) % 2 == 0 { Kind::Visitor } else { Kind::Agent };
            let stamp = self.ledger.write(kind, talk as u32, due_us);
            self.send_line(wires, stamp)?;
            self.next += 1;
        }
    }

    fn drain(&mut self, wires: &mut Wires, now_us: u64) -> Result<u64> {
        let all_back = self.progress.back_count() == self.plan.visitors + self.agents.len();
        let over = now_us > self.since_us + self.plan.grace.as_micros() as u64;
        if over || all_back && self.ledger.is_settled() {
            self.begin_audit(wires)?;
        } else if now_us > self.since_us.max(self.swept_at_us) + SWEEP_US {
            self.swept_at_us = now_us;
            for talk in 0..self.talkers.len() as u32 {
                self.resend_unacknowledged(wires, Kind::Visitor, talk)?;
                self.resend_unacknowledged(wires, Kind::Agent, talk)?;
            }
        }
        Ok(now_us + LOOK_AGAIN_US)
    }

    fn begin_audit(&mut self, wires: &mut Wires) -> Result<()> {
        let agents = self.agents.len();
        self.enter(Phase::Auditing, wires.now_us());
        for idx in 0..agents {
            let unread = (0..self.talkers.len() as u32).skip(idx).step_by(agents);
            self.agents[idx].unread = unread.collect();
            self.agents[idx].watching = None;
            if self.agents[idx].welcomed {
                self.read_on(wires, idx)?;
            }
        }
        Ok(())
    }

    /// What is not read in time shows up as a difference.
    fn audit(&mut self, within_us: u64) -> u64 {
        if self.settled == self.talkers.len() || within_us > PHASE_US_MAX {
            self.enter(Phase::Done, self.since_us);
        }
        self.since_us + within_us + LOOK_AGAIN_US
    }
}
