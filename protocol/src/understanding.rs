//! What a text was understood as, and what is to be done about it. The same values in the
//! browser, on the server and in the console.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::ids::{EntryId, IntentName};
use crate::locale::Locale;
use crate::unit::unit_enum;

/// A probability in `0.0..=1.0`. Read and written as the nearest one: infinity and what is no
/// number have no form in JSON, and would be read by nobody.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(from = "f32", into = "f32")]
pub struct Confidence(pub f32);

impl From<f32> for Confidence {
    fn from(number: f32) -> Self {
        Self(if number.is_nan() { 0.0 } else { number.clamp(0.0, 1.0) })
    }
}

impl From<Confidence> for f32 {
    fn from(confidence: Confidence) -> Self {
        Confidence::from(confidence.0).0
    }
}

unit_enum! {
    /// Which stage of the cascade gave the result.
    #[derive(PartialOrd, Ord)]
    pub enum Tier {
        /// The normalized text is a question or phrasing of the pack.
        Exact = "exact",
        /// The pack's own lexical index; needs no model.
        Lexical = "lexical",
        /// The int8 encoder, fused with the lexical index.
        Encoder = "encoder",
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Understanding {
    pub locale: Locale,
    pub tier: Tier,
    /// `None` when no model was loaded.
    pub intent: Option<Intent>,
    pub entities: Vec<Entity>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Intent {
    pub name: IntentName,
    pub confidence: Confidence,
}

unit_enum! {
    #[derive(PartialOrd, Ord, Hash)]
    pub enum EntityKind {
        OrderNumber = "order_number",
        TrackingNumber = "tracking_number",
        Phone = "phone",
        Email = "email",
        Url = "url",
        Date = "date",
        Time = "time",
        Amount = "amount",
        Quantity = "quantity",
        CardNumber = "card_number",
        Person = "person",
        Address = "address",
        Product = "product",
        Issue = "issue",
        Place = "place",
        Company = "company",
    }
}

/// A span of the utterance. `start..end` count characters (Unicode scalar values), not bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    pub kind: EntityKind,
    pub start: u32,
    pub end: u32,
    /// Normalized value: `2026-11-20` for "last Friday" stays the words until a clock resolves it;
    /// a card number is masked to its last four digits.
    pub value: String,
}

/// What to do about a question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    Answer { entry: EntryId, confidence: Confidence, tier: Tier },
    AskBack { choices: Vec<Choice> },
    HandOff { reason: HandOffReason },
    Abstain { reason: AbstainReason, candidates: Vec<Candidate> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Choice {
    pub entry: EntryId,
    /// The entry's question in the visitor's language.
    pub question: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    pub entry: EntryId,
    pub confidence: Confidence,
}

unit_enum! {
    pub enum HandOffReason {
        WantsPerson = "wants_person",
        Complaint = "complaint",
        /// The pipeline had no answer it could stand behind.
        NotAnswered = "not_answered",
    }
}

unit_enum! {
    pub enum AbstainReason {
        /// Nothing left after normalization.
        Empty = "empty",
        /// Longer than the encoder reads.
        TooLong = "too_long",
        /// Best score below the pack's threshold.
        BelowThreshold = "below_threshold",
        /// Two entries too close to tell apart.
        TooClose = "too_close",
        /// Most words are unknown to pack and vocabulary.
        UnknownWords = "unknown_words",
        /// The question names an order, amount or the like that the entry does not cover.
        NotCovered = "not_covered",
        /// The site has no pack, or none was loaded yet.
        NoPack = "no_pack",
        /// A model is needed and none is loaded yet.
        NoModel = "no_model",
        /// The load is too high for a model call.
        Shed = "shed",
    }
}

impl AbstainReason {
    /// Whether the question would stay unanswered however unsure an answer may be.
    pub fn is_veto(self) -> bool {
        match self {
            Self::Empty | Self::TooLong | Self::UnknownWords | Self::NotCovered => true,
            Self::BelowThreshold | Self::TooClose | Self::NoPack | Self::NoModel | Self::Shed => {
                false
            }
        }
    }
}
