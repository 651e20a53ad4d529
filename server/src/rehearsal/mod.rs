//! Asks an FAQ before visitors do: one question, or all past ones. It changes nothing, and knows
//! no caller.

mod gaps;
mod grouping;
mod regression;
mod trial;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use nlu::{Engine, Pack, Scratch};
use protocol::faq::Faq;
use protocol::ids::{EntryId, MessageId, Revision, SiteKey};
use protocol::locale::Locale;
use protocol::rehearsal::{Against, Curve, Gaps, Regression, Trial, TrialRequest};
use tokio::sync::Semaphore;

use crate::catalog::{Catalog, CatalogError, Site, draft_revision};
use crate::history::{History, HistoryError, PastQuestion};

/// Past questions that are read at most.
const QUESTIONS_MAX: usize = 4_000;

/// Different wordings that are asked again at most: each costs a millisecond or two.
const WORDINGS_MAX: usize = 400;

/// Packs of drafts kept ready.
const PACKS_MAX: usize = 4;

#[derive(Debug, thiserror::Error)]
pub enum RehearsalError {
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error("there is no FAQ to ask yet")]
    NothingToAsk,
    #[error("the rehearsal is stopping or fell over")]
    Busy,
}

/// Clones share packs and turns.
#[derive(Clone)]
pub struct Rehearsal {
    catalog: Catalog,
    history: History,
    packs: Arc<Mutex<Vec<Kept>>>,
    /// One at a time: visitors come first.
    turns: Arc<Semaphore>,
}

/// A draft's pack under the draft's revision.
type Kept = (Revision, Arc<Pack>);

/// All that was asked in the same words.
struct Wording {
    text: String,
    locale: Locale,
    /// The newest first.
    asked: Vec<PastQuestion>,
}

impl Wording {
    /// The entry that is known to answer it.
    fn right(&self) -> Option<&EntryId> {
        self.asked.iter().find_map(|question| question.right.as_ref())
    }

    /// Entries that were called wrong for it.
    fn wrong(&self) -> impl Iterator<Item = &EntryId> {
        use protocol::rehearsal::PastOutcome;
        self.asked.iter().filter(|question| question.flagged).filter_map(|question| match &question
            .outcome
        {
            PastOutcome::Answered { entry, .. } => Some(entry),
            PastOutcome::AskedBack | PastOutcome::HandedOff { .. } | PastOutcome::Waiting => None,
        })
    }

    fn count(&self) -> u32 {
        count(self.asked.len())
    }

    fn messages(&self) -> impl Iterator<Item = MessageId> {
        self.asked.iter().map(|question| question.message)
    }
}

impl Rehearsal {
    pub fn new(catalog: Catalog, history: History) -> Self {
        Self { catalog, history, packs: Arc::default(), turns: Arc::new(Semaphore::new(1)) }
    }

    /// What is decided about one question, and why.
    ///
    /// # Errors
    /// The site is unknown, or its FAQ does not compile.
    pub async fn try_one(
        &self,
        key: &SiteKey,
        request: TrialRequest,
    ) -> Result<Trial, RehearsalError> {
        let site = self.site(key)?;
        let pack = match request.against {
            Against::Draft => self.draft_pack(&site).await?,
            Against::Published => site.pack.clone().ok_or(RehearsalError::NothingToAsk)?,
        };
        let engine = self.catalog.engine();
        self.work(move |scratch| trial::ask(&request, engine.as_deref(), &pack, scratch)).await
    }

    /// What past questions come to at each precision.
    ///
    /// # Errors
    /// The site is unknown, its FAQ does not compile, or the history cannot be read.
    pub async fn curve(&self, key: &SiteKey) -> Result<Curve, RehearsalError> {
        let site = self.site(key)?;
        let faq = site.draft.merged(site.published_faq());
        let pack = self.catalog.rehearse(faq).await?.silenced();
        let wordings = self.wordings(key).await?;
        let engine = self.catalog.engine();
        self.work(move |scratch| trial::curve(&wordings, engine.as_deref(), &pack, scratch)).await
    }

    /// Past questions that got no answer, or a wrong one, by meaning.
    ///
    /// # Errors
    /// The site is unknown, its FAQ does not compile, or the history cannot be read.
    pub async fn gaps(&self, key: &SiteKey) -> Result<Gaps, RehearsalError> {
        let site = self.site(key)?;
        // Without an FAQ every question is a gap.
        let pack = match self.draft_pack(&site).await {
            Ok(pack) => Some(pack),
            Err(RehearsalError::NothingToAsk) => None,
            Err(error) => return Err(error),
        };
        let wordings = self.wordings(key).await?;
        let engine = self.catalog.engine();
        self.work(move |scratch| gaps::find(wordings, engine.as_deref(), pack.as_deref(), scratch))
            .await
    }

    /// What the draft answers differently from what is published.
    ///
    /// # Errors
    /// The site is unknown, a FAQ does not compile, or the history cannot be read.
    pub async fn regression(&self, key: &SiteKey) -> Result<Regression, RehearsalError> {
        let site = self.site(key)?;
        let draft = self.draft_pack(&site).await?;
        let published = site.pack.clone();
        let wordings = self.wordings(key).await?;
        let engine = self.catalog.engine();
        self.work(move |scratch| {
            let engine = engine.as_deref();
            regression::compare(&wordings, engine, published.as_deref(), &draft, scratch)
        })
        .await
    }

    fn site(&self, key: &SiteKey) -> Result<Site, RehearsalError> {
        let site = self.catalog.site(key);
        Ok(site.ok_or_else(|| CatalogError::UnknownSite(key.clone()))?)
    }

    async fn draft_pack(&self, site: &Site) -> Result<Arc<Pack>, RehearsalError> {
        if site.draft.changes() == 0 {
            return site.pack.clone().ok_or(RehearsalError::NothingToAsk);
        }
        let faq = site.draft.merged(site.published_faq());
        if faq.entries.iter().all(|entry| entry.hidden) {
            return Err(RehearsalError::NothingToAsk);
        }
        let revision = draft_revision(&faq);
        if let Some(pack) = self.kept(&revision) {
            return Ok(pack);
        }
        let pack = Arc::new(self.compiled(faq).await?);
        let mut packs = self.packs.lock().unwrap_or_else(PoisonError::into_inner);
        if packs.len() >= PACKS_MAX {
            packs.remove(0);
        }
        packs.push((revision, pack.clone()));
        Ok(pack)
    }

    async fn compiled(&self, faq: Faq) -> Result<Pack, RehearsalError> {
        let _turn = self.turns.acquire().await.map_err(|_| RehearsalError::Busy)?;
        Ok(self.catalog.rehearse(faq).await?)
    }

    fn kept(&self, revision: &Revision) -> Option<Arc<Pack>> {
        let packs = self.packs.lock().unwrap_or_else(PoisonError::into_inner);
        packs.iter().find(|(of, _)| of == revision).map(|(_, pack)| pack.clone())
    }

    /// The newest past questions by their words, most asked first.
    async fn wordings(&self, site: &SiteKey) -> Result<Vec<Wording>, RehearsalError> {
        let questions = self.history.questions(site.clone(), QUESTIONS_MAX).await?;
        Ok(by_words(questions))
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Scratch) -> T + Send + 'static,
    ) -> Result<T, RehearsalError> {
        let _turn = self.turns.acquire().await.map_err(|_| RehearsalError::Busy)?;
        let working = tokio::task::spawn_blocking(move || work(&mut Scratch::new()));
        working.await.map_err(|_| RehearsalError::Busy)
    }
}

fn by_words(questions: Vec<PastQuestion>) -> Vec<Wording> {
    let mut wordings: Vec<Wording> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for question in questions {
        let words = question.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let at = *known.entry(words.to_lowercase()).or_insert(wordings.len());
        if at == wordings.len() {
            let (text, locale) = (words, question.locale);
            wordings.push(Wording { text, locale, asked: Vec::new() });
        }
        wordings[at].asked.push(question);
    }
    wordings.sort_by_key(|wording| std::cmp::Reverse(wording.asked.len()));
    wordings.truncate(WORDINGS_MAX);
    wordings
}

fn decide(
    wording: &Wording,
    engine: Option<&Engine>,
    pack: Option<&Pack>,
    scratch: &mut Scratch,
) -> protocol::understanding::Decision {
    nlu::ask(&wording.text, wording.locale, engine, pack, scratch).decision
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
