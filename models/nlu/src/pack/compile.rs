//! Compiles an FAQ into a pack: collects the words of each entry, encodes its phrases, and hands
//! the result to `measure` for calibration. Runs on the server only; knows Markdown as a
//! function.

use std::collections::HashSet;

use protocol::faq::{Faq, FaqEntry};
use protocol::ids::EntryId;
use protocol::locale::Locale;
use serde::Deserialize;

use super::codec;
use super::lexical::normalize;
use super::measure;
use super::stored::{StoredEntry, StoredPack, StoredPhrase, StoredText};
use crate::engine::Engine;
use crate::locale::detect_locale;
use crate::scratch::Scratch;

pub(super) const ENTRIES_MAX: usize = 5_000;

pub(super) const PHRASES_MAX: usize = 50_000;

/// Largest integer of a vector's row.
const INT8_MAX: f32 = 127.0;

#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    #[error("the FAQ has no entry")]
    Empty,
    #[error("the FAQ has {found} entries, at most {ENTRIES_MAX} are compiled")]
    TooManyEntries { found: usize },
    #[error("the FAQ has more than {PHRASES_MAX} questions and phrasings")]
    TooManyPhrases,
    #[error("two entries have the id `{}`", .id.as_str())]
    RepeatedEntry { id: EntryId },
    #[error("the entry `{}` has a question without a letter or digit", .id.as_str())]
    EmptyQuestion { id: EntryId },
    #[error("the pack cannot be written: {0}")]
    Unwritable(#[from] postcard::Error),
    #[error("the compiled pack does not load: {0}")]
    Unloadable(#[from] codec::PackError),
}

/// Questions that no FAQ answers, to calibrate against; `models/corpus/out_of_scope.jsonl` holds
/// them. Without any, only the FAQ's own phrasings speak against an answer.
#[derive(Default)]
pub struct CompileOptions<'texts> {
    pub out_of_scope: &'texts [OutOfScope],
}

/// A line of `out_of_scope.jsonl`.
#[derive(Debug, Clone, Deserialize)]
pub struct OutOfScope {
    pub text: String,
    pub locale: Locale,
    #[serde(default)]
    pub kind: OutOfScopeKind,
}

/// Why no FAQ answers it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutOfScopeKind {
    Chitchat,
    #[default]
    OtherDomain,
    Nonsense,
    /// About one visitor's own case: an entry may still be right, so these prove nothing.
    PersonalCase,
    /// Handed off before any ranking.
    WantsPerson,
    /// Handed off before any ranking.
    Complaint,
}

impl OutOfScopeKind {
    /// Whether every answer to it is wrong.
    pub(super) fn unanswerable(self) -> bool {
        match self {
            Self::Chitchat | Self::OtherDomain | Self::Nonsense => true,
            Self::PersonalCase | Self::WantsPerson | Self::Complaint => false,
        }
    }
}

/// A phrase as written and where it belongs.
struct Phrase<'faq> {
    entry: u16,
    locale: Locale,
    text: &'faq str,
    normalized: String,
}

/// `render` turns an answer's Markdown into sanitized HTML.
///
/// # Errors
/// The FAQ cannot be compiled; nothing was made.
pub fn compile(
    faq: &Faq,
    engine: &Engine,
    render: &dyn Fn(&str) -> String,
    options: &CompileOptions<'_>,
) -> Result<Vec<u8>, CompileError> {
    let phrases = collect(faq)?;
    let mut scratch = Scratch::new();
    let mut stored = StoredPack {
        model: *engine.fingerprint(),
        width: engine.width() as u16,
        entries: faq.entries.iter().map(|entry| words(entry, render)).collect(),
        phrases: Vec::with_capacity(phrases.len()),
        vectors: Vec::with_capacity(phrases.len() * engine.width()),
        with_encoder: measure::uncalibrated(),
        lexical_only: measure::uncalibrated(),
    };
    for phrase in &phrases {
        let vector = engine.encode(phrase.text, &mut scratch).vector;
        let scale = push_int8(vector, &mut stored.vectors);
        let (entry, locale, text) = (phrase.entry, phrase.locale, phrase.normalized.clone());
        stored.phrases.push(StoredPhrase { entry, locale, text, scale });
    }
    // Loaded once uncalibrated: the measurements are taken by the code that will answer.
    let pack = super::Pack::load(&codec::encode(&stored)?)?;
    let own = phrases.iter().map(|phrase| (phrase.entry, phrase.text));
    let calibrations = measure::calibrate(&pack, engine, own, options.out_of_scope, &mut scratch);
    stored.with_encoder = calibrations.with_encoder;
    stored.lexical_only = calibrations.lexical_only;
    Ok(codec::encode(&stored)?)
}

/// All phrases, each once an entry, sorted by entry and language.
fn collect(faq: &Faq) -> Result<Vec<Phrase<'_>>, CompileError> {
    if faq.entries.is_empty() {
        return Err(CompileError::Empty);
    }
    if faq.entries.len() > ENTRIES_MAX {
        return Err(CompileError::TooManyEntries { found: faq.entries.len() });
    }
    let mut ids = HashSet::new();
    let mut phrases = Vec::new();
    for (at, entry) in faq.entries.iter().enumerate() {
        if !ids.insert(&entry.id) {
            return Err(CompileError::RepeatedEntry { id: entry.id.clone() });
        }
        let own = phrases_of_entry(at as u16, entry);
        let (question, rest) = own.split_first().ok_or(CompileError::Empty)?;
        if question.normalized.is_empty() {
            return Err(CompileError::EmptyQuestion { id: entry.id.clone() });
        }
        let mut seen = HashSet::new();
        let mut kept: Vec<_> = std::iter::once(question)
            .chain(rest)
            .filter(|phrase| !phrase.normalized.is_empty() && seen.insert(&phrase.normalized))
            .map(|phrase| Phrase { normalized: phrase.normalized.clone(), ..*phrase })
            .collect();
        kept.sort_by_key(|phrase| phrase.locale);
        phrases.extend(kept);
    }
    if phrases.len() > PHRASES_MAX { Err(CompileError::TooManyPhrases) } else { Ok(phrases) }
}

fn phrases_of_entry(at: u16, entry: &FaqEntry) -> Vec<Phrase<'_>> {
    let own = (own_locale(entry), &entry.question, &entry.phrasings);
    let translated =
        entry.translations.iter().map(|(locale, text)| (*locale, &text.question, &text.phrasings));
    let mut phrases = Vec::new();
    for (locale, question, phrasings) in std::iter::once(own).chain(translated) {
        for text in std::iter::once(question).chain(phrasings) {
            let mut normalized = String::new();
            normalize(text, &mut normalized);
            phrases.push(Phrase { entry: at, locale, text, normalized });
        }
    }
    phrases
}

/// The language of the top-level words; a translation into it would be read as more phrasings.
fn own_locale(entry: &FaqEntry) -> Locale {
    detect_locale(&entry.question, Locale::En)
}

fn words(entry: &FaqEntry, render: &dyn Fn(&str) -> String) -> StoredEntry {
    let text = |locale, question: &str, answer: &str| StoredText {
        locale,
        question: question.trim().to_owned(),
        html: render(answer),
    };
    let mut texts = vec![text(own_locale(entry), &entry.question, &entry.answer)];
    for (locale, translated) in &entry.translations {
        let words = text(*locale, &translated.question, &translated.answer);
        match texts.iter_mut().find(|known| known.locale == *locale) {
            Some(known) => *known = words,
            None => texts.push(words),
        }
    }
    StoredEntry { id: entry.id.clone(), covers: entry.covers.clone(), texts }
}

/// Rounds a vector to whole multiples of max|x| / 127 and returns that scale.
fn push_int8(vector: &[f32], rows: &mut Vec<i8>) -> f32 {
    let largest = vector.iter().fold(f32::MIN_POSITIVE, |largest, x| largest.max(x.abs()));
    rows.extend(vector.iter().map(|x| (x / largest * INT8_MAX).round() as i8));
    largest / INT8_MAX
}
