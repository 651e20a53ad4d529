//! What a chat costs a page before and after the click, beside the chats that npm holds: in one
//! Chromium, in turns. Measures files that are there; `cargo xtask bench weight` fetches and builds
//! them, and runs it.

mod contestants;
#[path = "../machine.rs"]
mod machine;
mod measure;
mod report;
mod serve;

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};

struct Options {
    rounds: usize,
    /// A peer's name and the folder with its files, whose own name says the version.
    peers: Vec<(String, PathBuf)>,
    json: Option<PathBuf>,
}

impl Options {
    /// `--name value` pairs, as xtask writes them.
    fn from_arguments() -> Result<Self> {
        let mut options = Self { rounds: 0, peers: Vec::new(), json: None };
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let value = arguments.next().with_context(|| format!("{name} has no value"))?;
            match name.as_str() {
                "--rounds" => options.rounds = value.parse()?,
                "--peer" => {
                    let (name, folder) = value.split_once('=').context("--peer NAME=FOLDER")?;
                    options.peers.push((name.to_owned(), folder.into()));
                }
                "--json" => options.json = Some(value.into()),
                _ => bail!("{name} is not known"),
            }
        }
        ensure!(options.rounds > 0, "nothing is to be measured");
        Ok(options)
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::from_arguments()?;
    let report = report::Report::of(measure::run(&options).await?);
    report.print();
    if let Some(file) = &options.json {
        std::fs::write(file, serde_json::to_string_pretty(&report)?)
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}
