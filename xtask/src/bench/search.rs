//! `cargo xtask bench search`: runs the server's example that searches a year of messages.

use std::path::Path;

use clap::Args;

use crate::step::{cargo, succeed};

#[derive(Args)]
pub(crate) struct Options {
    /// Messages of the year.
    #[arg(long, default_value_t = 1_000_000)]
    messages: u64,
    /// How often each question is asked.
    #[arg(long, default_value_t = 100)]
    rounds: u64,
}

pub(crate) fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let example =
        ["run", "--release", "--locked", "--package", "server", "--example", "search_bench", "--"];
    let mut running = cargo(root, &example);
    running.args([options.messages.to_string(), options.rounds.to_string()]);
    succeed(running)
}
