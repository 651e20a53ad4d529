//! `cargo xtask bench gateway`: builds the server and the driver as they are shipped, fetches the
//! peers, and lets the driver measure them in turns. Knows no row.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::measuring;
use crate::npm;
use crate::setup::find_program;
use crate::step::{announce, command, succeed};

/// `package.json` and its lock with a checksum of every file that npm fetches.
const PEERS: &str = "tests/bench/gateway/peers";

#[derive(Args)]
pub(crate) struct Options {
    /// One row alone: memory, echo-few, echo-many, delivery or storm.
    #[arg(long)]
    row: Option<String>,
    /// Turns of each contestant.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Of one turn of echoes; the delivery row takes four times as long.
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Sockets of the delivery row and the storm.
    #[arg(long, default_value_t = 15_000)]
    sockets: usize,
    /// Messages a second of the delivery row.
    #[arg(long, default_value_t = 5_000.0)]
    rate: f64,
    /// Sockets that idle in the memory row.
    #[arg(long, default_value_t = 8_000)]
    idle: usize,
    /// Sockets of its burst, those that idle included.
    #[arg(long, default_value_t = 18_000)]
    burst: usize,
    /// A folder with `node_modules` instead of fetching the peers.
    #[arg(long)]
    peers: Option<PathBuf>,
    /// Also write every figure here.
    #[arg(long)]
    json: Option<PathBuf>,
}

pub(crate) fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let mut running = measuring(root, "gateway_bench")?;
    running.args(["--rounds", &options.rounds.to_string()]);
    running.args(["--seconds", &options.seconds.to_string()]);
    running.args(["--sockets", &options.sockets.to_string()]);
    running.args(["--rate", &options.rate.to_string()]);
    running.args(["--idle", &options.idle.to_string()]);
    running.args(["--burst", &options.burst.to_string()]);
    if let Some(row) = &options.row {
        running.args(["--row", row]);
    }
    match options.peers.clone().map_or_else(|| peers(root), Ok) {
        Ok(folder) => drop(running.arg("--peers").arg(std::path::absolute(folder)?)),
        Err(error) => announce(&format!("the peers from npm are not measured: {error:#}")),
    }
    if let Some(json) = &options.json {
        running.arg("--json").arg(std::path::absolute(json)?);
    }
    succeed(running)
}

/// The folder with the packages of the lock file, fetched once a machine. None of their install
/// scripts runs; npm compares each with its checksum.
fn peers(root: &Path) -> anyhow::Result<PathBuf> {
    let folder = npm::cache_folder()?.join("peers");
    let lock = fs::read(root.join(PEERS).join("package-lock.json"))?;
    let done = folder.join("fetched.json");
    if fs::read(&done).is_ok_and(|fetched| fetched == lock) {
        return Ok(folder);
    }
    let npm = find_program("npm").context("npm is not installed")?;
    let npm = npm.to_str().context("the path of npm is not UTF-8")?;
    fs::create_dir_all(&folder)?;
    for file in ["package.json", "package-lock.json"] {
        fs::copy(root.join(PEERS).join(file), folder.join(file))?;
    }
    let install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"];
    succeed(command(&folder, npm, install))?;
    // Written last: a folder with it is whole.
    fs::write(&done, &lock)?;
    Ok(folder)
}
