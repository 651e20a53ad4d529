//! Carries out the keyboard's commands on the page: moves the focus, opens, resolves, goes back.

use protocol::conversation::{BotMode, Status};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use crate::browser;
use crate::desk::{self, Desk};
use crate::keys::{self, Command, Focus, Held};
use crate::panels::Panel;
use crate::panels::rail::Place;

const ROW: &str = "[data-fd=inbox-row]";

/// What lies over the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overlay {
    Nothing,
    Keys,
    Palette,
}

/// The keyboard's memory: whether `g` was the key before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Going(pub(crate) bool);

/// Does what the key asks for; returns what is to lie over the desk from now on, when the key
/// changes that.
pub(crate) fn press(
    event: &KeyboardEvent,
    desk: &Desk,
    overlay: Overlay,
    going: &mut Going,
) -> Option<Overlay> {
    let held = match (event.ctrl_key() || event.meta_key(), event.alt_key()) {
        (true, _) => Held::Control,
        (false, true) => Held::Alt,
        (false, false) => Held::Nothing,
    };
    let was_going = std::mem::take(going).0;
    if event.is_composing() {
        return None;
    }
    let focus = focus();
    if was_going && overlay == Overlay::Nothing && focus != Focus::Field {
        let place = Place::ALL.into_iter().find(|place| place.key() == event.key());
        let allowed = place.filter(|place| desk.store.me().is_some_and(|me| place.open_to(me)));
        if let Some(place) = allowed {
            browser::go_to(&place.panel().hash());
            event.prevent_default();
            return None;
        }
    }
    let command = keys::command(&event.key(), &event.code(), focus, held)?;
    if overlay != Overlay::Nothing {
        let done = matches!(command, Command::Back | Command::ShowKeys | Command::Palette);
        return done.then_some(Overlay::Nothing);
    }
    match command {
        Command::ShowKeys => return Some(Overlay::Keys),
        Command::Palette => {
            event.prevent_default();
            return Some(Overlay::Palette);
        }
        Command::Go => *going = Going(true),
        // The browser closes a menu by itself.
        Command::Back if find(":popover-open").is_some() => return None,
        Command::Back
        | Command::Next
        | Command::Previous
        | Command::Reply
        | Command::Note
        | Command::Resolve
        | Command::TakeOver
        | Command::AssignMe
        | Command::Snooze
        | Command::Label
        | Command::Urgent
        | Command::MarkUnread
        | Command::Suggestion(_) => carry_out(command, desk),
    }
    event.prevent_default();
    None
}

/// What a command does, however it was asked for.
pub(crate) fn carry_out(command: Command, desk: &Desk) {
    let open = desk.panel.conversation();
    let row = open.and_then(|id| desk.store.summary(id).cloned());
    match (command, row) {
        (Command::Next, _) => step(1),
        (Command::Previous, _) => step(-1),
        (Command::Reply, _) => press_and_write("[data-fd=mode-reply]"),
        (Command::Note, _) => press_and_write("[data-fd=mode-note]"),
        (Command::Snooze, _) => focus_on(find("[data-fd=snooze]")),
        (Command::Label, _) => focus_on(find("[data-fd=label-add]")),
        (Command::Suggestion(number), _) => {
            let at = usize::from(number).saturating_sub(1);
            click(all("[data-fd=suggestion]").into_iter().nth(at));
        }
        (Command::ShowKeys, _) => click(find("[data-fd=show-keys]")),
        (Command::Back, _) if focus() == Focus::Field => blur(),
        (Command::Back, _) if open.is_some() => {
            browser::go_to(&Panel::Inbox.hash());
            focus_on(find(&format!("{ROW}[aria-current]")));
        }
        (Command::Back | Command::Palette | Command::Go, _) => {}
        (Command::Resolve, Some(row)) => {
            if row.status != Status::Resolved && !desk.store.commanding(row.id) {
                desk.resolve(row.id);
            }
        }
        (Command::TakeOver, Some(row)) => match row.bot {
            BotMode::Answering => desk.take_over(row.id),
            BotMode::Silent => desk.give_back(row.id),
        },
        (Command::AssignMe, Some(row)) => {
            desk.assign(&row, desk.store.me().map(|me| me.id), None);
        }
        (Command::Urgent, Some(row)) => desk.toggle_urgent(&row),
        (Command::MarkUnread, Some(row)) => desk.mark_unread(row.id),
        (
            Command::Resolve
            | Command::TakeOver
            | Command::AssignMe
            | Command::Urgent
            | Command::MarkUnread,
            None,
        ) => {}
    }
}

fn press_and_write(mode: &str) {
    click(find(mode));
    desk::focus_composer();
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
    let rows = all(ROW);
    let active = browser::document().active_element();
    let focused = rows.iter().position(|row| Some(row) == active.as_ref());
    let current = || rows.iter().position(|row| row.has_attribute("aria-current"));
    let next = match focused.or_else(current) {
        Some(at) => at.saturating_add_signed(by).min(rows.len().saturating_sub(1)),
        None => 0,
    };
    focus_on(rows.get(next).cloned());
}

fn all(selector: &str) -> Vec<Element> {
    let Ok(found) = browser::document().query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|at| found.get(at)?.dyn_into().ok()).collect()
}

fn find(selector: &str) -> Option<Element> {
    browser::document().query_selector(selector).ok().flatten()
}

fn click(element: Option<Element>) {
    if let Some(element) = element.and_then(|element| element.dyn_into::<HtmlElement>().ok()) {
        element.click();
    }
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
