//! Reading the audit log, newest first.

use protocol::people::{AUDIT_ROWS_MAX, AuditPage, AuditRow};
use rusqlite::params;

use super::HistoryError;
use super::sqlite::{Tables, integer};

impl Tables {
    /// At most `rows_max` lines before that place, and never more than `AUDIT_ROWS_MAX` at once.
    pub(super) fn audit(&self, before: Option<u64>) -> Result<AuditPage, HistoryError> {
        let mut select = self.connection.prepare_cached(
            "SELECT place, entry FROM audit WHERE place < ?1 ORDER BY place DESC LIMIT ?2",
        )?;
        let before = before.map_or(i64::MAX, integer);
        let limit = i64::try_from(AUDIT_ROWS_MAX).unwrap_or(i64::MAX);
        let mut found = select.query(params![before, limit + 1])?;
        let mut page = AuditPage { rows: Vec::new(), before: None };
        let mut last = 0;
        while let Some(row) = found.next()? {
            if page.rows.len() == AUDIT_ROWS_MAX {
                page.before = Some(last);
                break;
            }
            last = row.get::<_, i64>(0)?.unsigned_abs();
            let entry: String = row.get(1)?;
            page.rows.push(serde_json::from_str::<AuditRow>(&entry)?);
        }
        Ok(page)
    }
}
