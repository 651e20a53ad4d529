//! A folder in memory with a page cache above a disk, for tests. A power cut keeps any part of
//! what was not flushed; a failed flush forgets it, as Linux does. Knows nothing of logs.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use super::seeded::Random;
use super::storage::{Fill, LogFile, LogStorage};

/// What goes wrong, once, at the named call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    WriteFails,
    /// A write stops half-way because the disk is full.
    WriteNoSpace,
    SyncFails,
    /// As `SyncFails`, because the disk turns out to be full.
    SyncNoSpace,
    SyncFolderFails,
    /// The power goes in the middle of the next call of this kind.
    PowerCut(Call),
}

/// A call that changes something, and in whose middle the power may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Call {
    Create,
    Write,
    Sync,
    Rename,
    Remove,
    SyncFolder,
}

impl Call {
    pub(super) const ALL: [Call; 6] =
        [Call::Create, Call::Write, Call::Sync, Call::Rename, Call::Remove, Call::SyncFolder];
}

/// A promise that the disk breaks for as long as it lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lie {
    /// `sync` returns before anything is on disk.
    SyncIgnored,
    SyncFolderIgnored,
    /// New files hold what an older file held, where they should read as zeros.
    StaleBlanks,
}

/// What the power cut interrupts.
enum Progress {
    Whole,
    Interrupted,
}

/// On the disk a unit of this size is either old or new after a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Sector512,
    Page4096,
}

impl Unit {
    fn bytes(self) -> usize {
        match self {
            Unit::Sector512 => 512,
            Unit::Page4096 => 4096,
        }
    }
}

#[derive(Debug, Default, Clone)]
struct Contents {
    cache: Vec<u8>,
    disk: Vec<u8>,
    /// Units that are newer in the cache.
    dirty: BTreeSet<usize>,
}

#[derive(Debug, Clone)]
enum NameChange {
    Create(String, usize),
    Rename(String, String),
    Remove(String),
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            NameChange::Create(name, idx) => {
                names.insert(name.clone(), *idx);
            }
            NameChange::Rename(from, to) => {
                let idx = names.remove(from).expect("renamed files exist");
                names.insert(to.clone(), idx);
            }
            NameChange::Remove(name) => {
                names.remove(name);
            }
        }
    }

    fn touched(&self) -> Vec<String> {
        match self {
            NameChange::Create(name, _) | NameChange::Remove(name) => vec![name.clone()],
            NameChange::Rename(from, to) => vec![from.clone(), to.clone()],
        }
    }
}

#[derive(Debug)]
struct Disk {
    random: Random,
    unit_bytes: usize,
    files: Vec<Contents>,
    names: BTreeMap<String, usize>,
    names_on_disk: BTreeMap<String, usize>,
    names_pending: Vec<NameChange>,
    space_bytes: u64,
    fault: Option<Fault>,
    /// The power goes in the middle of the call that finds 0 here.
    cut_after: Option<u64>,
    cut_at: Option<Call>,
    lie: Option<Lie>,
    power_on: bool,
}

fn power_is_off() -> io::Error {
    io::Error::other("the power is off")
}

impl Disk {
    fn used_bytes(&self) -> u64 {
        self.names.values().map(|idx| self.files[*idx].cache.len() as u64).sum()
    }

    /// Fails when the power is off; says whether it goes in the middle of this call.
    fn begin(&mut self, call: Call) -> io::Result<Progress> {
        if !self.power_on {
            return Err(power_is_off());
        }
        self.write_back_some();
        let counted_down = self.cut_after == Some(0);
        self.cut_after = self.cut_after.and_then(|calls_count| calls_count.checked_sub(1));
        if !counted_down && !self.due(Fault::PowerCut(call)) {
            return Ok(Progress::Whole);
        }
        self.power_on = false;
        self.cut_at = Some(call);
        Ok(Progress::Interrupted)
    }

    fn due(&mut self, fault: Fault) -> bool {
        let due = self.fault == Some(fault);
        if due {
            self.fault = None;
        }
        due
    }

    /// The kernel writes dirty pages back whenever it likes.
    fn write_back_some(&mut self) {
        if !self.random.chance(10) || self.files.is_empty() {
            return;
        }
        let idx = self.random.below(self.files.len() as u64) as usize;
        self.flush_some(idx);
    }

    fn flush_some(&mut self, idx: usize) {
        let contents = &mut self.files[idx];
        for unit in contents.dirty.clone() {
            if self.random.chance(50) {
                contents.flush(unit, self.unit_bytes);
                contents.dirty.remove(&unit);
            }
        }
    }

    fn change_names(&mut self, name_change: NameChange) {
        name_change.apply(&mut self.names);
        self.names_pending.push(name_change);
    }

    /// Finishes an interrupted change of names or not: `reboot` may lose it all the same.
    fn change_names_perhaps(&mut self, name_change: NameChange) -> io::Error {
        if self.random.chance(50) {
            self.change_names(name_change);
        }
        power_is_off()
    }

    /// Changes of names that the disk had written: the first ones, or any, as long as changes of
    /// one name stay in order.
    fn surviving_names(&mut self) -> Vec<NameChange> {
        let pending = std::mem::take(&mut self.names_pending);
        if self.random.chance(50) {
            let kept_count = self.random.below(pending.len() as u64 + 1) as usize;
            return pending.into_iter().take(kept_count).collect();
        }
        let mut lost = BTreeSet::new();
        let mut kept = Vec::new();
        for name_change in pending {
            let touched = name_change.touched();
            if self.random.chance(30) || touched.iter().any(|name| lost.contains(name)) {
                lost.extend(touched);
            } else {
                kept.push(name_change);
            }
        }
        kept
    }

    /// What a file holds that was just made.
    fn blank(&mut self, bytes: usize) -> Vec<u8> {
        let stale = self.files.iter().rfind(|old| old.disk.len() == bytes);
        match (self.lie, stale) {
            (Some(Lie::StaleBlanks), Some(stale)) => stale.disk.clone(),
            _ => vec![0; bytes],
        }
    }
}

impl Contents {
    fn new(bytes: Vec<u8>) -> Contents {
        Contents { cache: bytes.clone(), disk: bytes, dirty: BTreeSet::new() }
    }

    fn write(&mut self, position: usize, bytes: &[u8], unit_bytes: usize) {
        self.cache[position..position + bytes.len()].copy_from_slice(bytes);
        let units = position / unit_bytes..(position + bytes.len()).div_ceil(unit_bytes);
        self.dirty.extend(units);
    }

    fn flush(&mut self, unit: usize, unit_bytes: usize) {
        let from = unit * unit_bytes;
        let to = (from + unit_bytes).min(self.cache.len());
        self.disk[from..to].copy_from_slice(&self.cache[from..to]);
    }
}

#[derive(Debug, Clone)]
pub(super) struct FaultyStorage(Arc<Mutex<Disk>>);

#[derive(Debug)]
struct FaultyFile {
    disk: Arc<Mutex<Disk>>,
    idx: usize,
}

impl FaultyStorage {
    pub(super) fn new(seed: u64) -> FaultyStorage {
        FaultyStorage::tearing(seed, Unit::Sector512)
    }

    /// Power cuts tear writes at multiples of this unit.
    pub(super) fn tearing(seed: u64, unit: Unit) -> FaultyStorage {
        FaultyStorage(Arc::new(Mutex::new(Disk {
            random: Random(seed),
            unit_bytes: unit.bytes(),
            files: Vec::new(),
            names: BTreeMap::new(),
            names_on_disk: BTreeMap::new(),
            names_pending: Vec::new(),
            space_bytes: u64::MAX,
            fault: None,
            cut_after: None,
            cut_at: None,
            lie: None,
            power_on: true,
        })))
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().expect("no test panics while it holds the disk")
    }

    pub(super) fn arm(&self, fault: Fault) {
        self.disk().fault = Some(fault);
    }

    /// The power goes in the middle of the call after this many.
    pub(super) fn cut_power_after(&self, calls_count: u64) {
        self.disk().cut_after = Some(calls_count);
    }

    pub(super) fn lie(&self, lie: Lie) {
        self.disk().lie = Some(lie);
    }

    pub(super) fn powered_on(&self) -> bool {
        self.disk().power_on
    }

    /// The disk holds this much from now on; what it already holds stays.
    pub(super) fn set_space(&self, space_bytes: u64) {
        self.disk().space_bytes = space_bytes;
    }

    pub(super) fn used_bytes(&self) -> u64 {
        self.disk().used_bytes()
    }

    /// The process dies and the page cache survives.
    pub(super) fn restart_process(&self) {
        let disk = &mut *self.disk();
        disk.fault = None;
        disk.cut_after = None;
    }

    /// The power goes, unless it is off already, and comes back: any part of what was not flushed
    /// is lost. Says which call was interrupted.
    pub(super) fn reboot(&self) -> Option<Call> {
        let disk = &mut *self.disk();
        for name_change in disk.surviving_names() {
            name_change.apply(&mut disk.names_on_disk);
        }
        disk.names = disk.names_on_disk.clone();
        for idx in 0..disk.files.len() {
            disk.flush_some(idx);
            let contents = &mut disk.files[idx];
            contents.dirty.clear();
            if contents.cache != contents.disk {
                contents.cache = contents.disk.clone();
            }
        }
        disk.fault = None;
        disk.cut_after = None;
        disk.power_on = true;
        disk.cut_at.take()
    }

    /// Puts a file there as if it had always been there.
    pub(super) fn put(&self, name: &str, bytes: Vec<u8>) {
        let disk = &mut *self.disk();
        let idx = disk.files.len();
        disk.files.push(Contents::new(bytes));
        disk.names.insert(name.to_owned(), idx);
        disk.names_on_disk.insert(name.to_owned(), idx);
    }

    /// A byte on the disk changes by itself; again, and it is as before.
    pub(super) fn flip(&self, name: &str, position: u64, flip: u8) {
        let disk = &mut *self.disk();
        let idx = disk.names[name];
        disk.files[idx].cache[position as usize] ^= flip;
        disk.files[idx].disk[position as usize] ^= flip;
    }
}

impl LogStorage for FaultyStorage {
    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.disk().names.keys().cloned().collect())
    }

    fn create(&self, name: &str, bytes: u64, _fill: Fill) -> io::Result<Arc<dyn LogFile>> {
        let disk = &mut *self.disk();
        let progress = disk.begin(Call::Create)?;
        if disk.used_bytes() + bytes > disk.space_bytes {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let idx = disk.files.len();
        let named = NameChange::Create(name.to_owned(), idx);
        match progress {
            Progress::Whole => {
                let blank = disk.blank(bytes as usize);
                disk.files.push(Contents::new(blank));
                disk.change_names(named);
                Ok(Arc::new(FaultyFile { disk: Arc::clone(&self.0), idx }))
            }
            Progress::Interrupted => {
                let grown_to = disk.random.below(bytes + 1) as usize;
                disk.files.push(Contents::new(vec![0; grown_to]));
                Err(disk.change_names_perhaps(named))
            }
        }
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn LogFile>> {
        let disk = self.disk();
        let idx = *disk.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::new(FaultyFile { disk: Arc::clone(&self.0), idx }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let disk = &mut *self.disk();
        let renamed = NameChange::Rename(from.to_owned(), to.to_owned());
        match disk.begin(Call::Rename)? {
            Progress::Whole => disk.change_names(renamed),
            Progress::Interrupted => return Err(disk.change_names_perhaps(renamed)),
        }
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let disk = &mut *self.disk();
        let removed = NameChange::Remove(name.to_owned());
        match disk.begin(Call::Remove)? {
            Progress::Whole => disk.change_names(removed),
            Progress::Interrupted => return Err(disk.change_names_perhaps(removed)),
        }
        Ok(())
    }

    fn sync_folder(&self) -> io::Result<()> {
        let disk = &mut *self.disk();
        match disk.begin(Call::SyncFolder)? {
            // What it had written by then, `reboot` decides.
            Progress::Interrupted => return Err(power_is_off()),
            Progress::Whole => {}
        }
        if disk.due(Fault::SyncFolderFails) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        if disk.lie != Some(Lie::SyncFolderIgnored) {
            disk.names_pending.clear();
            disk.names_on_disk = disk.names.clone();
        }
        Ok(())
    }
}

impl FaultyFile {
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().expect("no test panics while it holds the disk")
    }
}

impl LogFile for FaultyFile {
    fn len_bytes(&self) -> io::Result<u64> {
        Ok(self.disk().files[self.idx].cache.len() as u64)
    }

    fn write_at(&self, position: u64, bytes: &[u8]) -> io::Result<()> {
        let disk = &mut *self.disk();
        let progress = disk.begin(Call::Write)?;
        let half_bytes = match disk.random.chance(20) {
            // What is missing may read as what stands there already: zeros.
            true => bytes.len(),
            false => disk.random.below(bytes.len() as u64) as usize,
        };
        let full = disk.due(Fault::WriteNoSpace);
        let failed = disk.due(Fault::WriteFails);
        let interrupted = matches!(progress, Progress::Interrupted);
        let written_bytes = if interrupted || full || failed { half_bytes } else { bytes.len() };
        let written = &bytes[..written_bytes];
        disk.files[self.idx].write(position as usize, written, disk.unit_bytes);
        match (interrupted, full, failed) {
            (true, _, _) => Err(power_is_off()),
            (false, true, _) => Err(io::ErrorKind::StorageFull.into()),
            (false, false, true) => Err(io::Error::other("input/output error")),
            (false, false, false) => Ok(()),
        }
    }

    fn write_pieces_at(&self, position: u64, pieces: &[&[u8]]) -> io::Result<()> {
        self.write_at(position, &pieces.concat())
    }

    fn sync(&self) -> io::Result<()> {
        let disk = &mut *self.disk();
        match disk.begin(Call::Sync)? {
            // What it had written by then, `reboot` decides.
            Progress::Interrupted => return Err(power_is_off()),
            Progress::Whole => {}
        }
        if disk.lie == Some(Lie::SyncIgnored) {
            return Ok(());
        }
        let full = disk.due(Fault::SyncNoSpace);
        let failed = full || disk.due(Fault::SyncFails);
        let contents = &mut disk.files[self.idx];
        for unit in std::mem::take(&mut contents.dirty) {
            if !failed || disk.random.chance(50) {
                contents.flush(unit, disk.unit_bytes);
            }
        }
        match (failed, full) {
            (true, true) => Err(io::ErrorKind::StorageFull.into()),
            (true, false) => Err(io::Error::other("input/output error")),
            (false, _) => Ok(()),
        }
    }

    fn read_at(&self, position: u64, bytes: &mut [u8]) -> io::Result<()> {
        let disk = self.disk();
        let from = position as usize;
        let part = disk.files[self.idx].cache.get(from..from + bytes.len());
        bytes.copy_from_slice(part.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}
