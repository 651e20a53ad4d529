//! The app's standing ties to the browser, one hook each: address, clock, attention, storage,
//! keyboard, title. None of them decides anything.

use std::collections::BTreeMap;

use gloo::events::{EventListener, EventListenerOptions};
use gloo::timers::callback::{Interval, Timeout};
use protocol::agent::AgentFrame;
use protocol::ids::{ConversationId, Seq};
use protocol::locale::Locale;
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;
use yew::prelude::*;

use crate::browser::{self, Keep};
use crate::desk::Desk;
use crate::panels::Panel;
use crate::shortcuts;
use crate::socket::Socket;
use crate::store::{Action, Store};

const OUTBOX_KEY: &str = "frontdesk.outbox";
const SEEN_KEY: &str = "frontdesk.seen";
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
    Store::restored(frames, seen)
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
pub(crate) fn use_shortcuts(desk: &Desk, keys_shown: UseStateHandle<bool>) {
    use_effect_with((desk.clone(), keys_shown), |(desk, keys_shown)| {
        let (desk, keys_shown) = (desk.clone(), keys_shown.clone());
        let options = EventListenerOptions::enable_prevent_default();
        let listener =
            EventListener::new_with_options(&browser::window(), "keydown", options, move |event| {
                let pressed = event.dyn_ref::<KeyboardEvent>();
                let shown = pressed.and_then(|key| shortcuts::press(key, &desk, *keys_shown));
                if let Some(shown) = shown {
                    keys_shown.set(shown);
                }
            });
        move || drop(listener)
    });
}
