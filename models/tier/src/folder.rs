//! The files of a tier: `tier.json` names the encoder and its tokenizer, with their hashes. A
//! folder that is not whole is refused by name. Runs nothing.

use std::path::{Path, PathBuf};

use protocol::locale::Locale;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::rerank::Rerank;

/// The format of `tier.json` and `rerank.json` that this code reads.
const FORMAT: u32 = 1;

#[derive(Debug, thiserror::Error)]
pub enum TierError {
    #[error("{path}: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("{path}: {source}")]
    Invalid { path: PathBuf, source: serde_json::Error },
    #[error("{path} has format {found}, this program reads {FORMAT}")]
    Format { path: PathBuf, found: u32 },
    #[error("{path} is not the file that tier.json names: its SHA-256 differs")]
    Damaged { path: PathBuf },
    #[error("{path} was fitted for `{found}`, not for this encoder; run models/train/fit_tier.py")]
    NotFitted { path: PathBuf, found: String },
    #[error("{path} cannot be used: {reason}")]
    Unusable { path: PathBuf, reason: String },
    #[error(
        "this program was built without the server tier; build it with `--features server-tier`"
    )]
    NotBuilt,
}

/// How the vectors of a text's tokens become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    Mean,
    /// The vector of the first token stands for all.
    First,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    format: u32,
    name: String,
    pooling: Pooling,
    /// Width of the vectors.
    dims: usize,
    /// Most tokens the encoder reads, its own marks included.
    tokens_max: usize,
    /// Where it helps; everywhere else the tier is off.
    languages: Vec<Locale>,
    model: StoredFile,
    tokenizer: StoredFile,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredFile {
    name: String,
    sha256: String,
}

/// A folder whose files are those that were exported together.
#[derive(Debug)]
pub struct Folder {
    pub name: String,
    pub pooling: Pooling,
    pub dims: usize,
    pub tokens_max: usize,
    pub languages: Vec<Locale>,
    pub rerank: Rerank,
    pub model_path: PathBuf,
    pub tokenizer_path: PathBuf,
    /// The content of the latter.
    pub tokenizer: Vec<u8>,
}

impl Folder {
    /// # Errors
    /// A file is missing, is not what `tier.json` says, or has a format of another version.
    pub fn open(folder: &Path) -> Result<Self, TierError> {
        let (path, stored): (_, Stored) = parse(folder.join("tier.json"))?;
        if stored.format != FORMAT {
            return Err(TierError::Format { path, found: stored.format });
        }
        if stored.dims == 0 || stored.tokens_max < TOKENS_MIN {
            let reason = "`dims` or `tokens_max` is too small".to_owned();
            return Err(TierError::Unusable { path, reason });
        }
        let model_path = folder.join(&stored.model.name);
        stored.model.check(&model_path)?;
        let tokenizer_path = folder.join(&stored.tokenizer.name);
        let tokenizer = stored.tokenizer.check(&tokenizer_path)?;
        let (path, rerank): (_, Rerank) = parse(folder.join("rerank.json"))?;
        if rerank.format != FORMAT {
            return Err(TierError::Format { path, found: rerank.format });
        }
        if rerank.encoder != stored.name {
            return Err(TierError::NotFitted { path, found: rerank.encoder });
        }
        Ok(Self {
            rerank,
            name: stored.name,
            pooling: stored.pooling,
            dims: stored.dims,
            tokens_max: stored.tokens_max,
            languages: stored.languages,
            model_path,
            tokenizer_path,
            tokenizer,
        })
    }
}

/// The marks around a text, and one token of it.
const TOKENS_MIN: usize = 3;

impl StoredFile {
    fn check(&self, path: &Path) -> Result<Vec<u8>, TierError> {
        let bytes = read(path)?;
        let found: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        if found != self.sha256 {
            return Err(TierError::Damaged { path: path.to_owned() });
        }
        Ok(bytes)
    }
}

fn parse<T: DeserializeOwned>(path: PathBuf) -> Result<(PathBuf, T), TierError> {
    match serde_json::from_slice(&read(&path)?) {
        Ok(parsed) => Ok((path, parsed)),
        Err(source) => Err(TierError::Invalid { path, source }),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TierError> {
    std::fs::read(path).map_err(|source| TierError::Unreadable { path: path.to_owned(), source })
}
