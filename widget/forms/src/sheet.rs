//! The one open screen, between the transcript and the composer: its head, its way out, and the
//! place where files on their way are listed. It knows no screen.

use std::cell::RefCell;

use web_sys::{Element, Event, KeyboardEvent};

use crate::dom::{append, button, element, find, focus_composer, on, set, text};
use crate::words;

thread_local! {
    static OPEN: RefCell<Option<Element>> = const { RefCell::new(None) };
    static TRAY: RefCell<Option<Element>> = const { RefCell::new(None) };
}

/// Whether the visitor may put a screen away without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Button,
    /// The screen has its own.
    None,
}

/// Opens a screen in place of the one before; what it shows is appended to what is returned.
pub(crate) fn open(name: &str, title: &str, exit: Exit) -> Element {
    close();
    let sheet = element("section", "sheet", name);
    let heading = text("h2", "sheet-title", title);
    set(&heading, "id", "sheet-title");
    set(&sheet, "role", "region");
    set(&sheet, "aria-labelledby", "sheet-title");
    let head = element("div", "sheet-head", "");
    append(&head, &[&heading]);
    if exit == Exit::Button {
        let away = button("sheet-close", "form-close", "×");
        set(&away, "aria-label", words().close);
        on(&away, "click", |_: Event| {
            close();
            focus_composer();
        });
        append(&head, &[&away]);
        on(&sheet, "keydown", |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.stop_propagation();
                close();
                focus_composer();
            }
        });
    }
    // What is typed here is no message in the making.
    on(&sheet, "input", |event: Event| event.stop_propagation());
    append(&sheet, &[&head]);
    place(&sheet);
    OPEN.set(Some(sheet.clone()));
    sheet
}

pub(crate) fn close() {
    if let Some(sheet) = OPEN.take() {
        sheet.remove();
    }
}

/// Whether a screen of this name is open.
pub(crate) fn is_open(name: &str) -> bool {
    OPEN.with_borrow(|open| {
        open.as_ref().is_some_and(|sheet| {
            sheet.is_connected() && sheet.get_attribute("data-fd").as_deref() == Some(name)
        })
    })
}

/// Where files on their way are listed; it outlives every screen and a change of language.
pub(crate) fn tray() -> Element {
    let tray = TRAY.with_borrow(Clone::clone).unwrap_or_else(|| {
        let made = element("ul", "uploads", "uploads");
        TRAY.set(Some(made.clone()));
        made
    });
    if !tray.is_connected() {
        place(&tray);
    }
    set(&tray, "aria-label", words().uploads);
    tray
}

fn place(child: &Element) {
    let foot = find(".foot");
    let Some(parent) = foot.as_ref().and_then(|foot| foot.parent_element()) else {
        // A page without a composer has no place for it.
        return;
    };
    let foot = foot.as_ref().map(AsRef::as_ref);
    let _ = parent.insert_before(child, foot);
}

/// A line that a screen reader says at once.
pub(crate) fn alert(sheet: &Element, words: &str) {
    let line = match sheet.query_selector(".sheet-alert").ok().flatten() {
        Some(line) => line,
        None => {
            let line = element("p", "sheet-alert", "form-error");
            set(&line, "role", "alert");
            append(sheet, &[&line]);
            line
        }
    };
    line.set_text_content(Some(words));
}

/// Something happened, and nothing is left to do.
pub(crate) fn done(name: &str, title: &str) {
    let sheet = open(name, title, Exit::Button);
    set(&sheet, "role", "status");
    // What had the focus is gone with the screen before.
    focus_composer();
}
