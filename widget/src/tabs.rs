//! One voice for all tabs of a browser: which of them holds the socket, and what they tell each
//! other. A tab leads while it has the site's lock; the browser passes it on when the tab goes. It
//! carries texts and knows no conversation.

use alloc::boxed::Box;
use alloc::string::String;
use core::cell::RefMut;

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use crate::app::{dispatch, entry_news, forgotten_elsewhere};
use crate::cell::{self, OnPage, Slot};
use crate::elsewhere::TabNews;
use crate::json::decode;
use crate::page::{callback, document, later, now_ms, on, window};
use crate::socket;
use crate::state::Input;
use crate::words::joined;

/// What is said between tabs: one letter, then a text.
pub(crate) mod word {
    /// To the leader: a frame for the server.
    pub(crate) const FRAME: &str = "f";
    /// To the leader: whom the page says the visitor is.
    pub(crate) const IDENTITY: &str = "i";
    /// To the leader: who is there, and how does the link stand?
    pub(crate) const HELLO: &str = "h";
    /// From the leader: a sign of life; `1` when its tab is in sight.
    pub(super) const HERE: &str = "o";
    /// From the leader: what the server said.
    pub(crate) const EVENT: &str = "e";
    pub(crate) const GRANT: &str = "g";
    pub(crate) const UP: &str = "u";
    pub(crate) const DOWN: &str = "d";
    pub(crate) const STOPPED: &str = "s";
    /// To all: an entry of the outbox was kept or settled.
    pub(crate) const ENTRY: &str = "k";
    /// To all: a line that only this browser has.
    pub(crate) const LINE: &str = "l";
    /// To all: how far the visitor has read.
    pub(crate) const READ: &str = "r";
    /// To all: the visitor was forgotten.
    pub(crate) const FORGOT: &str = "x";
}

/// A leader that does not answer within this is frozen, and loses the lock.
const ANSWER_MS: f64 = 1_000.0;

/// How often a tab in sight looks whether its leader serves it well.
const LOOK_MS: u32 = 500;

/// A look that is this late comes after a sleep.
const SLEPT_MS: f64 = 5_000.0;

/// Looks without a link before a tab in sight tries by itself: a hidden leader's timers are slow.
const LOOKS_DOWN_MAX: u32 = 2;

struct Tabs {
    name: String,
    channel: Option<BroadcastChannel>,
    locks: Option<Locks>,
    leads: bool,
    /// The leader's link, as far as this tab heard.
    up: bool,
    looks_down: u32,
    leader_in_sight: bool,
    /// The leader has to answer by then.
    answer_by_ms: f64,
    looked_at_ms: f64,
    /// Only the newest round of looks goes on.
    round: u32,
}

#[wasm_bindgen]
extern "C" {
    type Locks;
    type Asked;
    #[wasm_bindgen(method)]
    fn request(this: &Locks, name: &str, options: &Object, run: &JsValue) -> Asked;
    #[wasm_bindgen(method, js_name = catch)]
    fn or_else(this: &Asked, run: &Function);
}

static TABS: OnPage<Slot<Tabs>> = OnPage::new(Slot::new(None));

#[inline(never)]
fn borrow() -> Option<RefMut<'static, Tabs>> {
    cell::borrow(&TABS)
}

fn with<T>(f: impl FnOnce(&mut Tabs) -> T) -> Option<T> {
    Some(f(&mut *borrow()?))
}

/// Listens to the other tabs. Nothing is said before `join`.
pub(crate) fn listen(site: &str) {
    let name = joined(&["fd:", site]);
    let channel = BroadcastChannel::new(&name).ok();
    if let Some(channel) = &channel {
        on(
            channel,
            "message",
            Box::new(|event| {
                let text = event.unchecked_into::<MessageEvent>().data().as_string();
                if let Some((word, text)) = text.as_ref().and_then(|t| t.split_at_checked(1)) {
                    heard(word, text);
                }
            }),
        );
    }
    let locks = Reflect::get(&window().navigator(), &"locks".into()).ok();
    // Tabs that cannot talk to each other each have a socket of their own.
    let locks = locks.filter(|locks| channel.is_some() && locks.is_truthy());
    let tabs = Tabs {
        name,
        channel,
        locks: locks.map(JsCast::unchecked_into),
        leads: false,
        up: false,
        looks_down: 0,
        leader_in_sight: true,
        answer_by_ms: f64::INFINITY,
        looked_at_ms: now_ms(),
        round: 0,
    };
    cell::fill(&TABS, tabs);
}

/// Asks for the lock, and whoever has it how things stand.
pub(crate) fn join() {
    if with(|tabs| tabs.locks.is_none()) == Some(true) {
        return lead();
    }
    dispatch(Input::Leads(false));
    ask_for_lock(false);
    hello();
}

pub(crate) fn leads() -> bool {
    with(|tabs| tabs.leads) == Some(true)
}

/// Says something to all other tabs.
pub(crate) fn tell(word: &str, text: &str) {
    with(|tabs| {
        if let Some(channel) = &tabs.channel {
            // A closed channel is that of a page on its way out.
            let _ = channel.post_message(&joined(&[word, text]).into());
        }
    });
}

/// Says something that a leader answers, unless it is frozen.
pub(crate) fn ask_leader(word: &str, text: &str) {
    tell(word, text);
    with(|tabs| tabs.answer_by_ms = tabs.answer_by_ms.min(now_ms() + ANSWER_MS));
    look_often();
}

/// The visitor or the network is back.
pub(crate) fn wake() {
    if leads() {
        socket::wake();
    } else {
        hello();
    }
}

fn hello() {
    ask_leader(word::HELLO, "");
}

fn ask_for_lock(steal: bool) {
    let asked = with(|tabs| {
        let options = Object::new();
        // A plain object takes any property.
        let _ = Reflect::set(&options, &"steal".into(), &steal.into());
        let run: Box<dyn FnMut(JsValue) -> JsValue> = Box::new(|_| {
            lead();
            // The lock is held until this is settled, which it never is.
            let never = Object::new();
            let _ = Reflect::set(&never, &"then".into(), &callback(Box::new(|_| {})));
            never.into()
        });
        let run = Closure::wrap(run).into_js_value();
        tabs.locks.as_ref().map(|locks| locks.request(&tabs.name, &options, &run))
    });
    if let Some(asked) = asked.flatten() {
        asked.or_else(&callback(Box::new(|_| lock_lost())));
    }
}

/// Another tab took the lock from a tab that looked frozen; or the browser grants no locks at all.
fn lock_lost() {
    if !leads() {
        with(|tabs| tabs.locks = None);
        return lead();
    }
    with(|tabs| {
        tabs.leads = false;
        tabs.up = false;
    });
    socket::halt();
    dispatch(Input::Leads(false));
    dispatch(Input::LinkDown);
    ask_for_lock(false);
    hello();
}

fn lead() {
    let anew = with(|tabs| !core::mem::replace(&mut tabs.leads, true));
    if anew == Some(true) {
        dispatch(Input::Leads(true));
        socket::connect();
    }
}

/// Looks after the leader for as long as somebody looks at this tab.
fn look_often() {
    let round = with(|tabs| {
        tabs.round += 1;
        tabs.round
    });
    look_later(round.unwrap_or_default());
}

fn look_later(round: u32) {
    later(LOOK_MS, move || {
        if with(|tabs| tabs.round == round && !tabs.leads) == Some(true) {
            if with(Tabs::takes_over) == Some(true) {
                ask_for_lock(true);
            } else if !document().hidden() || with(Tabs::waits) == Some(true) {
                look_later(round);
            }
        }
    });
}

impl Tabs {
    fn waits(&mut self) -> bool {
        self.answer_by_ms < f64::INFINITY
    }

    /// Whether the leader is frozen, or too slow for a tab that is looked at.
    fn takes_over(&mut self) -> bool {
        let now_ms = now_ms();
        let slept = now_ms - self.looked_at_ms > SLEPT_MS;
        self.looked_at_ms = now_ms;
        if slept && let Some(channel) = &self.channel {
            // Whoever slept as well had no time to answer.
            self.answer_by_ms = now_ms + ANSWER_MS;
            let _ = channel.post_message(&word::HELLO.into());
        }
        self.looks_down = if self.up { 0 } else { self.looks_down + 1 };
        let in_need = slept || self.looks_down > LOOKS_DOWN_MAX;
        let in_sight = !document().hidden();
        let frozen = now_ms >= self.answer_by_ms;
        let takes_over = frozen || in_sight && in_need && !self.leader_in_sight;
        if takes_over {
            self.answer_by_ms = f64::INFINITY;
            self.looks_down = 0;
        }
        takes_over
    }
}

fn heard(word: &str, text: &str) {
    match word {
        word::ENTRY => return entry_news(text),
        word::FORGOT => return forgotten_elsewhere(),
        word::LINE => return other_tab(decode(text).ok().map(TabNews::Drawn)),
        word::READ => return other_tab(decode(text).ok().map(TabNews::Read)),
        _ => {}
    }
    if leads() {
        heard_by_leader(word, text);
    } else {
        with(|tabs| tabs.answer_by_ms = f64::INFINITY);
        heard_by_follower(word, text);
    }
}

fn heard_by_leader(word: &str, text: &str) {
    match word {
        word::FRAME => socket::send(text),
        word::HELLO => socket::introduce(),
        word::IDENTITY => other_tab(decode(text).ok().map(TabNews::Identified)),
        _ => return,
    }
    tell(word::HERE, if document().hidden() { "" } else { "1" });
}

fn heard_by_follower(word: &str, text: &str) {
    match word {
        word::HERE => drop(with(|tabs| tabs.leader_in_sight = !text.is_empty())),
        word::EVENT => {
            // A newer server may say things this page does not know; it goes on with the rest.
            if let Ok(event) = decode(text) {
                dispatch(Input::Event(event));
            }
        }
        word::GRANT => {
            if let Ok(grant) = decode(text) {
                dispatch(Input::Granted(grant));
            }
        }
        word::UP => came_up(),
        word::DOWN => {
            with(|tabs| tabs.up = false);
            dispatch(Input::LinkDown);
            look_often();
        }
        word::STOPPED => {
            if let Ok(code) = decode(text) {
                dispatch(Input::LinkStopped(code));
            }
        }
        _ => {}
    }
}

/// Also said to greet a tab that is new, and then no news to the others.
fn came_up() {
    if with(|tabs| core::mem::replace(&mut tabs.up, true)) == Some(false) {
        dispatch(Input::LinkUp);
    }
}

fn other_tab(news: Option<TabNews>) {
    if let Some(news) = news {
        dispatch(Input::OtherTab(news));
    }
}
