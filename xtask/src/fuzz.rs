//! `cargo xtask fuzz`: builds the driver in `tests/fuzz` with coverage, lets it look for bytes that
//! break a decoder, and keeps those that reach new code. Needs a C++ compiler, no nightly.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

use crate::step::{announce, cargo, command, output_of, succeed};

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Target {
    Wire,
    Log,
    Record,
    Pack,
}

impl Target {
    fn name(self) -> &'static str {
        match self {
            Target::Wire => "wire",
            Target::Log => "log",
            Target::Record => "record",
            Target::Pack => "pack",
        }
    }
}

#[derive(Args)]
pub(crate) struct Options {
    /// All of them when none is named.
    target: Option<Target>,
    /// For each target.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Takes what was found into `tests/fuzz/corpus`, as few files as reach the same code.
    #[arg(long)]
    keep: bool,
}

/// No file of a corpus is larger.
const INPUT_BYTES_MAX: usize = 4_000;
/// Of those that were found; the tests replay them all, every time.
const FOUND_FILES_MAX: usize = 150;
/// An input that takes longer is a finding.
const INPUT_SECONDS_MAX: u64 = 10;
/// So is one that takes more memory.
const MEMORY_MIB_MAX: u64 = 2_048;

/// What libFuzzer needs of the compiler: counters at every edge, and operands of comparisons.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
     -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Fast, but with every check of a debug build.
const PROFILE: [(&str, &str); 4] = [
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
    ("CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS", "true"),
    ("CARGO_PROFILE_RELEASE_OVERFLOW_CHECKS", "true"),
];

pub(crate) fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let driver = build(root)?;
    let targets = match options.target {
        Some(target) => vec![target],
        None => Target::value_variants().to_vec(),
    };
    for target in targets {
        look(root, &driver, target, options)?;
    }
    Ok(())
}

fn target_folder(root: &Path) -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    target.join("fuzz")
}

fn build(root: &Path) -> anyhow::Result<PathBuf> {
    let verbose = output_of("rustc", &["-vV"]).context("rustc does not say its version")?;
    let host = verbose.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.context("rustc does not name its host")?;
    // With a target named, the flags do not reach build scripts and macros.
    let mut building = cargo(root, &["build", "--locked", "--release", "--target", host]);
    building.args(["--package", "fuzz", "--features", "driver", "--bin", "fuzz_driver"]);
    building.env("CARGO_TARGET_DIR", target_folder(root)).env("RUSTFLAGS", FLAGS).envs(PROFILE);
    succeed(building)?;
    Ok(target_folder(root).join(host).join("release/fuzz_driver"))
}

fn look(root: &Path, driver: &Path, target: Target, options: &Options) -> anyhow::Result<()> {
    let name = target.name();
    let corpus = root.join("tests/fuzz/corpus").join(name);
    let work = target_folder(root).join("found").join(name);
    fs::create_dir_all(&work)?;
    let drive = |arguments: &[String]| {
        let mut driving = command(&work, &driver.to_string_lossy(), arguments);
        driving.env("FRONTDESK_FUZZ_TARGET", name);
        succeed(driving)
    };
    let (new, merged) = (work.join("new"), work.join("merged"));
    fs::create_dir_all(&new)?;
    announce(&format!("fuzzing {name} for {} s", options.seconds));
    drive(&[
        new.display().to_string(),
        corpus.display().to_string(),
        format!("-max_total_time={}", options.seconds),
        format!("-max_len={INPUT_BYTES_MAX}"),
        format!("-timeout={INPUT_SECONDS_MAX}"),
        format!("-rss_limit_mb={MEMORY_MIB_MAX}"),
        "-print_final_stats=1".to_owned(),
    ])
    .with_context(|| format!("what broke {name} lies in {}", work.display()))?;
    if !options.keep {
        return Ok(());
    }
    if merged.exists() {
        fs::remove_dir_all(&merged)?;
    }
    fs::create_dir_all(&merged)?;
    // Whether an edge was reached counts, not how often: that keeps the corpus small.
    drive(&[
        "-set_cover_merge=1".to_owned(),
        "-use_counters=0".to_owned(),
        merged.display().to_string(),
        corpus.display().to_string(),
        new.display().to_string(),
    ])?;
    take_over(&merged, &corpus)
}

/// Adds what the merge chose, the smallest first. Files written by hand stay: they say what they
/// are for.
fn take_over(merged: &Path, corpus: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(corpus)? {
        let path = entry?.path();
        if is_found(&path) {
            fs::remove_file(path)?;
        }
    }
    let mut chosen = Vec::new();
    for entry in fs::read_dir(merged)? {
        let path = entry?.path();
        chosen.push((fs::read(&path)?, path));
    }
    chosen.sort_by_key(|(bytes, path)| (bytes.len(), path.clone()));
    let mut kept_count = 0;
    for (bytes, path) in chosen.into_iter().take(FOUND_FILES_MAX) {
        let Some(name) = path.file_name() else { bail!("{} has no name", path.display()) };
        let is_ours = fs::read_dir(corpus)?
            .filter_map(Result::ok)
            .any(|ours| fs::read(ours.path()).is_ok_and(|ours| ours == bytes));
        if !is_ours {
            fs::write(corpus.join(name), bytes)?;
            kept_count += 1;
        }
    }
    announce(&format!("{kept_count} files were found and kept in {}", corpus.display()));
    Ok(())
}

/// libFuzzer names files by their SHA-1.
fn is_found(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_has_a_corpus_and_no_corpus_is_without_a_target() {
        let corpora = crate::repository_root().join("tests/fuzz/corpus");
        let mut found: Vec<_> = fs::read_dir(corpora)
            .expect("the corpora")
            .map(|entry| entry.expect("a corpus").file_name().to_string_lossy().into_owned())
            .collect();
        let mut named: Vec<_> =
            Target::value_variants().iter().map(|target| target.name().to_owned()).collect();
        found.sort();
        named.sort();
        assert_eq!(found, named);
    }
}
