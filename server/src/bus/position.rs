//! Offsets that survive the process: where a consumer stands and where the log starts. Knows
//! files of twenty bytes, not what their offsets are good for.

use std::io;

use super::log::Offset;
use super::storage::{Fill, LogStorage};

/// Suffix of a consumer's file: `pipeline.position`.
const CONSUMER_SUFFIX: &str = ".position";
/// The offset of the first record that was not trimmed; there is none while nothing was.
pub(super) const START_FILE: &str = "start";

/// A position file, little-endian: magic `FDPOSITN`, offset (8 bytes), CRC32C of both (4 bytes).
const MAGIC: [u8; 8] = *b"FDPOSITN";
const BYTES: usize = 20;

#[derive(Debug, thiserror::Error)]
pub(super) enum PositionError {
    #[error("the file is damaged")]
    Damaged,
    #[error("cannot read the file")]
    Io(#[from] io::Error),
}

pub(super) fn consumer_file(consumer: &str) -> String {
    format!("{consumer}{CONSUMER_SUFFIX}")
}

/// The consumer a file belongs to, `None` for any other file.
pub(super) fn consumer_of(file_name: &str) -> Option<&str> {
    file_name.strip_suffix(CONSUMER_SUFFIX)
}

/// The stored offset; `None` when none was ever stored.
pub(super) fn load(
    storage: &dyn LogStorage,
    file_name: &str,
) -> Result<Option<Offset>, PositionError> {
    let mut bytes = [0; BYTES];
    let file = match storage.open(file_name) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let offset = file.read_at(0, &mut bytes).ok().and_then(|()| decode(&bytes));
    offset.map(Some).ok_or(PositionError::Damaged)
}

fn decode(bytes: &[u8]) -> Option<Offset> {
    let (magic, rest) = bytes.split_first_chunk::<8>()?;
    let (offset, rest) = rest.split_first_chunk::<8>()?;
    let (crc, _) = rest.split_first_chunk::<4>()?;
    let sound = *magic == MAGIC && u32::from_le_bytes(*crc) == crc32c::crc32c(&bytes[..16]);
    sound.then(|| Offset(u64::from_le_bytes(*offset)))
}

/// Durable when it returns; a crash before leaves the offset that was there, whole.
pub(super) fn store(storage: &dyn LogStorage, file_name: &str, position: Offset) -> io::Result<()> {
    let mut bytes = [0; BYTES];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..16].copy_from_slice(&position.0.to_le_bytes());
    let crc = crc32c::crc32c(&bytes[..16]);
    bytes[16..].copy_from_slice(&crc.to_le_bytes());
    let unfinished = format!("{file_name}.unfinished");
    let file = storage.create(&unfinished, BYTES as u64, Fill::Allocated)?;
    file.write_at(0, &bytes)?;
    file.sync()?;
    storage.rename(&unfinished, file_name)?;
    storage.sync_folder()
}
