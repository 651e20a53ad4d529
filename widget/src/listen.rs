//! Every listener of the page: keys, taps, the network and the customer's page. Each
//! event becomes one input; nothing is decided here.

use alloc::boxed::Box;
use alloc::string::String;

use protocol::ids::{EntryId, MessageId};
use protocol::screens::Screen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, Event, EventTarget, KeyboardEvent, MessageEvent};

use crate::app::{composer_text, dispatch, keep_history, offers_files, show, with_view};
use crate::json::id_of_text;
use crate::page::{document, greeting, on, said, window};
use crate::state::Input;
use crate::view::View;
use crate::wire::PageToWidget;
use crate::{assist, socket, tabs};

/// Some browsers report the Enter that ends a composition with this code instead of `isComposing`.
const KEY_CODE_COMPOSING: u32 = 229;

pub(crate) fn start() {
    let window = window();
    let document = document();
    on(&document, "click", Box::new(|event| tapped(&event.unchecked_into())));
    on(&document, "keydown", Box::new(|event| pressed(&event.unchecked_into())));
    on(&document, "input", Box::new(|_| typed()));
    on(&document, "visibilitychange", Box::new(|_| visibility_changed()));
    on(&document, "dragover", Box::new(|event| dragged(&event.unchecked_into())));
    on(&document, "drop", Box::new(|event| brought(&event.unchecked_into(), "dataTransfer")));
    on(&document, "paste", Box::new(|event| brought(&event.unchecked_into(), "clipboardData")));
    on(&window, "message", Box::new(|event| greeted(&event.unchecked_into())));
    on(&window, "online", Box::new(|_| tabs::wake()));
    on(&window, "offline", Box::new(|_| socket::lost()));
    on(&window, "pagehide", Box::new(|_| keep_history()));
}

/// A page that does not say so may not be dropped on.
fn dragged(event: &Event) {
    event.prevent_default();
}

/// Files that were dropped or pasted; words take their usual way.
fn brought(event: &Event, carrier: &str) {
    let of = |target: &JsValue, name: &str| js_sys::Reflect::get(target, &name.into()).ok();
    let files = of(event, carrier).and_then(|carrier| of(&carrier, "files"));
    let count = files.as_ref().and_then(|files| of(files, "length")).and_then(|n| n.as_f64());
    if let Some(files) = files.filter(|_| count > Some(0.0)) {
        event.prevent_default();
        if offers_files() {
            show(Screen::Files, files);
        }
    }
}

fn typed() {
    with_view(View::fit_composer);
    dispatch(Input::Typed { draft: composer_text() });
}

fn visibility_changed() {
    let hidden = document().hidden();
    dispatch(Input::Attended(!hidden));
    if hidden {
        keep_history();
    } else {
        tabs::wake();
    }
}

/// A message of another window; everybody's but the customer's page's first one is dropped.
pub(crate) fn greeted(event: &MessageEvent) {
    let Some((hello, port)) = greeting(event) else { return };
    on(
        &port,
        "message",
        Box::new(|event| {
            if let Some(message) = said(&event.unchecked_into()) {
                told(message);
            }
        }),
    );
    port.start();
    told(hello);
}

/// Something the customer's page said.
pub(crate) fn told(message: PageToWidget) {
    let shown = message == PageToWidget::Shown;
    dispatch(Input::Page(message));
    if shown {
        assist::wake();
        with_view(View::focus_composer);
    }
}

fn pressed(event: &KeyboardEvent) {
    if event.is_composing() || event.key_code() == KEY_CODE_COMPOSING {
        return;
    }
    let name = event.target().and_then(|target| named(&target)).map(|(_, name)| name);
    match event.key().as_str() {
        "Escape" => dispatch(Input::CloseWanted),
        "Enter" if !event.shift_key() && name.as_deref() == Some("composer") => {
            event.prevent_default();
            submit();
        }
        _ => {}
    }
}

fn submit() {
    dispatch(Input::Submitted { text: composer_text() });
}

/// The nearest element around the target that has a name.
fn named(target: &EventTarget) -> Option<(Element, String)> {
    let element = target.dyn_ref::<Element>()?.closest("[data-fd]").ok()??;
    let name = element.get_attribute("data-fd")?;
    Some((element, name))
}

fn message_around(element: &Element) -> Option<MessageId> {
    let id = element.closest("[data-id]").ok()??.get_attribute("data-id")?;
    id_of_text(&id)
}

fn tapped(event: &Event) {
    let Some((element, name)) = event.target().and_then(|target| named(&target)) else { return };
    let message = message_around(&element);
    let input = match (name.as_str(), message) {
        ("send", _) => Input::Submitted { text: composer_text() },
        ("close", _) => Input::CloseWanted,
        ("attach", _) => return dispatch(Input::ScreenWanted(Screen::Files)),
        ("emoji", _) => return dispatch(Input::ScreenWanted(Screen::Emoji)),
        ("menu", _) => return dispatch(Input::ScreenWanted(Screen::Menu)),
        ("talk-to-person" | "person", _) => return dispatch(Input::HumanRequested),
        ("load-model", _) => Input::ModelWanted,
        ("flag", Some(answer)) => Input::Flagged { answer },
        ("retry", Some(message)) => Input::Retried { message },
        ("none-of-these", Some(choices)) => Input::NoneChosen { choices },
        ("choice", Some(choices)) => {
            let entry = element.get_attribute("data-entry");
            let Some(entry) = entry.and_then(|id| EntryId::parse(&id).ok()) else { return };
            Input::Chosen { choices, entry }
        }
        (_, _) => return,
    };
    let closing = input == Input::CloseWanted;
    dispatch(input);
    if !closing {
        // The tapped button may be gone; keys go on where the visitor writes.
        with_view(View::focus_composer);
    }
}
