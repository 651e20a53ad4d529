//! Power cuts of processes that append: ours, and Redis by its two ways to flush.

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use server::bus::Log;

use super::check::{Broken, Check};
use super::kill::{Publishing, publish_command};
use super::publish::log_options;
use super::trace::{Files, kill, traced};
use super::{Cut, none_wanted};
use crate::Bench;
use crate::redis::{self, Answer, Client, Flush, Running, STREAM};
use crate::rounds::below;
use crate::table::Row;

/// Of ours; each starts with what the one before left.
const CUTS: u32 = 10;
const LIFE_MS_MAX: u64 = 1_000;
/// Peers run longer than the second after which Redis flushes.
pub(super) const PEERS_LIFE: Duration = Duration::from_millis(2_500);
const ENTRIES_AT_ONCE: usize = 1_000;

pub(super) fn ours(bench: &Bench, row: &mut Row) -> Result<()> {
    let folder = bench.folder("cut-log")?;
    let trace = bench.folder("cut-trace")?.join("trace");
    let mut check = Check::default();
    let mut cut_bytes = 0;
    for life in 0..CUTS {
        let mut files = Files::of(&folder)?;
        let publishing = Publishing::start(traced(&publish_command(&folder, life)?, &trace))?;
        std::thread::sleep(Duration::from_millis(1 + below(LIFE_MS_MAX)?));
        kill(&trace)?;
        for acknowledgement in publishing.ended()? {
            check.acknowledge(acknowledgement);
        }
        files.replay(&std::fs::read_to_string(&trace)?);
        cut_bytes += files.cut(&folder, "")?;
        // Opened as after a start, and closed again before the next life.
        Log::open(&folder, log_options()).context("after a power cut")?;
    }
    let (log, _) = Log::open(&folder, log_options())?;
    let Broken { lost, doubled, disordered } = check.read(&log)?;
    row.lines.push(none_wanted(format!("power cut x {CUTS}, acknowledged and lost"), lost));
    row.lines.push(none_wanted(
        format!("power cut x {CUTS}, doubled or out of order"),
        doubled + disordered,
    ));
    row.notes.push(format!(
        "{} records acknowledged before {CUTS} power cuts, which took {cut_bytes} bytes",
        check.acknowledged_count()
    ));
    Ok(())
}

pub(super) fn redis_always(bench: &Bench) -> Result<Option<Cut>> {
    redis(&bench.folder("cut-redis-always")?, Flush::Always)
}

pub(super) fn redis_every_second(bench: &Bench) -> Result<Option<Cut>> {
    redis(&bench.folder("cut-redis-everysec")?, Flush::EverySecond)
}

fn redis(folder: &Path, flush: Flush) -> Result<Option<Cut>> {
    let Some(program) = redis::find("redis-server") else { return Ok(None) };
    let port = redis::free_port()?;
    let mut command = Command::new(program);
    command.args(redis::arguments(folder, port, flush));
    let acknowledged = cut_off(&command, port, folder, ".incr.aof", || {
        let mut client = Client::connect(port)?;
        let mut ids = Vec::new();
        while let Some(id) = client.add(&format!("value {}", ids.len()))? {
            ids.push(id);
        }
        Ok(ids)
    })?;
    let again = redis::start(folder, flush)?.context("it was there a moment ago")?;
    let kept = entries(&mut Client::connect(again.port)?)?;
    let lost = acknowledged.iter().filter(|id| !kept.contains(*id)).count();
    Ok(Some(Cut { acknowledged: acknowledged.len(), lost }))
}

/// Lets a peer run while somebody adds to it, then cuts its power. What adding returned.
pub(super) fn cut_off<T: Send>(
    command: &Command,
    port: u16,
    folder: &Path,
    suffix: &str,
    add: impl FnOnce() -> Result<Vec<T>> + Send,
) -> Result<Vec<T>> {
    let trace = folder.join("trace");
    let running = Running::start(traced(command, &trace), port).inspect_err(|_| {
        // The tracer alone is ended by its owner; there may be nothing to kill.
        let _ = kill(&trace);
    })?;
    let acknowledged = std::thread::scope(|scope| {
        let adding = scope.spawn(add);
        std::thread::sleep(PEERS_LIFE);
        // Also when adding has failed: nothing traced is left behind.
        kill(&trace)?;
        adding.join().expect("adding does not panic")
    })?;
    running.ended()?;
    ensure!(!acknowledged.is_empty(), "nothing was acknowledged");
    let mut files = Files::default();
    files.replay(&std::fs::read_to_string(&trace)?);
    files.cut(folder, suffix)?;
    Ok(acknowledged)
}

fn entries(client: &mut Client) -> Result<HashSet<String>> {
    let (mut kept, mut from) = (HashSet::new(), "-".to_owned());
    let count = ENTRIES_AT_ONCE.to_string();
    loop {
        let Answer::List(entries) = client.ask(&["XRANGE", STREAM, &from, "+", "COUNT", &count])?
        else {
            bail!("no list of entries");
        };
        for entry in &entries {
            let Answer::List(parts) = entry else { bail!("not an entry: {entry:?}") };
            let Some(Answer::Text(id)) = parts.first() else { bail!("no id: {entry:?}") };
            from = format!("({id}");
            kept.insert(id.clone());
        }
        if entries.is_empty() {
            return Ok(kept);
        }
    }
}
