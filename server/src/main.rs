//! The command line: `frontdesk serve` and what an operator does beside it.

mod commands;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Parser, Subcommand};
use commands::{EvalFlags, ImportFlags, SiteFlags, UnderstandFlags};
use server::config::{Config, ServeFlags};
use tracing_subscriber::EnvFilter;

/// Gives memory back after a burst of connections; the system's own allocator keeps all of it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "frontdesk", version, about = "Self-hosted customer-service chat")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serves visitors and agents until it is told to stop.
    Serve(ServeFlags),
    /// Creates or changes a site; the server must not be running.
    Site(SiteFlags),
    /// Publishes a site's FAQ from a file; the server must not be running.
    Import(ImportFlags),
    /// Prints the records of one segment of the log.
    Inspect { segment: PathBuf },
    /// Reads a whole log and says whether every record is sound.
    Verify {
        #[arg(long, value_name = "DIR", default_value = "./data")]
        data: PathBuf,
    },
    /// Says what is wrong with a configuration file, or prints it with all defaults.
    CheckConfig { file: PathBuf },
    /// Shows what the model makes of a text, and what it would do.
    Understand(UnderstandFlags),
    /// Asks an FAQ a file of questions, and says how well it answers those whose answer is known.
    Eval(EvalFlags),
}

fn main() -> ExitCode {
    let filter =
        EnvFilter::try_from_env("FRONTDESK_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("frontdesk: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(flags) => runtime()?.block_on(commands::serve(flags)),
        Command::Site(flags) => runtime()?.block_on(commands::change_site(flags)),
        Command::Import(flags) => runtime()?.block_on(commands::import(&flags)),
        Command::Inspect { segment } => commands::inspect(&segment),
        Command::Verify { data } => commands::verify(&data),
        Command::CheckConfig { file } => {
            print!("{}", toml::to_string_pretty(&Config::load(&file)?)?);
            Ok(())
        }
        Command::Understand(flags) => runtime()?.block_on(commands::understand(&flags)),
        Command::Eval(flags) => commands::eval(&flags),
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting threads")
}
