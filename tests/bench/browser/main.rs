//! The visitor's model in a real Chromium, beside ONNX Runtime Web with the same weights and the
//! same tokens, in turns. Measures what is in `dist/`; builds nothing: `cargo xtask bench browser`
//! does, and runs it.

mod corpus;
mod files;
#[path = "../machine.rs"]
mod machine;
mod material;
mod measure;
mod report;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

struct Options {
    dist: PathBuf,
    /// The folder with ONNX Runtime Web; without it its column stays empty.
    onnx_runtime: Option<PathBuf>,
    rounds: usize,
    /// How often each contestant is loaded in a fresh process.
    loads: usize,
    json: Option<PathBuf>,
}

impl Options {
    /// `--name value` pairs, as xtask writes them.
    fn from_arguments() -> Result<Self> {
        let mut given = BTreeMap::new();
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let value = arguments.next().with_context(|| format!("{name} has no value"))?;
            given.insert(name, value);
        }
        let mut take = |name: &str| given.remove(name);
        let options = Self {
            dist: take("--dist").context("--dist is missing")?.into(),
            onnx_runtime: take("--onnx-runtime").map(PathBuf::from),
            rounds: take("--rounds").context("--rounds is missing")?.parse()?,
            loads: take("--loads").context("--loads is missing")?.parse()?,
            json: take("--json").map(PathBuf::from),
        };
        if let Some(unknown) = given.keys().next() {
            bail!("{unknown} is not known");
        }
        anyhow::ensure!(options.rounds > 0 && options.loads > 0, "nothing is to be measured");
        Ok(options)
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::from_arguments()?;
    let material = material::prepare(&options)?;
    let taken = measure::run(&options, &material).await?;
    let report = report::Report::of(taken);
    report.print();
    if let Some(file) = &options.json {
        std::fs::write(file, serde_json::to_string_pretty(&report)?)
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(())
}
