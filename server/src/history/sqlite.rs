//! The tables in SQLite: opening, position, pages, and batches on their way in. It must never know
//! tasks or sockets.

use std::path::Path;
use std::time::Duration;

use protocol::conversation::Message;
use protocol::ids::{ConversationId, MessageId, Seq, VisitorId};
use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};
use serde::Serialize;
use uuid::Uuid;

use super::batch::Batch;
use super::migrate;
use super::{HistoryError, faq_changes, questions};
use crate::bus::Offset;
use crate::bus::record::Record;

/// How long a reader waits for the writer's checkpoint.
const BUSY_WAIT: Duration = Duration::from_secs(2);

/// Tables that have a bound are cut to it once in so many records.
const TRIM_INTERVAL_RECORDS: u64 = 4_096;

pub(super) struct Tables {
    pub(super) connection: Connection,
}

impl Tables {
    pub(super) fn open(path: &Path) -> Result<Self, HistoryError> {
        migrate::set_newer_aside(path)?;
        let mut connection = Connection::open(path)?;
        connection.busy_timeout(BUSY_WAIT)?;
        // `NORMAL` may lose the last transactions with the power; their position goes with them.
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")?;
        // What was erased must not be found in the file's free pages.
        connection.execute_batch("PRAGMA secure_delete = ON;")?;
        migrate::bring_up_to_date(&mut connection)?;
        // The index's own words, in order.
        connection
            .execute_batch("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, words, row)")?;
        Ok(Self { connection })
    }

    /// The first offset whose rows are missing.
    pub(super) fn position(&self) -> Result<Offset, HistoryError> {
        position(&self.connection)
    }

    /// Takes records in, together with the position after them; the same records again change
    /// nothing.
    pub(super) fn write(
        &mut self,
        records: &[(Offset, Record)],
        next: Offset,
    ) -> Result<(), HistoryError> {
        let transaction = self.connection.transaction()?;
        let mut batch = Batch::new(&transaction);
        for (offset, record) in records {
            batch.take(*offset, record)?;
        }
        batch.finish()?;
        let first = next.0.saturating_sub(records.len() as u64);
        if first / TRIM_INTERVAL_RECORDS != next.0 / TRIM_INTERVAL_RECORDS {
            questions::forget_old(&transaction)?;
            faq_changes::forget_old(&transaction)?;
        }
        transaction.execute(
            "INSERT INTO position (only, next_offset) VALUES (1, ?1)
             ON CONFLICT (only) DO UPDATE SET next_offset = excluded.next_offset",
            [integer(next.0)],
        )?;
        transaction.commit()?;
        Ok(())
    }

    /// Makes the rows durable that were written so far, by whichever connection: all of them go
    /// through one journal, and a full commit flushes it.
    pub(super) fn settle(&mut self) -> Result<Offset, HistoryError> {
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let settled = position(&transaction)?;
        transaction.execute("UPDATE position SET next_offset = next_offset", [])?;
        transaction.commit()?;
        self.connection.pragma_update(None, "synchronous", "NORMAL")?;
        Ok(settled)
    }

    /// Empties the journal: what was erased is nowhere any more.
    pub(super) fn sweep(&self) -> Result<(), HistoryError> {
        let swept = "PRAGMA wal_checkpoint(TRUNCATE)";
        Ok(self.connection.query_row(swept, [], |_| Ok(()))?)
    }

    /// Forgets everything: the log is not the one these rows came from.
    pub(super) fn clear(&mut self) -> Result<(), HistoryError> {
        self.connection.execute_batch(
            "DELETE FROM position; DELETE FROM conversations; DELETE FROM messages;
             DELETE FROM tallies; DELETE FROM questions; DELETE FROM faq_changes;
             DELETE FROM audit; DELETE FROM docs; DELETE FROM tracked;
             DELETE FROM measures; DELETE FROM unindexed; DELETE FROM uncounted;
             INSERT INTO words (words) VALUES ('delete-all');",
        )?;
        Ok(())
    }

    pub(super) fn page(
        &self,
        conversation: ConversationId,
        after: Seq,
        messages_max: usize,
    ) -> Result<Vec<Message>, HistoryError> {
        let mut select = self.connection.prepare_cached(
            "SELECT id, seq, at_ms, author, body, understanding FROM messages
             WHERE conversation = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
        )?;
        let limit = i64::try_from(messages_max).unwrap_or(i64::MAX);
        let mut rows = select.query(params![conversation.0.as_bytes(), integer(after.0), limit])?;
        let mut messages = Vec::new();
        while let Some(row) = rows.next()? {
            messages.push(message_of(row)?);
        }
        Ok(messages)
    }

    pub(super) fn resolved(
        &self,
        before: Option<ConversationId>,
        conversations_max: usize,
    ) -> Result<Vec<ConversationId>, HistoryError> {
        // Ids begin with the time; nothing comes after this one.
        let before = before.map_or([0xff; 16], |id| *id.0.as_bytes());
        let mut select = self.connection.prepare_cached(
            "SELECT id FROM conversations WHERE status = 'resolved' AND id < ?1
             ORDER BY id DESC LIMIT ?2",
        )?;
        let limit = i64::try_from(conversations_max).unwrap_or(i64::MAX);
        let rows = select.query_map(params![before, limit], conversation_id)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    pub(super) fn of_visitor(
        &self,
        visitor: VisitorId,
        conversations_max: usize,
    ) -> Result<Vec<ConversationId>, HistoryError> {
        let mut select = self.connection.prepare_cached(
            "SELECT id FROM conversations WHERE visitor = ?1 ORDER BY id DESC LIMIT ?2",
        )?;
        let limit = i64::try_from(conversations_max).unwrap_or(i64::MAX);
        let rows = select.query_map(params![visitor.0.as_bytes(), limit], conversation_id)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn conversation_id(row: &Row<'_>) -> rusqlite::Result<ConversationId> {
    Ok(ConversationId(Uuid::from_bytes(row.get(0)?)))
}

fn position(connection: &Connection) -> Result<Offset, HistoryError> {
    let stored: Option<i64> = connection
        .query_row("SELECT next_offset FROM position", [], |row| row.get(0))
        .optional()?;
    Ok(Offset(stored.and_then(|next| u64::try_from(next).ok()).unwrap_or(0)))
}

/// A row of `id, seq, at_ms, author, body, understanding`.
pub(super) fn message_of(row: &Row<'_>) -> Result<Message, HistoryError> {
    let author: String = row.get(3)?;
    let body: String = row.get(4)?;
    let understanding: Option<String> = row.get(5)?;
    Ok(Message {
        id: MessageId(Uuid::from_bytes(row.get(0)?)),
        seq: Seq(row.get::<_, i64>(1)?.unsigned_abs()),
        at_ms: row.get::<_, i64>(2)?.unsigned_abs(),
        author: serde_json::from_str(&author)?,
        body: serde_json::from_str(&body)?,
        understanding: understanding.map(|json| serde_json::from_str(&json)).transpose()?,
    })
}

pub(super) fn json(value: &impl Serialize) -> Result<String, HistoryError> {
    Ok(serde_json::to_string(value)?)
}

/// SQLite's integers are signed; offsets, seqs and times stay far below the sign.
pub(super) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
#[path = "sqlite_tests.rs"]
mod tests;
