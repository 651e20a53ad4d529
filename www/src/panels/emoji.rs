//! A few dozen emoji by groups, for the composer. Arrow keys walk, Enter takes one, Escape leaves.

use protocol::locale::Locale;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use crate::browser;
use crate::components::{Icon, icon};
use crate::locales::strings;

/// In one row of the picker, as in its style sheet.
const COLUMNS: i32 = 8;

/// The visitor's chat offers the same.
const EMOJI: &str = include_str!("../../../widget/forms/emoji.txt");

#[derive(Properties, PartialEq)]
pub(crate) struct EmojiProps {
    pub(crate) locale: Locale,
    pub(crate) on_choice: Callback<&'static str>,
}

#[component]
pub(crate) fn EmojiPicker(props: &EmojiProps) -> Html {
    let words = strings(props.locale);
    let open = use_state_eq(|| false);
    let grid = use_node_ref();
    {
        let grid = grid.clone();
        use_effect_with(*open, move |open| {
            let first = grid.cast::<Element>().and_then(|grid| grid.first_element_child());
            if let Some(first) = first.filter(|_| *open) {
                focus(&first);
            }
        });
    }
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let onkeydown = {
        let open = open.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" && *open {
                event.prevent_default();
                event.stop_propagation();
                open.set(false);
                focus_button();
            } else {
                walk(&event);
            }
        })
    };
    let choice = |emoji: &'static str| {
        let (open, on_choice) = (open.clone(), props.on_choice.clone());
        Callback::from(move |_: MouseEvent| {
            open.set(false);
            on_choice.emit(emoji);
        })
    };
    html! {
        <div class="emoji-holder" {onkeydown}>
            <button type="button" class="button-icon" data-fd="emoji" onclick={toggle}
                aria-label={words.emoji} title={words.emoji}
                aria-expanded={open.to_string()}>{ icon(Icon::Smile) }</button>
            if *open {
                <div class="emoji-picker" data-fd="emoji-picker" role="group" ref={grid}
                    aria-label={words.emoji}>
                    { for EMOJI.split_whitespace().enumerate().map(|(at, emoji)| html! {
                        <button type="button" data-fd="emoji-choice" onclick={choice(emoji)}
                            tabindex={if at == 0 { "0" } else { "-1" }}>{ emoji }</button>
                    }) }
                </div>
            }
        </div>
    }
}

fn focus(element: &Element) {
    if let Some(element) = element.dyn_ref::<HtmlElement>() {
        // What cannot be focused now will be clicked.
        let _ = element.focus();
    }
}

fn focus_button() {
    if let Ok(Some(button)) = browser::document().query_selector("[data-fd=emoji]") {
        focus(&button);
    }
}

fn walk(event: &KeyboardEvent) {
    let step = match event.key().as_str() {
        "ArrowRight" => 1,
        "ArrowLeft" => -1,
        "ArrowDown" => COLUMNS,
        "ArrowUp" => -COLUMNS,
        _ => return,
    };
    let Ok(all) = browser::document().query_selector_all("[data-fd=emoji-choice]") else { return };
    let own = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let at = |index: u32| all.item(index).and_then(|node| node.dyn_into::<Element>().ok());
    let Some(now) = (0..all.length()).find(|index| at(*index) == own) else { return };
    event.prevent_default();
    if let Some(next) = now.checked_add_signed(step).and_then(at) {
        focus(&next);
    }
}
