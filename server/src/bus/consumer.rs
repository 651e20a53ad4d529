//! A named reader of the log with a durable position. What it does with a record must bear being
//! done twice: after a crash it starts from the position it committed last.

use std::fmt;
use std::io;
use std::sync::Arc;

use tokio::sync::watch;

use super::error::{CommitError, OpenError, ReadError};
use super::log::{Entry, Offset};
use super::reader::Reader;
use super::storage::{Fill, LogStorage};

/// A position file, little-endian: magic `FDPOSITN`, offset (8 bytes), CRC32C of both (4 bytes).
const POSITION_MAGIC: [u8; 8] = *b"FDPOSITN";
const POSITION_BYTES: usize = 20;

/// Reads the log in order from its last committed position.
pub struct Consumer {
    name: &'static str,
    storage: Arc<dyn LogStorage>,
    reader: Arc<Reader>,
    committed: watch::Receiver<Offset>,
    /// The offset of the next record to hand over.
    next: Offset,
    /// The position on disk.
    stored: Offset,
}

impl Consumer {
    pub(super) fn open(
        storage: Arc<dyn LogStorage>,
        reader: Arc<Reader>,
        name: &'static str,
    ) -> Result<Consumer, OpenError> {
        let stored = stored_position(&*storage, name)?;
        let end = reader.end();
        if stored > end {
            let consumer = name.to_owned();
            return Err(OpenError::ConsumerAhead { consumer, position: stored, end });
        }
        let committed = reader.committed();
        Ok(Consumer { name, storage, reader, committed, next: stored, stored })
    }

    /// The offset of the record that `next` hands over first.
    pub fn position(&self) -> Offset {
        self.next
    }

    /// Waits for committed records and hands over the next ones, at least one. `Closed` once the
    /// log is closed and everything was handed over.
    pub async fn next(&mut self, records_max: usize) -> Result<Vec<Entry>, ReadError> {
        assert!(records_max > 0, "a consumer asks for at least one record");
        let next = self.next;
        self.committed.wait_for(|end| *end > next).await.map_err(|_| ReadError::Closed)?;
        let entries = self.reader.read(next, records_max)?;
        self.next = Offset(next.0 + entries.len() as u64);
        Ok(entries)
    }

    /// Stores durably that everything before `offset_after` is done. Blocks for the disk: call it
    /// now and then, not per record. A position that is not beyond the stored one costs nothing.
    pub fn commit(&mut self, offset_after: Offset) -> Result<(), CommitError> {
        let end = self.reader.end();
        if offset_after > end {
            return Err(CommitError::Ahead { position: offset_after, end });
        }
        if offset_after > self.stored {
            store_position(&*self.storage, self.name, offset_after)?;
            self.stored = offset_after;
        }
        Ok(())
    }
}

impl fmt::Debug for Consumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Consumer");
        shown.field("name", &self.name).field("next", &self.next).finish_non_exhaustive()
    }
}

/// Suffix of position files: `pipeline.position`.
pub(super) const POSITION_SUFFIX: &str = ".position";

pub(super) fn stored_position(storage: &dyn LogStorage, name: &str) -> Result<Offset, OpenError> {
    let mut bytes = [0; POSITION_BYTES];
    let file = match storage.open(&format!("{name}{POSITION_SUFFIX}")) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Offset(0)),
        Err(error) => return Err(error.into()),
    };
    file.read_at(0, &mut bytes)
        .ok()
        .and_then(|()| decode_position(&bytes))
        .ok_or(OpenError::ConsumerPosition { consumer: name.to_owned() })
}

fn decode_position(bytes: &[u8]) -> Option<Offset> {
    let (magic, rest) = bytes.split_first_chunk::<8>()?;
    let (offset, rest) = rest.split_first_chunk::<8>()?;
    let (crc, _) = rest.split_first_chunk::<4>()?;
    let sound =
        *magic == POSITION_MAGIC && u32::from_le_bytes(*crc) == crc32c::crc32c(&bytes[..16]);
    sound.then(|| Offset(u64::from_le_bytes(*offset)))
}

fn store_position(storage: &dyn LogStorage, name: &str, position: Offset) -> io::Result<()> {
    let mut bytes = [0; POSITION_BYTES];
    bytes[..8].copy_from_slice(&POSITION_MAGIC);
    bytes[8..16].copy_from_slice(&position.0.to_le_bytes());
    let crc = crc32c::crc32c(&bytes[..16]);
    bytes[16..].copy_from_slice(&crc.to_le_bytes());
    // A new file takes the old one's place, so that a crash leaves one of the two, whole.
    let unfinished = format!("{name}{POSITION_SUFFIX}.unfinished");
    let file = storage.create(&unfinished, POSITION_BYTES as u64, Fill::Allocated)?;
    file.write_at(0, &bytes)?;
    file.sync()?;
    storage.rename(&unfinished, &format!("{name}{POSITION_SUFFIX}"))?;
    storage.sync_folder()
}
