//! A folder of a few random weights, as `models/train/export_minilm.py --tiny 7` wrote it: whole it
//! gives the vectors another runtime computed, damaged it is refused by name.

use std::path::{Path, PathBuf};

use tier::{Encoder, TierError};

fn tiny() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tiny")
}

fn refusal(folder: &Path) -> TierError {
    Encoder::load(folder).err().expect("it is refused")
}

/// A copy to do harm to.
fn copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for file in ["model.onnx", "tokenizer.json", "tier.json", "rerank.json"] {
        std::fs::copy(tiny().join(file), folder.path().join(file)).expect("it is copied");
    }
    folder
}

fn check_refused(file: &str, from: &str, to: &str, expected: &str) {
    let folder = copy();
    let path = folder.path().join(file);
    let text = std::fs::read_to_string(&path).expect("it is text");
    assert!(text.contains(from), "{file} says nothing of {from}");
    std::fs::write(&path, text.replace(from, to)).expect("it is written");
    let error = refusal(folder.path()).to_string();
    assert!(error.contains(file) && error.contains(expected), "{error}");
}

#[test]
fn what_does_not_belong_together_is_refused_by_name() {
    check_refused("tier.json", "\"format\": 1", "\"format\": 9", "format 9");
    check_refused("tier.json", "\"pooling\": \"mean\"", "\"pooling\": \"max\"", "max");
    check_refused("tier.json", "\"tokens_max\": 128", "\"tokens_max\": 1", "tokens_max");
    check_refused("tokenizer.json", "parcel", "barrel", "SHA-256");
    check_refused("rerank.json", "tiny", "another", "fitted for `another`");
    check_refused("rerank.json", "\"first\"", "\"second\"", "second");
    for file in ["model.onnx", "tokenizer.json", "tier.json", "rerank.json"] {
        let folder = copy();
        std::fs::remove_file(folder.path().join(file)).expect("it is copied");
        let error = refusal(folder.path()).to_string();
        assert!(error.contains(file), "{file}: {error}");
    }
}

#[cfg(not(feature = "onnx"))]
#[test]
fn a_program_without_the_tier_says_so() {
    assert!(matches!(refusal(&tiny()), TierError::NotBuilt));
}

#[cfg(feature = "onnx")]
mod built {
    use std::collections::BTreeMap;

    use tier::Sentences;

    use super::*;

    #[test]
    fn vectors_are_those_of_another_runtime() {
        let encoder = Encoder::load(&tiny()).unwrap();
        let expected = std::fs::read(tiny().join("vectors.json")).unwrap();
        let expected: BTreeMap<String, Vec<f32>> = serde_json::from_slice(&expected).unwrap();
        assert!(expected.len() >= 4);
        for (text, expected) in expected {
            let found = encoder.encode(&text).unwrap();
            let cosine: f32 = found.iter().zip(&expected).map(|(a, b)| a * b).sum();
            assert!(cosine > 0.9999, "{cosine} for {text:?}");
        }
        assert_eq!(encoder.encode("").unwrap().len(), encoder.folder().dims);
    }

    #[test]
    fn a_graph_of_another_width_is_refused() {
        let folder = copy();
        let path = folder.path().join("tier.json");
        let text = std::fs::read_to_string(&path).expect("it is text");
        std::fs::write(&path, text.replace("\"dims\": 16", "\"dims\": 32")).unwrap();
        let error = refusal(folder.path()).to_string();
        assert!(error.contains("model.onnx") && error.contains("width 32"), "{error}");
    }
}
