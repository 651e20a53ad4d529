//! What an opinion is asked about, what it changes, and that a slow or failing one changes nothing.

use std::sync::atomic::Ordering;

use protocol::understanding::Decision;

use super::*;
use crate::pipeline::decider::{Asking, Decider, Levels};
use crate::pipeline::fixture::{self, ABOUT, PHRASE, explained, faq, pack, silence};

/// Knows one word, after a while.
struct Slow {
    pause: Duration,
    fails: bool,
}

impl Sentences for Slow {
    fn encode(&self, text: &str) -> Result<Vec<f32>, TierError> {
        std::thread::sleep(self.pause);
        if self.fails {
            return Err(TierError::NotBuilt);
        }
        let about_returns = text.contains("sending") || text.to_lowercase().contains("return");
        Ok(if about_returns { vec![1.0, 0.0] } else { vec![0.0, 1.0] })
    }
}

fn tier(sentences: Slow, wait_max: Duration) -> Tier {
    let rerank = r#"{"format": 1, "encoder": "slow", "best_phrase": 1.0, "first": 0.0,
        "ranked": 0.0, "weights": [-4.0, 4.0, 4.0, 0.0, 0.0], "answer_min": 0.9, "ask_min": 0.3}"#;
    let rerank = serde_json::from_str(rerank).unwrap();
    Tier::of(Arc::new(sentences), rerank, vec![Locale::En], wait_max)
}

fn quick() -> Tier {
    tier(Slow { pause: Duration::ZERO, fails: false }, Duration::from_secs(60))
}

fn opinion_now(tier: &Tier, text: &str) -> Option<Decision> {
    let (pack, faq) = (pack(), faq());
    tier.opinion_now(About { text, pack: &pack, faq: &faq }, &silence(text, 0.2)).unwrap()
}

/// Once the phrases are there.
async fn opinion(tier: &Tier, text: &str) -> Option<Decision> {
    let (pack, faq) = (pack(), faq());
    let about = About { text, pack: &pack, faq: &faq };
    assert_eq!(tier.opinion(about, &silence(text, 0.2)).await, None, "nothing is ready at first");
    while matches!(tier.lock().get(pack.version()), Some(Embedded::UnderWay)) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tier.opinion(about, &silence(text, 0.2)).await
}

fn answers_returns(decision: &Option<Decision>) -> bool {
    matches!(decision, Some(Decision::Answer { entry, .. }) if entry.as_str() == "returns")
}

#[tokio::test]
async fn the_larger_encoder_answers_what_the_small_one_left_open() {
    let tier = quick();
    let decision = opinion(&tier, ABOUT).await;
    assert!(answers_returns(&decision), "{decision:?}");
    assert_eq!(opinion_now(&tier, ABOUT), decision);
}

#[test]
fn it_is_asked_about_open_questions_in_its_language_only() {
    let tier = quick();
    assert!(tier.concerns(&silence(ABOUT, 0.2)));
    assert!(!tier.concerns(&explained(PHRASE)), "this one is answered");
    let mut chinese = silence(ABOUT, 0.2);
    chinese.asked.understanding.locale = Locale::Zh;
    assert!(!tier.concerns(&chinese));
    let mut vetoed = silence(ABOUT, 0.2);
    let reason = AbstainReason::NotCovered;
    vetoed.asked.decision = Decision::Abstain { reason, candidates: Vec::new() };
    assert!(!tier.concerns(&vetoed), "a veto is no doubt");
}

#[tokio::test]
async fn a_slow_or_failing_one_has_no_opinion() {
    let failing = tier(Slow { pause: Duration::ZERO, fails: true }, Duration::from_secs(60));
    assert_eq!(opinion(&failing, ABOUT).await, None);
    let slow = tier(Slow { pause: Duration::from_millis(20), fails: false }, Duration::ZERO);
    assert_eq!(opinion(&slow, ABOUT).await, None);
}

/// One that the present weights leave open; the stand-in takes each of them for one about returns.
fn open_question(tier: &Tier) -> &'static str {
    let texts = [
        ABOUT,
        "sending it as a present",
        "what happens with sending presents abroad",
        "is sending a voucher possible",
        "somebody else is sending me one",
    ];
    let open = texts.into_iter().find(|text| tier.concerns(&explained(text)));
    open.expect("some question is left open")
}

#[tokio::test]
async fn the_decider_keeps_what_the_tier_said_and_nothing_without_it() {
    let (levels, tier) = (Levels::default(), Arc::new(quick()));
    let text = open_question(&tier);
    // The phrases are ready from here on.
    opinion_now(&tier, text);
    let decider = Decider::new(levels.clone(), Some(tier.clone()));
    let asking = |tier_shed| Asking { tier_shed, ..fixture::asking(text) };
    for _ in 0..2 {
        let alone = decider.decide(&asking(true)).await.unwrap();
        assert_eq!(alone.decision, explained(text).asked.decision);
    }
    for shed in [false, true] {
        let together = decider.decide(&asking(shed)).await.unwrap();
        assert!(answers_returns(&Some(together.decision.clone())), "{:?}", together.decision);
    }
    let count = |level: &std::sync::atomic::AtomicU64| level.load(Ordering::Relaxed);
    assert_eq!([&levels.exact, &levels.model, &levels.tier].map(|l| count(l)), [1, 3, 1]);
}

#[test]
fn a_broken_folder_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let error = Tier::load(folder.path()).err().unwrap().to_string();
    assert!(error.contains("tier.json"), "{error}");
}
