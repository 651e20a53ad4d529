//! A log that gets shorter at its front: what may go, what must stay, and what a crash leaves.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::consumer::Consumer;
use super::error::{OpenError, ReadError};
use super::faulty::{Call, Fault, FaultyStorage};
use super::inspect::verify;
use super::log::{AppendClass, Log, LogOptions, Offset};
use super::storage::LogStorage;

const OPTIONS: LogOptions =
    LogOptions { segment_bytes: 4 << 10, reserve_bytes: 1 << 10, settled: Offset(0) };
const RECORDS: u64 = 600;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

fn text(number: u64) -> Vec<u8> {
    format!("record {number}").into_bytes()
}

fn fill(log: &Log, numbers: std::ops::Range<u64>) {
    runtime().block_on(async {
        for number in numbers {
            let appended = log.append(vec![text(number)], AppendClass::Normal).await.unwrap();
            assert_eq!(appended.first, Offset(number));
        }
    });
}

fn filled(dir: &Path) -> Log {
    let (log, _) = Log::open(dir, OPTIONS).unwrap();
    fill(&log, 0..RECORDS);
    log
}

/// Everything from the log's start on is there and is what was written.
fn check_contents(log: &Log, end: u64) {
    let mut next = log.start();
    loop {
        let entries = log.read(next, 100).unwrap();
        let Some(last) = entries.last() else { break };
        next = Offset(last.offset.0 + 1);
        for entry in &entries {
            assert_eq!(entry.payload, text(entry.offset.0));
        }
    }
    assert_eq!(next, Offset(end));
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let mut segments: Vec<_> =
        paths.filter(|path| path.extension().is_some_and(|e| e == "segment")).collect();
    segments.sort();
    segments
}

#[test]
fn segments_behind_the_offset_go_and_the_rest_is_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let log = filled(dir.path());
    let before_count = segments(dir.path()).len();
    let trimmed_count = log.trim(Offset(300), 0).unwrap();
    assert!(trimmed_count > 1, "{trimmed_count}");
    assert_eq!(segments(dir.path()).len(), before_count - trimmed_count);
    assert!(log.start() > Offset(0) && log.start() <= Offset(300), "{:?}", log.start());
    let refused = log.read(Offset(0), 1);
    assert!(matches!(refused, Err(ReadError::Trimmed { start }) if start == log.start()));
    check_contents(&log, RECORDS);
    assert_eq!(log.trim(Offset(300), 0).unwrap(), 0, "nothing is left to go");

    let start = log.start();
    fill(&log, RECORDS..RECORDS + 10);
    drop(log);
    assert_eq!(verify(dir.path()).unwrap().findings.len(), 0);
    let (log, recovery) = Log::open(dir.path(), OPTIONS).unwrap();
    assert_eq!((log.start(), recovery.end), (start, Offset(RECORDS + 10)));
    check_contents(&log, RECORDS + 10);
    // A consumer that comes now begins where the log does.
    assert_eq!(log.consumer("late").unwrap().position(), start);
}

#[test]
fn a_sealed_log_is_trimmed_to_what_comes_after() {
    let dir = tempfile::tempdir().unwrap();
    let (log, _) = Log::open(dir.path(), OPTIONS).unwrap();
    fill(&log, 0..3);
    assert_eq!(log.trim(Offset(3), 0).unwrap(), 0, "all of it is in the active segment");
    log.seal();
    fill(&log, 3..5);
    assert_eq!(log.trim(Offset(5), 0).unwrap(), 1);
    assert_eq!(log.start(), Offset(3));
    check_contents(&log, 5);
    // Sealed twice before anything is written, and again when nothing was: no empty segments.
    log.seal();
    log.seal();
    fill(&log, 5..6);
    drop(log);
    let (log, _) = Log::open(dir.path(), OPTIONS).unwrap();
    check_contents(&log, 6);
    drop(log);
    assert_eq!(verify(dir.path()).unwrap().findings.len(), 0);
}

#[test]
fn the_slowest_consumer_and_the_newest_segments_hold_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let log = filled(dir.path());
    let slow: Consumer = log.consumer("slow").unwrap();
    log.consumer("quick").unwrap().commit(Offset(RECORDS)).unwrap();
    assert_eq!(log.trim(Offset(RECORDS), 0).unwrap(), 0, "one has read nothing");
    assert_eq!(slow.position(), Offset(0));
    let mut slow = slow;
    slow.commit(Offset(200)).unwrap();
    log.trim(Offset(RECORDS), 0).unwrap();
    assert!(log.start() > Offset(0) && log.start() <= Offset(200), "{:?}", log.start());
    slow.commit(Offset(RECORDS)).unwrap();
    log.trim(Offset(RECORDS), 3).unwrap();
    assert_eq!(log.segments_count(), 4, "the active one and three before it");
    log.trim(Offset(RECORDS), 0).unwrap();
    assert_eq!(log.segments_count(), 1);
    check_contents(&log, RECORDS);
}

#[test]
fn a_log_whose_first_segments_were_taken_away_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let log = filled(dir.path());
    log.trim(Offset(300), 0).unwrap();
    drop(log);
    fs::remove_file(&segments(dir.path())[0]).unwrap();
    let refused = Log::open(dir.path(), OPTIONS);
    assert!(matches!(refused, Err(OpenError::Missing { .. })), "{refused:?}");
    assert_eq!(verify(dir.path()).unwrap().findings.len(), 1);
    fs::write(dir.path().join("start"), b"nonsense").unwrap();
    assert!(matches!(Log::open(dir.path(), OPTIONS), Err(OpenError::Start)));
}

#[test]
fn settled_segments_are_not_read_at_start_and_their_damage_is_found_when_they_are() {
    let dir = tempfile::tempdir().unwrap();
    drop(filled(dir.path()));
    let first = &segments(dir.path())[0];
    let mut bytes = fs::read(first).unwrap();
    bytes[200] ^= 1;
    fs::write(first, bytes).unwrap();
    assert!(matches!(Log::open(dir.path(), OPTIONS), Err(OpenError::Corrupt { .. })));

    let settled = LogOptions { settled: Offset(400), ..OPTIONS };
    let (log, recovery) = Log::open(dir.path(), settled).unwrap();
    assert_eq!(recovery.end, Offset(RECORDS));
    assert_eq!(log.read(Offset(400), 1).unwrap()[0].payload, text(400));
    let refused = log.read(Offset(0), 1);
    let name = "00000000000000000000.segment";
    assert!(matches!(&refused, Err(ReadError::Corrupt { segment, .. }) if segment == name));
    assert_eq!(log.read(Offset(300), 1).unwrap()[0].payload, text(300), "the next ones are sound");
    // What follows the settled part is checked as ever.
    let last = segments(dir.path()).len() - 2;
    drop(log);
    let path = &segments(dir.path())[last];
    let mut bytes = fs::read(path).unwrap();
    bytes[200] ^= 1;
    fs::write(path, bytes).unwrap();
    assert!(matches!(Log::open(dir.path(), settled_at(400)), Err(OpenError::Corrupt { .. })));
}

#[test]
fn a_smaller_segment_size_holds_from_the_next_start_on() {
    let dir = tempfile::tempdir().unwrap();
    let large = LogOptions { segment_bytes: 1 << 20, ..OPTIONS };
    let (log, _) = Log::open(dir.path(), large).unwrap();
    fill(&log, 0..300);
    assert_eq!(log.segments_count(), 1);
    drop(log);
    let (log, _) = Log::open(dir.path(), OPTIONS).unwrap();
    fill(&log, 300..301);
    assert_eq!(log.segments_count(), 2);
    check_contents(&log, 301);
}

fn settled_at(offset: u64) -> LogOptions {
    LogOptions { settled: Offset(offset), ..OPTIONS }
}

/// The power goes at every step of a trim: afterwards the log starts where it did or where it
/// should, and nothing from there on is missing.
#[test]
fn a_power_cut_while_trimming_leaves_one_log_or_the_other() {
    for call in Call::ALL {
        for seed in 0..40 {
            let storage = FaultyStorage::new(seed);
            let shared: Arc<dyn LogStorage> = Arc::new(storage.clone());
            let (log, _) = Log::open_on(Arc::clone(&shared), OPTIONS).unwrap();
            fill(&log, 0..RECORDS);
            log.close();
            storage.arm(Fault::PowerCut(call));
            assert!(log.trim(Offset(300), 0).is_err(), "the power goes at {call:?}");
            drop(log);
            storage.reboot();
            let (log, recovery) = Log::open_on(Arc::clone(&shared), OPTIONS).unwrap();
            assert_eq!(recovery.end, Offset(RECORDS));
            check_contents(&log, RECORDS);
            log.trim(Offset(300), 0).unwrap();
            assert!(log.start() > Offset(0));
            check_contents(&log, RECORDS);
        }
    }
}

/// Removed names come back with the power when the folder was not flushed.
#[test]
fn segments_that_come_back_after_a_trim_are_removed() {
    for seed in 0..40 {
        let storage = FaultyStorage::new(seed);
        let shared: Arc<dyn LogStorage> = Arc::new(storage.clone());
        let (log, _) = Log::open_on(Arc::clone(&shared), OPTIONS).unwrap();
        fill(&log, 0..RECORDS);
        log.trim(Offset(300), 0).unwrap();
        let start = log.start();
        log.close();
        drop(log);
        storage.reboot();
        let (log, _) = Log::open_on(Arc::clone(&shared), OPTIONS).unwrap();
        assert_eq!(log.start(), start);
        check_contents(&log, RECORDS);
        let segments = shared.names().unwrap().into_iter().filter(|n| n.ends_with(".segment"));
        assert_eq!(segments.count(), log.segments_count());
    }
}
