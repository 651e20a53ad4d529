//! Running other programs as visible, timed steps. Knows no program by name.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, bail};

/// Counts the steps of one command, so that a person sees how far it is.
pub(crate) struct Steps {
    done: usize,
    total: usize,
    started: Instant,
    finished: Vec<(String, f64)>,
}

impl Steps {
    pub(crate) fn new(total: usize) -> Self {
        Self { done: 0, total, started: Instant::now(), finished: Vec::new() }
    }

    /// Announces a step, does it and says how long it took.
    pub(crate) fn step<T>(
        &mut self,
        title: &str,
        work: impl FnOnce() -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        self.done += 1;
        announce(&format!("[{}/{}] {title}", self.done, self.total));
        let began = Instant::now();
        let value = work().with_context(|| format!("step \"{title}\" failed"))?;
        let seconds = began.elapsed().as_secs_f64();
        announce(&format!("[{}/{}] {title}: {seconds:.1} s", self.done, self.total));
        self.finished.push((title.to_owned(), seconds));
        Ok(value)
    }

    /// Prints every step with its time.
    pub(crate) fn summary(&self) {
        announce(&format!("all steps took {:.0} s", self.started.elapsed().as_secs_f64()));
        for (title, seconds) in &self.finished {
            announce(&format!("  {seconds:>7.1} s  {title}"));
        }
    }
}

/// A line for the person at the terminal.
pub(crate) fn announce(line: &str) {
    eprintln!("\u{1b}[1mxtask\u{1b}[0m {line}");
}

/// A program to run in a folder with inherited output.
pub(crate) fn command<S: AsRef<OsStr>>(
    folder: &Path,
    program: &str,
    arguments: impl IntoIterator<Item = S>,
) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).args(arguments).stdin(Stdio::null());
    command
}

/// Runs to the end; a status other than 0 is an error that names the command line.
pub(crate) fn succeed(mut command: Command) -> anyhow::Result<()> {
    let line = describe(&command);
    let status = command.status().with_context(|| format!("cannot start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` ended with {status}");
    }
    Ok(())
}

/// The program's standard output, or `None` when it cannot be started or fails.
pub(crate) fn output_of(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn describe(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

/// The cargo that started this xtask.
pub(crate) fn cargo(root: &Path, arguments: &[&str]) -> Command {
    let program = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    command(root, &program, arguments)
}
