//! Sites and agents as a fold over their records. Pure but for the packs it points to.

use std::collections::BTreeMap;
use std::sync::Arc;

use nlu::Pack;
use protocol::draft::Editor;
use protocol::faq::{Faq, FaqEntry};
use protocol::http::{AgentProfile, PackRef};
use protocol::ids::{AgentId, CannedId, PackVersion, SiteKey};
use protocol::settings::SiteSettings;
use protocol::team::CannedResponse;

use super::drafts::Draft;
use super::identity::Ended;
use super::{Office, faq_records};
use crate::bus::Offset;
use crate::bus::record::{
    AgentCreated, DecodeError, IdentitySecret, Record, SecretsChanged, SiteChanged, SnippetSeen,
};
use crate::checkpoint::CatalogRecords;

#[derive(Clone, Default)]
pub struct CatalogState {
    pub sites: BTreeMap<SiteKey, Site>,
    /// Deactivated ones, too.
    pub agents: BTreeMap<AgentId, AgentCreated>,
    pub office: Office,
    /// Shared, so that somebody who follows them sees at once that none has changed.
    pub canned: Arc<BTreeMap<CannedId, CannedResponse>>,
    /// Visitors' sessions that were ended. Shared, since most changes leave it as it is.
    pub ended: Arc<Ended>,
    /// Entries of FAQs whose last record has not come yet.
    parts: BTreeMap<SiteKey, Vec<FaqEntry>>,
    /// The offset after the last record in here.
    applied: Offset,
}

#[derive(Clone)]
pub struct Site {
    pub key: SiteKey,
    pub settings: SiteSettings,
    /// What its server signs its people's ids with, newest first.
    pub secrets: Vec<IdentitySecret>,
    pub published: Option<Published>,
    /// `None` until an FAQ is published, and when it could not be loaded.
    pub pack: Option<Arc<Pack>>,
    /// What owners wrote and did not publish.
    pub draft: Arc<Draft>,
    /// Origins whose pages have loaded the snippet, and when first.
    pub seen: BTreeMap<String, u64>,
}

#[derive(Clone)]
pub struct Published {
    pub pack_version: PackVersion,
    pub faq: Arc<Faq>,
    pub by: Option<Editor>,
    pub at_ms: u64,
}

impl Site {
    pub fn published_faq(&self) -> Option<&Faq> {
        self.published.as_ref().map(|published| published.faq.as_ref())
    }

    pub fn pack_ref(&self) -> Option<PackRef> {
        self.pack.as_ref().map(|pack| pack_ref(pack.version()))
    }
}

pub fn pack_ref(version: &PackVersion) -> PackRef {
    PackRef { version: version.clone(), url: format!("/v1/packs/{version}.pack") }
}

impl CatalogState {
    /// What a checkpoint holds of it.
    ///
    /// # Errors
    /// A record is not known to this program.
    pub fn restore(saved: &CatalogRecords) -> Result<Self, DecodeError> {
        let mut state = Self::default();
        for payload in &saved.records {
            state.take(&Record::decode(payload)?);
        }
        state.applied = saved.next;
        Ok(state)
    }

    /// Records that lead to this state, and how far in the log it has come. Only between changes:
    /// parts of an unfinished FAQ are not among them.
    pub(super) fn save(&self) -> CatalogRecords {
        let mut records = Vec::new();
        for site in self.sites.values() {
            records.push(Record::SiteChanged(SiteChanged {
                key: site.key.clone(),
                settings: site.settings.clone(),
            }));
            if !site.secrets.is_empty() {
                let (site, secrets) = (site.key.clone(), site.secrets.clone());
                records.push(Record::SecretsChanged(SecretsChanged { site, secrets }));
            }
            if let Some(published) = &site.published {
                records.extend(faq_records(&site.key, published));
            }
            records.extend(site.draft.records(&site.key));
            records.extend(site.seen.iter().map(|(origin, at_ms)| {
                let (site, origin) = (site.key.clone(), origin.clone());
                Record::SnippetSeen(SnippetSeen { site, origin, at_ms: *at_ms })
            }));
        }
        records.extend(self.agents.values().cloned().map(Record::AgentCreated));
        records.extend(self.ended.save().map(Record::SessionsEnded));
        records.extend(self.office.save().into_iter().map(Record::Office));
        records.extend(self.canned.values().cloned().map(Record::CannedChanged));
        let records = records.iter().map(Record::encode).collect();
        CatalogRecords { records, next: self.applied }
    }

    /// Takes in the record at this offset, unless the state had come further already.
    pub fn apply(&mut self, offset: Offset, record: &Record) {
        if offset >= self.applied {
            self.take(record);
            self.applied = Offset(offset.0 + 1);
        }
    }

    fn take(&mut self, record: &Record) {
        match record {
            Record::SiteChanged(changed) => self.change_site(changed),
            Record::AgentCreated(agent) => {
                self.agents.insert(agent.id, agent.clone());
            }
            Record::CannedChanged(canned) => {
                Arc::make_mut(&mut self.canned).insert(canned.id, canned.clone());
            }
            Record::CannedRemoved { id } => {
                Arc::make_mut(&mut self.canned).remove(id);
            }
            Record::FaqPart(part) => {
                let entries = self.parts.entry(part.site.clone()).or_default();
                if part.part == 0 {
                    entries.clear();
                }
                entries.extend(part.entries.iter().cloned());
            }
            Record::FaqPublished(published) => {
                let parts = self.parts.remove(&published.site).unwrap_or_default();
                let mut entries = if published.parts > 0 { parts } else { Vec::new() };
                entries.extend(published.faq.entries.iter().cloned());
                if let Some(site) = self.sites.get_mut(&published.site) {
                    let pack_version = published.pack_version.clone();
                    let faq = Arc::new(Faq { entries, precision: published.faq.precision });
                    let (by, at_ms) = (published.by.clone(), published.at_ms);
                    Arc::make_mut(&mut site.draft).settle(Some(&faq));
                    site.published = Some(Published { pack_version, faq, by, at_ms });
                }
            }
            Record::Office(record) => self.office.take(record),
            Record::SecretsChanged(changed) => {
                if let Some(site) = self.sites.get_mut(&changed.site) {
                    site.secrets.clone_from(&changed.secrets);
                }
            }
            Record::SessionsEnded(ended) => Arc::make_mut(&mut self.ended).take(ended),
            Record::FaqDrafted(drafted) => {
                if let Some(site) = self.sites.get_mut(&drafted.site) {
                    let draft = Arc::make_mut(&mut site.draft);
                    draft.apply(drafted);
                    draft.settle(site.published.as_ref().map(|published| published.faq.as_ref()));
                }
            }
            Record::SnippetSeen(seen) => {
                if let Some(site) = self.sites.get_mut(&seen.site) {
                    site.seen.entry(seen.origin.clone()).or_insert(seen.at_ms);
                }
            }
            Record::Conversation { .. }
            | Record::AnswerTallied(_)
            | Record::QuestionsSettled(_) => {}
        }
    }

    fn change_site(&mut self, changed: &SiteChanged) {
        let site = self.sites.entry(changed.key.clone()).or_insert_with(|| Site {
            key: changed.key.clone(),
            settings: SiteSettings::default(),
            secrets: Vec::new(),
            published: None,
            pack: None,
            draft: Arc::default(),
            seen: BTreeMap::new(),
        });
        site.settings.clone_from(&changed.settings);
    }

    pub fn agent_by_email(&self, email: &str) -> Option<&AgentCreated> {
        self.agents.values().find(|agent| agent.email == email)
    }
}

pub fn profile(agent: &AgentCreated) -> AgentProfile {
    AgentProfile {
        id: agent.id,
        name: agent.name.clone(),
        email: agent.email.clone(),
        role: agent.role,
    }
}

#[cfg(test)]
mod tests {
    use protocol::faq::Precision;

    use super::*;
    use crate::bus::record::{FaqPart, FaqPublished};

    fn entry(id: &str) -> FaqEntry {
        serde_json::from_value(serde_json::json!({ "id": id, "question": "q", "answer": "a" }))
            .unwrap()
    }

    fn part(part: u32, id: &str) -> Record {
        Record::FaqPart(FaqPart {
            site: SiteKey::parse("demo").unwrap(),
            part,
            entries: vec![entry(id)],
        })
    }

    fn published(parts: u32, id: &str) -> Record {
        Record::FaqPublished(FaqPublished {
            site: SiteKey::parse("demo").unwrap(),
            pack_version: PackVersion::parse("ab").unwrap(),
            parts,
            faq: Faq { entries: vec![entry(id)], precision: Precision::default() },
            by: None,
            at_ms: 0,
            entries_count: 0,
        })
    }

    fn check(records: &[Record], expected: &[&str]) {
        let mut state = CatalogState::default();
        let site = Record::SiteChanged(SiteChanged {
            key: SiteKey::parse("demo").unwrap(),
            settings: SiteSettings::default(),
        });
        state.apply(Offset(0), &site);
        for (record, offset) in records.iter().zip(1..) {
            state.apply(Offset(offset), record);
        }
        let saved = CatalogState::restore(&state.save()).unwrap();
        for state in [state, saved] {
            let site = &state.sites[&SiteKey::parse("demo").unwrap()];
            let entries = &site.published.as_ref().unwrap().faq.entries;
            assert_eq!(entries.iter().map(|e| e.id.as_str()).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn an_faq_in_parts_is_whole_again_and_an_abandoned_attempt_leaves_nothing() {
        check(&[published(0, "a")], &["a"]);
        check(&[part(0, "a"), part(1, "b"), published(2, "c")], &["a", "b", "c"]);
        check(&[part(0, "x"), part(0, "a"), published(1, "b")], &["a", "b"]);
        check(&[part(0, "x"), published(0, "a")], &["a"]);
    }
}
