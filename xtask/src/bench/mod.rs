//! `cargo xtask bench`: figures that hold on any machine, or say on which they were taken. One file
//! a bench; each builds what it measures.

mod browser;
mod cache;
mod gateway;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;
use clap::Subcommand;

use crate::step::command;

#[derive(Subcommand)]
pub(crate) enum Bench {
    /// The visitor's model in a real Chromium, beside ONNX Runtime Web.
    Browser(browser::Options),
    /// Which share of a stream of questions the server decides without a model call.
    Cache(cache::Options),
    /// Sockets, messages and reconnects, beside Bun, ws, axum and socket.io.
    Gateway(gateway::Options),
}

pub(crate) fn run(root: &Path, bench: &Bench) -> anyhow::Result<()> {
    match bench {
        Bench::Browser(options) => browser::run(root, options),
        Bench::Cache(options) => cache::run(root, options),
        Bench::Gateway(options) => gateway::run(root, options),
    }
}

/// A program that may open as many files as the system lets it, and so its children.
pub(crate) fn descriptors(root: &Path, program: &Path) -> Command {
    let script = r#"ulimit -n "$(ulimit -H -n)" && exec "$0" "$@""#;
    let mut raised = command(root, "sh", ["-c", script]);
    raised.arg(program);
    raised
}

/// Where downloads outlive `cargo clean`, outside the repository.
fn cache_folder() -> anyhow::Result<PathBuf> {
    let base = match std::env::var_os("XDG_CACHE_HOME") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(std::env::var_os("HOME").context("HOME is not set")?).join(".cache"),
    };
    Ok(base.join("frontdesk"))
}
