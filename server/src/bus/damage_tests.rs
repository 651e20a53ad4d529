//! Damaged files: every byte flipped, every length cut, stale and misplaced frames. The answer is
//! always a cut of the last batch or a refusal, never a record that nobody appended.

use std::sync::Arc;

use super::error::{OpenError, ReadError};
use super::faulty::FaultyStorage;
use super::frame::{Frame, FrameBuilder, FrameError, Records, SEGMENT_HEADER_BYTES, SegmentHeader};
use super::log::{LogOptions, Offset, Recovery};
use super::recover::recover;
use super::segment::{self, Tail};
use super::storage::LogStorage;

const SALT: u64 = 0x1122_3344_5566_7788;
const SEGMENT_BYTES: usize = 1024;
const OPTIONS: LogOptions =
    LogOptions { segment_bytes: SEGMENT_BYTES as u64, reserve_bytes: 256, settled: Offset(0) };

/// A segment with one frame per batch.
fn segment_of(base: u64, salt: u64, batches: &[&[&str]]) -> Vec<u8> {
    let segment_bytes = SEGMENT_BYTES as u64;
    let header = SegmentHeader { salt, base: Offset(base), segment_bytes };
    let mut bytes = header.encode().to_vec();
    let mut next = base;
    for batch in batches {
        let mut frame = FrameBuilder::default();
        frame.push(Records::encode(batch));
        let sealed = frame.seal(bytes.len() as u64, salt, Offset(next), 1_700_000_000_000 + next);
        sealed.slices().for_each(|slice| bytes.extend_from_slice(slice));
        next += batch.len() as u64;
    }
    bytes.resize(SEGMENT_BYTES, 0);
    bytes
}

fn frame_positions(segment: &[u8]) -> Vec<usize> {
    let mut positions = vec![SEGMENT_HEADER_BYTES];
    while let Some(at) = positions.last().copied()
        && let Ok(frame) = Frame::decode(&segment[at..], at as u64, SALT)
    {
        positions.push(at + frame.header.frame_bytes());
    }
    positions
}

/// Opens a folder with these segments and reads everything.
fn open(segments: &[(u64, Vec<u8>)]) -> Result<(Vec<String>, Recovery), OpenError> {
    let storage = FaultyStorage::new(0);
    for (base, bytes) in segments {
        storage.put(&segment::file_name(Offset(*base)), bytes.clone());
    }
    let storage: Arc<dyn LogStorage> = Arc::new(storage);
    let (writer, recovery) = recover(storage, &OPTIONS)?;
    let entries = writer.reader.read(Offset(0), usize::MAX).expect("what opens can be read");
    let texts = entries.into_iter().map(|e| String::from_utf8(e.payload).unwrap()).collect();
    Ok((texts, recovery))
}

const BATCHES: [&[&str]; 4] = [&["a1", "a2"], &["b1"], &["c1", "c2", "c3"], &["d1"]];
const ALL: [&str; 7] = ["a1", "a2", "b1", "c1", "c2", "c3", "d1"];

#[test]
fn a_sound_segment_opens_with_all_its_records() {
    let (texts, recovery) = open(&[(0, segment_of(0, SALT, &BATCHES))]).unwrap();
    assert_eq!(texts, ALL);
    assert_eq!(recovery, Recovery { segments_count: 1, end: Offset(7), torn_bytes: 0 });
}

#[test]
fn every_flipped_byte_is_cut_or_refused() {
    let sound = segment_of(0, SALT, &BATCHES);
    let positions = frame_positions(&sound);
    assert_eq!(positions.len(), 5, "the start of each frame, and the end");
    let (last, end) = (positions[3], positions[4]);
    for at in 0..SEGMENT_BYTES {
        for flip in [0x01, 0x80, 0xff] {
            let mut bytes = sound.clone();
            bytes[at] ^= flip;
            let opened = open(&[(0, bytes)]);
            if at < last {
                let refused =
                    matches!(opened, Err(OpenError::Corrupt { .. } | OpenError::Version { .. }));
                assert!(refused, "byte {at} ^ {flip:#x}: acknowledged records are behind it");
                continue;
            }
            let (texts, recovery) = opened.unwrap();
            let expected_count = if at < end { 6 } else { 7 };
            assert_eq!(texts, ALL[..expected_count], "byte {at} ^ {flip:#x}");
            assert!(recovery.torn_bytes > 0, "byte {at} ^ {flip:#x}");
        }
    }
}

/// `FRONTDESK_LOG_SEGMENT_BYTES=65536` takes larger segments; it is then slow.
const SEGMENT_BYTES_ENV: &str = "FRONTDESK_LOG_SEGMENT_BYTES";

/// A full segment and its records, one a frame.
fn full_segment(base: u64, salt: u64, segment_bytes: usize) -> (Vec<u8>, Vec<String>) {
    let header = SegmentHeader { salt, base: Offset(base), segment_bytes: segment_bytes as u64 };
    let mut bytes = header.encode().to_vec();
    let mut texts = Vec::new();
    loop {
        let offset = base + texts.len() as u64;
        let text = format!("record {offset} {}", "x".repeat(offset as usize * 37 % 150));
        let mut frame = FrameBuilder::default();
        frame.push(Records::encode(&[&text]));
        let sealed = frame.seal(bytes.len() as u64, salt, Offset(offset), 0);
        let sealed = sealed.slices().collect::<Vec<_>>().concat();
        if bytes.len() + sealed.len() > segment_bytes {
            bytes.resize(segment_bytes, 0);
            return (bytes, texts);
        }
        bytes.extend(sealed);
        texts.push(text);
    }
}

/// Every byte of a sealed and of an active segment: flipped, torn from there on, cut there.
#[test]
fn whatever_byte_is_hit_records_are_a_prefix_or_refused() {
    let segment_bytes = std::env::var(SEGMENT_BYTES_ENV).map_or(4096, |b| b.parse().unwrap());
    let (sealed, mut texts) = full_segment(0, SALT, segment_bytes);
    let base = texts.len() as u64;
    let (active, more) = full_segment(base, SALT + 1, segment_bytes);
    texts.extend(more);
    let sealed_end = segment::scan(&sealed).unwrap().end_position as usize;
    let last = segment::scan(&active).unwrap().last_frame_position.unwrap() as usize;
    let all = |sealed: &[u8], active: &[u8]| open(&[(0, sealed.to_vec()), (base, active.to_vec())]);
    assert_eq!(all(&sealed, &active).unwrap().0, texts);
    for at in 0..segment_bytes {
        let mut flipped = sealed.clone();
        flipped[at] ^= 1 << (at % 8);
        match all(&flipped, &active) {
            Ok((found, _)) => assert!(at >= sealed_end && found == texts, "sealed, byte {at}"),
            Err(OpenError::Corrupt { offset_bytes, .. }) => assert!(offset_bytes <= at as u64),
            Err(OpenError::Version { .. }) => assert!(at < SEGMENT_HEADER_BYTES),
            Err(other) => panic!("sealed, byte {at}: {other}"),
        }
        let mut flipped = active.clone();
        flipped[at] ^= 1 << (at % 8);
        match all(&sealed, &flipped) {
            // The last record looks as if its write had been torn.
            Ok((found, _)) => assert!(at >= last && texts.starts_with(&found), "byte {at}"),
            Err(OpenError::Corrupt { offset_bytes, .. }) => assert!(offset_bytes <= at as u64),
            Err(OpenError::Version { .. }) => assert!(at < SEGMENT_HEADER_BYTES),
            Err(other) => panic!("active, byte {at}: {other}"),
        }
        let mut torn = active.clone();
        torn[at..].fill(0);
        match all(&sealed, &torn) {
            Ok((found, _)) => assert!(texts.starts_with(&found), "torn at {at}"),
            Err(error) => assert!(at < SEGMENT_HEADER_BYTES, "torn at {at}: {error}"),
        }
        let cut = [all(&sealed[..at], &active), all(&sealed, &active[..at])];
        assert!(cut.iter().all(Result::is_err), "cut to {at} bytes");
    }
}

#[test]
fn the_refusal_names_the_bad_frame() {
    let mut bytes = segment_of(0, SALT, &BATCHES);
    let second = frame_positions(&bytes)[1];
    bytes[second + 41] ^= 1;
    match open(&[(0, bytes)]) {
        Err(OpenError::Corrupt { segment, offset_bytes }) => {
            assert_eq!(segment, "00000000000000000000.segment");
            assert_eq!(offset_bytes, second as u64);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn lost_sectors_in_the_middle_are_refused_although_they_read_as_zeros() {
    let mut bytes = segment_of(0, SALT, &BATCHES);
    let positions = frame_positions(&bytes);
    bytes[positions[1]..positions[2]].fill(0);
    assert!(matches!(open(&[(0, bytes)]), Err(OpenError::Corrupt { .. })));
}

#[test]
fn a_file_cut_at_any_length_is_refused() {
    let sound = segment_of(0, SALT, &BATCHES);
    for length in 0..SEGMENT_BYTES {
        let opened = open(&[(0, sound[..length].to_vec())]);
        assert!(matches!(opened, Err(OpenError::Corrupt { .. })), "{length} bytes");
    }
}

#[test]
fn a_write_torn_at_any_byte_is_cut() {
    let sound = segment_of(0, SALT, &BATCHES);
    let positions = frame_positions(&sound);
    for written_to in positions[3]..positions[4] {
        let mut bytes = sound.clone();
        bytes[written_to..].fill(0);
        let complete = bytes == sound;
        let (texts, _) = open(&[(0, bytes)]).unwrap();
        assert_eq!(texts, if complete { &ALL[..] } else { &ALL[..6] }, "up to {written_to}");
    }
}

#[test]
fn a_stale_frame_of_a_reused_file_never_validates() {
    // The file once was another segment with the same offsets, and its frames are all intact.
    let stale = segment_of(0, SALT + 1, &BATCHES);
    let fresh = segment_of(0, SALT, &BATCHES[..1]);
    let boundary = frame_positions(&fresh)[1];
    let mut bytes = stale;
    bytes[..boundary].copy_from_slice(&fresh[..boundary]);
    let (texts, recovery) = open(&[(0, bytes)]).unwrap();
    assert_eq!(texts, ALL[..2]);
    assert!(recovery.torn_bytes > 0);
}

#[test]
fn a_frame_in_the_wrong_place_never_validates() {
    let bytes = segment_of(0, SALT, &BATCHES);
    let second = frame_positions(&bytes)[1];
    assert!(Frame::decode(&bytes[second..], second as u64, SALT).is_ok());
    let moved = Frame::decode(&bytes[second..], second as u64 + 8, SALT);
    assert_eq!(moved.err(), Some(FrameError::Checksum));
}

#[test]
fn sound_frames_that_do_not_join_are_refused() {
    let mut bytes = segment_of(0, SALT, &BATCHES[..1]);
    let at = frame_positions(&bytes)[1];
    let mut frame = FrameBuilder::default();
    frame.push(Records::encode(&["after a gap"]));
    let gap = frame.seal(at as u64, SALT, Offset(5), 0);
    let gap = gap.slices().collect::<Vec<_>>().concat();
    bytes[at..at + gap.len()].copy_from_slice(&gap);
    match open(&[(0, bytes)]) {
        Err(OpenError::Corrupt { offset_bytes, .. }) => assert_eq!(offset_bytes, at as u64),
        other => panic!("{other:?}"),
    }
}

#[test]
fn segments_that_do_not_join_are_refused() {
    let first = segment_of(0, SALT, &BATCHES[..2]);
    let second = segment_of(3, SALT + 1, &BATCHES[2..3]);
    let third = segment_of(6, SALT + 2, &BATCHES[3..]);
    let all = [(0, first.clone()), (3, second.clone()), (6, third.clone())];
    assert_eq!(open(&all).unwrap().0, ALL);

    match open(&[(0, first.clone()), (6, third.clone())]) {
        Err(OpenError::Missing { from, before, .. }) => {
            assert_eq!((from, before), (Offset(3), Offset(6)));
        }
        other => panic!("the middle is missing: {other:?}"),
    }
    let headless = open(&[(3, second.clone()), (6, third.clone())]);
    assert!(matches!(headless, Err(OpenError::Missing { .. })));

    // The last batch of a sealed segment was acknowledged: the next segment proves it.
    let mut torn = first;
    let last = frame_positions(&torn)[1];
    torn[last + 41] ^= 1;
    match open(&[(0, torn), (3, second), (6, third)]) {
        Err(OpenError::Corrupt { offset_bytes, .. }) => assert_eq!(offset_bytes, last as u64),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_renamed_segment_is_refused() {
    let bytes = segment_of(0, SALT, &BATCHES);
    assert!(matches!(open(&[(7, bytes)]), Err(OpenError::Corrupt { .. })));
}

#[test]
fn a_segment_that_is_damaged_while_the_log_is_open_is_not_read() {
    let storage = FaultyStorage::new(0);
    let mut first = segment_of(0, SALT, &BATCHES[..2]);
    let name = segment::file_name(Offset(0));
    storage.put(&name, first.clone());
    storage.put(&segment::file_name(Offset(3)), segment_of(3, SALT + 1, &BATCHES[2..]));
    let (writer, _) = recover(Arc::new(storage.clone()), &OPTIONS).unwrap();
    let second = frame_positions(&first)[1];
    first[second + 45] ^= 1;
    storage.put(&name, first);
    assert_eq!(writer.reader.read(Offset(0), 2).unwrap().len(), 2, "in front of the damage");
    match writer.reader.read(Offset(2), 1) {
        Err(ReadError::Corrupt { segment, offset_bytes }) => {
            assert_eq!((segment, offset_bytes), (name, second as u64));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(writer.reader.read(Offset(3), 10).unwrap().len(), 4, "behind the damage");
}

#[test]
fn the_tail_of_a_scan_counts_up_to_the_last_byte_that_is_not_zero() {
    let mut bytes = segment_of(0, SALT, &BATCHES);
    let end = frame_positions(&bytes)[4];
    bytes[end + 100] = 7;
    assert_eq!(segment::scan(&bytes).unwrap().tail, Tail::Torn { bytes: 101 });
}
