//! Committed records: the newest from memory, older ones from their segments. The writer
//! publishes here after the flush; nothing that is not on disk can be seen from here.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, OnceLock, RwLock};

use tokio::sync::watch;

use super::error::ReadError;
use super::frame::{FRAME_BYTES_MAX, Frame, FrameHeader};
use super::log::{Entry, Offset};
use super::segment::{self, MARK_SPACING_BYTES, Mark, Marks};
use super::storage::{LogFile, LogStorage, View};

/// Frames kept in memory, so that consumers which keep up never touch the disk.
const TAIL_BYTES_MAX: usize = 4 << 20;
/// One read stops after this much payload, so that its answer is bounded whatever was asked.
pub(super) const READ_BYTES_MAX: usize = 4 << 20;
/// From the mark before a record on, this much holds that record's whole frame.
const WINDOW_BYTES: u64 = MARK_SPACING_BYTES + FRAME_BYTES_MAX as u64;

const NO_PANIC: &str = "nothing panics while it holds the lock";

/// A segment as readers see it.
pub(super) struct Readable {
    base: Offset,
    salt: u64,
    marks: Marks,
    /// The position after the last committed frame.
    end_position: u64,
    source: Source,
}

#[derive(Clone)]
enum Source {
    /// The writer still appends to it.
    Active(Arc<dyn LogFile>),
    /// Mapped at the first read.
    Sealed(Arc<OnceLock<View>>),
}

impl Readable {
    pub(super) fn active(
        base: Offset,
        salt: u64,
        marks: Marks,
        end_position: u64,
        file: Arc<dyn LogFile>,
    ) -> Readable {
        Readable { base, salt, marks, end_position, source: Source::Active(file) }
    }

    pub(super) fn sealed(base: Offset, salt: u64, marks: Marks, end_position: u64) -> Readable {
        Readable { base, salt, marks, end_position, source: Source::Sealed(Arc::default()) }
    }
}

/// A committed frame, as it lies on disk.
struct TailFrame {
    base: Offset,
    position: u64,
    salt: u64,
    bytes: Vec<u8>,
}

#[derive(Default)]
struct Tail {
    frames: VecDeque<Arc<TailFrame>>,
    bytes: usize,
}

/// Where to look for a record on disk.
struct Place {
    segment_base: Offset,
    salt: u64,
    mark: Mark,
    end_position: u64,
    source: Source,
}

pub(super) struct Reader {
    storage: Arc<dyn LogStorage>,
    segments: RwLock<Vec<Readable>>,
    tail: RwLock<Tail>,
    committed: watch::Receiver<Offset>,
}

impl Reader {
    /// Segments in order; all but the last are sealed.
    pub(super) fn new(
        storage: Arc<dyn LogStorage>,
        segments: Vec<Readable>,
        committed: watch::Receiver<Offset>,
    ) -> Reader {
        Reader { storage, segments: RwLock::new(segments), tail: RwLock::default(), committed }
    }

    pub(super) fn committed(&self) -> watch::Receiver<Offset> {
        self.committed.clone()
    }

    pub(super) fn end(&self) -> Offset {
        *self.committed.borrow()
    }

    /// Makes a new segment the active one. It hides one with the same base, which had no record.
    pub(super) fn roll(&self, active: Readable) {
        let mut segments = self.segments.write().expect(NO_PANIC);
        if let Some(last) = segments.last_mut() {
            last.source = Source::Sealed(Arc::default());
        }
        segments.push(active);
    }

    /// Takes a frame that was flushed; its records are visible once `committed` says so.
    pub(super) fn publish(&self, base: Offset, position: u64, bytes: Vec<u8>) {
        let mut segments = self.segments.write().expect(NO_PANIC);
        let active = segments.last_mut().expect("a log has an active segment");
        active.marks.note(Mark { base, position });
        active.end_position = position + bytes.len() as u64;
        let salt = active.salt;
        drop(segments);

        let mut tail = self.tail.write().expect(NO_PANIC);
        tail.bytes += bytes.len();
        tail.frames.push_back(Arc::new(TailFrame { base, position, salt, bytes }));
        while tail.bytes > TAIL_BYTES_MAX {
            let Some(oldest) = tail.frames.pop_front() else { break };
            tail.bytes -= oldest.bytes.len();
        }
    }

    /// Reads from `from` on, at least one record if there is one.
    pub(super) fn read(&self, from: Offset, records_max: usize) -> Result<Vec<Entry>, ReadError> {
        let mut batch = Batch { next: from, end: self.end(), records_max, ..Batch::default() };
        while batch.wants_more() {
            let before = batch.next;
            match self.tail_frame(batch.next) {
                Some(frame) => {
                    let decoded = Frame::decode(&frame.bytes, frame.position, frame.salt)
                        .expect("frames in memory are as the writer made them");
                    batch.take(&decoded);
                }
                None => self.read_segment(&mut batch)?,
            }
            assert!(batch.next > before, "a committed record is in memory or in a segment");
        }
        Ok(batch.entries)
    }

    fn tail_frame(&self, offset: Offset) -> Option<Arc<TailFrame>> {
        let tail = self.tail.read().expect(NO_PANIC);
        let after_idx = tail.frames.partition_point(|frame| frame.base <= offset);
        after_idx.checked_sub(1).map(|idx| Arc::clone(&tail.frames[idx]))
    }

    fn read_segment(&self, batch: &mut Batch) -> Result<(), ReadError> {
        let place = self.place(batch.next);
        match &place.source {
            Source::Sealed(view) => {
                let bytes = self.sealed_bytes(&place, view)?;
                let from = place.mark.position as usize;
                walk(&place, bytes.get(from..place.end_position as usize), batch)
            }
            Source::Active(file) => {
                let window_bytes = (place.end_position - place.mark.position).min(WINDOW_BYTES);
                let mut window = vec![0; window_bytes as usize];
                file.read_at(place.mark.position, &mut window)?;
                walk(&place, Some(&window), batch)
            }
        }
    }

    fn sealed_bytes<'v>(
        &self,
        place: &Place,
        view: &'v OnceLock<View>,
    ) -> Result<&'v [u8], io::Error> {
        if let Some(view) = view.get() {
            return Ok((**view).as_ref());
        }
        let fresh = self.storage.open(&segment::file_name(place.segment_base))?.view()?;
        Ok((**view.get_or_init(|| fresh)).as_ref())
    }

    fn place(&self, offset: Offset) -> Place {
        let segments = self.segments.read().expect(NO_PANIC);
        let after_idx = segments.partition_point(|segment| segment.base <= offset);
        let found = &segments[after_idx.checked_sub(1).expect("a log starts at offset 0")];
        Place {
            segment_base: found.base,
            salt: found.salt,
            mark: found.marks.before(offset).expect("a segment's first frame is marked"),
            end_position: found.end_position,
            source: found.source.clone(),
        }
    }
}

/// The answer of one read in the making.
#[derive(Default)]
struct Batch {
    entries: Vec<Entry>,
    bytes: usize,
    next: Offset,
    end: Offset,
    records_max: usize,
}

impl Batch {
    fn wants_more(&self) -> bool {
        self.next < self.end && self.entries.len() < self.records_max && self.bytes < READ_BYTES_MAX
    }

    fn take(&mut self, frame: &Frame<'_>) {
        for entry in frame.entries(self.next) {
            if !self.wants_more() {
                break;
            }
            self.bytes += entry.payload.len();
            self.next = Offset(entry.offset.0 + 1);
            self.entries.push(entry);
        }
    }
}

/// Walks the frames from the place's mark on and takes those that the batch wants. A frame that
/// the bytes hold only in part ends the walk, unless nothing was taken yet.
fn walk(place: &Place, bytes: Option<&[u8]>, batch: &mut Batch) -> Result<(), ReadError> {
    let corrupt = |position: u64| ReadError::Corrupt {
        segment: segment::file_name(place.segment_base),
        offset_bytes: position,
    };
    let bytes = bytes.ok_or(corrupt(place.mark.position))?;
    let started_at = batch.next;
    let mut at = 0;
    while batch.wants_more() && at < bytes.len() {
        let position = place.mark.position + at as u64;
        let rest = &bytes[at..];
        let header = FrameHeader::decode(rest, place.salt)
            .ok()
            .filter(|header| header.frame_bytes() <= rest.len());
        let Some(header) = header else {
            return if batch.next > started_at { Ok(()) } else { Err(corrupt(position)) };
        };
        if header.end() > batch.next {
            let frame = Frame::decode(rest, position, place.salt).map_err(|_| corrupt(position))?;
            if frame.header.base > batch.next {
                return Err(corrupt(position));
            }
            batch.take(&frame);
        }
        at += header.frame_bytes();
    }
    if batch.next > started_at { Ok(()) } else { Err(corrupt(place.end_position)) }
}
