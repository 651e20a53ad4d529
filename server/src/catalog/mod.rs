//! Sites, agents and FAQs: what owners set up. The state is a fold over records; one task appends
//! a record and then applies it. It must never know conversations.

mod accounts;
mod canned;
mod drafts;
mod editing;
mod faq;
mod forms;
mod hours;
mod identity;
mod markdown;
pub mod model;
mod office;
mod packs;
mod password;
mod people;
mod second_factor;
mod settings;
mod state;

use std::sync::Arc;

use nlu::Engine;
use protocol::context::IdentitySecrets;
use protocol::draft::DraftSaved;
use protocol::faq::Faq;
use protocol::ids::{CannedId, EntryId, PackVersion, SiteKey};
use protocol::locale::Locale;
use protocol::team::CannedResponse;
use protocol::worker::RenderedAnswer;
use tokio::sync::{mpsc, oneshot, watch};
use uuid::Uuid;

pub use accounts::{Entered, Place, invitation, new_secret};
pub use canned::CannedError;
pub use drafts::{Draft, draft_revision};
pub use faq::{FaqError, validate_entry as check_entry};
pub use hours::availability;
pub use identity::{hash, is_proven};
pub use markdown::rendered_reply;
pub use office::Office;
pub use packs::{PackStore, PackStoreError, compile_faq, render_markdown};
pub use password::PasswordError;
pub use settings::{SettingsError, validate_settings};
pub use state::{CatalogState, Published, Site, pack_ref, profile};

use crate::bus::record::{
    EndedSession, FaqPart, FaqPublished, QuestionsSettled, Record, SecretsChanged, SessionsEnded,
    SiteChanged, SnippetSeen,
};
use crate::bus::{AppendClass, AppendError, Log, Offset};
use crate::checkpoint::CatalogRecords;
use editing::Drafting;
use people::PeopleChange;

/// Changes waiting for the one that makes them; owners are few.
const LETTERS_MAX: usize = 16;

/// Bytes of FAQ in one record; the log's own limit for an append is 1 MiB.
const RECORD_FAQ_BYTES_MAX: usize = 512 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    #[error("there is no site `{0}`")]
    UnknownSite(SiteKey),
    #[error("an agent exists already")]
    AgentExists,
    #[error("a name, e-mail address or other field is empty, too long or out of bounds")]
    InvalidProfile,
    #[error("there is no such agent")]
    UnknownAgent,
    #[error("the invitation was used, taken back or has expired")]
    Invitation,
    #[error("somebody has this e-mail address already")]
    AddressTaken,
    #[error("somebody must stay who owns the installation")]
    LastOwner,
    #[error("the second factor's code is missing")]
    CodeNeeded,
    #[error("the second factor's code is wrong or was used")]
    CodeWrong,
    #[error("there are too many of these already")]
    TooMany,
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Canned(#[from] CannedError),
    #[error(transparent)]
    Faq(#[from] FaqError),
    #[error(transparent)]
    Pack(#[from] PackStoreError),
    #[error(transparent)]
    Append(#[from] AppendError),
    #[error("the draft changed after it was looked at")]
    DraftChanged,
    #[error("the catalogue is stopping or overloaded")]
    Busy,
}

/// Reads the state and asks for changes. Clones share both.
#[derive(Clone)]
pub struct Catalog {
    state: watch::Receiver<Arc<CatalogState>>,
    letters: mpsc::Sender<Letter>,
    packs: Arc<PackStore>,
}

/// What arrives in the writer's mailbox.
enum Letter {
    Change { kind: Box<ChangeKind>, reply: oneshot::Sender<Result<(), CatalogError>> },
    Draft { drafting: Box<Drafting>, reply: oneshot::Sender<Result<DraftSaved, CatalogError>> },
    Save { reply: oneshot::Sender<CatalogRecords> },
}

enum ChangeKind {
    Site(Box<SiteChanged>),
    Secrets { site: SiteKey, change: SecretsChange },
    EndSession(SessionsEnded),
    People(Box<PeopleChange>),
    Faq { site: SiteKey, published: Published, pack: Arc<nlu::Pack> },
    Settled(QuestionsSettled),
    Seen(SnippetSeen),
    Canned(CannedResponse),
    CannedRemoved(CannedId),
}

/// What becomes of a site's identity secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretsChange {
    /// There is one afterwards.
    Ensure,
    /// A new one is made; the one before stays valid beside it.
    Rotate,
    /// Only the newest stays valid.
    Retire,
}

impl Catalog {
    /// Loads the packs of all sites, then takes changes. Call where blocking is allowed.
    pub fn start(log: Log, mut state: CatalogState, packs: PackStore) -> Self {
        for site in state.sites.values_mut() {
            let Some(published) = &site.published else { continue };
            match packs.current(&site.key, &published.pack_version, &published.faq) {
                Ok(pack) => site.pack = Some(pack),
                Err(error) => {
                    tracing::error!(%error, site.key = %site.key, "the site has no answers");
                }
            }
        }
        let (sender, state) = watch::channel(Arc::new(state));
        let (letters, mailbox) = mpsc::channel(LETTERS_MAX);
        tokio::spawn(make_changes(log, sender, mailbox));
        Self { state, letters, packs: Arc::new(packs) }
    }

    pub fn now(&self) -> Arc<CatalogState> {
        self.state.borrow().clone()
    }

    /// Every new state.
    pub fn changes(&self) -> watch::Receiver<Arc<CatalogState>> {
        self.state.clone()
    }

    pub fn site(&self, key: &SiteKey) -> Option<Site> {
        self.state.borrow().sites.get(key).cloned()
    }

    pub fn engine(&self) -> Option<Arc<Engine>> {
        self.packs.engine().cloned()
    }

    /// Creates a site or replaces its settings.
    ///
    /// # Errors
    /// The settings are not acceptable, or the record was not appended.
    pub async fn change_site(&self, changed: SiteChanged) -> Result<(), CatalogError> {
        validate_settings(&changed.settings)?;
        self.change(ChangeKind::Site(Box::new(changed))).await
    }

    /// Adds a canned response, or replaces the one of its id.
    ///
    /// # Errors
    /// It is not acceptable, or the record was not appended.
    pub async fn change_canned(&self, canned: CannedResponse) -> Result<(), CatalogError> {
        self.change(ChangeKind::Canned(canned)).await
    }

    /// # Errors
    /// The record was not appended.
    pub async fn remove_canned(&self, id: CannedId) -> Result<(), CatalogError> {
        self.change(ChangeKind::CannedRemoved(id)).await
    }

    /// The secrets that a site's server signs with, after a change of them.
    ///
    /// # Errors
    /// There is no such site, or the record was not appended.
    pub async fn identity_secrets(
        &self,
        site: &SiteKey,
        change: SecretsChange,
    ) -> Result<IdentitySecrets, CatalogError> {
        let unknown = || CatalogError::UnknownSite(site.clone());
        let known = self.site(site).ok_or_else(unknown)?;
        if let (SecretsChange::Ensure, Some(shown)) = (change, identity::shown(&known.secrets)) {
            return Ok(shown);
        }
        self.change(ChangeKind::Secrets { site: site.clone(), change }).await?;
        let changed = self.site(site).ok_or_else(unknown)?;
        identity::shown(&changed.secrets).ok_or_else(unknown)
    }

    /// Tokens of this visitor's session are refused from here on.
    ///
    /// # Errors
    /// The record was not appended.
    pub async fn end_session(
        &self,
        session: Uuid,
        at_s: u64,
        until_s: u64,
    ) -> Result<(), CatalogError> {
        let sessions = vec![EndedSession { session, until_s }];
        self.change(ChangeKind::EndSession(SessionsEnded { at_s, sessions })).await
    }

    /// The words of an entry: from the pack the browser had when it is still kept, else the
    /// present one's. `None` when no version at hand knows the entry.
    pub async fn answer(
        &self,
        site: &SiteKey,
        version: &PackVersion,
        entry: &EntryId,
        locale: Locale,
    ) -> Option<(PackVersion, RenderedAnswer)> {
        let current = self.site(site)?.pack;
        let pack = match &current {
            Some(pack) if pack.version() == version => current,
            Some(_) | None => {
                let (packs, key, wanted) = (self.packs.clone(), site.clone(), version.clone());
                let found = tokio::task::spawn_blocking(move || packs.find(&key, &wanted));
                found.await.ok().flatten().or(current)
            }
        }?;
        pack.answer(entry, locale).map(|answer| (pack.version().clone(), answer))
    }

    /// The bytes of a pack some site has published.
    pub async fn pack_bytes(&self, version: &PackVersion) -> Option<Vec<u8>> {
        let (packs, wanted) = (self.packs.clone(), version.clone());
        let sites: Vec<SiteKey> = self.now().sites.keys().cloned().collect();
        let read = tokio::task::spawn_blocking(move || {
            sites.iter().find_map(|site| packs.bytes(site, &wanted))
        });
        read.await.ok().flatten()
    }

    async fn change(&self, kind: ChangeKind) -> Result<(), CatalogError> {
        let (reply, answer) = oneshot::channel();
        let letter = Letter::Change { kind: Box::new(kind), reply };
        self.letters.send(letter).await.map_err(|_| CatalogError::Busy)?;
        answer.await.map_err(|_| CatalogError::Busy)?
    }

    /// The catalogue for a checkpoint: everything that was appended before the call is in it.
    ///
    /// # Errors
    /// The catalogue has stopped.
    pub async fn save(&self) -> Result<CatalogRecords, CatalogError> {
        let (reply, saved) = oneshot::channel();
        self.letters.send(Letter::Save { reply }).await.map_err(|_| CatalogError::Busy)?;
        saved.await.map_err(|_| CatalogError::Busy)
    }
}

/// The one writer of the catalogue. Ends when no `Catalog` is left.
async fn make_changes(
    log: Log,
    state: watch::Sender<Arc<CatalogState>>,
    mut mailbox: mpsc::Receiver<Letter>,
) {
    while let Some(letter) = mailbox.recv().await {
        // Whoever asked may have left; a change stands all the same.
        match letter {
            Letter::Change { kind, reply } => {
                let _ = reply.send(make_change(&log, &state, *kind).await);
            }
            Letter::Draft { drafting, reply } => {
                let _ = reply.send(editing::draft(&log, &state, *drafting).await);
            }
            Letter::Save { reply } => {
                let _ = reply.send(state.borrow().save());
            }
        }
    }
}

async fn make_change(
    log: &Log,
    state: &watch::Sender<Arc<CatalogState>>,
    kind: ChangeKind,
) -> Result<(), CatalogError> {
    let mut next = CatalogState::clone(&state.borrow());
    let mut is_news = true;
    match kind {
        ChangeKind::Site(changed) => {
            let key = changed.key.clone();
            append(log, &mut next, Record::SiteChanged(*changed)).await?;
            change_secrets(log, &mut next, key, SecretsChange::Ensure).await?;
        }
        ChangeKind::Secrets { site, change } => {
            change_secrets(log, &mut next, site, change).await?;
        }
        ChangeKind::EndSession(ended) => {
            // Its sockets are told by whoever ended it.
            is_news = false;
            append(log, &mut next, Record::SessionsEnded(ended)).await?;
        }
        ChangeKind::People(change) => {
            is_news = !matches!(*change, PeopleChange::Note { .. });
            let records = people::decide(&next, *change, crate::clock::now_ms())?;
            append_together(log, &mut next, &records).await?;
        }
        ChangeKind::Canned(canned) => {
            canned::validate(&canned, next.canned.values())?;
            append(log, &mut next, Record::CannedChanged(canned)).await?;
        }
        ChangeKind::CannedRemoved(id) if next.canned.contains_key(&id) => {
            append(log, &mut next, Record::CannedRemoved { id }).await?;
        }
        ChangeKind::CannedRemoved(_) => {}
        ChangeKind::Settled(settled) => {
            append(log, &mut next, Record::QuestionsSettled(settled)).await?;
        }
        ChangeKind::Seen(seen) => append(log, &mut next, Record::SnippetSeen(seen)).await?,
        ChangeKind::Faq { site, published, pack } => {
            for record in faq_records(&site, &published) {
                append(log, &mut next, record).await?;
            }
            if let Some(site) = next.sites.get_mut(&site) {
                site.pack = Some(pack);
            }
        }
    }
    // Every socket listens for news.
    state.send_if_modified(|current| {
        *current = Arc::new(next);
        is_news
    });
    Ok(())
}

async fn change_secrets(
    log: &Log,
    next: &mut CatalogState,
    key: SiteKey,
    change: SecretsChange,
) -> Result<(), CatalogError> {
    let site = next.sites.get(&key).ok_or_else(|| CatalogError::UnknownSite(key.clone()))?;
    let newest = site.secrets.first().cloned();
    let secrets = match (change, newest) {
        (SecretsChange::Ensure, Some(_)) => return Ok(()),
        (_, None) => vec![identity::new_secret()],
        (SecretsChange::Rotate, Some(newest)) => vec![identity::new_secret(), newest],
        (SecretsChange::Retire, Some(newest)) => vec![newest],
    };
    let changed = SecretsChanged { site: key, secrets };
    append(log, next, Record::SecretsChanged(changed)).await
}

async fn append(log: &Log, next: &mut CatalogState, record: Record) -> Result<(), CatalogError> {
    let appended = log.append(vec![record.encode()], AppendClass::Normal).await?;
    next.apply(appended.first, &record);
    Ok(())
}

/// All of them or none.
async fn append_together(
    log: &Log,
    next: &mut CatalogState,
    records: &[Record],
) -> Result<(), CatalogError> {
    if records.is_empty() {
        return Ok(());
    }
    let payloads = records.iter().map(Record::encode).collect();
    let appended = log.append(payloads, AppendClass::Normal).await?;
    for (record, offset) in records.iter().zip(appended.first.0..) {
        next.apply(Offset(offset), record);
    }
    Ok(())
}

/// An FAQ as records that each fit an append.
fn faq_records(site: &SiteKey, published: &Published) -> Vec<Record> {
    let Published { pack_version, faq, by, at_ms } = published;
    let mut chunks = vec![Vec::new()];
    let mut chunk_bytes = 0;
    for entry in &faq.entries {
        let bytes = serde_json::to_vec(entry).map_or(0, |json| json.len());
        if chunk_bytes + bytes > RECORD_FAQ_BYTES_MAX {
            chunks.push(Vec::new());
            chunk_bytes = 0;
        }
        chunk_bytes += bytes;
        chunks.last_mut().expect("starts with one").push(entry.clone());
    }
    let last = chunks.pop().expect("starts with one");
    let mut parts: u32 = 0;
    let mut records = Vec::new();
    for entries in chunks {
        records.push(Record::FaqPart(FaqPart { site: site.clone(), part: parts, entries }));
        parts += 1;
    }
    records.push(Record::FaqPublished(FaqPublished {
        site: site.clone(),
        pack_version: pack_version.clone(),
        parts,
        faq: Faq { entries: last, precision: faq.precision },
        by: by.clone(),
        at_ms: *at_ms,
        entries_count: u32::try_from(faq.entries.len()).unwrap_or(u32::MAX),
    }));
    records
}
