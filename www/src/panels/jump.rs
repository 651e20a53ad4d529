//! From a hit of the search to its message: scrolls there once it is on screen.

use std::cell::RefCell;
use std::rc::Rc;

use protocol::ids::MessageId;
use uuid::Uuid;
use web_sys::{Element, ScrollIntoViewOptions, ScrollLogicalPosition};
use yew::prelude::*;

use crate::browser;

const MESSAGE: &str = "message=";

/// The message that the address names beside the conversation.
fn target() -> Option<MessageId> {
    let hash = browser::hash();
    let named = hash.split('&').find_map(|part| part.strip_prefix(MESSAGE))?;
    Uuid::parse_str(named).ok().map(MessageId)
}

/// Jumps once for each address; `shown` is whatever changes as messages come. Whoever jumped is no
/// longer at the end of the log.
#[hook]
pub(crate) fn use_jump<T: PartialEq + 'static>(shown: T, at_end: Rc<RefCell<bool>>) {
    let done = use_mut_ref(|| None::<MessageId>);
    use_effect_with((shown, browser::hash()), move |_| {
        let Some(wanted) = target().filter(|wanted| *done.borrow() != Some(*wanted)) else {
            return;
        };
        let selector = format!("[data-fd=message][data-id=\"{wanted}\"]");
        let Some(message) = browser::document().query_selector(&selector).ok().flatten() else {
            return;
        };
        done.replace(Some(wanted));
        at_end.replace(false);
        show(&message);
    });
}

fn show(message: &Element) {
    let options = ScrollIntoViewOptions::new();
    options.set_block(ScrollLogicalPosition::Center);
    message.scroll_into_view_with_scroll_into_view_options(&options);
    if let Ok(Some(old)) = browser::document().query_selector("[data-found]") {
        drop(old.remove_attribute("data-found"));
    }
    drop(message.set_attribute("data-found", ""));
}
