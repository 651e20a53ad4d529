//! Short forms for making and changing elements. Text goes in as text; nothing here parses markup.

use protocol::locale::Locale;
use wasm_bindgen::{JsCast, UnwrapThrowExt};
use web_sys::{Element, HtmlElement};

use crate::page::document;

const SVG: &str = "http://www.w3.org/2000/svg";

/// An element with a class (none when empty) and a `data-fd` name for tests (none when empty).
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

pub(crate) fn button(class: &str, name: &str, text: &str) -> Element {
    let made = element("button", class, name);
    set(&made, "type", "button");
    set_text(&made, text);
    made
}

/// A picture of one stroked path, hidden from screen readers.
pub(crate) fn icon(path: &str) -> Element {
    let document = document();
    let svg = document.create_element_ns(Some(SVG), "svg").expect_throw("the tag is a literal");
    for (name, value) in [
        ("viewBox", "0 0 24 24"),
        ("fill", "none"),
        ("stroke", "currentColor"),
        ("stroke-width", "2"),
        ("stroke-linecap", "round"),
        ("stroke-linejoin", "round"),
        ("aria-hidden", "true"),
    ] {
        set(&svg, name, value);
    }
    let line = document.create_element_ns(Some(SVG), "path").expect_throw("the tag is a literal");
    set(&line, "d", path);
    append(&svg, &line);
    svg
}

pub(crate) fn set(target: &Element, name: &str, value: &str) {
    if target.get_attribute(name).as_deref() != Some(value) {
        target.set_attribute(name, value).expect_throw("the name is a literal");
    }
}

/// Sets or removes an attribute without a value.
pub(crate) fn toggle(target: &Element, name: &str, on: bool) {
    target.toggle_attribute_with_force(name, on).expect_throw("the name is a literal");
}

/// Writes only what changed: a live region announces every write.
pub(crate) fn set_text(target: &Element, text: &str) {
    if target.text_content().as_deref() != Some(text) {
        target.set_text_content(Some(text));
    }
}

pub(crate) fn append(parent: &Element, child: &Element) {
    parent.append_child(child).expect_throw("an element takes children");
}

/// Puts `child` before `next`, or last; leaves it alone when it is there already.
pub(crate) fn place(parent: &Element, child: &Element, next: Option<&Element>) {
    let in_place = child.parent_element().as_ref() == Some(parent)
        && child.next_element_sibling().as_ref() == next;
    if !in_place {
        let next = next.map(AsRef::as_ref);
        parent.insert_before(child, next).expect_throw("next is a child of parent");
    }
}

pub(crate) fn focus(target: &Element) {
    if let Some(target) = target.dyn_ref::<HtmlElement>() {
        // An element that cannot be focused now will be tapped.
        let _ = target.focus();
    }
}

/// Sets a custom property through the CSSOM, which a strict policy allows.
pub(crate) fn set_property(target: &Element, name: &str, value: &str) {
    if let Some(target) = target.dyn_ref::<HtmlElement>() {
        // A value that the browser cannot read leaves the style sheet's own.
        let _ = target.style().set_property(name, value);
    }
}

pub(crate) fn set_language(locale: Locale) {
    if let Some(root) = document().document_element() {
        set(&root, "lang", locale.tag());
    }
}
