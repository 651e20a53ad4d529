//! What visitors are asked for and by which rules: details before a person comes, hours, a rating,
//! consent, files. Pure data; what is acceptable is checked by the server's catalogue.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::file::FileKind;
use crate::ids::MessageId;
use crate::locale::Locale;

/// Longest name, address or number a visitor may give, in bytes.
pub const CONTACT_BYTES_MAX: usize = 200;

/// Longest answer to the owner's question, and longest comment beside a rating, in bytes.
pub const COMMENT_BYTES_MAX: usize = 1_000;

/// An owner's part of `SiteSettings`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FormsSettings {
    pub files: FilesSettings,
    /// Asked before a person comes.
    pub pre_chat: PreChat,
    /// When people answer; `None` is always.
    pub hours: Option<Hours>,
    /// Whether visitors are asked how it was once a conversation is resolved.
    pub rating: bool,
    /// Asked before anything is stored in the visitor's browser.
    pub consent: Option<Consent>,
    /// Where notes that visitors leave outside the hours are mailed to.
    pub notify_email: Option<String>,
}

impl FormsSettings {
    /// Whether the owner left all of it as it comes.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FilesSettings {
    /// Nothing in it: visitors send no files.
    pub kinds: Vec<FileKind>,
    pub bytes_max: u64,
}

impl Default for FilesSettings {
    fn default() -> Self {
        Self { kinds: FileKind::USUAL.to_vec(), bytes_max: 10 * 1024 * 1024 }
    }
}

/// Which details a visitor is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PreChat {
    pub name: Ask,
    pub email: Ask,
    pub phone: Ask,
    /// One question in the owner's words.
    pub question: Option<Question>,
}

impl PreChat {
    pub fn asks_anything(&self) -> bool {
        let asked = [self.name, self.email, self.phone];
        self.question.is_some() || asked.iter().any(|ask| *ask != Ask::No)
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    #[default]
    No,
    Optional,
    Required,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub text: String,
    pub required: bool,
}

/// When people answer, on the clocks of a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// An IANA name such as `Europe/Berlin`.
    pub zone: String,
    /// Monday first; a day without spans is closed.
    pub week: [Vec<Span>; 7],
    /// Days on which nobody is there at all.
    #[serde(default)]
    pub closed: Vec<Day>,
}

/// Minutes since midnight; `to` may be 1440, the end of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    pub from: u16,
    pub to: u16,
}

/// A day of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Day {
    pub year: i16,
    pub month: i8,
    pub day: i8,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    pub text: String,
    /// Leads to the owner's privacy page.
    #[serde(default)]
    pub url: Option<String>,
}

/// Whether people answer now, and until when that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Availability {
    pub open: bool,
    /// `None` when it never changes.
    pub changes_at_ms: Option<u64>,
}

/// Which screens there are for a visitor; in `SessionGrant`. A sum of the four below: every visitor
/// downloads what it takes to read more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Offers(u8);

impl Offers {
    pub const FILES: Self = Self(1);
    /// Something is to be asked before a person comes.
    pub const PRE_CHAT: Self = Self(2);
    pub const RATING: Self = Self(4);

    /// Those of the three that hold.
    pub fn of(offered: [(Self, bool); 3]) -> Self {
        Self(offered.iter().filter(|(_, holds)| *holds).map(|(offer, _)| offer.0).sum())
    }

    pub fn has(self, offer: Self) -> bool {
        self.0 & offer.0 != 0
    }
}

/// `GET /v1/forms`: what the visitor's forms need to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitorForms {
    pub files: FilesSettings,
    pub pre_chat: PreChat,
    pub availability: Availability,
    /// Given before.
    pub contact: Contact,
    /// Whether the transcript can be mailed: there is one, and a way.
    pub mail: bool,
}

/// What a visitor said about themselves. Nobody has checked it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// To the owner's question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

impl Contact {
    pub fn is_empty(&self) -> bool {
        [&self.name, &self.email, &self.phone, &self.answer].iter().all(|part| part.is_none())
    }
}

/// `POST /v1/forms`: what a visitor filled in. The same id again has no further effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormPosted {
    /// Nothing left out of an earlier one is forgotten.
    Introduce { message_id: MessageId, contact: Contact, locale: Locale },
    /// Once for each time the conversation was resolved.
    Rate { message_id: MessageId, resolved: MessageId, score: Score, comment: String },
    /// The transcript is to be mailed to this address.
    MailTranscript { message_id: MessageId, email: String, locale: Locale },
}

/// From 1 (very bad) to 5 (very good).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Score(u8);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScoreError;

impl fmt::Display for ScoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a rating is a number from 1 to 5")
    }
}

impl core::error::Error for ScoreError {}

impl TryFrom<u8> for Score {
    type Error = ScoreError;

    fn try_from(found: u8) -> Result<Self, ScoreError> {
        if (1..=5).contains(&found) { Ok(Self(found)) } else { Err(ScoreError) }
    }
}

impl From<Score> for u8 {
    fn from(score: Score) -> Self {
        score.0
    }
}

/// The part of a person's address that decides whether it can be one at all: something, an `@`, a
/// host, and nothing that a mail's header could be built of.
pub fn is_email(text: &str) -> bool {
    let Some((name, host)) = text.rsplit_once('@') else { return false };
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && !"<>(),;:\\\"[]@".contains(c);
    !name.is_empty()
        && text.len() <= CONTACT_BYTES_MAX
        && text.bytes().filter(|byte| *byte == b'@').count() == 1
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && name.chars().chain(host.chars()).all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_word_with_a_host() {
        for (text, expected) in [
            ("ada@shop.example", true),
            ("a.b+c@shop.co.uk", true),
            ("", false),
            ("ada", false),
            ("ada@shop", false),
            ("ada@.example", false),
            ("a@b@shop.example", false),
            ("ada@shop.example\r\nBcc: x@y.example", false),
            ("Ada <ada@shop.example>", false),
            ("ada@shop.example,x@y.example", false),
        ] {
            assert_eq!(is_email(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_rating_has_five_steps() {
        assert!(Score::try_from(0).is_err() && Score::try_from(6).is_err());
        assert_eq!(Score::try_from(5).map(u8::from), Ok(5));
    }

    #[test]
    fn settings_written_before_a_field_was_thought_of_still_read() {
        let read: FormsSettings = serde_json::from_str("{}").unwrap();
        assert_eq!(read, FormsSettings::default());
    }
}
