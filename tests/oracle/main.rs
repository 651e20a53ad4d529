//! The engine against what it was exported beside: its tokens against the `tokenizers` crate on
//! `tokenizer.json`, its vectors and heads against tract on the weight-only `encoder.onnx`.

mod tokens;
mod vectors;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use nlu::Engine;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn artifact(name: &str) -> PathBuf {
    root().join("models/artifacts").join(name)
}

fn engine() -> Result<Engine> {
    let [manifest, weights, vocab] = ["manifest.json", "encoder.safetensors", "vocab.txt"]
        .map(|name| std::fs::read(artifact(name)));
    Ok(Engine::load(&manifest?, &weights?, &vocab?)?)
}

/// Every phrase of every corpus: `中文 | English` lines, and the `text` of lines of JSON.
fn corpus() -> Result<Vec<String>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(root().join("models/corpus"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    files.sort();
    let mut texts = Vec::new();
    for file in files {
        let extension = file.extension().and_then(|extension| extension.to_str());
        if !matches!(extension, Some("jsonl" | "txt")) {
            continue;
        }
        for line in std::fs::read_to_string(&file)?.lines() {
            if extension == Some("txt") {
                let phrases = line.split('|').map(str::trim).filter(|text| !text.is_empty());
                texts.extend(phrases.map(str::to_owned));
            } else {
                let line: serde_json::Value = serde_json::from_str(line)?;
                texts.push(line["text"].as_str().context("a line without text")?.to_owned());
            }
        }
    }
    Ok(texts)
}
