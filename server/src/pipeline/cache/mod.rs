//! What was decided about a question, kept for the next who asks the same. A decision is found
//! again by the text as the model reads it, or lent to a wording near it; a question on its way to
//! the model is waited for. Calls no model, and keeps nothing that names a person's own affair.

mod likeness;
mod shelf;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nlu::{Asked, Explanation, Pack};
use protocol::ids::{PackVersion, SiteKey};
use protocol::locale::Locale;
use protocol::understanding::{AbstainReason, Decision, Entity, EntityKind, Tier};
use tokio::sync::watch;

use shelf::{Kept, Key, Lending, Shelf, Wording};

/// Sites with kept decisions; beyond them the one not asked for longest loses its.
const SITES_MAX: usize = 64;

/// Longer texts are stories: nobody tells the same one again.
const CHARS_MAX: usize = 300;

/// A silence is lent when the best entry's probability is at most this share of what asking back
/// needs. `cargo xtask bench cache` prints how many silences stay silent in another dress, by this
/// share; it should be the largest whose line says 99.5 % or more. Chosen anew whenever weights or
/// calibration change: a model that a mark or a "hi" sways may lend next to nothing.
const CLEAR_SILENCE: f32 = 0.01;

/// Kinds that make a question one person's own.
const PERSONAL: [EntityKind; 9] = [
    EntityKind::OrderNumber,
    EntityKind::TrackingNumber,
    EntityKind::Phone,
    EntityKind::Email,
    EntityKind::Url,
    EntityKind::Amount,
    EntityKind::CardNumber,
    EntityKind::Person,
    EntityKind::Address,
];

/// What a decision follows from, besides the question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Basis {
    pub(super) pack: PackVersion,
    /// Fingerprint of the model.
    pub(super) model: [u8; 32],
}

/// A question that may be kept.
pub(super) struct Question {
    site: SiteKey,
    basis: Basis,
    key: Key,
    wording: Wording,
    /// The words alone decide; nobody else's decision stands for that.
    words_decide: bool,
    entities: Vec<Entity>,
}

impl Question {
    /// `None` for what is never kept.
    pub(super) fn of(
        site: &SiteKey,
        basis: Basis,
        text: &str,
        locale: Locale,
        pack: &Pack,
    ) -> Option<Self> {
        let chars = text.chars().count();
        let entities = nlu::entity::find_by_rules(text);
        if chars > CHARS_MAX || is_personal(&entities) {
            return None;
        }
        let reading = nlu::fold::fold_text(text).to_lowercase().into();
        Some(Self {
            site: site.clone(),
            basis,
            key: Key { locale, chars, reading },
            wording: Wording::of(text),
            words_decide: nlu::wording::words_decide(text, pack),
            entities,
        })
    }

    /// A neighbour's decision, with what is this question's own.
    fn borrowing(&self, lent: &Asked) -> Asked {
        let mut asked = lent.clone();
        asked.understanding.entities.clone_from(&self.entities);
        asked
    }
}

/// Whether a question is one person's own affair.
pub(super) fn is_personal(entities: &[Entity]) -> bool {
    entities.iter().any(|entity| PERSONAL.contains(&entity.kind))
}

pub(super) enum Found {
    /// The model would say the same again.
    Exact(Arc<Asked>),
    /// Lent by a wording near it.
    Neighbour(Asked),
    /// Somebody else's call is under way; an error of the receiver means that it came to nothing.
    UnderWay(watch::Receiver<Option<Arc<Asked>>>),
    /// Whoever gets the ticket asks the model.
    Missing(Ticket),
}

/// Clones share the decisions.
#[derive(Clone, Default)]
pub(super) struct Cache {
    /// Held for one look-up.
    sites: Arc<Mutex<Sites>>,
}

#[derive(Default)]
struct Sites {
    by_key: HashMap<SiteKey, Site>,
    /// Counts look-ups: the clock by which the longest idle site is found.
    now: u64,
}

struct Site {
    basis: Basis,
    asked_at: u64,
    shelf: Shelf,
    under_way: HashMap<Key, watch::Receiver<Option<Arc<Asked>>>>,
}

impl Cache {
    pub(super) fn find(&self, question: Question) -> Found {
        let mut sites = self.lock();
        let site = sites.site(&question);
        if let Some(asked) = site.shelf.exact(&question.key) {
            return Found::Exact(asked);
        }
        let Question { key, wording, .. } = &question;
        if let Some(lent) = site.shelf.neighbour(key.locale, wording, question.words_decide) {
            return Found::Neighbour(question.borrowing(&lent));
        }
        if let Some(under_way) = site.under_way.get(&question.key) {
            return Found::UnderWay(under_way.clone());
        }
        let (sender, receiver) = watch::channel(None);
        site.under_way.insert(question.key.clone(), receiver);
        drop(sites);
        Found::Missing(Ticket { cache: self.clone(), question, sender })
    }

    fn lock(&self) -> MutexGuard<'_, Sites> {
        // A panic leaves at worst a decision less.
        self.sites.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sites {
    /// The question's site, emptied when its pack or the model became another.
    fn site(&mut self, question: &Question) -> &mut Site {
        self.now += 1;
        if self.by_key.len() >= SITES_MAX && !self.by_key.contains_key(&question.site) {
            let idle = self.by_key.iter().min_by_key(|(_, site)| site.asked_at);
            if let Some(idle) = idle.map(|(key, _)| key.clone()) {
                self.by_key.remove(&idle);
            }
        }
        let fresh = || Site {
            basis: question.basis.clone(),
            asked_at: 0,
            shelf: Shelf::default(),
            under_way: HashMap::new(),
        };
        let site = self.by_key.entry(question.site.clone()).or_insert_with(fresh);
        if site.basis != question.basis {
            *site = fresh();
        }
        site.asked_at = self.now;
        site
    }

    /// Unless the question's basis is gone.
    fn standing(&mut self, question: &Question) -> Option<&mut Site> {
        self.by_key.get_mut(&question.site).filter(|site| site.basis == question.basis)
    }
}

/// The right and duty to ask the model about a question; dropped without a decision, it lets the
/// next one try.
pub(super) struct Ticket {
    cache: Cache,
    question: Question,
    sender: watch::Sender<Option<Arc<Asked>>>,
}

impl Ticket {
    /// Keeps what the model said, and tells it to whoever waits.
    pub(super) fn keep(self, said: &Explanation) {
        let asked = Arc::new(said.asked.clone());
        // The tagger may know a person's affair where the rules saw none.
        if !is_personal(&asked.understanding.entities) {
            let kept = Kept {
                asked: asked.clone(),
                lending: lending(said),
                wording: self.question.wording.clone(),
            };
            let mut sites = self.cache.lock();
            if let Some(site) = sites.standing(&self.question) {
                site.shelf.keep(self.question.key.clone(), kept);
            }
        }
        self.share(asked);
    }

    /// Tells whoever waits, and keeps nothing.
    pub(super) fn share(self, asked: Arc<Asked>) {
        self.sender.send_replace(Some(asked));
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if let Some(site) = self.cache.lock().standing(&self.question) {
            site.under_way.remove(&self.question.key);
        }
    }
}

fn lending(said: &Explanation) -> Lending {
    match &said.asked.decision {
        Decision::Answer { tier: Tier::Exact, .. } => Lending::SameWords,
        Decision::Abstain { reason: AbstainReason::BelowThreshold, .. } => {
            match (said.probability, said.ask_min) {
                (Some(probability), Some(ask_min)) if probability <= CLEAR_SILENCE * ask_min => {
                    Lending::Alike
                }
                _ => Lending::Nobody,
            }
        }
        Decision::Answer { .. }
        | Decision::Abstain { .. }
        | Decision::AskBack { .. }
        | Decision::HandOff { .. } => Lending::Nobody,
    }
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
