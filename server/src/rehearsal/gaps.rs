//! What the FAQ lacks: past questions without a good answer, by meaning. Pure but for the model.

use nlu::{Engine, Pack, Scratch};
use protocol::ids::MessageId;
use protocol::rehearsal::{Gap, Gaps, PastOutcome, SETTLED_MAX, Wording as Worded};
use protocol::understanding::{Candidate, Confidence, Decision, HandOffReason};

use super::grouping::{centre, group};
use super::{Wording, count, decide};
use crate::history::PastQuestion;

/// Cosine from which questions count as one meaning, on average over two groups.
const ALIKE_MIN: f32 = 0.62;

/// Groups that are shown.
const GROUPS_MAX: usize = 100;

/// Wordings of one group that are shown.
const WORDINGS_SHOWN_MAX: usize = 30;

pub(super) fn find(
    wordings: Vec<Wording>,
    engine: Option<&Engine>,
    pack: Option<&Pack>,
    scratch: &mut Scratch,
) -> Gaps {
    let open: Vec<Wording> = wordings
        .into_iter()
        .filter_map(still_open)
        .filter(|wording| is_gap(wording, engine, pack, scratch))
        .collect();
    // Without a model only equal words are one question.
    let vectors: Vec<Vec<f32>> = open
        .iter()
        .map(|wording| match engine {
            Some(engine) => engine.encode(&wording.text, scratch).vector.to_vec(),
            None => Vec::new(),
        })
        .collect();
    let mut groups: Vec<Gap> = group(&vectors, ALIKE_MIN)
        .into_iter()
        .map(|members| {
            let title = &open[centre(&vectors, &members)];
            let members: Vec<&Wording> = members.iter().map(|&at| &open[at]).collect();
            gap(title, members, suggestions(title, engine, pack, scratch))
        })
        .collect();
    groups.sort_by_key(|gap| std::cmp::Reverse((gap.asked, gap.last_at_ms)));
    groups.truncate(GROUPS_MAX);
    Gaps { questions: groups.iter().map(|gap| gap.asked).sum(), groups }
}

/// What of a wording nobody looked at yet and was not answered well.
fn still_open(wording: Wording) -> Option<Wording> {
    let unanswered = |question: &PastQuestion| match &question.outcome {
        PastOutcome::Answered { .. } => question.flagged,
        PastOutcome::AskedBack | PastOutcome::HandedOff { reason: HandOffReason::NotAnswered } => {
            true
        }
        PastOutcome::HandedOff { .. } | PastOutcome::Waiting => false,
    };
    let open = |question: &PastQuestion| !question.settled && unanswered(question);
    let Wording { text, locale, asked } = wording;
    let asked: Vec<PastQuestion> = asked.into_iter().filter(open).collect();
    (!asked.is_empty()).then_some(Wording { text, locale, asked })
}

/// Whether the draft still has no answer for it, or one that was called wrong.
fn is_gap(
    wording: &Wording,
    engine: Option<&Engine>,
    pack: Option<&Pack>,
    scratch: &mut Scratch,
) -> bool {
    match decide(wording, engine, pack, scratch) {
        Decision::Answer { entry, .. } => wording.wrong().any(|wrong| *wrong == entry),
        Decision::AskBack { .. } | Decision::Abstain { .. } => true,
        Decision::HandOff { reason } => reason == HandOffReason::NotAnswered,
    }
}

fn gap(title: &Wording, mut members: Vec<&Wording>, suggestions: Vec<Candidate>) -> Gap {
    members.sort_by_key(|wording| std::cmp::Reverse(wording.asked.len()));
    let questions = || members.iter().flat_map(|wording| &wording.asked);
    let messages: Vec<MessageId> =
        members.iter().flat_map(|wording| wording.messages()).take(SETTLED_MAX).collect();
    Gap {
        title: title.text.clone(),
        locale: title.locale,
        asked: count(questions().count()),
        flagged: count(questions().filter(|question| question.flagged).count()),
        last_at_ms: questions().map(|question| question.at_ms).max().unwrap_or(0),
        wordings: members.iter().take(WORDINGS_SHOWN_MAX).filter_map(|w| worded(w)).collect(),
        suggestions,
        messages,
    }
}

fn worded(wording: &Wording) -> Option<Worded> {
    let newest = wording.asked.first()?;
    Some(Worded {
        text: wording.text.clone(),
        asked: wording.count(),
        flagged: wording.asked.iter().any(|question| question.flagged),
        outcome: newest.outcome.clone(),
        conversation: newest.conversation,
    })
}

fn suggestions(
    title: &Wording,
    engine: Option<&Engine>,
    pack: Option<&Pack>,
    scratch: &mut Scratch,
) -> Vec<Candidate> {
    let Some(pack) = pack else { return Vec::new() };
    let ranking = nlu::rank(&title.text, engine, pack, scratch);
    let best = ranking.ranked.first().map_or(1.0, |ranked| ranked.evidence.fused.max(f32::EPSILON));
    let candidate = |ranked: nlu::explain::Ranked| Candidate {
        confidence: Confidence::from(ranking.probability * (ranked.evidence.fused / best)),
        entry: ranked.entry,
    };
    ranking.ranked.into_iter().map(candidate).collect()
}
