//! The app's standing ties to the browser, one hook each: address, clock, attention, storage,
//! keyboard, title. None of them decides anything.

use std::collections::BTreeMap;

use gloo::events::{EventListener, EventListenerOptions};
use gloo::timers::callback::{Interval, Timeout};
use protocol::agent::AgentFrame;
use protocol::conversation::Status;
use protocol::ids::{ConversationId, Seq};
use protocol::inbox::InboxQuery;
use protocol::locale::Locale;
use protocol::team::Availability;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::KeyboardEvent;
use yew::prelude::*;

use crate::alerts::Alerts;
use crate::api;
use crate::browser::{self, Keep};
use crate::desk::{self, Desk};
use crate::panels::Panel;
use crate::shortcuts::{self, Going, Overlay};
use crate::socket::Socket;
use crate::store::{Action, Link, Store};

const OUTBOX_KEY: &str = "frontdesk.outbox";
const SEEN_KEY: &str = "frontdesk.seen";
const QUERY_KEY: &str = "frontdesk.query";
const LOCALE_KEY: &str = "frontdesk.locale";

/// Conversations whose last seen message is remembered; the newest ones are kept.
const SEEN_MAX: usize = 500;

/// How often waiting times are drawn anew.
const CLOCK_MS: u32 = 10_000;

/// A typing sign that is not renewed for this long is over.
const TYPING_MS: u32 = 6_000;

/// The store as an earlier page of this tab left it.
pub(crate) fn restored_store() -> Store {
    let frames: Vec<AgentFrame> = browser::kept(Keep::Tab, OUTBOX_KEY).unwrap_or_default();
    let seen: BTreeMap<ConversationId, Seq> =
        browser::kept(Keep::Browser, SEEN_KEY).unwrap_or_default();
    let query = browser::kept(Keep::Browser, QUERY_KEY).unwrap_or_else(first_query);
    Store::restored(frames, seen, query)
}

/// What needs somebody, whoever has it.
fn first_query() -> InboxQuery {
    InboxQuery { status: Some(Status::Open), ..InboxQuery::default() }
}

/// What was chosen here before, or else what the browser prefers.
pub(crate) fn initial_locale() -> Locale {
    browser::kept(Keep::Browser, LOCALE_KEY).unwrap_or_else(browser::preferred_locale)
}

pub(crate) fn keep_locale(locale: Locale) {
    browser::keep(Keep::Browser, LOCALE_KEY, &locale);
}

/// The panel that the address bar asks for.
#[hook]
pub(crate) fn use_address() -> UseStateHandle<Panel> {
    let panel = use_state_eq(|| Panel::from_hash(&browser::hash()));
    {
        let panel = panel.clone();
        use_effect_with((), move |()| {
            let listener = EventListener::new(&browser::window(), "hashchange", move |_| {
                panel.set(Panel::from_hash(&browser::hash()));
            });
            move || drop(listener)
        });
    }
    panel
}

#[hook]
pub(crate) fn use_clock() -> u64 {
    let now_ms = use_state_eq(browser::now_ms);
    {
        let now_ms = now_ms.clone();
        use_effect_with((), move |()| {
            let interval = Interval::new(CLOCK_MS, move || now_ms.set(browser::now_ms()));
            move || drop(interval)
        });
    }
    *now_ms
}

/// Tells the store whether somebody looks, and the socket when somebody or the network is back.
#[hook]
pub(crate) fn use_attention(dispatch: UseReducerDispatcher<Store>, socket: Socket) {
    use_effect_with((), move |()| {
        dispatch.dispatch(Action::Attended(browser::page_visible()));
        let waker = socket.clone();
        let visibility = EventListener::new(&browser::document(), "visibilitychange", move |_| {
            let visible = browser::page_visible();
            dispatch.dispatch(Action::Attended(visible));
            if visible {
                waker.wake();
            }
        });
        let online = EventListener::new(&browser::window(), "online", move |_| socket.wake());
        move || drop((visibility, online))
    });
}

/// Keeps unacknowledged frames and what was seen across a reload.
#[hook]
pub(crate) fn use_persistence(store: &Store) {
    use_effect_with(store.unacknowledged(), |frames| {
        browser::keep(Keep::Tab, OUTBOX_KEY, frames);
    });
    use_effect_with(store.list.query.clone(), |query| {
        browser::keep(Keep::Browser, QUERY_KEY, query);
    });
    use_effect_with(store.seen.clone(), |seen| {
        let newest: BTreeMap<_, _> = seen.iter().rev().take(SEEN_MAX).collect();
        browser::keep(Keep::Browser, SEEN_KEY, &newest);
    });
}

/// The visitor's typing sign goes out by itself.
#[hook]
pub(crate) fn use_typing_fade(store: &UseReducerHandle<Store>) {
    let dispatch = store.dispatcher();
    use_effect_with(store.typing_round, move |round| {
        let round = *round;
        let fade = Timeout::new(TYPING_MS, move || dispatch.dispatch(Action::TypingFaded(round)));
        move || drop(fade)
    });
}

/// A colleague's typing sign goes out by itself, too.
#[hook]
pub(crate) fn use_colleague_fade(store: &UseReducerHandle<Store>) {
    let dispatch = store.dispatcher();
    use_effect_with(store.beside.colleague_round, move |round| {
        let round = *round;
        let fade = Timeout::new(TYPING_MS, move || {
            dispatch.dispatch(Action::ColleagueFaded(round));
        });
        move || drop(fade)
    });
}

/// Fetches the canned responses when they have changed.
#[hook]
pub(crate) fn use_canned(store: &UseReducerHandle<Store>) {
    let dispatch = store.dispatcher();
    use_effect_with(store.canned_round, move |round| {
        if *round > 0 {
            spawn_local(async move {
                // Without an answer the ones before stay; the next connection asks again.
                if let Ok(canned) = api::canned().await {
                    dispatch.dispatch(Action::CannedFetched(canned));
                }
            });
        }
    });
}

/// Tells the server after every connection whether this agent is away.
#[hook]
pub(crate) fn use_availability(desk: &Desk) {
    let socket = desk.socket.clone();
    use_effect_with(desk.store.link == Link::Live, move |live| {
        let availability = desk::availability();
        if *live && availability != Availability::default() {
            socket.send_lossy(&AgentFrame::SetAvailability { availability });
        }
    });
}

/// Somebody began to wait while nobody looks: a notification and a sound, where they are wanted.
#[hook]
pub(crate) fn use_alerts(desk: &Desk) {
    let desk = desk.clone();
    use_effect_with(desk.store.newly_waiting, move |waiting| {
        let row = waiting.and_then(|id| desk.store.summary(id));
        let Some(row) = row else { return };
        let alerts = Alerts::kept();
        if alerts.sound {
            browser::chime();
        }
        if alerts.notify && !browser::page_visible() && browser::may_notify() {
            browser::notify(desk.strings().newly_waiting, &row.preview);
        }
    });
}

/// The number of waiting conversations in the tab's title, and the language on the page.
#[hook]
pub(crate) fn use_title(waiting_count: usize, locale: Locale) {
    use_effect_with((waiting_count, locale), |(count, locale)| {
        browser::set_language(*locale);
        match count {
            0 => browser::set_title("Frontdesk"),
            count => browser::set_title(&format!("({count}) Frontdesk")),
        }
    });
}

#[hook]
pub(crate) fn use_shortcuts(desk: &Desk, overlay: UseStateHandle<Overlay>) {
    let going = use_mut_ref(Going::default);
    use_effect_with((desk.clone(), overlay), |(desk, overlay)| {
        let (desk, overlay) = (desk.clone(), overlay.clone());
        let options = EventListenerOptions::enable_prevent_default();
        let listener =
            EventListener::new_with_options(&browser::window(), "keydown", options, move |event| {
                let Some(key) = event.dyn_ref::<KeyboardEvent>() else { return };
                let going = &mut *going.borrow_mut();
                if let Some(shown) = shortcuts::press(key, &desk, *overlay, going) {
                    overlay.set(shown);
                }
            });
        move || drop(listener)
    });
}
