//! A pack as it lies in its bytes. Field order is the format: a change here is a new
//! [`PACK_FORMAT`](super::codec::PACK_FORMAT).

use protocol::faq::EntryAction;
use protocol::ids::EntryId;
use protocol::locale::Locale;
use protocol::understanding::EntityKind;
use serde::{Deserialize, Serialize};

use super::calibration::Calibration;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredPack {
    /// Hash of weights and vocabulary that made the vectors.
    pub(super) model: [u8; 32],
    pub(super) width: u16,
    pub(super) entries: Vec<StoredEntry>,
    /// Sorted by entry, then locale.
    pub(super) phrases: Vec<StoredPhrase>,
    /// One row of `width` for each phrase; int8.
    #[serde(with = "rows")]
    pub(super) vectors: Vec<u8>,
    pub(super) with_encoder: Calibration,
    pub(super) lexical_only: Calibration,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredEntry {
    pub(super) id: EntryId,
    pub(super) covers: Vec<EntityKind>,
    pub(super) action: Option<EntryAction>,
    /// At least one; one for each locale.
    pub(super) texts: Vec<StoredText>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredText {
    pub(super) locale: Locale,
    pub(super) question: String,
    /// Sanitized.
    pub(super) html: String,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredPhrase {
    pub(super) entry: u16,
    pub(super) locale: Locale,
    /// Normalized.
    pub(super) text: String,
    /// Of its row of vectors.
    pub(super) scale: f32,
}

/// Bytes as bytes: element by element they take as long to read as all the rest.
mod rows {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(rows: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(rows)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        <&[u8]>::deserialize(from).map(<[u8]>::to_vec)
    }
}
