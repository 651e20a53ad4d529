//! The entries of a site's FAQ, found by words, tag and state.

use std::collections::BTreeSet;

use protocol::draft::{EntryState, EntryView, FaqOverview};
use protocol::locale::Locale;
use yew::prelude::*;

use crate::api::owner as api;
use crate::desk::{Desk, use_desk};
use crate::loading::{Loaded, use_loaded};
use crate::locales::owner::OwnerWords;
use crate::panels::owner::{loading, may_change, picked, refusal, typed, use_site, words_of};
use crate::panels::{FaqPage, Panel};

/// Rows drawn at first and with every "show more".
const ROWS_STEP: usize = 100;

/// What the list is narrowed to.
#[derive(Debug, Clone, Default, PartialEq)]
struct Wanted {
    words: String,
    tag: String,
    changed_only: bool,
    lacking: Option<Locale>,
}

impl Wanted {
    fn admits(&self, view: &EntryView) -> bool {
        let entry = &view.entry;
        let wanted = self.words.trim().to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&wanted);
        let translations = || entry.translations.values();
        let found = wanted.is_empty()
            || has(entry.id.as_str())
            || has(&entry.question)
            || has(&entry.answer)
            || entry.phrasings.iter().any(|phrasing| has(phrasing))
            || translations().any(|text| has(&text.question) || has(&text.answer));
        found
            && (self.tag.is_empty() || entry.tags.contains(&self.tag))
            && (!self.changed_only || view.state != EntryState::Published)
            && self.lacking.is_none_or(|locale| lacks(view, locale))
    }
}

/// Whether an entry has no words of its own in a language, as far as its letters tell.
fn lacks(view: &EntryView, locale: Locale) -> bool {
    let han = view.entry.question.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    let own = if han { Locale::Zh } else { Locale::En };
    own != locale && !view.entry.translations.contains_key(&locale)
}

#[component]
pub(crate) fn Entries() -> Html {
    let desk = use_desk();
    let words = words_of(&desk);
    let site = use_site();
    let faq = use_loaded(site.key, |key| {
        let key = key.clone();
        async move { api::faq(&key).await }
    });
    let wanted = use_state_eq(Wanted::default);
    let shown_max = use_state_eq(|| ROWS_STEP);
    let overview = match &faq.now {
        Loaded::Loading => return loading(words),
        Loaded::Refused(refused) => return refusal(&desk, refused, &faq.again),
        Loaded::Ready(overview) => overview.clone(),
    };
    let rows: Vec<&EntryView> =
        overview.entries.iter().filter(|view| wanted.admits(view)).collect();
    let hidden = rows.len().saturating_sub(*shown_max);
    let more = {
        let shown_max = shown_max.clone();
        Callback::from(move |_: MouseEvent| shown_max.set(*shown_max + ROWS_STEP))
    };
    html! {
        <>
            { tools(&desk, &overview, &wanted) }
            <p class="quiet" role="status" data-fd="entry-count">
                { (words.entry_count)(rows.len(), overview.entries.len()) }
            </p>
            if overview.entries.is_empty() {
                { empty(words, may_change(&desk)) }
            }
            <ul class="entries" role="list" data-fd="entries">
                { for rows.iter().take(*shown_max).map(|view| row(&desk, view)) }
            </ul>
            if hidden > 0 {
                <button type="button" class="button" onclick={more}>
                    { desk.strings().show_more }
                </button>
            }
        </>
    }
}

fn tools(desk: &Desk, overview: &FaqOverview, wanted: &UseStateHandle<Wanted>) -> Html {
    let words = words_of(desk);
    let tags: BTreeSet<&String> =
        overview.entries.iter().flat_map(|view| &view.entry.tags).collect();
    let set = |change: fn(&mut Wanted, String)| {
        let wanted = wanted.clone();
        Callback::from(move |text: String| {
            let mut next = (*wanted).clone();
            change(&mut next, text);
            wanted.set(next);
        })
    };
    let on_words = set(|wanted, text| wanted.words = text).reform(|e: InputEvent| typed(&e));
    let on_tag = set(|wanted, text| wanted.tag = text).reform(|e: Event| picked(&e));
    let on_state = set(|wanted, text| wanted.changed_only = !text.is_empty());
    let on_state = on_state.reform(|e: Event| picked(&e));
    let on_lacking = set(|wanted, text| wanted.lacking = Locale::from_tag(&text));
    let on_lacking = on_lacking.reform(|e: Event| picked(&e));
    html! {
        <div class="tools">
            <input type="search" data-fd="entry-search" aria-label={words.search_entries}
                placeholder={words.search_entries} value={wanted.words.clone()}
                oninput={on_words} />
            <select aria-label={words.tag} data-fd="entry-tag" onchange={on_tag}>
                <option value="" selected={wanted.tag.is_empty()}>{ words.all_tags }</option>
                { for tags.into_iter().map(|tag| html! {
                    <option value={tag.clone()} selected={wanted.tag == *tag}>{ tag }</option>
                }) }
            </select>
            <select aria-label={words.state} data-fd="entry-state" onchange={on_state}>
                <option value="" selected={!wanted.changed_only}>{ words.all_states }</option>
                <option value="changed">{ words.changed_only }</option>
            </select>
            <select aria-label={words.language} data-fd="entry-locale" onchange={on_lacking}>
                <option value="" selected={wanted.lacking.is_none()}>
                    { words.all_languages }
                </option>
                { for Locale::ALL.into_iter().map(|locale| html! {
                    <option value={locale.tag()}>
                        { (words.without_language)((desk.strings().locale_name)(locale)) }
                    </option>
                }) }
            </select>
            if may_change(desk) {
                <a class="button button-primary" data-fd="new-entry"
                    href={format!("#{}", Panel::Faq(FaqPage::New).hash())}>{ words.new_entry }</a>
            }
            <span class="tools-rest">
                { export(words, overview) }
                if overview.changes > 0 {
                    <a class="button" data-fd="to-publish"
                        href={format!("#{}", Panel::Faq(FaqPage::Publish).hash())}>
                        { (words.unpublished)(overview.changes) }
                    </a>
                }
            </span>
        </div>
    }
}

fn empty(words: &OwnerWords, may_change: bool) -> Html {
    html! {
        <div class="empty">
            <p class="empty-title">{ words.no_entries }</p>
            <p class="empty-hint">{ words.no_entries_hint }</p>
            if may_change {
                <a class="button" href={format!("#{}", Panel::Faq(FaqPage::Import).hash())}>
                    { words.import }
                </a>
            }
        </div>
    }
}

fn row(desk: &Desk, view: &EntryView) -> Html {
    let words = words_of(desk);
    let entry = &view.entry;
    let address = format!("#{}", Panel::Faq(FaqPage::Entry(entry.id.clone())).hash());
    html! {
        <li key={entry.id.to_string()}>
            <a class="entry-row" href={address} data-fd="entry-row"
                data-entry={entry.id.to_string()} data-state={state_token(view.state)}>
                <span class="entry-question">{ &entry.question }</span>
                <span class="entry-answer">{ first_line(&entry.answer) }</span>
                <span class="chips">
                    if view.state != EntryState::Published {
                        <span class="chip chip-state">{ (words.state_name)(view.state) }</span>
                    }
                    if entry.hidden {
                        <span class="chip">{ words.hidden }</span>
                    }
                    { for entry.tags.iter().map(|tag| html! {
                        <span class="chip">{ tag }</span>
                    }) }
                    { for entry.translations.keys().map(|locale| html! {
                        <span class="chip">{ (desk.strings().locale_name)(*locale) }</span>
                    }) }
                    <span class="chip">{ (words.phrasing_count)(entry.phrasings.len()) }</span>
                </span>
            </a>
        </li>
    }
}

fn first_line(answer: &str) -> String {
    answer.lines().next().unwrap_or_default().chars().take(160).collect()
}

pub(crate) fn state_token(state: EntryState) -> &'static str {
    match state {
        EntryState::Published => "published",
        EntryState::Added => "added",
        EntryState::Changed => "changed",
        EntryState::Removed => "removed",
    }
}

/// The whole FAQ as a file, drafts included: made here, so that no call is needed.
fn export(words: &OwnerWords, overview: &FaqOverview) -> Html {
    let kept = overview.entries.iter().filter(|view| view.state != EntryState::Removed);
    let faq = protocol::faq::Faq {
        entries: kept.map(|view| view.entry.clone()).collect(),
        precision: overview.precision,
    };
    let json = serde_json::to_string_pretty(&faq).unwrap_or_default();
    let escaped = String::from(js_sys::encode_uri_component(&json));
    html! {
        <a class="button" download="faq.json" data-fd="export"
            href={format!("data:application/json;charset=utf-8,{escaped}")}>
            { words.export }
        </a>
    }
}
