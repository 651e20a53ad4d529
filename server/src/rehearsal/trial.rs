//! One question with all its reasons, and what thresholds would do to past ones. Pure.

use nlu::{Engine, Explanation, Pack, Scratch, explain};
use protocol::faq::Precision;
use protocol::ids::EntryId;
use protocol::rehearsal::{Contender, Curve, CurvePoint, Trial, TrialRequest};
use protocol::understanding::{Confidence, Decision};

use super::{Wording, count};

/// What no probability reaches.
const NEVER: f32 = 2.0;

pub(super) fn ask(
    request: &TrialRequest,
    engine: Option<&Engine>,
    pack: &Pack,
    scratch: &mut Scratch,
) -> Trial {
    let found = explain(&request.text, request.locale, engine, Some(pack), scratch);
    let Explanation { asked, normalized, tokens, ranked, probability, answer_min, ask_min } = found;
    let ranked = if ranked.is_empty() {
        nlu::rank(&request.text, engine, pack, scratch).ranked
    } else {
        ranked
    };
    let locale = asked.understanding.locale;
    let contenders = ranked.into_iter().map(|ranked| Contender {
        question: pack.answer(&ranked.entry, locale).map_or_else(String::new, |a| a.question),
        entry: ranked.entry,
        score: ranked.evidence.fused,
        nearest: ranked.evidence.nearest,
        words: ranked.evidence.lexical,
        answer: ranked.evidence.answer,
    });
    let answer = match &asked.decision {
        Decision::Answer { entry, .. } => pack.answer(entry, locale),
        Decision::AskBack { .. } | Decision::HandOff { .. } | Decision::Abstain { .. } => None,
    };
    Trial {
        contenders: contenders.collect(),
        decision: asked.decision,
        understanding: asked.understanding,
        normalized,
        tokens: count(tokens),
        probability: probability.map(Confidence),
        answer_min: answer_min.unwrap_or(NEVER),
        ask_min: ask_min.unwrap_or(NEVER),
        answer,
    }
}

/// What becomes of a question below any threshold, and from which probability on it is answered.
struct Silent {
    decision: Decision,
    /// `None` when no threshold matters.
    answerable: Option<(f32, EntryId)>,
}

/// `silenced` answers nothing but its very phrases.
pub(super) fn curve(
    wordings: &[Wording],
    engine: Option<&Engine>,
    silenced: &Pack,
    scratch: &mut Scratch,
) -> Curve {
    let calibrations = engine.and_then(|engine| engine.calibrations().ok());
    let asked: Vec<(&Wording, Silent)> = wordings
        .iter()
        .map(|wording| (wording, silent(wording, engine, silenced, scratch)))
        .collect();
    let points = (90..=99).filter_map(|percent| {
        let precision = Precision::try_from(percent).ok()?;
        let answer_min = calibrations
            .as_ref()
            .map_or(NEVER, |calibrations| calibrations.answer_min(percent, true));
        Some(point(precision, answer_min, &asked))
    });
    let known = wordings.iter().filter(|wording| is_known(wording));
    Curve {
        questions: wordings.iter().map(Wording::count).sum(),
        known: known.map(Wording::count).sum(),
        points: points.collect(),
    }
}

fn is_known(wording: &Wording) -> bool {
    wording.right().is_some() || wording.wrong().next().is_some()
}

fn silent(
    wording: &Wording,
    engine: Option<&Engine>,
    silenced: &Pack,
    scratch: &mut Scratch,
) -> Silent {
    let found = explain(&wording.text, wording.locale, engine, Some(silenced), scratch);
    let vetoed = match &found.asked.decision {
        Decision::Answer { .. } | Decision::HandOff { .. } => true,
        Decision::Abstain { reason, .. } => reason.is_veto(),
        Decision::AskBack { .. } => false,
    };
    let best = found.ranked.into_iter().next().map(|ranked| ranked.entry);
    let answerable = found.probability.zip(best).filter(|_| !vetoed);
    Silent { decision: found.asked.decision, answerable }
}

fn point(precision: Precision, answer_min: f32, asked: &[(&Wording, Silent)]) -> CurvePoint {
    let mut point = CurvePoint {
        precision,
        answered: 0,
        asked_back: 0,
        left: 0,
        known_answered: 0,
        known_right: 0,
    };
    for (wording, silent) in asked {
        let by_threshold = silent.answerable.as_ref().filter(|(p, _)| *p >= answer_min);
        let entry = match (&silent.decision, by_threshold) {
            (Decision::Answer { entry, .. }, _) => Some(entry),
            (_, Some((_, entry))) => Some(entry),
            (Decision::AskBack { .. }, None) => {
                point.asked_back += wording.count();
                None
            }
            (Decision::HandOff { .. } | Decision::Abstain { .. }, None) => {
                point.left += wording.count();
                None
            }
        };
        let Some(entry) = entry else { continue };
        point.answered += wording.count();
        if is_known(wording) {
            point.known_answered += wording.count();
            let right = match wording.right() {
                Some(right) => right == entry,
                None => !wording.wrong().any(|wrong| wrong == entry),
            };
            point.known_right += if right { wording.count() } else { 0 };
        }
    }
    point
}
