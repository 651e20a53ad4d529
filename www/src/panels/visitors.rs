//! Live visitors of a site, with the page they are on. Asked for again every few seconds while the
//! panel is open.

use gloo::timers::callback::Interval;
use protocol::context::{LiveVisitor, LiveVisitors};
use protocol::ids::SiteKey;
use protocol::settings::SiteListed;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::search::option;
use crate::asking::not_here;
use crate::browser;
use crate::components::avatar;
use crate::desk::{Desk, use_desk};
use crate::loading::use_path;
use crate::locales::office::office;
use crate::locales::whereabouts::whereabouts;
use crate::text::short_id;

const LOOK_MS: u32 = 5_000;

#[component]
pub(crate) fn Visitors() -> Html {
    let desk = use_desk();
    let words = office(desk.locale);
    let sites = use_path::<Vec<SiteListed>>(Some("/v1/sites".to_owned()), 0);
    let chosen = use_state_eq(|| None::<SiteKey>);
    let round = use_state_eq(|| 0_u32);
    {
        let round = round.clone();
        use_effect_with(*round, move |now| {
            let next = now.wrapping_add(1);
            let look = Interval::new(LOOK_MS, move || {
                if browser::page_visible() {
                    round.set(next);
                }
            });
            move || drop(look)
        });
    }
    let first = sites.here().and_then(|sites| sites.first()).map(|site| site.key.clone());
    let site = (*chosen).clone().or(first);
    let path = site.as_ref().map(|site| format!("/v1/sites/{site}/visitors"));
    let here = use_path::<LiveVisitors>(path, *round);
    let on_site = {
        let chosen = chosen.clone();
        Callback::from(move |event: InputEvent| {
            let value = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.value());
            chosen.set(value.and_then(|key| SiteKey::parse(&key).ok()));
        })
    };
    html! {
        <main class="main panel" data-fd="visitors">
            <header class="panel-head">
                <h1>{ words.visitors }</h1>
                if let Some(sites) = sites.here().filter(|sites| sites.len() > 1) {
                    <select aria-label={words.site} oninput={on_site}>
                        { for sites.iter().map(|listed| option(
                            listed.key.as_str(), &listed.name,
                            Some(&listed.key) == site.as_ref())) }
                    </select>
                }
            </header>
            <p class="lead">{ words.visitors_lead }</p>
            if let Some(here) = here.here() {
                <p class="quiet" role="status" data-fd="visitors-count">
                    { (words.present)(here.total) }
                </p>
                { list(&desk, here) }
            } else {
                { not_here(&desk, &here) }
            }
        </main>
    }
}

fn list(desk: &Desk, here: &LiveVisitors) -> Html {
    let words = office(desk.locale);
    if here.visitors.is_empty() {
        return html! {
            <div class="empty">
                <p class="empty-title">{ words.visitors_none }</p>
                <p class="empty-hint">{ words.visitors_none_hint }</p>
            </div>
        };
    }
    html! {
        <ul class="cards" role="list">
            { for here.visitors.iter().map(|visitor| card(desk, visitor)) }
        </ul>
    }
}

fn card(desk: &Desk, visitor: &LiveVisitor) -> Html {
    let words = office(desk.locale);
    let context = &visitor.context;
    let id = visitor.visitor.to_string();
    let person = context.person.as_ref();
    let proven = person.and_then(|person| person.name.clone().or(person.email.clone()));
    let name = proven.unwrap_or_else(|| (desk.strings().visitor)(&short_id(&id)));
    let page = context.path.last();
    let title = page.map_or(words.no_page.to_owned(), |page| {
        if page.title.is_empty() { page.url.clone() } else { page.title.clone() }
    });
    let seconds = desk.now_ms.saturating_sub(visitor.since_ms) as f64 / 1_000.0;
    let device = (whereabouts(desk.locale).device_kind)(context.device.kind);
    let parts = [device, &context.device.browser, &context.device.system, &context.language];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    html! {
        <li key={id.clone()} class="visitor-card" data-fd="visitor" data-visitor={id.clone()}>
            { avatar(&id, "") }
            <div class="visitor-body">
                <p class="visitor-name" dir="auto">{ name }</p>
                <p class="visitor-page" dir="auto" data-fd="visitor-page"
                    title={page.map(|page| page.url.clone())}>{ title }</p>
                <p class="quiet">
                    { format!("{} {} · {}", words.since, (words.duration)(seconds),
                        parts.join(" · ")) }
                </p>
            </div>
            if let Some(conversation) = visitor.conversation {
                <a class="button" href={format!("#conversation={conversation}")}>
                    { words.open_conversation }
                </a>
            } else {
                <span class="quiet">{ words.nothing_said }</span>
            }
        </li>
    }
}
