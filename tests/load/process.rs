//! What a process costs, as the kernel counts it: memory and processor time. Linux only.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// The kernel's unit of processor time as `/proc` shows it; the same on every Linux we run on.
const TICKS_PER_S: u64 = 100;

/// Bytes of a process that are in memory now.
///
/// # Errors
/// There is no such process.
pub fn rss_bytes(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib * 1024)
}

/// Processor time a process has taken since it began, all threads together.
///
/// # Errors
/// There is no such process.
pub fn cpu_time(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The program's name stands in brackets and may hold anything.
    let (_, fields) = stat.rsplit_once(')').context("no name")?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut ticks = || fields.next().context("too short")?.parse::<u64>().context("no number");
    let total = ticks()? + ticks()?;
    Ok(Duration::from_millis(total * 1_000 / TICKS_PER_S))
}
