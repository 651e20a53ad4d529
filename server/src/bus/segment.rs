//! What one segment's bytes hold, and how its file is called. Pure: bytes in, findings out.

use super::frame::{
    FRAME_ALIGN_BYTES, Frame, FrameHeader, HeaderError, SEGMENT_HEADER_BYTES, SegmentHeader,
};
use super::log::Offset;

/// An index mark is kept for about every so many bytes; a reader walks the frames in between.
pub(super) const MARK_SPACING_BYTES: u64 = 64 << 10;

const SUFFIX: &str = ".segment";

/// `00000000000000000000.segment`: the base in decimal, so that names sort by offset.
pub(super) fn file_name(base: Offset) -> String {
    format!("{:020}{SUFFIX}", base.0)
}

/// The base in a segment's file name, `None` for any other file.
pub(super) fn base_of(file_name: &str) -> Option<Offset> {
    let digits = file_name.strip_suffix(SUFFIX)?;
    (digits.len() == 20).then(|| digits.parse().ok().map(Offset))?
}

/// Where the frame with this base starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) base: Offset,
    pub(super) position: u64,
}

/// Sparse index of a segment: offset to position.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Marks(Vec<Mark>);

impl Marks {
    /// Takes note of a frame; frames come in order.
    pub(super) fn note(&mut self, mark: Mark) {
        let far = self.0.last().is_none_or(|l| mark.position - l.position >= MARK_SPACING_BYTES);
        if far {
            self.0.push(mark);
        }
    }

    /// The last mark at or before `offset`.
    pub(super) fn before(&self, offset: Offset) -> Option<Mark> {
        let after_idx = self.0.partition_point(|mark| mark.base <= offset);
        after_idx.checked_sub(1).map(|idx| self.0[idx])
    }
}

/// What follows the last sound frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tail {
    /// Zeros only.
    Clean,
    /// Remains of a batch that was never acknowledged, up to and including the last byte that is
    /// not zero.
    Torn { bytes: u64 },
    /// A bad frame with a sound one behind it: acknowledged records are damaged.
    Damaged,
}

/// A segment, read from its first byte to its last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Scan {
    pub(super) header: SegmentHeader,
    pub(super) marks: Marks,
    /// The offset after the last sound record.
    pub(super) end: Offset,
    /// The position after the last sound frame.
    pub(super) end_position: u64,
    /// Where the last sound frame starts.
    pub(super) last_frame_position: Option<u64>,
    pub(super) last_at_ms: u64,
    pub(super) tail: Tail,
}

pub(super) fn scan(bytes: &[u8]) -> Result<Scan, HeaderError> {
    let header = SegmentHeader::decode(bytes)?;
    let mut scan = Scan {
        header,
        marks: Marks::default(),
        end: header.base,
        end_position: SEGMENT_HEADER_BYTES as u64,
        last_frame_position: None,
        last_at_ms: 0,
        tail: Tail::Clean,
    };
    while let Some(frame) = next_frame(bytes, &scan) {
        let position = scan.end_position;
        scan.marks.note(Mark { base: frame.base, position });
        scan.end = frame.end();
        scan.end_position = position + frame.frame_bytes() as u64;
        scan.last_frame_position = Some(position);
        scan.last_at_ms = frame.at_ms;
    }
    scan.tail = tail(bytes, &scan);
    Ok(scan)
}

fn next_frame(bytes: &[u8], scan: &Scan) -> Option<FrameHeader> {
    let rest = &bytes[scan.end_position as usize..];
    let frame = Frame::decode(rest, scan.end_position, scan.header.salt).ok()?;
    (frame.header.base == scan.end).then_some(frame.header)
}

fn tail(bytes: &[u8], scan: &Scan) -> Tail {
    let end = scan.end_position as usize;
    let used_bytes = used_bytes(&bytes[end..]);
    if used_bytes == 0 {
        return Tail::Clean;
    }
    // A frame is tried at the bad spot too: one that is sound but out of order is damage.
    let sound_frame_behind = (end..end + used_bytes)
        .step_by(FRAME_ALIGN_BYTES)
        .any(|at| Frame::decode(&bytes[at..], at as u64, scan.header.salt).is_ok());
    if sound_frame_behind { Tail::Damaged } else { Tail::Torn { bytes: used_bytes as u64 } }
}

/// Length up to and including the last byte that is not zero.
fn used_bytes(bytes: &[u8]) -> usize {
    // Whole pages are compared at once: a fresh segment is 64 MiB of zeros.
    const PAGE_BYTES: usize = 4096;
    const ZEROS: [u8; PAGE_BYTES] = [0; PAGE_BYTES];
    let last_used =
        bytes.chunks(PAGE_BYTES).enumerate().rfind(|(_, page)| **page != ZEROS[..page.len()]);
    last_used.map_or(0, |(page_idx, page)| {
        let in_page = page.iter().rposition(|byte| *byte != 0).map_or(0, |idx| idx + 1);
        page_idx * PAGE_BYTES + in_page
    })
}
