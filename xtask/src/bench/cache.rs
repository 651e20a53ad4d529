//! `cargo xtask bench cache`: runs the server's example of streams through the answer cache.

use std::path::Path;

use clap::Args;

use crate::step::{cargo, succeed};

#[derive(Args)]
pub(crate) struct Options {
    /// Questions of one stream.
    #[arg(long, default_value_t = 100_000)]
    draws: usize,
}

pub(crate) fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let example = ["run", "--release", "--package", "server", "--example", "cache_stream", "--"];
    let mut running = cargo(root, &example);
    running.arg(options.draws.to_string());
    succeed(running)
}
