//! What the log has led to, stored so that a start need not read the log from its first record:
//! conversations, and the records of the catalogue. Owns one SQLite file. It must never know what
//! a state means: it stores bytes under ids.
//!
//! States may be newer than the offset that `settle` stores, never older. Whoever reads the log on
//! from there must know of each state how far it has come.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use protocol::ids::{ConversationId, VisitorId};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use crate::bus::Offset;

/// Raised with every change of `schema.sql` or of what the states look like.
const SCHEMA_VERSION: i64 = 1;

/// How long one side waits for the other.
const BUSY_WAIT: Duration = Duration::from_secs(5);

const FILE: &str = "checkpoint.sqlite";

#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    #[error("the checkpoint file: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the checkpoint was written by a newer program: version {0}")]
    NewerVersion(i64),
    #[error("the checkpoint's reader or writer fell over")]
    Task,
    #[error("a state in the checkpoint cannot be read: {0}")]
    State(#[from] serde_json::Error),
}

/// One conversation for `save`.
#[derive(Debug)]
pub struct Saved {
    pub conversation: ConversationId,
    pub visitor: VisitorId,
    pub warm_until_ms: u64,
    pub state: Vec<u8>,
}

/// One conversation of the roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    pub conversation: ConversationId,
    pub visitor: VisitorId,
    pub warm_until_ms: u64,
}

/// The catalogue as records, and the offset they reach to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CatalogRecords {
    pub records: Vec<Vec<u8>>,
    pub next: Offset,
}

/// Clones share the file. All methods block for the disk.
#[derive(Clone)]
pub struct Checkpoint {
    reading: Arc<Mutex<Connection>>,
    writing: Arc<Mutex<Connection>>,
}

impl Checkpoint {
    /// Opens the file in `folder`, and makes it when there is none.
    ///
    /// # Errors
    /// The file cannot be opened, is damaged or comes from a newer program.
    pub fn open(folder: &Path) -> Result<Self, CheckpointError> {
        let path = folder.join(FILE);
        let writing = Connection::open(&path)?;
        let version: i64 = writing.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version > SCHEMA_VERSION {
            return Err(CheckpointError::NewerVersion(version));
        }
        writing.busy_timeout(BUSY_WAIT)?;
        // `FULL`: what it says is on disk when the log is trimmed.
        writing.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;")?;
        // What was erased must not be found in the file's free pages.
        writing.execute_batch("PRAGMA secure_delete = ON;")?;
        writing.execute_batch(include_str!("schema.sql"))?;
        writing.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        let reading = Connection::open(&path)?;
        reading.busy_timeout(BUSY_WAIT)?;
        Ok(Self { reading: Arc::new(Mutex::new(reading)), writing: Arc::new(Mutex::new(writing)) })
    }

    /// Every record before this offset is in the checkpoint. 0 when there is none yet.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn offset(&self) -> Result<Offset, CheckpointError> {
        let stored: Option<i64> = lock(&self.reading)
            .query_row("SELECT next_offset FROM standing", [], |row| row.get(0))
            .optional()?;
        Ok(stored.map(offset_of).unwrap_or_default())
    }

    /// # Errors
    /// The file cannot be read.
    pub fn catalog(&self) -> Result<CatalogRecords, CheckpointError> {
        let connection = lock(&self.reading);
        let stored: Option<i64> = connection
            .query_row("SELECT catalog_next_offset FROM standing", [], |row| row.get(0))
            .optional()?;
        let mut select = connection.prepare("SELECT record FROM catalog ORDER BY place")?;
        let records = select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(CatalogRecords { records, next: stored.map(offset_of).unwrap_or_default() })
    }

    /// Hands over every conversation that was ever saved.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn roster(&self, mut take: impl FnMut(Known)) -> Result<(), CheckpointError> {
        let connection = lock(&self.reading);
        let mut select =
            connection.prepare("SELECT conversation, visitor, warm_until_ms FROM roster")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            take(Known {
                conversation: ConversationId(Uuid::from_bytes(row.get(0)?)),
                visitor: VisitorId(Uuid::from_bytes(row.get(1)?)),
                warm_until_ms: row.get::<_, i64>(2)?.unsigned_abs(),
            });
        }
        Ok(())
    }

    /// The states of those conversations that were saved.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn states(
        &self,
        conversations: &[ConversationId],
    ) -> Result<HashMap<ConversationId, Vec<u8>>, CheckpointError> {
        let connection = lock(&self.reading);
        let mut select =
            connection.prepare_cached("SELECT state FROM states WHERE conversation = ?1")?;
        let mut found = HashMap::new();
        for id in conversations {
            let state = select.query_row([id.0.as_bytes()], |row| row.get(0)).optional()?;
            found.extend(state.map(|state| (*id, state)));
        }
        Ok(found)
    }

    /// Takes states in. They count once `settle` has stored an offset.
    ///
    /// # Errors
    /// The file cannot be written; nothing of these was stored.
    pub fn save(&self, saved: &[Saved]) -> Result<(), CheckpointError> {
        let mut connection = lock(&self.writing);
        // Made durable by `settle`: both go through one journal.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        let transaction = connection.transaction()?;
        {
            let mut roster = transaction.prepare_cached(
                "INSERT INTO roster VALUES (?1, ?2, ?3) ON CONFLICT (conversation)
                 DO UPDATE SET visitor = excluded.visitor,
                               warm_until_ms = excluded.warm_until_ms",
            )?;
            let mut states = transaction.prepare_cached(
                "INSERT INTO states VALUES (?1, ?2) ON CONFLICT (conversation)
                 DO UPDATE SET state = excluded.state",
            )?;
            for one in saved {
                let id = one.conversation.0.as_bytes();
                let until = integer(one.warm_until_ms);
                roster.execute(params![id, one.visitor.0.as_bytes(), until])?;
                states.execute(params![id, one.state])?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// Everything before `next` has been saved: durable when this returns.
    ///
    /// # Errors
    /// The file cannot be written; the earlier offset stays in force.
    pub fn settle(&self, next: Offset, catalog: &CatalogRecords) -> Result<(), CheckpointError> {
        let mut connection = lock(&self.writing);
        connection.pragma_update(None, "synchronous", "FULL")?;
        let transaction = connection.transaction()?;
        transaction.execute("DELETE FROM catalog", [])?;
        for (place, record) in (0_i64..).zip(&catalog.records) {
            transaction.execute("INSERT INTO catalog VALUES (?1, ?2)", params![place, record])?;
        }
        transaction.execute(
            "INSERT INTO standing VALUES (1, ?1, ?2) ON CONFLICT (only) DO UPDATE SET
             next_offset = excluded.next_offset,
             catalog_next_offset = excluded.catalog_next_offset",
            params![integer(next.0), integer(catalog.next.0)],
        )?;
        Ok(transaction.commit()?)
    }

    /// Empties the journal: what was overwritten is nowhere any more.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn sweep(&self) -> Result<(), CheckpointError> {
        let swept = "PRAGMA wal_checkpoint(TRUNCATE)";
        Ok(lock(&self.writing).query_row(swept, [], |_| Ok(()))?)
    }

    /// What SQLite finds wrong with its file; empty means sound.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn flaws(&self) -> Result<Vec<String>, CheckpointError> {
        let connection = lock(&self.reading);
        let mut check = connection.prepare("PRAGMA integrity_check(20)")?;
        let lines = check.query_map([], |row| row.get::<_, String>(0))?;
        let mut flaws = lines.collect::<Result<Vec<_>, _>>()?;
        flaws.retain(|line| line != "ok");
        Ok(flaws)
    }
}

fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    // A transaction that was left half-done is rolled back when it is dropped.
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn offset_of(stored: i64) -> Offset {
    Offset(stored.unsigned_abs())
}

/// SQLite's integers are signed; offsets and times stay below the sign, `u64::MAX` means "always".
fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(number: u128, state: &[u8]) -> Saved {
        Saved {
            conversation: ConversationId(Uuid::from_u128(number)),
            visitor: VisitorId(Uuid::from_u128(number + 100)),
            warm_until_ms: 7,
            state: state.to_vec(),
        }
    }

    #[test]
    fn what_was_saved_and_settled_is_there_after_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let checkpoint = Checkpoint::open(folder.path()).unwrap();
        assert_eq!(checkpoint.offset().unwrap(), Offset(0));
        assert_eq!(checkpoint.catalog().unwrap(), CatalogRecords::default());
        checkpoint.save(&[saved(1, b"one"), saved(2, b"two")]).unwrap();
        checkpoint.save(&[saved(1, b"later")]).unwrap();
        let catalog =
            CatalogRecords { records: vec![b"a".to_vec(), b"b".to_vec()], next: Offset(4) };
        checkpoint.settle(Offset(9), &catalog).unwrap();
        drop(checkpoint);

        let checkpoint = Checkpoint::open(folder.path()).unwrap();
        assert_eq!(checkpoint.offset().unwrap(), Offset(9));
        assert_eq!(checkpoint.catalog().unwrap(), catalog);
        let ids = [1, 2, 3].map(|number| ConversationId(Uuid::from_u128(number)));
        let states = checkpoint.states(&ids).unwrap();
        assert_eq!(states[&ids[0]], b"later");
        assert_eq!(states[&ids[1]], b"two");
        assert!(!states.contains_key(&ids[2]));
        let mut known = Vec::new();
        checkpoint.roster(|row| known.push(row)).unwrap();
        assert_eq!(known.len(), 2);
        assert_eq!(known[0].visitor, VisitorId(Uuid::from_u128(101)));
        assert_eq!(checkpoint.flaws().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_file_of_a_newer_program_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        drop(Checkpoint::open(folder.path()).unwrap());
        let connection = Connection::open(folder.path().join(FILE)).unwrap();
        connection.pragma_update(None, "user_version", SCHEMA_VERSION + 1).unwrap();
        let refused = Checkpoint::open(folder.path());
        assert!(matches!(refused, Err(CheckpointError::NewerVersion(_))));
    }
}
