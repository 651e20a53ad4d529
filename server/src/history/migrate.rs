//! The versions of the tables, in order: an older file is brought up to date, nothing in it is
//! lost. It must never know what the tables are for.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::HistoryError;

/// Each leads from the version before to its own, the first from an empty file. What was released
/// does not change.
const STEPS: [&str; 2] = [include_str!("schema/1.sql"), include_str!("schema/2.sql")];

/// # Errors
/// The file cannot be written.
pub(super) fn bring_up_to_date(connection: &mut Connection) -> Result<(), HistoryError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let done = usize::try_from(version).unwrap_or(0);
    for (step, version) in STEPS.iter().zip(1_i64..).skip(done) {
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", version)?;
    }
    transaction.commit()?;
    Ok(())
}

/// A file of a newer program is set aside, not away: a trimmed log cannot bring all of it back.
///
/// # Errors
/// It cannot be read or renamed.
pub(super) fn set_newer_aside(path: &Path) -> Result<(), HistoryError> {
    let version: i64 =
        Connection::open(path)?.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if usize::try_from(version).is_ok_and(|version| version <= STEPS.len()) {
        return Ok(());
    }
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
    Ok(())
}
