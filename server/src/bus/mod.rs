//! The write-ahead log: ordered, checksummed, append-only records in segments on disk.
//! An acknowledged append is on disk together with everything before it. The payloads are
//! opaque bytes here: only `record.rs` knows what they mean, and nothing outside this folder
//! knows how they are stored.
//!
//! `frame` is the durable contract, `segment` reads it, `storage` is the disk below. `writer`
//! alone writes frames, `commit` runs it on a thread, `queue` brings appends there and `ahead`
//! makes its files. `recover` turns a folder into a writer; `reader` shows what is committed;
//! `inspect` explains the files of a stopped log.

mod ahead;
mod commit;
mod consumer;
mod error;
mod frame;
mod inspect;
mod log;
mod position;
mod priority;
mod queue;
mod reader;
pub mod record;
mod recover;
mod segment;
mod storage;
mod writer;

#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod faulty;
#[cfg(test)]
mod file_tests;
#[cfg(test)]
mod frame_tests;
#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod power_tests;
#[cfg(test)]
mod seeded;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod trim_tests;

pub use consumer::Consumer;
pub use error::{AppendError, CommitError, OpenError, ReadError, TrimError};
pub use frame::HeaderError;
pub use inspect::{InspectError, Verification, inspect, inspect_bytes, verify};
pub use log::{AppendClass, Appended, Entry, Log, LogMetrics, LogOptions, Offset, Recovery};
pub use priority::Priority;
pub use writer::Room;
