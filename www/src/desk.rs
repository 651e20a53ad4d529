//! What every panel is handed: the store, the language, and the verbs an agent has. It makes the
//! frames; `socket` sends them.

use protocol::agent::AgentFrame;
use protocol::ids::{ConversationId, MessageId};
use protocol::locale::Locale;
use yew::{UseReducerHandle, hook, use_context};

use crate::browser::{self, Keep};
use crate::locales::{Strings, strings};
use crate::panels::Panel;
use crate::socket::Socket;
use crate::store::{Action, Store};

/// Where drafts are kept, one key a conversation, so that a reload costs no word.
const DRAFT_KEY_PREFIX: &str = "frontdesk.draft.";

#[derive(Clone, PartialEq)]
pub(crate) struct Desk {
    pub(crate) store: UseReducerHandle<Store>,
    pub(crate) socket: Socket,
    pub(crate) locale: Locale,
    pub(crate) panel: Panel,
    /// Ticks a few times a minute, for waiting times.
    pub(crate) now_ms: u64,
}

/// The desk of the surrounding app.
#[hook]
pub(crate) fn use_desk() -> Desk {
    use_context::<Desk>().expect("panels are drawn inside the app")
}

impl Desk {
    pub(crate) fn strings(&self) -> &'static Strings {
        strings(self.locale)
    }

    pub(crate) fn dispatch(&self, action: Action) {
        self.store.dispatch(action);
    }

    pub(crate) fn reply(&self, conversation: ConversationId, text: String) {
        let seen = Some(self.store.transcript(conversation).last_seq());
        self.queue(AgentFrame::Reply { message_id: new_id(), conversation, text, seen });
    }

    pub(crate) fn take_over(&self, conversation: ConversationId) {
        self.queue(AgentFrame::TakeOver { message_id: new_id(), conversation });
    }

    pub(crate) fn give_back(&self, conversation: ConversationId) {
        self.queue(AgentFrame::GiveBack { message_id: new_id(), conversation });
    }

    pub(crate) fn resolve(&self, conversation: ConversationId) {
        self.queue(AgentFrame::Resolve { message_id: new_id(), conversation });
    }

    pub(crate) fn reopen(&self, conversation: ConversationId) {
        self.queue(AgentFrame::Reopen { message_id: new_id(), conversation });
    }

    pub(crate) fn typing(&self, conversation: ConversationId) {
        self.socket.send_lossy(&AgentFrame::Typing { conversation });
    }

    fn queue(&self, frame: AgentFrame) {
        self.dispatch(Action::Queued(frame));
    }
}

fn new_id() -> MessageId {
    MessageId::from_parts(browser::now_ms(), browser::random_bytes())
}

pub(crate) fn draft(conversation: ConversationId) -> String {
    browser::kept(Keep::Tab, &draft_key(conversation)).unwrap_or_default()
}

pub(crate) fn keep_draft(conversation: ConversationId, text: &str) {
    if text.is_empty() {
        browser::forget(Keep::Tab, &draft_key(conversation));
    } else {
        browser::keep(Keep::Tab, &draft_key(conversation), &text);
    }
}

fn draft_key(conversation: ConversationId) -> String {
    format!("{DRAFT_KEY_PREFIX}{conversation}")
}
