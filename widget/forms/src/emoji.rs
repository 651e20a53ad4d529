//! A few dozen emoji by groups. Arrow keys walk, Enter takes one, Escape leaves.

use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, HtmlTextAreaElement, KeyboardEvent};

use crate::dom::{append, button, document, element, find, focus, on, set, text};
use crate::sheet::{self, Exit};
use crate::words;

const NAME: &str = "emoji-picker";

/// In one row of the picker, as in its style sheet.
const COLUMNS: i32 = 8;

/// A group a line.
const EMOJI: &str = include_str!("../emoji.txt");

/// Opens the picker, or closes it when it is open.
pub(crate) fn show() {
    if sheet::is_open(NAME) {
        return sheet::close();
    }
    let words = words();
    let sheet = sheet::open(NAME, words.emoji, Exit::Button);
    let mut first = None;
    for (group, title) in EMOJI.lines().zip(words.emoji_groups) {
        let heading = text("h3", "", title);
        let grid = element("div", "emoji", "");
        set(&grid, "role", "group");
        set(&grid, "aria-label", title);
        for emoji in group.split(' ') {
            let made = button("", CHOICE, emoji);
            set(&made, "tabindex", if first.is_none() { "0" } else { "-1" });
            first.get_or_insert_with(|| made.clone());
            append(&grid, &[&made]);
        }
        append(&sheet, &[&heading, &grid]);
    }
    on(&sheet, "click", |event: Event| {
        let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        let chosen = target.filter(|at| at.get_attribute("data-fd").as_deref() == Some(CHOICE));
        if let Some(emoji) = chosen.and_then(|chosen| chosen.text_content()) {
            sheet::close();
            insert(&emoji);
        }
    });
    on(&sheet, "keydown", walk);
    if let Some(first) = first {
        focus(&first);
    }
}

const CHOICE: &str = "emoji-choice";

fn walk(event: KeyboardEvent) {
    let step = match event.key().as_str() {
        "ArrowRight" => 1,
        "ArrowLeft" => -1,
        "ArrowDown" => COLUMNS,
        "ArrowUp" => -COLUMNS,
        _ => return,
    };
    event.prevent_default();
    let Ok(all) = document().query_selector_all(".emoji button") else { return };
    let own = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let at = |idx: u32| all.item(idx).and_then(|node| node.dyn_into::<Element>().ok());
    let Some(now) = (0..all.length()).find(|idx| at(*idx) == own) else { return };
    let next = now.checked_add_signed(step).and_then(&at);
    if let (Some(from), Some(to)) = (own, next) {
        set(&from, "tabindex", "-1");
        set(&to, "tabindex", "0");
        focus(&to);
    }
}

/// Where the cursor of the composer stands.
fn insert(emoji: &str) {
    let composer =
        find("[data-fd=composer]").and_then(|at| at.dyn_into::<HtmlTextAreaElement>().ok());
    let Some(composer) = composer else { return };
    let end = |at: Result<Option<u32>, _>| at.ok().flatten();
    let length = composer.value().encode_utf16().count() as u32;
    let from = end(composer.selection_start()).unwrap_or(length);
    let to = end(composer.selection_end()).unwrap_or(length);
    // The browser counts as JavaScript does, and so does this.
    let units: Vec<u16> = composer.value().encode_utf16().collect();
    let (from, to) = (from as usize, to as usize);
    let before = String::from_utf16_lossy(units.get(..from).unwrap_or(&units));
    let after = String::from_utf16_lossy(units.get(to..).unwrap_or_default());
    composer.set_value(&format!("{before}{emoji}{after}"));
    let cursor = (before.encode_utf16().count() + emoji.encode_utf16().count()) as u32;
    let _ = composer.set_selection_range(cursor, cursor);
    let field: &HtmlElement = &composer;
    let _ = field.focus();
}
