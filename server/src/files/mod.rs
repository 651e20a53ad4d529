//! The bytes of files that people send: streamed to disk under a bound, checked, named by their
//! content, and durable before anybody names them. It must never know who sends or reads them.

mod kind;
mod name;

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use protocol::file::{File, FileId, FileKind};
use protocol::ids::{ConversationId, SiteKey};
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use kind::IMAGE_PIXELS_MAX;
pub use name::cleaned as cleaned_name;

/// Uploads at once; each has one buffer and one descriptor.
const UPLOADS_MAX: usize = 64;

/// Bytes written before they are handed to the system.
const BUFFER_BYTES: usize = 64 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("too many uploads at once")]
    Busy,
    #[error("larger than {0} bytes")]
    TooLarge(u64),
    #[error("the site has as many bytes of files as it may have")]
    SiteFull,
    #[error("not a kind of file that is allowed here, or not what its name says")]
    Kind,
    #[error("an image of more than {IMAGE_PIXELS_MAX} pixels")]
    Pixels,
    #[error("the disk is full")]
    NoSpace,
    #[error(transparent)]
    Io(io::Error),
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        let kind = error.kind();
        if kind == io::ErrorKind::StorageFull || kind == io::ErrorKind::QuotaExceeded {
            Self::NoSpace
        } else {
            Self::Io(error)
        }
    }
}

/// All files of an installation: `files/SITE/CONVERSATION/HASH.EXT`. Clones share them.
#[derive(Clone)]
pub struct Files(Arc<Store>);

struct Store {
    folder: PathBuf,
    site_bytes_max: u64,
    /// Bytes of each site, those on their way included.
    sites: Mutex<HashMap<SiteKey, u64>>,
    uploads: Arc<Semaphore>,
}

/// Where a file belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub site: SiteKey,
    pub conversation: ConversationId,
}

/// What is accepted there.
#[derive(Debug, Clone)]
pub struct Allowed {
    pub kinds: Vec<FileKind>,
    pub bytes_max: u64,
}

/// A file that is safely on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    pub file: File,
    /// It was not there before; whoever cannot name it after all removes it again.
    pub fresh: bool,
}

impl Files {
    /// Counts what is there and clears what never arrived. Blocks for the disk.
    ///
    /// # Errors
    /// The folder cannot be made or read.
    pub fn open(data: &Path, site_bytes_max: u64) -> io::Result<Self> {
        let folder = data.join("files");
        let arriving = folder.join(ARRIVING);
        if arriving.exists() {
            std::fs::remove_dir_all(&arriving)?;
        }
        std::fs::create_dir_all(&arriving)?;
        let mut sites = HashMap::new();
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if let Some(site) = name.to_str().and_then(|name| SiteKey::parse(name).ok()) {
                sites.insert(site, bytes_below(&entry.path())?);
            }
        }
        let uploads = Arc::new(Semaphore::new(UPLOADS_MAX));
        let sites = Mutex::new(sites);
        Ok(Self(Arc::new(Store { folder, site_bytes_max, sites, uploads })))
    }

    /// Makes room for a file that is about to arrive.
    ///
    /// # Errors
    /// Too many arrive at once, or the disk refuses.
    pub async fn begin(&self, place: Place, allowed: Allowed) -> Result<Arriving, StoreError> {
        let permit = self.0.uploads.clone().try_acquire_owned().map_err(|_| StoreError::Busy)?;
        let unique = uuid::Uuid::from_bytes(crate::clock::random::<16>());
        let path = self.0.folder.join(ARRIVING).join(unique.to_string());
        let file = tokio::fs::File::create_new(&path).await?;
        Ok(Arriving {
            store: self.0.clone(),
            place,
            allowed,
            file: tokio::io::BufWriter::with_capacity(BUFFER_BYTES, file),
            hasher: Sha256::new(),
            bytes: 0,
            path,
            settled: false,
            _permit: permit,
        })
    }

    /// An open file and its length.
    ///
    /// # Errors
    /// There is none, or the disk refuses.
    pub async fn read(&self, place: &Place, id: &FileId) -> io::Result<(tokio::fs::File, u64)> {
        let file = tokio::fs::File::open(self.0.path(place, id)).await?;
        let bytes = file.metadata().await?.len();
        Ok((file, bytes))
    }

    /// Removes a file that no message names.
    pub async fn remove(&self, place: &Place, file: &File) {
        if tokio::fs::remove_file(self.0.path(place, &file.id)).await.is_ok() {
            self.0.give_back(&place.site, file.bytes);
        }
    }

    /// Removes every file of a conversation, durably.
    ///
    /// # Errors
    /// The disk refuses; some may be left.
    pub async fn remove_all(&self, place: &Place) -> io::Result<Removed> {
        let (store, place) = (self.0.clone(), place.clone());
        let removing = tokio::task::spawn_blocking(move || store.remove_all(&place));
        removing.await.map_err(|_| io::Error::from(io::ErrorKind::Other))?
    }
}

/// What was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Removed {
    pub count: u32,
    pub bytes: u64,
}

/// No key of a site: these have no dots.
const ARRIVING: &str = "arriving.d";

impl Store {
    fn folder_of(&self, place: &Place) -> PathBuf {
        self.folder.join(place.site.as_str()).join(place.conversation.to_string())
    }

    fn path(&self, place: &Place, id: &FileId) -> PathBuf {
        self.folder_of(place).join(id.as_str())
    }

    fn take(&self, site: &SiteKey, bytes: u64) -> Result<(), StoreError> {
        let mut sites = self.lock();
        let used = sites.entry(site.clone()).or_insert(0);
        if *used + bytes > self.site_bytes_max {
            return Err(StoreError::SiteFull);
        }
        *used += bytes;
        Ok(())
    }

    fn give_back(&self, site: &SiteKey, bytes: u64) {
        if let Some(used) = self.lock().get_mut(site) {
            *used = used.saturating_sub(bytes);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SiteKey, u64>> {
        self.sites.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn bytes_below(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() {
            bytes_below(&entry.path())?
        } else {
            entry.metadata()?.len()
        };
    }
    Ok(bytes)
}

/// A file on its way. Dropped before it is settled, it leaves nothing behind.
pub struct Arriving {
    store: Arc<Store>,
    place: Place,
    allowed: Allowed,
    file: tokio::io::BufWriter<tokio::fs::File>,
    hasher: Sha256,
    bytes: u64,
    path: PathBuf,
    settled: bool,
    _permit: OwnedSemaphorePermit,
}

impl Arriving {
    /// # Errors
    /// It is too much, or the disk refuses.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        let count = bytes.len() as u64;
        if self.bytes + count > self.allowed.bytes_max {
            return Err(StoreError::TooLarge(self.allowed.bytes_max));
        }
        self.store.take(&self.place.site, count)?;
        self.bytes += count;
        self.hasher.update(bytes);
        Ok(self.file.write_all(bytes).await?)
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Checks what arrived and puts it in its place, durably.
    ///
    /// # Errors
    /// It is not what it says or not allowed, or the disk refuses.
    pub async fn settle(mut self, name: &str) -> Result<Stored, StoreError> {
        self.file.flush().await?;
        self.file.get_ref().sync_all().await?;
        let hash: [u8; 32] = std::mem::take(&mut self.hasher).finalize().into();
        let (path, name) = (self.path.clone(), name::cleaned(name));
        let kinds = std::mem::take(&mut self.allowed.kinds);
        let (store, place, bytes) = (self.store.clone(), self.place.clone(), self.bytes);
        let task = tokio::task::spawn_blocking(move || {
            let claimed = FileKind::of_name(&name).filter(|kind| kinds.contains(kind));
            let kind = claimed.ok_or(StoreError::Kind)?;
            let size = kind::check(&path, kind)?;
            let hex = hash.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
            let id = FileId::parse(&format!("{hex}.{}", kind.extension()));
            let id = id.expect("a hash and an extension of ours");
            let fresh = store.put(&path, &place, &id)?;
            Ok(Stored { file: File { id, name, bytes, size }, fresh })
        });
        let task = task.await.map_err(|_| StoreError::Io(io::ErrorKind::Other.into()));
        let stored: Stored = task.and_then(|stored: Result<Stored, StoreError>| stored)?;
        // What was there before counts once; dropping gives the second one's bytes back.
        self.settled = stored.fresh;
        Ok(stored)
    }
}

impl Store {
    fn remove_all(&self, place: &Place) -> io::Result<Removed> {
        let folder = self.folder_of(place);
        let mut removed = Removed::default();
        if !folder.exists() {
            return Ok(removed);
        }
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let bytes = entry.metadata()?.len();
            std::fs::remove_file(entry.path())?;
            self.give_back(&place.site, bytes);
            removed.count += 1;
            removed.bytes += bytes;
        }
        std::fs::remove_dir(&folder)?;
        let site = folder.parent().unwrap_or(&self.folder);
        std::fs::File::open(site)?.sync_all()?;
        Ok(removed)
    }

    /// Moves a file to its place; `false` when the same one was there already.
    fn put(&self, arrived: &Path, place: &Place, id: &FileId) -> io::Result<bool> {
        let folder = self.folder_of(place);
        std::fs::create_dir_all(&folder)?;
        let target = folder.join(id.as_str());
        let fresh = !target.exists();
        if fresh {
            std::fs::rename(arrived, &target)?;
        }
        // The names must outlive a power cut like the bytes: all folders that may be new.
        let site = folder.parent().unwrap_or(&self.folder);
        for folder in [&folder, site, &self.folder] {
            std::fs::File::open(folder)?.sync_all()?;
        }
        Ok(fresh)
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if !self.settled {
            self.store.give_back(&self.place.site, self.bytes);
            // What cannot be removed now is removed at the next start.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x03\x08\x06\0\0\0";

    fn place() -> Place {
        let site = SiteKey::parse("demo").unwrap();
        Place { site, conversation: ConversationId(Uuid::from_u128(1)) }
    }

    async fn send(files: &Files, name: &str, bytes: &[u8]) -> Result<Stored, StoreError> {
        let allowed = Allowed { kinds: FileKind::USUAL.to_vec(), bytes_max: 100 };
        let mut arriving = files.begin(place(), allowed).await?;
        for piece in bytes.chunks(7) {
            arriving.write(piece).await?;
        }
        arriving.settle(name).await
    }

    fn left_in(folder: &Path) -> usize {
        std::fs::read_dir(folder.join("files").join(ARRIVING)).unwrap().count()
    }

    #[tokio::test]
    async fn the_same_content_is_one_file_and_counts_once() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path(), 40).unwrap();
        let first = send(&files, "../../a b.png", PNG).await.unwrap();
        assert_eq!((first.fresh, first.file.name.as_str()), (true, "a b.png"));
        assert_eq!(first.file.size, Some([2, 3]));
        let again = send(&files, "other.png", PNG).await;
        assert!(matches!(again, Err(StoreError::SiteFull)), "both would not fit: {again:?}");
        files.remove(&place(), &first.file).await;
        assert!(send(&files, "other.png", PNG).await.unwrap().fresh);
        let reopened = Files::open(folder.path(), 60).unwrap();
        let again = send(&reopened, "third.png", PNG).await.unwrap();
        assert_eq!((again.fresh, again.file.id), (false, first.file.id));
        assert_eq!(left_in(folder.path()), 0);
    }

    #[tokio::test]
    async fn what_is_refused_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::open(folder.path(), 1_000).unwrap();
        let large = send(&files, "a.txt", &[b'a'; 101]).await;
        assert!(matches!(large, Err(StoreError::TooLarge(100))));
        for (name, bytes) in [("a.png", &b"GIF89a"[..]), ("a.svg", b"<svg/>"), ("a.zip", b"PK")] {
            assert!(matches!(send(&files, name, bytes).await, Err(StoreError::Kind)), "{name}");
        }
        assert_eq!(left_in(folder.path()), 0);
        assert_eq!(files.0.lock().get(&place().site), Some(&0));
    }
}
