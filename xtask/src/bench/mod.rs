//! `cargo xtask bench`: figures that hold on any machine, or say on which they were taken. One file
//! a bench; each builds what it measures.

mod browser;
mod cache;
mod gateway;
mod log;
mod search;
mod weight;

use std::path::Path;
use std::process::Command;

use clap::Subcommand;

use crate::step::{cargo, command, succeed};
use crate::{serve, web};

#[derive(Subcommand)]
pub(crate) enum Bench {
    /// The visitor's model in a real Chromium, beside ONNX Runtime Web.
    Browser(browser::Options),
    /// Which share of a stream of questions the server decides without a model call.
    Cache(cache::Options),
    /// The log beside the bare disk, Redis and NATS: speed, and what is left after a crash.
    Log(log::Options),
    /// Sockets, messages and reconnects, beside Bun, ws, axum and socket.io.
    Gateway(gateway::Options),
    /// A year of messages searched, beside SQLite's `LIKE`.
    Search(search::Options),
    /// What the chat costs a page, beside the chats that npm holds.
    Weight(weight::Options),
}

pub(crate) fn run(root: &Path, bench: &Bench) -> anyhow::Result<()> {
    match bench {
        Bench::Browser(options) => browser::run(root, options),
        Bench::Cache(options) => cache::run(root, options),
        Bench::Log(options) => log::run(root, options),
        Bench::Gateway(options) => gateway::run(root, options),
        Bench::Search(options) => search::run(root, options),
        Bench::Weight(options) => weight::run(root, options),
    }
}

/// A measuring program of `tests`, built as the server is shipped. It and its children may open as
/// many files as the system lets them.
pub(crate) fn measuring(root: &Path, program: &str) -> anyhow::Result<Command> {
    if !web::dist(root).exists() {
        web::build(root)?;
    }
    let build = ["build", "--release", "--locked", "--package"];
    succeed(cargo(root, &[&build[..], &["server"]].concat()))?;
    succeed(cargo(root, &[&build[..], &["tests", "--bin", program]].concat()))?;
    let server = serve::binary(root, true)?;
    let script = r#"ulimit -n "$(ulimit -H -n)" && exec "$0" "$@""#;
    let mut running = command(root, "sh", ["-c", script]);
    running.arg(server.with_file_name(program)).env("FRONTDESK_BINARY", server);
    Ok(running)
}
