//! The first-run guide: from nothing to a chat that answers. Each step is done when the server
//! says so, and stays open to be done again.

use protocol::settings::{SiteListed, SiteSettings};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::copy::CopyButton;
use super::faq::import::Import;
use super::faq::publish::Publish;
use super::owner::{Site, choose_site, loading, may_change, refusal, typed, why, words_of};
use super::people::Invitations;
use super::settings::{Draft, new_site};
use super::settings_groups::look;
use super::{FaqPage, Panel};
use crate::api::{CallRefused, owner as api};
use crate::browser;
use crate::desk::{Desk, use_desk};
use crate::loading::{Loaded, use_loaded};

#[component]
pub(crate) fn Guide() -> Html {
    let desk = use_desk();
    let words = words_of(&desk);
    let sites = use_loaded((), |()| api::sites());
    let body = match &sites.now {
        Loaded::Loading => loading(words),
        Loaded::Refused(refused) => refusal(&desk, refused, &sites.again),
        Loaded::Ready(list) => match list.last() {
            None => html! { <ol class="steps" role="list"><First again={&sites.again} /></ol> },
            Some(listed) => {
                let key = listed.key.clone();
                let site = Site { key, listed: listed.clone(), again: sites.again.clone() };
                html! {
                    <ContextProvider<Site> context={site.clone()}>
                        <Steps {site} />
                    </ContextProvider<Site>>
                }
            }
        },
    };
    html! {
        <main class="main panel owner" data-fd="guide">
            <header class="panel-head"><h1>{ words.guide }</h1></header>
            <p class="lead">{ words.guide_lead }</p>
            { body }
        </main>
    }
}

fn step(desk: &Desk, fd: &'static str, done: bool, title: &'static str, body: Html) -> Html {
    let words = words_of(desk);
    let state = if done { words.step_done } else { words.step_open };
    html! {
        <li class="step" data-fd="step" data-step={fd} data-done={done.to_string()}>
            <details open={!done}>
                <summary>
                    <span class={classes!("step-mark", done.then_some("step-mark-done"))}
                        aria-hidden="true">{ if done { "✓" } else { "" } }</span>
                    <h2>{ title }</h2>
                    <span class="chip">{ state }</span>
                </summary>
                { body }
            </details>
        </li>
    }
}

#[derive(Properties, PartialEq)]
struct FirstProps {
    again: Callback<()>,
}

/// The site itself: its name and where it lives.
#[component]
fn First(props: &FirstProps) -> Html {
    let desk = use_desk();
    let words = words_of(&desk);
    let (name, origin) = (use_state_eq(String::new), use_state_eq(String::new));
    let refused = use_state_eq(|| None::<CallRefused>);
    let onsubmit = {
        let (name, origin, refused) = (name.clone(), origin.clone(), refused.clone());
        let again = props.again.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let origin = origin.trim().trim_end_matches('/').to_owned();
            let created = new_site((*name).trim().to_owned(), vec![origin]);
            let (refused, again) = (refused.clone(), again.clone());
            spawn_local(async move {
                match api::create_site(&created).await {
                    Ok(_) => {
                        choose_site(&created.key);
                        again.emit(());
                    }
                    Err(error) => refused.set(Some(error)),
                }
            });
        })
    };
    let into = |state: &UseStateHandle<String>| {
        let state = state.clone();
        Callback::from(move |event: InputEvent| state.set(typed(&event)))
    };
    let body = html! {
        <form class="form-wide" {onsubmit}>
            <div class="field">
                <label for="guide-name">{ words.site_name }</label>
                <input id="guide-name" data-fd="guide-name" required=true maxlength="100"
                    value={(*name).clone()} oninput={into(&name)} />
            </div>
            <div class="field">
                <label for="guide-origin">{ words.page_origin }</label>
                <input id="guide-origin" data-fd="guide-origin" type="url" required=true
                    placeholder="https://shop.example" value={(*origin).clone()}
                    oninput={into(&origin)} />
            </div>
            if let Some(refused) = &*refused {
                <div class="alert" role="alert">{ why(&desk, refused) }</div>
            }
            <div class="actions">
                <button type="submit" class="button button-primary" data-fd="guide-create">
                    { words.create_site }
                </button>
            </div>
        </form>
    };
    step(&desk, "site", false, words.step_site, body)
}

#[derive(Properties, PartialEq)]
struct StepsProps {
    site: Site,
}

#[component]
fn Steps(props: &StepsProps) -> Html {
    let desk = use_desk();
    let words = words_of(&desk);
    let listed = &props.site.listed;
    let (answers, seen) = (listed.entries > 0, !listed.seen.is_empty());
    html! {
        <>
            if answers && seen {
                <p class="good" role="status" data-fd="guide-done">
                    { words.all_done }{ " " }
                    <a href={format!("#{}", Panel::Inbox.hash())}>{ words.to_inbox }</a>
                </p>
            }
            <ol class="steps" role="list">
                { step(&desk, "site", true, words.step_site, html! {
                    <p>
                        <strong>{ &listed.name }</strong>{ " · " }
                        <a href={format!("#{}", Panel::Settings.hash())}>{ words.settings }</a>
                    </p>
                }) }
                <Look />
                { step(&desk, "faq", answers, words.step_faq, first_answers(&desk, listed)) }
                { step(&desk, "snippet", seen, words.step_snippet, html! {
                    <Snippet site={props.site.clone()} />
                }) }
                { step(&desk, "invite", false, words.step_invite, invite(&desk)) }
            </ol>
        </>
    }
}

/// A link for a colleague, made on the spot; who works here already stands behind it.
fn invite(desk: &Desk) -> Html {
    let words = words_of(desk);
    let me = desk.store.me().filter(|_| may_change(desk));
    html! {
        <>
            <p>
                { words.step_invite_hint }{ " " }
                <a href={format!("#{}", Panel::People.hash())}>{ desk.strings().office.people }</a>
            </p>
            if let Some(agent) = me.cloned() {
                <Invitations {agent} />
            }
        </>
    }
}

fn first_answers(desk: &Desk, listed: &SiteListed) -> Html {
    let words = words_of(desk);
    html! {
        <>
            if listed.entries > 0 {
                <p class="good">{ (words.faq_ready)(listed.entries) }</p>
            }
            <p class="quiet">{ words.step_faq_hint }</p>
            <p>
                <a class="button" href={format!("#{}", Panel::Faq(FaqPage::New).hash())}>
                    { words.write_first }
                </a>
            </p>
            <ImportAndPublish />
        </>
    }
}

/// An import, and publishing right behind it.
#[component]
fn ImportAndPublish() -> Html {
    let taken = use_state_eq(|| 0_u32);
    let on_taken = {
        let taken = taken.clone();
        Callback::from(move |()| taken.set(*taken + 1))
    };
    html! {
        <>
            <Import on_taken={Some(on_taken)} />
            if *taken > 0 {
                <Publish key={*taken} />
            }
        </>
    }
}

#[component]
fn Look() -> Html {
    let desk = use_desk();
    let words = words_of(&desk);
    let site = super::owner::use_site();
    let loaded = use_loaded(site.key.clone(), |key| {
        let key = key.clone();
        async move { api::settings(&key).await }
    });
    let chosen = use_state_eq(|| None::<SiteSettings>);
    let Some(standing) = loaded.now.ready() else { return Html::default() };
    let settings = (*chosen).clone().unwrap_or_else(|| (**standing).clone());
    let done = settings.visitor.colour.is_some();
    let on_change = {
        let chosen = chosen.clone();
        Callback::from(move |next: SiteSettings| {
            chosen.set(Some(next.clone()));
            let key = site.key.clone();
            // A colour that is not kept shows its old self when the guide is opened again.
            spawn_local(async move { drop(api::change_settings(&key, &next).await) });
        })
    };
    step(&desk, "look", done, words.step_look, look(&desk, &Draft { settings, on_change }))
}

#[derive(Properties, PartialEq)]
struct SnippetProps {
    site: Site,
}

/// The line for the owner's pages, and whether one of them has loaded it.
#[component]
fn Snippet(props: &SnippetProps) -> Html {
    let desk = use_desk();
    let words = words_of(&desk);
    let origin = browser::window().location().origin().unwrap_or_default();
    let snippet = format!(
        "<script async src=\"{origin}/embed.js\" data-site=\"{}\"></script>",
        props.site.key
    );
    let again = props.site.again.reform(|_: MouseEvent| ());
    let seen = props.site.listed.seen.first();
    html! {
        <>
            <p>{ words.step_snippet_hint }</p>
            <pre class="snippet" data-fd="snippet" tabindex="0"><code>{ &snippet }</code></pre>
            <div class="actions">
                <CopyButton fd="copy-snippet" class="button button-primary"
                    text={snippet.clone()} />
                <button type="button" class="button" data-fd="check-snippet" onclick={again}>
                    { words.check_again }
                </button>
            </div>
            <p role="status" data-fd="snippet-seen" data-seen={seen.is_some().to_string()}>
                { seen.map_or_else(|| words.not_seen.to_owned(), |at| (words.seen)(&at.origin)) }
            </p>
        </>
    }
}
