//! A named reader of the log with a durable position.

use super::error::{CommitError, ReadError};
use super::log::{Entry, Offset};

/// Reads the log in order from its last committed position.
#[derive(Debug)]
pub struct Consumer {}

impl Consumer {
    /// Waits for committed records and hands over the next ones, at least one.
    pub async fn next(&mut self, _records_max: usize) -> Result<Vec<Entry>, ReadError> {
        todo!()
    }

    /// Stores durably that everything before `offset_after` is done. Blocks for the disk: call it
    /// now and then, not per record. A position that is already stored costs nothing.
    pub fn commit(&mut self, _offset_after: Offset) -> Result<(), CommitError> {
        todo!()
    }
}
