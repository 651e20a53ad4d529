//! Messages between the widget's page and its Worker.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::http::PackRef;
use crate::ids::{ActionName, EntryId, MessageId, PackVersion};
use crate::locale::Locale;
use crate::understanding::{Decision, EntityKind, Tier, Understanding};
use crate::unit::unit_enum;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageToWorker {
    /// Loads the site's pack; the lexical tier answers from then on.
    LoadPack {
        pack: PackRef,
    },
    /// Loads the encoder; not sent on `Save-Data` without a tap.
    LoadModel {
        model: ModelRef,
    },
    Ask {
        id: MessageId,
        text: String,
        locale: Locale,
    },
}

/// Content-hashed URLs of the model's files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelRef {
    pub manifest_url: String,
    pub weights_url: String,
    pub vocab_url: String,
}

/// A message as the Worker writes it.
pub type WorkerToPage = WorkerToPageOf<Understanding, Vec<ActionEntity>>;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WorkerToPageOf<U, E> {
    /// The module runs; nothing is loaded yet.
    Started,
    PackLoaded {
        version: PackVersion,
    },
    ModelLoaded,
    Outcome {
        id: MessageId,
        outcome: Box<OutcomeOf<U, E>>,
    },
    /// The widget works on without this part: what it is unsure of goes to the server.
    Failed {
        part: AiPart,
        error: String,
    },
}

unit_enum! {
    pub enum AiPart {
        Pack = "pack",
        Model = "model",
    }
}

/// An outcome as the Worker writes it.
pub type Outcome = OutcomeOf<Understanding, Vec<ActionEntity>>;

/// What the Worker made of a question. The page passes the `U` on to the server
/// and the `E`, entities of an action, to the customer's page, unread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutcomeOf<U, E> {
    pub understanding: U,
    pub decision: Decision,
    pub pack_version: Option<PackVersion>,
    /// The words to show when the decision is to answer.
    pub answer: Option<RenderedAnswer>,
    /// What is to be done instead of showing the words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<ActionStepOf<E>>,
    /// The highest tier that was ready when it was asked.
    pub tier_ready: Tier,
    /// From receiving the message to posting this one, in microseconds.
    pub micros: u32,
}

/// A step as the Worker writes it.
pub type ActionStep = ActionStepOf<Vec<ActionEntity>>;

/// The next step of an entry's action. None of it leaves the browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionStepOf<E> {
    /// The visitor is asked this; their next words are the answer, if they can be.
    Need { question: String },
    /// The page has all it needs.
    Run { name: ActionName, entities: E },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionEntity {
    pub kind: EntityKind,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderedAnswer {
    pub entry: EntryId,
    pub question: String,
    /// Sanitized by the server when the pack was compiled.
    pub html: String,
}
