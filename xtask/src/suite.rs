//! `cargo xtask test`: every check in the order in which it is cheapest to fail. Knows which tools
//! to start; what they check is theirs.

use std::path::Path;

use clap::Args;

use crate::setup;
use crate::step::{Steps, announce, cargo, command, succeed};
use crate::{measure, tidy, web};

#[derive(Args)]
pub(crate) struct Options {
    /// Passed on to `cargo test` behind `--`: part of a test's name.
    filter: Option<String>,
}

const STEPS: usize = 11;

/// Runs everything; the first failure ends it.
pub(crate) fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let mut steps = Steps::new(STEPS);
    let (browser, axe) = steps.step("setting up", || {
        setup::wasm_target(root)?;
        Ok((setup::browser(root)?, setup::axe()))
    })?;
    steps.step("tidy", || tidy::run(root))?;
    steps.step("format", || succeed(cargo(root, &["fmt", "--all", "--check"])))?;
    steps.step("dependencies", || dependencies(root))?;
    steps.step("lints, native", || lint(root, &["--workspace", "--all-targets"]))?;
    steps.step("lints, browser", || {
        let target = ["--target", "wasm32-unknown-unknown"];
        // Alone, as it is built: beside the others its dependencies would bring the standard
        // library, which handles panics too.
        let widget = ["--package", "widget"];
        lint(root, &[widget, target].concat())?;
        let others = ["--package", "widget-forms", "--package", "ai-wasm", "--package", "www"];
        lint(root, &[&others[..], &target[..]].concat())
    })?;
    steps.step("building widget, Worker and console", || web::build(root))?;
    steps.step("building the server", || {
        succeed(cargo(root, &["build", "--package", "server", "--locked"]))
    })?;
    steps.step("sizes", || measure::run(root))?;
    steps.step("tests", || {
        let mut testing = cargo(root, &["test", "--workspace", "--locked", "--no-fail-fast"]);
        testing.env("FRONTDESK_CHROMIUM", &browser);
        if let Some(axe) = &axe {
            testing.env("FRONTDESK_AXE", axe);
        }
        if let Some(filter) = &options.filter {
            testing.arg("--").arg(filter);
        }
        succeed(testing)
    })?;
    steps.step("console by Trunk", || trunk(root))?;
    steps.summary();
    Ok(())
}

fn lint(root: &Path, scope: &[&str]) -> anyhow::Result<()> {
    let mut arguments = vec!["clippy", "--locked", "--quiet"];
    arguments.extend(scope);
    arguments.extend(["--", "-D", "warnings"]);
    succeed(cargo(root, &arguments))
}

/// Licences, bans and sources of what we depend on.
fn dependencies(root: &Path) -> anyhow::Result<()> {
    if setup::find_program("cargo-deny").is_none() {
        announce("not checked: `cargo install --locked cargo-deny` brings the tool");
        return Ok(());
    }
    succeed(cargo(root, &["deny", "--all-features", "check", "licenses", "bans", "sources"]))
}

/// Developers use Trunk; nobody else needs it, so its absence is no failure.
fn trunk(root: &Path) -> anyhow::Result<()> {
    if setup::find_program("trunk").is_none() {
        announce("not checked: Trunk is not installed");
        return Ok(());
    }
    succeed(command(root, "trunk", ["build"]))
}
