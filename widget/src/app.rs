//! Runs the reducer: inputs in, effects out to storage, socket, Worker, page and DOM.

use std::cell::{Cell, RefCell, RefMut};
use std::collections::VecDeque;

use protocol::forms::Offers;
use protocol::http::SessionGrant;
use protocol::ids::SiteKey;
use protocol::screens::Screen;
use protocol::worker::PageToWorker;
use wasm_bindgen::JsValue;

use crate::cell::{self, Slot};
use crate::forms::Show;
use crate::json::id_text;
use crate::page::{later, now, tell};
use crate::state::{Effect, Input, State};
use crate::storage::{NotKept, Store};
use crate::view::View;
use crate::{assist, forms, page, socket};

/// Inputs waiting while another one is at work: effects cause a few at most.
const INPUTS_MAX: usize = 256;

/// The history is written this long after a change, so that a burst is one write.
const KEEP_HISTORY_AFTER_MS: u32 = 400;

struct App {
    state: State,
    view: View,
    store: Store,
    history_dirty: bool,
}

thread_local! {
    static APP: Slot<App> = const { Slot::new(None) };
    static INPUTS: RefCell<VecDeque<Input>> = const { RefCell::new(VecDeque::new()) };
    static AT_WORK: Cell<bool> = const { Cell::new(false) };
}

#[inline(never)]
fn borrow() -> Option<RefMut<'static, App>> {
    APP.with(cell::borrow)
}

fn with<T>(f: impl FnOnce(&mut App) -> T) -> Option<T> {
    Some(f(&mut *borrow()?))
}

/// Draws the panel, then connects and wakes the Worker.
pub(crate) fn start(site: SiteKey, mut state: State) {
    let mut store = Store::open(site.as_str());
    let asks_consent = page::mark("data-consent").is_some() && !store.agreed();
    state.asks_consent = asks_consent;
    if asks_consent {
        store.seal();
    }
    let outbox = crate::outbox::Outbox::restored(store.pending(), store.held());
    state.restore(store.history(), outbox, store.identity());
    let grant = store.grant();
    let mut view = View::new(&state, "");
    view.render(&state);
    APP.with(|slot| cell::fill(slot, App { state, view, store, history_dirty: false }));
    assist::start(dispatch);
    if asks_consent {
        // No token and no socket: the Worker alone answers, and the visitor is asked.
        let pack = page::mark("data-pack").and_then(|pack| crate::json::decode(&pack).ok());
        pack.into_iter().for_each(assist::load_pack);
        return show(Screen::Consent, JsValue::NULL);
    }
    // What the last visit was told is enough to answer while the server cannot be reached.
    if let Some(grant) = grant.clone() {
        dispatch(Input::Granted(grant));
    }
    socket::start(site, grant, dispatch, keep_grant);
}

/// The one entrance for everything that happens.
pub(crate) fn dispatch(input: Input) {
    INPUTS.with_borrow_mut(|inputs| {
        if inputs.len() < INPUTS_MAX {
            inputs.push_back(input);
        }
    });
    if AT_WORK.replace(true) {
        return;
    }
    while let Some(input) = INPUTS.with_borrow_mut(VecDeque::pop_front) {
        let now = now();
        for effect in with(|app| app.state.reduce(input, now)).unwrap_or_default() {
            run(effect);
        }
    }
    with(App::render);
    AT_WORK.set(false);
}

impl App {
    fn render(&mut self) {
        if self.view.locale() != self.state.locale {
            let draft = self.view.draft();
            self.view = View::new(&self.state, &draft);
        }
        self.view.render(&self.state);
        if !self.history_dirty {
            self.history_dirty = true;
            later(KEEP_HISTORY_AFTER_MS, keep_history);
        }
    }
}

/// Writes the history now; also called when the page goes away.
pub(crate) fn keep_history() {
    with(|app| {
        if app.history_dirty {
            app.history_dirty = false;
            // Too large or not allowed: the server has it, and the outbox is kept elsewhere.
            let _ = app.store.keep_history(&app.state);
        }
    });
}

pub(crate) fn composer_text() -> String {
    with(|app| app.view.draft()).unwrap_or_default()
}

pub(crate) fn offers_files() -> bool {
    with(|app| app.state.offers.has(Offers::FILES)).unwrap_or(false)
}

pub(crate) fn with_view(f: impl FnOnce(&View)) {
    with(|app| f(&app.view));
}

/// What a change in the shared storage means.
pub(crate) fn storage_changed(key: &str, new_value: Option<&str>) {
    if let Some(news) = with(|app| app.store.news(key, new_value)).flatten() {
        dispatch(Input::OtherTab(news));
    }
}

fn keep_grant(grant: Option<&SessionGrant>) {
    with(|app| match grant {
        // The token is asked for again on the next visit; nothing is lost but a place.
        Some(grant) => drop(app.store.keep_grant(grant)),
        None => app.store.forget_grant(),
    });
}

fn run(effect: Effect) {
    match effect {
        Effect::Send(frame) => socket::send(&frame),
        Effect::Ask { id, text, locale } => assist::post(PageToWorker::Ask { id, text, locale }),
        Effect::LoadPack(pack) => assist::load_pack(pack),
        Effect::LoadModel => assist::load_model(),
        Effect::Wake { after_ms } => {
            let wait_ms = u32::try_from(after_ms).unwrap_or(u32::MAX);
            later(wait_ms, || dispatch(Input::Woke));
        }
        Effect::ClearComposer => with_view(View::clear_composer),
        Effect::Tell(message) => tell(&message),
        Effect::Show(screen) => show(screen, JsValue::NULL),
        Effect::Agree => {
            let site = page::parameter("site").and_then(|key| SiteKey::parse(&key).ok());
            with(|app| app.store.unseal());
            if let Some(site) = site {
                socket::start(site, None, dispatch, keep_grant);
            }
        }
        Effect::KeepPending(pending) => kept(with(|app| app.store.keep_pending(&pending))),
        Effect::ForgetPending(id) => drop(with(|app| app.store.forget_pending(id))),
        Effect::KeepHeld(held) => kept(with(|app| app.store.keep_held(&held))),
        Effect::ForgetHeld(id) => drop(with(|app| app.store.forget_held(id))),
        Effect::KeepIdentity(identity) => kept(with(|app| app.store.keep_identity(&identity))),
        Effect::ForgetVisitor => {
            with(|app| app.store.erase_all());
            socket::start_over();
        }
    }
}

/// Shows a screen of the second module; `files` came along by drag or paste.
pub(crate) fn show(screen: Screen, files: JsValue) {
    let shown = with(|app| {
        let state = &app.state;
        let more = match state.rating_offered {
            Some(resolved) if screen == Screen::Rating => id_text(resolved).into(),
            Some(_) | None => files,
        };
        let (locale, visitor_token) = (state.locale.tag(), state.visitor_token.clone());
        Show { screen, locale, visitor_token, more }
    });
    shown.into_iter().for_each(forms::show);
}

fn kept(result: Option<Result<(), NotKept>>) {
    if let Some(Err(NotKept)) = result {
        dispatch(Input::StorageFailed);
    }
}
