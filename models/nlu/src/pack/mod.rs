//! The answer pack: a site's FAQ, compiled so that a browser can answer from it. Knows entries and
//! how to rank them; what to do with a ranking is `decide`'s.

mod answers;
mod bank;
pub(crate) mod calibration;
mod codec;
mod compile;
pub(crate) mod lexical;
mod measure;
mod reading;
pub(crate) mod score;
mod stored;
mod threads;

use std::ops::Range;

use protocol::faq::EntryAction;
use protocol::ids::{EntryId, PackVersion};
use protocol::locale::Locale;
use protocol::understanding::EntityKind;
use protocol::worker::RenderedAnswer;

pub use bank::{Bank, OutOfScope, OutOfScopeKind};
pub use calibration::{Calibration, CalibrationError, Calibrations};
pub use codec::PackError;
pub use compile::{CompileError, CompileOptions, compile};
pub use score::Evidence;

use crate::engine::Engine;
use crate::manifest::hex;
use answers::Answers;
use kernel::linalg::Matrix;
use lexical::{LexicalScratch, Lexicon};
use score::Span;
use stored::{StoredEntry, StoredPack, StoredPhrase, StoredText};

/// A loaded pack.
pub struct Pack {
    version: PackVersion,
    model: [u8; 32],
    entries: Vec<StoredEntry>,
    /// Normalized phrases with their entries, sorted by text.
    exact: Vec<(String, u16)>,
    lexicon: Lexicon,
    /// A row for each phrase.
    vectors: Matrix,
    /// Of each entry.
    spans: Vec<Span>,
    answers: Answers,
    with_encoder: Calibration,
    lexical_only: Calibration,
}

impl Pack {
    /// # Errors
    /// The bytes are not a whole pack of a format this code reads.
    pub fn load(bytes: &[u8]) -> Result<Self, PackError> {
        let (stored, checksum) = codec::decode(bytes)?;
        // A SHA-256 in lower-case hex is what a version is made of.
        let version = PackVersion::parse(&hex(&checksum))
            .map_err(|_| PackError::Inconsistent { what: "the version" })?;
        Ok(Self::assemble(stored, version))
    }

    fn assemble(stored: StoredPack, version: PackVersion) -> Self {
        let phrases = &stored.phrases;
        let lexicon = Lexicon::build(phrases.iter().map(|p| (p.entry, p.text.as_str())));
        let width = usize::from(stored.width);
        let scales = phrases.iter().map(|phrase| phrase.scale).collect();
        let bias = vec![0.0; phrases.len()];
        let vectors = Matrix::of_int8(&stored.vectors, width, scales, bias);
        let spans = spans(&stored, &vectors);
        let texts = stored.entries.iter().zip(0..).flat_map(|(entry, number)| {
            entry.texts.iter().map(move |text| (number, text.html.as_str()))
        });
        let answers = Answers::build(texts);
        let mut exact: Vec<(String, u16)> =
            stored.phrases.into_iter().map(|phrase| (phrase.text, phrase.entry)).collect();
        exact.sort_unstable();
        exact.dedup();
        Self {
            version,
            model: stored.model,
            entries: stored.entries,
            exact,
            lexicon,
            vectors,
            spans,
            answers,
            with_encoder: stored.with_encoder,
            lexical_only: stored.lexical_only,
        }
    }

    /// The same entries, answering only what is an entry's very phrase: what is decided below any
    /// threshold. It keeps its version; nobody may be handed its bytes.
    #[must_use]
    pub fn silenced(mut self) -> Self {
        self.with_encoder = self.with_encoder.silenced();
        self.lexical_only = self.lexical_only.silenced();
        self
    }

    /// The content hash: what the pack is called in URLs.
    pub fn version(&self) -> &PackVersion {
        &self.version
    }

    pub fn entry_ids(&self) -> impl Iterator<Item = &EntryId> {
        self.entries.iter().map(|entry| &entry.id)
    }

    /// The words of an entry, in `locale` where it has them, else in another language.
    pub fn answer(&self, entry: &EntryId, locale: Locale) -> Option<RenderedAnswer> {
        let found = self.entries.iter().find(|candidate| candidate.id == *entry)?;
        let text = found.text(locale);
        Some(RenderedAnswer {
            entry: entry.clone(),
            question: text.question.clone(),
            html: text.html.clone(),
        })
    }

    /// What the customer's page does instead of showing the entry's words.
    pub fn action(&self, entry: &EntryId) -> Option<&EntryAction> {
        self.entries.iter().find(|candidate| candidate.id == *entry)?.action.as_ref()
    }

    /// Whether the vectors were made by this engine's weights.
    pub fn fits(&self, engine: &Engine) -> bool {
        self.model == *engine.fingerprint()
    }

    pub(crate) fn question(&self, entry: u16, locale: Locale) -> &str {
        &self.entries[usize::from(entry)].text(locale).question
    }

    pub(crate) fn id(&self, entry: u16) -> &EntryId {
        &self.entries[usize::from(entry)].id
    }

    pub(crate) fn covers(&self, entry: u16, kind: EntityKind) -> bool {
        let entry = &self.entries[usize::from(entry)];
        // An action that needs an order's number is about one order.
        entry.covers.contains(&kind) || entry.action.iter().any(|at| at.needs.contains(&kind))
    }

    /// The one entry that has this normalized text as a phrase.
    pub(crate) fn exact(&self, normalized: &str) -> Option<u16> {
        let mut same = self.entries_of(normalized);
        same.next().filter(|_| same.next().is_none())
    }

    /// Whether several entries have this normalized text as a phrase: nothing tells which is meant.
    pub(crate) fn is_shared(&self, normalized: &str) -> bool {
        self.entries_of(normalized).nth(1).is_some()
    }

    fn entries_of(&self, normalized: &str) -> impl Iterator<Item = u16> {
        let start = self.exact.partition_point(|(text, _)| text.as_str() < normalized);
        let same = self.exact[start..].iter().take_while(move |(text, _)| text == normalized);
        same.map(|(_, entry)| *entry)
    }

    /// Compares the words of what `words` has read, as if the phrases `without` were not there.
    pub(crate) fn score_words(&self, words: &mut LexicalScratch, without: &Range<usize>) {
        self.lexicon.score(words, without);
        // The last entries may have no phrase.
        words.coverage.resize(self.entries.len(), 0.0);
        let LexicalScratch { features, documents, shares, .. } = words;
        self.answers.score(features, self.entries.len(), documents, shares);
    }

    pub(crate) fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    pub fn calibration(&self, with_encoder: bool) -> &Calibration {
        if with_encoder { &self.with_encoder } else { &self.lexical_only }
    }
}

impl StoredEntry {
    fn text(&self, locale: Locale) -> &StoredText {
        // The codec refuses entries without words.
        self.texts.iter().find(|text| text.locale == locale).unwrap_or(&self.texts[0])
    }
}

/// Where the phrases of each entry lie.
fn spans(stored: &StoredPack, vectors: &Matrix) -> Vec<Span> {
    let mut spans = Vec::with_capacity(stored.entries.len());
    let mut end = 0;
    for number in 0..stored.entries.len() {
        let start = end;
        let own = |phrase: &&StoredPhrase| usize::from(phrase.entry) == number;
        end += stored.phrases[start..].iter().take_while(own).count();
        let sum_length_squared = vectors.sum_length_squared(start..end);
        spans.push(Span { start, end, sum_length_squared });
    }
    spans
}
