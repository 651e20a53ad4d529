//! The panels and their addresses. A new panel is one file here and one variant of `Panel`; on the
//! rail it is one variant of `Place`.
//!
//! Tests hold on to `data-fd` attributes, which are part of the console's contract:
//!
//! | `data-fd` | what | further attributes |
//! |---|---|---|
//! | `name`, `email`, `password` | fields of sign-in and set-up | |
//! | `sign-in`, `set-up` | the buttons that submit | |
//! | `error` | why sign-in or set-up was refused | |
//! | `banner` | connection, load, refusals | `data-tone` |
//! | `link` | state of the connection | `data-state`: connecting, live, reconnecting, stopped |
//! | `view` | whose conversations | `data-view`: mine, unassigned, all; `data-count` |
//! | `filter-status`, `-sort`, `-label`, `-locale`, `-intent` | selects | |
//! | `filters` | shows the last three of them | |
//! | `inbox` | the list | `data-rows`, `data-loaded` |
//! | `inbox-row` | a conversation | `data-conversation`, `data-status`, `data-unread` |
//! | `transcript` | the open conversation | `data-conversation`, `data-status`, `data-bot` |
//! | `message` | one message | `data-id`, `data-author`, `data-state`, `data-answered-in` |
//! | `text`, `answer`, `file` | the words of a message, or its file | |
//! | `contact` | a line of what the visitor gave about themselves | `data-part` |
//! | `score` | the last rating | `data-score` |
//! | `instant` | on an answer that the visitor's browser gave | |
//! | `message-intent`, `message-entity` | understanding of one message | `data-kind` |
//! | `retry`, `discard` | on a refused message | |
//! | `composer`, `send` | the reply | |
//! | `attach`, `file-input`, `emoji`, `emoji-choice` | beside the reply | |
//! | `upload` | a file on its way | `data-state`: sending, failed |
//! | `take-over`, `give-back`, `resolve`, `reopen`, `back` | buttons of the conversation | |
//! | `typing` | the visitor is typing | |
//! | `visitor-draft` | what the visitor writes | |
//! | `mode-reply`, `mode-note`, `preview-toggle`, `preview` | over the reply | |
//! | `viewers`, `colleague-typing`, `crossing` | who else is here | |
//! | `suggestions`, `suggestion` | answers that may fit | `data-entry` |
//! | `canned-found`, `canned-option` | after `/` in the reply | |
//! | `aside` | a note, or what an agent did | `data-kind` |
//! | `assignee`, `assign-me`, `assign-note`, `snooze`, `snoozed` | in `actions` | |
//! | `label`, `label-add`, `label-remove`, `urgent`, `mark-unread`, `block` | in `actions` | |
//! | `earlier` | a conversation of the same visitor | `data-conversation` |
//! | `canned`, `canned-row`, `canned-new`, `canned-form`, … | canned responses | `data-shortcut` |
//! | `palette`, `palette-search`, `palette-row` | Ctrl-K | |
//! | `availability`, `notify`, `sound` | in the agent's menu | |
//! | `details` | the side panel | |
//! | `wrong-answer` | on an answer: leads to its entry, where `asked` has the question | |
//! | `erase`, `erase-now`, `receipt`, `erased` | of a visitor, in `details` | |
//! | `intent`, `entity` | in the side panel | `data-kind` on `entity` |
//! | `rail`, `place` | the way to a panel | `data-place` |
//! | `agent-menu` | opens the menu with the next four | |
//! | `language`, `sign-out`, `show-keys`, `keys` | settings and the list of keys | |

pub(crate) mod actions;
mod asides;
pub(crate) mod attach;
pub(crate) mod audit;
pub(crate) mod canned;
pub(crate) mod charts;
pub(crate) mod composer;
pub(crate) mod conversation;
mod copy;
pub(crate) mod details;
mod earlier;
pub(crate) mod emoji;
mod erase;
pub(crate) mod faq;
pub(crate) mod files;
pub(crate) mod gaps;
pub(crate) mod guide;
mod hours_form;
pub(crate) mod inbox;
pub(crate) mod join;
pub(crate) mod jump;
pub(crate) mod messages;
pub(crate) mod owner;
pub(crate) mod palette;
pub(crate) mod people;
mod preview;
pub(crate) mod profile;
pub(crate) mod rail;
pub(crate) mod reports;
pub(crate) mod search;
pub(crate) mod second_factor;
pub(crate) mod set_up;
pub(crate) mod settings;
mod settings_agents;
mod settings_groups;
mod settings_identity;
pub(crate) mod sign_in;
mod suggestions;
pub(crate) mod tools;
pub(crate) mod try_it;
pub(crate) mod visitors;
mod whereabouts;
mod wrong;

pub(crate) use faq::FaqPage;
use protocol::ids::ConversationId;
use rail::Place;
use uuid::Uuid;

const SET_UP_PREFIX: &str = "setup=";
const CANNED: &str = "canned";
const INVITE_PREFIX: &str = "invite=";
const CONVERSATION_PREFIX: &str = "conversation=";
const FAQ_PREFIX: &str = "faq/";

/// What the address bar asks for. Whoever is not signed in sees the sign-in panel in place of the
/// inbox or a conversation, and lands there afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Panel {
    SetUp {
        link_token: String,
    },
    Inbox,
    Conversation(ConversationId),
    Faq(FaqPage),
    Settings,
    /// From nothing to a chat that answers.
    Guide,
    Canned,
    Join {
        token: String,
    },
    Search,
    Visitors,
    Reports,
    People,
    Audit,
    Profile,
}

impl Panel {
    /// Panels whose address is their name.
    const PLAIN: [Self; 6] =
        [Self::Search, Self::Visitors, Self::Reports, Self::People, Self::Audit, Self::Profile];

    /// Reads a fragment; what is not an address of ours is the inbox.
    pub(crate) fn from_hash(hash: &str) -> Self {
        if let Some(token) = hash.strip_prefix(SET_UP_PREFIX) {
            return Self::SetUp { link_token: token.to_owned() };
        }
        if let Some(page) = hash.strip_prefix(FAQ_PREFIX) {
            return Self::Faq(FaqPage::from_address(page));
        }
        match hash {
            CANNED => return Self::Canned,
            "faq" => return Self::Faq(FaqPage::Entries),
            "settings" => return Self::Settings,
            "guide" => return Self::Guide,
            _ => {}
        }
        if let Some(token) = hash.strip_prefix(INVITE_PREFIX) {
            return Self::Join { token: token.to_owned() };
        }
        if let Some(plain) = Self::PLAIN.into_iter().find(|panel| panel.hash() == hash) {
            return plain;
        }
        // A message may be named behind the conversation: `jump` reads it.
        let (hash, _) = hash.split_once('&').unwrap_or((hash, ""));
        hash.strip_prefix(CONVERSATION_PREFIX)
            .and_then(|id| Uuid::parse_str(id).ok())
            .map_or(Self::Inbox, |id| Self::Conversation(ConversationId(id)))
    }

    pub(crate) fn hash(&self) -> String {
        match self {
            Self::SetUp { link_token } => format!("{SET_UP_PREFIX}{link_token}"),
            Self::Join { token } => format!("{INVITE_PREFIX}{token}"),
            Self::Inbox
            | Self::Search
            | Self::Visitors
            | Self::Reports
            | Self::People
            | Self::Audit
            | Self::Profile => self.token().to_owned(),
            Self::Conversation(id) => format!("{CONVERSATION_PREFIX}{id}"),
            Self::Faq(page) => format!("{FAQ_PREFIX}{}", page.address()),
            Self::Settings => "settings".to_owned(),
            Self::Guide => "guide".to_owned(),
            Self::Canned => CANNED.to_owned(),
        }
    }

    /// Where on the rail it is; `None` for what is not reached from there.
    pub(crate) fn place(&self) -> Option<Place> {
        match self {
            Self::SetUp { .. } | Self::Join { .. } | Self::Profile => None,
            Self::Search => Some(Place::Search),
            Self::Visitors => Some(Place::Visitors),
            Self::Reports => Some(Place::Reports),
            Self::People => Some(Place::People),
            Self::Audit => Some(Place::Audit),
            Self::Inbox | Self::Conversation(_) => Some(Place::Inbox),
            Self::Faq(_) => Some(Place::Faq),
            Self::Settings | Self::Guide => Some(Place::Settings),
            Self::Canned => Some(Place::Canned),
        }
    }

    /// The value of `data-panel` on the app, for styles.
    pub(crate) fn token(&self) -> &'static str {
        match self {
            Self::SetUp { .. } => "setup",
            Self::Join { .. } => "join",
            Self::Search => "search",
            Self::Visitors => "visitors",
            Self::Reports => "reports",
            Self::People => "people",
            Self::Audit => "audit",
            Self::Profile => "profile",
            Self::Inbox => "inbox",
            Self::Conversation(_) => "conversation",
            Self::Faq(_) => "faq",
            Self::Settings => "settings",
            Self::Guide => "guide",
            Self::Canned => "canned",
        }
    }

    pub(crate) fn conversation(&self) -> Option<ConversationId> {
        match self {
            Self::Conversation(id) => Some(*id),
            Self::SetUp { .. }
            | Self::Inbox
            | Self::Canned
            | Self::Join { .. }
            | Self::Search
            | Self::Visitors
            | Self::Reports
            | Self::People
            | Self::Audit
            | Self::Profile
            | Self::Faq(_)
            | Self::Settings
            | Self::Guide => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_panel_comes_back_from_its_own_address() {
        let panels = [
            Panel::SetUp { link_token: "a-B_9=".to_owned() },
            Panel::Join { token: "a-B_9".to_owned() },
            Panel::Inbox,
            Panel::Canned,
            Panel::Search,
            Panel::Profile,
            Panel::Conversation(ConversationId::from_parts(5, [1; 10])),
            Panel::Faq(FaqPage::Entries),
            Panel::Faq(FaqPage::Entry(protocol::ids::EntryId::parse("如何退货").unwrap())),
            Panel::Faq(FaqPage::Publish),
            Panel::Settings,
            Panel::Guide,
        ];
        for panel in panels {
            assert_eq!(Panel::from_hash(&panel.hash()), panel);
        }
    }

    #[test]
    fn an_address_that_is_not_ours_is_the_inbox() {
        for hash in ["", "inbox", "conversation=", "conversation=not-an-id", "elsewhere"] {
            assert_eq!(Panel::from_hash(hash), Panel::Inbox);
        }
    }
}
