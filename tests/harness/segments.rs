//! Damage to the files of a stopped server's log, by the published format of its segments.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

const SEGMENT_SUFFIX: &str = "segment";
const FRAME_MAGIC: &[u8] = b"FDFR";
const FRAME_ALIGN_BYTES: usize = 8;

/// The newest segment of a log.
pub struct Segment {
    path: PathBuf,
    pub bytes: Vec<u8>,
}

impl Segment {
    /// # Errors
    /// The data folder has no segment.
    pub fn newest(data: &Path) -> Result<Self> {
        let mut found = Vec::new();
        collect(data, &mut found)?;
        // Names sort by offset.
        found.sort();
        let path = found.pop().context("no segment")?;
        Ok(Self { bytes: fs::read(&path)?, path })
    }

    /// Where each frame starts.
    pub fn frames(&self) -> Vec<usize> {
        let starts = (0..self.used_bytes()).step_by(FRAME_ALIGN_BYTES);
        starts.filter(|at| self.bytes[*at..].starts_with(FRAME_MAGIC)).collect()
    }

    /// Up to and including the last byte that is not zero.
    pub fn used_bytes(&self) -> usize {
        self.bytes.iter().rposition(|byte| *byte != 0).map_or(0, |idx| idx + 1)
    }

    /// Where the next frame would be written.
    pub fn end(&self) -> usize {
        self.used_bytes().next_multiple_of(FRAME_ALIGN_BYTES)
    }

    /// Puts bytes into the file.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_at(&mut self, at: usize, bytes: &[u8]) -> Result<()> {
        self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        Ok(fs::write(&self.path, &self.bytes)?)
    }

    /// Cuts the file off, or fills it up with zeros.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn resize(&mut self, bytes: usize) -> Result<()> {
        self.bytes.resize(bytes, 0);
        Ok(fs::write(&self.path, &self.bytes)?)
    }

    /// # Errors
    /// The file cannot be read.
    pub fn is_untouched(&self) -> Result<bool> {
        Ok(fs::read(&self.path)? == self.bytes)
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == SEGMENT_SUFFIX) {
            found.push(path);
        }
    }
    Ok(())
}
