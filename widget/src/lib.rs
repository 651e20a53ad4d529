//! The visitor's chat, in an iframe from our own origin: a pure reducer (`state`), its edges to the
//! browser, and the DOM. It knows no model and no FAQ: the Worker and the server do.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

mod actions;
mod app;
mod assist;
mod backoff;
mod cell;
mod colour;
mod dom;
mod drafting;
pub mod elsewhere;
mod embedding;
mod events;
mod file_line;
mod forms;
pub mod json;
mod lines;
mod listen;
mod locales;
pub mod outbox;
mod page;
mod questions;
mod reading;
mod screens;
mod session;
mod shelf;
mod socket;
pub mod state;
mod storage;
mod tabs;
mod times;
pub mod transcript;
mod view;
pub mod wire;
mod words;

use js_sys::{Array, Function};
use protocol::ids::SiteKey;
use protocol::locale::Locale;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::locales::Strings;
use crate::state::State;

/// The standard library's words a panic for a console that a browser does not give it: 1.3 kB of
/// every chat that is opened. A trap says as much.
#[cfg(target_arch = "wasm32")]
#[panic_handler]
fn panicked(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// A tenth of the default allocator's code, and as quick for a page that keeps a few hundred lines.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Starts the chat. `early` are the messages that came while the module was loading; `load_forms`
/// loads the second module. `language` is what the page chose for the visitor, `words` its words;
/// `load_words` brings those of another.
#[wasm_bindgen]
pub fn start(
    early: &Array,
    load_forms: Function,
    language: &str,
    words: &Array,
    load_words: Function,
) {
    let Some(site) = page::parameter("site").and_then(|key| SiteKey::parse(&key).ok()) else {
        return;
    };
    colour::apply(page::parameter("color").as_deref());
    forms::start(load_forms);
    let locale = Locale::from_tag(language).unwrap_or_default();
    let Some(strings) = Strings::of_words(locale, page::texts(words)) else { return };
    locales::start(load_words);
    app::start(site, State::new(locale, page::saves_data()), strings);
    listen::start();
    for idx in 0..early.length() {
        listen::greeted(&early.get(idx).unchecked_into());
    }
    if page::stands_alone() {
        listen::told(wire::PageToWidget::Shown);
    }
}
