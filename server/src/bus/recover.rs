//! From a folder, whatever happened to it, to a log that can be appended to; or a refusal that
//! changes nothing. Knows no threads.

use std::sync::Arc;

use tokio::sync::watch;

use super::error::OpenError;
use super::frame::{FORMAT_VERSION, HeaderError};
use super::log::{LogOptions, Offset, Recovery};
use super::position::{self, PositionError, START_FILE};
use super::reader::{Readable, Reader};
use super::segment::{self, Marks, Scan, Tail};
use super::storage::{Fill, LogFile, LogStorage};
use super::writer::{
    Active, Blank, RESERVE_FILE, ROLL_FILE, Room, UNFINISHED_SUFFIX, Wanted, Writer,
};

/// A segment file and what it holds.
pub(super) struct Scanned {
    name: String,
    file: Arc<dyn LogFile>,
    pub(super) scan: Scan,
}

/// Segments that hold nothing from `settled` on are taken as they are, see `LogOptions`.
pub(super) fn recover(
    storage: Arc<dyn LogStorage>,
    options: &LogOptions,
) -> Result<(Writer, Recovery), OpenError> {
    let names = storage.names()?;
    let start = start(&*storage)?;
    let (trimmed, present) = split_at(segment_names(&names), start);
    let first = present.first().cloned();
    let (settled, open) = split_at(present, options.settled);
    let mut scanned = scan_all(&*storage, &open)?;
    check_start(start, first.as_ref())?;
    check_chain(open.first().map_or(start, |(base, _)| *base), &scanned)?;
    // From here on the folder is sound and may be changed.
    for name in names.iter().filter(|name| name.ends_with(UNFINISHED_SUFFIX)) {
        storage.remove(name)?;
    }
    for (_, name) in &trimmed {
        storage.remove(name)?;
    }
    let last = scanned.pop();
    let mut segments: Vec<Readable> =
        settled.into_iter().map(|(base, _)| Readable::sealed(base, None)).collect();
    segments.extend(scanned.into_iter().map(sealed));
    let resumed = match last {
        Some(last) => resume(last, options)?,
        None => begin(&*storage, options)?,
    };
    let Resumed { active, readable, end, last_at_ms, torn_bytes } = resumed;
    segments.push(readable);
    let segments_count = segments.len();
    // The name of the last segment may not have been flushed, now or by whoever made it.
    storage.sync_folder()?;
    let (reserve, room) = reserve(&*storage, &names, options)?;
    let (committed, committed_seen) = watch::channel(end);
    let writer = Writer {
        reader: Arc::new(Reader::new(Arc::clone(&storage), segments, committed_seen)),
        committed,
        segment_bytes: options.segment_bytes,
        active,
        next: None,
        reserve,
        room,
        end,
        last_at_ms,
        frame_bytes_mean: 0,
        poisoned: false,
        sealing: Arc::default(),
        storage,
    };
    Ok((writer, Recovery { segments_count, end, torn_bytes }))
}

/// Names of the segment files in order of their offsets.
pub(super) fn segment_names(names: &[String]) -> Vec<(Offset, String)> {
    let mut found: Vec<_> = names
        .iter()
        .filter_map(|name| segment::base_of(name).map(|base| (base, name.clone())))
        .collect();
    found.sort();
    found
}

/// The offset of the first record that was not trimmed.
pub(super) fn start(storage: &dyn LogStorage) -> Result<Offset, OpenError> {
    match position::load(storage, START_FILE) {
        Ok(start) => Ok(start.unwrap_or_default()),
        Err(PositionError::Damaged) => Err(OpenError::Start),
        Err(PositionError::Io(error)) => Err(OpenError::Io(error)),
    }
}

type Named = Vec<(Offset, String)>;

/// Parts the segments into those that hold nothing from `offset` on and the others. The last one
/// always belongs to the others.
pub(super) fn split_at(mut names: Named, offset: Offset) -> (Named, Named) {
    let before_count = names.iter().skip(1).take_while(|(base, _)| *base <= offset).count();
    let others = names.split_off(before_count);
    (names, others)
}

/// The log must go on where its trimmed part ends.
pub(super) fn check_start(
    start: Offset,
    first: Option<&(Offset, String)>,
) -> Result<(), OpenError> {
    match first {
        Some((base, _)) if *base == start => Ok(()),
        Some((base, name)) if *base > start => {
            Err(OpenError::Missing { segment: name.clone(), from: start, before: *base })
        }
        // The trimmed log's last segment was taken away.
        Some((_, name)) => Err(OpenError::Corrupt { segment: name.clone(), offset_bytes: 0 }),
        None if start == Offset(0) => Ok(()),
        None => {
            let segment = segment::file_name(start);
            Err(OpenError::Missing { segment, from: start, before: start })
        }
    }
}

fn scan_all(storage: &dyn LogStorage, named: &Named) -> Result<Vec<Scanned>, OpenError> {
    named.iter().map(|(base, name)| scan_one(storage, *base, name.clone())).collect()
}

pub(super) fn scan_one(
    storage: &dyn LogStorage,
    base: Offset,
    name: String,
) -> Result<Scanned, OpenError> {
    let file = storage.open(&name)?;
    let bytes = file.contents()?;
    let scan = segment::scan(&bytes).map_err(|error| refusal(&name, bytes.len(), error))?;
    if scan.header.base == base {
        Ok(Scanned { name, file, scan })
    } else {
        Err(OpenError::Corrupt { segment: name, offset_bytes: 0 })
    }
}

fn refusal(name: &str, file_bytes: usize, error: HeaderError) -> OpenError {
    let segment = name.to_owned();
    match error {
        HeaderError::NotASegment | HeaderError::Checksum => {
            OpenError::Corrupt { segment, offset_bytes: 0 }
        }
        HeaderError::Length => OpenError::Corrupt { segment, offset_bytes: file_bytes as u64 },
        HeaderError::Version(found) => OpenError::Version { segment, found, known: FORMAT_VERSION },
    }
}

fn check_chain(start: Offset, scanned: &[Scanned]) -> Result<(), OpenError> {
    let mut before = None;
    for segment in scanned {
        if let Some(flaw) = flaw(start, before, segment) {
            return Err(flaw);
        }
        before = Some(segment);
    }
    Ok(())
}

/// What is wrong with a segment, or between it and the one before; the first one must begin at
/// `start`. Every segment must end where the next one begins. Behind the last sound frame of a
/// sealed segment there may be the start of a write that was refused for lack of space.
pub(super) fn flaw(
    start: Offset,
    before: Option<&Scanned>,
    segment: &Scanned,
) -> Option<OpenError> {
    let expected = before.map_or(start, |before| before.scan.end);
    let base = segment.scan.header.base;
    if base == expected {
        return (segment.scan.tail == Tail::Damaged).then(|| corrupt(segment));
    }
    let torn_before = before.filter(|before| matches!(before.scan.tail, Tail::Torn { .. }));
    Some(match torn_before {
        Some(torn) => corrupt(torn),
        None if base < expected => corrupt(segment),
        None => OpenError::Missing { segment: segment.name.clone(), from: expected, before: base },
    })
}

fn corrupt(scanned: &Scanned) -> OpenError {
    OpenError::Corrupt { segment: scanned.name.clone(), offset_bytes: scanned.scan.end_position }
}

fn sealed(scanned: Scanned) -> Readable {
    let base = scanned.scan.header.base;
    Readable::sealed(base, Some(scanned.scan.into()))
}

/// The segment to go on with.
struct Resumed {
    active: Active,
    readable: Readable,
    end: Offset,
    last_at_ms: u64,
    torn_bytes: u64,
}

fn resume(last: Scanned, options: &LogOptions) -> Result<Resumed, OpenError> {
    let torn_bytes = settle_tail(&last)?;
    let Scan { header, marks, end, end_position, last_at_ms, .. } = last.scan;
    let active = Active {
        file: last.file,
        salt: header.salt,
        position: end_position,
        // One that is larger than wanted now is left when it holds as much as wanted.
        bytes: header.segment_bytes.min(options.segment_bytes),
    };
    let readable = active.readable(header.base, marks);
    Ok(Resumed { active, readable, end, last_at_ms, torn_bytes })
}

fn begin(storage: &dyn LogStorage, options: &LogOptions) -> Result<Resumed, OpenError> {
    let file = storage.create(ROLL_FILE, options.segment_bytes, Fill::Zeroed)?;
    let end = Offset(0);
    let active = Active::start(storage, &Blank { name: ROLL_FILE, file }, end)?;
    let readable = active.readable(end, Marks::default());
    Ok(Resumed { active, readable, end, last_at_ms: 0, torn_bytes: 0 })
}

/// Cuts a torn tail, and makes durable what recovery is about to show.
fn settle_tail(last: &Scanned) -> Result<u64, OpenError> {
    let Scan { end_position, last_frame_position, tail, .. } = last.scan;
    // The last frame may never have been flushed. When its flush failed, the kernel holds its
    // pages for clean, and a mere flush would not write them: they are written once more.
    if let Some(position) = last_frame_position {
        let mut frame = vec![0; (end_position - position) as usize];
        last.file.read_at(position, &mut frame)?;
        last.file.write_at(position, &frame)?;
    }
    let torn_bytes = match tail {
        Tail::Torn { bytes } => bytes,
        Tail::Clean | Tail::Damaged => 0,
    };
    if torn_bytes > 0 {
        last.file.write_at(end_position, &vec![0; torn_bytes as usize])?;
    }
    last.file.sync()?;
    Ok(torn_bytes)
}

/// Takes over the reserve or makes it. A disk without room for it is full already.
fn reserve(
    storage: &dyn LogStorage,
    names: &[String],
    options: &LogOptions,
) -> Result<(Option<Blank>, Room), OpenError> {
    if names.iter().any(|name| name == RESERVE_FILE) {
        let file = storage.open(RESERVE_FILE)?;
        if file.len_bytes()? == options.reserve_bytes {
            return Ok((Some(Blank { name: RESERVE_FILE, file }), Room::ForAll));
        }
        storage.remove(RESERVE_FILE)?;
    }
    match Wanted::Reserve.make(storage, options) {
        Ok(blank) => Ok((Some(blank), Room::ForAll)),
        Err(error) => {
            tracing::warn!(%error, "no space to reserve for the log, existing chats only");
            Ok((None, Room::ForExistingChats))
        }
    }
}
