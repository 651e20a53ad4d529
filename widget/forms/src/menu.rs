//! The chat's menu: how a visitor is called, light or dark, and the transcript by mail.

use protocol::screens::FromForms;
use web_sys::{Element, Event};

use crate::choices::{Choices, Look, choose, chosen};
use crate::dom::{append, button, element, find, focus, on, set, stands_alone, text, toggle};
use crate::sheet::{self, Exit};
use crate::{http, mail, tell, words};

const NAME: &str = "menu-sheet";

/// Opens the menu, or closes it when it is open.
pub(crate) fn show() {
    if sheet::is_open(NAME) {
        return sheet::close();
    }
    let words = words();
    let sheet = sheet::open(NAME, words.menu, Exit::Button);
    let sound = switch("sound", words.sound, chosen().sound);
    on(&sound, "click", |event: Event| {
        choose(|choices| choices.sound = !choices.sound);
        draw(&event, chosen().sound);
    });
    append(&sheet, &[&sound]);
    // Notifications belong to the page around, which asks the browser, which asks the visitor.
    if !stands_alone() {
        let notify = switch("notify", words.notify, chosen().notify);
        on(&notify, "click", |event: Event| {
            if chosen().notify {
                allowed(false);
                draw(&event, false);
            } else {
                tell(FromForms::AskToNotify);
            }
        });
        append(&sheet, &[&notify]);
    }
    append(&sheet, &[&looks(&chosen())]);
    let mailed = button("menu-row", "mail", words.mail);
    toggle(&mailed, "hidden", true);
    on(&mailed, "click", |_: Event| mail::show());
    append(&sheet, &[&mailed]);
    http::settings(move |settings| {
        let offered = settings.is_some_and(|settings| settings.mail);
        toggle(&mailed, "hidden", !offered);
    });
    focus(&sound);
}

/// What the browser or its user said.
pub(crate) fn allowed(allowed: bool) {
    choose(|choices| choices.notify = allowed);
    if let Some(row) = find("[data-fd=notify]") {
        set(&row, "aria-checked", if allowed { "true" } else { "false" });
    }
}

/// The browser forbids it: where to change that.
pub(crate) fn forbidden() {
    allowed(false);
    if let Some(sheet) = find(".sheet").filter(|_| sheet::is_open(NAME)) {
        sheet::alert(&sheet, words().notify_forbidden);
    }
}

fn switch(name: &str, label: &str, on: bool) -> Element {
    let row = button("menu-row", name, label);
    set(&row, "role", "switch");
    set(&row, "aria-checked", if on { "true" } else { "false" });
    row
}

fn draw(event: &Event, on: bool) {
    if let Some(row) = crate::dom::target(event) {
        set(&row, "aria-checked", if on { "true" } else { "false" });
    }
}

/// Radio buttons that look like one switch of three.
fn looks(choices: &Choices) -> Element {
    let words = words();
    let row = element("fieldset", "looks", "looks");
    append(&row, &[&text("legend", "", words.look)]);
    for (look, label) in Look::ALL.into_iter().zip(words.looks) {
        let choice = element("label", "", "");
        let radio = element("input", "", "look");
        set(&radio, "type", "radio");
        set(&radio, "name", "look");
        set(&radio, "value", look.scheme());
        toggle(&radio, "checked", choices.look == look);
        on(&radio, "change", move |_: Event| choose(|choices| choices.look = look));
        append(&choice, &[&radio, &text("span", "", label)]);
        append(&row, &[&choice]);
    }
    row
}
