//! Trying the FAQ before visitors meet it: one question, all past questions, the questions that
//! nobody answered. It knows no screen and no storage.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::faq::Precision;
use crate::ids::{ConversationId, EntryId, MessageId};
use crate::locale::Locale;
use crate::understanding::{Candidate, Confidence, Decision, HandOffReason, Understanding};
use crate::worker::RenderedAnswer;

/// Messages that one `SettleRequest` may name.
pub const SETTLED_MAX: usize = 500;

/// Which FAQ is asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    #[default]
    Draft,
    Published,
}

/// `POST /v1/sites/{site}/faq/try`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrialRequest {
    pub text: String,
    pub locale: Locale,
    #[serde(default)]
    pub against: Against,
}

/// What is decided about a question, and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    pub understanding: Understanding,
    pub decision: Decision,
    /// What the exact and lexical stages compare.
    pub normalized: String,
    pub tokens: u32,
    /// Of the best entry to be right; `None` when an earlier stage decided.
    pub probability: Option<Confidence>,
    /// Answers from here on; above 1 means never.
    pub answer_min: f32,
    /// Asks back from here on.
    pub ask_min: f32,
    /// The best entries, best first.
    pub contenders: Vec<Contender>,
    /// What the visitor would read.
    pub answer: Option<RenderedAnswer>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contender {
    pub entry: EntryId,
    pub question: String,
    /// The sum that entries are ranked by.
    pub score: f32,
    /// Likeness in meaning with its nearest phrase.
    pub nearest: f32,
    /// Words in common with its phrases.
    pub words: f32,
    /// Words in common with its answer.
    pub answer: f32,
}

/// `GET /v1/sites/{site}/faq/curve`: what past questions would have come to at each precision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Curve {
    /// How many questions these numbers are of.
    pub questions: u32,
    /// Of these, the ones whose right answer is known from flags and corrections.
    pub known: u32,
    pub points: Vec<CurvePoint>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurvePoint {
    pub precision: Precision,
    pub answered: u32,
    pub asked_back: u32,
    /// To a person.
    pub left: u32,
    /// Answers to questions whose right answer is known.
    pub known_answered: u32,
    pub known_right: u32,
}

/// What became of a question when it was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PastOutcome {
    Answered {
        entry: EntryId,
        confidence: Confidence,
    },
    AskedBack,
    HandedOff {
        reason: HandOffReason,
    },
    /// Nobody said anything yet.
    Waiting,
}

/// `GET /v1/sites/{site}/questions/gaps`: what the FAQ lacks, most asked first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gaps {
    pub groups: Vec<Gap>,
    /// Questions in all groups.
    pub questions: u32,
}

/// Questions of one meaning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// The wording nearest to all others.
    pub title: String,
    pub locale: Locale,
    /// How often it was asked.
    pub asked: u32,
    /// How many of these were answers that somebody called wrong.
    pub flagged: u32,
    pub last_at_ms: u64,
    /// Most asked first.
    pub wordings: Vec<Wording>,
    /// Entries it may belong to, likeliest first.
    pub suggestions: Vec<Candidate>,
    /// All messages, to settle the group by.
    pub messages: Vec<MessageId>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Wording {
    pub text: String,
    pub asked: u32,
    pub flagged: bool,
    pub outcome: PastOutcome,
    /// Where it was asked last.
    pub conversation: ConversationId,
}

/// `POST /v1/sites/{site}/questions/settle`: these need no further look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettleRequest {
    pub messages: Vec<MessageId>,
    /// The entry that answers them; `None` dismisses them.
    pub entry: Option<EntryId>,
}

/// `GET /v1/sites/{site}/faq/regression`: past questions, asked of what is published and of the
/// draft.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Regression {
    /// How many were asked again.
    pub questions: u32,
    pub better: u32,
    pub worse: u32,
    /// Answered differently, and nobody knows which is right.
    pub changed: u32,
    /// What differs: the worse first.
    pub lines: Vec<RegressionLine>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegressionLine {
    pub text: String,
    pub locale: Locale,
    pub asked: u32,
    pub before: Decision,
    pub after: Decision,
    pub judgement: Judgement,
    /// The entry that is known to be right.
    pub right: Option<EntryId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judgement {
    Worse,
    Changed,
    Better,
}
