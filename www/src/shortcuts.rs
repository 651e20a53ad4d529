//! Carries out the keyboard's commands on the page: moves the focus, opens, resolves, goes back.

use protocol::conversation::Status;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use crate::browser;
use crate::desk::Desk;
use crate::keys::{self, Command, Focus};
use crate::panels::Panel;

const ROW: &str = "[data-fd=inbox-row]";
const COMPOSER: &str = "[data-fd=composer]";

/// Does what the key asks for; returns whether the list of keys is to be shown from now on, when
/// the key changes that.
pub(crate) fn press(event: &KeyboardEvent, desk: &Desk, keys_shown: bool) -> Option<bool> {
    let modified = event.ctrl_key() || event.alt_key() || event.meta_key();
    let composing = event.is_composing();
    let command = keys::command(&event.key(), focus(), modified).filter(|_| !composing)?;
    if keys_shown {
        let done = matches!(command, Command::Back | Command::ShowKeys);
        return done.then_some(false);
    }
    let open = desk.panel.conversation();
    match command {
        Command::ShowKeys => return Some(true),
        Command::Next => step(1),
        Command::Previous => step(-1),
        Command::Reply => focus_on(find(COMPOSER)),
        Command::Resolve => {
            let unresolved = open.filter(|id| {
                desk.store.summary(*id).is_some_and(|row| row.status != Status::Resolved)
                    && !desk.store.commanding(*id)
            });
            unresolved.into_iter().for_each(|id| desk.resolve(id));
        }
        // The browser closes a menu by itself.
        Command::Back if find(":popover-open").is_some() => return None,
        Command::Back if focus() == Focus::Field => blur(),
        Command::Back if open.is_some() => {
            browser::go_to(&Panel::Inbox.hash());
            focus_on(find(&format!("{ROW}[aria-current]")));
        }
        Command::Back => {}
    }
    event.prevent_default();
    None
}

fn focus() -> Focus {
    let Some(active) = browser::document().active_element() else { return Focus::Rows };
    if active.matches("input, textarea, select, [contenteditable]").unwrap_or(false) {
        return Focus::Field;
    }
    let rows = active.tag_name() == "BODY" || matches!(active.closest(ROW), Ok(Some(_)));
    if rows { Focus::Rows } else { Focus::Elsewhere }
}

/// Moves the focus by one row, from the focused one or else from the open one.
fn step(by: isize) {
    let Ok(rows) = browser::document().query_selector_all(ROW) else { return };
    let rows: Vec<Element> =
        (0..rows.length()).filter_map(|at| rows.get(at)?.dyn_into().ok()).collect();
    let active = browser::document().active_element();
    let focused = rows.iter().position(|row| Some(row) == active.as_ref());
    let current = || rows.iter().position(|row| row.has_attribute("aria-current"));
    let next = match focused.or_else(current) {
        Some(at) => at.saturating_add_signed(by).min(rows.len().saturating_sub(1)),
        None => 0,
    };
    focus_on(rows.get(next).cloned());
}

fn find(selector: &str) -> Option<Element> {
    browser::document().query_selector(selector).ok().flatten()
}

fn focus_on(element: Option<Element>) {
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        drop(element.focus());
    }
}

fn blur() {
    let active = browser::document().active_element();
    if let Some(element) = active.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        drop(element.blur());
    }
}
