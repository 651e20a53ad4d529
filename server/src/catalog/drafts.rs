//! What owners have written but not published, as a fold over their edits, and how it differs from
//! what is published. Pure; it must never know who may edit.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use protocol::draft::{
    Conflict, DraftChange, Edited, EntryChange, EntryEdit, EntryState, EntryView,
};
use protocol::faq::{Faq, FaqEntry, Precision};
use protocol::ids::{EntryId, Revision, SiteKey};
use sha2::{Digest, Sha256};

use crate::bus::record::{FaqDrafted, Record};

/// Only what differs from the published FAQ.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    entries: BTreeMap<EntryId, Drafted>,
    precision: Option<(Precision, Edited)>,
}

#[derive(Debug, Clone, PartialEq)]
struct Drafted {
    /// `None`: it goes with the next publishing.
    entry: Option<Arc<FaqEntry>>,
    edited: Edited,
}

impl Draft {
    pub(super) fn apply(&mut self, drafted: &FaqDrafted) {
        let edited = Edited { by: drafted.by.clone(), at_ms: drafted.at_ms };
        match &drafted.change {
            DraftChange::Written { entry } => {
                let written = Some(Arc::new(FaqEntry::clone(entry)));
                self.entries.insert(entry.id.clone(), Drafted { entry: written, edited });
            }
            DraftChange::Removed { entry } => {
                self.entries.insert(entry.clone(), Drafted { entry: None, edited });
            }
            DraftChange::Reverted { entry } => {
                self.entries.remove(entry);
            }
            DraftChange::PrecisionSet { precision } => self.precision = Some((*precision, edited)),
        }
    }

    /// Forgets what is as published.
    pub(super) fn settle(&mut self, published: Option<&Faq>) {
        let standing: HashMap<&EntryId, &FaqEntry> = by_id(published);
        self.entries.retain(|id, drafted| match (&drafted.entry, standing.get(id)) {
            (Some(entry), Some(standing)) => **entry != **standing,
            (Some(_), None) | (None, Some(_)) => true,
            (None, None) => false,
        });
        let standing = published.map_or_else(Precision::default, |faq| faq.precision);
        self.precision.take_if(|(precision, _)| *precision == standing);
    }

    /// How many entries differ; the precision counts as one.
    pub fn changes(&self) -> usize {
        self.entries.len() + usize::from(self.precision.is_some())
    }

    /// The FAQ as it would be published now.
    pub fn merged(&self, published: Option<&Faq>) -> Faq {
        let mut entries: Vec<FaqEntry> = Vec::new();
        for standing in published.iter().flat_map(|faq| &faq.entries) {
            match self.entries.get(&standing.id) {
                None => entries.push(standing.clone()),
                Some(Drafted { entry: Some(entry), .. }) => entries.push(FaqEntry::clone(entry)),
                Some(Drafted { entry: None, .. }) => {}
            }
        }
        let standing = by_id(published);
        let added = self.entries.iter().filter(|(id, _)| !standing.contains_key(id));
        entries.extend(added.filter_map(|(_, drafted)| drafted.entry.as_deref().cloned()));
        let standing = published.map_or_else(Precision::default, |faq| faq.precision);
        Faq { entries, precision: self.precision.as_ref().map_or(standing, |(wanted, _)| *wanted) }
    }

    /// Every entry with its state; what is to be removed is among them.
    pub fn views(&self, published: Option<&Faq>) -> Vec<EntryView> {
        let standing = by_id(published);
        let mut views: Vec<EntryView> = published
            .iter()
            .flat_map(|faq| &faq.entries)
            .map(|entry| self.view_of(&entry.id, Some(entry)))
            .chain(self.entries.keys().map(|id| match standing.get(id) {
                Some(_) => None,
                None => self.view_of(id, None),
            }))
            .flatten()
            .collect();
        views.sort_by(|a, b| a.entry.question.cmp(&b.entry.question));
        views
    }

    pub fn view(&self, published: Option<&Faq>, id: &EntryId) -> Option<EntryView> {
        let standing = published.iter().flat_map(|faq| &faq.entries).find(|entry| entry.id == *id);
        self.view_of(id, standing)
    }

    fn view_of(&self, id: &EntryId, standing: Option<&FaqEntry>) -> Option<EntryView> {
        let drafted = self.entries.get(id);
        let edited = drafted.map(|drafted| drafted.edited.clone());
        let (entry, state) = match (drafted, standing) {
            (None, Some(standing)) => (standing.clone(), EntryState::Published),
            (Some(Drafted { entry: None, .. }), Some(standing)) => {
                (standing.clone(), EntryState::Removed)
            }
            (Some(Drafted { entry: Some(entry), .. }), standing) => {
                let added = standing.is_none();
                let state = if added { EntryState::Added } else { EntryState::Changed };
                (FaqEntry::clone(entry), state)
            }
            (None | Some(Drafted { entry: None, .. }), None) => return None,
        };
        let revision = revision(&entry, state == EntryState::Removed);
        Some(EntryView { revision, entry, state, edited })
    }

    /// Records that lead to this draft.
    pub(super) fn records(&self, site: &SiteKey) -> Vec<Record> {
        let of = |edited: &Edited, change: DraftChange| {
            let Edited { by, at_ms } = edited.clone();
            Record::FaqDrafted(FaqDrafted { site: site.clone(), by, at_ms, change })
        };
        let entries = self.entries.iter().map(|(id, drafted)| {
            let change = match &drafted.entry {
                Some(entry) => DraftChange::Written { entry: Box::new(FaqEntry::clone(entry)) },
                None => DraftChange::Removed { entry: id.clone() },
            };
            of(&drafted.edited, change)
        });
        let precision = self.precision.iter().map(|(precision, edited)| {
            of(edited, DraftChange::PrecisionSet { precision: *precision })
        });
        entries.chain(precision).collect()
    }

    /// What an edit comes to, or what stands against it: somebody else's words are never replaced
    /// by somebody who did not see them.
    pub(super) fn judge(
        &self,
        published: Option<&Faq>,
        wanted: EntryChange,
    ) -> Result<DraftChange, Box<Conflict>> {
        let standing = self.view(published, &wanted.id);
        if standing.as_ref().map(|view| &view.revision) != wanted.base.as_ref() {
            return Err(Box::new(Conflict { id: wanted.id, standing }));
        }
        Ok(match wanted.edit {
            EntryEdit::Put { mut entry } => {
                entry.id = wanted.id;
                DraftChange::Written { entry }
            }
            EntryEdit::Remove => DraftChange::Removed { entry: wanted.id },
            EntryEdit::Revert => DraftChange::Reverted { entry: wanted.id },
        })
    }
}

fn by_id(faq: Option<&Faq>) -> HashMap<&EntryId, &FaqEntry> {
    faq.iter().flat_map(|faq| &faq.entries).map(|entry| (&entry.id, entry)).collect()
}

fn revision(entry: &FaqEntry, removed: bool) -> Revision {
    hashed(&(entry, removed))
}

/// Of a whole FAQ.
pub fn draft_revision(faq: &Faq) -> Revision {
    hashed(faq)
}

fn hashed(value: &impl serde::Serialize) -> Revision {
    let json = serde_json::to_vec(value).unwrap_or_default();
    let hash = Sha256::digest(json);
    let hex: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Revision::parse(&hex).expect("lower-case hex")
}

#[cfg(test)]
mod tests {
    use protocol::draft::Editor;
    use protocol::ids::AgentId;
    use uuid::Uuid;

    use super::*;

    fn entry(id: &str, answer: &str) -> FaqEntry {
        let json = serde_json::json!({ "id": id, "question": id, "answer": answer });
        serde_json::from_value(json).unwrap()
    }

    fn published() -> Faq {
        let entries = vec![entry("a", "1"), entry("b", "2")];
        Faq { entries, precision: Precision::default() }
    }

    fn drafted(change: DraftChange) -> FaqDrafted {
        let by = Editor { id: AgentId(Uuid::from_u128(1)), name: "Ada".to_owned() };
        FaqDrafted { site: SiteKey::parse("demo").unwrap(), by, at_ms: 5, change }
    }

    fn written(id: &str, answer: &str) -> FaqDrafted {
        drafted(DraftChange::Written { entry: Box::new(entry(id, answer)) })
    }

    fn draft(edits: &[FaqDrafted]) -> Draft {
        let mut draft = Draft::default();
        for edit in edits {
            draft.apply(edit);
            draft.settle(Some(&published()));
        }
        draft
    }

    fn id(text: &str) -> EntryId {
        EntryId::parse(text).unwrap()
    }

    #[test]
    fn a_draft_is_what_differs_and_comes_back_from_its_records() {
        let removed = drafted(DraftChange::Removed { entry: id("b") });
        let draft = draft(&[written("a", "new"), written("c", "3"), removed]);
        assert_eq!(draft.changes(), 3);
        let merged = draft.merged(Some(&published()));
        let words: Vec<&str> = merged.entries.iter().map(|e| e.answer.as_str()).collect();
        assert_eq!(words, ["new", "3"]);
        let states: Vec<EntryState> =
            draft.views(Some(&published())).iter().map(|view| view.state).collect();
        assert_eq!(states, [EntryState::Changed, EntryState::Removed, EntryState::Added]);
        let mut again = Draft::default();
        for record in draft.records(&SiteKey::parse("demo").unwrap()) {
            let Record::FaqDrafted(drafted) = record else { panic!("{record:?}") };
            again.apply(&drafted);
        }
        assert_eq!(again, draft);
    }

    #[test]
    fn what_is_as_published_is_no_draft() {
        let reverted = drafted(DraftChange::Reverted { entry: id("a") });
        assert_eq!(draft(&[written("a", "new"), reverted]).changes(), 0);
        assert_eq!(draft(&[written("a", "new"), written("a", "1")]).changes(), 0);
        assert_eq!(draft(&[drafted(DraftChange::Removed { entry: id("gone") })]).changes(), 0);
    }

    #[test]
    fn an_edit_of_words_that_changed_meanwhile_is_a_conflict() {
        let published = published();
        let draft = draft(&[written("a", "theirs")]);
        let seen = Draft::default().view(Some(&published), &id("a")).unwrap().revision;
        let put = |base| EntryChange {
            id: id("a"),
            base,
            edit: EntryEdit::Put { entry: Box::new(entry("a", "mine")) },
        };
        let conflict = draft.judge(Some(&published), put(Some(seen))).unwrap_err();
        let standing = conflict.standing.unwrap();
        assert_eq!(standing.entry.answer, "theirs");
        assert!(draft.judge(Some(&published), put(None)).is_err());
        assert!(draft.judge(Some(&published), put(Some(standing.revision))).is_ok());
    }
}
