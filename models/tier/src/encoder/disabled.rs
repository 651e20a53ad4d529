//! The encoder of a program that was built without the server tier: there is none to be had.

use std::path::Path;

use crate::folder::{Folder, TierError};
use crate::rerank::Sentences;

/// Never made.
pub struct Encoder {
    folder: Folder,
}

impl Encoder {
    /// # Errors
    /// Always: this program has no tier.
    pub fn load(folder: &Path) -> Result<Self, TierError> {
        // What is wrong with the folder is worth saying first.
        Folder::open(folder)?;
        Err(TierError::NotBuilt)
    }

    pub fn folder(&self) -> &Folder {
        &self.folder
    }
}

impl Sentences for Encoder {
    fn encode(&self, _text: &str) -> Result<Vec<f32>, TierError> {
        Err(TierError::NotBuilt)
    }
}
