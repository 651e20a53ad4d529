//! The search panel: a question, filters, hits as they come. The question stays in this tab.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use protocol::conversation::{Author, Status};
use protocol::ids::AgentId;
use protocol::people::Colleague;
use protocol::search::{AuthorKind, Mark, SearchHit, SearchPage, SearchRequest};
use uuid::Uuid;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::inbox::status_token;
use crate::api::{self, ApiError};
use crate::asking::failure;
use crate::browser::{self, Keep};
use crate::desk::{Desk, use_desk};
use crate::loading::use_path;
use crate::locales::office::{Office, office};
use crate::text::short_id;

/// How long typing rests before the question is asked.
const TYPING_REST_MS: u32 = 200;

const QUESTION_KEY: &str = "frontdesk.search";

const DAY_MS: u64 = 86_400_000;

/// What was found so far for one question.
#[derive(Debug, Clone, Default, PartialEq)]
struct Found {
    hits: Vec<SearchHit>,
    cursor: Option<i64>,
    incomplete: bool,
    error: Option<ApiError>,
    /// An answer was had.
    answered: bool,
}

impl Found {
    fn with(&self, page: SearchPage, goes_on: bool) -> Self {
        let mut hits = if goes_on { self.hits.clone() } else { Vec::new() };
        hits.extend(page.hits);
        Self { hits, cursor: page.cursor, incomplete: page.incomplete, error: None, answered: true }
    }
}

#[component]
pub(crate) fn Search() -> Html {
    let desk = use_desk();
    let words = office(desk.locale);
    let request = use_state_eq(|| {
        browser::kept::<SearchRequest>(Keep::Tab, QUESTION_KEY).unwrap_or_default()
    });
    let found = use_state_eq(Found::default);
    let colleagues = use_path::<Vec<Colleague>>(Some("/v1/agents".to_owned()), 0);
    let field = use_node_ref();
    {
        let field = field.clone();
        use_effect_with((), move |()| {
            if let Some(field) = field.cast::<HtmlInputElement>() {
                drop(field.focus());
            }
        });
    }
    let newest = use_mut_ref(|| 0_u32);
    {
        let (found, newest) = (found.clone(), newest.clone());
        use_effect_with((*request).clone(), move |request| {
            browser::keep(Keep::Tab, QUESTION_KEY, request);
            let request = request.clone();
            if request.text.trim().is_empty() {
                found.set(Found::default());
            }
            *newest.borrow_mut() += 1;
            let asking = (!request.text.trim().is_empty())
                .then(|| Timeout::new(TYPING_REST_MS, move || ask(request, found, newest, false)));
            move || drop(asking)
        });
    }
    let older = {
        let (request, found) = (request.clone(), found.clone());
        Callback::from(move |_: MouseEvent| {
            let request = SearchRequest { cursor: found.cursor, ..(*request).clone() };
            ask(request, found.clone(), newest.clone(), true);
        })
    };
    let typed = change(&request, |request, text| request.text = text);
    html! {
        <main class="main panel" data-fd="search">
            <h1>{ words.search }</h1>
            <p class="lead">{ words.search_lead }</p>
            <div class="search-head" role="search">
                <input ref={field} type="search" class="search-field" data-fd="search-text"
                    aria-label={words.search_hint} placeholder={words.search_hint}
                    maxlength="80" value={request.text.clone()} oninput={typed} />
                { filters(&desk, &request, colleagues.here()) }
            </div>
            { results(&desk, &request, &found, &older) }
        </main>
    }
}

/// Asks; an answer to a question that has changed meanwhile is dropped.
fn ask(
    request: SearchRequest,
    found: UseStateHandle<Found>,
    newest: Rc<RefCell<u32>>,
    goes_on: bool,
) {
    let mine = *newest.borrow();
    spawn_local(async move {
        let answer = api::send::<_, SearchPage>("POST", "/v1/search", &request).await;
        if *newest.borrow() != mine {
            return;
        }
        match answer {
            Ok(page) => found.set(found.with(page, goes_on)),
            Err(error) => found.set(Found { error: Some(error), ..Found::default() }),
        }
    });
}

fn change(
    request: &UseStateHandle<SearchRequest>,
    change: impl Fn(&mut SearchRequest, String) + 'static,
) -> Callback<InputEvent> {
    let request = request.clone();
    Callback::from(move |event: InputEvent| {
        let target = event.target_dyn_into::<HtmlInputElement>().map(|input| input.value());
        let chosen = || event.target_dyn_into::<HtmlSelectElement>().map(|select| select.value());
        let mut next = (*request).clone();
        change(&mut next, target.or_else(chosen).unwrap_or_default());
        request.set(next);
    })
}

fn filters(
    desk: &Desk,
    request: &UseStateHandle<SearchRequest>,
    colleagues: Option<&Vec<Colleague>>,
) -> Html {
    let words = office(desk.locale);
    let statuses = [Status::Pending, Status::Open, Status::Snoozed, Status::Resolved];
    let authors = [AuthorKind::Visitor, AuthorKind::Bot, AuthorKind::Agent];
    let on_author = change(request, move |request, chosen| {
        request.author = authors.into_iter().find(|kind| author_token(*kind) == chosen);
    });
    let on_status = change(request, move |request, chosen| {
        request.status = statuses.into_iter().find(|status| status_token(*status) == chosen);
    });
    let on_agent = change(request, |request, chosen| {
        request.agent = Uuid::parse_str(&chosen).ok().map(AgentId);
    });
    let on_from = change(request, |request, day| request.from_ms = browser::day_start_ms(&day));
    let on_to = change(request, |request, day| {
        request.to_ms = browser::day_start_ms(&day).map(|start| start + DAY_MS);
    });
    let from = request.from_ms.map(browser::day_field).unwrap_or_default();
    let to = request.to_ms.map(|end| browser::day_field(end - DAY_MS)).unwrap_or_default();
    html! {
        <div class="filters">
            <select data-fd="search-author" aria-label={words.author} oninput={on_author}>
                <option value="" selected={request.author.is_none()}>{ words.anybody }</option>
                { for authors.into_iter().map(|kind| option(
                    author_token(kind), author_name(kind, words), request.author == Some(kind))) }
            </select>
            <select data-fd="search-agent" aria-label={words.agent} oninput={on_agent}>
                <option value="" selected={request.agent.is_none()}>{ words.all_agents }</option>
                { for colleagues.into_iter().flatten().map(|colleague| option(
                    &colleague.id.to_string(), &colleague.name,
                    request.agent == Some(colleague.id))) }
            </select>
            <select data-fd="search-status" aria-label={words.status} oninput={on_status}>
                <option value="" selected={request.status.is_none()}>{ words.any_status }</option>
                { for statuses.into_iter().map(|status| option(
                    status_token(status), (desk.strings().status_name)(status),
                    request.status == Some(status))) }
            </select>
            <label>{ words.from }<input type="date" value={from} oninput={on_from} /></label>
            <label>{ words.to }<input type="date" value={to} oninput={on_to} /></label>
        </div>
    }
}

pub(super) fn option(value: &str, name: &str, selected: bool) -> Html {
    html! { <option value={value.to_owned()} {selected}>{ name.to_owned() }</option> }
}

fn author_token(kind: AuthorKind) -> &'static str {
    match kind {
        AuthorKind::Visitor => "visitor",
        AuthorKind::Bot => "bot",
        AuthorKind::Agent => "agent",
    }
}

fn author_name(kind: AuthorKind, words: &Office) -> &'static str {
    match kind {
        AuthorKind::Visitor => words.a_visitor,
        AuthorKind::Bot => words.the_bot,
        AuthorKind::Agent => words.an_agent,
    }
}

fn results(
    desk: &Desk,
    request: &SearchRequest,
    found: &Found,
    older: &Callback<MouseEvent>,
) -> Html {
    let words = office(desk.locale);
    if request.text.trim().is_empty() {
        return Html::default();
    }
    let count = if found.answered { (words.hits)(found.hits.len()) } else { String::new() };
    let nothing = found.answered && found.hits.is_empty() && found.cursor.is_none();
    html! {
        <>
            <p class={if nothing { "unseen" } else { "quiet" }} role="status">{ count }</p>
            if let Some(error) = &found.error {
                <p class="form-error" role="alert" data-fd="error">{ failure(desk, error) }</p>
            }
            if found.incomplete {
                <p class="quiet">{ words.search_incomplete }</p>
            }
            if nothing {
                <div class="empty" data-fd="search-none">
                    <p class="empty-title">{ words.search_none }</p>
                    <p class="empty-hint">{ words.search_none_hint }</p>
                </div>
            }
            <ol class="hits" data-fd="hits" role="list">
                { for found.hits.iter().map(|hit| row(desk, hit)) }
            </ol>
            if found.cursor.is_some() {
                <button type="button" class="button more" data-fd="search-older"
                    onclick={older}>{ words.older }</button>
            }
        </>
    }
}

fn row(desk: &Desk, hit: &SearchHit) -> Html {
    let words = office(desk.locale);
    let (token, author) = match &hit.author {
        Author::Visitor | Author::System => {
            ("visitor", (desk.strings().visitor)(&short_id(&hit.visitor.to_string())))
        }
        Author::Bot { .. } => ("bot", words.the_bot.to_owned()),
        Author::Agent { name, .. } => ("agent", name.clone()),
    };
    let address = format!("#conversation={}&message={}", hit.conversation, hit.message);
    html! {
        <li key={hit.message.to_string()}>
            <a class="hit" href={address} data-fd="hit" data-author={token}
                data-conversation={hit.conversation.to_string()}
                data-message={hit.message.to_string()}>
                <span class="hit-head">
                    <strong>{ author }</strong>
                    <span>{ (desk.strings().status_name)(hit.status) }</span>
                    <span>{ hit.site.to_string() }</span>
                    <time>{ browser::dated_moment(hit.at_ms, desk.locale) }</time>
                </span>
                <span class="hit-text" dir="auto">{ marked(&hit.snippet, &hit.marks) }</span>
            </a>
        </li>
    }
}

/// The snippet as text, its hits marked. Marks that do not fit it are left out.
fn marked(snippet: &str, marks: &[Mark]) -> Html {
    let chars: Vec<char> = snippet.chars().collect();
    let mut parts = Vec::new();
    let mut at = 0;
    for mark in marks {
        let (start, end) = (mark.start as usize, mark.end as usize);
        if start < at || start >= end || end > chars.len() {
            continue;
        }
        parts.push(html! { { chars[at..start].iter().collect::<String>() } });
        parts.push(html! { <mark>{ chars[start..end].iter().collect::<String>() }</mark> });
        at = end;
    }
    parts.push(html! { { chars[at..].iter().collect::<String>() } });
    parts.into_iter().collect()
}
