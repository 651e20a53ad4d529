//! The repository's own files, loaded for tests.

#![allow(dead_code)] // Each test takes what it needs.

use std::path::{Path, PathBuf};

use nlu::pack::{Bank, CompileOptions, OutOfScope, compile};
use nlu::{Engine, Pack};
use protocol::faq::Faq;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn read(path: &str) -> Vec<u8> {
    std::fs::read(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Manifest, weights, vocabulary.
pub(crate) fn model_files() -> [Vec<u8>; 3] {
    ["manifest.json", "encoder.safetensors", "vocab.txt"]
        .map(|name| read(&format!("models/artifacts/{name}")))
}

pub(crate) fn engine() -> Engine {
    engine_of(&root().join("models/artifacts"))
}

pub(crate) fn engine_of(folder: &Path) -> Engine {
    let [manifest, weights, vocab] = ["manifest.json", "encoder.safetensors", "vocab.txt"]
        .map(|name| std::fs::read(folder.join(name)).expect("the model's file"));
    Engine::load(&manifest, &weights, &vocab).expect("the model loads")
}

pub(crate) fn lines<T: serde::de::DeserializeOwned>(path: &str) -> Vec<T> {
    let text = String::from_utf8(read(path)).expect("the file is UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

pub(crate) fn compiled(faq: &Faq, engine: &Engine) -> Vec<u8> {
    let out_of_scope: Vec<OutOfScope> = lines("models/corpus/out_of_scope.jsonl");
    let bank = Bank::read(engine, &out_of_scope);
    let options = CompileOptions { bank: Some(&bank), ..CompileOptions::default() };
    compile(faq, engine, &|markdown| format!("<p>{markdown}</p>"), &options).expect("it compiles")
}

pub(crate) fn pack(faq: &Faq, engine: &Engine) -> Pack {
    Pack::load(&compiled(faq, engine)).expect("it loads")
}
