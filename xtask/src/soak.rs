//! `cargo xtask soak`: builds the server and the load generator as they are shipped and lets them
//! run for long, then the crash test for as many rounds as asked. Knows no check.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::bench::measuring;
use crate::serve;
use crate::step::{cargo, succeed};

#[derive(Args)]
pub(crate) struct Options {
    /// How long messages are sent.
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// Visitors, each with a conversation.
    #[arg(long, default_value_t = 10_000)]
    sockets: usize,
    /// Messages a second, of visitors and agents together.
    #[arg(long, default_value_t = 500.0)]
    rate: f64,
    /// Sockets of agents.
    #[arg(long, default_value_t = 2)]
    agents: usize,
    /// Further sockets that never read.
    #[arg(long, default_value_t = 50)]
    stallers: usize,
    /// Kill the server every so many seconds; 0 lets it live.
    #[arg(long, default_value_t = 0.0)]
    kill_every_s: f64,
    /// Afterwards, rounds of the crash test: kills at random moments among single writes.
    #[arg(long, default_value_t = 0)]
    crash_rounds: u64,
    /// Also write every figure here.
    #[arg(long)]
    json: Option<PathBuf>,
}

pub(crate) fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let mut running = measuring(root, "load")?;
    running.args(["--minutes", &options.minutes.to_string()]);
    running.args(["--sockets", &options.sockets.to_string()]);
    running.args(["--rate", &options.rate.to_string()]);
    running.args(["--agents", &options.agents.to_string()]);
    running.args(["--stallers", &options.stallers.to_string()]);
    running.args(["--kill-every-s", &options.kill_every_s.to_string()]);
    if let Some(json) = &options.json {
        running.arg("--json").arg(std::path::absolute(json)?);
    }
    succeed(running)?;
    if options.crash_rounds == 0 {
        return Ok(());
    }
    let mut crashing = cargo(root, &["test", "--locked", "--package", "tests", "--test", "crash"]);
    crashing.env("FRONTDESK_BINARY", serve::binary(root, true)?);
    crashing.env("FRONTDESK_CRASH_ROUNDS", options.crash_rounds.to_string());
    succeed(crashing)
}
