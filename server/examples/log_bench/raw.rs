//! The limit that no log can beat: one thread that writes the same bytes to a file made ready in
//! the same way, and flushes.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
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
        let bytes = LogOptions::default().segment_bytes;
        let file = set_aside(&folder.join("raw"), bytes)?;
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

/// The same loop without end: it comes to ever new files, the next of which is made meanwhile, as
/// the log makes its segments when batches are large.
pub(crate) struct Onward {
    folder: PathBuf,
    bytes: u64,
}

impl Onward {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, bytes: LogOptions::default().segment_bytes }
    }

    /// Commits the same bytes again and again, at the log's own priority. Bytes a second.
    pub(crate) fn bytes_a_second(&self, slice: Duration, batch: &[u8]) -> std::io::Result<f64> {
        std::thread::scope(|scope| {
            let looping = scope.spawn(|| {
                Priority::claim();
                self.run(slice, batch)
            });
            looping.join().expect("the loop does not panic")
        })
    }

    fn run(&self, slice: Duration, batch: &[u8]) -> std::io::Result<f64> {
        let mut file = self.make(0)?;
        let (mut files, mut position, mut written) = (1, 0, 0);
        std::thread::scope(|scope| {
            let mut next = None;
            let started = Instant::now();
            while started.elapsed() < slice {
                if next.is_none() && position >= self.bytes / 2 {
                    let name = files;
                    next = Some(scope.spawn(move || self.make(name)));
                    files += 1;
                }
                if position + batch.len() as u64 > self.bytes {
                    let made = next.take().expect("ordered half a file ago");
                    file = made.join().expect("making a file does not panic")?;
                    position = 0;
                }
                file.write_all_at(batch, position)?;
                file.sync_data()?;
                position += batch.len() as u64;
                written += batch.len();
            }
            Ok::<_, std::io::Error>(written as f64 / started.elapsed().as_secs_f64())
        })
        .and_then(|bandwidth| {
            // As the log is trimmed between its slices.
            (0..files).try_for_each(|name| std::fs::remove_file(self.path(name)))?;
            Ok(bandwidth)
        })
    }

    fn make(&self, name: usize) -> std::io::Result<File> {
        set_aside(&self.path(name), self.bytes)
    }

    fn path(&self, name: usize) -> PathBuf {
        self.folder.join(name.to_string())
    }
}

/// A file of this size, whose blocks are set aside.
fn set_aside(path: &Path, bytes: u64) -> std::io::Result<File> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
    rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, bytes)?;
    file.sync_all()?;
    Ok(file)
}
