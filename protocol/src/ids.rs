//! Identities: one newtype per kind of thing, so that none can stand in for another.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A version 7 id from the caller's clock and randomness: sorts by time of creation.
            pub fn from_parts(unix_ms: u64, random: [u8; 10]) -> Self {
                Self(uuid::Builder::from_unix_timestamp_millis(unix_ms, &random).into_uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }
    };
}

uuid_id!(
    /// One talk of one visitor with one site.
    ConversationId
);
uuid_id!(
    /// Made by whoever writes the message, before sending: a resend is recognized by it.
    MessageId
);
uuid_id!(
    /// A person on a site, known by the token their browser keeps.
    VisitorId
);
uuid_id!(
    /// A human who answers.
    AgentId
);
uuid_id!(
    /// A link that makes one account.
    InvitationId
);
uuid_id!(
    /// One browser in which an agent is signed in.
    SignInId
);
uuid_id!(
    /// Words that agents keep ready.
    CannedId
);

/// Characters that an entry's id takes from its question.
const SLUG_CHARS_MAX: usize = 40;

impl EntryId {
    /// An id that reads like its question and that nobody has.
    pub fn of_question(question: &str, taken: impl Fn(&Self) -> bool) -> Self {
        let mut slug = String::new();
        for c in question.chars().flat_map(char::to_lowercase) {
            if slug.chars().count() >= SLUG_CHARS_MAX {
                break;
            }
            if c.is_alphanumeric() {
                slug.push(c);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        let slug = slug.trim_end_matches('-');
        let base = Self::parse(slug).unwrap_or_else(|_| Self("entry".to_owned()));
        if !taken(&base) {
            return base;
        }
        let numbered = |number: u32| Self::parse(&format!("{base}-{number}")).ok();
        (2..).find_map(|number| numbered(number).filter(|id| !taken(id))).unwrap_or(base)
    }
}

impl MessageId {
    /// The id of the bot's reply to `question`: the same question always yields the same id, so a
    /// replayed consumer cannot answer twice.
    pub fn of_reply_to(question: Self) -> Self {
        let mut bytes = *question.0.as_bytes();
        // Version 8 (custom) keeps the question's time order and cannot collide with a client's v7.
        bytes[6] = 0x80 | (bytes[6] & 0x0f);
        Self(Uuid::from_bytes(bytes))
    }
}

/// Position in a conversation, from 1, without gaps. 0 means "nothing yet".
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Seq(pub u64);

impl Seq {
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $bytes_max:expr, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub const BYTES_MAX: usize = $bytes_max;

            /// # Errors
            /// The text is empty, too long or has a character this kind of id does not allow.
            pub fn parse(text: &str) -> Result<Self, InvalidId> {
                let allowed: fn(char) -> bool = $allowed;
                let fits = !text.is_empty() && text.len() <= Self::BYTES_MAX;
                if fits && text.chars().all(allowed) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(InvalidId { kind: stringify!($name) })
                }
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

text_id!(
    /// The public key of a site, as written in the snippet's `data-site`.
    SiteKey, 64, |c| c.is_ascii_alphanumeric() || c == '-' || c == '_'
);
text_id!(
    /// An FAQ entry, unique in its site and the same in every language.
    EntryId, 128, |c| !c.is_control() && !c.is_whitespace()
);
text_id!(
    /// A function of the customer's page that an entry runs.
    ActionName, 64, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
);
text_id!(
    /// The content hash of a compiled pack (lower-case hex of SHA-256).
    PackVersion, 64, |c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase()
);
text_id!(
    /// The content hash of an entry or of a whole draft (lower-case hex): equal words, equal
    /// revision.
    Revision, 64, |c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase()
);
text_id!(
    /// What agents sort conversations by, such as `VIP` or `退款`.
    LabelName, 64, |c| !c.is_control() && !c.is_whitespace() || c == ' '
);
text_id!(
    /// A name the model's manifest lists.
    IntentName, 64, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
);

/// A text that is not a valid id of the named kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidId {
    pub kind: &'static str,
}

impl fmt::Display for InvalidId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "not a valid {}", self.kind)
    }
}

impl core::error::Error for InvalidId {}
