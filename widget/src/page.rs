//! What the browser gives to everybody: the moment, randomness, timers, and the customer's page
//! around the iframe, which is heard and told through the port it brought, and nobody else.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::RefCell;

use crate::wire::WidgetToPage;
use js_sys::{Array, Function};
use wasm_bindgen::prelude::{Closure, wasm_bindgen};
use wasm_bindgen::{JsCast, JsValue, UnwrapThrowExt};
use web_sys::{Document, EventTarget, MessageEvent, MessagePort, Window};

use crate::cell::OnPage;
use crate::state::Now;
use crate::wire::PageToWidget;

/// Origin of the customer's page and the port it listens at, once it has said hello.
static HOST: OnPage<RefCell<Option<(String, MessagePort)>>> = OnPage::new(RefCell::new(None));

#[wasm_bindgen]
extern "C" {
    // By its name: `web_sys::window` asks for it under four others first, and for its class.
    #[wasm_bindgen(thread_local_v2, js_name = window)]
    static WINDOW: Window;
}

pub(crate) fn window() -> Window {
    WINDOW.with(Clone::clone)
}

pub(crate) fn document() -> Document {
    window().document().expect_throw("a window has a document")
}

pub(crate) fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// A number in `0.0..1.0`, for what need not be secret.
pub(crate) fn random() -> f64 {
    js_sys::Math::random()
}

pub(crate) fn now() -> Now {
    let mut random = [0; 10];
    // Without a secure source ids would collide; every browser with Wasm has one.
    let crypto = window().crypto().expect_throw("the browser has crypto");
    crypto.get_random_values_with_u8_array(&mut random).expect_throw("ten bytes fit");
    Now { unix_ms: now_ms() as u64, random }
}

/// A function for the browser to call. All callbacks have this one form, since every other form
/// costs its own code. The browser frees it when nothing refers to it any more.
pub(crate) fn callback(run: Box<dyn FnMut(JsValue)>) -> Function {
    Closure::wrap(run).into_js_value().unchecked_into()
}

/// Listens as long as the target lives.
pub(crate) fn on(target: &EventTarget, name: &str, run: Box<dyn FnMut(JsValue)>) {
    // Listening cannot fail for a function.
    let _ = target.add_event_listener_with_callback(name, &callback(run));
}

/// Runs `then` once, after `wait_ms`.
pub(crate) fn later(wait_ms: u32, mut then: impl FnMut() + 'static) {
    let callback = callback(Box::new(move |_| then()));
    let wait_ms = i32::try_from(wait_ms).unwrap_or(i32::MAX);
    window()
        .set_timeout_with_callback_and_timeout_and_arguments_0(&callback, wait_ms)
        .expect_throw("timers work");
}

/// The texts in an array of the browser's.
pub(crate) fn texts(array: &Array) -> Vec<String> {
    array.iter().filter_map(|text| text.as_string()).collect()
}

/// Whether the chat stands alone in a tab of its own, without a customer's page around it.
pub(crate) fn stands_alone() -> bool {
    match window().parent() {
        Ok(Some(parent)) => parent == window(),
        Ok(None) | Err(_) => true,
    }
}

/// The value of a parameter in the widget's address.
pub(crate) fn parameter(name: &str) -> Option<String> {
    let search = window().location().search().ok()?;
    web_sys::UrlSearchParams::new_with_str(&search).ok()?.get(name)
}

/// A mark that the server has put on the page.
pub(crate) fn mark(name: &str) -> Option<String> {
    document().document_element()?.get_attribute(name)
}

/// Whether the visitor asked the browser to save data.
pub(crate) fn saves_data() -> bool {
    let navigator = window().navigator();
    js_sys::Reflect::get(&navigator, &"connection".into())
        .and_then(|connection| js_sys::Reflect::get(&connection, &"saveData".into()))
        .is_ok_and(|saves| saves.is_truthy())
}

/// Where the customer's page comes from, once it has said so.
pub(crate) fn host_origin() -> Option<String> {
    HOST.with_borrow(|host| host.as_ref().map(|(origin, _)| origin.clone()))
}

/// Tells the customer's page; before its hello there is nobody to tell.
pub(crate) fn tell(message: &WidgetToPage) {
    let Some(value) = to_js(message) else { return };
    HOST.with_borrow(|host| {
        if let Some((_, port)) = host {
            // A page that went away needs no word.
            let _ = port.post_message(&value);
        }
    });
}

fn to_js(message: &WidgetToPage) -> Option<JsValue> {
    let text = crate::json::encode(message).ok()?;
    js_sys::JSON::parse(&text).ok()
}

/// What the customer's page said.
pub(crate) fn said(event: &MessageEvent) -> Option<PageToWidget> {
    let text = js_sys::JSON::stringify(&event.data()).ok()?.as_string()?;
    crate::json::decode(&text).ok()
}

/// The customer's page greets, once, and brings the port for all that follows. Every other window's
/// messages, and all that a page says before it greets, are dropped.
pub(crate) fn greeting(event: &MessageEvent) -> Option<(PageToWidget, MessagePort)> {
    let parent = window().parent().ok()??;
    let source: JsValue = event.source()?.into();
    if stands_alone() || source != JsValue::from(parent) {
        return None;
    }
    let hello = said(event)?;
    let (origin, port) = (event.origin(), event.ports().get(0));
    // A page without an origin (a file, a sandbox) is nobody's site.
    let greets = matches!(hello, PageToWidget::Hello { .. }) && origin != "null";
    if !greets || port.is_undefined() || host_origin().is_some() {
        return None;
    }
    let port: MessagePort = port.unchecked_into();
    HOST.replace(Some((origin, port.clone())));
    Some((hello, port))
}
