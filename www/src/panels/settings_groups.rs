//! Groups of a site's settings: look, details before a person comes, consent, files.

use protocol::file::FileKind;
use protocol::forms::{Ask, Consent, Question};
use protocol::settings::{Colour, SiteSettings};
use yew::prelude::*;

use super::owner::words_of;
use super::settings::{Draft, on_pick};
use crate::desk::Desk;

/// What our own accent is; the chat's default.
const OUR_COLOUR: Colour = Colour([0x17, 0x5f, 0x5a]);

const MEGABYTE: u64 = 1024 * 1024;

pub(crate) fn look(desk: &Desk, draft: &Draft) -> Html {
    let words = words_of(desk);
    let colour = draft.settings.visitor.colour;
    let on_own = draft.mark(|settings, own| {
        settings.visitor.colour = own.then_some(OUR_COLOUR);
    });
    let on_colour = draft.text(|settings, text| {
        settings.visitor.colour = Colour::parse(&text).ok().or(settings.visitor.colour);
    });
    html! {
        <fieldset class="group">
            <legend>{ words.colour }</legend>
            <label class="check">
                <input type="checkbox" data-fd="own-colour" checked={colour.is_some()}
                    onchange={on_own} />
                { words.own_colour }
            </label>
            if let Some(colour) = colour {
                <div class="colour">
                    <input type="color" data-fd="colour" aria-label={words.colour}
                        value={colour.to_string()} oninput={on_colour} />
                    <span class="colour-sample" aria-hidden="true"
                        ~style={format!("background:{colour};color:{}", ink_on(colour))}>
                        { &draft.settings.name }
                    </span>
                    <span role="status" data-fd="contrast">
                        { (words.contrast)(contrast(colour, text_on(colour))) }
                    </span>
                </div>
            }
        </fieldset>
    }
}

/// What the chat writes on a colour: whichever of black and white is better to read.
fn text_on(colour: Colour) -> Colour {
    let (white, black) = (Colour([255; 3]), Colour([0; 3]));
    if contrast(colour, white) >= contrast(colour, black) { white } else { black }
}

fn ink_on(colour: Colour) -> String {
    text_on(colour).to_string()
}

/// As WCAG counts it: 1 to 21.
fn contrast(a: Colour, b: Colour) -> f32 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(colour: Colour) -> f32 {
    let linear = colour.0.map(|part| {
        let part = f32::from(part) / 255.0;
        if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

pub(crate) fn pre_chat(desk: &Desk, draft: &Draft) -> Html {
    let words = words_of(desk);
    let asked = &draft.settings.forms.pre_chat;
    let question = asked.question.as_ref();
    let on_question = draft.text(|settings, text| {
        let required = settings.forms.pre_chat.question.as_ref().is_some_and(|q| q.required);
        let question = Question { text, required };
        settings.forms.pre_chat.question = Some(question).filter(|q| !q.text.is_empty());
    });
    let on_required = draft.mark(|settings, required| {
        if let Some(question) = &mut settings.forms.pre_chat.question {
            question.required = required;
        }
    });
    html! {
        <fieldset class="group">
            <legend>{ words.before_person }</legend>
            { ask(desk, "ask-name", words.ask_name, asked.name,
                on_pick(draft, |settings, token| settings.forms.pre_chat.name = ask_of(&token))) }
            { ask(desk, "ask-email", words.ask_email, asked.email,
                on_pick(draft, |settings, token| settings.forms.pre_chat.email = ask_of(&token))) }
            { ask(desk, "ask-phone", words.ask_phone, asked.phone,
                on_pick(draft, |settings, token| settings.forms.pre_chat.phone = ask_of(&token))) }
            <div class="field">
                <label for="own-question">{ words.own_question }</label>
                <input id="own-question" maxlength="300"
                    value={question.map(|question| question.text.clone()).unwrap_or_default()}
                    oninput={on_question} />
            </div>
            if let Some(question) = question {
                <label class="check">
                    <input type="checkbox" checked={question.required} onchange={on_required} />
                    { words.ask_required }
                </label>
            }
        </fieldset>
    }
}

const ASKS: [(Ask, &str); 3] =
    [(Ask::No, "no"), (Ask::Optional, "optional"), (Ask::Required, "required")];

fn ask_of(token: &str) -> Ask {
    ASKS.into_iter().find(|(_, name)| *name == token).map_or(Ask::No, |(ask, _)| ask)
}

fn ask(
    desk: &Desk,
    fd: &'static str,
    name: &'static str,
    current: Ask,
    onchange: Callback<Event>,
) -> Html {
    let words = words_of(desk);
    html! {
        <div class="field field-row">
            <label for={fd}>{ name }</label>
            <select id={fd} data-fd={fd} {onchange}>
                { for ASKS.into_iter().map(|(ask, token)| html! {
                    <option value={token} selected={ask == current}>
                        { match ask {
                            Ask::No => words.ask_no,
                            Ask::Optional => words.ask_optional,
                            Ask::Required => words.ask_required,
                        } }
                    </option>
                }) }
            </select>
        </div>
    }
}

pub(crate) fn consent(desk: &Desk, draft: &Draft) -> Html {
    let words = words_of(desk);
    let consent = draft.settings.forms.consent.as_ref();
    let on_asked = draft.mark(|settings, asked| {
        let empty = || Consent { text: String::new(), url: None };
        settings.forms.consent = asked.then(empty);
    });
    let on_text = draft.text(|settings, text| {
        with_consent(settings, |consent| consent.text = text);
    });
    let on_url = draft.text(|settings, url| {
        with_consent(settings, |consent| consent.url = Some(url).filter(|url| !url.is_empty()));
    });
    html! {
        <fieldset class="group">
            <legend>{ words.consent }</legend>
            <label class="check">
                <input type="checkbox" data-fd="consent" checked={consent.is_some()}
                    onchange={on_asked} />
                { words.consent_on }
            </label>
            if let Some(consent) = consent {
                <div class="field">
                    <label for="consent-text">{ words.consent_text }</label>
                    <textarea id="consent-text" rows="3" required=true
                        value={consent.text.clone()} oninput={on_text} />
                </div>
                <div class="field">
                    <label for="consent-url">{ words.consent_url }</label>
                    <input id="consent-url" type="url" value={consent.url.clone()}
                        oninput={on_url} />
                </div>
            }
        </fieldset>
    }
}

fn with_consent(settings: &mut SiteSettings, change: impl FnOnce(&mut Consent)) {
    if let Some(consent) = &mut settings.forms.consent {
        change(consent);
    }
}

pub(crate) fn files(desk: &Desk, draft: &Draft) -> Html {
    let words = words_of(desk);
    let files = &draft.settings.forms.files;
    let on_any = draft.mark(|settings, any| {
        settings.forms.files.kinds = if any { FileKind::USUAL.to_vec() } else { Vec::new() };
    });
    let on_size = draft.text(|settings, text| {
        if let Ok(megabytes) = text.parse::<u64>() {
            settings.forms.files.bytes_max = megabytes.clamp(1, 100) * MEGABYTE;
        }
    });
    let kind = |kind: FileKind| {
        let settings = draft.settings.clone();
        let onchange = draft.on_change.reform(move |event: Event| {
            let mut next = settings.clone();
            next.forms.files.kinds.retain(|known| *known != kind);
            if super::owner::is_checked(&event) {
                next.forms.files.kinds.push(kind);
            }
            next
        });
        html! {
            <label class="check">
                <input type="checkbox" checked={files.kinds.contains(&kind)} {onchange} />
                { kind.extension() }
            </label>
        }
    };
    html! {
        <fieldset class="group">
            <legend>{ words.files }</legend>
            <label class="check">
                <input type="checkbox" data-fd="files" checked={!files.kinds.is_empty()}
                    onchange={on_any} />
                { words.files_on }
            </label>
            if !files.kinds.is_empty() {
                <div class="checks">{ for FileKind::ALL.into_iter().map(kind) }</div>
                <div class="field field-row">
                    <label for="file-size">{ words.file_size }</label>
                    <input id="file-size" type="number" min="1" max="100"
                        value={(files.bytes_max / MEGABYTE).to_string()} oninput={on_size} />
                </div>
            }
        </fieldset>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_counted_as_the_guidelines_do() {
        let (white, black) = (Colour([255; 3]), Colour([0; 3]));
        assert!((contrast(white, black) - 21.0).abs() < 0.01);
        assert!((contrast(white, white) - 1.0).abs() < 0.01);
        assert!(contrast(OUR_COLOUR, white) > 4.5);
        assert_eq!(text_on(Colour([255, 255, 0])), black);
        assert_eq!(text_on(OUR_COLOUR), white);
    }
}
