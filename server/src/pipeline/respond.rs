//! From a decision to the bot's reply. Pure.

use nlu::Pack;
use protocol::locale::Locale;
use protocol::understanding::{Decision, HandOffReason, Understanding};

use crate::conversation::{Answer, BotReply};

/// What the shard is asked to record and post.
#[derive(Debug, Clone)]
pub(super) struct Response {
    pub(super) understanding: Option<Understanding>,
    pub(super) reply: BotReply,
}

/// Whatever the bot cannot stand behind goes to a human.
pub(super) fn reply(decision: Decision, pack: Option<&Pack>, locale: Locale) -> BotReply {
    let not_answered = BotReply::HandOff(HandOffReason::NotAnswered);
    match decision {
        Decision::Answer { entry, confidence, tier: _ } => {
            let words = pack.and_then(|pack| Some((pack, pack.answer(&entry, locale)?)));
            words.map_or(not_answered, |(pack, words)| {
                let pack_version = pack.version().clone();
                BotReply::Answer(Answer { entry, pack_version, confidence, html: words.html })
            })
        }
        Decision::AskBack { choices } => BotReply::Choices(choices),
        Decision::HandOff { reason } => BotReply::HandOff(reason),
        Decision::Abstain { .. } => not_answered,
    }
}

#[cfg(test)]
mod tests {
    use protocol::ids::EntryId;
    use protocol::understanding::{AbstainReason, Choice, Confidence, Tier};

    use super::*;

    #[test]
    fn every_decision_leads_to_words_or_to_a_human() {
        let entry = EntryId::parse("returns").unwrap();
        let choices = vec![Choice { entry: entry.clone(), question: "Return?".to_owned() }];
        let not_answered = BotReply::HandOff(HandOffReason::NotAnswered);
        for (decision, expected) in [
            (
                Decision::Answer { entry, confidence: Confidence(0.9), tier: Tier::Exact },
                not_answered.clone(),
            ),
            (Decision::AskBack { choices: choices.clone() }, BotReply::Choices(choices)),
            (
                Decision::HandOff { reason: HandOffReason::Complaint },
                BotReply::HandOff(HandOffReason::Complaint),
            ),
            (
                Decision::Abstain { reason: AbstainReason::TooClose, candidates: Vec::new() },
                not_answered,
            ),
        ] {
            assert_eq!(reply(decision, None, Locale::En), expected);
        }
    }
}
