//! The folder below the log, on real files. Knows names and bytes; what they mean is `frame`'s and
//! `segment`'s.

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, IoSlice};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustix::fs::FallocateFlags;
use rustix::io::Errno;

use super::error::OpenError;

/// How far a new file is made ready. Either way it reads as zeros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fill {
    /// Zeros are written: later writes then flush no metadata, in less than half the time.
    Zeroed,
    /// Blocks are only set aside: ready at once.
    Allocated,
}

/// The log's folder. Implemented by `FileStorage` and, for tests, by `FaultyStorage`.
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
    /// Writes the pieces one behind the other. They are few.
    fn write_pieces_at(&self, position: u64, pieces: &[&[u8]]) -> io::Result<()>;
    /// Returns once every write before it is on disk.
    fn sync(&self) -> io::Result<()>;
    fn read_at(&self, position: u64, bytes: &mut [u8]) -> io::Result<()>;
    /// The whole file. Read, not mapped: a sector that cannot be read is an error then, and not the
    /// end of the program.
    fn contents(&self) -> io::Result<Vec<u8>> {
        let bytes = usize::try_from(self.len_bytes()?).map_err(io::Error::other)?;
        let mut contents = vec![0; bytes];
        self.read_at(0, &mut contents)?;
        Ok(contents)
    }
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

/// Flushed piece by piece: one flush of a whole segment would hold up the commits beside it.
fn write_zeros(file: &File, bytes: u64) -> io::Result<()> {
    let zeros = vec![0; FILL_BYTES];
    for position in (0..bytes).step_by(FILL_BYTES) {
        let piece_bytes = (bytes - position).min(FILL_BYTES as u64) as usize;
        file.write_all_at(&zeros[..piece_bytes], position)?;
        file.sync_data()?;
    }
    Ok(())
}

/// Writes all pieces, however little `write` takes at once.
pub(super) fn write_pieces(
    mut position: u64,
    pieces: &[&[u8]],
    mut write: impl FnMut(&[IoSlice<'_>], u64) -> Result<usize, Errno>,
) -> io::Result<()> {
    let mut slices: Vec<_> = pieces.iter().map(|piece| IoSlice::new(piece)).collect();
    let mut left = slices.as_mut_slice();
    // Passes over pieces without a byte, as every other advance does.
    IoSlice::advance_slices(&mut left, 0);
    while !left.is_empty() {
        match write(left, position) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written_bytes) => {
                position += written_bytes as u64;
                IoSlice::advance_slices(&mut left, written_bytes);
            }
            Err(Errno::INTR) => {}
            Err(errno) => return Err(errno.into()),
        }
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

    fn write_pieces_at(&self, position: u64, pieces: &[&[u8]]) -> io::Result<()> {
        write_pieces(position, pieces, |slices, position| {
            rustix::io::pwritev(self, slices, position)
        })
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn read_at(&self, position: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.read_exact_at(bytes, position)
    }
}
