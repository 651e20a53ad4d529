//! From a question to a decision.

use protocol::locale::Locale;
use protocol::understanding::{AbstainReason, Decision, Tier, Understanding};

use crate::engine::Engine;
use crate::pack::Pack;
use crate::scratch::Scratch;

/// What a question was understood as, and what to do about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    pub understanding: Understanding,
    pub decision: Decision,
}

/// Understands `question` and decides. `locale` is the visitor's; the text itself may say otherwise.
pub fn ask(
    _question: &str,
    locale: Locale,
    _engine: Option<&Engine>,
    _pack: Option<&Pack>,
    _scratch: &mut Scratch,
) -> Asked {
    Asked {
        understanding: Understanding {
            locale,
            tier: Tier::Lexical,
            intent: None,
            entities: vec![],
        },
        decision: Decision::Abstain { reason: AbstainReason::NoPack, candidates: vec![] },
    }
}
