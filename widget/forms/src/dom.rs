//! Short forms for making and reading elements. Text goes in as text; nothing here parses markup.

use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue, UnwrapThrowExt};
use web_sys::{Document, Element, Event, EventTarget, HtmlElement, HtmlInputElement, Window};

pub(crate) fn window() -> Window {
    web_sys::window().expect_throw("this runs in a page")
}

pub(crate) fn document() -> Document {
    window().document().expect_throw("a page has a document")
}

/// An element with a class and a `data-fd` name for tests (none when empty).
pub(crate) fn element(tag: &str, class: &str, name: &str) -> Element {
    let made = document().create_element(tag).expect_throw("the tag is a literal");
    if !class.is_empty() {
        set(&made, "class", class);
    }
    if !name.is_empty() {
        set(&made, "data-fd", name);
    }
    made
}

pub(crate) fn text(tag: &str, class: &str, words: &str) -> Element {
    let made = element(tag, class, "");
    made.set_text_content(Some(words));
    made
}

pub(crate) fn button(class: &str, name: &str, words: &str) -> Element {
    let made = element("button", class, name);
    set(&made, "type", "button");
    made.set_text_content(Some(words));
    made
}

pub(crate) fn set(target: &Element, name: &str, value: &str) {
    target.set_attribute(name, value).expect_throw("the name is a literal");
}

pub(crate) fn toggle(target: &Element, name: &str, on: bool) {
    target.toggle_attribute_with_force(name, on).expect_throw("the name is a literal");
}

pub(crate) fn append(parent: &Element, children: &[&Element]) {
    for child in children {
        parent.append_child(child).expect_throw("an element takes children");
    }
}

pub(crate) fn find(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok()?
}

/// Listens as long as the target lives.
pub(crate) fn on<E: JsCast>(target: &EventTarget, name: &str, mut run: impl FnMut(E) + 'static) {
    let heard = move |event: JsValue| run(event.unchecked_into());
    let closure = Closure::<dyn FnMut(JsValue)>::new(heard).into_js_value();
    // Listening cannot fail for a function.
    let _ = target.add_event_listener_with_callback(name, closure.unchecked_ref());
}

pub(crate) fn focus(target: &Element) {
    if let Some(target) = target.dyn_ref::<HtmlElement>() {
        // What cannot be focused now will be tapped.
        let _ = target.focus();
    }
}

pub(crate) fn target(event: &Event) -> Option<Element> {
    event.current_target()?.dyn_into().ok()
}

/// Whether the chat stands alone in a tab of its own.
pub(crate) fn stands_alone() -> bool {
    matches!(window().parent(), Ok(Some(parent)) if parent == window())
}

/// Back to where the visitor writes.
pub(crate) fn focus_composer() {
    if let Some(composer) = find("[data-fd=composer]") {
        focus(&composer);
    }
}

/// What was typed into a field.
pub(crate) fn value(field: &Element) -> String {
    let typed = match field.dyn_ref::<HtmlInputElement>() {
        Some(input) => input.value(),
        None => field
            .dyn_ref::<web_sys::HtmlTextAreaElement>()
            .map(web_sys::HtmlTextAreaElement::value)
            .unwrap_or_default(),
    };
    typed.trim().to_owned()
}
