//! One error per operation of the log. Knows no wire codes and no sockets.

use std::io;

use super::log::Offset;

/// Why a log folder could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the log folder is in use by another process")]
    Locked,
    /// A frame that was once acknowledged does not check out. Nothing was changed on disk.
    #[error("segment {segment} is damaged at byte {offset_bytes}")]
    Corrupt { segment: String, offset_bytes: u64 },
    /// Records between two segments are gone. Nothing was changed on disk.
    #[error("records {from} to {before} are missing in front of segment {segment}")]
    Missing { segment: String, from: Offset, before: Offset },
    #[error("segment {segment} has format version {found}, this program knows up to {known}")]
    Version { segment: String, found: u16, known: u16 },
    /// The consumer has seen records which the log does not have: the folder was replaced.
    #[error("consumer {consumer} stands at {position}, but the log ends at {end}")]
    ConsumerAhead { consumer: String, position: Offset, end: Offset },
    #[error("the position file of consumer {consumer} is damaged")]
    ConsumerPosition { consumer: String },
    #[error("the file that says where the log starts is damaged")]
    Start,
    #[error("cannot open the log folder")]
    Io(#[from] io::Error),
}

/// Why records were not appended. Except after `Poisoned`, they never will be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The queue stayed full for the whole waiting time; trying again later can succeed.
    #[error("the log is busy")]
    Busy,
    /// No room for this class of records; it succeeds again once space was freed.
    #[error("no space left for the log")]
    NoSpace,
    #[error("the records are larger than one append may be")]
    TooLarge,
    /// A write or a flush failed: whether the disk holds these records is known after the next
    /// start. Nothing is appended before it.
    #[error("the log stopped after a failed write")]
    Poisoned,
    #[error("the log is closed")]
    Closed,
}

/// Why committed records could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    #[error("segment {segment} is damaged at byte {offset_bytes}")]
    Corrupt { segment: String, offset_bytes: u64 },
    /// The records wanted were removed, because everybody had read them.
    #[error("the log starts at {start}")]
    Trimmed { start: Offset },
    /// The log was closed and everything committed has been read.
    #[error("the log is closed")]
    Closed,
    #[error("cannot read the log")]
    Io(#[from] io::Error),
}

/// Why a consumer's position was not stored. The earlier position stays in force.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    #[error("cannot commit {position}: the log ends at {end}")]
    Ahead { position: Offset, end: Offset },
    #[error("cannot store the consumer's position")]
    Io(#[from] io::Error),
}

/// Why old segments were not removed. The log is as it was, or shorter.
#[derive(Debug, thiserror::Error)]
pub enum TrimError {
    #[error("cannot tell where the consumers stand: {0}")]
    Consumers(#[from] OpenError),
    #[error("cannot remove old segments")]
    Io(#[from] io::Error),
}
