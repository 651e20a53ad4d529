//! Past questions, asked of what is published and of the draft. Pure but for the model.

use std::cmp::Ordering;

use nlu::{Engine, Pack, Scratch};
use protocol::ids::EntryId;
use protocol::rehearsal::{Judgement, Regression, RegressionLine};
use protocol::understanding::Decision;

use super::{Wording, decide};

/// Lines that are shown.
const LINES_MAX: usize = 200;

pub(super) fn compare(
    wordings: &[Wording],
    engine: Option<&Engine>,
    published: Option<&Pack>,
    draft: &Pack,
    scratch: &mut Scratch,
) -> Regression {
    let mut lines: Vec<RegressionLine> = Vec::new();
    for wording in wordings {
        let before = decide(wording, engine, published, scratch);
        let after = decide(wording, engine, Some(draft), scratch);
        if let Some(judgement) = judge(&before, &after, wording) {
            lines.push(RegressionLine {
                text: wording.text.clone(),
                locale: wording.locale,
                asked: wording.count(),
                before,
                after,
                judgement,
                right: wording.right().cloned(),
            });
        }
    }
    let sum = |judgement: Judgement| {
        lines.iter().filter(|line| line.judgement == judgement).map(|line| line.asked).sum()
    };
    let (better, worse, changed) =
        (sum(Judgement::Better), sum(Judgement::Worse), sum(Judgement::Changed));
    lines.sort_by_key(|line| (line.judgement, std::cmp::Reverse(line.asked)));
    lines.truncate(LINES_MAX);
    Regression {
        questions: wordings.iter().map(Wording::count).sum(),
        better,
        worse,
        changed,
        lines,
    }
}

/// `None` when a visitor would notice no difference.
fn judge(before: &Decision, after: &Decision, wording: &Wording) -> Option<Judgement> {
    if alike(before, after) {
        return None;
    }
    let (old, new) = (worth(before, wording), worth(after, wording));
    Some(match new.cmp(&old) {
        Ordering::Greater => Judgement::Better,
        Ordering::Less => Judgement::Worse,
        Ordering::Equal => Judgement::Changed,
    })
}

fn alike(before: &Decision, after: &Decision) -> bool {
    match (before, after) {
        (Decision::Answer { entry: old, .. }, Decision::Answer { entry: new, .. }) => old == new,
        (Decision::AskBack { choices: old }, Decision::AskBack { choices: new }) => {
            old.iter().map(|choice| &choice.entry).eq(new.iter().map(|choice| &choice.entry))
        }
        // Either way a person is asked.
        (
            Decision::HandOff { .. } | Decision::Abstain { .. },
            Decision::HandOff { .. } | Decision::Abstain { .. },
        ) => true,
        (
            Decision::Answer { .. }
            | Decision::AskBack { .. }
            | Decision::HandOff { .. }
            | Decision::Abstain { .. },
            _,
        ) => false,
    }
}

/// How good a decision is for a visitor, as far as one can know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Worth {
    WrongAnswer,
    Person,
    Choices,
    /// Nobody said whether it is right.
    SomeAnswer,
    RightAnswer,
}

fn worth(decision: &Decision, wording: &Wording) -> Worth {
    match decision {
        Decision::Answer { entry, .. } => of_answer(entry, wording),
        Decision::AskBack { .. } => Worth::Choices,
        Decision::HandOff { .. } | Decision::Abstain { .. } => Worth::Person,
    }
}

fn of_answer(entry: &EntryId, wording: &Wording) -> Worth {
    match wording.right() {
        Some(right) if right == entry => Worth::RightAnswer,
        Some(_) => Worth::WrongAnswer,
        None if wording.wrong().any(|wrong| wrong == entry) => Worth::WrongAnswer,
        None => Worth::SomeAnswer,
    }
}

#[cfg(test)]
mod tests {
    use protocol::ids::{ConversationId, MessageId};
    use protocol::locale::Locale;
    use protocol::rehearsal::PastOutcome;
    use protocol::understanding::{AbstainReason, Confidence, Tier};
    use uuid::Uuid;

    use super::*;
    use crate::history::PastQuestion;

    fn id(text: &str) -> EntryId {
        EntryId::parse(text).unwrap()
    }

    fn answer(entry: &str) -> Decision {
        Decision::Answer { entry: id(entry), confidence: Confidence(0.9), tier: Tier::Encoder }
    }

    fn silence() -> Decision {
        let candidates = Vec::new();
        Decision::Abstain { reason: AbstainReason::BelowThreshold, candidates }
    }

    fn wording(answered: &str, flagged: bool, right: Option<&str>) -> Wording {
        let outcome = PastOutcome::Answered { entry: id(answered), confidence: Confidence(0.9) };
        let question = PastQuestion {
            message: MessageId(Uuid::from_u128(1)),
            conversation: ConversationId(Uuid::from_u128(2)),
            at_ms: 0,
            locale: Locale::En,
            text: "q".to_owned(),
            outcome,
            flagged,
            settled: false,
            right: right.map(id),
        };
        Wording { text: "q".to_owned(), locale: Locale::En, asked: vec![question] }
    }

    #[test]
    fn what_is_known_to_be_right_decides_and_else_an_answer_beats_silence() {
        let unknown = || wording("a", false, None);
        let flagged = || wording("a", true, None);
        let corrected = || wording("a", true, Some("b"));
        for (wording, before, after, expected) in [
            (unknown(), answer("a"), answer("a"), None),
            (unknown(), silence(), answer("a"), Some(Judgement::Better)),
            (unknown(), answer("a"), silence(), Some(Judgement::Worse)),
            (unknown(), answer("a"), answer("b"), Some(Judgement::Changed)),
            (flagged(), answer("a"), silence(), Some(Judgement::Better)),
            (flagged(), answer("a"), answer("b"), Some(Judgement::Better)),
            (corrected(), answer("b"), answer("c"), Some(Judgement::Worse)),
            (corrected(), silence(), answer("b"), Some(Judgement::Better)),
            (corrected(), silence(), answer("c"), Some(Judgement::Worse)),
        ] {
            assert_eq!(judge(&before, &after, &wording), expected, "{before:?} {after:?}");
        }
    }
}
