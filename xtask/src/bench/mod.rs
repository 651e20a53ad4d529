//! `cargo xtask bench`: figures that hold on any machine, or say on which they were taken. One file
//! a bench; each builds what it measures.

mod browser;
mod cache;
mod log;

use std::path::Path;

use clap::Subcommand;

#[derive(Subcommand)]
pub(crate) enum Bench {
    /// The visitor's model in a real Chromium, beside ONNX Runtime Web.
    Browser(browser::Options),
    /// Which share of a stream of questions the server decides without a model call.
    Cache(cache::Options),
    /// The log beside the bare disk, Redis and NATS: speed, and what is left after a crash.
    Log(log::Options),
}

pub(crate) fn run(root: &Path, bench: &Bench) -> anyhow::Result<()> {
    match bench {
        Bench::Browser(options) => browser::run(root, options),
        Bench::Cache(options) => cache::run(root, options),
        Bench::Log(options) => log::run(root, options),
    }
}
