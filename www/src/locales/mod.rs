//! The console's words. Every string is a field, so a language that lacks one does not compile.

pub(crate) mod desk;
mod en;
pub(crate) mod office;
pub(crate) mod owner;
pub(crate) mod whereabouts;
mod zh;

use protocol::conversation::{Notice, Status};
use protocol::http::Role;
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;
use protocol::understanding::EntityKind;

use crate::text::Span;

pub(crate) struct Strings {
    /// Of search, reports, people and what belongs to them.
    pub(crate) office: &'static office::Office,
    /// The language's own name.
    pub(crate) language: &'static str,
    pub(crate) switch_language: &'static str,

    pub(crate) starting: &'static str,
    pub(crate) sign_in_title: &'static str,
    pub(crate) sign_in: &'static str,
    pub(crate) signing_in: &'static str,
    pub(crate) sign_out: &'static str,
    pub(crate) email: &'static str,
    pub(crate) password: &'static str,
    pub(crate) name: &'static str,
    pub(crate) set_up_title: &'static str,
    pub(crate) set_up_lead: &'static str,
    pub(crate) set_up: &'static str,
    pub(crate) setting_up: &'static str,
    pub(crate) name_hint: &'static str,
    pub(crate) password_hint: &'static str,
    pub(crate) unreachable: &'static str,
    pub(crate) unreadable: &'static str,

    pub(crate) places: &'static str,
    pub(crate) canned_place: &'static str,
    pub(crate) agent_menu: &'static str,
    pub(crate) faq: &'static str,
    pub(crate) settings: &'static str,
    pub(crate) inbox: &'static str,
    pub(crate) filters: &'static str,
    pub(crate) empty_open: &'static str,
    pub(crate) empty_open_hint: &'static str,
    pub(crate) empty_bot: &'static str,
    pub(crate) empty_bot_hint: &'static str,
    pub(crate) empty_resolved: &'static str,
    pub(crate) show_more: &'static str,
    pub(crate) unread: &'static str,
    pub(crate) loading: &'static str,
    pub(crate) newly_waiting: &'static str,
    pub(crate) no_words: &'static str,

    pub(crate) choose: &'static str,
    pub(crate) choose_hint: &'static str,
    pub(crate) back: &'static str,
    pub(crate) close: &'static str,
    pub(crate) take_over: &'static str,
    pub(crate) give_back: &'static str,
    pub(crate) resolve: &'static str,
    pub(crate) reopen: &'static str,
    pub(crate) details: &'static str,
    pub(crate) transcript: &'static str,
    pub(crate) reply_label: &'static str,
    pub(crate) reply_takes_over: &'static str,
    pub(crate) reply_too_long: &'static str,
    pub(crate) outbox_full: &'static str,
    pub(crate) send: &'static str,
    pub(crate) resolved_bar: &'static str,
    pub(crate) visitor_typing: &'static str,
    pub(crate) sending: &'static str,
    pub(crate) sent: &'static str,
    pub(crate) delivered: &'static str,
    pub(crate) read: &'static str,
    pub(crate) not_sent: &'static str,
    pub(crate) try_again: &'static str,
    pub(crate) discard: &'static str,
    pub(crate) today: &'static str,
    pub(crate) yesterday: &'static str,
    pub(crate) bot: &'static str,
    pub(crate) answered_in_browser: &'static str,
    pub(crate) answered_on_server: &'static str,
    pub(crate) asked_back: &'static str,
    pub(crate) entry: &'static str,
    pub(crate) file: &'static str,
    pub(crate) attach: &'static str,
    pub(crate) uploads: &'static str,
    pub(crate) upload_failed: &'static str,
    pub(crate) emoji: &'static str,
    pub(crate) contact: &'static str,
    pub(crate) no_contact: &'static str,
    pub(crate) phone: &'static str,
    pub(crate) answered: &'static str,
    pub(crate) score: &'static str,

    pub(crate) intent: &'static str,
    pub(crate) no_intent: &'static str,
    pub(crate) entities: &'static str,
    pub(crate) no_entities: &'static str,
    pub(crate) locale: &'static str,
    pub(crate) status: &'static str,
    pub(crate) waiting_since: &'static str,
    pub(crate) nobody_waits: &'static str,
    pub(crate) assignee: &'static str,
    pub(crate) nobody: &'static str,
    pub(crate) bot_mode: &'static str,
    pub(crate) bot_answering: &'static str,
    pub(crate) bot_silent: &'static str,
    pub(crate) site: &'static str,
    pub(crate) confidence: &'static str,

    pub(crate) live: &'static str,
    pub(crate) connecting: &'static str,
    pub(crate) reconnecting: &'static str,
    pub(crate) stopped: &'static str,
    pub(crate) shedding: &'static str,

    pub(crate) keys: &'static str,

    pub(crate) visitor: fn(&str) -> String,
    pub(crate) waiting: fn(Span) -> String,
    pub(crate) ago: fn(Span) -> String,
    pub(crate) unsent: fn(usize) -> String,
    pub(crate) waiting_count: fn(usize) -> String,
    pub(crate) locale_name: fn(Locale) -> &'static str,
    pub(crate) status_name: fn(Status) -> &'static str,
    pub(crate) role_name: fn(Role) -> &'static str,
    pub(crate) entity_name: fn(EntityKind) -> &'static str,
    /// Words for an intent of the shipped model; `None` shows the intent's own name.
    pub(crate) intent_name: fn(&str) -> Option<&'static str>,
    pub(crate) notice: fn(&Notice) -> String,
    pub(crate) refusal: fn(RefusalCode) -> &'static str,
}

pub(crate) fn strings(locale: Locale) -> &'static Strings {
    match locale {
        Locale::En => &en::STRINGS,
        Locale::Zh => &zh::STRINGS,
    }
}
