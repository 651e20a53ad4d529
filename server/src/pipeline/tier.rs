//! The server tier: a larger encoder's opinion on what the small model was unsure of. An opinion is
//! optional: one that is late, shed or fails costs nothing but itself.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use nlu::{Explanation, Pack};
use protocol::faq::Faq;
use protocol::ids::{EntryId, PackVersion};
use protocol::locale::Locale;
use protocol::understanding::{AbstainReason, Choice, Confidence, Decision, Tier as Stage};
use tier::{Encoder, Opinion, Phrases, Rerank, Sentences, SmallView, TierError};
use tokio::sync::Semaphore;

use super::cache::is_personal;

/// Calls of the encoder at once, with those that nobody waits for any more. It is as fast alone.
const CALLS_AT_ONCE_MAX: usize = 2;

/// How long an opinion is waited for, its turn included. A visitor feels half a second.
const WAIT_MAX: Duration = Duration::from_millis(400);

/// FAQs whose phrases are held as vectors: 400 phrases are 600 kB.
const FAQS_MAX: usize = 16;

pub struct Tier {
    sentences: Arc<dyn Sentences>,
    rerank: Rerank,
    /// Where its gain was measured.
    languages: Vec<Locale>,
    faqs: Arc<Mutex<HashMap<PackVersion, Embedded>>>,
    calls: Arc<Semaphore>,
    wait_max: Duration,
}

/// An FAQ's phrases as vectors; made in the background when a question first needs them.
enum Embedded {
    UnderWay,
    Ready(Arc<Phrases>),
    Failed,
}

/// What an opinion is about.
#[derive(Clone, Copy)]
pub struct About<'a> {
    pub text: &'a str,
    pub pack: &'a Arc<Pack>,
    /// Of that very pack.
    pub faq: &'a Arc<Faq>,
}

impl Tier {
    /// # Errors
    /// The folder is not a whole tier, or this program was built without one.
    pub fn load(folder: &Path) -> Result<Self, TierError> {
        let encoder = Encoder::load(folder)?;
        let (rerank, languages) =
            (encoder.folder().rerank.clone(), encoder.folder().languages.clone());
        tracing::info!(tier.name = encoder.folder().name, "server tier loaded");
        Ok(Self::of(Arc::new(encoder), rerank, languages, WAIT_MAX))
    }

    fn of(
        sentences: Arc<dyn Sentences>,
        rerank: Rerank,
        languages: Vec<Locale>,
        wait_max: Duration,
    ) -> Self {
        let calls = Arc::new(Semaphore::new(CALLS_AT_ONCE_MAX));
        Self { sentences, rerank, languages, faqs: Arc::default(), calls, wait_max }
    }

    /// Whether the small model left the question open, and this encoder knows its language.
    pub fn concerns(&self, said: &Explanation) -> bool {
        let unsure = match &said.asked.decision {
            Decision::AskBack { .. } => true,
            Decision::Abstain { reason, .. } => {
                matches!(reason, AbstainReason::BelowThreshold | AbstainReason::TooClose)
            }
            Decision::Answer { .. } | Decision::HandOff { .. } => false,
        };
        let understanding = &said.asked.understanding;
        unsure
            && said.probability.is_some()
            && self.languages.contains(&understanding.locale)
            && !is_personal(&understanding.entities)
    }

    /// What to do instead of what the small model `said`; `None` when there is no opinion in time.
    pub async fn opinion(&self, about: About<'_>, said: &Explanation) -> Option<Decision> {
        let phrases = self.phrases(about)?;
        match tokio::time::timeout(self.wait_max, self.encode(about.text)).await {
            Ok(vector) => self.weigh(&vector?, &phrases, about.pack, said),
            Err(_) => {
                tracing::warn!("the server tier was too slow for a question");
                None
            }
        }
    }

    /// For measurements: the same on this thread, without hurry.
    ///
    /// # Errors
    /// The encoder fails.
    pub fn opinion_now(
        &self,
        about: About<'_>,
        said: &Explanation,
    ) -> Result<Option<Decision>, TierError> {
        let version = about.pack.version();
        let known = self.lock().get(version).and_then(Embedded::ready);
        let phrases = match known {
            Some(phrases) => phrases,
            None => {
                let phrases = Arc::new(embed(&*self.sentences, about.faq, &self.languages)?);
                self.lock().insert(version.clone(), Embedded::Ready(phrases.clone()));
                phrases
            }
        };
        let vector = self.sentences.encode(about.text)?;
        Ok(self.weigh(&vector, &phrases, about.pack, said))
    }

    fn weigh(
        &self,
        vector: &[f32],
        phrases: &Phrases,
        pack: &Pack,
        said: &Explanation,
    ) -> Option<Decision> {
        let ranked: Vec<EntryId> = said.ranked.iter().map(|ranked| ranked.entry.clone()).collect();
        let small = SmallView { ranked: &ranked, probability: said.probability? };
        let opinion = self.rerank.weigh(vector, phrases, small);
        Some(decision(opinion, pack, said.asked.understanding.locale))
    }

    async fn encode(&self, text: &str) -> Option<Vec<f32>> {
        // Never closed, so always granted in the end.
        let permit = self.calls.clone().acquire_owned().await.ok()?;
        let (sentences, text) = (self.sentences.clone(), text.to_owned());
        let encoding = tokio::task::spawn_blocking(move || {
            // Held until the call is over, though nobody may wait any more: calls are bounded.
            let _permit = permit;
            sentences.encode(&text)
        });
        match encoding.await {
            Ok(Ok(vector)) => Some(vector),
            Ok(Err(error)) => {
                tracing::error!(%error, "the server tier failed on a question");
                None
            }
            Err(error) => {
                tracing::error!(%error, "the server tier fell over");
                None
            }
        }
    }

    /// The FAQ's phrases, once they are ready.
    fn phrases(&self, about: About<'_>) -> Option<Arc<Phrases>> {
        let version = about.pack.version();
        let mut faqs = self.lock();
        if let Some(embedded) = faqs.get(version) {
            return embedded.ready();
        }
        if faqs.len() >= FAQS_MAX {
            faqs.clear();
        }
        faqs.insert(version.clone(), Embedded::UnderWay);
        drop(faqs);
        let (sentences, faq, version) =
            (self.sentences.clone(), about.faq.clone(), version.clone());
        let (languages, faqs) = (self.languages.clone(), self.faqs.clone());
        tokio::task::spawn_blocking(move || {
            let embedded = match embed(&*sentences, &faq, &languages) {
                Ok(phrases) => Embedded::Ready(Arc::new(phrases)),
                Err(error) => {
                    tracing::error!(%error, "the server tier cannot read an FAQ");
                    Embedded::Failed
                }
            };
            faqs.lock().unwrap_or_else(PoisonError::into_inner).insert(version, embedded);
        });
        None
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<PackVersion, Embedded>> {
        self.faqs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Embedded {
    fn ready(&self) -> Option<Arc<Phrases>> {
        match self {
            Self::Ready(phrases) => Some(phrases.clone()),
            Self::UnderWay | Self::Failed => None,
        }
    }
}

fn embed(sentences: &dyn Sentences, faq: &Faq, languages: &[Locale]) -> Result<Phrases, TierError> {
    let phrases = faq.entries.iter().flat_map(|entry| {
        let own = std::iter::once(&entry.question).chain(&entry.phrasings);
        let translated = entry
            .translations
            .values()
            .flat_map(|words| std::iter::once(&words.question).chain(&words.phrasings));
        own.chain(translated).map(|text| (&entry.id, text.as_str()))
    });
    // The owner's own words may be in any language.
    let known = |text: &str| languages.contains(&nlu::detect_locale(text, Locale::En));
    Phrases::embed(sentences, phrases.filter(|(_, text)| known(text)))
}

fn decision(opinion: Opinion, pack: &Pack, locale: Locale) -> Decision {
    match opinion {
        Opinion::Answer { entry, probability } => {
            Decision::Answer { entry, confidence: Confidence(probability), tier: Stage::Encoder }
        }
        Opinion::AskBack { entries } => {
            let choice = |entry| {
                let question = pack.answer(&entry, locale)?.question;
                Some(Choice { entry, question })
            };
            Decision::AskBack { choices: entries.into_iter().filter_map(choice).collect() }
        }
        Opinion::Silence => {
            let reason = AbstainReason::BelowThreshold;
            Decision::Abstain { reason, candidates: Vec::new() }
        }
    }
}

#[cfg(test)]
#[path = "tier_tests.rs"]
mod tests;
