//! The FAQ file an owner writes or imports: one format for import, tests and evaluation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::EntryId;
use crate::locale::Locale;
use crate::understanding::EntityKind;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faq {
    pub entries: Vec<FaqEntry>,
}

/// One question with its answer. The top-level words may be in any language; `translations` adds
/// others under the same id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaqEntry {
    pub id: EntryId,
    pub question: String,
    #[serde(default)]
    pub phrasings: Vec<String>,
    /// Markdown.
    pub answer: String,
    #[serde(default)]
    pub tags: Vec<String>,
    /// Kinds of entity the answer may be given for although the question names one.
    #[serde(default)]
    pub covers: Vec<EntityKind>,
    #[serde(default)]
    pub translations: BTreeMap<Locale, FaqText>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaqText {
    pub question: String,
    #[serde(default)]
    pub phrasings: Vec<String>,
    /// Markdown.
    pub answer: String,
}
