//! One simulated life of a log: a sender, a consumer and a faulty folder, with power cuts at any
//! call, recovery included. A seed always takes the same way. What must never happen is a
//! `Violation`, so that a test can also expect one, of a disk that lies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::consumer::Consumer;
use super::error::{AppendError, OpenError, ReadError};
use super::faulty::{Call, Fault, FaultyStorage, Lie, Unit};
use super::frame::{FrameBuilder, Records, frame_bytes};
use super::log::{AppendClass, LogOptions, Offset, Recovery};
use super::recover::recover;
use super::seeded::Random;
use super::segment::{self, Scan};
use super::storage::{LogFile, LogStorage};
use super::writer::{Room, Writer};

const CONSUMER: &str = "pipeline";
/// A recovery that is cut short is tried again; after so many times in a row it is left alone.
const RECOVERY_CUTS_MAX: u64 = 4;

/// A promise of the log that did not hold.
#[derive(Debug, thiserror::Error)]
pub(super) enum Violation {
    #[error("a folder that nothing but faults had touched was refused: {0}")]
    Refused(OpenError),
    #[error("acknowledged records cannot be read")]
    Unreadable,
    #[error("offsets have gaps")]
    OffsetsHaveGaps,
    #[error("{found_count} of {acknowledged_count} acknowledged records are left")]
    Lost { acknowledged_count: usize, found_count: usize },
    #[error("acknowledged records changed")]
    Changed,
    #[error("behind the acknowledged records is neither nothing nor the whole batch in doubt")]
    TornBatch,
    #[error("record {id} is there twice")]
    Doubled { id: u64 },
    #[error("a poisoned log acknowledged")]
    AcknowledgedAlthoughPoisoned,
    #[error("the acknowledgement names another offset than the next one")]
    WrongOffset,
    #[error("a torn tail is still there after it was cut")]
    TornTailLeft,
    #[error("damage at byte {position} of {segment} was cut off or shown")]
    DamageAccepted { segment: String, position: u64 },
    #[error("the refusal names byte {offset_bytes}, behind the damage at byte {position}")]
    DamageMisplaced { position: u64, offset_bytes: u64 },
    #[error("the consumer stands at {position}, where it never was")]
    PositionLost { position: Offset },
}

type Outcome<T> = Result<T, Violation>;

/// What a life met, to see that the seeds reach what they are meant to reach.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) acknowledged: u64,
    /// Batches sent again and known from the log.
    pub(super) recognized: u64,
    pub(super) no_space: u64,
    pub(super) reserve_used: u64,
    pub(super) poisoned: u64,
    pub(super) torn: u64,
    pub(super) unacknowledged_survived: u64,
    pub(super) damaged: u64,
    pub(super) positions: u64,
    pub(super) segments_max: usize,
    /// Power cuts in the middle of a call, outside of recovery and within.
    pub(super) cuts: BTreeMap<Call, u64>,
    pub(super) recovery_cuts: BTreeMap<Call, u64>,
    /// Power cuts between two calls.
    pub(super) cuts_between: u64,
}

impl Seen {
    pub(super) fn cuts_count(&self) -> u64 {
        self.cuts_between
            + self.cuts.values().sum::<u64>()
            + self.recovery_cuts.values().sum::<u64>()
    }

    pub(super) fn add(&mut self, other: &Seen) {
        self.acknowledged += other.acknowledged;
        self.recognized += other.recognized;
        self.no_space += other.no_space;
        self.reserve_used += other.reserve_used;
        self.poisoned += other.poisoned;
        self.torn += other.torn;
        self.unacknowledged_survived += other.unacknowledged_survived;
        self.damaged += other.damaged;
        self.positions += other.positions;
        self.segments_max = self.segments_max.max(other.segments_max);
        self.cuts_between += other.cuts_between;
        for (call, count) in &other.cuts {
            *self.cuts.entry(*call).or_default() += count;
        }
        for (call, count) in &other.recovery_cuts {
            *self.recovery_cuts.entry(*call).or_default() += count;
        }
    }
}

pub(super) struct Life {
    random: Random,
    pub(super) options: LogOptions,
    filler_bytes_max: u64,
    pub(super) storage: FaultyStorage,
    writer: Option<Writer>,
    consumer: Option<Consumer>,
    /// Payloads in the order of their offsets that must be there.
    pub(super) acknowledged: Vec<Vec<u8>>,
    /// Ids of the records in the log, as whoever replays it knows them.
    known: BTreeSet<u64>,
    /// A batch of which nobody knows: it may come back as a whole or not at all.
    in_doubt: Vec<Vec<u8>>,
    /// What the sender has no answer for, and sends again.
    outbox: Vec<Vec<u8>>,
    made_count: u64,
    /// The log said that it acknowledges nothing more until it is opened again.
    was_poisoned: bool,
    /// The consumer's position is the first, or one of those whose commit failed.
    positions: Vec<Offset>,
    pub(super) seen: Seen,
}

/// Lives through this many steps and says what it met.
pub(super) fn live(seed: u64, steps_count: u64, lie: Option<Lie>) -> Outcome<Seen> {
    let mut life = Life::begin(seed, lie)?;
    for _ in 0..steps_count {
        life.step()?;
    }
    life.cut_power()?;
    Ok(life.seen)
}

impl Life {
    /// Seeds take turns in how coarsely the disk tears.
    pub(super) fn begin(seed: u64, lie: Option<Lie>) -> Outcome<Life> {
        let (unit, segment_bytes, filler_bytes_max) = match seed % 2 {
            0 => (Unit::Sector512, 2048, 200),
            _ => (Unit::Page4096, 16_384, 1_600),
        };
        let storage = FaultyStorage::tearing(seed ^ 0x5eed, unit);
        if let Some(lie) = lie {
            storage.lie(lie);
        }
        let mut life = Life {
            random: Random(seed),
            options: LogOptions {
                segment_bytes,
                reserve_bytes: segment_bytes / 2,
                settled: Offset(0),
            },
            filler_bytes_max,
            storage,
            writer: None,
            consumer: None,
            acknowledged: Vec::new(),
            known: BTreeSet::new(),
            in_doubt: Vec::new(),
            outbox: Vec::new(),
            made_count: 0,
            was_poisoned: false,
            positions: vec![Offset(0)],
            seen: Seen::default(),
        };
        // Making the first segment may be cut short as well.
        life.cut_power()?;
        Ok(life)
    }

    pub(super) fn writer(&mut self) -> &mut Writer {
        self.writer.as_mut().expect("open between steps")
    }

    fn step(&mut self) -> Outcome<()> {
        match self.random.below(100) {
            0..50 => self.append()?,
            50..62 => self.tend(),
            62..70 => self.consume(),
            70..84 => self.storage.cut_power_after(self.random.below(12)),
            84..88 => self.arm(),
            88..91 => {
                let free_bytes = self.random.below(2 * self.options.segment_bytes);
                self.storage.set_space(self.storage.used_bytes() + free_bytes);
            }
            91..93 => self.storage.set_space(u64::MAX),
            93..94 => self.damage()?,
            94..98 if self.storage.powered_on() => {
                self.storage.restart_process();
                self.reopen()?;
            }
            _ => self.cut_power()?,
        }
        if self.storage.powered_on() { Ok(()) } else { self.cut_power() }
    }

    /// The power goes, if it has not gone already; recovery itself may be cut short as well.
    fn cut_power(&mut self) -> Outcome<()> {
        self.drop_log();
        match self.storage.reboot() {
            Some(call) => *self.seen.cuts.entry(call).or_default() += 1,
            None => self.seen.cuts_between += 1,
        }
        for _ in 0..RECOVERY_CUTS_MAX {
            if !self.random.chance(40) {
                break;
            }
            self.storage.cut_power_after(self.random.below(5));
            // An error is the power cut's; a lack of space is recovery's to live with.
            let recovered = recover(Arc::new(self.storage.clone()), &self.options);
            drop(recovered);
            match self.storage.reboot() {
                Some(call) => *self.seen.recovery_cuts.entry(call).or_default() += 1,
                None => self.seen.cuts_between += 1,
            }
        }
        self.reopen()
    }

    fn drop_log(&mut self) {
        self.writer = None;
        self.consumer = None;
        self.was_poisoned = false;
    }

    fn open(&self) -> Outcome<(Writer, Recovery)> {
        let storage: Arc<dyn LogStorage> = Arc::new(self.storage.clone());
        recover(storage, &self.options).map_err(Violation::Refused)
    }

    pub(super) fn reopen(&mut self) -> Outcome<()> {
        self.drop_log();
        let (writer, recovery) = self.open()?;
        let (_, again) = self.open()?;
        if again.torn_bytes > 0 {
            return Err(Violation::TornTailLeft);
        }
        let consumer = open_consumer(&self.storage, &writer)?;
        let position = consumer.position();
        if !self.positions.contains(&position) {
            return Err(Violation::PositionLost { position });
        }
        self.consumer = Some(consumer);
        self.writer = Some(writer);
        self.seen.torn += u64::from(recovery.torn_bytes > 0);
        self.seen.segments_max = self.seen.segments_max.max(recovery.segments_count);
        self.check_contents()
    }

    fn check_contents(&mut self) -> Outcome<()> {
        let acknowledged_count = self.acknowledged.len();
        let writer = self.writer();
        let end = writer.end;
        let entries =
            writer.reader.read(Offset(0), usize::MAX).map_err(|_| Violation::Unreadable)?;
        let in_order = entries.iter().map(|entry| entry.offset.0).eq(0..end.0);
        if !in_order {
            return Err(Violation::OffsetsHaveGaps);
        }
        let payloads: Vec<_> = entries.into_iter().map(|entry| entry.payload).collect();
        let lost = Violation::Lost { acknowledged_count, found_count: payloads.len() };
        let (before, behind) = payloads.split_at_checked(acknowledged_count).ok_or(lost)?;
        if *before != self.acknowledged[..] {
            return Err(Violation::Changed);
        }
        let in_doubt = std::mem::take(&mut self.in_doubt);
        if !behind.is_empty() && *behind != in_doubt[..] {
            return Err(Violation::TornBatch);
        }
        // Once shown, it must stay.
        self.seen.unacknowledged_survived += u64::from(!behind.is_empty());
        self.acknowledged.extend(behind.iter().cloned());
        self.known.clear();
        for id in payloads.iter().map(|payload| id_of(payload)) {
            if !self.known.insert(id) {
                return Err(Violation::Doubled { id });
            }
        }
        Ok(())
    }

    /// Sends what has no answer yet, or something new.
    pub(super) fn append(&mut self) -> Outcome<()> {
        let class =
            if self.random.chance(50) { AppendClass::Normal } else { AppendClass::ExistingChat };
        if self.outbox.is_empty() {
            self.outbox = (0..=self.random.below(4)).map(|_| self.payload()).collect();
        }
        let payloads = self.outbox.clone();
        if payloads.iter().any(|payload| self.known.contains(&id_of(payload))) {
            self.seen.recognized += 1;
            self.outbox.clear();
            return Ok(());
        }
        let mut frame = FrameBuilder::default();
        frame.push(Records::encode(&payloads));
        let sealed_bytes = frame.sealed_bytes();
        assert_eq!(sealed_bytes, frame_bytes(payloads.iter().map(|p| 4 + p.len()).sum()));
        let writer = self.writer();
        let appended = match writer.make_room(sealed_bytes) {
            Ok(room) if room.admits(class) => writer.commit(frame, 1_000),
            Ok(_) => Err(AppendError::NoSpace),
            Err(error) => Err(error),
        };
        match appended {
            Ok(_) if self.was_poisoned => return Err(Violation::AcknowledgedAlthoughPoisoned),
            Ok(first) => self.acknowledge(first)?,
            Err(AppendError::NoSpace) => {
                self.seen.no_space += 1;
                // The sender gives up, and the log must never show these.
                self.outbox.clear();
            }
            Err(AppendError::Poisoned) if self.was_poisoned => {}
            Err(AppendError::Poisoned) => {
                self.seen.poisoned += 1;
                self.was_poisoned = true;
                self.in_doubt = payloads;
            }
            Err(AppendError::Busy | AppendError::TooLarge | AppendError::Closed) => {
                unreachable!("the writer does not queue")
            }
        }
        Ok(())
    }

    fn acknowledge(&mut self, first: Offset) -> Outcome<()> {
        if first != Offset(self.acknowledged.len() as u64) {
            return Err(Violation::WrongOffset);
        }
        let payloads = std::mem::take(&mut self.outbox);
        self.known.extend(payloads.iter().map(|payload| id_of(payload)));
        self.acknowledged.extend(payloads);
        self.seen.acknowledged += 1;
        let room = self.writer().room;
        self.seen.reserve_used += u64::from(room == Room::ForExistingChats);
        Ok(())
    }

    fn payload(&mut self) -> Vec<u8> {
        self.made_count += 1;
        let mut payload = self.made_count.to_be_bytes().to_vec();
        let filler_bytes = self.random.below(self.filler_bytes_max) as usize;
        payload.extend((0..filler_bytes).map(|_| self.random.below(256) as u8));
        payload
    }

    pub(super) fn tend(&mut self) {
        let storage = self.storage.clone();
        let options = self.options.clone();
        if let Some(wanted) = self.writer().wanted() {
            match wanted.make(&storage, &options) {
                Ok(blank) => self.writer().supply(wanted, blank),
                Err(_) => self.writer().lacks(wanted),
            }
        }
    }

    fn consume(&mut self) {
        let end = self.writer().end;
        let consumer = self.consumer.as_mut().expect("open between steps");
        let next = Offset(self.random.below(end.0 + 1));
        // A commit that goes back is no commit.
        if self.positions.iter().any(|position| next <= *position) {
            return;
        }
        match consumer.commit(next) {
            Ok(()) => {
                self.positions = vec![next];
                self.seen.positions += 1;
            }
            Err(_) => self.positions.push(next),
        }
    }

    fn arm(&mut self) {
        let faults = [
            Fault::WriteFails,
            Fault::WriteNoSpace,
            Fault::SyncFails,
            Fault::SyncNoSpace,
            Fault::SyncFolderFails,
        ];
        self.storage.arm(faults[self.random.below(faults.len() as u64) as usize]);
    }

    /// A byte of the past changes on the disk. Opening or reading must say so, and where; then
    /// the byte is put back.
    fn damage(&mut self) -> Outcome<()> {
        // Only what was flushed is past.
        self.cut_power()?;
        let names = self.storage.names().expect("the power is on");
        let segments: Vec<_> = names.iter().filter_map(|name| segment::base_of(name)).collect();
        let base = segments[self.random.below(segments.len() as u64) as usize];
        let segment = segment::file_name(base);
        let scan = self.scan(&segment);
        let is_last = segments.iter().max() == Some(&base);
        // The last batch may be taken for one that was never acknowledged.
        let past_bytes = match (is_last, scan.last_frame_position) {
            (false, _) => scan.end_position,
            (true, Some(last_frame_position)) => last_frame_position,
            (true, None) => return Ok(()),
        };
        let position = self.random.below(past_bytes);
        let flip = 1 + self.random.below(255) as u8;
        self.drop_log();
        self.storage.flip(&segment, position, flip);
        let refused_at = match self.open() {
            Ok((writer, _)) => damage_read(&writer),
            Err(Violation::Refused(OpenError::Corrupt { offset_bytes, .. })) => Some(offset_bytes),
            Err(Violation::Refused(OpenError::Version { .. })) => Some(0),
            Err(violation) => return Err(violation),
        };
        self.storage.flip(&segment, position, flip);
        match refused_at {
            None => return Err(Violation::DamageAccepted { segment, position }),
            Some(offset_bytes) if offset_bytes > position => {
                return Err(Violation::DamageMisplaced { position, offset_bytes });
            }
            Some(_) => self.seen.damaged += 1,
        }
        self.reopen()
    }

    fn scan(&self, segment: &str) -> Scan {
        let file: Arc<dyn LogFile> = self.storage.open(segment).expect("the name was listed");
        let bytes = file.contents().expect("the power is on");
        segment::scan(&bytes).expect("the log is open")
    }
}

fn open_consumer(storage: &FaultyStorage, writer: &Writer) -> Outcome<Consumer> {
    let storage: Arc<dyn LogStorage> = Arc::new(storage.clone());
    Consumer::open(storage, Arc::clone(&writer.reader), CONSUMER).map_err(Violation::Refused)
}

/// Where reading the whole log meets damage.
fn damage_read(writer: &Writer) -> Option<u64> {
    match writer.reader.read(Offset(0), usize::MAX) {
        Err(ReadError::Corrupt { offset_bytes, .. }) => Some(offset_bytes),
        Ok(_) | Err(ReadError::Closed | ReadError::Trimmed { .. } | ReadError::Io(_)) => None,
    }
}

fn id_of(payload: &[u8]) -> u64 {
    let (id, _) = payload.split_first_chunk::<8>().expect("every payload starts with its id");
    u64::from_be_bytes(*id)
}
