//! The model's files: built into the program, or a folder the operator names. Knows no sites.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use nlu::pack::{Bank, OutOfScope};
use nlu::{Engine, ModelError};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "$FRONTDESK_ROOT/models/artifacts"]
#[include = "encoder.safetensors"]
#[include = "manifest.json"]
#[include = "vocab.txt"]
#[allow_missing = true]
struct BuiltIn;

#[derive(RustEmbed)]
#[folder = "$FRONTDESK_ROOT/models/corpus"]
#[include = "out_of_scope.jsonl"]
#[allow_missing = true]
struct Corpus;

#[derive(Debug, thiserror::Error)]
pub enum ModelLoadError {
    #[error("the model's file {file} is not built in")]
    Missing { file: &'static str },
    #[error("cannot read the model's file {path}: {source}")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error("the model cannot be used: {0}")]
    Invalid(#[from] ModelError),
}

/// # Errors
/// A file is missing, unreadable or not what the manifest says.
pub fn load(folder: Option<&Path>) -> Result<Engine, ModelLoadError> {
    let manifest = read(folder, "manifest.json")?;
    let weights = read(folder, "encoder.safetensors")?;
    let vocab = read(folder, "vocab.txt")?;
    Ok(Engine::load(&manifest, &weights, &vocab)?)
}

fn read(folder: Option<&Path>, file: &'static str) -> Result<Cow<'static, [u8]>, ModelLoadError> {
    match folder {
        None => {
            BuiltIn::get(file).map(|embedded| embedded.data).ok_or(ModelLoadError::Missing { file })
        }
        Some(folder) => {
            let path = folder.join(file);
            match std::fs::read(&path) {
                Ok(bytes) => Ok(Cow::Owned(bytes)),
                Err(source) => Err(ModelLoadError::Unreadable { path, source }),
            }
        }
    }
}

/// Questions no FAQ answers, as this engine reads them. Without their file there are none.
pub(super) fn bank(engine: &Engine) -> Bank {
    Bank::read(engine, &out_of_scope())
}

fn out_of_scope() -> Vec<OutOfScope> {
    let Some(file) = Corpus::get("out_of_scope.jsonl") else { return Vec::new() };
    let lines = file.data.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    // The corpus has its own tests; a line that does not fit here is only not used.
    lines.filter_map(|line| serde_json::from_slice(line).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_model_loads_and_a_corrupt_one_is_named() {
        assert!(load(None).is_ok());
        assert!(out_of_scope().len() > 100);
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(load(Some(folder.path())), Err(ModelLoadError::Unreadable { .. })));
        for file in ["manifest.json", "encoder.safetensors", "vocab.txt"] {
            let mut bytes = read(None, file).unwrap().into_owned();
            if file == "encoder.safetensors" {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
            }
            std::fs::write(folder.path().join(file), bytes).unwrap();
        }
        assert!(matches!(load(Some(folder.path())), Err(ModelLoadError::Invalid(_))));
    }
}
