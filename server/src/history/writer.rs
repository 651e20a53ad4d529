//! The one writer of the history: follows the log from where its tables end. Its position is
//! stored with the rows, so a crash between two batches repeats nothing and skips nothing.

use std::time::Duration;

use super::HistoryError;
use super::sqlite::Tables;
use crate::bus::record::Record;
use crate::bus::{Log, Offset};

/// Records of one transaction.
const BATCH_RECORDS_MAX: usize = 1_024;

/// Pause before a failed batch is tried again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Pause between two pieces of the backlog, for the disk.
const BACKLOG_PAUSE: Duration = Duration::from_millis(20);

pub struct Writer {
    tables: Tables,
    /// Something from before the tables could be searched is left.
    has_backlog: bool,
}

impl Writer {
    pub(super) fn new(tables: Tables) -> Self {
        Self { tables, has_backlog: true }
    }

    /// Follows the log until it is closed.
    pub async fn run(mut self, log: Log) {
        let mut committed = log.committed();
        loop {
            let log = log.clone();
            let (writer, outcome) = match tokio::task::spawn_blocking(move || {
                let outcome = self.catch_up(&log).and_then(|()| self.work_off());
                (self, outcome)
            })
            .await
            {
                Ok(done) => done,
                Err(error) => {
                    tracing::error!(%error, "the history's writer fell over; it resumes at start");
                    return;
                }
            };
            self = writer;
            if let Err(error) = outcome {
                tracing::error!(%error, "the history falls behind");
                tokio::time::sleep(RETRY_PAUSE).await;
                continue;
            }
            if self.has_backlog {
                // What chats write comes first: between two pieces the log is looked at again.
                tokio::time::sleep(BACKLOG_PAUSE).await;
                if committed.has_changed().is_err() {
                    return;
                }
            } else if committed.changed().await.is_err() {
                return;
            }
        }
    }

    /// A piece of what is left from before.
    fn work_off(&mut self) -> Result<(), HistoryError> {
        if self.has_backlog {
            self.has_backlog = self.tables.work_off()?;
        }
        Ok(())
    }

    /// Writes all that is committed.
    fn catch_up(&mut self, log: &Log) -> Result<(), HistoryError> {
        let mut position = self.tables.position()?;
        if position > *log.committed().borrow() {
            self.tables.clear()?;
            position = Offset(0);
        }
        if position < log.start() {
            let (from, to) = (position.0, log.start().0);
            tracing::error!(from, to, "records the history lacks were trimmed from the log");
            position = log.start();
        }
        loop {
            let entries = log.read(position, BATCH_RECORDS_MAX)?;
            let Some(last) = entries.last() else { return Ok(()) };
            position = Offset(last.offset.0 + 1);
            let records = entries
                .iter()
                .map(|entry| match Record::decode(&entry.payload) {
                    Ok(record) => Ok((entry.offset, record)),
                    Err(source) => Err(HistoryError::Record { offset: entry.offset.0, source }),
                })
                .collect::<Result<Vec<_>, _>>()?;
            self.tables.write(&records, position)?;
        }
    }
}
