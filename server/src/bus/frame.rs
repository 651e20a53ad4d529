//! The durable contract: what a segment's bytes mean. Pure; knows no files and no threads.
//! A change here is a new `FORMAT_VERSION`, and the old one stays readable.
//!
//! All numbers are little-endian. A segment opens with this header of 64 bytes:
//!
//! | bytes  | meaning                                                             |
//! |--------|---------------------------------------------------------------------|
//! | 0..8   | magic `FDSEGMNT`                                                    |
//! | 8..10  | format version, 1                                                   |
//! | 10..16 | zero                                                                |
//! | 16..24 | salt, random for every segment                                      |
//! | 24..32 | base: offset of the first record                                    |
//! | 32..40 | length of the file in bytes                                         |
//! | 40..60 | zero                                                                |
//! | 60..64 | CRC32C of bytes 0..60                                               |
//!
//! Frames follow without gaps, each padded with zeros to a multiple of 8 bytes; behind the last
//! one the file holds zeros. One commit is one frame, so that a torn write loses it as a whole:
//!
//! | bytes  | meaning                                                             |
//! |--------|---------------------------------------------------------------------|
//! | 0..4   | magic `FDFR`                                                        |
//! | 4..8   | CRC32C of the frame's position in the file (8 bytes), then of bytes |
//! |        | 8.. up to and including the padding                                 |
//! | 8..16  | the segment's salt                                                  |
//! | 16..24 | base: offset of the first record                                    |
//! | 24..32 | commit time, milliseconds since the Unix epoch                      |
//! | 32..36 | number of records, at least 1                                       |
//! | 36..40 | length of the records in bytes, without padding                     |
//! | 40..   | the records, each: length (4 bytes), payload                        |
//!
//! The salt keeps stale frames of a reused disk block out, the position a frame that was copied
//! or written to the wrong place.

use super::log::{Entry, Offset};

pub(super) const FORMAT_VERSION: u16 = 1;
pub(super) const SEGMENT_HEADER_BYTES: usize = 64;
pub(super) const FRAME_HEADER_BYTES: usize = 40;
pub(super) const FRAME_ALIGN_BYTES: usize = 8;
/// Length prefix of a record.
const RECORD_HEADER_BYTES: usize = 4;
/// A commit is never larger, padding included: beyond it latency grows faster than throughput.
pub(super) const FRAME_BYTES_MAX: usize = 1 << 20;

const SEGMENT_MAGIC: [u8; 8] = *b"FDSEGMNT";
const FRAME_MAGIC: [u8; 4] = *b"FDFR";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentHeader {
    pub(super) salt: u64,
    pub(super) base: Offset,
    /// Length of the whole file: a shorter one was cut by somebody else.
    pub(super) segment_bytes: u64,
}

/// Why a file is not a segment that this program can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    #[error("is not a segment")]
    NotASegment,
    #[error("has format version {0}")]
    Version(u16),
    #[error("has a header that does not match its checksum")]
    Checksum,
    #[error("is not as long as its header says")]
    Length,
}

impl SegmentHeader {
    pub(super) fn encode(&self) -> [u8; SEGMENT_HEADER_BYTES] {
        let mut bytes = [0; SEGMENT_HEADER_BYTES];
        bytes[..8].copy_from_slice(&SEGMENT_MAGIC);
        bytes[8..10].copy_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.salt.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.base.0.to_le_bytes());
        bytes[32..40].copy_from_slice(&self.segment_bytes.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..60]);
        bytes[60..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// Decodes the header of the segment whose whole contents are `bytes`.
    pub(super) fn decode(bytes: &[u8]) -> Result<SegmentHeader, HeaderError> {
        if bytes.len() < SEGMENT_HEADER_BYTES || bytes[..8] != SEGMENT_MAGIC {
            return Err(HeaderError::NotASegment);
        }
        if crc32c::crc32c(&bytes[..60]) != u32_at(bytes, 60) {
            return Err(HeaderError::Checksum);
        }
        let version = u16::from_le_bytes([bytes[8], bytes[9]]);
        if version != FORMAT_VERSION {
            return Err(HeaderError::Version(version));
        }
        let segment_bytes = u64_at(bytes, 32);
        if segment_bytes != bytes.len() as u64 {
            return Err(HeaderError::Length);
        }
        Ok(SegmentHeader {
            salt: u64_at(bytes, 16),
            base: Offset(u64_at(bytes, 24)),
            segment_bytes,
        })
    }
}

/// Bytes a frame takes on disk when its records, with their length prefixes, take `body_bytes`.
pub(super) fn frame_bytes(body_bytes: usize) -> usize {
    (FRAME_HEADER_BYTES + body_bytes).next_multiple_of(FRAME_ALIGN_BYTES)
}

/// Records as they lie in a frame.
#[derive(Debug)]
pub(super) struct Records {
    body: Vec<u8>,
    count: u32,
}

impl Records {
    /// The payloads must be within the bounds of one frame.
    pub(super) fn encode<P: AsRef<[u8]>>(payloads: &[P]) -> Records {
        let mut body = Vec::with_capacity(body_bytes(payloads));
        for payload in payloads.iter().map(AsRef::as_ref) {
            let payload_bytes = u32::try_from(payload.len()).expect("frames are bounded far below");
            body.extend_from_slice(&payload_bytes.to_le_bytes());
            body.extend_from_slice(payload);
        }
        let count = u32::try_from(payloads.len()).expect("frames are bounded far below");
        Records { body, count }
    }

    pub(super) fn body_bytes(&self) -> usize {
        self.body.len()
    }

    pub(super) fn count(&self) -> u32 {
        self.count
    }
}

/// Bytes of these payloads with their length prefixes.
pub(super) fn body_bytes<P: AsRef<[u8]>>(payloads: &[P]) -> usize {
    payloads.iter().map(|payload| RECORD_HEADER_BYTES + payload.as_ref().len()).sum()
}

/// Records of at least this size stay where they are until they are written; smaller ones are laid
/// together, for many small pieces cost more than their copying. A frame thus has at most twice
/// `FRAME_BYTES_MAX / PIECE_BYTES_MIN` pieces and one, far fewer than one write may have.
const PIECE_BYTES_MIN: usize = 16 << 10;

/// A frame in the making: records first, then `seal` once its place is known.
#[derive(Debug, Default)]
pub(super) struct FrameBuilder {
    pieces: Vec<Vec<u8>>,
    body_bytes: usize,
    records_count: u32,
}

impl FrameBuilder {
    pub(super) fn push(&mut self, records: Records) {
        let Records { body, count } = records;
        self.body_bytes += body.len();
        self.records_count += count;
        match self.pieces.last_mut() {
            Some(last) if last.len().max(body.len()) < PIECE_BYTES_MIN => {
                last.extend_from_slice(&body);
            }
            Some(_) | None => self.pieces.push(body),
        }
    }

    pub(super) fn records_count(&self) -> u32 {
        self.records_count
    }

    /// Bytes the sealed frame will take on disk.
    pub(super) fn sealed_bytes(&self) -> usize {
        frame_bytes(self.body_bytes)
    }

    pub(super) fn seal(self, position: u64, salt: u64, base: Offset, at_ms: u64) -> SealedFrame {
        assert!(self.records_count > 0, "a frame holds at least one record");
        let body_bytes = u32::try_from(self.body_bytes).expect("frames are bounded far below");
        let records_count = self.records_count;
        let mut head = [0; FRAME_HEADER_BYTES];
        head[..4].copy_from_slice(&FRAME_MAGIC);
        head[8..16].copy_from_slice(&salt.to_le_bytes());
        head[16..24].copy_from_slice(&base.0.to_le_bytes());
        head[24..32].copy_from_slice(&at_ms.to_le_bytes());
        head[32..36].copy_from_slice(&records_count.to_le_bytes());
        head[36..40].copy_from_slice(&body_bytes.to_le_bytes());
        let header = FrameHeader { base, at_ms, records_count, body_bytes };
        let mut sealed = SealedFrame { header, head, pieces: self.pieces };
        let crc = frame_crc(position, sealed.slices());
        sealed.head[4..8].copy_from_slice(&crc.to_le_bytes());
        sealed
    }
}

/// A whole frame in the pieces that it came in, so that its records are not copied once more.
#[derive(Debug)]
pub(super) struct SealedFrame {
    pub(super) header: FrameHeader,
    head: [u8; FRAME_HEADER_BYTES],
    pieces: Vec<Vec<u8>>,
}

impl SealedFrame {
    /// The frame's bytes from first to last.
    pub(super) fn slices(&self) -> impl Iterator<Item = &[u8]> {
        const PADDING: [u8; FRAME_ALIGN_BYTES] = [0; FRAME_ALIGN_BYTES];
        let unpadded_bytes = FRAME_HEADER_BYTES + self.header.body_bytes as usize;
        let padding = &PADDING[..self.header.frame_bytes() - unpadded_bytes];
        let pieces = self.pieces.iter().map(Vec::as_slice);
        std::iter::once(self.head.as_slice()).chain(pieces).chain(std::iter::once(padding))
    }

    /// The frame's records from `from` on.
    pub(super) fn entries(&self, from: Offset) -> impl Iterator<Item = Entry> {
        self.header.entries(self.pieces.iter().flat_map(|piece| payloads(piece)), from)
    }
}

/// The first bytes of a frame, read before it is known whether the rest is sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FrameHeader {
    pub(super) base: Offset,
    pub(super) at_ms: u64,
    pub(super) records_count: u32,
    body_bytes: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum FrameError {
    #[error("no frame starts here")]
    NotAFrame,
    #[error("the frame belongs to another segment")]
    Salt,
    #[error("the frame is longer than the file or than any frame may be")]
    Length,
    #[error("the frame does not match its checksum")]
    Checksum,
    #[error("the frame's records do not add up")]
    Records,
}

impl FrameHeader {
    pub(super) fn decode(bytes: &[u8], salt: u64) -> Result<FrameHeader, FrameError> {
        if bytes.len() < FRAME_HEADER_BYTES || bytes[..4] != FRAME_MAGIC {
            return Err(FrameError::NotAFrame);
        }
        if u64_at(bytes, 8) != salt {
            return Err(FrameError::Salt);
        }
        Ok(FrameHeader {
            base: Offset(u64_at(bytes, 16)),
            at_ms: u64_at(bytes, 24),
            records_count: u32_at(bytes, 32),
            body_bytes: u32_at(bytes, 36),
        })
    }

    /// Bytes of the whole frame, padding included.
    pub(super) fn frame_bytes(&self) -> usize {
        frame_bytes(self.body_bytes as usize)
    }

    /// The offset after the frame's last record.
    pub(super) fn end(&self) -> Offset {
        Offset(self.base.0.saturating_add(u64::from(self.records_count)))
    }

    /// The frame's records from `from` on, given the payloads of all.
    fn entries<'a>(
        self,
        payloads: impl Iterator<Item = &'a [u8]>,
        from: Offset,
    ) -> impl Iterator<Item = Entry> {
        let FrameHeader { base, at_ms, .. } = self;
        let skipped_count = usize::try_from(from.0.saturating_sub(base.0)).unwrap_or(usize::MAX);
        payloads.zip(base.0..).skip(skipped_count).map(move |(payload, offset)| Entry {
            offset: Offset(offset),
            at_ms,
            payload: payload.to_vec(),
        })
    }
}

/// A frame whose checksum and records were verified.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) header: FrameHeader,
    body: &'a [u8],
}

impl<'a> Frame<'a> {
    /// Decodes the frame that starts at the first byte; `position` is that byte's place in the
    /// segment.
    pub(super) fn decode(
        bytes: &'a [u8],
        position: u64,
        salt: u64,
    ) -> Result<Frame<'a>, FrameError> {
        let header = FrameHeader::decode(bytes, salt)?;
        let whole = bytes.get(..header.frame_bytes()).ok_or(FrameError::Length)?;
        if whole.len() > FRAME_BYTES_MAX {
            return Err(FrameError::Length);
        }
        if frame_crc(position, [whole]) != u32_at(whole, 4) {
            return Err(FrameError::Checksum);
        }
        let body = &whole[FRAME_HEADER_BYTES..][..header.body_bytes as usize];
        let frame = Frame { header, body };
        let records_bytes: usize =
            frame.payloads().map(|payload| RECORD_HEADER_BYTES + payload.len()).sum();
        let complete = records_bytes == body.len()
            && frame.payloads().count() == header.records_count as usize
            && header.records_count > 0;
        if complete { Ok(frame) } else { Err(FrameError::Records) }
    }

    /// The records' payloads in order.
    pub(super) fn payloads(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        payloads(self.body)
    }

    /// The frame's records from `from` on.
    pub(super) fn entries(&self, from: Offset) -> impl Iterator<Item = Entry> + use<'a> {
        self.header.entries(self.payloads(), from)
    }
}

/// The payloads of records that lie one behind the other. Ends early when a length points outside,
/// which `Frame::decode` refuses.
fn payloads(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, behind) = rest.split_first_chunk::<RECORD_HEADER_BYTES>()?;
        let (payload, next) = behind.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        rest = next;
        Some(payload)
    })
}

/// Of a frame whose bytes come in these slices, the first of which holds at least its first 8.
fn frame_crc<'a>(position: u64, frame: impl IntoIterator<Item = &'a [u8]>) -> u32 {
    let mut slices = frame.into_iter();
    let head = slices.next().map_or(&[][..], |head| &head[8..]);
    let seed = crc32c::crc32c_append(crc32c::crc32c(&position.to_le_bytes()), head);
    slices.fold(seed, crc32c::crc32c_append)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}
