//! Taking a conversation out of every table. Numbers of reports stay: they are about nobody. It
//! must never know who asked for it.

use protocol::ids::{ConversationId, SiteKey};
use rusqlite::{Connection, OptionalExtension, params};

use super::HistoryError;
use super::batch::index_text;
use super::sqlite::message_of;

/// Tables whose rows are about one conversation.
const TABLES: [&str; 6] = ["docs", "messages", "tracked", "uncounted", "unindexed", "questions"];

/// The index forgets words only when it is told them again.
pub(super) fn erase(connection: &Connection, id: ConversationId) -> Result<(), HistoryError> {
    let key = id.0.as_bytes();
    let site: Option<String> = connection
        .query_row("SELECT site FROM conversations WHERE id = ?1", [key], |row| row.get(0))
        .optional()?;
    let site = site.and_then(|site| SiteKey::parse(&site).ok());
    // Not only marked as deleted, as is usual there.
    connection.execute("INSERT INTO words (words, rank) VALUES ('secure-delete', 1)", [])?;
    let mut select = connection.prepare(
        "SELECT m.id, m.seq, m.at_ms, m.author, m.body, NULL, docs.doc
         FROM docs JOIN messages AS m ON m.conversation = docs.conversation AND m.seq = docs.seq
         WHERE docs.conversation = ?1",
    )?;
    let mut rows = select.query([key])?;
    while let Some(row) = rows.next()? {
        let doc: i64 = row.get(6)?;
        if let Some(text) = index_text(&message_of(row)?, site.as_ref()) {
            let delete = "INSERT INTO words (words, rowid, text) VALUES ('delete', ?1, ?2)";
            connection.execute(delete, params![doc, text])?;
        }
    }
    for table in TABLES {
        connection.execute(&format!("DELETE FROM {table} WHERE conversation = ?1"), [key])?;
    }
    connection.execute("DELETE FROM conversations WHERE id = ?1", [key])?;
    Ok(())
}
