//! FAQs from files, pasted text and web pages: read by the server, looked at here, and taken as
//! drafts only when an owner says so.

use std::collections::BTreeSet;

use protocol::draft::{
    DraftRequest, EntryChange, EntryEdit, IMPORT_BYTES_MAX, ImportFate, ImportPreview,
    ImportSource, ImportedEntry,
};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::api::{CallRefused, owner as api};
use crate::desk::{Desk, use_desk};
use crate::locales::owner::ImportKind;
use crate::panels::owner::{Site, is_checked, typed, use_site, why, words_of};
use crate::panels::{FaqPage, Panel};

const KINDS: [(ImportKind, &str); 5] = [
    (ImportKind::Url, "url"),
    (ImportKind::Page, "page"),
    (ImportKind::Csv, "csv"),
    (ImportKind::Markdown, "markdown"),
    (ImportKind::Json, "json"),
];

fn kind_of(token: &str) -> ImportKind {
    KINDS.into_iter().find(|(_, name)| *name == token).map_or(ImportKind::Page, |(kind, _)| kind)
}

/// By the name of a file.
fn kind_of_file(name: &str) -> ImportKind {
    match name.rsplit('.').next().unwrap_or_default() {
        "csv" | "tsv" => ImportKind::Csv,
        "md" | "markdown" => ImportKind::Markdown,
        "json" => ImportKind::Json,
        _ => ImportKind::Page,
    }
}

fn source(kind: ImportKind, text: String) -> ImportSource {
    match kind {
        ImportKind::Url => ImportSource::Url { url: text.trim().to_owned() },
        ImportKind::Page => ImportSource::Page { text },
        ImportKind::Csv => ImportSource::Csv { text },
        ImportKind::Markdown => ImportSource::Markdown { text },
        ImportKind::Json => ImportSource::Json { text },
    }
}

#[derive(Clone, PartialEq)]
enum Stage {
    Writing,
    Reading,
    TooLarge,
    Refused(CallRefused),
    Looking(ImportPreview),
    /// So many are drafts now; so many others changed meanwhile.
    Taken(usize, usize),
}

#[derive(Properties, PartialEq)]
pub(crate) struct ImportProps {
    /// What to do when entries were taken; without it the list is shown.
    #[prop_or_default]
    pub(crate) on_taken: Option<Callback<()>>,
}

#[component]
pub(crate) fn Import(props: &ImportProps) -> Html {
    let desk = use_desk();
    let words = words_of(&desk);
    let site = use_site();
    let kind = use_state_eq(|| ImportKind::Url);
    let text = use_state_eq(String::new);
    let stage = use_state(|| Stage::Writing);
    let left_out = use_state(BTreeSet::<usize>::new);
    let read = {
        let (kind, text, stage) = (kind.clone(), text.clone(), stage.clone());
        let (site, left_out) = (site.clone(), left_out.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if text.len() > IMPORT_BYTES_MAX {
                return stage.set(Stage::TooLarge);
            }
            let source = source(*kind, (*text).clone());
            let (stage, key, left_out) = (stage.clone(), site.key.clone(), left_out.clone());
            stage.set(Stage::Reading);
            spawn_local(async move {
                stage.set(match api::import(&key, &source).await {
                    Ok(preview) => {
                        left_out.set(unchanged(&preview));
                        Stage::Looking(preview)
                    }
                    Err(refused) => Stage::Refused(refused),
                });
            });
        })
    };
    html! {
        <div class="import">
            <form class="form-wide" data-fd="import-form" onsubmit={read}>
                { source_fields(&desk, &kind, &text) }
                <div class="actions">
                    <button type="submit" class="button button-primary" data-fd="read-import"
                        disabled={text.trim().is_empty() || *stage == Stage::Reading}>
                        { if *stage == Stage::Reading { words.reading } else { words.read_import } }
                    </button>
                </div>
            </form>
            { outcome(&desk, &site, props, &stage, &left_out) }
        </div>
    }
}

fn unchanged(preview: &ImportPreview) -> BTreeSet<usize> {
    let found = preview.found.iter().enumerate();
    found.filter(|(_, found)| found.fate == ImportFate::Unchanged).map(|(at, _)| at).collect()
}

fn source_fields(
    desk: &Desk,
    kind: &UseStateHandle<ImportKind>,
    text: &UseStateHandle<String>,
) -> Html {
    let words = words_of(desk);
    let on_kind = {
        let kind = kind.clone();
        Callback::from(move |event: Event| {
            let token = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.value());
            kind.set(kind_of(&token.unwrap_or_default()));
        })
    };
    let on_text = {
        let text = text.clone();
        Callback::from(move |event: InputEvent| text.set(typed(&event)))
    };
    let on_file = {
        let (kind, text) = (kind.clone(), text.clone());
        Callback::from(move |event: Event| {
            let input = event.target_dyn_into::<HtmlInputElement>();
            let file = input.and_then(|input| input.files()).and_then(|files| files.get(0));
            let Some(file) = file else { return };
            kind.set(kind_of_file(&file.name().to_lowercase()));
            let text = text.clone();
            spawn_local(async move {
                let read = JsFuture::from(file.unchecked_into::<web_sys::Blob>().text()).await;
                text.set(read.ok().and_then(|value| value.as_string()).unwrap_or_default());
            });
        })
    };
    let hint = (words.import_hint)(**kind);
    html! {
        <>
            <div class="field">
                <label for="import-kind">{ words.import_from }</label>
                <select id="import-kind" data-fd="import-kind" onchange={on_kind}>
                    { for KINDS.into_iter().map(|(of, token)| html! {
                        <option value={token} selected={of == **kind}>
                            { (words.import_kind)(of) }
                        </option>
                    }) }
                </select>
            </div>
            if **kind == ImportKind::Url {
                <div class="field">
                    <label for="import-text">{ words.page_address }</label>
                    <input id="import-text" data-fd="import-text" type="url" inputmode="url"
                        placeholder="https://shop.example/faq" value={(**text).clone()}
                        oninput={on_text} aria-describedby="import-hint" />
                    <small id="import-hint">{ hint }</small>
                </div>
            } else {
                <div class="field">
                    <label for="import-file">{ words.file }</label>
                    <input id="import-file" data-fd="import-file" type="file" onchange={on_file}
                        accept=".csv,.tsv,.json,.md,.markdown,.html,.htm,.txt" />
                </div>
                <div class="field">
                    <label for="import-text">{ words.or_paste }</label>
                    <textarea id="import-text" data-fd="import-text" rows="8"
                        value={(**text).clone()} oninput={on_text}
                        aria-describedby="import-hint" />
                    <small id="import-hint">{ hint }</small>
                </div>
            }
        </>
    }
}

fn outcome(
    desk: &Desk,
    site: &Site,
    props: &ImportProps,
    stage: &UseStateHandle<Stage>,
    left_out: &UseStateHandle<BTreeSet<usize>>,
) -> Html {
    let words = words_of(desk);
    match &**stage {
        Stage::Writing => Html::default(),
        Stage::Reading => html! { <p class="quiet" role="status">{ words.reading }</p> },
        Stage::TooLarge => html! {
            <div class="alert" role="alert" data-fd="alert">{ words.import_too_large }</div>
        },
        Stage::Refused(refused) => html! {
            <div class="alert" role="alert" data-fd="alert">{ why(desk, refused) }</div>
        },
        Stage::Taken(taken, conflicts) => html! {
            <div role="status" data-fd="import-taken">
                <p>{ (words.import_taken)(*taken, *conflicts) }</p>
                <div class="actions">
                    <a class="button" href={format!("#{}", Panel::Faq(FaqPage::Entries).hash())}>
                        { words.all_entries }
                    </a>
                    <a class="button button-primary"
                        href={format!("#{}", Panel::Faq(FaqPage::Publish).hash())}>
                        { words.publish }
                    </a>
                </div>
            </div>
        },
        Stage::Looking(preview) => look(desk, site, props, preview, stage, left_out),
    }
}

fn look(
    desk: &Desk,
    site: &Site,
    props: &ImportProps,
    preview: &ImportPreview,
    stage: &UseStateHandle<Stage>,
    left_out: &UseStateHandle<BTreeSet<usize>>,
) -> Html {
    let words = words_of(desk);
    let taken = preview.found.len() - left_out.len();
    let take = {
        let (preview, stage, left_out) = (preview.clone(), stage.clone(), left_out.clone());
        let (key, on_taken) = (site.key.clone(), props.on_taken.clone());
        Callback::from(move |_: MouseEvent| {
            let kept = preview.found.iter().enumerate().filter(|(at, _)| !left_out.contains(at));
            let changes = kept.map(|(_, found)| change(found)).collect();
            let request = DraftRequest { changes, precision: None };
            let (stage, key, on_taken) = (stage.clone(), key.clone(), on_taken.clone());
            stage.set(Stage::Reading);
            spawn_local(async move {
                match api::draft(&key, &request).await {
                    Ok(saved) => {
                        stage.set(Stage::Taken(saved.saved.len(), saved.conflicts.len()));
                        on_taken.into_iter().for_each(|told| told.emit(()));
                    }
                    Err(refused) => stage.set(Stage::Refused(refused)),
                }
            });
        })
    };
    html! {
        <section class="found" data-fd="import-preview">
            <h2>{ (words.found_count)(preview.found.len()) }</h2>
            if preview.found.is_empty() {
                <p class="quiet">{ words.found_nothing }</p>
            }
            <ul class="entries" role="list">
                { for preview.found.iter().enumerate().map(|(at, found)| {
                    found_row(desk, at, found, left_out)
                }) }
            </ul>
            if !preview.skipped.is_empty() {
                <details data-fd="skipped">
                    <summary>{ (words.skipped_count)(preview.skipped.len()) }</summary>
                    <ul>
                        { for preview.skipped.iter().take(SKIPPED_SHOWN_MAX).map(|skipped| html! {
                            <li>{ (words.skipped)(skipped.line, skipped.reason) }</li>
                        }) }
                    </ul>
                </details>
            }
            if taken > 0 {
                <div class="actions">
                    <button type="button" class="button button-primary" data-fd="take-import"
                        onclick={take}>{ (words.take_count)(taken) }</button>
                </div>
            }
        </section>
    }
}

const SKIPPED_SHOWN_MAX: usize = 100;

fn found_row(
    desk: &Desk,
    at: usize,
    found: &ImportedEntry,
    left_out: &UseStateHandle<BTreeSet<usize>>,
) -> Html {
    let words = words_of(desk);
    let onchange = {
        let left_out = left_out.clone();
        Callback::from(move |event: Event| {
            let mut next = (*left_out).clone();
            if is_checked(&event) {
                next.remove(&at);
            } else {
                next.insert(at);
            }
            left_out.set(next);
        })
    };
    let (token, fate, old) = match &found.fate {
        ImportFate::Added => ("added", words.fate_added, None),
        ImportFate::Changed { standing } => {
            ("changed", words.fate_changed, Some(&standing.entry.answer))
        }
        ImportFate::Unchanged => ("unchanged", words.fate_unchanged, None),
    };
    html! {
        <li class="found-row" data-fd="found" data-fate={token}>
            <label class="check">
                <input type="checkbox" checked={!left_out.contains(&at)} {onchange} />
                <strong>{ &found.entry.question }</strong>
            </label>
            <span class="chip">{ fate }</span>
            <p class="text">{ &found.entry.answer }</p>
            if let Some(old) = old {
                <del class="text">{ old }</del>
            }
        </li>
    }
}

fn change(found: &ImportedEntry) -> EntryChange {
    let base = match &found.fate {
        ImportFate::Changed { standing } => Some(standing.revision.clone()),
        ImportFate::Added | ImportFate::Unchanged => None,
    };
    let entry = Box::new(found.entry.clone());
    EntryChange { id: found.entry.id.clone(), base, edit: EntryEdit::Put { entry } }
}
