//! What is asked before a person comes, and outside the hours: who is back when, and where to
//! answer. A form that cannot be had keeps nobody from a person.

use protocol::forms::{
    Ask, COMMENT_BYTES_MAX, CONTACT_BYTES_MAX, Contact, FormPosted, VisitorForms, is_email,
};
use protocol::refusal::RefusalCode;
use protocol::screens::FromForms;
use wasm_bindgen::JsValue;
use web_sys::{Element, Event};

use crate::dom::{append, button, element, focus, on, set, text, toggle, value};
use crate::locales::Strings;
use crate::sheet::{self, Exit};
use crate::{http, locale, new_id, tell, words};

/// What led here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// The visitor wants a person, who is asked for afterwards.
    Asked,
    /// The bot has asked for one already.
    HandedOff,
}

impl Why {
    fn go_on(self) {
        if self == Self::Asked {
            tell(FromForms::HumanWanted);
        }
    }
}

pub(crate) fn show(why: Why) {
    http::settings(move |settings| match settings {
        Some(settings) => ask(why, &settings),
        None => why.go_on(),
    });
}

/// One line of the form.
struct Field {
    part: Part,
    input: Element,
    required: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Name,
    Email,
    Phone,
    Answer,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Self::Name => "form-name",
            Self::Email => "form-email",
            Self::Phone => "form-phone",
            Self::Answer => "form-answer",
        }
    }
}

fn ask(why: Why, settings: &VisitorForms) {
    let words = words();
    let closed = !settings.availability.open;
    let known = &settings.contact;
    let wanted = wanted(settings);
    // Nothing is asked twice.
    let lacks = known.is_empty() || closed && known.email.is_none();
    if wanted.is_empty() || !lacks {
        if closed {
            away(settings, words);
        }
        return why.go_on();
    }
    let (name, title) =
        if closed { ("offline-form", words.offline) } else { ("pre-chat", words.pre_chat) };
    let sheet = sheet::open(name, title, Exit::Button);
    if closed {
        append(&sheet, &[&text("p", "quiet", &back_at(settings, words))]);
    }
    let form = element("form", "fields", "");
    // The page words what is missing, in its own language.
    set(&form, "novalidate", "");
    let mut fields = Vec::new();
    for (part, required) in wanted {
        fields.push(field(&form, part, required, settings, words));
    }
    let send = button("primary", "form-send", if closed { words.leave } else { words.go_on });
    set(&send, "type", "submit");
    append(&form, &[&send]);
    append(&sheet, &[&form]);
    if why == Why::Asked
        && let Some(first) = fields.first()
    {
        focus(&first.input);
    }
    on(&form, "submit", move |event: Event| {
        event.prevent_default();
        match read(&fields) {
            Ok(contact) => send_off(why, contact, closed, &sheet, &send),
            Err((at, complaint)) => {
                for field in &fields {
                    set(&field.input, "aria-invalid", "false");
                }
                if let Some(field) = fields.get(at) {
                    set(&field.input, "aria-invalid", "true");
                    focus(&field.input);
                }
                sheet::alert(&sheet, complaint);
            }
        }
    });
}

/// What is asked: as the owner wants it, and outside the hours always an address.
fn wanted(settings: &VisitorForms) -> Vec<(Part, bool)> {
    let asked = &settings.pre_chat;
    let email = if settings.availability.open { asked.email } else { Ask::Required };
    let mut wanted: Vec<_> =
        [(Part::Name, asked.name), (Part::Email, email), (Part::Phone, asked.phone)]
            .into_iter()
            .filter(|(_, ask)| *ask != Ask::No)
            .map(|(part, ask)| (part, ask == Ask::Required))
            .collect();
    wanted.extend(asked.question.iter().map(|question| (Part::Answer, question.required)));
    wanted
}

fn field(
    form: &Element,
    part: Part,
    required: bool,
    settings: &VisitorForms,
    words: &Strings,
) -> Field {
    let known = &settings.contact;
    let question = settings.pre_chat.question.as_ref().map(|question| question.text.as_str());
    let (title, kind, autocomplete, given) = match part {
        Part::Name => (words.name, "text", "name", &known.name),
        Part::Email => (words.email, "email", "email", &known.email),
        Part::Phone => (words.phone, "tel", "tel", &known.phone),
        Part::Answer => (question.unwrap_or_default(), "text", "off", &known.answer),
    };
    let label = text("label", "", title);
    set(&label, "dir", "auto");
    if !required {
        append(&label, &[&text("small", "", words.optional)]);
    }
    let tag = if part == Part::Answer { "textarea" } else { "input" };
    let input = element(tag, "", part.name());
    if part == Part::Answer {
        set(&input, "rows", "2");
    } else {
        set(&input, "type", kind);
        set(&input, "value", given.as_deref().unwrap_or_default());
    }
    set(&input, "autocomplete", autocomplete);
    set(&input, "dir", "auto");
    set(&input, "aria-required", if required { "true" } else { "false" });
    append(&label, &[&input]);
    append(form, &[&label]);
    Field { part, input, required }
}

/// # Errors
/// The first field that is not filled in as it must be, and what is wrong with it.
fn read(fields: &[Field]) -> Result<Contact, (usize, &'static str)> {
    let words = words();
    let mut contact = Contact::default();
    for (at, field) in fields.iter().enumerate() {
        let typed = value(&field.input);
        let (slot, bytes_max) = match field.part {
            Part::Name => (&mut contact.name, CONTACT_BYTES_MAX),
            Part::Email => (&mut contact.email, CONTACT_BYTES_MAX),
            Part::Phone => (&mut contact.phone, CONTACT_BYTES_MAX),
            Part::Answer => (&mut contact.answer, COMMENT_BYTES_MAX),
        };
        if typed.is_empty() {
            if field.required {
                return Err((at, words.required));
            }
            continue;
        }
        if typed.len() > bytes_max {
            return Err((at, words.too_long));
        }
        if field.part == Part::Email && !is_email(&typed) {
            return Err((at, words.email_wrong));
        }
        *slot = Some(typed);
    }
    Ok(contact)
}

/// The person is asked for when the details are on disk: an agent never sees one without them.
fn send_off(why: Why, contact: Contact, closed: bool, sheet: &Element, send: &Element) {
    let finish = move || {
        sheet::close();
        why.go_on();
        if closed {
            sheet::done("noted", words().noted);
        }
        crate::dom::focus_composer();
    };
    if contact.is_empty() {
        return finish();
    }
    toggle(send, "disabled", true);
    let (sheet, send) = (sheet.clone(), send.clone());
    let form = FormPosted::Introduce { message_id: new_id(), contact, locale: locale() };
    http::post(&form, move |taken| match taken {
        Ok(()) => finish(),
        Err(code) => {
            toggle(&send, "disabled", false);
            let words = words();
            let wrong = code == Some(RefusalCode::InvalidEmail);
            sheet::alert(&sheet, if wrong { words.email_wrong } else { words.not_sent });
        }
    });
}

/// Nobody is there, and the address is known already.
fn away(settings: &VisitorForms, words: &Strings) {
    let sheet = sheet::open("away", words.offline, Exit::Button);
    append(&sheet, &[&text("p", "quiet", &back_at(settings, words))]);
}

/// When somebody is back, on the visitor's own clock.
fn back_at(settings: &VisitorForms, words: &Strings) -> String {
    let Some(at_ms) = settings.availability.changes_at_ms else {
        return words.back_later.to_owned();
    };
    let date = js_sys::Date::new(&JsValue::from_f64(at_ms as f64));
    let options = js_sys::Object::new();
    for (key, form) in [
        ("weekday", "long"),
        ("month", "long"),
        ("day", "numeric"),
        ("hour", "2-digit"),
        ("minute", "2-digit"),
    ] {
        // A plain object takes every property.
        let _ = js_sys::Reflect::set(&options, &key.into(), &form.into());
    }
    let moment = String::from(date.to_locale_string(locale().tag(), &options));
    (words.back_at)(&moment)
}
