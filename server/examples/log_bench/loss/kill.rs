//! Kills a publishing process again and again, in the middle of its work, and reads its log.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use anyhow::{Context, Result};
use server::bus::Log;

use super::check::{Broken, Check};
use super::none_wanted;
use super::publish::{Acknowledgement, log_options};
use crate::Bench;
use crate::rounds::below;
use crate::table::Row;

const LIFE_MS_MAX: u64 = 300;
const STARTS_WITHIN: Duration = Duration::from_secs(20);

pub(super) fn measure(bench: &Bench, row: &mut Row) -> Result<()> {
    let kills = bench.options.kills;
    if kills == 0 {
        return Ok(());
    }
    let folder = bench.folder("killed-log")?;
    let mut check = Check::default();
    let mut torn_count = 0;
    for life in 0..kills {
        let life = u32::try_from(life)?;
        let publishing = Publishing::start(publish_command(&folder, life)?)?;
        std::thread::sleep(Duration::from_millis(1 + below(LIFE_MS_MAX)?));
        for acknowledgement in publishing.kill()? {
            check.acknowledge(acknowledgement);
        }
        let (_, recovery) = Log::open(&folder, log_options()).context("after a kill")?;
        torn_count += usize::from(recovery.torn_bytes > 0);
    }
    let (log, _) = Log::open(&folder, log_options())?;
    let Broken { lost, doubled, disordered } = check.read(&log)?;
    row.lines.push(none_wanted(format!("kill -9 x {kills}, acknowledged and lost"), lost));
    row.lines.push(none_wanted(format!("kill -9 x {kills}, doubled"), doubled));
    row.lines.push(none_wanted(format!("kill -9 x {kills}, out of order"), disordered));
    row.notes.push(format!(
        "{} records acknowledged in {kills} lives, {torn_count} kills tore a batch",
        check.acknowledged_count()
    ));
    Ok(())
}

pub(super) fn publish_command(folder: &Path, life: u32) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("publish").arg("--folder").arg(folder).args(["--life", &life.to_string()]);
    Ok(command)
}

/// A process that says what it got acknowledged.
pub(super) struct Publishing {
    child: Child,
    read: std::thread::JoinHandle<Result<Vec<Acknowledgement>>>,
}

impl Publishing {
    /// Returns after the first acknowledgement.
    pub(super) fn start(mut command: Command) -> Result<Self> {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().context("the output is piped")?;
        let (first, began) = sync_channel(1);
        let read = std::thread::spawn(move || {
            let mut acknowledgements = Vec::new();
            for line in BufReader::new(output).lines() {
                acknowledgements.push(Acknowledgement::decode(&line?)?);
                // Only the first one is waited for.
                let _ = first.try_send(());
            }
            Ok(acknowledgements)
        });
        let publishing = Self { child, read };
        publishing.wait_for(&began)
    }

    fn wait_for(mut self, began: &Receiver<()>) -> Result<Self> {
        if began.recv_timeout(STARTS_WITHIN).is_err() {
            self.child.kill()?;
            self.child.wait()?;
            anyhow::bail!("nothing was acknowledged within {STARTS_WITHIN:?}");
        }
        Ok(self)
    }

    /// What was in the pipe when it died is acknowledged: it was said.
    pub(super) fn kill(mut self) -> Result<Vec<Acknowledgement>> {
        self.child.kill()?;
        self.ended()
    }

    /// After somebody else has killed it.
    pub(super) fn ended(mut self) -> Result<Vec<Acknowledgement>> {
        self.child.wait()?;
        self.read.join().expect("reading does not panic")
    }
}
