//! An FAQ of a large shop, made of the written intents in `models/corpus`, and the phrasings that
//! are left over. Knows the format of those files, nothing of engines.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use protocol::faq::{Faq, FaqEntry, Precision};
use protocol::ids::EntryId;
use tests::process::repository;

const ENTRIES: usize = 300;

/// Of each entry, its question included.
const PHRASINGS: usize = 5;

/// Files of another kind: talk that no FAQ answers, and marked spans.
const NO_FAQ: [&str; 2] = ["acts.txt", "spans.txt"];

/// As long as answers of shops are; the last words of every answer.
const ANSWER_TAIL: &str = "You will find it under **Your account**, where every order, ticket and \
    booking is listed with its own page. If something there looks wrong, [write to \
    us](/contact) and name the number at the top of the page: a person answers within a day.";

pub(crate) struct Corpus {
    pub(crate) faq: Faq,
    /// English phrasings of the same intents that the FAQ does not hold.
    pub(crate) left_over: Vec<String>,
}

/// # Errors
/// The corpus is missing or too small.
pub(crate) fn read() -> Result<Corpus> {
    let folder = repository().join("models/corpus");
    let mut files: Vec<_> = std::fs::read_dir(&folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()
        .with_context(|| folder.display().to_string())?;
    files.sort();
    let mut corpus = Corpus {
        faq: Faq { entries: Vec::new(), precision: Precision::default() },
        left_over: Vec::new(),
    };
    for file in files {
        let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.ends_with(".txt") && !NO_FAQ.contains(&name) {
            for intent in intents(&std::fs::read_to_string(&file)?) {
                corpus.take(intent)?;
            }
        }
    }
    ensure!(corpus.faq.entries.len() == ENTRIES, "only {} entries", corpus.faq.entries.len());
    Ok(corpus)
}

/// `# name: description`, then one `中文 | English` a line.
struct Intent<'text> {
    name: &'text str,
    description: &'text str,
    phrasings: Vec<&'text str>,
}

fn intents(text: &str) -> Vec<Intent<'_>> {
    let mut found: Vec<Intent<'_>> = Vec::new();
    for line in text.lines() {
        if let Some((name, description)) = line.strip_prefix("# ").and_then(|is| is.split_once(':'))
        {
            found.push(Intent { name, description: description.trim(), phrasings: Vec::new() });
        } else if let (Some(intent), Some((_, english))) = (found.last_mut(), line.split_once('|'))
        {
            intent.phrasings.push(english.trim());
        }
    }
    found
}

impl Corpus {
    fn take(&mut self, intent: Intent<'_>) -> Result<()> {
        if self.faq.entries.len() == ENTRIES || intent.phrasings.len() < PHRASINGS {
            return Ok(());
        }
        let (kept, left_over) = intent.phrasings.split_at(PHRASINGS);
        let words = |phrasings: &[&str]| phrasings.iter().map(|&words| words.to_owned()).collect();
        let mut phrasings: Vec<String> = words(kept);
        self.faq.entries.push(FaqEntry {
            action: None,
            id: EntryId::try_from(intent.name.to_owned())
                .map_err(|error| anyhow::anyhow!("{}: {error}", intent.name))?,
            question: phrasings.remove(0),
            phrasings,
            answer: format!("This is about {}. {ANSWER_TAIL}", intent.description),
            tags: Vec::new(),
            covers: Vec::new(),
            translations: BTreeMap::new(),
            hidden: false,
        });
        self.left_over.extend(left_over.iter().map(|&words| words.to_owned()));
        Ok(())
    }
}
