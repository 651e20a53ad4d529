//! The app: who is signed in decides between entrance and desk, the address between panels.
//! It ties store, socket and browser together and draws the frame around the panels.

use protocol::http::AgentProfile;
use protocol::locale::Locale;
use protocol::people::Colleague;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::api;
use crate::browser;
use crate::components::{Banner, Icon, KeyList, Tone, icon};
use crate::desk::Desk;
use crate::effects;
use crate::loading::use_path;
use crate::locales::strings;
use crate::panels::Panel;
use crate::panels::audit::Audit;
use crate::panels::canned::Canned;
use crate::panels::conversation::Conversation;
use crate::panels::faq::Faq;
use crate::panels::guide::Guide;
use crate::panels::inbox::Inbox;
use crate::panels::join::Join;
use crate::panels::palette::Palette;
use crate::panels::people::People;
use crate::panels::profile::Profile;
use crate::panels::rail::Rail;
use crate::panels::reports::Reports;
use crate::panels::search::Search;
use crate::panels::set_up::SetUp;
use crate::panels::settings::Settings;
use crate::panels::sign_in::SignIn;
use crate::panels::visitors::Visitors;
use crate::shortcuts::Overlay;
use crate::socket::Socket;
use crate::store::{Action, Link, Phase};

const OWN_ACCOUNT: &str = "/v1/agents/me/account";

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
            if matches!(*panel, Panel::SetUp { .. } | Panel::Join { .. }) {
                browser::replace_hash(&Panel::Inbox.hash());
                panel.set(Panel::Inbox);
                spawn_local(guide_who_is_new());
            }
            dispatch.dispatch(Action::SignedIn(agent));
            socket.start();
        })
    };
    let locale = *locale;
    match (&store.phase, &*panel) {
        (_, Panel::SetUp { link_token }) => html! {
            <SetUp link_token={link_token.clone()} {locale} {on_locale} {on_signed_in} />
        },
        (_, Panel::Join { token }) => html! {
            <Join token={token.clone()} {locale} {on_locale} {on_signed_in} />
        },
        (Phase::SignedIn(agent), _) => {
            let agent = agent.clone();
            let desk = Desk { store, socket, locale, panel: (*panel).clone(), now_ms };
            html! { <Frame {desk} {agent} {on_locale} /> }
        }
        (Phase::SignedOut, _) => html! { <SignIn {locale} {on_locale} {on_signed_in} /> },
        (Phase::Starting, _) => starting(locale, store.link),
    }
}

/// Whoever has no chat that answers yet is shown the way to one.
async fn guide_who_is_new() {
    let sites = api::owner::sites().await.unwrap_or_default();
    if sites.iter().all(|site| site.entries == 0) {
        browser::go_to(&Panel::Guide.hash());
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

/// The desk: the rail, then the panel that the address asks for.
#[component]
fn Frame(props: &FrameProps) -> Html {
    // Asked for again when the line is back: what was missing may have been set up meanwhile.
    let line = u32::from(props.desk.store.link == Link::Live);
    let own = use_path::<Colleague>(Some(OWN_ACCOUNT.to_owned()), line);
    let needs_second_factor = own.here().is_some_and(|own| own.second_factor_needed);
    let desk = match needs_second_factor {
        true => Desk { panel: Panel::Profile, ..props.desk.clone() },
        false => props.desk.clone(),
    };
    let desk = &desk;
    let words = desk.strings();
    let overlay = use_state_eq(|| Overlay::Nothing);
    effects::use_shortcuts(desk, overlay.clone());
    effects::use_canned(&desk.store);
    effects::use_colleague_fade(&desk.store);
    effects::use_availability(desk);
    effects::use_alerts(desk);
    let show_keys = {
        let overlay = overlay.clone();
        Callback::from(move |_: MouseEvent| overlay.set(Overlay::Keys))
    };
    let hide = {
        let overlay = overlay.clone();
        Callback::from(move |()| overlay.set(Overlay::Nothing))
    };
    html! {
        <ContextProvider<Desk> context={desk.clone()}>
            <div class="app" data-panel={desk.panel.token()}>
                { banners(desk) }
                <Rail agent={props.agent.clone()} on_locale={&props.on_locale}
                    on_keys={show_keys} />
                if needs_second_factor {
                    <p class="banner" role="alert">{ words.office.factor_needed }</p>
                }
                { draw_panel(desk, &props.agent) }
                <p class="unseen" role="status">
                    { desk.store.newly_waiting.map(|_| words.newly_waiting) }
                </p>
            </div>
            { match *overlay {
                Overlay::Nothing => Html::default(),
                Overlay::Keys => html! { <KeyList locale={desk.locale} on_close={hide} /> },
                Overlay::Palette => html! { <Palette on_close={hide} /> },
            } }
        </ContextProvider<Desk>>
    }
}

/// Inbox and conversation stand side by side; every other panel has the place to itself, as a
/// `<main class="main panel">`.
fn draw_panel(desk: &Desk, agent: &AgentProfile) -> Html {
    match &desk.panel {
        Panel::Faq(page) => html! { <Faq page={page.clone()} /> },
        Panel::Settings => html! { <Settings /> },
        Panel::Guide => html! { <Guide /> },
        Panel::SetUp { .. } | Panel::Join { .. } => Html::default(),
        Panel::Search => html! { <Search /> },
        Panel::Visitors => html! { <Visitors /> },
        Panel::Reports => html! { <Reports /> },
        Panel::People => html! { <People agent={agent.clone()} /> },
        Panel::Audit => html! { <Audit /> },
        Panel::Profile => html! { <Profile /> },
        Panel::Inbox => with_inbox(desk, &nothing_open(desk)),
        Panel::Conversation(id) => {
            with_inbox(desk, &html! { <Conversation key={id.to_string()} id={*id} /> })
        }
        Panel::Canned => html! { <Canned /> },
    }
}

fn with_inbox(desk: &Desk, beside: &Html) -> Html {
    html! {
        <>
            <section class="side" aria-label={desk.strings().inbox}>
                { side_head(desk) }
                <Inbox />
            </section>
            <main class="main">{ beside.clone() }</main>
        </>
    }
}

fn nothing_open(desk: &Desk) -> Html {
    let words = desk.strings();
    html! {
        <div class="nothing-open">
            { icon(Icon::Logo) }
            <p class="empty-title">{ words.choose }</p>
            <p class="empty-hint">{ words.choose_hint }</p>
        </div>
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
            <h1 class="brand">{ words.inbox }</h1>
            <span class="waiting-count">
                { (words.waiting_count)(desk.store.waiting_count()) }
            </span>
            <span class="link" data-fd="link" data-state={state} title={label}>
                <span class="unseen">{ label }</span>
            </span>
        </header>
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
