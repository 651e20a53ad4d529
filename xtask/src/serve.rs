//! `cargo xtask run`: builds the web files and the server, prepares the demo site once and serves.
//! Knows the server's command line, nothing of its insides.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use anyhow::{Context, bail};
use clap::Args;

use crate::step::{Steps, announce, cargo, command, succeed};
use crate::web;

#[derive(Args)]
pub(crate) struct Options {
    /// Address of widget, console and API.
    #[arg(long, default_value = "127.0.0.1:7070")]
    listen: String,
    /// Address of the demo shop, an origin of its own.
    #[arg(long, default_value = "127.0.0.1:7071")]
    demo: String,
    /// Folder of the log and everything made from it.
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Optimize the server; takes some minutes more the first time.
    #[arg(long)]
    release: bool,
    /// Serve what `dist/` holds without building the web files again.
    #[arg(long)]
    keep_web: bool,
}

/// The site of the demo shop.
pub(crate) const DEMO_SITE: &str = "demo";

/// Builds, prepares and serves until interrupted.
pub(crate) fn run(root: &Path, options: &Options) -> anyhow::Result<()> {
    let mut steps = Steps::new(4);
    steps.step("building widget, Worker and console", || {
        if options.keep_web && web::dist(root).exists() { Ok(()) } else { web::build(root) }
    })?;
    steps.step("building the server", || {
        let mut arguments = vec!["build", "--package", "server"];
        if options.release {
            arguments.push("--release");
        }
        succeed(cargo(root, &arguments))
    })?;
    let binary = binary(root, options.release)?;
    let data = root.join(&options.data);
    steps.step("preparing the demo site", || prepare_demo(root, &binary, &data, &options.demo))?;
    let mut server = steps.step("starting the server", || start(root, &binary, &data, options))?;
    relay(&mut server)?;
    let status = server.wait()?;
    if !status.success() {
        bail!("the server ended with {status}");
    }
    Ok(())
}

/// Where cargo put the server.
pub(crate) fn binary(root: &Path, release: bool) -> anyhow::Result<PathBuf> {
    let profile = if release { "release" } else { "debug" };
    let path = web::target_folder(root).join(profile).join("frontdesk");
    if !path.exists() {
        bail!("{} was not built", path.display());
    }
    Ok(path)
}

/// Makes the site and imports its FAQ, through the commands an owner uses.
pub(crate) fn prepare_demo(
    root: &Path,
    binary: &Path,
    data: &Path,
    demo: &str,
) -> anyhow::Result<()> {
    let program = binary.to_str().context("the path of the binary is not UTF-8")?;
    let data = data.to_str().context("the path of the data folder is not UTF-8")?;
    let domain = format!("http://{demo}");
    let site =
        ["site", "--data", data, "--key", DEMO_SITE, "--name", "Demo shop", "--domain", &domain];
    succeed(command(root, program, site))?;
    let faq = root.join("www/demo/faq.json");
    let faq = faq.to_str().context("the path of the FAQ is not UTF-8")?;
    succeed(command(root, program, ["import", "--data", data, "--site", DEMO_SITE, faq]))
}

fn start(root: &Path, binary: &Path, data: &Path, options: &Options) -> anyhow::Result<Child> {
    let program = binary.to_str().context("the path of the binary is not UTF-8")?;
    let mut serving = command(root, program, ["serve", "--data"]);
    serving.arg(data).args(["--listen", &options.listen, "--demo", &options.demo]);
    // `trunk serve` shows the console on its own port and passes calls on from there.
    serving.args(["--console-origin", "http://127.0.0.1:8080"]);
    serving.stdout(Stdio::piped()).spawn().context("cannot start the server")
}

/// Turns the server's lines into words for a person.
fn relay(server: &mut Child) -> anyhow::Result<()> {
    let output = server.stdout.take().context("the server's output is piped")?;
    let mut origin = String::new();
    for line in BufReader::new(output).lines() {
        let line = line?;
        match line.split_once(' ') {
            Some(("listening", address)) => origin = address.to_owned(),
            Some(("demo", address)) => announce(&format!("demo shop   {address}/")),
            Some(("set-up", link)) => announce(&format!(
                "console     {link}\n                  (makes the first agent; the link works once)"
            )),
            _ if line == "ready" => greet(&origin),
            _ => announce(&line),
        }
    }
    Ok(())
}

fn greet(origin: &str) {
    announce(&format!("console     {origin}/console/"));
    announce(&format!(
        "snippet     <script async src=\"{origin}/embed.js\" data-site=\"{DEMO_SITE}\"></script>"
    ));
    announce("serving; Ctrl-C ends it");
}
