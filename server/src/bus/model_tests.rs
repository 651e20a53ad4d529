//! The log over a faulty folder, one fault at a time: a full disk, a failed flush, a clock that is
//! set back, a thread that dies. Power cuts by the thousand are `power_tests`.

use std::sync::Arc;

use super::consumer::Consumer;
use super::error::AppendError;
use super::faulty::{Call, Fault, FaultyStorage};
use super::frame::{FrameBuilder, Records, frame_bytes};
use super::log::{AppendClass, Log, LogOptions, Offset};
use super::queue::Queue;
use super::recover::recover;
use super::simulation::Life;
use super::storage::{Fill, LogStorage};
use super::writer::{RESERVE_FILE, Room, Wanted};

const OPTIONS: LogOptions =
    LogOptions { segment_bytes: 2048, reserve_bytes: 1024, settled: Offset(0) };

/// A log of its own on a disk that tears at 512 bytes, with segments of `OPTIONS`.
fn life(even_seed: u64) -> Life {
    assert_eq!(even_seed % 2, 0, "odd seeds have larger segments");
    Life::begin(even_seed, None).unwrap()
}

#[test]
fn a_full_disk_refuses_new_chats_and_keeps_existing_ones_until_the_reserve_is_used_up() {
    let mut life = life(0);
    assert!(life.storage.names().unwrap().iter().any(|name| name == RESERVE_FILE));
    life.storage.set_space(life.storage.used_bytes());
    let mut refused_new_chats = 0;
    let mut kept_existing_chats = 0;
    for _ in 0..200 {
        let writer = life.writer();
        let (normal, existing) = (AppendClass::Normal, AppendClass::ExistingChat);
        let Ok(room) = writer.make_room(frame_bytes(14)) else { break };
        let class = if room.admits(normal) { normal } else { existing };
        refused_new_chats += u64::from(class == existing);
        kept_existing_chats += u64::from(class == existing);
        let mut frame = FrameBuilder::default();
        frame.push(Records::encode(&["0123456789"]));
        writer.commit(frame, 0).unwrap();
    }
    // 1024 bytes of reserve less the header hold 17 frames of 56 bytes.
    assert_eq!((refused_new_chats, kept_existing_chats), (17, 17));
    assert_eq!(life.writer().make_room(frame_bytes(14)), Err(AppendError::NoSpace));

    life.storage.set_space(u64::MAX);
    life.tend();
    assert_eq!(life.writer().make_room(frame_bytes(14)), Ok(Room::ForAll), "space is back");
    life.storage.set_space(life.storage.used_bytes());
    life.tend();
    assert_eq!(life.writer().room, Room::ForExistingChats, "no room for a new reserve");
    life.storage.set_space(u64::MAX);
    life.tend();
    assert_eq!(life.writer().make_room(frame_bytes(14)), Ok(Room::ForAll));
    life.tend();
    assert!(life.writer().reserve.is_some(), "the reserve is made anew");
}

#[test]
fn a_disk_without_room_for_the_reserve_opens_for_existing_chats() {
    let storage = FaultyStorage::new(4);
    storage.set_space(OPTIONS.segment_bytes + OPTIONS.reserve_bytes - 1);
    let (mut writer, _) = recover(Arc::new(storage), &OPTIONS).unwrap();
    assert_eq!(writer.make_room(frame_bytes(14)), Ok(Room::ForExistingChats));
}

#[test]
fn commit_times_never_go_back() {
    let mut life = life(4);
    for now_ms in [5_000, 3_000, 6_000] {
        let mut frame = FrameBuilder::default();
        frame.push(Records::encode(&["x"]));
        life.writer().commit(frame, now_ms).unwrap();
    }
    let (mut writer, _) = recover(Arc::new(life.storage.clone()), &OPTIONS).unwrap();
    let mut frame = FrameBuilder::default();
    frame.push(Records::encode(&["after a restart"]));
    writer.commit(frame, 1_000).unwrap();
    let times_ms: Vec<_> =
        writer.reader.read(Offset(0), 10).unwrap().iter().map(|entry| entry.at_ms).collect();
    assert_eq!(times_ms, [5_000, 5_000, 6_000, 6_000]);
}

#[test]
fn an_append_is_answered_although_the_commit_thread_died() {
    let storage = FaultyStorage::new(6);
    let (log, _) = Log::open_on(Arc::new(storage.clone()), OPTIONS).unwrap();
    // A panic below its lock breaks the storage: every later call panics too.
    let broken = storage.clone();
    std::thread::spawn(move || broken.rename("no such file", "x")).join().unwrap_err();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let append = || log.append(vec![b"x".to_vec()], AppendClass::Normal);
        assert_eq!(append().await, Err(AppendError::Poisoned));
        assert!(append().await.is_err(), "nobody is left to append");
    });
}

#[test]
fn a_failed_flush_stops_the_log_for_good() {
    let mut life = life(2);
    life.append().unwrap();
    let acknowledged_count = life.acknowledged.len();
    life.storage.arm(Fault::SyncFails);
    for _ in 0..100 {
        life.append().unwrap();
    }
    assert!(life.writer().poisoned);
    for _ in 0..5 {
        assert_eq!(life.writer().make_room(64), Err(AppendError::Poisoned));
    }
    let read = life.writer().reader.read(Offset(0), 100).unwrap();
    assert_eq!(read.len(), acknowledged_count, "committed records stay readable");
}

#[test]
fn a_consumers_position_survives_power_cuts_old_or_new() {
    for seed in (0..400).step_by(2) {
        let mut life = life(seed);
        for _ in 0..8 {
            life.append().unwrap();
        }
        let end = life.writer().end;
        let reader = Arc::clone(&life.writer().reader);
        let storage: Arc<dyn LogStorage> = Arc::new(life.storage.clone());
        let open = || Consumer::open(Arc::clone(&storage), Arc::clone(&reader), "pipeline");
        open().unwrap().commit(Offset(3)).unwrap();
        life.storage.reboot();
        let mut consumer = open().unwrap();
        assert_eq!(consumer.position(), Offset(3), "seed {seed}: a committed position is durable");
        let calls = Call::ALL;
        let call = calls[seed as usize / 2 % calls.len()];
        life.storage.arm(Fault::PowerCut(call));
        let interrupted = call != Call::Remove;
        assert_eq!(consumer.commit(end).is_err(), interrupted, "{call:?}");
        life.storage.reboot();
        let position = open().unwrap().position();
        assert!([Offset(3), end].contains(&position), "seed {seed}: {position}");
    }
}

#[test]
fn a_log_on_a_full_disk_tells_new_chats_and_goes_on_with_existing_ones() {
    let storage = FaultyStorage::new(3);
    let (log, _) = Log::open_on(Arc::new(storage.clone()), OPTIONS).unwrap();
    storage.set_space(storage.used_bytes());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let append = |class| log.append(vec![vec![1; 300]], class);
        let mut before_full = 0;
        while append(AppendClass::Normal).await.is_ok() {
            before_full += 1;
        }
        assert_eq!(before_full, 5, "2048 bytes hold five frames of 352 bytes");
        assert_eq!(append(AppendClass::Normal).await, Err(AppendError::NoSpace));
        assert!(append(AppendClass::ExistingChat).await.is_ok());
        assert_eq!(log.metrics().room, Room::ForExistingChats);
    });
    assert_eq!(log.read(Offset(0), 100).unwrap().len(), 6);
}

#[test]
fn a_queue_that_stays_full_is_busy_and_one_that_empties_is_not() {
    let queue = Arc::new(Queue::new());
    let paused = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    paused.block_on(async {
        let everything = queue.room(usize::MAX).await.unwrap();
        assert_eq!(queue.room(1).await.err(), Some(AppendError::Busy));
        let waiting = tokio::spawn({
            let queue = Arc::clone(&queue);
            async move { queue.room(1).await.is_ok() }
        });
        tokio::task::yield_now().await;
        drop(everything);
        assert!(waiting.await.unwrap());
    });
}

#[test]
fn the_next_segment_has_zeros_unless_commits_are_large() {
    let options = LogOptions { segment_bytes: 4 << 20, ..OPTIONS };
    let (mut writer, _) = recover(Arc::new(FaultyStorage::new(0)), &options).unwrap();
    let mut wanted_after = |commits_count, payload_bytes: usize| {
        for _ in 0..commits_count {
            let mut frame = FrameBuilder::default();
            frame.push(Records::encode(&[vec![7; payload_bytes]]));
            writer.make_room(frame.sealed_bytes()).unwrap();
            writer.commit(frame, 0).unwrap();
        }
        writer.wanted()
    };
    let wanted = wanted_after(11, 200_000);
    assert_eq!(wanted, Some(Wanted::Next(Fill::Zeroed)), "a few hundred KiB each");
    let wanted = wanted_after(32, 1_000_000);
    assert_eq!(wanted, Some(Wanted::Next(Fill::Allocated)), "a MiB each");
    let wanted = wanted_after(50, 200);
    assert_eq!(wanted, Some(Wanted::Next(Fill::Zeroed)), "small ones again");
}
