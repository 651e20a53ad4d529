//! Compiles an FAQ into a pack: collects the words of each entry, encodes its phrases, and hands
//! the result to `measure` for calibration. Runs on the server only, on many threads; knows
//! Markdown as a function.

use std::collections::HashSet;

use protocol::faq::{Faq, FaqEntry};
use protocol::ids::EntryId;
use protocol::locale::Locale;

use super::bank::Bank;
use super::calibration::CalibrationError;
use super::codec;
use super::lexical::normalize;
use super::measure::{self, Own};
use super::reading::Reading;
use super::stored::{StoredEntry, StoredPack, StoredPhrase, StoredText};
use super::threads;
use crate::engine::Engine;
use crate::locale::detect_locale;

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
    #[error("the bank of questions was read by another model")]
    ForeignBank,
    #[error(transparent)]
    Uncalibrated(#[from] CalibrationError),
    #[error("the pack cannot be written: {0}")]
    Unwritable(#[from] postcard::Error),
    #[error("the compiled pack does not load: {0}")]
    Unloadable(#[from] codec::PackError),
}

/// How a pack is compiled; neither changes what an FAQ is.
#[derive(Clone, Copy)]
pub struct CompileOptions<'bank> {
    /// To calibrate against. Without one, only the FAQ's own phrasings are measured.
    pub bank: Option<&'bank Bank>,
    /// The bytes are the same with any number.
    pub threads: usize,
}

impl Default for CompileOptions<'_> {
    fn default() -> Self {
        Self { bank: None, threads: threads::processors() }
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
    if options.bank.is_some_and(|bank| !bank.fits(engine)) {
        return Err(CompileError::ForeignBank);
    }
    let priors = engine.calibrations()?;
    let phrases = collect(faq)?;
    let texts: Vec<&str> = phrases.iter().map(|phrase| phrase.text).collect();
    let readings = Reading::of_all(&texts, engine, options.threads);
    let mut stored = StoredPack {
        model: *engine.fingerprint(),
        width: engine.width() as u16,
        entries: faq.entries.iter().map(|entry| words(entry, render)).collect(),
        phrases: Vec::with_capacity(phrases.len()),
        vectors: Vec::with_capacity(phrases.len() * engine.width()),
        with_encoder: priors.encoder.unmeasured(),
        lexical_only: priors.lexical.unmeasured(),
    };
    for (phrase, reading) in phrases.iter().zip(&readings) {
        let scale = push_int8(&reading.vector, &mut stored.vectors);
        let (entry, locale, text) = (phrase.entry, phrase.locale, phrase.normalized.clone());
        stored.phrases.push(StoredPhrase { entry, locale, text, scale });
    }
    // Loaded once uncalibrated: the measurements are taken by the code that will answer.
    let pack = super::Pack::load(&codec::encode(&stored)?)?;
    let own: Vec<Own<'_>> = phrases
        .iter()
        .zip(&readings)
        .map(|(phrase, reading)| Own { entry: phrase.entry, reading })
        .collect();
    let bank = options.bank.map_or(&[][..], Bank::readings);
    let percent = faq.precision.percent();
    let measured = measure::calibrate(&pack, &priors, percent, &own, bank, options.threads);
    stored.with_encoder = measured.with_encoder;
    stored.lexical_only = measured.lexical_only;
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
    let (covers, action) = (entry.covers.clone(), entry.action.clone());
    StoredEntry { id: entry.id.clone(), covers, action, texts }
}

/// Rounds a vector to whole multiples of max|x| / 127 and returns that scale.
fn push_int8(vector: &[f32], rows: &mut Vec<u8>) -> f32 {
    let largest = vector.iter().fold(f32::MIN_POSITIVE, |largest, x| largest.max(x.abs()));
    let rounded = |x: &f32| ((x / largest * INT8_MAX).round() as i8).cast_unsigned();
    rows.extend(vector.iter().map(rounded));
    largest / INT8_MAX
}
