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

pub struct Writer {
    tables: Tables,
}

impl Writer {
    pub(super) fn new(tables: Tables) -> Self {
        Self { tables }
    }

    /// Follows the log until it is closed.
    pub async fn run(mut self, log: Log) {
        let mut committed = log.committed();
        loop {
            let log = log.clone();
            let (writer, outcome) = match tokio::task::spawn_blocking(move || {
                let outcome = self.catch_up(&log);
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
            } else if committed.changed().await.is_err() {
                return;
            }
        }
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
                .map(|entry| {
                    Record::decode(&entry.payload)
                        .map_err(|source| HistoryError::Record { offset: entry.offset.0, source })
                })
                .collect::<Result<Vec<_>, _>>()?;
            self.tables.write(&records, position)?;
        }
    }
}
