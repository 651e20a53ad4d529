//! What the ranking needs to know of a question, read once however often it is ranked. Knows no
//! entries.

use super::threads;
use crate::engine::Engine;
use crate::scratch::Scratch;

#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) normalized: String,
    pub(super) vector: Vec<f32>,
    /// Probability that it is a greeting, thanks or the like.
    pub(super) small_talk: f32,
}

impl Reading {
    pub(super) fn of(text: &str, engine: &Engine, scratch: &mut Scratch) -> Self {
        let vector = engine.encode(text, scratch).vector.to_vec();
        let small_talk = engine.small_talk(scratch);
        scratch.words.read(text);
        Self { normalized: scratch.words.normalized.clone(), vector, small_talk }
    }

    pub(super) fn of_all(texts: &[&str], engine: &Engine, threads: usize) -> Vec<Self> {
        threads::map(threads, texts, |_, text, scratch| Self::of(text, engine, scratch))
    }
}
