//! The rail that leads from panel to panel, and the agent's own menu at its end. It only reads the
//! address and sets it; a panel appears here by its row in `Place::ALL`.

use protocol::http::{AgentProfile, Role};
use protocol::locale::Locale;
use protocol::team::{Availability, Presence};
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlInputElement, ScrollIntoViewOptions, ScrollLogicalPosition};
use yew::prelude::*;

use super::{FaqPage, Panel};
use crate::alerts::Alerts;
use crate::api;
use crate::browser;
use crate::components::{Icon, LanguageSwitch, avatar, icon};
use crate::desk::{Desk, use_desk};
use crate::locales::Strings;
use crate::store::Action;

/// A row of the rail. What a role may not open is left out by `Place::open_to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Inbox,
    Canned,
    Faq,
    Settings,
    Search,
    Visitors,
    Reports,
    People,
    Audit,
}

impl Place {
    /// In the order of the rail; `g` and then the place's key leads there.
    pub(crate) const ALL: [Self; 9] = [
        Self::Inbox,
        Self::Search,
        Self::Visitors,
        Self::Canned,
        Self::Faq,
        Self::Reports,
        Self::People,
        Self::Audit,
        Self::Settings,
    ];

    pub(crate) fn panel(self) -> Panel {
        match self {
            Self::Inbox => Panel::Inbox,
            Self::Faq => Panel::Faq(FaqPage::Entries),
            Self::Settings => Panel::Settings,
            Self::Canned => Panel::Canned,
            Self::Search => Panel::Search,
            Self::Visitors => Panel::Visitors,
            Self::Reports => Panel::Reports,
            Self::People => Panel::People,
            Self::Audit => Panel::Audit,
        }
    }

    pub(crate) fn icon(self) -> Icon {
        match self {
            Self::Inbox => Icon::Inbox,
            Self::Faq => Icon::Faq,
            Self::Settings => Icon::Settings,
            Self::Canned => Icon::Canned,
            Self::Search => Icon::Search,
            Self::Visitors => Icon::Visitors,
            Self::Reports => Icon::Reports,
            Self::People => Icon::People,
            Self::Audit => Icon::Audit,
        }
    }

    pub(crate) fn name(self, words: &Strings) -> &'static str {
        match self {
            Self::Inbox => words.inbox,
            Self::Faq => words.faq,
            Self::Settings => words.settings,
            Self::Canned => words.canned_place,
            Self::Search => words.office.search,
            Self::Visitors => words.office.visitors,
            Self::Reports => words.office.reports,
            Self::People => words.office.people,
            Self::Audit => words.office.audit,
        }
    }

    /// Pressed after `g`.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Inbox => "i",
            Self::Faq => "f",
            Self::Settings => "s",
            Self::Canned => "c",
            Self::Search => "/",
            Self::Visitors => "v",
            Self::Reports => "r",
            Self::People => "p",
            Self::Audit => "a",
        }
    }

    /// The value of `data-place`.
    pub(crate) fn token(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Faq => "faq",
            Self::Settings => "settings",
            Self::Canned => "canned",
            Self::Search => "search",
            Self::Visitors => "visitors",
            Self::Reports => "reports",
            Self::People => "people",
            Self::Audit => "audit",
        }
    }

    /// What an agent of this role has no use for is not offered; the server refuses it anyway.
    pub(crate) fn open_to(self, agent: &AgentProfile) -> bool {
        match self {
            Self::Inbox
            | Self::Canned
            | Self::Faq
            | Self::Search
            | Self::Visitors
            | Self::People => true,
            Self::Reports => matches!(agent.role, Role::Owner | Role::Admin | Role::Viewer),
            Self::Audit | Self::Settings => matches!(agent.role, Role::Owner | Role::Admin),
        }
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct RailProps {
    pub(crate) agent: AgentProfile,
    pub(crate) on_locale: Callback<Locale>,
    pub(crate) on_keys: Callback<MouseEvent>,
}

#[component]
pub(crate) fn Rail(props: &RailProps) -> Html {
    let desk = use_desk();
    let words = desk.strings();
    // Where the rail is narrower than its rows it scrolls.
    use_effect_with(desk.panel.place(), |_| {
        let current = browser::document().query_selector(".rail-row[aria-current]").ok().flatten();
        if let Some(current) = current {
            let options = ScrollIntoViewOptions::new();
            options.set_block(ScrollLogicalPosition::Nearest);
            options.set_inline(ScrollLogicalPosition::Nearest);
            current.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
    let places = Place::ALL.into_iter().filter(|place| place.open_to(&props.agent));
    html! {
        <nav class="rail" data-fd="rail" aria-label={words.places}>
            <span class="rail-logo">{ icon(Icon::Logo) }</span>
            <ul role="list">{ for places.map(|place| row(&desk, place)) }</ul>
            { menu(&desk, props) }
        </nav>
    }
}

fn row(desk: &Desk, place: Place) -> Html {
    let words = desk.strings();
    let current = desk.panel.place() == Some(place);
    let name = place.name(words);
    html! {
        <li key={place.token()}>
            <a class="rail-row" href={format!("#{}", place.panel().hash())} data-fd="place"
                data-place={place.token()} aria-current={current.then_some("page")}
                title={format!("{name} (g {})", place.key())}>
                { icon(place.icon()) }
                <span>{ name }</span>
            </a>
        </li>
    }
}

/// Who is signed in, and what concerns them alone. The browser opens and closes it.
fn menu(desk: &Desk, props: &RailProps) -> Html {
    let words = desk.strings();
    let agent = &props.agent;
    let initial: String = agent.name.chars().take(1).flat_map(char::to_uppercase).collect();
    html! {
        <div class="rail-foot">
            <button type="button" class="rail-agent" data-fd="agent-menu"
                popovertarget="agent-menu" aria-label={words.agent_menu} title={agent.name.clone()}>
                { avatar(&agent.id.to_string(), &initial) }
            </button>
            <div id="agent-menu" class="menu" popover="auto">
                <p class="agent">
                    <span class="agent-name">{ &agent.name }</span>
                    <span class="agent-role">{ (words.role_name)(agent.role) }</span>
                </p>
                { choices(desk) }
                <a class="menu-row" data-fd="profile-link"
                    href={format!("#{}", Panel::Profile.hash())}>
                    { icon(Icon::People) }{ words.office.profile }
                </a>
                <LanguageSwitch locale={desk.locale} on_locale={&props.on_locale} />
                <button type="button" class="menu-row keys-button" data-fd="show-keys"
                    popovertarget="agent-menu" popovertargetaction="hide"
                    onclick={&props.on_keys}>
                    { icon(Icon::Keyboard) }{ words.keys }
                </button>
                <button type="button" class="menu-row" data-fd="sign-out"
                    onclick={leave(desk)}>
                    { icon(Icon::SignOut) }{ words.sign_out }
                </button>
            </div>
        </div>
    }
}

/// Whether conversations come by themselves, and how the agent is told of them.
fn choices(desk: &Desk) -> Html {
    let w = crate::locales::desk::words(desk.locale);
    let me = desk.store.me().map(|me| me.id);
    let presence = desk.store.team.iter().find(|member| Some(member.id) == me);
    let away = presence.is_some_and(|member| member.presence == Presence::Away);
    let alerts = Alerts::kept();
    let check = |fd: &'static str, name: &'static str, on: bool, change: Callback<Event>| {
        html! {
            <label class="menu-row">
                <input type="checkbox" data-fd={fd} checked={on} onchange={change} />
                { name }
            </label>
        }
    };
    let available = {
        let desk = desk.clone();
        Callback::from(move |event: Event| {
            let on = event.target_unchecked_into::<HtmlInputElement>().checked();
            desk.set_availability(if on { Availability::Online } else { Availability::Away });
        })
    };
    let notify = Callback::from(move |event: Event| {
        let on = event.target_unchecked_into::<HtmlInputElement>().checked();
        if on {
            browser::ask_to_notify();
        }
        Alerts { notify: on, ..Alerts::kept() }.keep();
    });
    let sound = Callback::from(move |event: Event| {
        let on = event.target_unchecked_into::<HtmlInputElement>().checked();
        Alerts { sound: on, ..Alerts::kept() }.keep();
    });
    html! {
        <>
            { check("availability", w.available, !away, available) }
            { check("notify", w.notify, alerts.notify, notify) }
            { check("sound", w.sound, alerts.sound, sound) }
        </>
    }
}

fn leave(desk: &Desk) -> Callback<MouseEvent> {
    let (dispatch, socket) = (desk.store.dispatcher(), desk.socket.clone());
    Callback::from(move |_: MouseEvent| {
        let (dispatch, socket) = (dispatch.clone(), socket.clone());
        socket.stop();
        spawn_local(async move {
            // The cookie is gone only when the server says so; else the next call shows it.
            match api::sign_out().await {
                Ok(()) => dispatch.dispatch(Action::SignedOut),
                Err(_) => socket.begin(),
            }
        });
    })
}
