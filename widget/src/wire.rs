//! The wire as this page speaks it: what the Worker understood and what the customer's page tells
//! of itself go to the server as they came, and an understanding is skipped where the server says
//! it. To read and write them anew would be a tenth of the module.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;

use protocol::conversation::MessageOf;
use protocol::embed::{PageToWidgetOf, WidgetToPageOf};
use protocol::locale::Locale;
use protocol::visitor::{VisitorEventOf, VisitorFrameOf};
use protocol::worker::{ActionStepOf, OutcomeOf, WorkerToPageOf};
use serde::de::{self, IgnoredAny, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::json::{RAW, decode};

pub type ActionStep = ActionStepOf<Passed>;
pub type Message = MessageOf<IgnoredAny>;
pub type PageToWidget = PageToWidgetOf<Passed>;
pub type Outcome = OutcomeOf<Passed, Passed>;
pub type VisitorEvent = VisitorEventOf<IgnoredAny>;
pub type VisitorFrame = VisitorFrameOf<Passed, Passed>;
pub type WidgetToPage = WidgetToPageOf<Passed>;
pub type WorkerToPage = WorkerToPageOf<Passed, Passed>;

/// An `Understanding`, a `Visit` or the entities of an action, as its JSON: whoever gets it reads
/// and checks it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed(String);

impl Passed {
    /// The one thing that this page wants to know of an understanding: the language of the
    /// question.
    pub fn locale(&self) -> Option<Locale> {
        #[derive(Deserialize)]
        struct Spoken {
            locale: Locale,
        }
        decode(&self.0).ok().map(|Spoken { locale }| locale)
    }
}

impl Serialize for Passed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(RAW, &self.0)
    }
}

impl<'de> Deserialize<'de> for Passed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AsItCame)
    }
}

struct AsItCame;

impl Visitor<'_> for AsItCame {
    type Value = Passed;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Passed, E> {
        Ok(Passed(text.to_owned()))
    }
}
