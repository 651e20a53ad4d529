//! What stands beside the transcript on show: notes, colleagues, the visitor's draft, suggestions,
//! what was said before. All of it belongs to one conversation and goes with it.

use std::rc::Rc;

use protocol::conversation::{Assignee, ConversationSummary};
use protocol::ids::ConversationId;
use protocol::team::{Aside, Suggestion};

#[derive(Debug, Clone, Default)]
pub(crate) struct Beside {
    pub(crate) conversation: Option<ConversationId>,
    pub(crate) asides: Rc<Vec<Aside>>,
    /// Colleagues who have it on their screens.
    pub(crate) viewers: Vec<Assignee>,
    /// Who of them was writing last, and which sign that was.
    pub(crate) colleague: Option<Assignee>,
    pub(crate) colleague_round: u32,
    /// What the visitor has written and not sent.
    pub(crate) draft: Option<String>,
    pub(crate) suggestions: Rc<Vec<Suggestion>>,
    pub(crate) earlier: Rc<Vec<ConversationSummary>>,
}

impl Beside {
    pub(crate) fn of(conversation: Option<ConversationId>) -> Self {
        Self { conversation, ..Self::default() }
    }

    pub(crate) fn is_of(&self, conversation: ConversationId) -> bool {
        self.conversation == Some(conversation)
    }

    /// Takes in what is new; the same again changes nothing.
    pub(crate) fn take_asides(&mut self, asides: Vec<Aside>) {
        let known = Rc::make_mut(&mut self.asides);
        for aside in asides {
            if !known.iter().any(|at| at.id == aside.id) {
                known.push(aside);
            }
        }
    }
}
