//! A model, a small FAQ and questions about it, for the pipeline's tests.

use std::sync::{Arc, LazyLock};

use nlu::{Engine, Explanation, Pack, Scratch, explain};
use protocol::faq::Faq;
use protocol::ids::SiteKey;
use protocol::locale::Locale;
use protocol::understanding::{AbstainReason, Decision};

use super::Asking;

/// A phrase of the FAQ.
pub(super) const PHRASE: &str = "how do I return something";

/// A question near the FAQ, but none of its phrases.
pub(super) const ABOUT: &str = "tell me about sending a thing back to you";

/// A question the FAQ has nothing about.
pub(super) const SILENT: &str = "how many moons does the planet jupiter have";

const FAQ: &str = r#"{"entries": [
    {"id": "returns", "question": "How do I return something?",
     "phrasings": ["send it back", "return policy"], "answer": "Within 30 days.", "tags": []},
    {"id": "shipping", "question": "What does shipping cost?",
     "phrasings": ["delivery price", "postage"], "answer": "Nothing.", "tags": []}]}"#;

struct Loaded {
    engine: Arc<Engine>,
    faq: Arc<Faq>,
    pack: Arc<Pack>,
}

static LOADED: LazyLock<Loaded> = LazyLock::new(|| {
    let engine = crate::catalog::model::load(None).expect("the built-in model loads");
    let faq: Faq = serde_json::from_str(FAQ).expect("the FAQ is one");
    let pack = crate::catalog::compile_faq(&faq, &engine).expect("it compiles");
    Loaded { engine: Arc::new(engine), faq: Arc::new(faq), pack: Arc::new(pack) }
});

pub(super) fn engine() -> Arc<Engine> {
    LOADED.engine.clone()
}

pub(super) fn faq() -> Arc<Faq> {
    LOADED.faq.clone()
}

pub(super) fn pack() -> Arc<Pack> {
    LOADED.pack.clone()
}

pub(super) fn shop() -> SiteKey {
    SiteKey::parse("shop").expect("a key")
}

/// With everything there is, and nothing shed.
pub(super) fn asking(text: &str) -> Asking {
    Asking {
        site: shop(),
        text: text.to_owned(),
        locale: Locale::En,
        engine: Some(engine()),
        pack: Some(pack()),
        faq: Some(faq()),
        tier_shed: false,
        shed: false,
    }
}

pub(super) fn explained(text: &str) -> Explanation {
    explain(text, Locale::En, Some(&engine()), Some(&pack()), &mut Scratch::new())
}

/// Silence of a given probability, where asking back begins at a half: whatever the weights are.
pub(super) fn silence(text: &str, probability: f32) -> Explanation {
    let mut said = explained(text);
    let reason = AbstainReason::BelowThreshold;
    said.asked.decision = Decision::Abstain { reason, candidates: Vec::new() };
    said.asked.understanding.entities.clear();
    said.probability = Some(probability);
    said.ask_min = Some(0.5);
    said
}
