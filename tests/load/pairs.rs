//! The same schedule against a chat on socket.io: sockets in pairs, each message due at its time,
//! acknowledged to its sender and shown to the other. It knows as much of Engine.IO as that needs.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Serialize;

use super::latency::{Latency, Percentiles};
use super::wires::{Loss, Part, Request, Turn, Wires};

const ARRIVING_MAX: usize = 128;
const PHASE_US_MAX: u64 = 90_000_000;
const CALM_US: u64 = 500_000;
const LOOK_AGAIN_US: u64 = 2_000;

/// Packets of Engine.IO and Socket.IO, as far as they are needed.
const OPEN: u8 = b'0';
const PING: &[u8] = b"2";
const PONG: &[u8] = b"3";
const CONNECT: &[u8] = b"40";
const ACCEPTED: &str = "42[\"accepted\",\"";
const POSTED: &str = "42[\"posted\",\"";

/// Of the path an upgrade is asked for at.
const PATH: &str = "/socket.io/?EIO=4&transport=websocket";

#[derive(Debug, Clone)]
pub struct Plan {
    /// `HOST:PORT`.
    pub host: String,
    /// An even number.
    pub sockets: usize,
    pub rate_per_s: f64,
    pub duration: Duration,
    pub grace: Duration,
    pub text_bytes: usize,
    pub sources_count: u8,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub struct Outcome {
    pub sent: u64,
    pub accepted_ms: Percentiles,
    pub shown_ms: Percentiles,
    /// Not acknowledged or not shown, shown twice, or shown before an elder one.
    pub missing: u64,
    pub doubled: u64,
    pub disordered: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Arriving,
    Steady,
    Draining,
}

#[derive(Clone, Copy)]
struct Message {
    due_us: u64,
    accepted: bool,
    shown: bool,
}

struct Pairs {
    plan: Plan,
    phase: Phase,
    since_us: u64,
    next: usize,
    in_count: usize,
    /// By number; who sent it follows from it.
    messages: Vec<Message>,
    /// By receiving socket: the number after the highest shown.
    shown_before: Vec<usize>,
    accepted_count: usize,
    shown_count: usize,
    accepted: Latency,
    shown: Latency,
    outcome: Outcome,
}

/// Runs a plan; blocks the thread.
///
/// # Errors
/// The sockets do not get in or are lost.
pub fn run(plan: Plan) -> Result<Outcome> {
    let mut wires = Wires::new(plan.host.parse()?, plan.sockets, plan.sources_count)?;
    let nothing = Percentiles::default();
    let outcome = Outcome {
        sent: 0,
        accepted_ms: nothing,
        shown_ms: nothing,
        missing: 0,
        doubled: 0,
        disordered: 0,
    };
    let mut pairs = Pairs {
        phase: Phase::Arriving,
        since_us: 0,
        next: 0,
        in_count: 0,
        messages: Vec::new(),
        shown_before: vec![0; plan.sockets],
        accepted_count: 0,
        shown_count: 0,
        accepted: Latency::new(u64::MAX)?,
        shown: Latency::new(u64::MAX)?,
        outcome,
        plan,
    };
    wires.run(&mut pairs)?;
    let missing = pairs.messages.iter().filter(|at| !at.accepted || !at.shown).count();
    Ok(Outcome {
        sent: pairs.messages.len() as u64,
        missing: missing as u64,
        accepted_ms: pairs.accepted.whole(),
        shown_ms: pairs.shown.whole(),
        ..pairs.outcome
    })
}

impl Pairs {
    /// Who sends message `number`.
    fn sender(&self, number: usize) -> usize {
        number % self.plan.sockets
    }

    fn say(&mut self, wires: &mut Wires, due_us: u64) {
        let number = self.messages.len();
        let sender = self.sender(number);
        let text = "and the parcel has not come ".repeat(1 + self.plan.text_bytes / 28);
        let text = &text[..self.plan.text_bytes];
        // As long as an id of ours.
        let frame = format!(r#"42["say","room{}","{number:036}","{text}"]"#, sender / 2);
        wires.send(sender, frame.as_bytes());
        self.messages.push(Message { due_us, accepted: false, shown: false });
    }

    fn take(&mut self, now_us: u64, wire: usize, text: &str) -> Result<()> {
        if let Some(rest) = text.strip_prefix(ACCEPTED) {
            let number = self.number(rest)?;
            let message = &mut self.messages[number];
            if std::mem::replace(&mut message.accepted, true) {
                self.outcome.doubled += 1;
                return Ok(());
            }
            self.accepted_count += 1;
            self.accepted.record(message.due_us, 0, now_us);
        } else if let Some(rest) = text.strip_prefix(POSTED) {
            let number = self.number(rest)?;
            let message = &mut self.messages[number];
            if std::mem::replace(&mut message.shown, true) {
                self.outcome.doubled += 1;
                return Ok(());
            }
            self.shown_count += 1;
            self.shown.record(message.due_us, 0, now_us);
            let before = &mut self.shown_before[wire];
            self.outcome.disordered += u64::from(number < *before);
            *before = (*before).max(number + 1);
        }
        Ok(())
    }

    fn number(&self, rest: &str) -> Result<usize> {
        let (number, _) = rest.split_once('"').context("an id without end")?;
        let number: usize = number.parse()?;
        if number >= self.messages.len() {
            bail!("message {number} was never sent");
        }
        Ok(number)
    }

    fn enter(&mut self, phase: Phase, since_us: u64) {
        (self.phase, self.since_us, self.next) = (phase, since_us, 0);
    }
}

impl Part for Pairs {
    fn request(&mut self, _wire: usize, _answered: Option<&[u8]>) -> Result<Request> {
        Ok(super::upgrade(&self.plan.host, PATH, &[]))
    }

    fn opened(&mut self, _wires: &mut Wires, _wire: usize) -> Result<()> {
        Ok(())
    }

    fn heard(&mut self, wires: &mut Wires, wire: usize, text: &[u8]) -> Result<()> {
        if text == PING {
            wires.send(wire, PONG);
        } else if text.first() == Some(&OPEN) {
            wires.send(wire, CONNECT);
        } else if text.starts_with(CONNECT) {
            wires.send(wire, format!(r#"42["join","room{}"]"#, wire / 2).as_bytes());
            self.in_count += 1;
        } else {
            self.take(wires.now_us(), wire, std::str::from_utf8(text)?)?;
        }
        Ok(())
    }

    fn lost(&mut self, _wires: &mut Wires, wire: usize, loss: Loss) -> Result<()> {
        bail!("socket {wire} was lost: {loss:?}")
    }

    fn turn(&mut self, wires: &mut Wires) -> Result<Turn> {
        let now_us = wires.now_us();
        match self.phase {
            Phase::Arriving => {
                while self.next < self.plan.sockets && self.next - self.in_count < ARRIVING_MAX {
                    wires.connect(self.next)?;
                    self.next += 1;
                }
                if self.in_count == self.plan.sockets {
                    self.enter(Phase::Steady, now_us + CALM_US);
                } else if now_us > PHASE_US_MAX {
                    bail!("only {} of {} got in", self.in_count, self.plan.sockets);
                }
            }
            Phase::Steady => loop {
                let due_us = self.since_us + (self.next as f64 * 1e6 / self.plan.rate_per_s) as u64;
                if due_us >= self.since_us + self.plan.duration.as_micros() as u64 {
                    self.enter(Phase::Draining, now_us);
                    break;
                }
                if due_us > now_us {
                    return Ok(Turn::Until(due_us));
                }
                self.say(wires, due_us);
                self.next += 1;
            },
            Phase::Draining => {
                let all = self.messages.len();
                let over = now_us > self.since_us + self.plan.grace.as_micros() as u64;
                if over || self.accepted_count == all && self.shown_count == all {
                    return Ok(Turn::Done);
                }
            }
        }
        Ok(Turn::Until(now_us + LOOK_AGAIN_US))
    }
}
