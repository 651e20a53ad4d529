//! Which level decides, and that all of them decide alike.

use futures_util::future::join_all;
use protocol::understanding::{Decision, Tier};

use super::*;
use crate::pipeline::fixture::{ABOUT, PHRASE, SILENT, asking, explained};

/// Exact, neighbour, shared, model, words.
fn counts(levels: &Levels) -> [u64; 5] {
    [&levels.exact, &levels.neighbour, &levels.shared, &levels.model, &levels.words]
        .map(|level| level.load(Ordering::Relaxed))
}

#[tokio::test]
async fn the_model_is_called_once_for_a_question_and_its_dress() {
    let levels = Levels::default();
    let decider = Decider::new(levels.clone(), None);
    for text in [ABOUT, PHRASE, SILENT] {
        let expected = explained(text).asked;
        let loud = text.to_uppercase();
        for dressed in [text, text, &loud] {
            let decided = decider.decide(&asking(dressed)).await.unwrap();
            assert_eq!(decided.decision, expected.decision, "{dressed}");
        }
    }
    let polite = format!("Hello, {PHRASE} please");
    let decided = decider.decide(&asking(&polite)).await.unwrap();
    assert_eq!(decided.decision, explained(&polite).asked.decision);
    assert_eq!(counts(&levels), [6, 1, 0, 3, 0]);
}

#[tokio::test]
async fn those_who_ask_at_the_same_time_share_one_call() {
    let levels = Levels::default();
    let decider = Decider::new(levels.clone(), None);
    let asking = asking(ABOUT);
    let decided = join_all((0..20).map(|_| decider.decide(&asking))).await;
    assert!(decided.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(counts(&levels), [0, 0, 19, 1, 0]);
}

#[tokio::test]
async fn while_the_model_is_shed_its_old_decisions_stand_and_words_are_not_kept() {
    let levels = Levels::default();
    let decider = Decider::new(levels.clone(), None);
    let known = decider.decide(&asking(ABOUT)).await.unwrap();
    let shed = |text| Asking { shed: true, ..asking(text) };
    assert_eq!(decider.decide(&shed(ABOUT)).await.unwrap(), known);
    for _ in 0..2 {
        let by_words = decider.decide(&shed(SILENT)).await.unwrap();
        assert_eq!(by_words.understanding.tier, Tier::Lexical);
    }
    assert_eq!(counts(&levels), [1, 0, 0, 1, 2]);
    let by_model = decider.decide(&asking(SILENT)).await.unwrap();
    assert_eq!(by_model.understanding.tier, Tier::Encoder);
}

#[tokio::test]
async fn without_a_model_or_for_a_persons_own_affair_nothing_is_kept() {
    let levels = Levels::default();
    let decider = Decider::new(levels.clone(), None);
    for _ in 0..2 {
        let without = Asking { engine: None, ..asking(PHRASE) };
        let decided = decider.decide(&without).await.unwrap();
        assert!(matches!(decided.decision, Decision::Answer { tier: Tier::Exact, .. }));
        decider.decide(&asking("where is order #4471-2093")).await.unwrap();
    }
    assert_eq!(counts(&levels), [0, 0, 0, 2, 2]);
}
