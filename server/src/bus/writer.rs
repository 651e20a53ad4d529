//! The one place that writes frames: finds room, writes, flushes, publishes. Synchronous and
//! without threads of its own, so that a test can replay it step by step.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

use super::error::AppendError;
use super::frame::{FrameBuilder, SEGMENT_HEADER_BYTES, SegmentHeader};
use super::log::{AppendClass, LogOptions, Offset};
use super::reader::{Index, Readable, Reader};
use super::segment::{self, Marks};
use super::storage::{Fill, LogFile, LogStorage};

/// Suffix of files in the making. Those that a crash leaves behind are removed.
pub(super) const UNFINISHED_SUFFIX: &str = ".unfinished";
pub(super) const RESERVE_FILE: &str = "reserve";
const RESERVE_UNFINISHED_FILE: &str = "reserve.unfinished";
const NEXT_FILE: &str = "next.unfinished";
pub(super) const ROLL_FILE: &str = "roll.unfinished";

/// A file for a segment that does not exist yet: zeros only, its blocks set aside.
#[derive(Debug)]
pub(super) struct Blank {
    pub(super) name: &'static str,
    pub(super) file: Arc<dyn LogFile>,
}

/// When commits are of this size on average, the next segment is not filled with zeros: that would
/// write every byte twice, and what it saves, a flush of metadata with each commit, is small beside
/// such a commit. Measured: even at 256 KiB, below it zeros are faster by half and more.
const BULK_FRAME_BYTES: usize = 512 << 10;
/// The average is over about so many commits.
const FRAMES_AVERAGED: usize = 16;

/// A file to be made ahead of need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The segment after the active one.
    Next(Fill),
    /// What existing chats continue in when the disk is full.
    Reserve,
}

impl Wanted {
    pub(super) fn make(self, storage: &dyn LogStorage, options: &LogOptions) -> io::Result<Blank> {
        match self {
            Wanted::Next(fill) => {
                let file = storage.create(NEXT_FILE, options.segment_bytes, fill)?;
                Ok(Blank { name: NEXT_FILE, file })
            }
            Wanted::Reserve => {
                let bytes = options.reserve_bytes;
                let file = storage.create(RESERVE_UNFINISHED_FILE, bytes, Fill::Allocated)?;
                storage.rename(RESERVE_UNFINISHED_FILE, RESERVE_FILE)?;
                storage.sync_folder()?;
                Ok(Blank { name: RESERVE_FILE, file })
            }
        }
    }
}

/// Who may append at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    ForAll,
    /// The disk is full: only what existing chats append is taken.
    ForExistingChats,
}

impl Room {
    pub(super) fn admits(self, class: AppendClass) -> bool {
        match (self, class) {
            (Room::ForAll, AppendClass::Normal | AppendClass::ExistingChat)
            | (Room::ForExistingChats, AppendClass::ExistingChat) => true,
            (Room::ForExistingChats, AppendClass::Normal) => false,
        }
    }
}

/// The segment that takes frames.
#[derive(Debug)]
pub(super) struct Active {
    pub(super) file: Arc<dyn LogFile>,
    pub(super) salt: u64,
    /// Where the next frame goes.
    pub(super) position: u64,
    pub(super) bytes: u64,
}

impl Active {
    /// Turns a blank file into the segment that starts at `base`. Its header is durable; its name
    /// is once the caller has flushed the folder, and only then may frames follow.
    pub(super) fn start(
        storage: &dyn LogStorage,
        blank: &Blank,
        base: Offset,
    ) -> io::Result<Active> {
        let salt = getrandom::u64().map_err(|error| {
            error.raw_os_error().map_or(io::ErrorKind::Other.into(), io::Error::from_raw_os_error)
        })?;
        let file = Arc::clone(&blank.file);
        let bytes = file.len_bytes()?;
        file.write_at(0, &SegmentHeader { salt, base, segment_bytes: bytes }.encode())?;
        file.sync()?;
        storage.rename(blank.name, &segment::file_name(base))?;
        Ok(Active { file, salt, position: SEGMENT_HEADER_BYTES as u64, bytes })
    }

    pub(super) fn readable(&self, base: Offset, marks: Marks) -> Readable {
        let index = Index { salt: self.salt, marks, end_position: self.position };
        Readable::active(base, Arc::clone(&self.file), index)
    }

    fn fits(&self, frame_bytes: usize) -> bool {
        self.position + frame_bytes as u64 <= self.bytes
    }
}

pub(super) struct Writer {
    pub(super) storage: Arc<dyn LogStorage>,
    pub(super) reader: Arc<Reader>,
    /// Dropped with the writer, which tells readers that nothing more will come.
    pub(super) committed: watch::Sender<Offset>,
    pub(super) segment_bytes: u64,
    pub(super) active: Active,
    pub(super) next: Option<Blank>,
    pub(super) reserve: Option<Blank>,
    pub(super) room: Room,
    /// The offset of the next record.
    pub(super) end: Offset,
    pub(super) last_at_ms: u64,
    /// Of the last commits, the latest counting most; 0 before the first.
    pub(super) frame_bytes_mean: usize,
    pub(super) poisoned: bool,
    /// The active segment takes nothing more, so that it can be trimmed.
    pub(super) sealing: Arc<AtomicBool>,
}

impl Writer {
    pub(super) fn wanted(&self) -> Option<Wanted> {
        let half_full = self.active.position >= self.active.bytes / 2;
        let short = self.room == Room::ForExistingChats;
        if self.poisoned {
            None
        } else if self.next.is_none() && (half_full || short) {
            Some(Wanted::Next(self.next_fill()))
        } else if self.reserve.is_none() && !short {
            Some(Wanted::Reserve)
        } else {
            None
        }
    }

    fn next_fill(&self) -> Fill {
        if self.frame_bytes_mean < BULK_FRAME_BYTES { Fill::Zeroed } else { Fill::Allocated }
    }

    pub(super) fn supply(&mut self, wanted: Wanted, blank: Blank) {
        match wanted {
            Wanted::Next(_) => self.next = Some(blank),
            Wanted::Reserve => self.reserve = Some(blank),
        }
    }

    /// The wanted file could not be made. A disk without room for the reserve is full: what is
    /// left of the active segment takes the reserve's place.
    pub(super) fn lacks(&mut self, wanted: Wanted) {
        match wanted {
            Wanted::Next(_) => {}
            Wanted::Reserve => self.room = Room::ForExistingChats,
        }
    }

    /// Makes room for a frame of at most this size, and says for whom.
    pub(super) fn make_room(&mut self, frame_bytes: usize) -> Result<Room, AppendError> {
        if self.poisoned {
            return Err(AppendError::Poisoned);
        }
        let space_is_back = self.room == Room::ForExistingChats && self.next.is_some();
        let holds_some = self.active.position > SEGMENT_HEADER_BYTES as u64;
        let sealed =
            self.sealing.swap(false, Ordering::Relaxed) && holds_some && self.room == Room::ForAll;
        if sealed || space_is_back || !self.active.fits(frame_bytes) {
            let blank = self.take_blank()?;
            self.roll(&blank)?;
        }
        if self.active.fits(frame_bytes) { Ok(self.room) } else { Err(AppendError::NoSpace) }
    }

    fn take_blank(&mut self) -> Result<Blank, AppendError> {
        if let Some(next) = self.next.take() {
            self.room = Room::ForAll;
            return Ok(next);
        }
        if self.room == Room::ForAll {
            match self.storage.create(ROLL_FILE, self.segment_bytes, Fill::Allocated) {
                Ok(file) => return Ok(Blank { name: ROLL_FILE, file }),
                Err(error) => {
                    tracing::error!(%error, "no new segment for the log, existing chats only");
                    self.room = Room::ForExistingChats;
                }
            }
        }
        self.reserve.take().ok_or(AppendError::NoSpace)
    }

    fn roll(&mut self, blank: &Blank) -> Result<(), AppendError> {
        match Active::start(&*self.storage, blank, self.end) {
            Ok(active) => self.active = active,
            Err(error) if is_full(&error) => return Err(AppendError::NoSpace),
            Err(error) => return Err(self.poison(&error)),
        }
        // Full or not: the new name may be there, and the old segment must not grow beside it.
        self.storage.sync_folder().map_err(|error| self.poison(&error))?;
        self.reader.roll(self.active.readable(self.end, Marks::default()));
        Ok(())
    }

    /// Writes the frame where `make_room` made room, flushes it and shows it to readers. Returns
    /// the offset of its first record.
    pub(super) fn commit(
        &mut self,
        frame: FrameBuilder,
        now_ms: u64,
    ) -> Result<Offset, AppendError> {
        assert!(self.active.fits(frame.sealed_bytes()), "room is made before the commit");
        assert!(!self.poisoned, "a poisoned log makes no room");
        let Active { salt, position, .. } = self.active;
        let base = self.end;
        let end = Offset(base.0 + u64::from(frame.records_count()));
        // The clock may be set back; commit times in the log never go back.
        let at_ms = now_ms.max(self.last_at_ms);
        let frame_bytes = frame.sealed_bytes();
        let frame = frame.seal(position, salt, base, at_ms);
        let pieces: Vec<_> = frame.slices().collect();
        if let Err(error) = self.active.file.write_pieces_at(position, &pieces) {
            let full = is_full(&error);
            return Err(if full {
                self.retract(position, frame_bytes)
            } else {
                self.poison(&error)
            });
        }
        if let Err(error) = self.active.file.sync() {
            // Full or not: the kernel may have dropped the pages, so nobody knows what is there.
            return Err(self.poison(&error));
        }
        self.active.position += frame_bytes as u64;
        self.end = end;
        self.last_at_ms = at_ms;
        let others_bytes = self.frame_bytes_mean * (FRAMES_AVERAGED - 1);
        self.frame_bytes_mean = (others_bytes + frame_bytes) / FRAMES_AVERAGED;
        self.reader.publish(position, frame);
        self.committed.send_replace(end);
        Ok(base)
    }

    /// Takes back what a refused write left behind: short of trailing zeros only, it would be a
    /// sound frame after the next start.
    fn retract(&mut self, position: u64, frame_bytes: usize) -> AppendError {
        let Active { file, .. } = &self.active;
        let cleared = file.write_at(position, &vec![0; frame_bytes]).and_then(|()| file.sync());
        cleared.map_or_else(|error| self.poison(&error), |()| AppendError::NoSpace)
    }

    fn poison(&mut self, error: &io::Error) -> AppendError {
        tracing::error!(%error, "a write to the log failed, nothing more is acknowledged");
        self.poisoned = true;
        AppendError::Poisoned
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
