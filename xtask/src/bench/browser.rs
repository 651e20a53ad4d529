//! `cargo xtask bench browser`: builds the web files, the server and the driver, fetches ONNX
//! Runtime Web, and lets the driver measure both in one Chromium. Knows no engine.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use sha2::{Digest, Sha256};

use super::cache_folder;
use crate::step::{announce, cargo, command, succeed};
use crate::{serve, setup, web};

/// What we are measured beside.
const RUNTIME: &str = "onnxruntime-web@1.30.0";
const RUNTIME_ARCHIVE: &str = "onnxruntime-web-1.30.0.tgz";
const RUNTIME_SHA256: &str = "d2228df7e4616bc3348bf504ee888f3bec43789a273f0a63f3e68d203ce3bf71";

/// Of the archive: the module for the wasm backend alone and its binary.
const RUNTIME_FILES: [&str; 2] =
    ["package/dist/ort.wasm.bundle.min.mjs", "package/dist/ort-wasm-simd-threaded.wasm"];

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
    match runtime() {
        Ok(folder) => drop(running.arg("--onnx-runtime").arg(folder)),
        Err(error) => announce(&format!("{RUNTIME} is not measured: {error:#}")),
    }
    if let Some(json) = &options.json {
        running.arg("--json").arg(std::path::absolute(json)?);
    }
    succeed(running)
}

/// The folder with `RUNTIME_FILES`, fetched once a machine. Nothing of the package runs here.
fn runtime() -> anyhow::Result<PathBuf> {
    let cache = cache_folder()?;
    let folder = cache.join(RUNTIME);
    if folder.exists() {
        return Ok(folder);
    }
    let npm = setup::find_program("npm").context("npm is not installed")?;
    let npm = npm.to_str().context("the path of npm is not UTF-8")?;
    let fresh = cache.join("unpacking");
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    fs::create_dir_all(&fresh)?;
    succeed(command(&fresh, npm, ["pack", "--ignore-scripts", "--silent", RUNTIME]))?;
    let digest = Sha256::digest(fs::read(fresh.join(RUNTIME_ARCHIVE))?);
    let found: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    if found != RUNTIME_SHA256 {
        bail!("{RUNTIME_ARCHIVE} is another one: {found}");
    }
    let unpack = ["-xzf", RUNTIME_ARCHIVE, "--strip-components=2"];
    succeed(command(&fresh, "tar", unpack.iter().chain(&RUNTIME_FILES)))?;
    fs::remove_file(fresh.join(RUNTIME_ARCHIVE))?;
    // A folder under its own name is always whole.
    fs::rename(&fresh, &folder)?;
    Ok(folder)
}
