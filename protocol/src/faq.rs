//! The FAQ file an owner writes or imports: one format for import, tests and evaluation.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::{ActionName, EntryId};
use crate::locale::Locale;
use crate::understanding::EntityKind;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faq {
    pub entries: Vec<FaqEntry>,
    /// How sure an answer must be.
    #[serde(default)]
    pub precision: Precision,
}

/// Of a hundred answers, how many the owner wants to be right: 90 to 99. More means more silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Precision(u8);

#[derive(Debug)]
pub struct PrecisionError {
    found: u8,
}

impl fmt::Display for PrecisionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the precision is {}; it is a percentage from 90 to 99", self.found)
    }
}

impl core::error::Error for PrecisionError {}

impl Precision {
    pub fn percent(self) -> u8 {
        self.0
    }
}

impl Default for Precision {
    fn default() -> Self {
        Self(97)
    }
}

impl TryFrom<u8> for Precision {
    type Error = PrecisionError;

    fn try_from(found: u8) -> Result<Self, PrecisionError> {
        if (90..=99).contains(&found) { Ok(Self(found)) } else { Err(PrecisionError { found }) }
    }
}

impl From<Precision> for u8 {
    fn from(precision: Precision) -> Self {
        precision.0
    }
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
    /// What the customer's page does instead of showing the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<EntryAction>,
    /// Kept, but not answered with.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub hidden: bool,
}

/// A function that the customer's page registered by `frontdesk("action", name, …)`. It runs in
/// the visitor's browser; no server of ours sees what it is given or says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryAction {
    pub name: ActionName,
    /// What it must be given; the visitor is asked for what they did not say.
    #[serde(default)]
    pub needs: Vec<EntityKind>,
}

/// Most kinds of entity an action may need.
pub const ACTION_NEEDS_MAX: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaqText {
    pub question: String,
    #[serde(default)]
    pub phrasings: Vec<String>,
    /// Markdown.
    pub answer: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_may_ask_for_ninety_to_ninety_nine_percent() {
        let read = |text: &str| serde_json::from_str::<Faq>(text).map(|faq| faq.precision.0);
        assert_eq!(read(r#"{"entries":[]}"#).ok(), Some(97));
        assert_eq!(read(r#"{"entries":[],"precision":95}"#).ok(), Some(95));
        for wrong in ["89", "100", "0.95", "\"high\""] {
            assert!(read(&format!(r#"{{"entries":[],"precision":{wrong}}}"#)).is_err(), "{wrong}");
        }
    }
}
