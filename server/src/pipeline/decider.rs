//! From a question to a decision: what is kept, else the model, on the side and on a few threads at
//! most. Counts which of them it was. Knows no conversations.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use nlu::{Asked, Engine, Explanation, Pack, Scratch, explain};
use protocol::faq::Faq;
use protocol::ids::SiteKey;
use protocol::locale::Locale;
use tokio::sync::Semaphore;

use super::cache::{Basis, Cache, Found, Question};
use super::tier::{About, Tier};
use crate::degradation::ModelWait;

/// Model calls at once. The sockets and the log come first on a small machine.
const CALLS_AT_ONCE_MAX: usize = 4;

/// Where decisions came from, since the start. Clones count together.
#[derive(Debug, Clone, Default)]
pub struct Levels {
    /// The same text was decided before.
    pub exact: Arc<AtomicU64>,
    /// A wording near it was.
    pub neighbour: Arc<AtomicU64>,
    /// The same text was being decided for somebody else.
    pub shared: Arc<AtomicU64>,
    /// The small model ran.
    pub model: Arc<AtomicU64>,
    /// Of these, the server tier had an opinion.
    pub tier: Arc<AtomicU64>,
    /// Neither kept nor a model: there is none, or it is shed.
    pub words: Arc<AtomicU64>,
    /// How long questions waited for their turn with a model.
    pub wait: ModelWait,
}

/// A question with what it is decided by.
pub struct Asking {
    pub site: SiteKey,
    pub text: String,
    /// The visitor's.
    pub locale: Locale,
    pub engine: Option<Arc<Engine>>,
    pub pack: Option<Arc<Pack>>,
    /// What the pack was made of; only the server tier needs it.
    pub faq: Option<Arc<Faq>>,
    /// The server tier may not be called now.
    pub tier_shed: bool,
    /// The model may not be called now; what it decided before still stands.
    pub shed: bool,
}

impl Asking {
    /// As the cache knows it; `None` for what is never kept.
    fn question(&self) -> Option<Question> {
        let (engine, pack) = (self.engine.as_ref()?, self.pack.as_ref()?);
        let basis = Basis { pack: pack.version().clone(), model: *engine.fingerprint() };
        Question::of(&self.site, basis, &self.text, self.locale, pack)
    }
}

pub struct Decider {
    cache: Cache,
    levels: Levels,
    tier: Option<Arc<Tier>>,
    calls: Semaphore,
    /// Buffers of calls that are over; as many as there were calls at once.
    scratches: Arc<Mutex<Vec<Scratch>>>,
}

impl Decider {
    pub fn new(levels: Levels, tier: Option<Arc<Tier>>) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let calls = Semaphore::new(processors.div_ceil(2).min(CALLS_AT_ONCE_MAX));
        Self { cache: Cache::default(), levels, tier, calls, scratches: Arc::default() }
    }

    /// `None` when the question made the model panic.
    pub async fn decide(&self, asking: &Asking) -> Option<Arc<Asked>> {
        let count = |level: &AtomicU64| level.fetch_add(1, Ordering::Relaxed);
        loop {
            let Some(question) = asking.question() else {
                return Some(Arc::new(self.call(asking).await?.asked));
            };
            match self.cache.find(question) {
                Found::Exact(asked) => {
                    count(&self.levels.exact);
                    return Some(asked);
                }
                Found::Neighbour(asked) => {
                    count(&self.levels.neighbour);
                    return Some(Arc::new(asked));
                }
                Found::UnderWay(mut said) => {
                    // Whoever asked the model may have failed; then it is our turn.
                    if let Ok(asked) = said.wait_for(Option::is_some).await {
                        count(&self.levels.shared);
                        return asked.clone();
                    }
                }
                Found::Missing(ticket) => {
                    let mut said = self.call(asking).await?;
                    let settled = self.second_opinion(asking, &mut said).await;
                    let asked = Arc::new(said.asked.clone());
                    // What is decided without all who could have a say is said once and not kept.
                    if settled && !asking.shed {
                        ticket.keep(&said);
                    } else {
                        ticket.share(asked.clone());
                    }
                    return Some(asked);
                }
            }
        }
    }

    /// Lets the server tier decide what it is for; `false` when its opinion was not to be had.
    async fn second_opinion(&self, asking: &Asking, said: &mut Explanation) -> bool {
        let tier = self.tier.as_deref().filter(|tier| tier.concerns(said));
        let (Some(tier), Some(pack), Some(faq)) = (tier, &asking.pack, &asking.faq) else {
            return true;
        };
        if asking.shed || asking.tier_shed {
            return false;
        }
        let about = About { text: &asking.text, pack, faq };
        let Some(decision) = tier.opinion(about, said).await else { return false };
        self.levels.tier.fetch_add(1, Ordering::Relaxed);
        said.asked.decision = decision;
        true
    }

    async fn call(&self, asking: &Asking) -> Option<Explanation> {
        // Never closed, so always granted in the end.
        let waiting_since = Instant::now();
        let _permit = self.calls.acquire().await;
        self.levels.wait.observe(waiting_since.elapsed());
        let engine = asking.engine.clone().filter(|_| !asking.shed);
        let level = if engine.is_some() { &self.levels.model } else { &self.levels.words };
        level.fetch_add(1, Ordering::Relaxed);
        let (text, locale, pack) = (asking.text.clone(), asking.locale, asking.pack.clone());
        let scratches = self.scratches.clone();
        let called = tokio::task::spawn_blocking(move || {
            let kept = scratches.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut scratch = kept.unwrap_or_default();
            let said = explain(&text, locale, engine.as_deref(), pack.as_deref(), &mut scratch);
            scratches.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
            said
        });
        called
            .await
            .map_err(|error| tracing::error!(%error, "a question made the model panic"))
            .ok()
    }
}

#[cfg(test)]
#[path = "decider_tests.rs"]
mod tests;
