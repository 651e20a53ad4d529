//! A crowd of sockets that does one step after the other: grow, shrink, rest, or echo as fast as
//! the server answers. After each step it says what the server's process has cost. It knows how one
//! gets in, by a visitor's session or by a plain upgrade, and nothing of conversations.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use serde::Serialize;

use super::latency::{Latency, Percentiles};
use super::process::{cpu_time, rss_bytes};
use super::visitors::Visitors;
use super::wires::{Loss, Part, Request, Turn, Wires};

/// Connections under way at once.
const ARRIVING_MAX: usize = 128;

/// Longest for a crowd to get in.
const GROW_US_MAX: u64 = 90_000_000;

/// Between looks at a step that waits.
const LOOK_AGAIN_US: u64 = 2_000;

/// How sockets get in.
#[derive(Debug, Clone)]
pub enum Door {
    /// Any WebSocket server that echoes: its `HOST:PORT`.
    Plain { host: String },
    /// Ours: session, upgrade, `Resume`. Whoever is `talking` also opens a conversation, so that
    /// every echo passes the conversation's writer.
    Visitor { origin: String, talking: bool },
}

#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// Until so many are in.
    Grow(usize),
    /// Until so many are left.
    Shrink(usize),
    Rest(Duration),
    /// Everybody has one frame under way at any time.
    Echo(Duration),
}

/// What a step came to.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Taken {
    pub open: usize,
    pub seconds: f64,
    pub server_rss_bytes: u64,
    pub server_cpu_s: f64,
    pub own_cpu_s: f64,
    pub echoes: u64,
    pub echo_ms: Percentiles,
}

#[derive(Debug, Clone)]
pub struct Plan {
    pub door: Door,
    pub server_pid: u32,
    pub steps: Vec<Step>,
    pub frame: Vec<u8>,
    pub sources_count: u8,
    pub seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Out,
    OnTheWay,
    In,
}

pub struct Crowd {
    plan: Plan,
    host: String,
    visitors: Visitors,
    places: Vec<Place>,
    in_count: usize,
    under_way: usize,
    /// 0 when no frame is under way.
    asked_at_us: Vec<u64>,
    retries: BinaryHeap<Reverse<(u64, usize)>>,
    step: usize,
    next: usize,
    begun_us: u64,
    cpu_before: (Duration, Duration),
    echoes: u64,
    latency: Latency,
    taken: Vec<Taken>,
    losses: u64,
}

impl Crowd {
    /// Takes all steps; blocks the thread.
    ///
    /// # Errors
    /// The crowd does not get in, or its server ends.
    pub fn run(plan: Plan) -> Result<Vec<Taken>> {
        let sizes = plan.steps.iter().map(|step| match step {
            Step::Grow(size) => *size,
            Step::Shrink(_) | Step::Rest(_) | Step::Echo(_) => 0,
        });
        let size = sizes.max().unwrap_or_default();
        let (host, origin) = match &plan.door {
            Door::Plain { host } => (host.clone(), format!("http://{host}")),
            Door::Visitor { origin, .. } => {
                (crate::http::authority(origin)?.to_owned(), origin.clone())
            }
        };
        let mut wires = Wires::new(host.parse()?, size, plan.sources_count)?;
        let mut crowd = Self {
            visitors: Visitors::new(&origin, size, plan.seed)?,
            places: vec![Place::Out; size],
            in_count: 0,
            under_way: 0,
            asked_at_us: vec![0; size],
            retries: BinaryHeap::new(),
            step: 0,
            next: 0,
            begun_us: 0,
            cpu_before: (cpu_time(plan.server_pid)?, cpu_time(std::process::id())?),
            echoes: 0,
            latency: Latency::new(u64::MAX)?,
            taken: Vec::new(),
            losses: 0,
            plan,
            host,
        };
        wires.run(&mut crowd)?;
        Ok(crowd.taken)
    }

    fn step(&self) -> Option<Step> {
        self.plan.steps.get(self.step).copied()
    }

    fn end_step(&mut self, wires: &Wires) -> Result<()> {
        let now_us = wires.now_us();
        let cpu = (cpu_time(self.plan.server_pid)?, cpu_time(std::process::id())?);
        self.taken.push(Taken {
            open: wires.open_count(),
            seconds: (now_us - self.begun_us) as f64 / 1e6,
            server_rss_bytes: rss_bytes(self.plan.server_pid)?,
            server_cpu_s: (cpu.0 - self.cpu_before.0).as_secs_f64(),
            own_cpu_s: (cpu.1 - self.cpu_before.1).as_secs_f64(),
            echoes: self.echoes,
            echo_ms: self.latency.whole(),
        });
        self.cpu_before = cpu;
        (self.begun_us, self.echoes, self.next) = (now_us, 0, 0);
        self.latency = Latency::new(u64::MAX)?;
        self.step += 1;
        Ok(())
    }

    fn grow(&mut self, wires: &mut Wires, size: usize, now_us: u64) -> Result<bool> {
        while let Some(Reverse((at_us, wire))) = self.retries.peek().copied() {
            if at_us > now_us {
                break;
            }
            self.retries.pop();
            wires.connect(wire)?;
        }
        while self.under_way < ARRIVING_MAX && self.next < size {
            if self.places[self.next] == Place::Out {
                self.places[self.next] = Place::OnTheWay;
                wires.connect(self.next)?;
                self.under_way += 1;
            }
            self.next += 1;
        }
        if now_us - self.begun_us > GROW_US_MAX {
            bail!("only {} of {size} got in, {} losses", self.in_count, self.losses);
        }
        Ok(self.in_count >= size)
    }

    fn shrink(&mut self, wires: &mut Wires, size: usize) -> bool {
        for wire in size..self.places.len() {
            if self.places[wire] == Place::In {
                self.in_count -= 1;
            }
            self.places[wire] = Place::Out;
            self.asked_at_us[wire] = 0;
            wires.hang_up(wire);
        }
        true
    }

    /// Starts everybody; from then on an answer is what sends the next frame.
    fn begin_echo(&mut self, wires: &mut Wires, now_us: u64) {
        for wire in self.next..self.places.len() {
            if self.places[wire] == Place::In && self.asked_at_us[wire] == 0 {
                self.asked_at_us[wire] = now_us;
                wires.send(wire, &self.plan.frame);
            }
        }
        self.next = self.places.len();
    }

    fn is_in(&mut self, wire: usize) {
        self.visitors.is_in(wire);
        if std::mem::replace(&mut self.places[wire], Place::In) != Place::In {
            self.in_count += 1;
            self.under_way = self.under_way.saturating_sub(1);
        }
    }

    /// Back to the door after a while.
    fn retry(&mut self, wires: &Wires, wire: usize, loss: Loss) {
        let at_us = wires.now_us() + self.visitors.wait_us(wire, loss);
        self.retries.push(Reverse((at_us, wire)));
    }

    /// A visitor's way in after the upgrade, and whether the text was part of it.
    fn enter(&mut self, wires: &mut Wires, wire: usize, text: &[u8]) -> bool {
        let Door::Visitor { talking, .. } = self.plan.door else { return false };
        if text.starts_with(b"{\"resumed\"") {
            if talking {
                let id = crate::visitor::new_message_id();
                let frame = format!(r#"{{"request_human":{{"message_id":"{id}","locale":"en"}}}}"#);
                wires.send(wire, frame.as_bytes());
            } else {
                self.is_in(wire);
            }
            return true;
        }
        if text.starts_with(b"{\"accepted\"") {
            self.is_in(wire);
        }
        if text.starts_with(b"{\"refused\"") && self.places[wire] == Place::OnTheWay {
            wires.hang_up(wire);
            self.retry(wires, wire, Loss::Broken);
            return true;
        }
        // The conversation's notices come beside the echoes.
        !text.starts_with(b"{\"synced\"") && !text.starts_with(b"{\"refused\"")
    }
}

const RESUME: &[u8] = br#"{"resume":{"conversation":null,"last_seq":0}}"#;

impl Part for Crowd {
    fn request(&mut self, wire: usize, answered: Option<&[u8]>) -> Result<Request> {
        match &self.plan.door {
            Door::Plain { .. } => Ok(super::upgrade(&self.host, "/", &[])),
            Door::Visitor { .. } => self.visitors.request(wire, answered),
        }
    }

    fn opened(&mut self, wires: &mut Wires, wire: usize) -> Result<()> {
        match self.plan.door {
            Door::Plain { .. } => self.is_in(wire),
            Door::Visitor { .. } => wires.send(wire, RESUME),
        }
        Ok(())
    }

    fn heard(&mut self, wires: &mut Wires, wire: usize, text: &[u8]) -> Result<()> {
        if self.enter(wires, wire, text) {
            return Ok(());
        }
        ensure!(self.asked_at_us[wire] > 0, "{} was not asked for", String::from_utf8_lossy(text));
        let now_us = wires.now_us();
        self.echoes += 1;
        let asked_at_us = std::mem::take(&mut self.asked_at_us[wire]);
        self.latency.record(asked_at_us, 0, now_us);
        if matches!(self.step(), Some(Step::Echo(_))) {
            self.asked_at_us[wire] = now_us;
            wires.send(wire, &self.plan.frame);
        }
        Ok(())
    }

    fn lost(&mut self, wires: &mut Wires, wire: usize, loss: Loss) -> Result<()> {
        self.losses += 1;
        if self.places[wire] == Place::In {
            bail!("the server left a socket that was in: {loss:?}");
        }
        self.retry(wires, wire, loss);
        Ok(())
    }

    fn turn(&mut self, wires: &mut Wires) -> Result<Turn> {
        let now_us = wires.now_us();
        let rested = |begun_us: u64, time: Duration| now_us >= begun_us + time.as_micros() as u64;
        let done = match self.step() {
            None => return Ok(Turn::Done),
            Some(Step::Grow(size)) => self.grow(wires, size, now_us)?,
            Some(Step::Shrink(size)) => self.shrink(wires, size),
            Some(Step::Rest(time)) => rested(self.begun_us, time),
            Some(Step::Echo(time)) => {
                self.begin_echo(wires, now_us);
                rested(self.begun_us, time)
            }
        };
        if done {
            self.end_step(wires)?;
        }
        Ok(Turn::Until(now_us + LOOK_AGAIN_US))
    }
}
