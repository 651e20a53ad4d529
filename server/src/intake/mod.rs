//! FAQs out of files and web pages: text in, entries out. Everything it reads may be hostile. It
//! stores nothing and knows no caller.

mod address;
mod csv;
mod fetch;
mod headings;
mod json;
mod page;

use std::collections::{BTreeMap, HashSet};

use protocol::draft::{
    DRAFT_ENTRIES_MAX, EntryView, IMPORT_BYTES_MAX, ImportFate, ImportPreview, ImportSource,
    ImportedEntry, SkipReason, Skipped,
};
use protocol::faq::{FaqEntry, FaqText};
use protocol::ids::EntryId;
use protocol::locale::Locale;
use protocol::understanding::EntityKind;

pub use fetch::FetchError;

use crate::catalog::{FaqError, check_entry};

/// Worded for the owner who asked for it.
#[derive(Debug, thiserror::Error)]
pub enum IntakeError {
    #[error("the text is larger than {} MiB", IMPORT_BYTES_MAX / 1024 / 1024)]
    TooLarge,
    #[error("the first row has no column `question` or no column `answer`")]
    NoHeader,
    #[error("this is no FAQ in JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

/// What one row or section says, before it is an entry.
#[derive(Debug, Clone, Default, PartialEq)]
struct Raw {
    /// Where it was found, counted from 1.
    line: usize,
    id: Option<String>,
    question: String,
    answer: String,
    phrasings: Vec<String>,
    tags: Vec<String>,
    covers: Vec<EntityKind>,
    translations: BTreeMap<Locale, FaqText>,
}

/// Reads a source and compares it with what stands. Asks the network only for a URL.
///
/// # Errors
/// Nothing in it can be read.
pub async fn preview(
    source: ImportSource,
    standing: &[EntryView],
) -> Result<ImportPreview, IntakeError> {
    let source = match source {
        ImportSource::Url { url } => ImportSource::Page { text: fetch::fetch(&url).await? },
        ImportSource::Csv { .. }
        | ImportSource::Json { .. }
        | ImportSource::Markdown { .. }
        | ImportSource::Page { .. } => source,
    };
    let mut found = Found::new(standing);
    read(&source, &mut found)?;
    Ok(found.preview)
}

fn read(source: &ImportSource, found: &mut Found<'_>) -> Result<(), IntakeError> {
    let (ImportSource::Csv { text }
    | ImportSource::Json { text }
    | ImportSource::Markdown { text }
    | ImportSource::Page { text }
    | ImportSource::Url { url: text }) = source;
    if text.len() > IMPORT_BYTES_MAX {
        return Err(IntakeError::TooLarge);
    }
    match source {
        ImportSource::Csv { text } => csv::read(text, found)?,
        ImportSource::Json { text } => json::read(text, found)?,
        ImportSource::Markdown { text } => {
            headings::read(text).into_iter().for_each(|raw| found.take(raw));
        }
        ImportSource::Page { text } | ImportSource::Url { url: text } => {
            page::read(text).into_iter().for_each(|raw| found.take(raw));
        }
    }
    Ok(())
}

/// Turns what was read into entries with ids of their own, and says of each how it stands.
struct Found<'a> {
    standing: &'a [EntryView],
    ids: HashSet<EntryId>,
    questions: HashSet<String>,
    preview: ImportPreview,
}

impl<'a> Found<'a> {
    fn new(standing: &'a [EntryView]) -> Self {
        let preview = ImportPreview { found: Vec::new(), skipped: Vec::new() };
        Self { standing, ids: HashSet::new(), questions: HashSet::new(), preview }
    }

    fn skip(&mut self, line: usize, reason: SkipReason) {
        // As many reasons as entries: a file of nothing but faults must not become a larger answer.
        if self.preview.skipped.len() < DRAFT_ENTRIES_MAX {
            let line = u32::try_from(line).unwrap_or(u32::MAX);
            self.preview.skipped.push(Skipped { line, reason });
        }
    }

    fn take(&mut self, raw: Raw) {
        let line = raw.line;
        match self.entry(raw) {
            Ok(entry) => self.keep(line, entry),
            Err(reason) => self.skip(line, reason),
        }
    }

    fn entry(&self, raw: Raw) -> Result<FaqEntry, SkipReason> {
        let question = raw.question.trim().to_owned();
        if question.is_empty() {
            return Err(SkipReason::NoQuestion);
        }
        if raw.answer.trim().is_empty() {
            return Err(SkipReason::NoAnswer);
        }
        let same =
            self.standing.iter().find(|view| folded(&view.entry.question) == folded(&question));
        let id = match (raw.id.as_deref().map(str::trim), same) {
            (Some(id), _) if !id.is_empty() => {
                EntryId::parse(id).map_err(|_| SkipReason::Unknown)?
            }
            (Some(_) | None, Some(same)) => same.entry.id.clone(),
            (Some(_) | None, None) => EntryId::of_question(&question, |id| self.is_taken(id)),
        };
        let known = self.standing.iter().find(|view| view.entry.id == id).map(|view| &view.entry);
        let mut phrasings = trimmed(raw.phrasings);
        phrasings.retain(|phrasing| folded(phrasing) != folded(&question));
        // Questions as they come cannot tell which answers are personal: none of the fields that a
        // row does not name is lost.
        let mut entry = known.cloned().unwrap_or_else(|| blank(&id));
        entry.question = question;
        raw.answer.trim().clone_into(&mut entry.answer);
        if !phrasings.is_empty() {
            entry.phrasings = phrasings;
        }
        if !raw.tags.is_empty() {
            entry.tags = trimmed(raw.tags);
        }
        if !raw.covers.is_empty() {
            entry.covers = raw.covers;
        }
        entry.translations.extend(raw.translations);
        Ok(entry)
    }

    /// An entry as it is to be drafted.
    fn keep(&mut self, line: usize, entry: FaqEntry) {
        if self.preview.found.len() >= DRAFT_ENTRIES_MAX {
            return self.skip(line, SkipReason::TooMany);
        }
        match check_entry(&entry) {
            Ok(()) => {}
            Err(FaqError::EmptyQuestion { .. }) => return self.skip(line, SkipReason::NoQuestion),
            Err(FaqError::EmptyAnswer { .. }) => return self.skip(line, SkipReason::NoAnswer),
            Err(_) => return self.skip(line, SkipReason::TooLong),
        }
        let question = folded(&entry.question);
        if self.ids.contains(&entry.id) || self.questions.contains(&question) {
            return self.skip(line, SkipReason::Repeated);
        }
        self.ids.insert(entry.id.clone());
        self.questions.insert(question);
        let fate = match self.standing.iter().find(|view| view.entry.id == entry.id) {
            None => ImportFate::Added,
            Some(standing) if standing.entry == entry => ImportFate::Unchanged,
            Some(standing) => ImportFate::Changed { standing: Box::new(standing.clone()) },
        };
        self.preview.found.push(ImportedEntry { entry, fate });
    }

    fn is_taken(&self, id: &EntryId) -> bool {
        self.ids.contains(id) || self.standing.iter().any(|view| view.entry.id == *id)
    }
}

fn blank(id: &EntryId) -> FaqEntry {
    // The shortest entry there is: fields that others add have their defaults.
    let json = serde_json::json!({ "id": id, "question": "", "answer": "" });
    serde_json::from_value(json).expect("an entry of three texts")
}

fn trimmed(texts: Vec<String>) -> Vec<String> {
    let texts = texts.into_iter().map(|text| text.trim().to_owned());
    texts.filter(|text| !text.is_empty()).collect()
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests;
