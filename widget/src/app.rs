//! Runs the reducer: inputs in, effects out to storage, socket, Worker, page and DOM.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::{Cell, RefCell, RefMut};

use protocol::forms::Offers;
use protocol::http::SessionGrant;
use protocol::ids::SiteKey;
use protocol::screens::Screen;
use protocol::worker::PageToWorker;
use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::cell::{self, OnPage, Slot};
use crate::elsewhere::TabNews;
use crate::forms::Show;
use crate::json::id_text;
use crate::locales::Strings;
use crate::page::{later, now, tell};
use crate::shelf::{self, NotKept};
use crate::state::{Effect, Input, State};
use crate::storage::{Store, held_name, news, pending_name};
use crate::tabs::{self, word};
use crate::view::View;
use crate::wire::VisitorFrame;
use crate::words::joined;
use crate::{assist, forms, json, locales, outbox, page, socket};

/// Inputs waiting while another one is at work: effects cause a few at most.
const INPUTS_MAX: usize = 256;

/// The history is written this long after a change, so that a burst is one write.
const KEEP_HISTORY_AFTER_MS: u32 = 400;

struct App {
    state: State,
    view: View,
    store: Store,
    history_dirty: bool,
    /// Another language is on its way.
    language_asked: bool,
}

static APP: OnPage<Slot<App>> = OnPage::new(Slot::new(None));
static INPUTS: OnPage<RefCell<VecDeque<Input>>> = OnPage::new(RefCell::new(VecDeque::new()));
/// Also before the outbox was fetched: what happens until then waits.
static AT_WORK: OnPage<Cell<bool>> = OnPage::new(Cell::new(true));
static FETCHED: OnPage<Cell<bool>> = OnPage::new(Cell::new(false));

#[inline(never)]
fn borrow() -> Option<RefMut<'static, App>> {
    cell::borrow(&APP)
}

fn with<T>(f: impl FnOnce(&mut App) -> T) -> Option<T> {
    Some(f(&mut *borrow()?))
}

/// Draws the panel and fetches the outbox; then the tab joins the others.
pub(crate) fn start(site: SiteKey, mut state: State, strings: Strings) {
    let mut store = Store::open(site.as_str());
    let asks_consent = page::mark("data-consent").is_some() && !store.agreed();
    state.asks_consent = asks_consent;
    if asks_consent {
        store.seal();
    }
    state.restore(store.history(), store.identity());
    let grant = store.grant();
    let mut view = View::new(strings, "");
    view.render(&state);
    let app = App { state, view, store, history_dirty: false, language_asked: false };
    cell::fill(&APP, app);
    assist::start(dispatch);
    if asks_consent {
        // No token, no socket and no database: the Worker alone answers, and the visitor is asked.
        let pack = page::mark("data-pack").and_then(|pack| json::decode(&pack).ok());
        pack.into_iter().for_each(assist::load_pack);
        work();
        return show(Screen::Consent, JsValue::NULL);
    }
    // What the last visit was told is enough to answer while the server cannot be reached.
    if let Some(grant) = grant.clone() {
        dispatch(Input::Granted(grant));
    }
    connect(site, grant);
}

fn connect(site: SiteKey, grant: Option<SessionGrant>) {
    // Before the outbox is read: what another tab adds meanwhile is heard.
    tabs::listen(site.as_str());
    shelf::open(&joined(&["fd:", site.as_str()]), fetched);
    socket::start(site, grant, dispatch, keep_grant);
}

/// The outbox as earlier pages left it. A browser that is slow brings it after we went on.
fn fetched(entries: Vec<String>) {
    let first = !FETCHED.replace(true);
    let mut early = INPUTS.with_borrow_mut(core::mem::take);
    let old = if first { with(|app| app.store.old_entries()) } else { None };
    for entries in [entries, old.unwrap_or_default()] {
        for entry in entries {
            push(news(&entry).map(Input::OtherTab));
        }
    }
    push(first.then_some(Input::Restored));
    while let Some(input) = early.pop_front() {
        push(Some(input));
    }
    work();
    if first {
        tabs::join();
    }
}

#[inline(never)]
fn push(input: Option<Input>) {
    if let Some(input) = input {
        INPUTS.with_borrow_mut(|inputs| inputs.push_back(input));
    }
}

/// The one entrance for everything that happens.
pub(crate) fn dispatch(input: Input) {
    INPUTS.with_borrow_mut(|inputs| {
        if inputs.len() < INPUTS_MAX {
            inputs.push_back(input);
        }
    });
    if !AT_WORK.get() {
        work();
    }
}

fn work() {
    AT_WORK.set(true);
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
        // Goes on in the old language until the other one is there.
        if self.view.locale() != self.state.locale && !self.language_asked {
            self.language_asked = true;
            locales::load(self.state.locale, language_came);
        }
        self.view.render(&self.state);
        if !self.history_dirty {
            self.history_dirty = true;
            later(KEEP_HISTORY_AFTER_MS, keep_history);
        }
    }
}

/// A language that cannot be had is given up: the next wish tries again.
fn language_came(strings: Option<Strings>) {
    with(|app| {
        app.language_asked = false;
        match strings {
            Some(strings) => app.view = View::new(strings, &app.view.draft()),
            None => app.state.locale = app.view.locale(),
        }
    });
    work();
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

/// Another tab kept or settled an entry of the outbox.
pub(crate) fn entry_news(entry: &str) {
    if let Some(news) = news(entry) {
        dispatch(Input::OtherTab(news));
    }
}

/// Another tab forgot the visitor, and what was stored.
pub(crate) fn forgotten_elsewhere() {
    dispatch(Input::OtherTab(TabNews::Forgot));
    socket::start_over();
}

fn keep_grant(grant: Option<&str>) {
    with(|app| match grant {
        // The token is asked for again on the next visit; nothing is lost but a place.
        Some(grant) => drop(app.store.keep_grant(grant)),
        None => app.store.forget_grant(),
    });
}

fn run(effect: Effect) {
    match effect {
        Effect::Send(frame) => send(&frame),
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
            with(|app| app.store.unseal());
            if let Some(site) = page::parameter("site").and_then(|key| SiteKey::parse(&key).ok()) {
                connect(site, None);
            }
        }
        Effect::Identify(identity) => {
            if !tabs::leads() {
                share(word::IDENTITY, &identity);
            }
            // Also kept by a tab that follows: it may lead one day.
            socket::identify(identity);
        }
        Effect::KeepPending(pending) => {
            if let Some(id) = outbox::id_of(&pending.frame) {
                keep(&pending_name(id), &pending);
            }
        }
        Effect::ForgetPending(id) => forget(&pending_name(id)),
        Effect::KeepHeld(held) => {
            if let Some(id) = held.id() {
                keep(&held_name(id), &held);
            }
        }
        Effect::ForgetHeld(id) => forget(&held_name(id)),
        Effect::ShareLine(id) => {
            with(|app| app.state.transcript.find(id).map(|line| share(word::LINE, line)));
        }
        Effect::ShareRead(seq) => share(word::READ, &seq),
        Effect::KeepIdentity(identity) => kept(with(|app| app.store.keep_identity(&identity))),
        Effect::ForgetVisitor => {
            with(|app| app.store.erase_all());
            shelf::clear();
            tabs::tell(word::FORGOT, "");
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

/// Through this tab's socket, or that of the tab that leads.
fn send(frame: &VisitorFrame) {
    let Ok(text) = json::encode(frame) else { return };
    if tabs::leads() {
        socket::send(&text);
    } else {
        tabs::ask_leader(word::FRAME, &text);
    }
}

fn share(word: &str, value: &impl Serialize) {
    if let Ok(text) = json::encode(value) {
        tabs::tell(word, &text);
    }
}

fn keep(name: &str, value: &impl Serialize) {
    if with(|app| app.store.sealed()) != Some(false) {
        return;
    }
    let Ok(text) = json::encode(value) else { return };
    let entry = joined(&[name, " ", &text]);
    tabs::tell(word::ENTRY, &entry);
    kept(Some(shelf::keep(name, &entry, not_kept)));
}

fn forget(name: &str) {
    tabs::tell(word::ENTRY, name);
    shelf::forget(name);
    with(|app| app.store.forget_old_entry(name));
}

fn not_kept() {
    dispatch(Input::StorageFailed);
}

fn kept(result: Option<Result<(), NotKept>>) {
    if let Some(Err(NotKept)) = result {
        not_kept();
    }
}
