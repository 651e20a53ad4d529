//! What the owners' panels share: the site they are about, their tabs, what is drawn while
//! something loads or was refused.

use std::rc::Rc;

use protocol::http::Role;
use protocol::ids::SiteKey;
use protocol::settings::SiteListed;
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::{FaqPage, Panel};
use crate::api::{self, CallRefused};
use crate::browser::{self, Keep};
use crate::desk::{Desk, use_desk};
use crate::loading::{Loaded, use_loaded};
use crate::locales::owner::{OwnerWords, words};
use crate::store::Phase;

const SITE_KEY: &str = "frontdesk.site";

/// The site that a panel is about.
#[derive(Clone, PartialEq)]
pub(crate) struct Site {
    pub(crate) key: SiteKey,
    pub(crate) listed: SiteListed,
    /// Asks for the list of sites anew.
    pub(crate) again: Callback<()>,
}

#[hook]
pub(crate) fn use_site() -> Site {
    use_context::<Site>().expect("drawn inside a `SitePanel`")
}

pub(crate) fn words_of(desk: &Desk) -> &'static OwnerWords {
    words(desk.locale)
}

/// Whether whoever is signed in may change FAQs and settings.
pub(crate) fn may_change(desk: &Desk) -> bool {
    match &desk.store.phase {
        Phase::SignedIn(agent) => matches!(agent.role, Role::Owner | Role::Admin),
        Phase::Starting | Phase::SignedOut => false,
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct SitePanelProps {
    pub(crate) title: &'static str,
    #[prop_or_default]
    pub(crate) tabs: Html,
    pub(crate) children: Html,
}

/// The frame of a panel about one site; a picker when there are several.
#[component]
pub(crate) fn SitePanel(props: &SitePanelProps) -> Html {
    let desk = use_desk();
    let words = words_of(&desk);
    let sites = use_loaded((), |()| api::owner::sites());
    let chosen = use_state_eq(|| browser::kept::<SiteKey>(Keep::Browser, SITE_KEY));
    let body = match &sites.now {
        Loaded::Loading => loading(words),
        Loaded::Refused(refused) => refusal(&desk, refused, &sites.again),
        Loaded::Ready(list) if list.is_empty() => no_site(words),
        Loaded::Ready(list) => {
            let listed = chosen.as_ref().and_then(|key| list.iter().find(|site| site.key == *key));
            let listed = listed.unwrap_or(&list[0]).clone();
            let key = listed.key.clone();
            let site = Site { key: key.clone(), listed, again: sites.again.clone() };
            html! {
                <ContextProvider<Site> key={key.to_string()} context={site}>
                    { props.children.clone() }
                </ContextProvider<Site>>
            }
        }
    };
    html! {
        <main class="main panel owner" data-fd="owner-panel">
            <header class="panel-head">
                <h1>{ props.title }</h1>
                if let Some(list) = sites.now.ready().filter(|list| list.len() > 1) {
                    { picker(words, list, &chosen) }
                }
            </header>
            { props.tabs.clone() }
            { body }
        </main>
    }
}

fn picker(
    words: &OwnerWords,
    list: &Rc<Vec<SiteListed>>,
    chosen: &UseStateHandle<Option<SiteKey>>,
) -> Html {
    let current = chosen.as_ref().unwrap_or(&list[0].key).clone();
    let onchange = {
        let chosen = chosen.clone();
        Callback::from(move |event: Event| {
            let key = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.value());
            if let Some(key) = key.and_then(|key| SiteKey::parse(&key).ok()) {
                browser::keep(Keep::Browser, SITE_KEY, &key);
                chosen.set(Some(key));
            }
        })
    };
    html! {
        <label class="picker">
            { words.site }
            <select data-fd="site-picker" {onchange}>
                { for list.iter().map(|site| html! {
                    <option value={site.key.to_string()} selected={site.key == current}>
                        { &site.name }
                    </option>
                }) }
            </select>
        </label>
    }
}

/// Remembers which site is worked on.
pub(crate) fn choose_site(key: &SiteKey) {
    browser::keep(Keep::Browser, SITE_KEY, key);
}

fn no_site(words: &OwnerWords) -> Html {
    html! {
        <div class="empty">
            <p class="empty-title">{ words.no_site }</p>
            <p class="empty-hint">{ words.no_site_hint }</p>
            <a class="button button-primary" href={format!("#{}", Panel::Guide.hash())}>
                { words.open_guide }
            </a>
        </div>
    }
}

/// The pages about an FAQ.
pub(crate) fn faq_tabs(desk: &Desk, at: &FaqPage) -> Html {
    let words = words_of(desk);
    let tabs = [
        (FaqPage::Entries, words.entries),
        (FaqPage::Gaps, words.gaps),
        (FaqPage::Try, words.try_it),
        (FaqPage::Publish, words.publish),
        (FaqPage::History, words.history),
        (FaqPage::Import, words.import),
    ];
    let changes = may_change(desk);
    let shown = tabs.into_iter().filter(|(page, _)| changes || *page != FaqPage::Import);
    html! {
        <nav class="panel-tabs" aria-label={words.faq}>
            { for shown.map(|(page, name)| {
                let current = *at == page
                    || (page == FaqPage::Entries && matches!(at, FaqPage::Entry(_) | FaqPage::New));
                let fd = page.token();
                let address = format!("#{}", Panel::Faq(page).hash());
                html! {
                    <a href={address} data-fd="faq-tab" data-tab={fd}
                        aria-current={current.then_some("page")}>{ name }</a>
                }
            }) }
        </nav>
    }
}

pub(crate) fn loading(words: &OwnerWords) -> Html {
    html! { <p class="quiet" role="status">{ words.loading }</p> }
}

/// Why something is not here, and the one thing to do about it.
pub(crate) fn refusal(desk: &Desk, refused: &CallRefused, again: &Callback<()>) -> Html {
    let onclick = again.reform(|_: MouseEvent| ());
    html! {
        <div class="alert" role="alert" data-fd="alert">
            <p>{ why(desk, refused) }</p>
            <button type="button" class="button" {onclick}>{ desk.strings().try_again }</button>
        </div>
    }
}

/// In the reader's language; the server's own words behind it.
pub(crate) fn why(desk: &Desk, refused: &CallRefused) -> Html {
    html! {
        <>
            { refused.error.words(desk.strings()) }
            if let Some(detail) = &refused.detail {
                <small class="detail" lang="en">{ detail }</small>
            }
        </>
    }
}

/// The words in a field that somebody typed into.
pub(crate) fn typed(event: &InputEvent) -> String {
    let Some(target) = event.target() else { return String::new() };
    if let Some(input) = target.dyn_ref::<HtmlInputElement>() {
        return input.value();
    }
    target.dyn_ref::<HtmlTextAreaElement>().map(|area| area.value()).unwrap_or_default()
}

pub(crate) fn picked(event: &Event) -> String {
    let select = event.target_dyn_into::<HtmlSelectElement>();
    select.map(|select| select.value()).unwrap_or_default()
}

pub(crate) fn is_checked(event: &Event) -> bool {
    event.target_dyn_into::<HtmlInputElement>().is_some_and(|input| input.checked())
}
