//! The log beside its peers and beside the disk: speed at the promise that an acknowledgement means
//! "on disk", and what is left of acknowledged records after a kill or a power cut.
//! `cargo xtask bench log` runs it. An example of the server: it links the log, as the end-to-end
//! tests must not.

mod bulk;
mod busy;
mod loss;
mod machine;
mod publisher;
mod raw;
mod redis;
mod restart;
mod rounds;
mod router;
mod table;
mod tcp;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use clap::{Parser, Subcommand, ValueEnum};
use tempfile::TempDir;

use machine::Pressure;
use table::Row;

/// The log is measured with the memory that it has in the server.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "log_bench", about = "The log beside its peers and beside the disk")]
struct Arguments {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(Debug, Clone, clap::Args)]
struct Options {
    /// Only this row; may be given several times.
    #[arg(long = "row", value_enum)]
    rows: Vec<RowName>,
    /// Each contestant gets one slice of time a round, in random order.
    #[arg(long, default_value_t = 10)]
    rounds: usize,
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(50..=2_000))]
    slice_ms: u64,
    /// How often the process is killed in the row about loss.
    #[arg(long, default_value_t = 50)]
    kills: usize,
    /// Where the files lie that are measured; a folder on a real disk. Beside this program, when
    /// not given.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Also write every figure here.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// In the order of measuring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RowName {
    Publisher,
    Tcp,
    Bulk,
    Busy,
    Loss,
    Restart,
    Routing,
}

/// What this program starts of itself.
#[derive(Subcommand)]
enum Part {
    /// Serves the log as a stream that takes `XADD`.
    #[command(hide = true)]
    Front(tcp::front::Options),
    /// Appends until it is killed and says what was acknowledged.
    #[command(hide = true)]
    Publish(loss::publish::Options),
}

/// What every row is given.
struct Bench {
    options: Options,
    folder: TempDir,
}

impl Bench {
    fn slice(&self) -> Duration {
        Duration::from_millis(self.options.slice_ms)
    }

    /// A fresh folder for one contestant.
    fn folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = self.folder.path().join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    fn take(&self, name: RowName) -> anyhow::Result<Row> {
        let pressure = Pressure::now();
        let mut row = match name {
            RowName::Publisher => publisher::row(self),
            RowName::Tcp => tcp::row(self),
            RowName::Bulk => bulk::row(self),
            RowName::Busy => busy::row(self),
            RowName::Loss => loss::row(self),
            RowName::Restart => restart::row(self),
            RowName::Routing => router::row(),
        }
        .with_context(|| format!("row {name:?}"))?;
        row.pressure = pressure.map(|pressure| pressure.taken());
        Ok(row)
    }
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    match arguments.part {
        Some(Part::Front(options)) => tcp::front::run(&options),
        Some(Part::Publish(options)) => loss::publish::run(&options),
        None => measure(arguments.options),
    }
}

fn measure(options: Options) -> anyhow::Result<()> {
    let base = match &options.folder {
        Some(folder) => folder.clone(),
        None => {
            let program = std::env::current_exe()?;
            program.parent().context("the program lies in no folder")?.to_owned()
        }
    };
    // As a tracer sees it.
    let base = base.canonicalize().with_context(|| base.display().to_string())?;
    machine::check_disk(&base)?;
    let folder = tempfile::Builder::new().prefix("log-bench-").tempdir_in(&base)?;
    let wanted = match &options.rows[..] {
        [] => RowName::value_variants().to_vec(),
        rows => rows.to_vec(),
    };
    let bench = Bench { options, folder };
    table::print_head();
    let mut rows = Vec::new();
    for name in wanted {
        let row = bench.take(name)?;
        row.print();
        rows.push(row);
    }
    match &bench.options.json {
        Some(path) => write_json(path, &rows),
        None => Ok(()),
    }
}

fn write_json(path: &Path, rows: &[Row]) -> anyhow::Result<()> {
    let mut text = serde_json::to_vec_pretty(&table::Figures { machine: machine::here(), rows })?;
    text.push(b'\n');
    std::fs::write(path, text).with_context(|| path.display().to_string())
}
