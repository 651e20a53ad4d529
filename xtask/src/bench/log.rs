//! `cargo xtask bench log`: runs the server's example that puts the log beside its peers. What can
//! be measured is the example's own.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::step::{cargo, succeed};

#[derive(Args)]
pub(crate) struct Options {
    /// Only this row: publisher, tcp, bulk, busy, loss, restart or routing. May be given several
    /// times.
    #[arg(long = "row")]
    rows: Vec<String>,
    /// Each contestant gets one slice of time a round, in random order.
    #[arg(long, default_value_t = 10)]
    rounds: usize,
    /// Length of a slice, 2000 at most.
    #[arg(long, default_value_t = 1_000)]
    slice_ms: u64,
    /// How often the publishing process is killed in row `loss`.
    #[arg(long, default_value_t = 50)]
    kills: usize,
    /// A folder on the disk to be measured, if not the one that holds the build.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Also write every figure here.
    #[arg(long)]
    json: Option<PathBuf>,
}

pub(crate) fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let example =
        ["run", "--release", "--locked", "--package", "server", "--example", "log_bench", "--"];
    let mut running = cargo(root, &example);
    for row in &options.rows {
        running.args(["--row", row]);
    }
    running.args(["--rounds", &options.rounds.to_string()]);
    running.args(["--slice-ms", &options.slice_ms.to_string()]);
    running.args(["--kills", &options.kills.to_string()]);
    for (name, path) in [("--folder", &options.folder), ("--json", &options.json)] {
        if let Some(path) = path {
            running.arg(name).arg(std::path::absolute(path)?);
        }
    }
    succeed(running)
}
