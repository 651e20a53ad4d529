//! The folder below the log: real files, and for tests files that forget what was not flushed.
//! Knows names and bytes; what they mean is `frame`'s and `segment`'s.

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::FallocateFlags;
use rustix::io::Errno;

use super::error::OpenError;
use super::mapped;

/// A file's whole contents for reading.
pub(super) type View = Box<dyn AsRef<[u8]> + Send + Sync>;

/// How far a new file is made ready. Either way it reads as zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fill {
    /// Zeros are written: later writes then flush no metadata, in less than half the time.
    Zeroed,
    /// Blocks are only set aside: ready at once.
    Allocated,
}

/// The log's folder. Implemented by `FileStorage` and, for tests, by `faulty::FaultyStorage`.
pub(super) trait LogStorage: Debug + Send + Sync {
    fn names(&self) -> io::Result<Vec<String>>;
    /// Makes a file of this size, flushed, in place of any file of that name. Leaves nothing
    /// behind when the disk is full.
    fn create(&self, name: &str, bytes: u64, fill: Fill) -> io::Result<Arc<dyn LogFile>>;
    fn open(&self, name: &str) -> io::Result<Arc<dyn LogFile>>;
    /// Durable only after `sync_folder`.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    fn remove(&self, name: &str) -> io::Result<()>;
    fn sync_folder(&self) -> io::Result<()>;
}

/// One open file of the folder.
pub(super) trait LogFile: Debug + Send + Sync {
    fn len_bytes(&self) -> io::Result<u64>;
    fn write_at(&self, position: u64, bytes: &[u8]) -> io::Result<()>;
    /// Returns once every write before it is on disk.
    fn sync(&self) -> io::Result<()>;
    fn read_at(&self, position: u64, bytes: &mut [u8]) -> io::Result<()>;
    /// The file's contents now; not to be kept across writes.
    fn view(&self) -> io::Result<View>;
}

/// A real folder, locked against other processes for as long as this value lives.
#[derive(Debug)]
pub(super) struct FileStorage {
    dir: PathBuf,
    folder: File,
    _lock: File,
}

const LOCK_FILE: &str = "lock";
/// Zeros are written in pieces of this size.
const FILL_BYTES: usize = 1 << 20;

impl FileStorage {
    /// Opens the folder, makes it when it is missing, and takes its lock.
    pub(super) fn open(dir: &Path) -> Result<FileStorage, OpenError> {
        fs::create_dir_all(dir)?;
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(dir.join(LOCK_FILE))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => OpenError::Locked,
            TryLockError::Error(error) => OpenError::Io(error),
        })?;
        Ok(FileStorage { dir: dir.to_owned(), folder: File::open(dir)?, _lock: lock })
    }

    fn create_file(&self, name: &str, bytes: u64, fill: Fill) -> io::Result<File> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(self.dir.join(name))?;
        let fill = match rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, bytes) {
            Ok(()) => fill,
            // A filesystem that cannot set blocks aside gets them by writing.
            Err(Errno::OPNOTSUPP) => Fill::Zeroed,
            Err(errno) => return Err(errno.into()),
        };
        match fill {
            Fill::Zeroed => write_zeros(&file, bytes)?,
            Fill::Allocated => {}
        }
        file.sync_all()?;
        Ok(file)
    }
}

fn write_zeros(file: &File, bytes: u64) -> io::Result<()> {
    let zeros = vec![0; FILL_BYTES];
    for position in (0..bytes).step_by(FILL_BYTES) {
        let piece_bytes = (bytes - position).min(FILL_BYTES as u64) as usize;
        file.write_all_at(&zeros[..piece_bytes], position)?;
    }
    Ok(())
}

impl LogStorage for FileStorage {
    fn names(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.dir)? {
            names.extend(entry?.file_name().into_string().ok());
        }
        Ok(names)
    }

    fn create(&self, name: &str, bytes: u64, fill: Fill) -> io::Result<Arc<dyn LogFile>> {
        match self.create_file(name, bytes, fill) {
            Ok(file) => Ok(Arc::new(file)),
            Err(error) => {
                // Half a file would hold the very space that is short. It may not exist at all.
                let _ = fs::remove_file(self.dir.join(name));
                Err(error)
            }
        }
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn LogFile>> {
        let file = OpenOptions::new().read(true).write(true).open(self.dir.join(name))?;
        Ok(Arc::new(file))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.dir.join(from), self.dir.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.dir.join(name))
    }

    fn sync_folder(&self) -> io::Result<()> {
        self.folder.sync_all()
    }
}

impl LogFile for File {
    fn len_bytes(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn write_at(&self, position: u64, bytes: &[u8]) -> io::Result<()> {
        self.write_all_at(bytes, position)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn read_at(&self, position: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.read_exact_at(bytes, position)
    }

    fn view(&self) -> io::Result<View> {
        Ok(Box::new(mapped::map(self)?))
    }
}

#[cfg(test)]
pub(super) mod faulty {
    //! A folder in memory with a page cache above a disk. A crash keeps any subset of the
    //! sectors that were not flushed; a failed flush forgets them, as Linux does.

    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::{Mutex, MutexGuard};

    use super::*;

    const SECTOR_BYTES: usize = 512;

    /// Small deterministic generator (splitmix64).
    #[derive(Debug, Clone)]
    pub(in super::super) struct Random(pub(in super::super) u64);

    impl Random {
        pub(in super::super) fn below(&mut self, bound: u64) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = self.0;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (word ^ (word >> 31)) % bound
        }

        pub(in super::super) fn chance(&mut self, percent: u64) -> bool {
            self.below(100) < percent
        }
    }

    /// What goes wrong, once, at the named call.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(in super::super) enum Fault {
        WriteFails,
        /// A write stops half-way because the disk is full.
        WriteNoSpace,
        SyncFails,
        /// As `SyncFails`, because the disk turns out to be full.
        SyncNoSpace,
        SyncFolderFails,
        /// The power goes before the flush; every later call fails until `reboot`.
        PowerCutAtWrite,
        PowerCutAtSync,
        PowerCutAtRename,
    }

    #[derive(Debug, Default, Clone)]
    struct Contents {
        cache: Vec<u8>,
        disk: Vec<u8>,
        dirty: BTreeSet<usize>,
    }

    #[derive(Debug, Clone)]
    enum NameChange {
        Create(String, usize),
        Rename(String, String),
        Remove(String),
    }

    #[derive(Debug)]
    struct Disk {
        random: Random,
        files: Vec<Contents>,
        names: BTreeMap<String, usize>,
        names_on_disk: BTreeMap<String, usize>,
        names_pending: Vec<NameChange>,
        space_bytes: u64,
        fault: Option<Fault>,
        power_on: bool,
    }

    #[derive(Debug, Clone)]
    pub(in super::super) struct FaultyStorage(Arc<Mutex<Disk>>);

    #[derive(Debug)]
    struct FaultyFile {
        disk: Arc<Mutex<Disk>>,
        idx: usize,
    }

    fn change(names: &mut BTreeMap<String, usize>, change: &NameChange) {
        match change {
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

    impl Disk {
        fn used_bytes(&self) -> u64 {
            self.names.values().map(|idx| self.files[*idx].cache.len() as u64).sum()
        }

        /// Fails when the power is off; cuts it when that fault is due here.
        fn powered(&mut self, cut: Option<Fault>) -> io::Result<()> {
            if cut.is_some() && self.fault == cut {
                self.fault = None;
                self.power_on = false;
            }
            if self.power_on { Ok(()) } else { Err(io::Error::other("the power is off")) }
        }

        fn due(&mut self, fault: Fault) -> bool {
            let due = self.fault == Some(fault);
            if due {
                self.fault = None;
            }
            due
        }

        fn change_names(&mut self, name_change: NameChange) {
            change(&mut self.names, &name_change);
            self.names_pending.push(name_change);
        }
    }

    impl Contents {
        fn write(&mut self, position: usize, bytes: &[u8]) {
            self.cache[position..position + bytes.len()].copy_from_slice(bytes);
            let sectors = position / SECTOR_BYTES..(position + bytes.len()).div_ceil(SECTOR_BYTES);
            self.dirty.extend(sectors);
        }

        fn flush(&mut self, sector: usize) {
            let from = sector * SECTOR_BYTES;
            let to = (from + SECTOR_BYTES).min(self.cache.len());
            self.disk[from..to].copy_from_slice(&self.cache[from..to]);
        }
    }

    impl FaultyStorage {
        pub(in super::super) fn new(seed: u64) -> FaultyStorage {
            FaultyStorage(Arc::new(Mutex::new(Disk {
                random: Random(seed),
                files: Vec::new(),
                names: BTreeMap::new(),
                names_on_disk: BTreeMap::new(),
                names_pending: Vec::new(),
                space_bytes: u64::MAX,
                fault: None,
                power_on: true,
            })))
        }

        fn disk(&self) -> MutexGuard<'_, Disk> {
            self.0.lock().expect("no test panics while it holds the disk")
        }

        pub(in super::super) fn arm(&self, fault: Fault) {
            self.disk().fault = Some(fault);
        }

        pub(in super::super) fn powered_on(&self) -> bool {
            self.disk().power_on
        }

        /// The disk holds this much from now on; what it already holds stays.
        pub(in super::super) fn set_space(&self, space_bytes: u64) {
            self.disk().space_bytes = space_bytes;
        }

        pub(in super::super) fn used_bytes(&self) -> u64 {
            self.disk().used_bytes()
        }

        /// The process dies and the page cache survives.
        pub(in super::super) fn restart_process(&self) {
            self.disk().fault = None;
        }

        /// The power goes: any subset of what was not flushed is lost.
        pub(in super::super) fn reboot(&self) {
            let disk = &mut *self.disk();
            let kept_count = disk.random.below(disk.names_pending.len() as u64 + 1) as usize;
            let pending: Vec<_> = disk.names_pending.drain(..).take(kept_count).collect();
            for name_change in &pending {
                change(&mut disk.names_on_disk, name_change);
            }
            disk.names = disk.names_on_disk.clone();
            for contents in &mut disk.files {
                for sector in std::mem::take(&mut contents.dirty) {
                    if disk.random.chance(50) {
                        contents.flush(sector);
                    }
                }
                contents.cache = contents.disk.clone();
            }
            disk.fault = None;
            disk.power_on = true;
        }

        /// Puts a file there as if it had always been there.
        pub(in super::super) fn put(&self, name: &str, bytes: Vec<u8>) {
            let disk = &mut *self.disk();
            let idx = disk.files.len();
            let contents = Contents { cache: bytes.clone(), disk: bytes, dirty: BTreeSet::new() };
            disk.files.push(contents);
            disk.names.insert(name.to_owned(), idx);
            disk.names_on_disk.insert(name.to_owned(), idx);
        }
    }

    impl LogStorage for FaultyStorage {
        fn names(&self) -> io::Result<Vec<String>> {
            Ok(self.disk().names.keys().cloned().collect())
        }

        fn create(&self, name: &str, bytes: u64, _fill: Fill) -> io::Result<Arc<dyn LogFile>> {
            let mut disk = self.disk();
            disk.powered(None)?;
            if disk.used_bytes() + bytes > disk.space_bytes {
                return Err(io::ErrorKind::StorageFull.into());
            }
            let idx = disk.files.len();
            let zeros = vec![0; bytes as usize];
            disk.files.push(Contents { cache: zeros.clone(), disk: zeros, dirty: BTreeSet::new() });
            disk.change_names(NameChange::Create(name.to_owned(), idx));
            Ok(Arc::new(FaultyFile { disk: Arc::clone(&self.0), idx }))
        }

        fn open(&self, name: &str) -> io::Result<Arc<dyn LogFile>> {
            let disk = self.disk();
            let idx = *disk.names.get(name).ok_or(io::ErrorKind::NotFound)?;
            Ok(Arc::new(FaultyFile { disk: Arc::clone(&self.0), idx }))
        }

        fn rename(&self, from: &str, to: &str) -> io::Result<()> {
            let mut disk = self.disk();
            disk.powered(Some(Fault::PowerCutAtRename))?;
            disk.change_names(NameChange::Rename(from.to_owned(), to.to_owned()));
            Ok(())
        }

        fn remove(&self, name: &str) -> io::Result<()> {
            let mut disk = self.disk();
            disk.powered(None)?;
            disk.change_names(NameChange::Remove(name.to_owned()));
            Ok(())
        }

        fn sync_folder(&self) -> io::Result<()> {
            let mut disk = self.disk();
            disk.powered(None)?;
            if disk.due(Fault::SyncFolderFails) {
                return Err(io::ErrorKind::StorageFull.into());
            }
            disk.names_pending.clear();
            disk.names_on_disk = disk.names.clone();
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
            let written_bytes = disk.random.below(bytes.len() as u64) as usize;
            let half = &bytes[..written_bytes];
            let contents = &mut disk.files[self.idx];
            if matches!(disk.fault, Some(Fault::PowerCutAtWrite | Fault::WriteNoSpace)) {
                contents.write(position as usize, half);
            }
            disk.powered(Some(Fault::PowerCutAtWrite))?;
            if disk.due(Fault::WriteNoSpace) {
                return Err(io::ErrorKind::StorageFull.into());
            }
            if disk.due(Fault::WriteFails) {
                return Err(io::Error::other("input/output error"));
            }
            disk.files[self.idx].write(position as usize, bytes);
            Ok(())
        }

        fn sync(&self) -> io::Result<()> {
            let disk = &mut *self.disk();
            disk.powered(Some(Fault::PowerCutAtSync))?;
            let full = disk.due(Fault::SyncNoSpace);
            let failed = full || disk.due(Fault::SyncFails);
            let contents = &mut disk.files[self.idx];
            for sector in std::mem::take(&mut contents.dirty) {
                if !failed || disk.random.chance(50) {
                    contents.flush(sector);
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

        fn view(&self) -> io::Result<View> {
            Ok(Box::new(self.disk().files[self.idx].cache.clone()))
        }
    }
}
