//! Whether an FAQ may be published. Pure; every refusal names the entry it is about.

use std::collections::{BTreeSet, HashSet};

use nlu::detect_locale;
use protocol::faq::{Faq, FaqEntry};
use protocol::ids::EntryId;
use protocol::locale::Locale;

pub(super) const ENTRIES_MAX: usize = 2_000;

/// Bytes of UTF-8 in a question or phrasing; longer ones do not fit the encoder anyway.
pub(super) const QUESTION_BYTES_MAX: usize = 512;

/// Other ways to ask, per entry and language.
pub(super) const PHRASINGS_MAX: usize = 50;

/// Bytes of Markdown. The HTML made of it must fit a frame together with what surrounds it.
pub(super) const ANSWER_BYTES_MAX: usize = 8 * 1024;

pub(super) const TAGS_MAX: usize = 20;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FaqError {
    #[error("the FAQ has no entries that are not hidden")]
    NoEntries,
    #[error("the FAQ has {count} entries; {ENTRIES_MAX} are the most")]
    TooManyEntries { count: usize },
    #[error("entry `{entry}` is there twice")]
    DuplicateEntry { entry: EntryId },
    #[error("entry `{entry}` has an empty question or phrasing")]
    EmptyQuestion { entry: EntryId },
    #[error("entry `{entry}` has a question or phrasing above {QUESTION_BYTES_MAX} bytes")]
    QuestionTooLong { entry: EntryId },
    #[error("entry `{entry}` has more than {PHRASINGS_MAX} phrasings in one language")]
    TooManyPhrasings { entry: EntryId },
    #[error("entry `{entry}` has an empty answer")]
    EmptyAnswer { entry: EntryId },
    #[error("entry `{entry}` has an answer above {ANSWER_BYTES_MAX} bytes")]
    AnswerTooLong { entry: EntryId },
    #[error("entry `{entry}` has more than {TAGS_MAX} tags")]
    TooManyTags { entry: EntryId },
}

/// # Errors
/// The first thing that is wrong.
pub(super) fn validate(faq: &Faq) -> Result<(), FaqError> {
    if faq.entries.iter().all(|entry| entry.hidden) {
        return Err(FaqError::NoEntries);
    }
    if faq.entries.len() > ENTRIES_MAX {
        return Err(FaqError::TooManyEntries { count: faq.entries.len() });
    }
    let mut ids = HashSet::new();
    for entry in &faq.entries {
        if !ids.insert(&entry.id) {
            return Err(FaqError::DuplicateEntry { entry: entry.id.clone() });
        }
        validate_entry(entry)?;
    }
    Ok(())
}

/// # Errors
/// The first thing that is wrong with it.
pub fn validate_entry(entry: &FaqEntry) -> Result<(), FaqError> {
    let id = || entry.id.clone();
    if entry.tags.len() > TAGS_MAX {
        return Err(FaqError::TooManyTags { entry: id() });
    }
    validate_words(&entry.id, &entry.question, &entry.phrasings, &entry.answer)?;
    entry.translations.values().try_for_each(|text| {
        validate_words(&entry.id, &text.question, &text.phrasings, &text.answer)
    })
}

fn validate_words(
    entry: &EntryId,
    question: &str,
    phrasings: &[String],
    answer: &str,
) -> Result<(), FaqError> {
    let entry = || entry.clone();
    if phrasings.len() > PHRASINGS_MAX {
        return Err(FaqError::TooManyPhrasings { entry: entry() });
    }
    for asked in std::iter::once(question).chain(phrasings.iter().map(String::as_str)) {
        if asked.trim().is_empty() {
            return Err(FaqError::EmptyQuestion { entry: entry() });
        }
        if asked.len() > QUESTION_BYTES_MAX {
            return Err(FaqError::QuestionTooLong { entry: entry() });
        }
    }
    if answer.trim().is_empty() {
        return Err(FaqError::EmptyAnswer { entry: entry() });
    }
    if answer.len() > ANSWER_BYTES_MAX {
        return Err(FaqError::AnswerTooLong { entry: entry() });
    }
    Ok(())
}

/// The languages the entries speak, by their translations and by the words themselves.
pub(super) fn locales(faq: &Faq) -> Vec<Locale> {
    let mut locales = BTreeSet::new();
    for entry in &faq.entries {
        locales.insert(detect_locale(&entry.question, Locale::default()));
        locales.extend(entry.translations.keys().copied());
    }
    locales.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faq(json: &str) -> Faq {
        serde_json::from_str(json).unwrap()
    }

    fn one(question: &str, answer: &str) -> Faq {
        faq(&serde_json::json!({ "entries": [
            { "id": "returns", "question": question, "answer": answer }
        ] })
        .to_string())
    }

    #[test]
    fn a_good_faq_passes_and_each_fault_names_its_entry() {
        assert_eq!(validate(&one("How long?", "30 days")), Ok(()));
        let entry = EntryId::parse("returns").unwrap();
        let long = "x".repeat(ANSWER_BYTES_MAX + 1);
        for (faulty, expected) in [
            (one(" ", "30 days"), FaqError::EmptyQuestion { entry: entry.clone() }),
            (one("How long?", "\n"), FaqError::EmptyAnswer { entry: entry.clone() }),
            (one("How long?", &long), FaqError::AnswerTooLong { entry: entry.clone() }),
            (one(&long, "30 days"), FaqError::QuestionTooLong { entry: entry.clone() }),
            (faq(r#"{"entries":[]}"#), FaqError::NoEntries),
            (
                faq(r#"{"entries":[{"id":"returns","question":"a","answer":"b"},
                                   {"id":"returns","question":"c","answer":"d"}]}"#),
                FaqError::DuplicateEntry { entry: entry.clone() },
            ),
            (
                faq(r#"{"entries":[{"id":"returns","question":"a","answer":"b",
                        "translations":{"zh":{"question":"多久","answer":" "}}}]}"#),
                FaqError::EmptyAnswer { entry },
            ),
        ] {
            assert_eq!(validate(&faulty), Err(expected));
        }
    }

    #[test]
    fn too_many_entries_are_refused() {
        let mut faq = one("How long?", "30 days");
        let entry = faq.entries[0].clone();
        faq.entries = (0..=ENTRIES_MAX)
            .map(|i| FaqEntry { id: EntryId::parse(&format!("e{i}")).unwrap(), ..entry.clone() })
            .collect();
        assert_eq!(validate(&faq), Err(FaqError::TooManyEntries { count: ENTRIES_MAX + 1 }));
        faq.entries.pop();
        assert_eq!(validate(&faq), Ok(()));
    }
}
