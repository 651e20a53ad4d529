//! Visitors and agents who talk on a schedule: everybody arrives, conversations are opened and
//! taken over, both sides write at a rate, all is awaited, and an agent reads everything again.
//! Whoever is cut off comes back and sends what was not acknowledged.

mod agents;
mod phases;
mod visiting;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use protocol::ids::{ConversationId, MessageId, Seq};
use protocol::refusal::Refusal;
use serde::Serialize;

use super::ledger::{Latencies, Ledger, Verdict};
use super::stamp::{Kind, Stamp, Stamps};
use super::visitors::{Chance, Visitors, backoff_us};
use super::wires::{Loss, Part, Request, Turn, Wires};
use crate::agent::SOCKET_PATH;
use crate::http::authority;

/// Most messages of one run: each costs some 50 bytes until the end.
pub const MESSAGES_MAX: f64 = 20_000_000.0;

/// A refused message is sent again after this long when the refusal does not say.
const RESEND_US: u64 = 500_000;

/// What one run does.
#[derive(Debug, Clone)]
pub struct Plan {
    /// `http://HOST:PORT`.
    pub origin: String,
    pub visitors: usize,
    /// How many of them have a conversation and write.
    pub talkers: usize,
    /// Further sockets of talkers, which never read.
    pub stallers: usize,
    /// One socket each; the agent's cookie.
    pub agents: Vec<String>,
    /// Messages of both sides together.
    pub rate_per_s: f64,
    pub duration: Duration,
    /// What is missing after this long is lost.
    pub grace: Duration,
    pub text_bytes: usize,
    /// Latencies are also summed up in windows this long.
    pub window: Duration,
    /// Loopback addresses to come from: limits and ports are counted by address.
    pub sources_count: u8,
    pub seed: u64,
}

impl Plan {
    fn check(&self) -> Result<()> {
        ensure!(self.talkers > 0 && self.talkers <= self.visitors, "no talker, or too many");
        ensure!(self.stallers <= self.talkers, "every staller is a talker's second socket");
        ensure!(!self.agents.is_empty(), "no agent");
        ensure!(self.rate_per_s > 0.0, "no rate");
        let messages = self.rate_per_s * self.duration.as_secs_f64();
        ensure!(messages <= MESSAGES_MAX, "{messages} messages in one run");
        Ok(())
    }
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Phase {
    Arriving,
    Opening,
    Steady,
    Draining,
    Auditing,
    Done,
}

/// What other threads may see of a run.
#[derive(Debug, Default)]
pub struct Progress {
    phase: AtomicU8,
    back: AtomicUsize,
}

impl Progress {
    fn enter(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Release);
    }

    pub fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Arriving,
            1 => Phase::Opening,
            2 => Phase::Steady,
            3 => Phase::Draining,
            4 => Phase::Auditing,
            _ => Phase::Done,
        }
    }

    /// Visitors and agents who are connected and have what they missed.
    pub fn back_count(&self) -> usize {
        self.back.load(Ordering::Acquire)
    }
}

#[derive(Debug, Clone, Serialize)]
pub struct Outcome {
    pub verdict: Verdict,
    pub latencies: Latencies,
    pub arriving_s: f64,
    pub opening_s: f64,
    /// Connections that ended although nobody here ended them.
    pub losses: u64,
    /// Upgrades and calls before them that were refused.
    pub refused_upgrades: u64,
    /// Longest that a due message waited for this program itself, in milliseconds.
    pub behind_ms_max: f64,
}

/// How far a conversation is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
enum Opening {
    #[default]
    Unasked,
    Asked,
    /// A person was asked for; the bot must still be silenced.
    Human,
    Taken,
}

#[derive(Default)]
struct Talker {
    conversation: Option<ConversationId>,
    opening: Opening,
}

/// What a timer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Later {
    Connect(usize),
    Resume(usize),
    Resend(Stamp),
}

struct AgentSocket {
    cookie: String,
    attempt: u32,
    welcomed: bool,
    /// The conversation on show and the last line it was sent.
    watching: Option<(u32, Seq)>,
    /// Conversations that are being read to the end, and those that wait for it.
    reading: Vec<u32>,
    unread: Vec<u32>,
}

/// One run.
pub struct Talk {
    plan: Plan,
    host: String,
    stamps: Stamps,
    ledger: Ledger,
    visitors: Visitors,
    /// By visitor: has what it missed.
    resumed: Vec<bool>,
    talkers: Vec<Talker>,
    agents: Vec<AgentSocket>,
    talk_of: HashMap<ConversationId, u32>,
    timers: BinaryHeap<Reverse<(u64, Later)>>,
    chance: Chance,
    phase: Phase,
    /// When the present phase began.
    since_us: u64,
    /// Of a phase that goes through a list: the next to begin with, and how many are done.
    next: usize,
    settled: usize,
    swept_at_us: u64,
    progress: Arc<Progress>,
    outcome: Outcome,
}

/// Who is at a wire.
enum Who {
    Visitor(usize),
    Agent(usize),
    /// The second socket of a talker.
    Staller(usize),
}

impl Talk {
    /// # Errors
    /// The plan makes no sense.
    pub fn new(plan: Plan) -> Result<Self> {
        plan.check()?;
        let stamps = Stamps::new();
        let window_us = plan.window.as_micros() as u64;
        let ledger = Ledger::new(stamps, plan.talkers, window_us)?;
        let agents = plan.agents.iter().map(|cookie| AgentSocket {
            cookie: cookie.clone(),
            attempt: 0,
            welcomed: false,
            watching: None,
            reading: Vec::new(),
            unread: Vec::new(),
        });
        let outcome = Outcome {
            verdict: Verdict::default(),
            latencies: ledger.latencies(),
            arriving_s: 0.0,
            opening_s: 0.0,
            losses: 0,
            refused_upgrades: 0,
            behind_ms_max: 0.0,
        };
        Ok(Self {
            host: authority(&plan.origin)?.to_owned(),
            stamps,
            ledger,
            visitors: Visitors::new(&plan.origin, plan.visitors, plan.seed)?,
            resumed: vec![false; plan.visitors],
            talkers: (0..plan.talkers).map(|_| Talker::default()).collect(),
            agents: agents.collect(),
            talk_of: HashMap::new(),
            timers: BinaryHeap::new(),
            chance: Chance::new(plan.seed.rotate_left(17)),
            phase: Phase::Arriving,
            since_us: 0,
            next: 0,
            settled: 0,
            swept_at_us: 0,
            progress: Arc::default(),
            outcome,
            plan,
        })
    }

    pub fn progress(&self) -> Arc<Progress> {
        self.progress.clone()
    }

    /// Runs to the end; blocks the thread.
    ///
    /// # Errors
    /// Nobody gets in, or the server speaks another language.
    pub fn run(mut self) -> Result<Outcome> {
        let sockets = self.plan.visitors + self.agents.len() + self.plan.stallers;
        let mut wires = Wires::new(self.host.parse()?, sockets, self.plan.sources_count)?;
        for staller in 0..self.plan.stallers {
            wires.stall(self.plan.visitors + self.agents.len() + staller);
        }
        wires.run(&mut self)?;
        self.ledger.close();
        self.outcome.verdict = self.ledger.verdict().clone();
        self.outcome.latencies = self.ledger.latencies();
        Ok(self.outcome)
    }

    fn who(&self, wire: usize) -> Who {
        let agents_at = self.plan.visitors;
        let stallers_at = agents_at + self.agents.len();
        if wire < agents_at {
            Who::Visitor(wire)
        } else if wire < stallers_at {
            Who::Agent(wire - agents_at)
        } else {
            Who::Staller(wire - stallers_at)
        }
    }

    fn agent_wire(&self, agent: usize) -> usize {
        self.plan.visitors + agent
    }

    fn agent_of(&self, talk: u32) -> usize {
        talk as usize % self.agents.len()
    }

    /// Sends a line that was written, now or again; who is not connected sends it on coming back.
    fn send_line(&mut self, wires: &mut Wires, stamp: Stamp) -> Result<()> {
        match stamp.kind {
            Kind::Visitor if self.resumed[stamp.talk as usize] => self.say(wires, stamp),
            Kind::Agent if self.agents[self.agent_of(stamp.talk)].welcomed => {
                self.reply(wires, stamp)
            }
            Kind::Visitor | Kind::Agent => Ok(()),
            Kind::Opening => self.ask_for_human(wires, stamp.talk),
            Kind::TakeOver => self.take_over(wires, stamp.talk),
        }
    }

    fn resend_unacknowledged(&mut self, wires: &mut Wires, kind: Kind, talk: u32) -> Result<()> {
        for stamp in self.ledger.unacknowledged(kind, talk) {
            self.send_line(wires, stamp)?;
        }
        Ok(())
    }

    /// What a line says: whose it is, its number, and words up to its length.
    fn text(&self, stamp: Stamp) -> String {
        let side = match stamp.kind {
            Kind::Visitor | Kind::Opening => VISITOR_MARK,
            Kind::Agent | Kind::TakeOver => AGENT_MARK,
        };
        let mut text = format!("{side} {} ", stamp.number);
        while text.len() < self.plan.text_bytes {
            text.push_str("and the parcel has not come ");
        }
        text.truncate(self.plan.text_bytes.max(16));
        text
    }

    fn refused(&mut self, wires: &Wires, id: Option<MessageId>, refusal: &Refusal) {
        // A refusal that names nothing is made good by the sweep at the end.
        let Some(stamp) = id.and_then(|id| self.stamps.read(id)) else { return };
        if matches!(stamp.kind, Kind::Visitor | Kind::Agent) {
            self.ledger.refused(stamp);
        }
        let wait_us = refusal.retry_after_ms.map_or(RESEND_US, |ms| ms * 1_000);
        self.later(wires.now_us() + wait_us, Later::Resend(stamp));
    }

    fn later(&mut self, at_us: u64, what: Later) {
        self.timers.push(Reverse((at_us, what)));
    }

    fn is_back(&mut self, by: usize) {
        self.progress.back.fetch_add(by, Ordering::AcqRel);
    }
}

/// A phase that waits for others looks again after this long.
const LOOK_AGAIN_US: u64 = 2_000;

const VISITOR_MARK: &str = "v";
const AGENT_MARK: &str = "a";

impl Part for Talk {
    fn request(&mut self, wire: usize, answered: Option<&[u8]>) -> Result<Request> {
        match self.who(wire) {
            Who::Visitor(idx) => self.visitors.request(idx, answered),
            Who::Staller(idx) => self.visitors.second_socket(idx),
            Who::Agent(idx) => {
                let headers = [
                    ("origin", self.plan.origin.as_str()),
                    ("sec-websocket-protocol", protocol::SUBPROTOCOL),
                    ("cookie", &self.agents[idx].cookie),
                ];
                Ok(super::upgrade(&self.host, SOCKET_PATH, &headers))
            }
        }
    }

    fn opened(&mut self, wires: &mut Wires, wire: usize) -> Result<()> {
        match self.who(wire) {
            Who::Visitor(idx) | Who::Staller(idx) => self.resume(wires, wire, idx),
            // An agent is welcomed first.
            Who::Agent(_) => Ok(()),
        }
    }

    fn heard(&mut self, wires: &mut Wires, wire: usize, text: &[u8]) -> Result<()> {
        match self.who(wire) {
            Who::Visitor(idx) => self.visitor_heard(wires, idx, text),
            Who::Agent(idx) => self.agent_heard(wires, idx, text),
            Who::Staller(_) => Ok(()),
        }
    }

    fn lost(&mut self, wires: &mut Wires, wire: usize, loss: Loss) -> Result<()> {
        match loss {
            Loss::Refused(_) => self.outcome.refused_upgrades += 1,
            Loss::Closed(_) | Loss::Broken => self.outcome.losses += 1,
        }
        let now_us = wires.now_us();
        let wait_us = match self.who(wire) {
            Who::Visitor(idx) => {
                if std::mem::take(&mut self.resumed[idx]) {
                    self.progress.back.fetch_sub(1, Ordering::AcqRel);
                }
                self.visitors.wait_us(idx, loss)
            }
            Who::Agent(idx) => {
                let agent = &mut self.agents[idx];
                if std::mem::take(&mut agent.welcomed) {
                    self.progress.back.fetch_sub(1, Ordering::AcqRel);
                }
                agent.attempt += 1;
                backoff_us(agent.attempt - 1, &mut self.chance)
            }
            // It was told to go, and it stays away.
            Who::Staller(_) => return Ok(()),
        };
        self.later(now_us + wait_us, Later::Connect(wire));
        Ok(())
    }

    fn turn(&mut self, wires: &mut Wires) -> Result<Turn> {
        self.run_timers(wires)?;
        self.run_phase(wires)
    }
}
