//! The handle that the rest of the server holds: open, append, read, wait, close.

use std::fmt;
use std::path::Path;

use tokio::sync::watch;

use super::consumer::Consumer;
use super::error::{AppendError, OpenError, ReadError};

/// Index of a record in the log: from 0, without gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Offset(pub u64);

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Who may use the reserve when the disk is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppendClass {
    /// Refused with `NoSpace` as soon as no further segment can be made.
    Normal,
    /// Continues in the reserved segment.
    ExistingChat,
}

/// Sizes of the files on disk. An existing log may be opened with other sizes.
#[derive(Debug, Clone)]
pub struct LogOptions {
    /// Size of a segment file. Default 64 MiB.
    pub segment_bytes: u64,
    /// Size of the segment kept aside for a full disk. Default 8 MiB.
    pub reserve_bytes: u64,
}

/// Where the records of one append lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appended {
    pub first: Offset,
    pub last: Offset,
}

/// One committed record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub offset: Offset,
    /// Commit time, milliseconds since the Unix epoch.
    pub at_ms: u64,
    pub payload: Vec<u8>,
}

/// What opening found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recovery {
    pub segments_count: usize,
    /// The offset after the last committed record.
    pub end: Offset,
    /// Bytes of an unacknowledged batch that was cut off, 0 after an orderly stop.
    pub torn_bytes: u64,
}

/// Counters since the log was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogMetrics {
    pub appends_count: u64,
    pub commits_count: u64,
}

/// A write-ahead log. Clones share it.
#[derive(Debug, Clone)]
pub struct Log {}

impl Log {
    /// Locks the folder, recovers what it holds and starts the commit thread.
    pub fn open(_dir: &Path, _options: LogOptions) -> Result<(Log, Recovery), OpenError> {
        todo!()
    }

    /// Appends the payloads as one contiguous run, all or nothing, and resolves when they and
    /// all records before them are on disk. When the future is dropped while it waits, the
    /// records may or may not be appended.
    pub async fn append(
        &self,
        _payloads: Vec<Vec<u8>>,
        _class: AppendClass,
    ) -> Result<Appended, AppendError> {
        todo!()
    }

    /// Reads committed records from `from` on. The answer is empty only at the end of the log;
    /// it may be shorter than `records_max`.
    pub fn read(&self, _from: Offset, _records_max: usize) -> Result<Vec<Entry>, ReadError> {
        todo!()
    }

    /// The offset after the last committed record, and every change of it.
    pub fn committed(&self) -> watch::Receiver<Offset> {
        todo!()
    }

    /// Opens a consumer at its last committed position.
    pub fn consumer(&self, _name: &'static str) -> Result<Consumer, OpenError> {
        todo!()
    }

    pub fn metrics(&self) -> LogMetrics {
        todo!()
    }

    /// Writes what is pending and joins the commit thread. Later appends get `Closed`.
    pub fn close(&self) {
        todo!()
    }
}
