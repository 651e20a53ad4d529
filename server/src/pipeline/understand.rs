//! Running the model on the side: a few threads at most, each with buffers it keeps.

use std::sync::{Arc, Mutex, PoisonError};

use nlu::{Scratch, ask};
use protocol::understanding::{HandOffReason, Understanding};
use tokio::sync::Semaphore;

use super::Asked;
use super::respond::{self, Response};
use crate::catalog::Catalog;
use crate::conversation::BotReply;
use crate::degradation::{Capability, Degradation};

/// Model calls at once. The sockets and the log come first on a small machine.
const CALLS_AT_ONCE_MAX: usize = 4;

pub(super) struct Understander {
    catalog: Catalog,
    degradation: Degradation,
    calls: Semaphore,
    /// Buffers of calls that are over; as many as there were calls at once.
    scratches: Arc<Mutex<Vec<Scratch>>>,
}

impl Understander {
    pub(super) fn new(catalog: Catalog, degradation: Degradation) -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let calls = Semaphore::new(processors.div_ceil(2).min(CALLS_AT_ONCE_MAX));
        Self { catalog, degradation, calls, scratches: Arc::default() }
    }

    /// Without a model, or while it is shed, exact and lexical answers remain; what they do not
    /// cover goes to a human.
    pub(super) async fn respond(&self, asked: &Asked) -> Response {
        // Never closed, so always granted in the end.
        let _permit = self.calls.acquire().await;
        let shed = !self.degradation.allows(Capability::ServerModel);
        let engine = self.catalog.engine().filter(|_| !shed);
        let pack = self.catalog.site(&asked.site).and_then(|site| site.pack);
        let (text, locale) = (asked.text.clone(), asked.locale);
        let scratches = self.scratches.clone();
        let called = tokio::task::spawn_blocking(move || {
            let kept = scratches.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut scratch = kept.unwrap_or_default();
            let asked = ask(&text, locale, engine.as_deref(), pack.as_deref(), &mut scratch);
            scratches.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
            (asked.understanding, respond::reply(asked.decision, pack.as_deref(), locale))
        });
        match called.await {
            Ok((understanding, reply)) => Response {
                understanding: better(asked.understanding.as_ref(), understanding),
                reply,
            },
            Err(error) => {
                tracing::error!(%error, message.id = %asked.id, "a question made the model panic");
                let reply = BotReply::HandOff(HandOffReason::NotAnswered);
                Response { understanding: None, reply }
            }
        }
    }
}

/// The server's understanding, when it says more than the browser's.
fn better(browsers: Option<&Understanding>, servers: Understanding) -> Option<Understanding> {
    match browsers {
        Some(browsers) if browsers.tier >= servers.tier => None,
        Some(_) | None => Some(servers),
    }
}

#[cfg(test)]
mod tests {
    use protocol::locale::Locale;
    use protocol::understanding::Tier;

    use super::*;

    #[test]
    fn only_a_better_understanding_is_recorded() {
        let of =
            |tier| Understanding { locale: Locale::En, tier, intent: None, entities: Vec::new() };
        assert!(better(None, of(Tier::Exact)).is_some());
        assert!(better(Some(&of(Tier::Lexical)), of(Tier::Encoder)).is_some());
        assert!(better(Some(&of(Tier::Encoder)), of(Tier::Encoder)).is_none());
    }
}
