//! The write-ahead log: ordered, checksummed, append-only records in segments on disk.
//! An acknowledged append is on disk together with everything before it. The payloads are
//! opaque bytes here: only `record.rs` knows what they mean, and nothing outside this folder
//! knows how they are stored.
//!
//! `frame` is the durable contract; `segment` and `recover` read it back after a crash;
//! `writer` is the one place that writes frames; `commit` runs it on a thread of its own.

mod consumer;
mod error;
mod log;
pub mod record;
pub mod record;

pub use consumer::Consumer;
pub use error::{AppendError, CommitError, OpenError, ReadError};
pub use log::{AppendClass, Appended, Entry, Log, LogMetrics, LogOptions, Offset, Recovery};
