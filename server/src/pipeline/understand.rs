//! What a posted question is decided with, and what of the decision is news to the conversation.

use std::sync::Arc;

use nlu::Asked as Decided;
use protocol::understanding::{HandOffReason, Understanding};

use super::Asked;
use super::decider::{Asking, Decider, Levels};
use super::respond::{self, Response};
use super::tier::Tier;
use crate::catalog::Catalog;
use crate::conversation::BotReply;
use crate::degradation::{Capability, Degradation};

pub(super) struct Understander {
    catalog: Catalog,
    degradation: Degradation,
    decider: Decider,
}

impl Understander {
    pub(super) fn new(
        catalog: Catalog,
        degradation: Degradation,
        levels: Levels,
        tier: Option<Arc<Tier>>,
    ) -> Self {
        Self { catalog, degradation, decider: Decider::new(levels, tier) }
    }

    /// Without a model, or while it is shed, exact and lexical answers remain; what they do not
    /// cover goes to a human.
    pub(super) async fn respond(&self, asked: &Asked) -> Response {
        let site = self.catalog.site(&asked.site);
        let published = site.as_ref().and_then(|site| site.published.as_ref());
        let asking = Asking {
            faq: published.map(|published| published.faq.clone()),
            site: asked.site.clone(),
            text: asked.text.clone(),
            locale: asked.locale,
            engine: self.catalog.engine(),
            pack: site.and_then(|site| site.pack),
            tier_shed: !self.degradation.allows(Capability::ServerTier),
            shed: !self.degradation.allows(Capability::ServerModel),
        };
        let Some(decided) = self.decider.decide(&asking).await else {
            tracing::error!(message.id = %asked.id, "this question is left to a human");
            let reply = BotReply::HandOff(HandOffReason::NotAnswered);
            return Response { understanding: None, reply };
        };
        let Decided { understanding, decision } = Arc::unwrap_or_clone(decided);
        Response {
            understanding: better(asked.understanding.as_ref(), understanding),
            reply: respond::reply(decision, asking.pack.as_deref(), asked.locale),
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
