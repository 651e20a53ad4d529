//! The app: who is signed in decides between entrance and desk, the address between panels.
//! It ties store, socket and browser together and draws the frame around the panels.

use protocol::http::AgentProfile;
use protocol::locale::Locale;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::api;
use crate::browser;
use crate::components::{Banner, Icon, KeyList, LanguageSwitch, Tone, avatar, icon};
use crate::desk::Desk;
use crate::effects;
use crate::locales::strings;
use crate::panels::Panel;
use crate::panels::conversation::Conversation;
use crate::panels::inbox::Inbox;
use crate::panels::set_up::SetUp;
use crate::panels::sign_in::SignIn;
use crate::socket::Socket;
use crate::store::{Action, Link, Phase};

#[component]
pub(crate) fn App() -> Html {
    let store = use_reducer(effects::restored_store);
    let socket = {
        let dispatch = store.dispatcher();
        (*use_memo((), move |()| Socket::new(dispatch))).clone()
    };
    let locale = use_state_eq(effects::initial_locale);
    let panel = effects::use_address();
    let now_ms = effects::use_clock();
    effects::use_attention(store.dispatcher(), socket.clone());
    effects::use_persistence(&store);
    effects::use_typing_fade(&store);
    effects::use_title(store.waiting_count(), *locale);
    {
        let socket = socket.clone();
        use_effect_with((), move |()| socket.begin());
    }
    {
        let dispatch = store.dispatcher();
        let signed_in = matches!(store.phase, Phase::SignedIn(_));
        use_effect_with((panel.conversation(), signed_in), move |(open, signed_in)| {
            dispatch.dispatch(Action::Opened(open.filter(|_| *signed_in)));
        });
    }
    {
        let (socket, store) = (socket.clone(), store.clone());
        use_effect(move || socket.catch_up(&store));
    }
    let on_locale = {
        let locale = locale.clone();
        Callback::from(move |chosen: Locale| {
            effects::keep_locale(chosen);
            locale.set(chosen);
        })
    };
    let on_signed_in = {
        let (dispatch, socket, panel) = (store.dispatcher(), socket.clone(), panel.clone());
        Callback::from(move |agent: AgentProfile| {
            if matches!(*panel, Panel::SetUp { .. }) {
                browser::replace_hash(&Panel::Inbox.hash());
                panel.set(Panel::Inbox);
            }
            dispatch.dispatch(Action::SignedIn(agent));
            socket.start();
        })
    };
    let locale = *locale;
    match (&store.phase, &*panel) {
        (Phase::SignedIn(agent), Panel::Inbox | Panel::Conversation(_)) => {
            let agent = agent.clone();
            let desk = Desk { store, socket, locale, panel: (*panel).clone(), now_ms };
            html! { <Frame {desk} {agent} {on_locale} /> }
        }
        (_, Panel::SetUp { link_token }) => html! {
            <SetUp link_token={link_token.clone()} {locale} {on_locale} {on_signed_in} />
        },
        (Phase::SignedOut, _) => html! { <SignIn {locale} {on_locale} {on_signed_in} /> },
        (Phase::Starting, _) => starting(locale, store.link),
    }
}

fn starting(locale: Locale, link: Link) -> Html {
    let words = strings(locale);
    let text = match link {
        Link::Connecting | Link::Live => words.starting,
        Link::Reconnecting | Link::Stopped => words.unreachable,
    };
    html! {
        <div class="entrance">
            <div class="brand brand-large">{ icon(Icon::Logo) }{ "Frontdesk" }</div>
            <p class="lead" role="status">{ text }</p>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct FrameProps {
    desk: Desk,
    agent: AgentProfile,
    on_locale: Callback<Locale>,
}

/// The desk: inbox on the left, the open conversation beside it.
#[component]
fn Frame(props: &FrameProps) -> Html {
    let desk = &props.desk;
    let words = desk.strings();
    let keys_shown = use_state_eq(|| false);
    effects::use_shortcuts(desk, keys_shown.clone());
    let show_keys = {
        let keys_shown = keys_shown.clone();
        Callback::from(move |_: MouseEvent| keys_shown.set(true))
    };
    let hide_keys = {
        let keys_shown = keys_shown.clone();
        Callback::from(move |()| keys_shown.set(false))
    };
    let open = desk.panel.conversation();
    let at = if open.is_some() { "conversation" } else { "inbox" };
    html! {
        <ContextProvider<Desk> context={desk.clone()}>
            <div class="app" data-panel={at}>
                { banners(desk) }
                <nav class="side" aria-label={words.inbox}>
                    { side_head(desk) }
                    <Inbox />
                    { side_foot(props, &show_keys) }
                </nav>
                <main class="main">
                    if let Some(id) = open {
                        <Conversation key={id.to_string()} {id} />
                    } else {
                        <div class="nothing-open">
                            { icon(Icon::Logo) }
                            <p class="empty-title">{ words.choose }</p>
                            <p class="empty-hint">{ words.choose_hint }</p>
                        </div>
                    }
                </main>
                <p class="unseen" role="status">
                    { desk.store.newly_waiting.map(|_| words.newly_waiting) }
                </p>
            </div>
            if *keys_shown {
                <KeyList locale={desk.locale} on_close={hide_keys} />
            }
        </ContextProvider<Desk>>
    }
}

fn side_head(desk: &Desk) -> Html {
    let words = desk.strings();
    let (state, label) = match desk.store.link {
        Link::Connecting => ("connecting", words.connecting),
        Link::Live => ("live", words.live),
        Link::Reconnecting => ("reconnecting", words.connecting),
        Link::Stopped => ("stopped", words.stopped),
    };
    html! {
        <header class="side-head">
            <div class="brand">{ icon(Icon::Logo) }{ words.inbox }</div>
            <span class="waiting-count">
                { (words.waiting_count)(desk.store.waiting_count()) }
            </span>
            <span class="link" data-fd="link" data-state={state} title={label}>
                <span class="unseen">{ label }</span>
            </span>
        </header>
    }
}

fn side_foot(props: &FrameProps, show_keys: &Callback<MouseEvent>) -> Html {
    let desk = &props.desk;
    let words = desk.strings();
    let initial: String = props.agent.name.chars().take(1).flat_map(char::to_uppercase).collect();
    let leave = {
        let (dispatch, socket) = (desk.store.dispatcher(), desk.socket.clone());
        move |_: MouseEvent| {
            let (dispatch, socket) = (dispatch.clone(), socket.clone());
            socket.stop();
            spawn_local(async move {
                // The cookie is gone only when the server says so; else the next call shows it.
                match api::sign_out().await {
                    Ok(()) => dispatch.dispatch(Action::SignedOut),
                    Err(_) => socket.begin(),
                }
            });
        }
    };
    html! {
        <footer class="side-foot">
            { avatar(&props.agent.id.to_string(), &initial) }
            <span class="agent" title={props.agent.email.clone()}>
                <span class="agent-name">{ &props.agent.name }</span>
                <span class="agent-role">{ (words.role_name)(props.agent.role) }</span>
            </span>
            <LanguageSwitch locale={desk.locale} on_locale={&props.on_locale} />
            <button type="button" class="button-icon keys-button" data-fd="show-keys"
                aria-label={words.keys} title={words.keys} onclick={show_keys}>
                { icon(Icon::Keyboard) }
            </button>
            <button type="button" class="button-icon" data-fd="sign-out"
                aria-label={words.sign_out} title={words.sign_out} onclick={leave}>
                { icon(Icon::SignOut) }
            </button>
        </footer>
    }
}

/// What the agent must know before anything else, the gravest first.
fn banners(desk: &Desk) -> Html {
    let words = desk.strings();
    let store = &desk.store;
    let again = {
        let socket = desk.socket.clone();
        Callback::from(move |()| socket.begin())
    };
    let read = {
        let desk = desk.clone();
        Callback::from(move |()| desk.dispatch(Action::RefusalRead))
    };
    let unsent = store.outbox.iter().filter(|outgoing| outgoing.waiting()).count();
    let lost = match unsent {
        0 => words.reconnecting.to_owned(),
        count => format!("{} {}", words.reconnecting, (words.unsent)(count)),
    };
    html! {
        <div class="banners">
            if store.link == Link::Reconnecting {
                <Banner tone={Tone::Warning} words={lost} />
            }
            if store.link == Link::Stopped {
                <Banner tone={Tone::Warning} words={words.stopped} action={words.try_again}
                    on_action={again} />
            }
            if store.level > 0 {
                <Banner tone={Tone::Notice} words={words.shedding} />
            }
            if let Some(refusal) = &store.refusal {
                <Banner tone={Tone::Warning} words={(words.refusal)(refusal.code)}
                    action={words.close} on_action={read} />
            }
        </div>
    }
}
