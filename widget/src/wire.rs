//! The wire as this page speaks it: what a text was understood as goes from the Worker to the
//! server as it came, and is skipped where the server says it. Its own types are a tenth of the
//! module.

use std::fmt;

use protocol::conversation::MessageOf;
use protocol::locale::Locale;
use protocol::visitor::{VisitorEventOf, VisitorFrameOf};
use protocol::worker::{OutcomeOf, WorkerToPageOf};
use serde::de::{self, IgnoredAny, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::json::{RAW, decode};

pub type Message = MessageOf<IgnoredAny>;
pub type Outcome = OutcomeOf<Understood>;
pub type VisitorEvent = VisitorEventOf<IgnoredAny>;
pub type VisitorFrame = VisitorFrameOf<Understood>;
pub type WorkerToPage = WorkerToPageOf<Understood>;

/// An `Understanding`, as its JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct Understood(String);

impl Understood {
    /// The one thing that the page wants to know: the language it was asked in.
    pub fn locale(&self) -> Option<Locale> {
        #[derive(Deserialize)]
        struct Spoken {
            locale: Locale,
        }
        decode(&self.0).ok().map(|Spoken { locale }| locale)
    }
}

impl Serialize for Understood {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(RAW, &self.0)
    }
}

impl<'de> Deserialize<'de> for Understood {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AsItCame)
    }
}

struct AsItCame;

impl Visitor<'_> for AsItCame {
    type Value = Understood;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Understood, E> {
        Ok(Understood(text.to_owned()))
    }
}
