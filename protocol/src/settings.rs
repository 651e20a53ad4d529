//! What an owner sets for a site, and the part of it that its visitors' browsers need. Pure data:
//! what is acceptable is checked by the server's catalogue.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::forms::FormsSettings;
use crate::http::LocalAnswers;
use crate::ids::SiteKey;

/// `GET` and `PUT /v1/sites/{site}/settings`. A `PUT` replaces all of it. Every field but the first
/// three has a default, so that records written before it was thought of still read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteSettings {
    /// The name visitors see.
    pub name: String,
    /// Origins (`scheme://host[:port]`) whose pages may embed the widget.
    pub domains: Vec<String>,
    pub local_answers: LocalAnswers,
    #[serde(default, skip_serializing_if = "Assignment::is_default")]
    pub assignment: Assignment,
    /// Agents see what a visitor writes before it is sent.
    #[serde(default, skip_serializing_if = "Drafts::is_default")]
    pub drafts: Drafts,
    #[serde(default, flatten)]
    pub visitor: VisitorSettings,
    #[serde(default, skip_serializing_if = "FormsSettings::is_default")]
    pub forms: FormsSettings,
}

/// Who gets a conversation that waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// Given to the agent online who has the fewest, speaks the language and has the skill;
    /// otherwise agents take what they want.
    pub automatic: bool,
    /// Open conversations an agent may have before others get the next one.
    pub open_max: u32,
}

/// As many as one person can attend to at a time.
const OPEN_MAX_DEFAULT: u32 = 5;

impl Default for Assignment {
    fn default() -> Self {
        Self { automatic: false, open_max: OPEN_MAX_DEFAULT }
    }
}

impl Assignment {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The part of the settings that a visitor's browser is told with its session.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitorSettings {
    /// The accent of the chat; ours where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<Colour>,
}

/// Whether agents see what a visitor writes before it is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Drafts {
    #[default]
    Shown,
    /// They only see that somebody writes.
    Hidden,
}

impl Drafts {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl VisitorSettings {
    /// Whether the owner left all of it as it comes.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// One row of `GET /v1/sites`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteListed {
    pub key: SiteKey,
    pub name: String,
    /// Entries of the published FAQ; 0 while there is none.
    #[serde(default)]
    pub entries: u32,
    /// Pages that have loaded the snippet.
    #[serde(default)]
    pub seen: Vec<SnippetSeen>,
}

/// An origin whose pages have loaded the snippet, and when first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnippetSeen {
    pub origin: String,
    pub at_ms: u64,
}

/// `POST /v1/sites`: a new site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteCreated {
    pub key: SiteKey,
    pub settings: SiteSettings,
}

/// Red, green, blue; written `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Colour(pub [u8; 3]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColourError;

impl fmt::Display for ColourError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a colour is written #rrggbb, as #1a7f5a")
    }
}

impl core::error::Error for ColourError {}

impl Colour {
    /// # Errors
    /// The text is not `#rrggbb` in hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, ColourError> {
        let digits = text.strip_prefix('#').ok_or(ColourError)?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ColourError);
        }
        let number = u32::from_str_radix(digits, 16).map_err(|_| ColourError)?;
        let [_, red, green, blue] = number.to_be_bytes();
        Ok(Self([red, green, blue]))
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(formatter, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl TryFrom<String> for Colour {
    type Error = ColourError;

    fn try_from(text: String) -> Result<Self, ColourError> {
        Self::parse(&text)
    }
}

impl From<Colour> for String {
    fn from(colour: Colour) -> Self {
        colour.to_string()
    }
}
