//! The log on real files.

use std::fs;
use std::path::Path;

use protocol::http::Role;
use protocol::ids::AgentId;

use super::error::{AppendError, CommitError, OpenError, ReadError};
use super::inspect::{inspect, verify};
use super::log::{AppendClass, Appended, Log, LogOptions, Offset};
use super::record::{AgentCreated, Record};

const OPTIONS: LogOptions =
    LogOptions { segment_bytes: 8 << 10, reserve_bytes: 4 << 10, settled: Offset(0) };

fn open(dir: &Path) -> Log {
    Log::open(dir, OPTIONS).unwrap().0
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

async fn append(log: &Log, texts: &[String]) -> Result<Appended, AppendError> {
    let payloads = texts.iter().map(|text| text.clone().into_bytes()).collect();
    log.append(payloads, AppendClass::Normal).await
}

fn numbered(numbers: std::ops::Range<u64>) -> Vec<String> {
    numbers.map(|number| format!("record {number}")).collect()
}

fn texts(log: &Log) -> Vec<String> {
    let mut texts = Vec::new();
    loop {
        let entries = log.read(Offset(texts.len() as u64), 100).unwrap();
        if entries.is_empty() {
            return texts;
        }
        texts.extend(entries.into_iter().map(|e| String::from_utf8(e.payload).unwrap()));
    }
}

#[test]
fn records_are_there_after_reopening_across_many_segments() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    runtime().block_on(async {
        for first in (0..1_500).step_by(3) {
            let appended = append(&log, &numbered(first..first + 3)).await.unwrap();
            let (first, last) = (Offset(first), Offset(first + 2));
            assert_eq!(appended, Appended { first, last });
        }
    });
    assert_eq!(texts(&log), numbered(0..1_500), "while open");
    log.close();
    drop(log);

    let (log, recovery) = Log::open(dir.path(), OPTIONS).unwrap();
    assert_eq!((recovery.end, recovery.torn_bytes), (Offset(1_500), 0));
    assert!(recovery.segments_count > 4, "{recovery:?}");
    assert_eq!(texts(&log), numbered(0..1_500), "after reopening");
    let from_the_middle = log.read(Offset(777), 2).unwrap();
    assert_eq!(from_the_middle[0].payload, b"record 777");
    assert_eq!(from_the_middle[1].offset, Offset(778));
    assert!(from_the_middle[0].at_ms > 1_700_000_000_000);
}

#[test]
fn a_folder_belongs_to_one_log() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    assert!(matches!(Log::open(dir.path(), OPTIONS), Err(OpenError::Locked)));
    drop(log);
    assert!(Log::open(dir.path(), OPTIONS).is_ok());
}

#[test]
fn a_segment_of_format_version_1_still_opens() {
    let dir = tempfile::tempdir().unwrap();
    let golden = include_bytes!("golden.segment");
    fs::write(dir.path().join("00000000000000000000.segment"), golden).unwrap();
    let (log, recovery) = Log::open(dir.path(), OPTIONS).unwrap();
    assert_eq!((recovery.end, recovery.torn_bytes), (Offset(4), 0));
    let entries = log.read(Offset(0), 10).unwrap();
    let found: Vec<_> = entries
        .iter()
        .map(|e| (e.offset.0, e.at_ms, std::str::from_utf8(&e.payload).unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            (0, 1_700_000_000_000, "hello"),
            (1, 1_700_000_000_000, ""),
            (2, 1_700_000_000_500, "grüße"),
            (3, 1_700_000_000_500, "再见"),
        ]
    );
}

#[test]
fn concurrent_appends_share_commits_and_keep_their_runs_whole() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let appends_count = 400;
    runtime().block_on(async {
        let waiting: Vec<_> = (0..appends_count)
            .map(|idx| {
                let log = log.clone();
                let pair = vec![format!("{idx} a"), format!("{idx} b")];
                tokio::spawn(async move { append(&log, &pair).await.unwrap() })
            })
            .collect();
        for appended in waiting {
            let appended = appended.await.unwrap();
            assert_eq!(appended.last.0, appended.first.0 + 1);
        }
    });
    let metrics = log.metrics();
    assert_eq!((metrics.appends_count, metrics.records_count), (appends_count, 2 * appends_count));
    assert!(metrics.commits_count < appends_count / 2, "{metrics:?}");
    for pair in texts(&log).chunks(2) {
        let (a, b) = (pair[0].strip_suffix(" a").unwrap(), pair[1].strip_suffix(" b").unwrap());
        assert_eq!(a, b);
    }
}

#[test]
fn what_was_queued_before_closing_is_committed_and_later_appends_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let mut consumer = log.consumer("late").unwrap();
    runtime().block_on(async {
        append(&log, &numbered(0..2)).await.unwrap();
        log.close();
        assert_eq!(append(&log, &numbered(2..3)).await, Err(AppendError::Closed));
        assert_eq!(consumer.next(10).await.unwrap().len(), 2, "committed before the close");
        assert!(matches!(consumer.next(10).await, Err(ReadError::Closed)));
    });
}

#[test]
fn an_append_larger_than_a_commit_is_refused_and_the_largest_fits() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    runtime().block_on(async {
        // A segment less its header, a frame's header, padding and the record's length.
        let largest = (8 << 10) - 64 - 40 - 8 - 4;
        let too_large = vec![vec![7; largest + 1]];
        let refused = log.append(too_large, AppendClass::Normal).await;
        assert_eq!(refused, Err(AppendError::TooLarge));
        log.append(vec![vec![7; largest]], AppendClass::Normal).await.unwrap();
    });
    assert_eq!(texts(&log).len(), 1);
}

#[test]
fn a_consumer_starts_again_where_it_committed() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let runtime = runtime();
    let mut consumer = log.consumer("pipeline").unwrap();
    runtime.block_on(async {
        append(&log, &numbered(0..5)).await.unwrap();
        assert_eq!(consumer.next(3).await.unwrap().len(), 3);
        consumer.commit(Offset(2)).unwrap();
        consumer.commit(Offset(1)).unwrap();
        assert_eq!(consumer.next(100).await.unwrap()[0].offset, Offset(3));
    });
    let beyond = consumer.commit(Offset(6));
    assert!(matches!(beyond, Err(CommitError::Ahead { end: Offset(5), .. })));
    drop((consumer, log));

    let log = open(dir.path());
    let mut consumer = log.consumer("pipeline").unwrap();
    let other = log.consumer("history").unwrap();
    assert_eq!((consumer.position(), other.position()), (Offset(2), Offset(0)));
    let again = runtime.block_on(consumer.next(100)).unwrap();
    assert_eq!((again[0].offset, again.len()), (Offset(2), 3));
}

#[test]
fn a_consumer_waits_for_the_next_record() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let mut consumer = log.consumer("pipeline").unwrap();
    runtime().block_on(async {
        let waiting = tokio::spawn(async move { consumer.next(10).await.unwrap() });
        tokio::task::yield_now().await;
        append(&log, &numbered(0..1)).await.unwrap();
        assert_eq!(waiting.await.unwrap()[0].payload, b"record 0");
    });
}

#[test]
fn a_consumer_ahead_of_the_log_or_damaged_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    runtime().block_on(append(&log, &numbered(0..5))).unwrap();
    log.consumer("pipeline").unwrap().commit(Offset(5)).unwrap();
    drop(log);
    for entry in fs::read_dir(dir.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "segment") {
            fs::remove_file(path).unwrap();
        }
    }
    let log = open(dir.path());
    let ahead = log.consumer("pipeline");
    assert!(matches!(ahead, Err(OpenError::ConsumerAhead { position: Offset(5), .. })));

    fs::write(dir.path().join("pipeline.position"), b"FDPOSITN rubbish").unwrap();
    let damaged = log.consumer("pipeline");
    assert!(matches!(damaged, Err(OpenError::ConsumerPosition { .. })));
}

#[test]
fn a_sound_folder_verifies_and_damage_is_named_without_touching_anything() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    runtime().block_on(async {
        for first in 0..400 {
            append(&log, &numbered(first..first + 1)).await.unwrap();
        }
        log.consumer("pipeline").unwrap().commit(Offset(400)).unwrap();
        assert!(matches!(verify(dir.path()), Err(OpenError::Locked)));
    });
    drop(log);
    let sound = verify(dir.path()).unwrap();
    assert!(sound.findings.is_empty(), "{sound:?}");
    assert_eq!((sound.end, sound.torn_bytes), (Offset(400), 0));
    assert!(sound.segments_count > 1);

    let segment = dir.path().join("00000000000000000000.segment");
    let mut bytes = fs::read(&segment).unwrap();
    bytes[64 + 41] ^= 1;
    fs::write(&segment, &bytes).unwrap();
    let damaged = verify(dir.path()).unwrap();
    let [OpenError::Corrupt { offset_bytes: 64, .. }, ..] = &damaged.findings[..] else {
        panic!("{damaged:?}");
    };
    assert_eq!(fs::read(&segment).unwrap(), bytes);
    assert!(matches!(Log::open(dir.path(), OPTIONS), Err(OpenError::Corrupt { .. })));
    assert!(verify(&dir.path().join("nowhere")).is_err());
    assert!(!dir.path().join("nowhere").exists());
}

#[test]
fn a_segment_is_printed_with_its_frames_and_its_damage() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("00000000000000000000.segment");
    let mut golden = include_bytes!("golden.segment").to_vec();
    let print = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let mut out = Vec::new();
        inspect(&path, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let printed = print(&golden);
    let lines: Vec<&str> = printed.lines().map(str::trim_start).collect();
    assert_eq!(lines[0], "segment of format 1: base 0, salt 0123456789abcdef, 512 bytes");
    assert_eq!(lines[1], "64  offsets 0..2  at 1700000000000 ms  56 bytes  record sizes 5 0");
    // The golden payloads are older than the first record.
    assert!(lines[2].starts_with("0  UNREADABLE, 5 bytes: not a record"), "{printed}");
    assert_eq!(lines[4], "120  offsets 2..4  at 1700000000500 ms  64 bytes  record sizes 7 6");
    assert_eq!(lines[7], "184  end, offset 4");
    golden[64 + 45] ^= 1;
    let damaged = print(&golden);
    assert!(damaged.contains("64  DAMAGED: the frame does not match its checksum"), "{damaged}");
    assert!(damaged.contains("120  offsets 2..4"), "{damaged}");
    fs::write(&path, "not a segment").unwrap();
    assert!(inspect(&path, &mut Vec::new()).is_err());
}

#[test]
fn a_segment_is_printed_with_what_its_records_say_but_for_passwords() {
    let dir = tempfile::tempdir().unwrap();
    let log = open(dir.path());
    let agent = Record::AgentCreated(AgentCreated {
        id: AgentId(uuid::Uuid::from_u128(4)),
        name: "Mei".to_owned(),
        email: "mei@shop.example".to_owned(),
        role: Role::Owner,
        password_hash: "$argon2id$secret".to_owned(),
        languages: Vec::new(),
        skills: Vec::new(),
        deactivated: false,
        second_factor: None,
    });
    runtime().block_on(log.append(vec![agent.encode()], AppendClass::Normal)).unwrap();
    drop(log);
    let mut out = Vec::new();
    inspect(&dir.path().join("00000000000000000000.segment"), &mut out).unwrap();
    let printed = String::from_utf8(out).unwrap();
    assert!(printed.contains("0  AgentCreated") && printed.contains("Owner"), "{printed}");
    assert!(!printed.contains("secret"), "{printed}");
}
