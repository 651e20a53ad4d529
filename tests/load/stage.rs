//! A server set up for load, and a run of visitors and agents against it: on time killed and
//! started again, its memory read all along.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde::Serialize;

use super::process::rss_bytes;
use super::talk::{Outcome, Phase, Plan, Progress, Talk};
use crate::agent::Agent;
use crate::eventually::{DEADLINE, eventually};
use crate::process::{Installation, ServerProcess};

/// One machine plays a whole site's visitors, and an agent's socket replies for hundreds: these
/// limits are not what is measured. Calls by address stay as they are; visitors come from many.
const CONFIG: &str = "[limits]
connections_max = 19500
frames_per_connection_per_s = 50000
frames_per_connection_burst = 50000
calls_per_site_per_s = 50000
messages_per_site_per_s = 100000
messages_per_site_burst = 100000";

/// Addresses visitors come from.
pub const SOURCES_COUNT: u8 = 64;

/// After the last due message: longer than the longest wait of a visitor who comes back.
const GRACE: Duration = Duration::from_secs(60);

const LOOK_EVERY: Duration = Duration::from_millis(10);

const SAMPLE_EVERY: Duration = Duration::from_secs(1);

/// Longest for everybody to be back after a kill.
const BACK_WITHIN: Duration = Duration::from_secs(60);

pub struct Stage {
    pub server: ServerProcess,
    cookie: String,
}

/// After a kill.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ComeBack {
    /// From the kill until the server was ready again.
    pub down_s: f64,
    /// From then until all visitors and agents had what they missed.
    pub back_s: f64,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub struct Memory {
    pub at_s: f64,
    pub rss_bytes: u64,
}

#[derive(Debug, Clone, Serialize)]
pub struct Run {
    pub outcome: Outcome,
    pub come_backs: Vec<ComeBack>,
    /// While messages are due, second by second, since the last start of the server.
    pub memory: Vec<Memory>,
}

impl Stage {
    /// # Errors
    /// The server is not built or does not start.
    pub async fn set() -> Result<Self> {
        let installation = Installation::demo()?;
        installation.configure(CONFIG)?;
        let server = ServerProcess::start(installation).await?;
        let agent = Agent::set_up(&server).await?;
        Ok(Self { server, cookie: agent.cookie })
    }

    /// A plan for this server; the caller changes what it wants otherwise.
    pub fn plan(
        &self,
        visitors: usize,
        agents: usize,
        rate_per_s: f64,
        duration: Duration,
    ) -> Plan {
        Plan {
            origin: self.server.origin.clone(),
            visitors,
            talkers: visitors,
            stallers: 0,
            agents: vec![self.cookie.clone(); agents],
            rate_per_s,
            duration,
            grace: GRACE,
            text_bytes: 120,
            window: Duration::from_secs(60),
            sources_count: SOURCES_COUNT,
            seed: 1,
        }
    }

    /// Runs a plan; while messages are due the server is killed at these times and started again.
    ///
    /// # Errors
    /// Nobody gets in, the server does not come back or ends by itself.
    pub async fn run(&mut self, plan: Plan, kills: &[Duration]) -> Result<Run> {
        let sockets = plan.visitors + plan.agents.len();
        let talk = Talk::new(plan)?;
        let progress = talk.progress();
        let running = std::thread::spawn(move || talk.run());
        let mut run =
            Watching { sockets, kills, steady_since: None, memory: Vec::new(), backs: Vec::new() };
        while !running.is_finished() {
            tokio::time::sleep(LOOK_EVERY).await;
            run.look(&mut self.server, &progress).await?;
        }
        let outcome = match running.join() {
            Ok(outcome) => outcome?,
            Err(_) => bail!("the generator fell over"),
        };
        self.server.assert_alive()?;
        Ok(Run { outcome, come_backs: run.backs, memory: run.memory })
    }
}

struct Watching<'a> {
    sockets: usize,
    kills: &'a [Duration],
    steady_since: Option<Instant>,
    memory: Vec<Memory>,
    backs: Vec<ComeBack>,
}

impl Watching<'_> {
    async fn look(&mut self, server: &mut ServerProcess, progress: &Progress) -> Result<()> {
        if progress.phase() != Phase::Steady {
            return Ok(());
        }
        let since = *self.steady_since.get_or_insert_with(Instant::now);
        let within = since.elapsed();
        if self.kills.get(self.backs.len()).is_some_and(|at| within >= *at) {
            let back = kill_and_wait(server, progress, self.sockets).await?;
            self.backs.push(back);
            self.memory.clear();
        }
        let sampled = self.memory.last().map_or(0.0, |memory| memory.at_s);
        if within.as_secs_f64() - sampled >= SAMPLE_EVERY.as_secs_f64() {
            let rss_bytes = rss_bytes(server.id())?;
            self.memory.push(Memory { at_s: within.as_secs_f64(), rss_bytes });
        }
        Ok(())
    }
}

async fn kill_and_wait(
    server: &mut ServerProcess,
    progress: &Progress,
    sockets: usize,
) -> Result<ComeBack> {
    let killed = Instant::now();
    server.kill9()?;
    eventually("the kill is noticed", DEADLINE, async || {
        (progress.back_count() < sockets).then_some(())
    })
    .await?;
    server.start_again().await?;
    let ready = Instant::now();
    eventually("everybody is back", BACK_WITHIN, async || {
        (progress.back_count() == sockets).then_some(())
    })
    .await?;
    Ok(ComeBack {
        down_s: ready.duration_since(killed).as_secs_f64(),
        back_s: ready.elapsed().as_secs_f64(),
    })
}
