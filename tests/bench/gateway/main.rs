//! The gateway beside its peers, row by row: memory of idle sockets, echoes on one core, messages
//! durable and shown to the other party, everybody back after a kill. Measures the binaries it is
//! given; builds nothing: `cargo xtask bench gateway` does, and runs it.

mod axum_echo;
mod delivery;
mod echo;
#[path = "../machine.rs"]
mod machine;
mod memory;
mod peers;
mod report;
mod storm;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tests::load::arguments::Arguments;

use peers::Peers;
use report::{Report, Row};

/// This program as a peer: axum's echo server with its default buffers.
const AXUM_ECHO: &str = "axum-echo";

pub(crate) struct Options {
    /// The one row to run; all when there is none.
    row: Option<String>,
    /// The folder with Bun, ws and socket.io; without it their columns stay empty.
    peers: Option<PathBuf>,
    json: Option<PathBuf>,
    rounds: usize,
    seconds: f64,
    /// Idle sockets of the memory row, and of its burst.
    idle: usize,
    burst: usize,
    /// Sockets of the two echo rows.
    echo_few: usize,
    echo_many: usize,
    /// Sockets and messages a second of the delivery row.
    sockets: usize,
    rate_per_s: f64,
    agents: usize,
    /// Messages a second of the storm.
    storm_rate_per_s: f64,
}

impl Options {
    fn from_arguments() -> Result<Self> {
        let mut given = Arguments::read(std::env::args().skip(1))?;
        let options = Self {
            row: given.take_if_given("--row")?,
            peers: given.take_if_given("--peers")?,
            json: given.take_if_given("--json")?,
            rounds: given.take("--rounds", 3)?,
            seconds: given.take("--seconds", 2.0)?,
            idle: given.take("--idle", 8_000)?,
            burst: given.take("--burst", 18_000)?,
            echo_few: given.take("--echo-few", 512)?,
            echo_many: given.take("--echo-many", 10_000)?,
            sockets: given.take("--sockets", 15_000)?,
            rate_per_s: given.take("--rate", 5_000.0)?,
            agents: given.take("--agents", 2)?,
            storm_rate_per_s: given.take("--storm-rate", 1_000.0)?,
        };
        given.end()?;
        ensure!(options.rounds > 0 && options.seconds > 0.0, "nothing is to be measured");
        ensure!(options.idle < options.burst, "a burst is larger than what idles");
        Ok(options)
    }

    fn slice(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum RowName {
    Memory,
    EchoFew,
    EchoMany,
    Delivery,
    Storm,
}

impl RowName {
    const ALL: [Self; 5] =
        [Self::Memory, Self::EchoFew, Self::EchoMany, Self::Delivery, Self::Storm];

    fn word(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::EchoFew => "echo-few",
            Self::EchoMany => "echo-many",
            Self::Delivery => "delivery",
            Self::Storm => "storm",
        }
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    if std::env::args().nth(1).as_deref() == Some(AXUM_ECHO) {
        return axum_echo::serve().await;
    }
    let options = Options::from_arguments()?;
    let words: Vec<&str> = RowName::ALL.iter().map(|row| row.word()).collect();
    let known = options.row.as_ref().is_none_or(|row| words.contains(&row.as_str()));
    ensure!(known, "the rows are {}", words.join(", "));
    let peers = Peers::found(options.peers.as_deref())?;
    let mut report = Report::begun();
    for row in RowName::ALL {
        if options.row.as_ref().is_some_and(|only| only != row.word()) {
            continue;
        }
        eprintln!("row {} …", row.word());
        let pressure = report::Pressures::now();
        let rows = measure(row, &options, &peers).await;
        // One row that cannot be taken is no reason to lose the others.
        let rows = rows.unwrap_or_else(|error| vec![Row::failed(row.word(), &error)]);
        report.add(rows, pressure.taken());
    }
    report.print();
    if let Some(file) = &options.json {
        std::fs::write(file, serde_json::to_string_pretty(&report)?)
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    ensure!(report.is_clean(), "a row failed, or something was lost, doubled or out of order");
    Ok(())
}

async fn measure(row: RowName, options: &Options, peers: &Peers) -> Result<Vec<Row>> {
    match row {
        RowName::Memory => memory::measure(options, peers).await,
        RowName::EchoFew => echo::measure(options, peers, options.echo_few).await,
        RowName::EchoMany => echo::measure(options, peers, options.echo_many).await,
        RowName::Delivery => delivery::measure(options, peers).await,
        RowName::Storm => storm::measure(options).await,
    }
}

/// The generator blocks its thread, so it gets one of its own.
async fn in_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await?
}
