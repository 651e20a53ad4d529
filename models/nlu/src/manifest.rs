//! The manifest: which files make the model, in which shape, with which labels. Everything that is
//! wrong with a set of files is found here and in `weights`, under a name, before anything runs.

use protocol::ids::IntentName;
use protocol::understanding::EntityKind;
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::safetensors::SafeTensorsError;
use crate::wordpiece::VocabError;
use kernel::linalg::COLUMNS_MAX;

/// The format this code reads.
pub const MANIFEST_FORMAT: u32 = 1;

const VOCAB_TOKENS_MAX: usize = 65_536;
const POSITIONS_MAX: usize = 512;
const LAYERS_MAX: usize = 24;
const LABELS_MAX: usize = 1_024;

#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("the manifest cannot be read: {0}")]
    ManifestUnreadable(#[from] serde_json::Error),
    #[error("the manifest has format {found}, this program reads {MANIFEST_FORMAT}")]
    WrongFormat { found: u32 },
    #[error("the manifest's dimension `{dimension}` is out of range")]
    UnsupportedShape { dimension: &'static str },
    #[error("the manifest's tag `{label}` is not known here")]
    UnknownTag { label: String },
    #[error("the {file} file has {found} bytes, the manifest says {expected}")]
    WrongSize { file: &'static str, found: u64, expected: u64 },
    #[error("the {file} file's SHA-256 is not the manifest's: it is corrupt or of another model")]
    WrongChecksum { file: &'static str },
    #[error("the weights cannot be read: {0}")]
    WeightsUnreadable(#[from] SafeTensorsError),
    #[error("the weights have no tensor `{name}`")]
    TensorMissing { name: String },
    #[error("the tensor `{name}` has another type or shape than the manifest implies")]
    TensorMisshapen { name: String },
    #[error("the tensor `{name}` holds a number that is not finite")]
    TensorNotFinite { name: String },
    #[error(transparent)]
    Vocab(#[from] VocabError),
}

#[derive(Debug, Clone, Deserialize)]
pub struct Manifest {
    pub format: u32,
    pub name: String,
    pub dims: Dims,
    pub files: Files,
    pub intents: Vec<IntentName>,
    tags: Vec<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Dims {
    pub vocab: usize,
    pub emb: usize,
    pub d: usize,
    pub heads: usize,
    pub ff: usize,
    pub layers: usize,
    pub positions: usize,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Files {
    pub weights: FileEntry,
    pub vocab: FileEntry,
}

#[derive(Debug, Clone, Deserialize)]
pub struct FileEntry {
    pub sha256: String,
    pub bytes: u64,
}

/// What the tagger says of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    Outside,
    Begins(EntityKind),
    Continues(EntityKind),
}

impl Manifest {
    /// # Errors
    /// Not a manifest, of another format, or of a shape this code cannot run.
    pub fn parse(bytes: &[u8]) -> Result<Self, ModelError> {
        /// Read first: the rest of another format may look different.
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let version: Version = serde_json::from_slice(bytes)?;
        if version.format != MANIFEST_FORMAT {
            return Err(ModelError::WrongFormat { found: version.format });
        }
        let manifest: Self = serde_json::from_slice(bytes)?;
        manifest.dims.check()?;
        for (dimension, labels) in
            [("intents", manifest.intents.len()), ("tags", manifest.tags.len())]
        {
            if labels == 0 || labels > LABELS_MAX {
                return Err(ModelError::UnsupportedShape { dimension });
            }
        }
        Ok(manifest)
    }

    /// The tagger's labels, parsed.
    ///
    /// # Errors
    /// A label names a kind of entity that the wire does not have.
    pub fn tags(&self) -> Result<Vec<Tag>, ModelError> {
        self.tags.iter().map(|label| parse_tag(label)).collect()
    }

    pub fn tag_count(&self) -> usize {
        self.tags.len()
    }
}

impl Dims {
    fn check(self) -> Result<(), ModelError> {
        let bounds = [
            ("vocab", self.vocab, VOCAB_TOKENS_MAX),
            ("emb", self.emb, COLUMNS_MAX),
            ("d", self.d, COLUMNS_MAX),
            ("heads", self.heads, self.d),
            ("ff", self.ff, COLUMNS_MAX),
            ("layers", self.layers, LAYERS_MAX),
            ("positions", self.positions, POSITIONS_MAX),
        ];
        match bounds.iter().find(|(_, value, max)| *value == 0 || value > max) {
            Some((dimension, ..)) => Err(ModelError::UnsupportedShape { dimension }),
            None if !self.d.is_multiple_of(self.heads) => {
                Err(ModelError::UnsupportedShape { dimension: "heads" })
            }
            None => Ok(()),
        }
    }
}

impl FileEntry {
    /// The hash of `bytes`.
    ///
    /// # Errors
    /// They are not the file that the manifest names.
    pub fn check(&self, file: &'static str, bytes: &[u8]) -> Result<[u8; 32], ModelError> {
        let (found, expected) = (bytes.len() as u64, self.bytes);
        if found != expected {
            return Err(ModelError::WrongSize { file, found, expected });
        }
        let hash = sha256(bytes);
        if hex(&hash) == self.sha256 { Ok(hash) } else { Err(ModelError::WrongChecksum { file }) }
    }
}

fn parse_tag(label: &str) -> Result<Tag, ModelError> {
    let unknown = || ModelError::UnknownTag { label: label.to_owned() };
    if label == "O" {
        return Ok(Tag::Outside);
    }
    let (position, name) = label.split_once('-').ok_or_else(unknown)?;
    let name = serde_json::Value::String(name.to_owned());
    let kind: EntityKind = serde_json::from_value(name).map_err(|_| unknown())?;
    match position {
        "B" => Ok(Tag::Begins(kind)),
        "I" => Ok(Tag::Continues(kind)),
        _ => Err(unknown()),
    }
}

/// A browser runs a function's faster code from the next call on, never within one: a hash taken in
/// one call is taken in slow code to its end.
const HASHED_AT_ONCE_BYTES: usize = 16 * 1_024;

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    sha256_behind(&[], bytes)
}

/// Of `first`, then `bytes`.
pub(crate) fn sha256_behind(first: &[u8], bytes: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new_with_prefix(first);
    bytes.chunks(HASHED_AT_ONCE_BYTES).for_each(|chunk| hash.update(chunk));
    hash.finalize().into()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
