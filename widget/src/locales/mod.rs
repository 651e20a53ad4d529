//! The widget's words. A locale without one of them does not compile.

mod en;
mod zh;

use protocol::locale::Locale;
use protocol::refusal::RefusalCode;

pub(crate) struct Strings {
    pub chat: &'static str,
    pub composer: &'static str,
    pub send: &'static str,
    pub attach: &'static str,
    pub emoji: &'static str,
    pub mail: &'static str,
    pub close: &'static str,
    pub talk_to_person: &'static str,
    pub person_asked: &'static str,
    pub with_agent: fn(&str) -> String,
    pub status_connecting: &'static str,
    pub status_online: &'static str,
    pub status_instant: &'static str,
    pub status_reconnecting: &'static str,
    pub status_person_coming: &'static str,
    pub queue_position: fn(&str) -> String,
    pub welcome: &'static str,
    pub welcome_text: &'static str,
    pub private_hint: &'static str,
    pub you: &'static str,
    pub bot: &'static str,
    pub instant_answer: &'static str,
    pub on_device: &'static str,
    pub wrong_answer: &'static str,
    pub flagged: &'static str,
    pub choices: &'static str,
    pub none_of_these: &'static str,
    pub waiting: &'static str,
    pub waiting_offline: &'static str,
    pub sent: &'static str,
    pub delivered: &'static str,
    pub read: &'static str,
    pub unsent: &'static str,
    pub retry: &'static str,
    pub outbox_full: &'static str,
    pub text_too_long: &'static str,
    pub storage_blocked: &'static str,
    pub slowed_down: &'static str,
    pub load_instant: &'static str,
    pub loading_instant: &'static str,
    pub asking_person: &'static str,
    pub handed_off: &'static str,
    pub handed_off_not_answered: &'static str,
    pub agent_joined: fn(&str) -> String,
    pub given_back: &'static str,
    pub answer_flagged: &'static str,
    pub resolved: &'static str,
    pub reopened: &'static str,
    pub typing: fn(&str) -> String,
    pub thinking: &'static str,
    pub agent: &'static str,
    pub today: &'static str,
    pub yesterday: &'static str,
    /// Why something was refused, and what to do next.
    pub refusal: fn(RefusalCode) -> &'static str,
}

pub(crate) fn strings(locale: Locale) -> &'static Strings {
    match locale {
        Locale::En => &en::STRINGS,
        Locale::Zh => &zh::STRINGS,
    }
}
