//! The bytes of a pack.

use protocol::ids::PackVersion;
use sha2::{Digest, Sha256};

use super::Pack;
use crate::manifest::hex;

#[derive(Debug, thiserror::Error)]
pub enum PackError {
    #[error("not a pack")]
    NotAPack,
}

pub(super) fn load(bytes: &[u8]) -> Result<Pack, PackError> {
    let version =
        PackVersion::parse(&hex(&Sha256::digest(bytes))).map_err(|_| PackError::NotAPack)?;
    Ok(Pack { version })
}
