//! The rail that leads from panel to panel, and the agent's own menu at its end. It only reads the
//! address and sets it; a panel appears here by its row in `Place::ALL`.

use protocol::http::{AgentProfile, Role};
use protocol::locale::Locale;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{FaqPage, Panel};
use crate::api;
use crate::components::{Icon, LanguageSwitch, avatar, icon};
use crate::desk::{Desk, use_desk};
use crate::locales::Strings;
use crate::store::Action;

/// A row of the rail. What a role may not open is left out by `Place::open_to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Inbox,
    Faq,
    Settings,
}

impl Place {
    /// In the order of the rail; `g` and then the place's key leads there.
    pub(crate) const ALL: [Self; 3] = [Self::Inbox, Self::Faq, Self::Settings];

    pub(crate) fn panel(self) -> Panel {
        match self {
            Self::Inbox => Panel::Inbox,
            Self::Faq => Panel::Faq(FaqPage::Entries),
            Self::Settings => Panel::Settings,
        }
    }

    pub(crate) fn icon(self) -> Icon {
        match self {
            Self::Inbox => Icon::Inbox,
            Self::Faq => Icon::Faq,
            Self::Settings => Icon::Settings,
        }
    }

    pub(crate) fn name(self, words: &Strings) -> &'static str {
        match self {
            Self::Inbox => words.inbox,
            Self::Faq => words.faq,
            Self::Settings => words.settings,
        }
    }

    /// Pressed after `g`.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Inbox => "i",
            Self::Faq => "f",
            Self::Settings => "s",
        }
    }

    /// The value of `data-place`.
    pub(crate) fn token(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Faq => "faq",
            Self::Settings => "settings",
        }
    }

    /// What an agent of this role has no use for is not offered; the server refuses it anyway.
    pub(crate) fn open_to(self, agent: &AgentProfile) -> bool {
        match self {
            Self::Inbox | Self::Faq => true,
            Self::Settings => matches!(agent.role, Role::Owner | Role::Admin),
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
