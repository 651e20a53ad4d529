//! The FAQ as owners edit it: drafts beside what is published, who changed what, imports. It knows
//! no screen and no storage.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::faq::{FaqEntry, Precision};
use crate::ids::{AgentId, EntryId, PackVersion, Revision};

/// Entries of one `DraftRequest` or import.
pub const DRAFT_ENTRIES_MAX: usize = 2_000;

/// Bytes of a file or page that is imported.
pub const IMPORT_BYTES_MAX: usize = 2 * 1024 * 1024;

/// Lines of one `FaqHistory`; older ones are asked for with `before`.
pub const HISTORY_LINES_MAX: usize = 50;

/// Who changed something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Editor {
    pub id: AgentId,
    pub name: String,
}

/// `GET /v1/sites/{site}/faq`: what stands, drafts included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaqOverview {
    /// By question; what is to be removed is still among them.
    pub entries: Vec<EntryView>,
    pub precision: Precision,
    /// What browsers answer from now; `None` until something was published.
    pub published: Option<PublishedFaq>,
    /// Of the draft as a whole: publishing names it, so that nobody publishes what they did not
    /// see.
    pub draft: Revision,
    /// How many entries differ from what is published; the precision counts as one.
    pub changes: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishedFaq {
    pub pack_version: PackVersion,
    pub precision: Precision,
    pub entries: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntryView {
    /// As the draft has it; of an entry that is to be removed, as it is published.
    pub entry: FaqEntry,
    /// Of these words: a change names the revision it was made from.
    pub revision: Revision,
    pub state: EntryState,
    /// Who drafted it last; `None` of what is only published.
    pub edited: Option<Edited>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryState {
    /// As browsers have it.
    Published,
    Added,
    Changed,
    /// Goes with the next publishing.
    Removed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edited {
    pub by: Editor,
    pub at_ms: u64,
}

/// `POST /v1/sites/{site}/faq/drafts`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DraftRequest {
    #[serde(default)]
    pub changes: Vec<EntryChange>,
    #[serde(default)]
    pub precision: Option<Precision>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EntryChange {
    pub id: EntryId,
    /// What the editor had on screen; `None` when there was no such entry.
    pub base: Option<Revision>,
    pub edit: EntryEdit,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryEdit {
    Put {
        entry: Box<FaqEntry>,
    },
    Remove,
    /// Back to what is published.
    Revert,
}

/// What became of a `DraftRequest`: what somebody else changed meanwhile is left as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DraftSaved {
    pub saved: Vec<EntryId>,
    pub conflicts: Vec<Conflict>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conflict {
    pub id: EntryId,
    /// What stands instead; `None` when the entry is gone.
    pub standing: Option<EntryView>,
}

/// `POST /v1/sites/{site}/faq/publish`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublishRequest {
    /// The draft the owner looked at.
    pub draft: Revision,
}

/// One edit of a draft; also what the log keeps of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftChange {
    Written { entry: Box<FaqEntry> },
    Removed { entry: EntryId },
    Reverted { entry: EntryId },
    PrecisionSet { precision: Precision },
}

impl DraftChange {
    pub fn entry(&self) -> Option<&EntryId> {
        match self {
            Self::Written { entry } => Some(&entry.id),
            Self::Removed { entry } | Self::Reverted { entry } => Some(entry),
            Self::PrecisionSet { .. } => None,
        }
    }
}

/// `GET /v1/sites/{site}/faq/history?entry=&before=`, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FaqHistory {
    pub lines: Vec<HistoryLine>,
    pub more: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryLine {
    /// Ask for older ones with `before` this.
    pub number: u64,
    pub at_ms: u64,
    /// `None` when it was done beside a stopped server.
    pub by: Option<Editor>,
    pub change: PastChange,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PastChange {
    Drafted { change: DraftChange },
    Published { entries: u32, pack_version: PackVersion },
}

/// `POST /v1/sites/{site}/faq/import`: reads, and stores nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportSource {
    /// A header row names the columns: `question`, `answer`, `phrasings`, `tags`, `question_zh` …
    Csv { text: String },
    /// An FAQ file of ours, or a list of entries.
    Json { text: String },
    /// Headings are questions, what follows them answers.
    Markdown { text: String },
    /// The source or the text of a web page.
    Page { text: String },
    /// The server fetches the page itself; public addresses only.
    Url { url: String },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportPreview {
    pub found: Vec<ImportedEntry>,
    pub skipped: Vec<Skipped>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportedEntry {
    pub entry: FaqEntry,
    pub fate: ImportFate,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportFate {
    Added,
    /// An entry of this id stands already.
    Changed {
        standing: Box<EntryView>,
    },
    Unchanged,
}

/// A row, line or section that makes no entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Counted from 1; rows of a table, lines of a text, entries of a list.
    pub line: u32,
    pub reason: SkipReason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    NoQuestion,
    NoAnswer,
    TooLong,
    /// The same question or id came before.
    Repeated,
    /// An id, locale or kind of entity that there is not.
    Unknown,
    /// More entries than an FAQ may have.
    TooMany,
}

/// `POST /v1/sites/{site}/faq/preview`: an answer's Markdown as visitors will see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviewRequest {
    pub markdown: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Sanitized.
    pub html: String,
}
