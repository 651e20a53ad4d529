//! A segment as `inspect` prints it, against a second reading of the format, written from its
//! description. Mutations never get past a checksum, so that the first byte says which checksums
//! are made right: bit 0 the header's, bit 1 those of the frames.

const HEADER_BYTES: usize = 64;
const FRAME_HEADER_BYTES: usize = 40;

pub(crate) fn run(bytes: &[u8]) {
    let Some((mode, rest)) = bytes.split_first() else { return };
    let mut segment = rest.to_vec();
    if mode & 1 != 0 {
        seal_header(&mut segment);
    }
    if mode & 2 != 0 {
        seal_frames(&mut segment);
    }
    let mut shown = Vec::new();
    let inspected = server::bus::inspect_bytes(&segment, &mut shown);
    let shown = String::from_utf8(shown).expect("a report is text");
    if inspected.is_err() {
        assert_eq!(shown, "", "what has no sound header has no frames");
        return;
    }
    for line in shown.lines() {
        if let Some((position, rest)) = line.split_once("  offsets ") {
            let position = position.trim().parse().expect("a frame's position");
            check_frame(&segment, position, rest);
        }
    }
}

/// What a frame's line says must be what the bytes say, and these must match their checksum.
fn check_frame(segment: &[u8], position: usize, line: &str) {
    let frame = &segment[position..];
    let (offsets, sizes) = line.split_once("record sizes").expect("a frame's line");
    let sizes: Vec<usize> =
        sizes.split_whitespace().map(|size| size.parse().expect("a size")).collect();
    let body_bytes = u32_at(frame, 36) as usize;
    let frame = &frame[..frame_bytes(body_bytes)];
    assert_eq!(&frame[..4], b"FDFR");
    assert_eq!(frame[8..16], segment[16..24], "the salt");
    assert_eq!(u32_at(frame, 4), checksum(position, frame), "{line}");
    let base = u64_at(frame, 16);
    assert!(offsets.starts_with(&format!("{base}..")), "{line}");
    assert_eq!(sizes.len(), u32_at(frame, 32) as usize, "{line}");
    assert_eq!(sizes.iter().map(|size| 4 + size).sum::<usize>(), body_bytes, "{line}");
    let mut at = FRAME_HEADER_BYTES;
    for size in sizes {
        assert_eq!(u32_at(frame, at) as usize, size, "{line}");
        at += 4 + size;
    }
}

fn seal_header(segment: &mut [u8]) {
    let segment_bytes = segment.len() as u64;
    if segment.len() < HEADER_BYTES {
        return;
    }
    segment[..8].copy_from_slice(b"FDSEGMNT");
    segment[8..10].copy_from_slice(&1_u16.to_le_bytes());
    segment[32..40].copy_from_slice(&segment_bytes.to_le_bytes());
    let crc = crc32c::crc32c(&segment[..60]);
    segment[60..64].copy_from_slice(&crc.to_le_bytes());
}

/// Seals whatever looks like a frame, wherever it may start.
fn seal_frames(segment: &mut [u8]) {
    for at in (HEADER_BYTES..segment.len()).step_by(8) {
        let (before, rest) = segment.split_at_mut(at);
        if rest.len() < FRAME_HEADER_BYTES || &rest[..4] != b"FDFR" {
            continue;
        }
        rest[8..16].copy_from_slice(&before[16..24]);
        let body_bytes = u32_at(rest, 36) as usize;
        if let Some(frame) = rest.get_mut(..frame_bytes(body_bytes)) {
            let crc = checksum(at, frame);
            frame[4..8].copy_from_slice(&crc.to_le_bytes());
        }
    }
}

fn frame_bytes(body_bytes: usize) -> usize {
    (FRAME_HEADER_BYTES + body_bytes).next_multiple_of(8)
}

fn checksum(position: usize, frame: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&(position as u64).to_le_bytes()), &frame[8..])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}
