//! `cargo xtask`: sets up what is missing, builds, runs, tests and measures. It knows the folders
//! of this repository and the tools it starts, but links none of the other crates.

mod bench;
mod fuzz;
mod measure;
mod minify;
mod npm;
mod serve;
mod setup;
mod soak;
mod step;
mod suite;
mod tidy;
mod web;

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Frontdesk's own tool")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Sets up what is missing, builds everything and serves demo shop, widget and console.
    Run(serve::Options),
    /// Sets up what is missing and runs every check and test.
    Test(suite::Options),
    /// Builds widget, Worker, console and demo into `dist/`.
    Web,
    /// Prints raw, gzip and brotli bytes of what browsers download, against the budgets.
    Size,
    /// Measures: `cargo xtask bench browser`, `cache`, `log` or `gateway`.
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Throws hostile bytes at the decoders: `cargo xtask fuzz [wire|log|record|pack]`.
    Fuzz(fuzz::Options),
    /// Talks to a server for a long time and checks every message.
    Soak(soak::Options),
    /// Checks the house rules: sizes of files and functions, first lines, layers.
    Tidy,
}

fn main() -> anyhow::Result<()> {
    let root = repository_root();
    match Arguments::parse().command {
        Command::Run(options) => serve::run(&root, &options),
        Command::Test(options) => suite::run(&root, &options),
        Command::Web => web::build(&root),
        Command::Size => measure::run(&root),
        Command::Bench(bench) => bench::run(&root, &bench),
        Command::Fuzz(options) => fuzz::run(&root, &options),
        Command::Soak(options) => soak::run(&root, &options),
        Command::Tidy => tidy::run(&root),
    }
}

/// The folder that holds the workspace's `Cargo.toml`.
fn repository_root() -> PathBuf {
    // As cargo says now, not as it was when this was compiled: a cache may serve many checkouts.
    let package = std::env::var_os("CARGO_MANIFEST_DIR");
    let package = package.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&package).parent().expect("xtask lies one folder below the root").to_owned()
}
