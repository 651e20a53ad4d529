//! The log against a small model: random appends, power cuts, torn writes, full disks and failing
//! flushes, from a seed. How: the writer runs step by step over the faulty storage, so a seed
//! always takes the same way.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::consumer::Consumer;
use super::error::AppendError;
use super::frame::{FrameBuilder, Records, frame_bytes};
use super::log::{AppendClass, Log, LogOptions, Offset, Recovery};
use super::queue::Queue;
use super::recover::recover;
use super::storage::LogStorage;
use super::storage::faulty::{Fault, FaultyStorage, Random};
use super::writer::{RESERVE_FILE, Room, Writer};

const SEEDS_COUNT: u64 = 2_000;
/// The seeds stop here on a slow machine.
const TIME_MAX: Duration = Duration::from_secs(10);
const SEEDS_COUNT_MIN: u64 = 200;
const OPTIONS: LogOptions =
    LogOptions { segment_bytes: 2048, reserve_bytes: 1024, settled: Offset(0) };
const SEED_ENV: &str = "FRONTDESK_LOG_SEED";

/// What a run met, to see that the seeds reach what they are meant to reach.
#[derive(Debug, Default)]
struct Seen {
    acknowledged: u64,
    no_space: u64,
    reserve_used: u64,
    poisoned: u64,
    torn: u64,
    unacknowledged_survived: u64,
    segments_max: usize,
}

struct Run {
    seed: u64,
    random: Random,
    storage: FaultyStorage,
    writer: Option<Writer>,
    /// Payloads in the order of their offsets that must be there.
    acknowledged: Vec<Vec<u8>>,
    /// A batch of which nobody knows: it may come back as a whole or not at all.
    in_doubt: Vec<Vec<u8>>,
    made_count: u64,
    seen: Seen,
}

impl Run {
    fn start(seed: u64) -> Run {
        let mut run = Run {
            seed,
            random: Random(seed),
            storage: FaultyStorage::new(seed ^ 0x5eed),
            writer: None,
            acknowledged: Vec::new(),
            in_doubt: Vec::new(),
            made_count: 0,
            seen: Seen::default(),
        };
        run.reopen();
        run
    }

    fn writer(&mut self) -> &mut Writer {
        self.writer.as_mut().expect("open between steps")
    }

    fn reopen(&mut self) -> Recovery {
        self.writer = None;
        let storage: Arc<dyn LogStorage> = Arc::new(self.storage.clone());
        let (writer, recovery) = recover(storage, &OPTIONS)
            .unwrap_or_else(|error| panic!("seed {}: refused: {error:?}", self.seed));
        self.writer = Some(writer);
        let (_, again) = recover(Arc::new(self.storage.clone()), &OPTIONS).expect("opens again");
        assert_eq!(again.torn_bytes, 0, "seed {}: a cut tail is gone", self.seed);
        self.seen.torn += u64::from(recovery.torn_bytes > 0);
        self.seen.segments_max = self.seen.segments_max.max(recovery.segments_count);
        self.check_contents();
        recovery
    }

    fn check_contents(&mut self) {
        let seed = self.seed;
        let acknowledged_count = self.acknowledged.len();
        let writer = self.writer();
        let entries = writer.reader.read(Offset(0), usize::MAX).expect("reads");
        assert!(entries.iter().map(|entry| entry.offset.0).eq(0..entries.len() as u64));
        assert_eq!(writer.end, Offset(entries.len() as u64), "seed {seed}");
        let payloads: Vec<_> = entries.into_iter().map(|entry| entry.payload).collect();
        let (before, behind) = payloads.split_at_checked(acknowledged_count).unwrap_or_else(|| {
            panic!("seed {seed}: {} of {acknowledged_count} left", payloads.len())
        });
        assert!(*before == self.acknowledged[..], "seed {seed}: acknowledged records changed");
        let in_doubt = std::mem::take(&mut self.in_doubt);
        assert!(
            behind.is_empty() || *behind == in_doubt[..],
            "seed {seed}: what follows is neither nothing nor the batch in doubt"
        );
        // Once shown, it must stay.
        self.seen.unacknowledged_survived += u64::from(!behind.is_empty());
        self.acknowledged.extend(behind.iter().cloned());
    }

    fn append(&mut self) {
        let class =
            if self.random.chance(50) { AppendClass::Normal } else { AppendClass::ExistingChat };
        let payloads: Vec<Vec<u8>> = (0..=self.random.below(4)).map(|_| self.payload()).collect();
        let mut frame = FrameBuilder::with_capacity(0);
        frame.push(&Records::encode(&payloads));
        let sealed_bytes = frame.sealed_bytes();
        assert_eq!(sealed_bytes, frame_bytes(payloads.iter().map(|p| 4 + p.len()).sum()));
        let writer = self.writer();
        let was_poisoned = writer.poisoned;
        let made = writer.make_room(sealed_bytes);
        let appended = match made {
            Ok(room) if room.admits(class) => writer.commit(frame, 1_000),
            Ok(_) => Err(AppendError::NoSpace),
            Err(error) => Err(error),
        };
        match appended {
            Ok(first) => {
                assert!(!was_poisoned, "seed {}: acknowledged although poisoned", self.seed);
                assert_eq!(first, Offset(self.acknowledged.len() as u64), "seed {}", self.seed);
                self.seen.acknowledged += 1;
                let room = self.writer().room;
                self.seen.reserve_used += u64::from(room == Room::ForExistingChats);
                self.acknowledged.extend(payloads);
            }
            Err(AppendError::NoSpace) => self.seen.no_space += 1,
            Err(AppendError::Poisoned) if was_poisoned => {}
            Err(AppendError::Poisoned) => {
                self.seen.poisoned += 1;
                self.in_doubt = payloads;
            }
            Err(AppendError::Busy | AppendError::TooLarge | AppendError::Closed) => {
                unreachable!("the writer does not queue")
            }
        }
    }

    fn payload(&mut self) -> Vec<u8> {
        self.made_count += 1;
        let mut payload = format!("{:06}", self.made_count).into_bytes();
        let filler_bytes = self.random.below(200) as usize;
        payload.extend((0..filler_bytes).map(|_| self.random.below(256) as u8));
        payload
    }

    fn tend(&mut self) {
        let storage = self.storage.clone();
        if let Some(wanted) = self.writer().wanted() {
            match wanted.make(&storage, &OPTIONS) {
                Ok(blank) => self.writer().supply(wanted, blank),
                Err(_) => self.writer().lacks(wanted),
            }
        }
    }

    fn arm(&mut self) {
        let faults = [
            Fault::WriteFails,
            Fault::WriteNoSpace,
            Fault::SyncFails,
            Fault::SyncNoSpace,
            Fault::SyncFolderFails,
            Fault::PowerCutAtWrite,
            Fault::PowerCutAtSync,
            Fault::PowerCutAtRename,
        ];
        let fault = faults[self.random.below(faults.len() as u64) as usize];
        self.storage.arm(fault);
    }

    fn step(&mut self) {
        match self.random.below(100) {
            0..60 => self.append(),
            60..75 => self.tend(),
            75..83 => self.arm(),
            83..88 => {
                let free_bytes = self.random.below(4096);
                self.storage.set_space(self.storage.used_bytes() + free_bytes);
            }
            88..90 => self.storage.set_space(u64::MAX),
            90..95 => {
                self.storage.reboot();
                self.reopen_with_space();
            }
            _ if self.storage.powered_on() => {
                self.storage.restart_process();
                self.reopen_with_space();
            }
            _ => {
                self.storage.reboot();
                self.reopen_with_space();
            }
        }
        if !self.storage.powered_on() {
            self.storage.reboot();
            self.reopen_with_space();
        }
    }

    fn reopen_with_space(&mut self) {
        self.reopen();
        if self.random.chance(20) {
            // Recovery itself may be cut short, any number of times.
            self.arm();
            let storage: Arc<dyn LogStorage> = Arc::new(self.storage.clone());
            self.writer = recover(storage, &OPTIONS).ok().map(|(writer, _)| writer);
            self.storage.reboot();
            self.reopen();
        }
    }
}

fn run(seed: u64) -> Seen {
    let mut run = Run::start(seed);
    for _ in 0..60 {
        run.step();
    }
    run.storage.reboot();
    run.reopen();
    run.seen
}

#[test]
fn acknowledged_records_survive_every_fault_in_order_and_whole() {
    if let Some(seed) = std::env::var(SEED_ENV).ok().and_then(|seed| seed.parse().ok()) {
        println!("seed {seed}: {:?}", run(seed));
        return;
    }
    let started_at = Instant::now();
    let mut total = Seen::default();
    let mut seeds_count = 0;
    while seeds_count < SEEDS_COUNT && started_at.elapsed() < TIME_MAX {
        let seen = run(seeds_count);
        total.acknowledged += seen.acknowledged;
        total.no_space += seen.no_space;
        total.reserve_used += seen.reserve_used;
        total.poisoned += seen.poisoned;
        total.torn += seen.torn;
        total.unacknowledged_survived += seen.unacknowledged_survived;
        total.segments_max = total.segments_max.max(seen.segments_max);
        seeds_count += 1;
    }
    println!("{seeds_count} seeds in {:?}: {total:?}", started_at.elapsed());
    assert!(seeds_count >= SEEDS_COUNT_MIN, "only {seeds_count} seeds ran");
    for (what, count) in [
        ("acknowledged", total.acknowledged),
        ("no space", total.no_space),
        ("reserve used", total.reserve_used),
        ("poisoned", total.poisoned),
        ("torn", total.torn),
        ("unacknowledged survived", total.unacknowledged_survived),
    ] {
        assert!(count > 0, "no seed reached: {what}");
    }
    assert!(total.segments_max > 3, "no seed reached a fourth segment");
}

#[test]
fn a_full_disk_refuses_new_chats_and_keeps_existing_ones_until_the_reserve_is_used_up() {
    let mut run = Run::start(1);
    assert!(run.storage.names().unwrap().iter().any(|name| name == RESERVE_FILE));
    run.storage.set_space(run.storage.used_bytes());
    let mut refused_new_chats = 0;
    let mut kept_existing_chats = 0;
    for _ in 0..200 {
        let writer = run.writer();
        let (normal, existing) = (AppendClass::Normal, AppendClass::ExistingChat);
        let Ok(room) = writer.make_room(frame_bytes(14)) else { break };
        let class = if room.admits(normal) { normal } else { existing };
        refused_new_chats += u64::from(class == existing);
        kept_existing_chats += u64::from(class == existing);
        let mut frame = FrameBuilder::with_capacity(14);
        frame.push(&Records::encode(&["0123456789"]));
        writer.commit(frame, 0).unwrap();
    }
    // 1024 bytes of reserve less the header hold 17 frames of 56 bytes.
    assert_eq!((refused_new_chats, kept_existing_chats), (17, 17));
    assert_eq!(run.writer().make_room(frame_bytes(14)), Err(AppendError::NoSpace));

    run.storage.set_space(u64::MAX);
    run.tend();
    assert_eq!(run.writer().make_room(frame_bytes(14)), Ok(Room::ForAll), "space is back");
    run.storage.set_space(run.storage.used_bytes());
    run.tend();
    assert_eq!(run.writer().room, Room::ForExistingChats, "no room for a new reserve");
    run.storage.set_space(u64::MAX);
    run.tend();
    assert_eq!(run.writer().make_room(frame_bytes(14)), Ok(Room::ForAll));
    run.tend();
    assert!(run.writer().reserve.is_some(), "the reserve is made anew");
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
    let mut run = Run::start(5);
    for now_ms in [5_000, 3_000, 6_000] {
        let mut frame = FrameBuilder::with_capacity(0);
        frame.push(&Records::encode(&["x"]));
        run.writer().commit(frame, now_ms).unwrap();
    }
    let (mut writer, _) = recover(Arc::new(run.storage.clone()), &OPTIONS).unwrap();
    let mut frame = FrameBuilder::with_capacity(0);
    frame.push(&Records::encode(&["after a restart"]));
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
    let mut run = Run::start(2);
    run.append();
    let acknowledged_count = run.acknowledged.len();
    run.storage.arm(Fault::SyncFails);
    while !run.writer().poisoned {
        run.append();
    }
    for _ in 0..5 {
        assert_eq!(run.writer().make_room(64), Err(AppendError::Poisoned));
    }
    let read = run.writer().reader.read(Offset(0), 100).unwrap();
    assert_eq!(read.len(), acknowledged_count, "committed records stay readable");
}

#[test]
fn a_consumers_position_survives_power_cuts_old_or_new() {
    for seed in 0..200 {
        let mut run = Run::start(seed);
        for _ in 0..8 {
            run.append();
        }
        let end = run.writer().end;
        let reader = Arc::clone(&run.writer().reader);
        let storage: Arc<dyn LogStorage> = Arc::new(run.storage.clone());
        let open = || Consumer::open(Arc::clone(&storage), Arc::clone(&reader), "pipeline");
        open().unwrap().commit(Offset(3)).unwrap();
        run.storage.reboot();
        let mut consumer = open().unwrap();
        assert_eq!(consumer.position(), Offset(3), "seed {seed}: a committed position is durable");
        let faults = [Fault::PowerCutAtWrite, Fault::PowerCutAtSync, Fault::PowerCutAtRename];
        run.storage.arm(faults[seed as usize % faults.len()]);
        consumer.commit(end).unwrap_err();
        run.storage.reboot();
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
