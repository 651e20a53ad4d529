//! Looks at the files of a stopped log without changing them.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use super::consumer::stored_position;
use super::error::OpenError;
use super::frame::{FORMAT_VERSION, FRAME_ALIGN_BYTES, Frame, HeaderError, SEGMENT_HEADER_BYTES};
use super::log::Offset;
use super::position;
use super::record::Record;
use super::recover::{check_start, flaw, scan_one, segment_names, split_at, start};
use super::segment::{self, Scan, Tail};
use super::storage::{FileStorage, LogFile, LogStorage};

/// Why a segment could not be shown.
#[derive(Debug, thiserror::Error)]
pub enum InspectError {
    #[error("the file {0}")]
    Header(#[from] HeaderError),
    #[error("cannot read the segment or write what it holds")]
    Io(#[from] io::Error),
}

/// Prints a segment: its header, each frame with its records, and what is damaged.
///
/// # Errors
/// The file is no segment or cannot be read, or `out` cannot be written.
pub fn inspect(segment: &Path, out: &mut dyn Write) -> Result<(), InspectError> {
    inspect_bytes(&LogFile::contents(&File::open(segment)?)?, out)
}

/// As `inspect`, for a segment's bytes wherever they come from.
///
/// # Errors
/// The bytes are no segment, or `out` cannot be written.
pub fn inspect_bytes(bytes: &[u8], out: &mut dyn Write) -> Result<(), InspectError> {
    let scan = segment::scan(bytes)?;
    let header = scan.header;
    writeln!(
        out,
        "segment of format {FORMAT_VERSION}: base {}, salt {:016x}, {} bytes",
        header.base, header.salt, header.segment_bytes
    )?;
    let mut at = SEGMENT_HEADER_BYTES;
    while at < scan.end_position as usize {
        at = print_frame(bytes, at, header.salt, out)?;
    }
    print_tail(bytes, &scan, out)?;
    Ok(())
}

/// Prints the frame at this position and returns the position after it. Where there is none, goes
/// on to the next place where one may start.
fn print_frame(bytes: &[u8], at: usize, salt: u64, out: &mut dyn Write) -> io::Result<usize> {
    let Ok(frame) = Frame::decode(&bytes[at..], at as u64, salt) else {
        return Ok(at + FRAME_ALIGN_BYTES);
    };
    let header = frame.header;
    write!(
        out,
        "{at:>10}  offsets {}..{}  at {} ms  {} bytes  record sizes",
        header.base,
        header.end(),
        header.at_ms,
        header.frame_bytes()
    )?;
    for payload in frame.payloads() {
        write!(out, " {}", payload.len())?;
    }
    writeln!(out)?;
    for (payload, offset) in frame.payloads().zip(header.base.0..) {
        match Record::decode(payload) {
            Ok(record) => writeln!(out, "{offset:>20}  {record:?}")?,
            Err(error) => {
                writeln!(out, "{offset:>20}  UNREADABLE, {} bytes: {error}", payload.len())?;
            }
        }
    }
    Ok(at + header.frame_bytes())
}

fn print_tail(bytes: &[u8], scan: &Scan, out: &mut dyn Write) -> io::Result<()> {
    let mut at = scan.end_position as usize;
    match scan.tail {
        Tail::Clean => writeln!(out, "{at:>10}  end, offset {}", scan.end),
        Tail::Torn { bytes } => {
            writeln!(out, "{at:>10}  torn tail of {bytes} bytes, offset {}", scan.end)
        }
        Tail::Damaged => {
            match Frame::decode(&bytes[at..], at as u64, scan.header.salt) {
                Ok(_) => writeln!(out, "{at:>10}  DAMAGED: offset {} is missing", scan.end)?,
                Err(error) => writeln!(out, "{at:>10}  DAMAGED: {error}; behind it:")?,
            }
            while at < bytes.len() {
                at = print_frame(bytes, at, scan.header.salt, out)?;
            }
            Ok(())
        }
    }
}

/// What a whole folder holds.
#[derive(Debug)]
pub struct Verification {
    pub segments_count: usize,
    /// The offset of the first record that was not trimmed.
    pub start: Offset,
    /// The offset after the last sound record of the last sound segment.
    pub end: Offset,
    /// Bytes of an unacknowledged batch, which the next start cuts off.
    pub torn_bytes: u64,
    /// Everything for which opening would be refused. Empty means sound.
    pub findings: Vec<OpenError>,
}

/// Checks every frame of every segment and every consumer's position.
///
/// # Errors
/// Only when the folder cannot be looked at: it is in use, missing or unreadable.
pub fn verify(dir: &Path) -> Result<Verification, OpenError> {
    // Looking must not make a folder.
    fs::metadata(dir)?;
    let storage = FileStorage::open(dir)?;
    let names = storage.names()?;
    let start = start(&storage)?;
    let (_, segments) = split_at(segment_names(&names), start);
    let mut found = Verification {
        segments_count: segments.len(),
        start,
        end: start,
        torn_bytes: 0,
        findings: Vec::new(),
    };
    found.findings.extend(check_start(start, segments.first()).err());
    let mut before = None;
    for (base, name) in segments {
        match scan_one(&storage, base, name) {
            Ok(scanned) => {
                // Where the first one must begin has been said above.
                found.findings.extend(flaw(base, before.as_ref(), &scanned));
                found.end = scanned.scan.end;
                found.torn_bytes = match scanned.scan.tail {
                    Tail::Torn { bytes } => bytes,
                    Tail::Clean | Tail::Damaged => 0,
                };
                before = Some(scanned);
            }
            Err(OpenError::Io(error)) => return Err(OpenError::Io(error)),
            Err(finding) => found.findings.push(finding),
        }
    }
    for name in &names {
        if let Some(consumer) = position::consumer_of(name) {
            found.findings.extend(consumer_flaw(&storage, consumer, found.end)?);
        }
    }
    Ok(found)
}

fn consumer_flaw(
    storage: &dyn LogStorage,
    consumer: &str,
    end: Offset,
) -> Result<Option<OpenError>, OpenError> {
    match stored_position(storage, consumer) {
        Ok(Some(position)) if position > end => {
            Ok(Some(OpenError::ConsumerAhead { consumer: consumer.to_owned(), position, end }))
        }
        Ok(_) => Ok(None),
        Err(OpenError::Io(error)) => Err(OpenError::Io(error)),
        Err(finding) => Ok(Some(finding)),
    }
}
