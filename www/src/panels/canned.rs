//! The canned responses: the list with its search, and the form that changes one.

use protocol::ids::CannedId;
use protocol::locale::Locale;
use protocol::team::CannedResponse;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;

use crate::api::{self, ApiError};
use crate::browser;
use crate::desk::{Desk, use_desk};
use crate::locales::desk::words;
use crate::store::Action;

#[component]
pub(crate) fn Canned() -> Html {
    let desk = use_desk();
    let w = words(desk.locale);
    let search = use_state_eq(String::new);
    let edited = use_state_eq(|| None::<CannedResponse>);
    let find = {
        let search = search.clone();
        move |event: InputEvent| {
            search.set(event.target_unchecked_into::<HtmlInputElement>().value().to_lowercase());
        }
    };
    let new = {
        let (edited, locale) = (edited.clone(), desk.locale);
        move |_: MouseEvent| edited.set(Some(fresh(locale)))
    };
    let shown = desk.store.canned.iter().filter(|canned| {
        canned.shortcut.to_lowercase().contains(&*search)
            || canned.text.to_lowercase().contains(&*search)
    });
    let on_done = {
        let edited = edited.clone();
        Callback::from(move |()| edited.set(None))
    };
    html! {
        <main class="main panel" data-fd="canned">
            <header class="panel-head">
                <h1>{ w.canned }</h1>
                <button type="button" class="button button-primary" data-fd="canned-new"
                    onclick={new}>{ w.canned_new }</button>
            </header>
            <p class="quiet">{ w.canned_lead }</p>
            if let Some(canned) = &*edited {
                <Form key={canned.id.to_string()} canned={canned.clone()} {on_done} />
            }
            <input class="input panel-search" type="search" data-fd="canned-search"
                aria-label={w.canned_search} placeholder={w.canned_search} oninput={find} />
            <ul class="cards" role="list">
                { for shown.map(|canned| draw(&desk, canned, &edited)) }
            </ul>
            if desk.store.canned.is_empty() {
                <p class="empty-hint">{ w.canned_empty }</p>
            }
        </main>
    }
}

fn fresh(locale: Locale) -> CannedResponse {
    let id = CannedId::from_parts(browser::now_ms(), browser::random_bytes());
    CannedResponse { id, shortcut: String::new(), locale: Some(locale), text: String::new() }
}

fn draw(
    desk: &Desk,
    canned: &CannedResponse,
    edited: &UseStateHandle<Option<CannedResponse>>,
) -> Html {
    let (w, strings) = (words(desk.locale), desk.strings());
    let edit = {
        let (edited, canned) = (edited.clone(), canned.clone());
        move |_: MouseEvent| edited.set(Some(canned.clone()))
    };
    let remove = {
        let (desk, id) = (desk.clone(), canned.id);
        move |_: MouseEvent| {
            let desk = desk.clone();
            spawn_local(async move {
                if api::remove_canned(id).await.is_ok() {
                    fetch(&desk).await;
                }
            });
        }
    };
    let language = canned.locale.map_or(w.every_language, strings.locale_name);
    html! {
        <li class="card-row" key={canned.id.to_string()} data-fd="canned-row"
            data-shortcut={canned.shortcut.clone()}>
            <div class="card-words">
                <strong>{ format!("/{}", canned.shortcut) }</strong>
                <span class="chip">{ language }</span>
                <p dir="auto">{ &canned.text }</p>
            </div>
            <button type="button" class="button" data-fd="canned-edit" onclick={edit}>
                { w.edit }
            </button>
            <button type="button" class="button button-bad" data-fd="canned-remove"
                aria-label={(w.remove_canned)(&canned.shortcut)} onclick={remove}>
                { w.remove }
            </button>
        </li>
    }
}

async fn fetch(desk: &Desk) {
    if let Ok(canned) = api::canned().await {
        desk.dispatch(Action::CannedFetched(canned));
    }
}

#[derive(Properties, PartialEq)]
struct FormProps {
    canned: CannedResponse,
    on_done: Callback<()>,
}

#[component]
fn Form(props: &FormProps) -> Html {
    let desk = use_desk();
    let (w, strings) = (words(desk.locale), desk.strings());
    let [shortcut, locale, text] = [use_node_ref(), use_node_ref(), use_node_ref()];
    let error = use_state_eq(|| None::<ApiError>);
    let onsubmit = {
        let (shortcut, locale, text) = (shortcut.clone(), locale.clone(), text.clone());
        let (desk, error, id) = (desk.clone(), error.clone(), props.canned.id);
        let done = props.on_done.clone();
        move |event: SubmitEvent| {
            event.prevent_default();
            let (Some(shortcut), Some(locale), Some(text)) = (
                shortcut.cast::<HtmlInputElement>(),
                locale.cast::<HtmlSelectElement>(),
                text.cast::<HtmlTextAreaElement>(),
            ) else {
                return;
            };
            let canned = CannedResponse {
                id,
                shortcut: shortcut.value().trim().trim_start_matches('/').to_owned(),
                locale: Locale::from_tag(&locale.value()),
                text: text.value(),
            };
            let (desk, error, done) = (desk.clone(), error.clone(), done.clone());
            spawn_local(async move {
                match api::keep_canned(&canned).await {
                    Ok(()) => {
                        fetch(&desk).await;
                        done.emit(());
                    }
                    Err(refused) => error.set(Some(refused)),
                }
            });
        }
    };
    let cancel = props.on_done.reform(|_: MouseEvent| ());
    let canned = &props.canned;
    html! {
        <form class="card panel-form" data-fd="canned-form" {onsubmit}>
            <label class="field"><span>{ w.canned_shortcut }</span>
                <input class="input" data-fd="canned-shortcut" ref={shortcut} required=true
                    maxlength="40" value={canned.shortcut.clone()} /></label>
            <label class="field"><span>{ strings.locale }</span>
                <select class="select" data-fd="canned-locale" ref={locale}>
                    <option value="" selected={canned.locale.is_none()}>
                        { w.every_language }
                    </option>
                    { for Locale::ALL.map(|of| html! {
                        <option value={of.tag()} selected={canned.locale == Some(of)}>
                            { (strings.locale_name)(of) }
                        </option>
                    }) }
                </select></label>
            <label class="field"><span>{ w.canned_text }</span>
                <textarea class="input" data-fd="canned-text" ref={text} rows="4" required=true
                    value={canned.text.clone()} /></label>
            <p class="hint">{ w.canned_variables }</p>
            if error.is_some() {
                <p class="error" role="alert" data-fd="error">{ w.canned_refused }</p>
            }
            <div class="action-row">
                <button type="submit" class="button button-primary" data-fd="canned-save">
                    { w.save }
                </button>
                <button type="button" class="button" onclick={cancel}>{ w.cancel }</button>
            </div>
        </form>
    }
}
