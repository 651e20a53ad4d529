//! Committed records: the newest from memory, older ones from their segments. The writer
//! publishes here after the flush; nothing that is not on disk can be seen from here.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock, RwLock};

use tokio::sync::watch;

use super::error::ReadError;
use super::frame::{FRAME_BYTES_MAX, Frame, FrameHeader, SealedFrame};
use super::log::{Entry, Offset};
use super::segment::{self, MARK_SPACING_BYTES, Mark, Marks, Scan};
use super::storage::{LogFile, LogStorage};

/// Frames kept in memory, so that consumers which keep up never touch the disk. Laid together from
/// many small appends, a frame may take twice its bytes.
const TAIL_BYTES_MAX: usize = 4 << 20;
/// One read stops after this much payload, so that its answer is bounded whatever was asked.
pub(super) const READ_BYTES_MAX: usize = 4 << 20;
/// From the mark before a record on, this much holds that record's whole frame.
const WINDOW_BYTES: u64 = MARK_SPACING_BYTES + FRAME_BYTES_MAX as u64;

const NO_PANIC: &str = "nothing panics while it holds the lock";
const NEVER_EMPTY: &str = "a log has an active segment";

/// A segment as readers see it.
pub(super) struct Readable {
    base: Offset,
    source: Source,
}

enum Source {
    /// The writer still appends to it.
    Active { file: Arc<dyn LogFile>, index: Index },
    /// Indexed at the first read, unless that was done before.
    Sealed(Arc<OnceLock<Index>>),
}

/// Where a segment's frames lie.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) salt: u64,
    pub(super) marks: Marks,
    /// The position after the last committed frame.
    pub(super) end_position: u64,
}

impl Readable {
    pub(super) fn active(base: Offset, file: Arc<dyn LogFile>, index: Index) -> Readable {
        Readable { base, source: Source::Active { file, index } }
    }

    /// `None`: nobody has looked into it since the program started.
    pub(super) fn sealed(base: Offset, index: Option<Index>) -> Readable {
        let index = index.map_or_else(OnceLock::new, OnceLock::from);
        Readable { base, source: Source::Sealed(Arc::new(index)) }
    }

    fn seal(&mut self) {
        let active = std::mem::replace(&mut self.source, Source::Sealed(Arc::default()));
        if let (Source::Active { index, .. }, Source::Sealed(sealed)) = (active, &self.source) {
            sealed.get_or_init(|| index);
        }
    }
}

/// The newest committed frames.
#[derive(Default)]
struct Tail {
    frames: VecDeque<Arc<SealedFrame>>,
    bytes: usize,
}

/// Where to look for a record on disk.
enum Place {
    Active {
        stretch: Stretch,
        file: Arc<dyn LogFile>,
    },
    /// `end` is where the next segment begins.
    Sealed {
        base: Offset,
        index: Arc<OnceLock<Index>>,
        end: Offset,
    },
}

/// Frames of one segment, from a mark to the segment's end.
struct Stretch {
    segment_base: Offset,
    salt: u64,
    position: u64,
    end_position: u64,
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
            last.seal();
        }
        segments.push(active);
    }

    /// The offset of the first record that is still there.
    pub(super) fn start(&self) -> Offset {
        self.segments.read().expect(NO_PANIC).first().expect(NEVER_EMPTY).base
    }

    pub(super) fn segments_count(&self) -> usize {
        self.segments.read().expect(NO_PANIC).len()
    }

    /// Bases of the segments that hold nothing from `before` on, but for the `keep_count` newest
    /// sealed ones; and where the log starts without them.
    pub(super) fn trimmable(&self, before: Offset, keep_count: usize) -> (Vec<Offset>, Offset) {
        let segments = self.segments.read().expect(NO_PANIC);
        let done_count = segments.iter().skip(1).take_while(|next| next.base <= before).count();
        let count = done_count.min(segments.len().saturating_sub(1 + keep_count));
        let start = segments[count].base;
        // A segment without records shares its base, and its file's name, with the next one.
        let bases = segments[..count].iter().map(|segment| segment.base);
        (bases.filter(|base| *base < start).collect(), start)
    }

    /// Forgets the segments in front of `start`.
    pub(super) fn trim(&self, start: Offset) {
        self.segments.write().expect(NO_PANIC).retain(|segment| segment.base >= start);
    }

    /// Takes a frame that was flushed; its records are visible once `committed` says so.
    pub(super) fn publish(&self, position: u64, frame: SealedFrame) {
        let frame_bytes = frame.header.frame_bytes();
        let mut segments = self.segments.write().expect(NO_PANIC);
        let Source::Active { index, .. } = &mut segments.last_mut().expect(NEVER_EMPTY).source
        else {
            unreachable!("the last segment is the one that takes frames")
        };
        index.marks.note(Mark { base: frame.header.base, position });
        index.end_position = position + frame_bytes as u64;
        drop(segments);

        let mut tail = self.tail.write().expect(NO_PANIC);
        tail.bytes += frame_bytes;
        tail.frames.push_back(Arc::new(frame));
        while tail.bytes > TAIL_BYTES_MAX {
            let Some(oldest) = tail.frames.pop_front() else { break };
            tail.bytes -= oldest.header.frame_bytes();
        }
    }

    /// Reads from `from` on, at least one record if there is one.
    pub(super) fn read(&self, from: Offset, records_max: usize) -> Result<Vec<Entry>, ReadError> {
        let start = self.start();
        if from < start {
            return Err(ReadError::Trimmed { start });
        }
        let mut batch = Batch { next: from, end: self.end(), records_max, ..Batch::default() };
        while batch.wants_more() {
            let before = batch.next;
            match self.tail_frame(batch.next) {
                Some(frame) => batch.take(frame.entries(batch.next)),
                None => self.read_segment(&mut batch)?,
            }
            assert!(batch.next > before, "a committed record is in memory or in a segment");
        }
        Ok(batch.entries)
    }

    fn tail_frame(&self, offset: Offset) -> Option<Arc<SealedFrame>> {
        let tail = self.tail.read().expect(NO_PANIC);
        let after_idx = tail.frames.partition_point(|frame| frame.header.base <= offset);
        after_idx.checked_sub(1).map(|idx| Arc::clone(&tail.frames[idx]))
    }

    fn read_segment(&self, batch: &mut Batch) -> Result<(), ReadError> {
        let (stretch, file) = match self.place(batch.next)? {
            Place::Active { stretch, file } => (stretch, file),
            Place::Sealed { base, index, end } => {
                let file = self.sealed_file(base)?;
                let index = indexed(&index, &*file, base, end)?;
                (index.stretch(base, batch.next), file)
            }
        };
        let window_bytes = (stretch.end_position - stretch.position).min(WINDOW_BYTES);
        let mut window = vec![0; window_bytes as usize];
        file.read_at(stretch.position, &mut window)?;
        walk(&stretch, &window, batch)
    }

    fn sealed_file(&self, base: Offset) -> Result<Arc<dyn LogFile>, ReadError> {
        match self.storage.open(&segment::file_name(base)) {
            Ok(file) => Ok(file),
            // Trimmed since its place was looked up.
            Err(_) if self.start() > base => Err(ReadError::Trimmed { start: self.start() }),
            Err(error) => Err(error.into()),
        }
    }

    fn place(&self, offset: Offset) -> Result<Place, ReadError> {
        let segments = self.segments.read().expect(NO_PANIC);
        let after_idx = segments.partition_point(|segment| segment.base <= offset);
        let Some(idx) = after_idx.checked_sub(1) else {
            return Err(ReadError::Trimmed { start: segments.first().expect(NEVER_EMPTY).base });
        };
        let Readable { base, source } = &segments[idx];
        Ok(match source {
            Source::Active { file, index } => {
                Place::Active { stretch: index.stretch(*base, offset), file: Arc::clone(file) }
            }
            Source::Sealed(index) => {
                Place::Sealed { base: *base, index: Arc::clone(index), end: segments[idx + 1].base }
            }
        })
    }
}

impl Index {
    fn stretch(&self, segment_base: Offset, from: Offset) -> Stretch {
        let mark = self.marks.before(from).expect("a segment's first frame is marked");
        let Index { salt, end_position, .. } = *self;
        Stretch { segment_base, salt, position: mark.position, end_position }
    }
}

impl From<Scan> for Index {
    fn from(scan: Scan) -> Index {
        Index { salt: scan.header.salt, marks: scan.marks, end_position: scan.end_position }
    }
}

/// Opening does not look into segments that a checkpoint covers: they are checked here, when one
/// of their records is wanted.
fn indexed<'s>(
    index: &'s OnceLock<Index>,
    file: &dyn LogFile,
    base: Offset,
    end: Offset,
) -> Result<&'s Index, ReadError> {
    if let Some(index) = index.get() {
        return Ok(index);
    }
    let corrupt =
        |offset_bytes: u64| ReadError::Corrupt { segment: segment::file_name(base), offset_bytes };
    let scan = segment::scan(&file.contents()?).map_err(|_| corrupt(0))?;
    if scan.header.base == base && scan.end == end {
        Ok(index.get_or_init(|| scan.into()))
    } else {
        Err(corrupt(scan.end_position))
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

    /// Takes what it wants of these records, the first of which is the next one.
    fn take(&mut self, entries: impl Iterator<Item = Entry>) {
        for entry in entries {
            if !self.wants_more() {
                break;
            }
            self.bytes += entry.payload.len();
            self.next = Offset(entry.offset.0 + 1);
            self.entries.push(entry);
        }
    }
}

/// Walks the frames of the stretch and takes those that the batch wants. A frame that
/// the bytes hold only in part ends the walk, unless nothing was taken yet.
fn walk(stretch: &Stretch, bytes: &[u8], batch: &mut Batch) -> Result<(), ReadError> {
    let corrupt = |position: u64| ReadError::Corrupt {
        segment: segment::file_name(stretch.segment_base),
        offset_bytes: position,
    };
    let started_at = batch.next;
    let mut at = 0;
    while batch.wants_more() && at < bytes.len() {
        let position = stretch.position + at as u64;
        let rest = &bytes[at..];
        let header = FrameHeader::decode(rest, stretch.salt)
            .ok()
            .filter(|header| header.frame_bytes() <= rest.len());
        let Some(header) = header else {
            return if batch.next > started_at { Ok(()) } else { Err(corrupt(position)) };
        };
        if header.end() > batch.next {
            let frame =
                Frame::decode(rest, position, stretch.salt).map_err(|_| corrupt(position))?;
            if frame.header.base > batch.next {
                return Err(corrupt(position));
            }
            batch.take(frame.entries(batch.next));
        }
        at += header.frame_bytes();
    }
    if batch.next > started_at { Ok(()) } else { Err(corrupt(stretch.end_position)) }
}
