//! Who changed what in an FAQ, as rows. It must never know what an owner may see.

use protocol::draft::{FaqHistory, HISTORY_LINES_MAX, HistoryLine, PastChange};
use protocol::ids::{EntryId, SiteKey};
use rusqlite::{Connection, Transaction, params};

use super::HistoryError;
use super::sqlite::{integer, json};
use crate::bus::Offset;
use crate::bus::record::{FaqDrafted, FaqPublished};

/// Rows kept over all sites; older ones go.
const CHANGES_MAX: i64 = 50_000;

/// Which changes are asked for.
#[derive(Debug, Clone)]
pub struct WantedChanges {
    pub site: SiteKey,
    /// Of this entry; publishings are about all of them.
    pub entry: Option<EntryId>,
    /// Only those with a lower number.
    pub before: Option<u64>,
}

pub(super) fn write_drafted(
    transaction: &Transaction<'_>,
    offset: Offset,
    drafted: &FaqDrafted,
) -> Result<(), HistoryError> {
    let change = PastChange::Drafted { change: drafted.change.clone() };
    let mut insert = transaction
        .prepare_cached("INSERT OR IGNORE INTO faq_changes VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?;
    insert.execute(params![
        integer(offset.0),
        drafted.site.as_str(),
        drafted.change.entry().map(EntryId::as_str),
        integer(drafted.at_ms),
        json(&drafted.by)?,
        json(&change)?,
    ])?;
    Ok(())
}

pub(super) fn write_published(
    transaction: &Transaction<'_>,
    offset: Offset,
    published: &FaqPublished,
) -> Result<(), HistoryError> {
    let change = PastChange::Published {
        entries: published.entries_count,
        pack_version: published.pack_version.clone(),
    };
    let mut insert = transaction
        .prepare_cached("INSERT OR IGNORE INTO faq_changes VALUES (?1, ?2, NULL, ?3, ?4, ?5)")?;
    insert.execute(params![
        integer(offset.0),
        published.site.as_str(),
        integer(published.at_ms),
        published.by.as_ref().map(json).transpose()?,
        json(&change)?,
    ])?;
    Ok(())
}

pub(super) fn forget_old(transaction: &Transaction<'_>) -> Result<(), HistoryError> {
    // By rank, not by number: numbers are offsets and have gaps.
    let mut delete = transaction.prepare_cached(
        "DELETE FROM faq_changes WHERE number <=
         (SELECT number FROM faq_changes ORDER BY number DESC LIMIT 1 OFFSET ?1)",
    )?;
    delete.execute([CHANGES_MAX])?;
    Ok(())
}

pub(super) fn read(
    connection: &Connection,
    wanted: &WantedChanges,
) -> Result<FaqHistory, HistoryError> {
    let mut select = connection.prepare_cached(
        "SELECT number, at_ms, editor, change FROM faq_changes
         WHERE site = ?1 AND number < ?2 AND (?3 IS NULL OR entry = ?3)
         ORDER BY number DESC LIMIT ?4",
    )?;
    let before = wanted.before.map_or(i64::MAX, integer);
    let entry = wanted.entry.as_ref().map(EntryId::as_str);
    let limit = HISTORY_LINES_MAX + 1;
    let mut rows =
        select.query(params![wanted.site.as_str(), before, entry, integer(limit as u64)])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        let editor: Option<String> = row.get(2)?;
        let change: String = row.get(3)?;
        lines.push(HistoryLine {
            number: row.get::<_, i64>(0)?.unsigned_abs(),
            at_ms: row.get::<_, i64>(1)?.unsigned_abs(),
            by: editor.map(|json| serde_json::from_str(&json)).transpose()?,
            change: serde_json::from_str(&change)?,
        });
    }
    let more = lines.len() > HISTORY_LINES_MAX;
    lines.truncate(HISTORY_LINES_MAX);
    Ok(FaqHistory { lines, more })
}
