//! What was in the tables before they could be searched and added up, a piece at a time and the
//! newest first, while the server runs.

use protocol::ids::{ConversationId, SiteKey};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use uuid::Uuid;

use super::HistoryError;
use super::batch::{Batch, index_text};
use super::sqlite::{Tables, message_of};

/// Messages, or conversations, of one piece: some tens of milliseconds.
const PIECE: i64 = 1_000;

impl Tables {
    /// Takes in a piece; `false` when nothing is left.
    pub(super) fn work_off(&mut self) -> Result<bool, HistoryError> {
        let transaction = self.connection.transaction()?;
        let worked = index_piece(&transaction)? || count_piece(&transaction)?;
        transaction.commit()?;
        Ok(worked)
    }
}

fn index_piece(connection: &Connection) -> Result<bool, HistoryError> {
    let last: Option<i64> =
        connection.query_row("SELECT max(place) FROM unindexed", [], |row| row.get(0))?;
    let Some(last) = last else { return Ok(false) };
    let first_doc: Option<i64> =
        connection.query_row("SELECT min(doc) FROM docs", [], |row| row.get(0))?;
    let top = first_doc.unwrap_or(0).min(0);
    let from = last - PIECE + 1;
    let mut select = connection.prepare_cached(
        "SELECT m.id, m.seq, m.at_ms, m.author, m.body, NULL, m.conversation, u.place, c.site
         FROM unindexed AS u
         JOIN messages AS m ON m.conversation = u.conversation AND m.seq = u.seq
         LEFT JOIN conversations AS c ON c.id = m.conversation
         WHERE u.place >= ?1 ORDER BY u.place",
    )?;
    let mut add_doc = connection.prepare_cached("INSERT INTO docs VALUES (?1, ?2, ?3, ?4)")?;
    let mut add_words =
        connection.prepare_cached("INSERT INTO words (rowid, text) VALUES (?1, ?2)")?;
    let mut rows = select.query([from])?;
    while let Some(row) = rows.next()? {
        let message = message_of(row)?;
        let conversation: [u8; 16] = row.get(6)?;
        let place: i64 = row.get(7)?;
        let site = row.get::<_, Option<String>>(8)?;
        let site = site.and_then(|site| SiteKey::parse(&site).ok());
        if let Some(text) = index_text(&message, site.as_ref()) {
            // The last of the piece lies right below what is there.
            let doc = top - 1 - (last - place);
            let (seq, at_ms): (i64, i64) = (row.get(1)?, row.get(2)?);
            add_doc.execute(params![doc, conversation, seq, at_ms])?;
            add_words.execute(params![doc, text])?;
        }
    }
    drop(rows);
    connection.execute("DELETE FROM unindexed WHERE place >= ?1", [from])?;
    Ok(true)
}

fn count_piece(connection: &Transaction<'_>) -> Result<bool, HistoryError> {
    let mut batch = Batch::new(connection);
    let mut worked = false;
    for _ in 0..PIECE / 10 {
        let next: Option<[u8; 16]> = connection
            .prepare_cached("SELECT conversation FROM uncounted LIMIT 1")?
            .query_row([], |row| row.get(0))
            .optional()?;
        let Some(next) = next else { break };
        worked = true;
        batch.load(ConversationId(Uuid::from_bytes(next)))?;
        connection
            .prepare_cached("DELETE FROM uncounted WHERE conversation = ?1")?
            .execute([next])?;
    }
    batch.finish()?;
    Ok(worked)
}
