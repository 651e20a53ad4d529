//! The words of the forms. A locale without one of them does not compile.

mod en;
mod zh;

use protocol::locale::Locale;

pub(crate) struct Strings {
    pub close: &'static str,
    pub send: &'static str,
    pub sending: &'static str,
    pub not_sent: &'static str,
    pub retry: &'static str,
    pub cancel: &'static str,
    pub optional: &'static str,
    pub required: &'static str,
    pub too_long: &'static str,
    pub name: &'static str,
    pub email: &'static str,
    pub phone: &'static str,
    pub email_wrong: &'static str,
    pub pre_chat: &'static str,
    pub go_on: &'static str,
    pub offline: &'static str,
    pub leave: &'static str,
    pub noted: &'static str,
    pub back_at: fn(&str) -> String,
    pub back_later: &'static str,
    pub rating: &'static str,
    /// From the worst to the best.
    pub scores: [&'static str; 5],
    pub rating_comment: &'static str,
    pub rating_optional: &'static str,
    pub rated: &'static str,
    pub menu: &'static str,
    pub sound: &'static str,
    pub notify: &'static str,
    pub notify_forbidden: &'static str,
    pub look: &'static str,
    /// As the system has it, light, dark.
    pub looks: [&'static str; 3],
    pub mail: &'static str,
    pub mailed: &'static str,
    pub mail_too_often: &'static str,
    pub mail_failed: &'static str,
    pub consent: &'static str,
    pub privacy: &'static str,
    pub agree: &'static str,
    pub decline: &'static str,
    pub declined: &'static str,
    pub emoji: &'static str,
    pub emoji_groups: [&'static str; 4],
    pub attach: &'static str,
    pub uploads: &'static str,
    pub uploading: &'static str,
    pub file_kind: &'static str,
    pub file_too_large: &'static str,
    pub image_too_large: &'static str,
    pub file_quota: &'static str,
    pub upload_failed: &'static str,
}

pub(crate) fn strings(locale: Locale) -> &'static Strings {
    match locale {
        Locale::En => &en::STRINGS,
        Locale::Zh => &zh::STRINGS,
    }
}
