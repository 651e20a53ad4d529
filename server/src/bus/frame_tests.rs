//! Frames made of many appends, and what the disk and a reader get of them.

use std::fs::OpenOptions;

use rustix::io::Errno;

use super::frame::{FRAME_BYTES_MAX, Frame, FrameBuilder, Records, SealedFrame};
use super::log::Offset;
use super::storage::{LogFile, write_pieces};

const POSITION: u64 = 64;
const SALT: u64 = 0x5a17;
/// What one write may have, on every system that runs the log.
const WRITE_PIECES_MAX: usize = 1_024;

/// One append of one record for each length.
fn sealed(lengths: &[usize]) -> (SealedFrame, Vec<Vec<u8>>) {
    let payloads: Vec<Vec<u8>> =
        lengths.iter().zip(1..).map(|(length, byte)| vec![byte as u8; *length]).collect();
    let mut frame = FrameBuilder::default();
    for payload in &payloads {
        frame.push(Records::encode(&[payload]));
    }
    (frame.seal(POSITION, SALT, Offset(7), 1), payloads)
}

fn check(lengths: &[usize]) {
    let (frame, payloads) = sealed(lengths);
    let bytes = frame.slices().collect::<Vec<_>>().concat();
    assert_eq!(bytes.len(), frame.header.frame_bytes(), "{lengths:?}");
    let decoded = Frame::decode(&bytes, POSITION, SALT).unwrap();
    assert_eq!(decoded.header, frame.header);
    assert_eq!(decoded.payloads().collect::<Vec<_>>(), payloads, "{lengths:?}");
    for skipped in 0..=payloads.len() {
        let from = Offset(7 + skipped as u64);
        let entries: Vec<_> = frame.entries(from).collect();
        assert!(entries.iter().map(|entry| &entry.payload).eq(&payloads[skipped..]));
        assert!(entries.iter().zip(from.0..).all(|(entry, offset)| entry.offset.0 == offset));
        assert_eq!(entries, decoded.entries(from).collect::<Vec<_>>());
    }
}

#[test]
fn appends_of_any_size_make_one_sound_frame() {
    check(&[0]);
    check(&[1, 2, 3]);
    check(&[70_000]);
    check(&[5, 70_000, 6, 7, 70_000, 70_000, 8]);
    check(&[16 << 10, (16 << 10) - 5, (16 << 10) - 4, (16 << 10) - 3, 0]);
    check(&[9_000; 40]);
}

#[test]
fn a_frame_of_any_appends_is_one_write() {
    for lengths in [[1, 17_000], [1, 1], [16_000, 16_000], [9_000, 9_000]] {
        let pairs_count = FRAME_BYTES_MAX / (lengths[0] + lengths[1] + 8) - 1;
        let (frame, _) = sealed(&lengths.repeat(pairs_count));
        assert!(frame.slices().count() < WRITE_PIECES_MAX / 4, "{lengths:?}");
    }
}

#[test]
fn pieces_are_written_one_behind_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pieces");
    let file = OpenOptions::new().write(true).create_new(true).open(&path).unwrap();
    file.write_pieces_at(3, &[b"", b"one", b"", b"two", b""]).unwrap();
    file.write_pieces_at(0, &[b"", b""]).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"\0\0\0onetwo");
    let read_only = OpenOptions::new().read(true).open(&path).unwrap();
    assert!(read_only.write_pieces_at(0, &[b"no"]).is_err());
}

#[test]
fn pieces_are_written_however_little_is_taken_at_once() {
    let pieces: [&[u8]; 4] = [b"one", b"", b"three", b"4"];
    let (mut written, mut calls_count) = (Vec::new(), 0);
    let write = |slices: &[std::io::IoSlice<'_>], position: u64| {
        calls_count += 1;
        if calls_count % 3 == 0 {
            return Err(Errno::INTR);
        }
        assert_eq!(position, 10 + written.len() as u64);
        let two: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).take(2).collect();
        written.extend_from_slice(&two);
        Ok(two.len())
    };
    write_pieces(10, &pieces, write).unwrap();
    assert_eq!(written, b"onethree4");
    let full = write_pieces(0, &pieces, |_, _| Err(Errno::NOSPC)).unwrap_err();
    assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    assert!(write_pieces(0, &pieces, |_, _| Ok(0)).is_err());
}
