//! The bytes of a pack: magic, format, SHA-256 of format and body, and the body in postcard.
//! Whatever was changed on the way is refused by name before anything is read.

use super::stored::StoredPack;
use crate::manifest::sha256_behind;

pub(super) const PACK_FORMAT: u16 = 4;

const MAGIC: &[u8; 4] = b"FDPK";
const FORMAT_AT: usize = MAGIC.len();
const CHECKSUM_AT: usize = FORMAT_AT + 2;
const BODY_AT: usize = CHECKSUM_AT + 32;

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    #[error("not an answer pack")]
    NotAPack,
    #[error("the pack ends in its header")]
    Truncated,
    #[error("the pack has format {found}, this program reads {PACK_FORMAT}")]
    WrongFormat { found: u16 },
    #[error("the pack's SHA-256 is wrong: it is corrupt")]
    WrongChecksum,
    #[error("the pack's body cannot be read: {0}")]
    Unreadable(#[from] postcard::Error),
    #[error("the pack contradicts itself: {what}")]
    Inconsistent { what: &'static str },
}

pub(super) fn encode(pack: &StoredPack) -> Result<Vec<u8>, postcard::Error> {
    let body = postcard::to_allocvec(pack)?;
    let mut bytes = Vec::with_capacity(BODY_AT + body.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&PACK_FORMAT.to_le_bytes());
    bytes.extend_from_slice(&checksum(&body));
    bytes.extend_from_slice(&body);
    Ok(bytes)
}

/// The pack and its checksum.
pub(super) fn decode(bytes: &[u8]) -> Result<(StoredPack, [u8; 32]), PackError> {
    if !bytes.starts_with(MAGIC) {
        return Err(PackError::NotAPack);
    }
    let header = bytes.get(FORMAT_AT..BODY_AT).ok_or(PackError::Truncated)?;
    let found = u16::from_le_bytes([header[0], header[1]]);
    if found != PACK_FORMAT {
        return Err(PackError::WrongFormat { found });
    }
    let body = &bytes[BODY_AT..];
    let checksum = checksum(body);
    if checksum[..] != header[2..] {
        return Err(PackError::WrongChecksum);
    }
    let pack: StoredPack = postcard::from_bytes(body)?;
    check(&pack)?;
    Ok((pack, checksum))
}

/// Of all the header says and the body holds: also what tells one pack from another. Taking it is
/// a quarter of the time a browser needs for a pack, so it is taken once.
fn checksum(body: &[u8]) -> [u8; 32] {
    sha256_behind(&PACK_FORMAT.to_le_bytes(), body)
}

/// Everything that later code relies on, so that it may index without asking.
fn check(pack: &StoredPack) -> Result<(), PackError> {
    let inconsistent = |what| Err(PackError::Inconsistent { what });
    if pack.width == 0 {
        return inconsistent("vectors without width");
    }
    if pack.vectors.len() != pack.phrases.len() * usize::from(pack.width) {
        return inconsistent("vectors and phrases");
    }
    if pack.entries.iter().any(|entry| entry.texts.is_empty()) {
        return inconsistent("an entry without words");
    }
    if pack.entries.len() > usize::from(u16::MAX) {
        return inconsistent("the number of entries");
    }
    let order = |pair: &[super::stored::StoredPhrase]| {
        (pair[0].entry, pair[0].locale) <= (pair[1].entry, pair[1].locale)
    };
    if !pack.phrases.windows(2).all(order) {
        return inconsistent("the order of phrases");
    }
    if pack.phrases.iter().any(|phrase| usize::from(phrase.entry) >= pack.entries.len()) {
        return inconsistent("a phrase without an entry");
    }
    if pack.phrases.iter().any(|phrase| !phrase.scale.is_finite()) {
        return inconsistent("a scale");
    }
    Ok(())
}
