//! What every panel is handed: the store, the language, and the verbs an agent has. It makes the
//! frames; `socket` sends them.

use protocol::agent::AgentFrame;
use protocol::conversation::ConversationSummary;
use protocol::ids::{AgentId, ConversationId, LabelName, MessageId};
use protocol::inbox::Priority;
use protocol::locale::Locale;
use protocol::team::Availability;
use web_sys::HtmlElement;
use yew::{UseReducerHandle, hook, use_context};

use crate::browser::{self, Keep};
use crate::locales::{Strings, strings};
use crate::panels::Panel;
use crate::socket::Socket;
use crate::store::{Action, Store};

const AVAILABILITY_KEY: &str = "frontdesk.availability";

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

    pub(crate) fn note(&self, conversation: ConversationId, text: String) {
        self.queue(AgentFrame::Note { message_id: new_id(), conversation, text });
    }

    /// Gives it to somebody or to nobody; nothing happens when they have it already.
    pub(crate) fn assign(
        &self,
        row: &ConversationSummary,
        to: Option<AgentId>,
        note: Option<String>,
    ) {
        let from = row.assignee.as_ref().map(|assignee| assignee.id);
        if from != to {
            let (message_id, conversation) = (new_id(), row.id);
            self.queue(AgentFrame::Assign { message_id, conversation, from, to, note });
        }
    }

    pub(crate) fn snooze(&self, conversation: ConversationId, until_ms: Option<u64>) {
        self.queue(AgentFrame::Snooze { message_id: new_id(), conversation, until_ms });
    }

    pub(crate) fn label(
        &self,
        conversation: ConversationId,
        add: Vec<LabelName>,
        remove: Vec<LabelName>,
    ) {
        self.queue(AgentFrame::Label { message_id: new_id(), conversation, add, remove });
    }

    pub(crate) fn toggle_urgent(&self, row: &ConversationSummary) {
        let priority = match row.marks.priority {
            Priority::Normal => Priority::Urgent,
            Priority::Urgent => Priority::Normal,
        };
        let (message_id, conversation) = (new_id(), row.id);
        self.queue(AgentFrame::Prioritize { message_id, conversation, priority });
    }

    pub(crate) fn block(&self, conversation: ConversationId) {
        self.queue(AgentFrame::Block { message_id: new_id(), conversation });
    }

    pub(crate) fn unblock(&self, conversation: ConversationId) {
        self.queue(AgentFrame::Unblock { message_id: new_id(), conversation });
    }

    /// Leaves the conversation as something to come back to.
    pub(crate) fn mark_unread(&self, conversation: ConversationId) {
        self.dispatch(Action::MarkedUnread(conversation));
        browser::go_to(&Panel::Inbox.hash());
    }

    pub(crate) fn set_availability(&self, availability: Availability) {
        keep_availability(availability);
        self.socket.send_lossy(&AgentFrame::SetAvailability { availability });
    }

    pub(crate) fn typing(&self, conversation: ConversationId) {
        self.socket.send_lossy(&AgentFrame::Typing { conversation });
    }

    fn queue(&self, frame: AgentFrame) {
        self.dispatch(Action::Queued(frame));
    }
}

pub(crate) fn new_id() -> MessageId {
    MessageId::from_parts(browser::now_ms(), browser::random_bytes())
}

/// Whether this browser's agent wanted to be given conversations.
pub(crate) fn availability() -> Availability {
    browser::kept(Keep::Browser, AVAILABILITY_KEY).unwrap_or_default()
}

fn keep_availability(availability: Availability) {
    browser::keep(Keep::Browser, AVAILABILITY_KEY, &availability);
}

/// The field the agent writes in.
pub(crate) fn focus_composer() {
    let field = browser::document().query_selector("[data-fd=composer]").ok().flatten();
    if let Some(field) =
        field.and_then(|field| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(field).ok())
    {
        drop(field.focus());
    }
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
