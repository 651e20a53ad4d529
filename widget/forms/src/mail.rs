//! The transcript by mail: one address, and what became of it.

use protocol::forms::{FormPosted, is_email};
use protocol::refusal::RefusalCode;
use web_sys::Event;

use crate::dom::{append, button, element, focus, on, set, text, toggle, value};
use crate::sheet::{self, Exit};
use crate::{http, locale, new_id, words};

const NAME: &str = "mail-form";

pub(crate) fn show() {
    let words = words();
    let sheet = sheet::open(NAME, words.mail, Exit::Button);
    let form = element("form", "fields", "");
    set(&form, "novalidate", "");
    let label = text("label", "", words.email);
    let field = element("input", "", "mail-email");
    set(&field, "type", "email");
    set(&field, "autocomplete", "email");
    append(&label, &[&field]);
    let send = button("primary", "mail-send", words.send);
    set(&send, "type", "submit");
    append(&form, &[&label, &send]);
    append(&sheet, &[&form]);
    let known = field.clone();
    http::settings(move |settings| {
        let email = settings.and_then(|settings| settings.contact.email);
        if let Some(email) = email.filter(|_| value(&known).is_empty()) {
            set(&known, "value", &email);
        }
    });
    focus(&field);
    let message_id = new_id();
    on(&form, "submit", move |event: Event| {
        event.prevent_default();
        let email = value(&field);
        if !is_email(&email) {
            set(&field, "aria-invalid", "true");
            sheet::alert(&sheet, crate::words().email_wrong);
            return focus(&field);
        }
        toggle(&send, "disabled", true);
        sheet::alert(&sheet, crate::words().sending);
        let locale = locale();
        http::post(&FormPosted::MailTranscript { message_id, email, locale }, settled);
    });
}

/// The server has queued it, or says why not.
fn settled(outcome: Result<(), http::Failure>) {
    if !sheet::is_open(NAME) {
        return;
    }
    let words = words();
    match outcome {
        Ok(()) => sheet::done("mailed", words.mailed),
        Err(Some(RefusalCode::TooFast)) => sheet::done("mail-refused", words.mail_too_often),
        Err(Some(RefusalCode::InvalidEmail)) => sheet::done("mail-refused", words.email_wrong),
        Err(_) => sheet::done("mail-refused", words.mail_failed),
    }
}
