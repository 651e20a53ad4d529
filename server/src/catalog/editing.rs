//! What owners do to FAQs: draft, publish, look up. Checks and stores; who may do it is decided
//! above.

use std::sync::Arc;

use protocol::draft::{
    DraftChange, DraftRequest, DraftSaved, Editor, EntryEdit, FaqOverview, PublishedFaq,
};
use protocol::faq::Faq;
use protocol::http::FaqImported;
use protocol::ids::{EntryId, MessageId, Revision, SiteKey};
use tokio::sync::{oneshot, watch};

use super::drafts::{Draft, draft_revision};
use super::faq::{self, ENTRIES_MAX, FaqError};
use super::{Catalog, CatalogError, CatalogState, ChangeKind, Letter, Published, pack_ref};
use crate::bus::record::{FaqDrafted, QuestionsSettled, Record, SnippetSeen};
use crate::bus::{AppendClass, Log};
use crate::clock;

/// Bytes of drafts in one append; the log's own limit is 1 MiB.
const APPEND_BYTES_MAX: usize = 512 * 1024;

/// A draft request with who makes it.
pub(super) struct Drafting {
    site: SiteKey,
    by: Editor,
    at_ms: u64,
    request: DraftRequest,
}

impl Catalog {
    /// What stands, drafts included.
    ///
    /// # Errors
    /// There is no such site.
    pub fn overview(&self, key: &SiteKey) -> Result<FaqOverview, CatalogError> {
        let site = self.site(key).ok_or_else(|| CatalogError::UnknownSite(key.clone()))?;
        let standing = site.published_faq();
        let merged = site.draft.merged(standing);
        let published = site.published.as_ref().map(|published| PublishedFaq {
            pack_version: published.pack_version.clone(),
            precision: published.faq.precision,
            entries: count(published.faq.entries.len()),
        });
        Ok(FaqOverview {
            entries: site.draft.views(standing),
            precision: merged.precision,
            published,
            draft: draft_revision(&merged),
            changes: count(site.draft.changes()),
        })
    }

    /// Writes what does not stand against what others wrote meanwhile.
    ///
    /// # Errors
    /// The site is unknown, an entry is not acceptable or nothing could be stored.
    pub async fn draft(
        &self,
        site: &SiteKey,
        by: Editor,
        request: DraftRequest,
    ) -> Result<DraftSaved, CatalogError> {
        for change in &request.changes {
            if let EntryEdit::Put { entry } = &change.edit {
                faq::validate_entry(entry)?;
            }
        }
        let at_ms = clock::now_ms();
        let drafting = Box::new(Drafting { site: site.clone(), by, at_ms, request });
        let (reply, answer) = oneshot::channel();
        let letter = Letter::Draft { drafting, reply };
        self.letters.send(letter).await.map_err(|_| CatalogError::Busy)?;
        answer.await.map_err(|_| CatalogError::Busy)?
    }

    /// Publishes the draft that its reader saw.
    ///
    /// # Errors
    /// The draft is another one by now, is not acceptable, or nothing could be stored.
    pub async fn publish_draft(
        &self,
        key: &SiteKey,
        by: Editor,
        seen: &Revision,
    ) -> Result<FaqImported, CatalogError> {
        let site = self.site(key).ok_or_else(|| CatalogError::UnknownSite(key.clone()))?;
        let faq = site.draft.merged(site.published_faq());
        if draft_revision(&faq) != *seen {
            return Err(CatalogError::DraftChanged);
        }
        self.publish_faq(key, faq, Some(by)).await
    }

    /// Checks, compiles and publishes a site's whole FAQ.
    ///
    /// # Errors
    /// The site is unknown, the FAQ is not acceptable or nothing could be stored.
    pub async fn publish_faq(
        &self,
        site: &SiteKey,
        faq: Faq,
        by: Option<Editor>,
    ) -> Result<FaqImported, CatalogError> {
        if self.site(site).is_none() {
            return Err(CatalogError::UnknownSite(site.clone()));
        }
        faq::validate(&faq)?;
        let (packs, key) = (self.packs.clone(), site.clone());
        let compiled =
            tokio::task::spawn_blocking(move || packs.make(&key, &faq).map(|pack| (faq, pack)));
        let (faq, pack) = compiled.await.map_err(|_| CatalogError::Busy)??;
        let imported = FaqImported {
            entries: count(faq.entries.len()),
            locales: faq::locales(&faq),
            pack: pack_ref(pack.version()),
        };
        let pack_version = pack.version().clone();
        let at_ms = clock::now_ms();
        let published = Published { pack_version, faq: Arc::new(faq), by, at_ms };
        self.change(ChangeKind::Faq { site: site.clone(), published, pack }).await?;
        Ok(imported)
    }

    /// The pack of an FAQ that nobody published.
    ///
    /// # Errors
    /// It is not acceptable or does not compile.
    pub async fn rehearse(&self, faq: Faq) -> Result<nlu::Pack, CatalogError> {
        faq::validate(&faq)?;
        let packs = self.packs.clone();
        let compiled = tokio::task::spawn_blocking(move || packs.rehearse(&faq));
        Ok(compiled.await.map_err(|_| CatalogError::Busy)??)
    }

    /// These questions need no further look.
    ///
    /// # Errors
    /// The site is unknown or nothing could be stored.
    pub async fn settle_questions(
        &self,
        site: &SiteKey,
        by: Editor,
        messages: Vec<MessageId>,
        entry: Option<EntryId>,
    ) -> Result<(), CatalogError> {
        if self.site(site).is_none() {
            return Err(CatalogError::UnknownSite(site.clone()));
        }
        let (site, at_ms) = (site.clone(), clock::now_ms());
        let settled = QuestionsSettled { site, messages, entry, by, at_ms };
        self.change(ChangeKind::Settled(settled)).await
    }

    /// Notes that a page has loaded the snippet, once for each origin that a site names.
    pub fn note_snippet(&self, origin: &str) {
        let state = self.now();
        let unseen = state.sites.values().filter(|site| {
            site.settings.domains.iter().any(|domain| domain == origin)
                && !site.seen.contains_key(origin)
        });
        for site in unseen {
            let (site, at_ms) = (site.key.clone(), clock::now_ms());
            let seen = SnippetSeen { site, origin: origin.to_owned(), at_ms };
            let (reply, _) = oneshot::channel();
            let letter = Letter::Change { kind: Box::new(ChangeKind::Seen(seen)), reply };
            // With a full mailbox the next page that loads it is noted instead.
            let _ = self.letters.try_send(letter);
        }
    }
}

/// As the one writer: what is judged here still stands when it is written.
pub(super) async fn draft(
    log: &Log,
    state: &watch::Sender<Arc<CatalogState>>,
    drafting: Drafting,
) -> Result<DraftSaved, CatalogError> {
    let Drafting { site: key, by, at_ms, request } = drafting;
    let mut next = CatalogState::clone(&state.borrow());
    let site = next.sites.get(&key).ok_or_else(|| CatalogError::UnknownSite(key.clone()))?;
    let mut saved = DraftSaved { saved: Vec::new(), conflicts: Vec::new() };
    let mut changes = Vec::new();
    for wanted in request.changes {
        let id = wanted.id.clone();
        match site.draft.judge(site.published_faq(), wanted) {
            Ok(change) => {
                saved.saved.push(id);
                changes.push(change);
            }
            Err(conflict) => saved.conflicts.push(*conflict),
        }
    }
    changes.extend(request.precision.map(|precision| DraftChange::PrecisionSet { precision }));
    let drafted = changes.into_iter().map(|change| {
        let (site, by) = (key.clone(), by.clone());
        FaqDrafted { site, by, at_ms, change }
    });
    let drafted: Vec<FaqDrafted> = drafted.collect();
    let mut foreseen = Draft::clone(&site.draft);
    drafted.iter().for_each(|drafted| foreseen.apply(drafted));
    let entries = foreseen.merged(site.published_faq()).entries.len();
    if entries > ENTRIES_MAX {
        return Err(FaqError::TooManyEntries { count: entries }.into());
    }
    let records = drafted.into_iter().map(Record::FaqDrafted);
    write(log, &mut next, records.collect()).await?;
    state.send_replace(Arc::new(next));
    Ok(saved)
}

/// As few appends as hold them all.
async fn write(
    log: &Log,
    next: &mut CatalogState,
    records: Vec<Record>,
) -> Result<(), CatalogError> {
    let mut rest = records.into_iter().map(|record| (record.encode(), record)).peekable();
    while rest.peek().is_some() {
        let (mut payloads, mut taken, mut bytes) = (Vec::new(), Vec::new(), 0);
        while let Some((payload, record)) =
            rest.next_if(|(payload, _)| bytes == 0 || bytes + payload.len() <= APPEND_BYTES_MAX)
        {
            bytes += payload.len();
            payloads.push(payload);
            taken.push(record);
        }
        let appended = log.append(payloads, AppendClass::Normal).await?;
        for (record, at) in taken.iter().zip(appended.first.0..) {
            next.apply(crate::bus::Offset(at), record);
        }
    }
    Ok(())
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
