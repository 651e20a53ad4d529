//! The demo shop's own files: its FAQ and the questions it is measured with.

use anyhow::{Context, Result};
use protocol::faq::{Faq, FaqEntry};
use protocol::ids::EntryId;
use protocol::locale::Locale;
use serde::Deserialize;

use crate::process::repository;

/// A question in a visitor's own words.
#[derive(Debug, Clone, Deserialize)]
pub struct Question {
    pub text: String,
    pub locale: Locale,
    /// The entry that answers it; `None` when the FAQ has no answer.
    pub expect: Option<EntryId>,
}

/// # Errors
/// The file is missing or not a FAQ.
pub fn faq() -> Result<Faq> {
    let text = std::fs::read_to_string(repository().join("www/demo/faq.json"))?;
    serde_json::from_str(&text).context("www/demo/faq.json")
}

/// What the demo is measured with: far from the words of the FAQ, many without an answer.
///
/// # Errors
/// The file is missing or a line is no question.
pub fn questions() -> Result<Vec<Question>> {
    questions_in("www/demo/questions.jsonl")
}

/// Everyday wordings near those of the FAQ, none a copy: what a first model can be sure of.
///
/// # Errors
/// The file is missing or a line is no question.
pub fn paraphrases() -> Result<Vec<Question>> {
    questions_in("tests/files/paraphrases.jsonl")
}

fn questions_in(file: &str) -> Result<Vec<Question>> {
    let text = std::fs::read_to_string(repository().join(file)).context(file.to_owned())?;
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| serde_json::from_str(line).with_context(|| line.to_owned())).collect()
}

/// Asks what no entry answers, names an order, and is polite about it.
pub const OUTSIDE_QUESTION: &str =
    "Somebody next door plays the violin all night because of order 10482277, what now?";

/// The first entry, asked in the words of its owner: every tier knows it.
///
/// # Errors
/// The FAQ is missing or empty.
pub fn first_entry() -> Result<FaqEntry> {
    entry(0)
}

/// # Errors
/// The FAQ is missing or shorter.
pub fn entry(idx: usize) -> Result<FaqEntry> {
    faq()?.entries.into_iter().nth(idx).context("the FAQ is too short")
}

/// Asked for the entry of `hostile_faq` whose answer is full of scripts.
pub const HOSTILE_QUESTION: &str = "May I send something back?";

/// A FAQ as a careless or hijacked owner would import it.
pub fn hostile_faq() -> std::path::PathBuf {
    repository().join("tests/files/hostile_faq.json")
}
