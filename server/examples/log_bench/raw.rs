//! The limit that no log can beat: one thread that writes the same bytes to a file made ready in
//! the same way, and flushes.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use server::bus::{LogOptions, Priority};

const FILL_BYTES: u64 = 1 << 20;

/// A file of a segment's size, full of zeros, all of it on disk.
pub(crate) struct Raw {
    file: File,
    bytes: u64,
    position: u64,
}

impl Raw {
    pub(crate) fn create(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join("raw");
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
        let bytes = LogOptions::default().segment_bytes;
        rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, bytes)?;
        let zeros = vec![0; FILL_BYTES as usize];
        for position in (0..bytes).step_by(zeros.len()) {
            file.write_all_at(&zeros, position)?;
        }
        file.sync_all()?;
        Ok(Self { file, bytes, position: 0 })
    }

    /// Commits the same bytes again and again, at the log's own priority. One entry a commit.
    pub(crate) fn commits_us(&mut self, slice: Duration, batch: &[u8]) -> anyhow::Result<Vec<f64>> {
        std::thread::scope(|scope| {
            let looping = scope.spawn(|| {
                Priority::claim();
                self.run(slice, batch)
            });
            looping.join().expect("the loop does not panic").map_err(anyhow::Error::from)
        })
    }

    fn run(&mut self, slice: Duration, batch: &[u8]) -> std::io::Result<Vec<f64>> {
        let mut waits_us = Vec::new();
        let started = Instant::now();
        while started.elapsed() < slice {
            if self.position + batch.len() as u64 > self.bytes {
                self.position = 0;
            }
            let begun = Instant::now();
            self.file.write_all_at(batch, self.position)?;
            self.file.sync_data()?;
            waits_us.push(begun.elapsed().as_secs_f64() * 1e6);
            self.position += batch.len() as u64;
        }
        Ok(waits_us)
    }
}
