//! The stages behind one decision, for people and for measurements: what was read, what each entry
//! scored, and against which thresholds. Decides nothing by itself.

use protocol::ids::EntryId;
use protocol::locale::Locale;

use crate::decide::{Asked, ask, rank_read};
use crate::engine::Engine;
use crate::pack::calibration::Features;
use crate::pack::{Evidence, Pack};
use crate::scratch::Scratch;

/// Everything that led to `asked`.
#[derive(Debug, Clone)]
pub struct Explanation {
    pub asked: Asked,
    /// What the exact and lexical stages compare.
    pub normalized: String,
    /// As many as the encoder read; 0 without one.
    pub tokens: usize,
    /// Best first; empty when an earlier stage decided.
    pub ranked: Vec<Ranked>,
    /// The best entry's probability to be right.
    pub probability: Option<f32>,
    pub answer_min: Option<f32>,
    pub ask_min: Option<f32>,
}

#[derive(Debug, Clone)]
pub struct Ranked {
    pub entry: EntryId,
    pub evidence: Evidence,
}

/// [`ask`], with its workings.
pub fn explain(
    question: &str,
    locale: Locale,
    engine: Option<&Engine>,
    pack: Option<&Pack>,
    scratch: &mut Scratch,
) -> Explanation {
    // What an earlier question left there is not this one's.
    scratch.tokens.tokens.clear();
    scratch.rank.ranked.clear();
    let asked = ask(question, locale, engine, pack, scratch);
    let with_encoder = engine.is_some_and(|engine| pack.is_some_and(|pack| pack.fits(engine)));
    let calibration = pack.map(|pack| pack.calibration(with_encoder));
    let ranked = pack.map_or_else(Vec::new, |pack| ranked(pack, scratch));
    let probability =
        calibration.map(|calibration| calibration.probability(&scratch.rank.features));
    Explanation {
        asked,
        normalized: scratch.words.normalized.clone(),
        tokens: scratch.tokens.tokens.len(),
        probability: probability.filter(|_| !ranked.is_empty()),
        ranked,
        answer_min: calibration.map(|calibration| calibration.answer_min),
        ask_min: calibration.map(|calibration| calibration.ask_min),
    }
}

/// How the entries compare with a question, whatever is decided about it.
#[derive(Debug, Clone)]
pub struct Ranking {
    /// Best first.
    pub ranked: Vec<Ranked>,
    /// What a calibration weighs.
    pub features: Features,
    /// Of every entry, in the pack's order.
    pub evidence: Vec<Evidence>,
    /// The best entry's, to be right.
    pub probability: f32,
}

/// Ranks the entries as [`ask`] does for a question that no earlier stage decides.
pub fn rank(
    question: &str,
    engine: Option<&Engine>,
    pack: &Pack,
    scratch: &mut Scratch,
) -> Ranking {
    scratch.words.read(question);
    let engine = engine.filter(|engine| pack.fits(engine));
    let small_talk = engine.map(|engine| {
        engine.encode(question, scratch);
        engine.small_talk(scratch)
    });
    rank_read(pack, small_talk, scratch);
    let (features, evidence) = (scratch.rank.features, scratch.rank.evidence.clone());
    let probability = pack.calibration(engine.is_some()).probability(&features);
    Ranking { ranked: ranked(pack, scratch), features, evidence, probability }
}

fn ranked(pack: &Pack, scratch: &Scratch) -> Vec<Ranked> {
    let ranked = scratch.rank.ranked.iter();
    ranked
        .map(|(entry, evidence)| Ranked { entry: pack.id(*entry).clone(), evidence: *evidence })
        .collect()
}
