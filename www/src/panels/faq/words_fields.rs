//! The words of one language while they are written, with what visitors will see of the answer.

use gloo::timers::callback::Timeout;
use protocol::locale::Locale;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::form::Words;
use crate::api::owner as api;
use crate::desk::use_desk;
use crate::panels::owner::{typed, use_site, words_of};

/// How long nobody types before the preview is drawn anew.
const PREVIEW_PAUSE_MS: u32 = 350;

#[derive(Properties, PartialEq)]
pub(super) struct WordsProps {
    pub(super) fd: &'static str,
    pub(super) words: Words,
    pub(super) locale: Option<Locale>,
    pub(super) on_edit: Callback<Words>,
}

/// Question, phrasings and answer of one language, with what visitors will see of the answer.
#[component]
pub(super) fn WordsFields(props: &WordsProps) -> Html {
    let desk = use_desk();
    let words = words_of(&desk);
    let html = use_preview(&props.words.answer);
    let field = |set: fn(&mut Words, String)| {
        let current = props.words.clone();
        props.on_edit.reform(move |event: InputEvent| {
            let mut next = current.clone();
            set(&mut next, typed(&event));
            next
        })
    };
    let id = |name: &str| format!("{name}-{}", props.fd);
    let lang = props.locale.map(Locale::tag);
    html! {
        <>
            <div class="field">
                <label for={id("question")}>{ words.question }</label>
                <input id={id("question")} data-fd={id("question")} {lang} maxlength="500"
                    value={props.words.question.clone()} required=true
                    oninput={field(|words, text| words.question = text)} />
            </div>
            <div class="field">
                <label for={id("phrasings")}>{ words.phrasings }</label>
                <textarea id={id("phrasings")} data-fd={id("phrasings")} {lang} rows="3"
                    aria-describedby={id("phrasings-hint")}
                    value={props.words.phrasings.clone()}
                    oninput={field(|words, text| words.phrasings = text)} />
                <small id={id("phrasings-hint")}>{ words.phrasings_hint }</small>
            </div>
            <div class="answer-fields">
                <div class="field">
                    <label for={id("answer")}>{ words.answer }</label>
                    <textarea id={id("answer")} data-fd={id("answer")} {lang} rows="7"
                        aria-describedby={id("answer-hint")} required=true
                        value={props.words.answer.clone()}
                        oninput={field(|words, text| words.answer = text)} />
                    <small id={id("answer-hint")}>{ words.answer_hint }</small>
                </div>
                <div class="field">
                    <span class="field-name">{ words.preview }</span>
                    <div class="preview answer" data-fd={id("preview")} {lang}>
                        { Html::from_html_unchecked(html) }
                    </div>
                </div>
            </div>
        </>
    }
}

/// The answer as HTML, made and sanitized by the server.
#[hook]
fn use_preview(answer: &str) -> AttrValue {
    let site = use_site();
    let html = use_state_eq(AttrValue::default);
    {
        let html = html.clone();
        use_effect_with((site.key, answer.to_owned()), move |(key, answer)| {
            let (key, answer) = (key.clone(), answer.clone());
            let pause = Timeout::new(PREVIEW_PAUSE_MS, move || {
                spawn_local(async move {
                    if let Ok(preview) = api::preview(&key, answer).await {
                        html.set(AttrValue::from(preview.html));
                    }
                });
            });
            move || drop(pause)
        });
    }
    (*html).clone()
}
