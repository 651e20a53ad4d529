//! A named reader of the log with a durable position. What it does with a record must bear being
//! done twice: after a crash it starts from the position it committed last.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

use super::error::{CommitError, OpenError, ReadError};
use super::log::{Entry, Offset};
use super::position::{self, PositionError};
use super::reader::Reader;
use super::storage::LogStorage;

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
        let stored = match stored_position(&*storage, name)? {
            Some(stored) => stored,
            // Stored at once: nothing that a consumer has not seen may be trimmed.
            None => {
                position::store(&*storage, &position::consumer_file(name), reader.start())?;
                reader.start()
            }
        };
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
            let file_name = position::consumer_file(self.name);
            position::store(&*self.storage, &file_name, offset_after)?;
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

/// `None` when the consumer never was here.
///
/// # Errors
/// The file is damaged or cannot be read.
pub(super) fn stored_position(
    storage: &dyn LogStorage,
    name: &str,
) -> Result<Option<Offset>, OpenError> {
    position::load(storage, &position::consumer_file(name)).map_err(|error| match error {
        PositionError::Damaged => OpenError::ConsumerPosition { consumer: name.to_owned() },
        PositionError::Io(error) => OpenError::Io(error),
    })
}

/// The least position that any consumer of this folder has stored; `None` when there is none.
pub(super) fn slowest_consumer(storage: &dyn LogStorage) -> Result<Option<Offset>, OpenError> {
    let mut slowest = None;
    for name in storage.names()? {
        if let Some(consumer) = position::consumer_of(&name) {
            let position = stored_position(storage, consumer)?;
            slowest = slowest.into_iter().chain(position).min();
        }
    }
    Ok(slowest)
}
