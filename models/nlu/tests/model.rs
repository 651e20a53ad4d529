//! The committed model: that it loads, that broken files are refused by name, and that any text at
//! all gets the same finite vector every time.

mod files;

use nlu::{Engine, ModelError, Scratch};

/// What loading says of the files after `change`.
fn load_changed(file: usize, change: impl Fn(&mut Vec<u8>)) -> Option<ModelError> {
    let mut files = files::model_files();
    change(&mut files[file]);
    Engine::load(&files[0], &files[1], &files[2]).err()
}

const MANIFEST: usize = 0;
const WEIGHTS: usize = 1;
const VOCAB: usize = 2;

#[test]
fn a_flipped_bit_is_found_in_each_file() {
    for at in [0, 1, 8, 1_000, 40_000] {
        let flipped = |file| load_changed(file, |bytes| bytes[at] ^= 0x10);
        let weights = flipped(WEIGHTS);
        assert!(
            matches!(weights, Some(ModelError::WrongChecksum { file: "weights" })),
            "{weights:?}"
        );
        let vocab = flipped(VOCAB);
        assert!(
            matches!(vocab, Some(ModelError::WrongChecksum { file: "vocabulary" })),
            "{vocab:?}"
        );
    }
}

#[test]
fn a_truncated_file_is_found() {
    for (file, name) in [(WEIGHTS, "weights"), (VOCAB, "vocabulary")] {
        let found = load_changed(file, |bytes| bytes.truncate(bytes.len() / 2));
        assert!(
            matches!(found, Some(ModelError::WrongSize { file, .. }) if file == name),
            "{found:?}"
        );
    }
    let found = load_changed(MANIFEST, |bytes| bytes.truncate(bytes.len() / 2));
    assert!(matches!(found, Some(ModelError::ManifestUnreadable(_))), "{found:?}");
    let found = load_changed(MANIFEST, Vec::clear);
    assert!(matches!(found, Some(ModelError::ManifestUnreadable(_))), "{found:?}");
}

fn with_manifest(from: &str, to: &str) -> Option<ModelError> {
    load_changed(MANIFEST, |bytes| {
        let text = String::from_utf8(bytes.clone()).expect("a manifest is UTF-8");
        assert!(text.contains(from), "{from}");
        *bytes = text.replacen(from, to, 1).into_bytes();
    })
}

#[test]
fn a_manifest_of_another_kind_is_refused_by_name() {
    let found = with_manifest("\"format\": 1", "\"format\": 2");
    assert!(matches!(found, Some(ModelError::WrongFormat { found: 2 })), "{found:?}");
    let found = with_manifest("\"d\": 192", "\"d\": 1000000000");
    assert!(matches!(found, Some(ModelError::UnsupportedShape { dimension: "d" })), "{found:?}");
    let found = with_manifest("\"heads\": 4", "\"heads\": 5");
    assert!(
        matches!(found, Some(ModelError::UnsupportedShape { dimension: "heads" })),
        "{found:?}"
    );
    let found = with_manifest("\"ff\": 512", "\"ff\": 256");
    assert!(matches!(found, Some(ModelError::TensorMisshapen { .. })), "{found:?}");
    let found = with_manifest("\"layers\": 4", "\"layers\": 5");
    assert!(matches!(found, Some(ModelError::TensorMissing { .. })), "{found:?}");
    let found = with_manifest("B-person", "B-dragon");
    assert!(matches!(found, Some(ModelError::UnknownTag { .. })), "{found:?}");
}

/// A manifest has no checksum of its own (its address does): flips must not panic, and either fail
/// or leave a model that answers.
#[test]
fn no_flip_in_the_manifest_panics() {
    let [manifest, weights, vocab] = files::model_files();
    for at in 0..manifest.len() {
        let mut flipped = manifest.clone();
        flipped[at] ^= 1 << (at % 8);
        // Short files: the flips of the manifest alone decide whether reading goes on.
        let _ = Engine::load(&flipped, &weights[..64], &vocab);
    }
}

fn vector(engine: &Engine, text: &str, scratch: &mut Scratch) -> Vec<f32> {
    engine.encode(text, scratch).vector.to_vec()
}

#[test]
fn every_text_has_a_unit_vector() {
    let engine = files::engine();
    let mut scratch = Scratch::new();
    let long = "我要退货 order ".repeat(700);
    let noise: String = (0..3_000_u32).filter_map(|c| char::from_u32(c * 37)).collect();
    let same = "a".repeat(10_000);
    for text in ["", " ", "😀😀", "\u{0}\u{feff}", "a", &long, &noise, &same, "\u{10ffff}"] {
        let found = vector(&engine, text, &mut scratch);
        let length: f32 = found.iter().map(|x| x * x).sum();
        assert!(
            (length - 1.0).abs() < 1e-4,
            "{length} for {:?}",
            text.chars().take(20).collect::<String>()
        );
    }
    assert!(engine.encode(&long, &mut scratch).truncated);
    assert!(!engine.encode("short", &mut scratch).truncated);
}

#[test]
fn a_vector_does_not_depend_on_what_was_asked_before() {
    let engine = files::engine();
    let (mut used, texts) =
        (Scratch::new(), ["where is my order", "我想退货", "a", "where is my order"]);
    for text in texts {
        assert_eq!(
            vector(&engine, text, &mut used),
            vector(&engine, text, &mut Scratch::new()),
            "{text}"
        );
    }
    let first = vector(&engine, "where is my order", &mut used);
    assert_ne!(first, vector(&engine, "my order is where", &mut used), "word order counts");
}
