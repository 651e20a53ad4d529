//! The tables in SQLite: this file and its neighbours `questions` and `faq_changes` alone know SQL.
//! It must never know tasks or sockets.

use std::path::Path;
use std::time::Duration;

use protocol::conversation::{Message, Status};
use protocol::ids::{ConversationId, MessageId, Seq, VisitorId};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use serde::Serialize;
use uuid::Uuid;

use super::{HistoryError, faq_changes, questions};
use crate::bus::Offset;
use crate::bus::record::{Fact, Posted, Record};

/// Raised with every change of `schema.sql`; a file of another version is set aside and rebuilt
/// from the log.
const SCHEMA_VERSION: i64 = 1;

/// How long a reader waits for the writer's checkpoint.
const BUSY_WAIT: Duration = Duration::from_secs(2);

/// Tables that have a bound are cut to it once in so many records.
const TRIM_INTERVAL_RECORDS: u64 = 4_096;

pub(super) struct Tables {
    connection: Connection,
}

impl Tables {
    pub(super) fn open(path: &Path) -> Result<Self, HistoryError> {
        let tables = Self { connection: Connection::open(path)? };
        let version: i64 =
            tables.connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if version == SCHEMA_VERSION || version == 0 {
            tables.prepare()?;
            return Ok(tables);
        }
        drop(tables);
        // Aside, not away: a trimmed log cannot bring all of it back.
        for suffix in ["", "-wal", "-shm"] {
            let name = |middle: &str| {
                let mut name = path.as_os_str().to_owned();
                name.push(format!("{middle}{suffix}"));
                name
            };
            match std::fs::rename(name(""), name(&format!(".v{version}"))) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(error.into());
                }
                Ok(()) | Err(_) => {}
            }
        }
        let tables = Self { connection: Connection::open(path)? };
        tables.prepare()?;
        Ok(tables)
    }

    fn prepare(&self) -> Result<(), HistoryError> {
        self.connection.busy_timeout(BUSY_WAIT)?;
        // `NORMAL` may lose the last transactions with the power; their position goes with them.
        self.connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")?;
        self.connection.execute_batch(include_str!("schema.sql"))?;
        self.connection.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        Ok(())
    }

    /// The first offset whose rows are missing.
    pub(super) fn position(&self) -> Result<Offset, HistoryError> {
        position(&self.connection)
    }

    /// Takes records in, together with the position after them; the same records again change
    /// nothing.
    pub(super) fn write(&mut self, records: &[Record], next: Offset) -> Result<(), HistoryError> {
        let transaction = self.connection.transaction()?;
        let first = next.0.saturating_sub(records.len() as u64);
        for (record, offset) in records.iter().zip(first..) {
            write_record(&transaction, Offset(offset), record)?;
        }
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

    /// Forgets everything: the log is not the one these rows came from.
    pub(super) fn clear(&mut self) -> Result<(), HistoryError> {
        self.connection.execute_batch(
            "DELETE FROM position; DELETE FROM conversations; DELETE FROM messages;
             DELETE FROM tallies; DELETE FROM questions; DELETE FROM faq_changes;",
        )?;
        Ok(())
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
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
            let author: String = row.get(3)?;
            let body: String = row.get(4)?;
            let understanding: Option<String> = row.get(5)?;
            messages.push(Message {
                id: MessageId(Uuid::from_bytes(row.get(0)?)),
                seq: Seq(row.get::<_, i64>(1)?.unsigned_abs()),
                at_ms: row.get::<_, i64>(2)?.unsigned_abs(),
                author: serde_json::from_str(&author)?,
                body: serde_json::from_str(&body)?,
                understanding: understanding.map(|json| serde_json::from_str(&json)).transpose()?,
            });
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

fn conversation_id(row: &rusqlite::Row<'_>) -> rusqlite::Result<ConversationId> {
    Ok(ConversationId(Uuid::from_bytes(row.get(0)?)))
}

fn position(connection: &Connection) -> Result<Offset, HistoryError> {
    let stored: Option<i64> = connection
        .query_row("SELECT next_offset FROM position", [], |row| row.get(0))
        .optional()?;
    Ok(Offset(stored.and_then(|next| u64::try_from(next).ok()).unwrap_or(0)))
}

fn write_record(
    transaction: &Transaction<'_>,
    offset: Offset,
    record: &Record,
) -> Result<(), HistoryError> {
    match record {
        Record::Conversation { id, fact } => {
            write_fact(transaction, *id, fact)?;
            questions::write(transaction, offset, *id, fact)
        }
        Record::QuestionsSettled(settled) => questions::settle(transaction, settled),
        Record::FaqDrafted(drafted) => faq_changes::write_drafted(transaction, offset, drafted),
        Record::FaqPublished(published) => {
            faq_changes::write_published(transaction, offset, published)
        }
        Record::AnswerTallied(tallied) => {
            let mut insert = transaction
                .prepare_cached("INSERT OR IGNORE INTO tallies VALUES (?1, ?2, ?3, ?4, ?5)")?;
            insert.execute(params![
                tallied.id.0.as_bytes(),
                tallied.site.as_str(),
                tallied.entry.as_str(),
                tallied.pack_version.as_str(),
                integer(tallied.at_ms),
            ])?;
            Ok(())
        }
        // The catalogue keeps these in memory.
        Record::SiteChanged(_)
        | Record::AgentCreated(_)
        | Record::CannedChanged(_)
        | Record::CannedRemoved { .. }
        | Record::FaqPart(_)
        | Record::SnippetSeen(_)
        | Record::Office(_) => Ok(()),
    }
}

fn write_fact(
    transaction: &Transaction<'_>,
    id: ConversationId,
    fact: &Fact,
) -> Result<(), HistoryError> {
    let key = id.0.as_bytes();
    match fact {
        Fact::Started(started) => {
            let mut insert = transaction.prepare_cached(
                "INSERT OR IGNORE INTO conversations VALUES (?1, ?2, ?3, ?4, ?5, 'pending', NULL)",
            )?;
            insert.execute(params![
                key,
                started.site.as_str(),
                started.visitor.0.as_bytes(),
                started.locale.tag(),
                integer(started.at_ms),
            ])?;
        }
        Fact::Posted(posted) => write_message(transaction, id, posted)?,
        Fact::Stands(standing) => {
            let mut update = transaction.prepare_cached(
                "UPDATE conversations SET status = ?2, assignee = ?3 WHERE id = ?1",
            )?;
            let assignee = standing.assignee.as_ref().map(|agent| *agent.id.0.as_bytes());
            update.execute(params![key, status_name(standing.status), assignee])?;
        }
        // The conversation's state keeps these.
        Fact::Aside(_) | Fact::Marked(_) => {}
        Fact::Understood { message, understanding } => {
            let mut update = transaction.prepare_cached(
                "UPDATE messages SET understanding = ?3 WHERE conversation = ?1 AND id = ?2",
            )?;
            update.execute(params![key, message.0.as_bytes(), json(understanding)?])?;
        }
        // Where somebody was is no part of what was said.
        Fact::Seen { .. } => {}
        // In the conversation's state; the notice of a rating is a message.
        Fact::Introduced(_) | Fact::Rated(_) => {}
    }
    Ok(())
}

fn write_message(
    transaction: &Transaction<'_>,
    id: ConversationId,
    posted: &Posted,
) -> Result<(), HistoryError> {
    let mut insert = transaction
        .prepare_cached("INSERT OR IGNORE INTO messages VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    insert.execute(params![
        id.0.as_bytes(),
        integer(posted.seq.0),
        posted.id.0.as_bytes(),
        integer(posted.at_ms),
        json(&posted.author)?,
        json(&posted.body)?,
        posted.understanding.as_ref().map(json).transpose()?,
    ])?;
    Ok(())
}

fn status_name(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Open => "open",
        Status::Snoozed => "snoozed",
        Status::Resolved => "resolved",
    }
}

pub(super) fn json(value: &impl Serialize) -> Result<String, HistoryError> {
    Ok(serde_json::to_string(value)?)
}

/// SQLite's integers are signed; offsets, seqs and times stay far below the sign.
pub(super) fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use protocol::conversation::{Author, Body};

    use super::*;

    fn posted(seq: u64) -> Record {
        Record::Conversation {
            id: ConversationId(Uuid::from_u128(9)),
            fact: Fact::Posted(Posted {
                id: MessageId(Uuid::from_u128(u128::from(seq) + 100)),
                seq: Seq(seq),
                at_ms: seq * 10,
                author: Author::Visitor,
                body: Body::Text { text: format!("第 {seq}") },
                understanding: None,
                question: None,
            }),
        }
    }

    fn seqs(tables: &Tables, after: u64, max: usize) -> Vec<u64> {
        let page = tables.page(ConversationId(Uuid::from_u128(9)), Seq(after), max).unwrap();
        page.into_iter().map(|message| message.seq.0).collect()
    }

    #[test]
    fn pages_follow_the_seq_and_repeated_records_change_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.sqlite");
        let mut tables = Tables::open(&path).unwrap();
        assert_eq!(tables.position().unwrap(), Offset(0));
        let records: Vec<Record> = (1..=5).map(posted).collect();
        tables.write(&records, Offset(5)).unwrap();
        tables.write(&records, Offset(5)).unwrap();
        assert_eq!(seqs(&tables, 0, 10), [1, 2, 3, 4, 5]);
        assert_eq!(seqs(&tables, 2, 2), [3, 4]);
        drop(tables);
        assert_eq!(Tables::open(&path).unwrap().position().unwrap(), Offset(5));
    }

    #[test]
    fn a_file_of_another_version_is_rebuilt() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("history.sqlite");
        let mut tables = Tables::open(&path).unwrap();
        tables.write(&[posted(1)], Offset(1)).unwrap();
        tables.connection.pragma_update(None, "user_version", 999).unwrap();
        drop(tables);
        let tables = Tables::open(&path).unwrap();
        assert_eq!(tables.position().unwrap(), Offset(0));
        assert!(seqs(&tables, 0, 10).is_empty());
    }
}
