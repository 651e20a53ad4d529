//! Entries that may answer what a visitor wrote, for the agent who is about to: the same ranking as
//! the bot's, without its threshold. Decides nothing.

use std::sync::Arc;

use nlu::{Scratch, rank};
use protocol::faq::FaqEntry;
use protocol::ids::SiteKey;
use protocol::locale::Locale;
use protocol::team::{SUGGESTIONS_MAX, Suggestion};
use protocol::understanding::Confidence;
use tokio::sync::Semaphore;

use crate::catalog::Catalog;
use crate::degradation::{Capability, Degradation};

/// Rankings at once: the bot's own come first.
const RANKINGS_AT_ONCE_MAX: usize = 1;

/// Clones share the queue.
#[derive(Clone)]
pub struct Suggester {
    catalog: Catalog,
    degradation: Degradation,
    turns: Arc<Semaphore>,
}

impl Suggester {
    pub fn new(catalog: Catalog, degradation: Degradation) -> Self {
        Self { catalog, degradation, turns: Arc::new(Semaphore::new(RANKINGS_AT_ONCE_MAX)) }
    }

    /// Best first; nothing without a published FAQ.
    pub async fn suggest(&self, site: &SiteKey, text: String, locale: Locale) -> Vec<Suggestion> {
        let site = self.catalog.site(site);
        let Some((site, pack)) = site.and_then(|site| site.pack.clone().map(|pack| (site, pack)))
        else {
            return Vec::new();
        };
        let allowed = self.degradation.allows(Capability::ServerModel);
        let engine = self.catalog.engine().filter(|_| allowed);
        // Never closed, so always granted in the end.
        let _turn = self.turns.acquire().await;
        let ranking = tokio::task::spawn_blocking(move || {
            rank(&text, engine.as_deref(), &pack, &mut Scratch::new())
        });
        let Ok(ranking) = ranking.await else {
            tracing::error!("a text made the ranking panic");
            return Vec::new();
        };
        let Some(published) = site.published else { return Vec::new() };
        let best = ranking.ranked.first().map_or(1.0, |best| best.evidence.fused.max(f32::EPSILON));
        let ranked = ranking.ranked.iter().filter_map(|ranked| {
            let entry = published.faq.entries.iter().find(|entry| entry.id == ranked.entry)?;
            let share = (ranked.evidence.fused / best).clamp(0.0, 1.0);
            Some(suggestion(entry, locale, ranking.probability * share))
        });
        ranked.take(SUGGESTIONS_MAX).collect()
    }
}

/// In the visitor's language, where the owner wrote it in that.
fn suggestion(entry: &FaqEntry, locale: Locale, confidence: f32) -> Suggestion {
    let translated = entry.translations.get(&locale);
    let (question, answer) = match translated {
        Some(text) => (&text.question, &text.answer),
        None => (&entry.question, &entry.answer),
    };
    Suggestion {
        entry: entry.id.clone(),
        question: question.clone(),
        answer: answer.clone(),
        confidence: Confidence::from(confidence),
    }
}
