//! `cargo xtask bench browser`: builds the web files, the server and the driver, fetches ONNX
//! Runtime Web, and lets the driver measure both in one Chromium. Knows no engine.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::npm::{self, Package};
use crate::step::{announce, cargo, succeed};
use crate::{serve, setup, web};

/// What we are measured beside.
const RUNTIME: Package = Package {
    spec: "onnxruntime-web@1.30.0",
    archive: "onnxruntime-web-1.30.0.tgz",
    sha256: "d2228df7e4616bc3348bf504ee888f3bec43789a273f0a63f3e68d203ce3bf71",
    // The module for the wasm backend alone and its binary.
    files: &["package/dist/ort.wasm.bundle.min.mjs", "package/dist/ort-wasm-simd-threaded.wasm"],
};

#[derive(Args)]
pub(crate) struct Options {
    /// Rounds of five questions to each contestant.
    #[arg(long, default_value_t = 40)]
    rounds: usize,
    /// Loads of each contestant in a fresh process.
    #[arg(long, default_value_t = 10)]
    loads: usize,
    /// Measure what `dist/` holds without building the web files again.
    #[arg(long)]
    keep_web: bool,
    /// Also write every figure here.
    #[arg(long)]
    json: Option<PathBuf>,
}

pub(crate) fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let browser = setup::browser(root)?;
    if !options.keep_web || !web::dist(root).exists() {
        web::build(root)?;
    }
    succeed(cargo(root, &["build", "--package", "server"]))?;
    let driver = ["run", "--quiet", "--package", "tests", "--bin", "browser_bench", "--"];
    let mut running = cargo(root, &driver);
    running.env("FRONTDESK_CHROMIUM", &browser);
    running.env("FRONTDESK_BINARY", serve::binary(root, false)?);
    running.arg("--dist").arg(web::dist(root));
    running.args(["--rounds", &options.rounds.to_string()]);
    running.args(["--loads", &options.loads.to_string()]);
    match npm::fetch(&RUNTIME) {
        Ok(folder) => drop(running.arg("--onnx-runtime").arg(folder)),
        Err(error) => announce(&format!("{} is not measured: {error:#}", RUNTIME.spec)),
    }
    if let Some(json) = &options.json {
        running.arg("--json").arg(std::path::absolute(json)?);
    }
    succeed(running)
}
