//! Where and under which load the figures were taken, and which core a thread may use. Linux only.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, ensure};
use rustix::thread::{CapabilitySet, CpuSet};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    processor: String,
    cores: usize,
    kernel: String,
}

pub(crate) fn here() -> Machine {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    Machine {
        processor: name.map_or("unknown", |(_, name)| name.trim()).to_owned(),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        kernel: kernel.trim().to_owned(),
    }
}

/// Total time that somebody waited for a processor or for the disk, at a moment.
pub(crate) struct Pressure {
    since: Instant,
    cpu_micros: u64,
    io_micros: u64,
}

/// What else the machine did meanwhile. The row's own threads are counted too.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Meanwhile {
    pub(crate) cpu_percent: f64,
    pub(crate) io_percent: f64,
    /// Of the last minute, at the end.
    pub(crate) load: f64,
}

impl Pressure {
    /// `None` where the kernel does not count it.
    pub(crate) fn now() -> Option<Self> {
        let (cpu_micros, io_micros) = (stalled_micros("cpu")?, stalled_micros("io")?);
        Some(Self { since: Instant::now(), cpu_micros, io_micros })
    }

    pub(crate) fn taken(&self) -> Meanwhile {
        let elapsed = self.since.elapsed().as_micros() as f64;
        let percent = |resource, before: u64| {
            let now = stalled_micros(resource).unwrap_or(before);
            100.0 * (now - before) as f64 / elapsed
        };
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Meanwhile {
            cpu_percent: percent("cpu", self.cpu_micros),
            io_percent: percent("io", self.io_micros),
            load: load.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(f64::NAN),
        }
    }
}

/// `some avg10=0.00 avg60=0.00 avg300=0.00 total=0`.
fn stalled_micros(resource: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/pressure/{resource}")).ok()?;
    let line = text.lines().find(|line| line.starts_with("some "))?;
    line.split(' ').find_map(|field| field.strip_prefix("total="))?.parse().ok()
}

/// A flush to memory costs nothing and means nothing.
pub(crate) fn check_disk(folder: &Path) -> anyhow::Result<()> {
    const TMPFS_MAGIC: rustix::fs::FsWord = 0x0102_1994;
    let found = rustix::fs::statfs(folder).with_context(|| folder.display().to_string())?;
    let in_memory = found.f_type == TMPFS_MAGIC;
    ensure!(!in_memory, "{} lies in memory: give --folder on a disk", folder.display());
    Ok(())
}

/// Keeps the calling thread, and whatever it starts, on one core. Where there is only one core,
/// that is where it is anyway.
pub(crate) fn pin(core: usize) -> anyhow::Result<()> {
    let allowed = rustix::thread::sched_getaffinity(None)?;
    let mut cores = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
    if let Some(core) = cores.nth(core) {
        let mut only = CpuSet::new();
        only.set(core);
        rustix::thread::sched_setaffinity(None, &only)?;
    }
    Ok(())
}

/// Takes the right to real-time priority from the calling thread and whatever it starts.
pub(crate) fn renounce_real_time() -> anyhow::Result<()> {
    let mut held = rustix::thread::capabilities(None)?;
    held.effective.remove(CapabilitySet::SYS_NICE);
    held.permitted.remove(CapabilitySet::SYS_NICE);
    held.inheritable.remove(CapabilitySet::SYS_NICE);
    rustix::thread::set_capabilities(None, held).context("giving up CAP_SYS_NICE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pinned_thread_has_one_core() {
        let cores = std::thread::spawn(|| {
            pin(0).unwrap();
            rustix::thread::sched_getaffinity(None).unwrap().count()
        });
        assert_eq!(cores.join().unwrap(), 1);
    }
}
