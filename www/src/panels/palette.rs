//! Ctrl-K: one field that finds conversations, panels and actions, and goes there.

use protocol::conversation::{ConversationSummary, Status};
use web_sys::{HtmlDialogElement, HtmlElement, HtmlInputElement};
use yew::prelude::*;

use super::Panel;
use super::inbox::name;
use super::rail::Place;
use crate::browser;
use crate::desk::{Desk, use_desk};
use crate::keys::{self, Command};
use crate::locales::desk::words;
use crate::shortcuts;

/// Rows that are shown at once.
const FOUND_MAX: usize = 12;

/// What a row leads to.
#[derive(Debug, Clone, PartialEq)]
enum Goal {
    Panel(Panel),
    Act(Command),
}

struct Row {
    words: String,
    hint: String,
    goal: Goal,
}

/// A modal dialog keeps the focus inside and gives it back afterwards.
#[hook]
fn use_shown(dialog: &NodeRef, field: &NodeRef) {
    let (dialog, field) = (dialog.clone(), field.clone());
    use_effect_with((), move |()| {
        if let Some(dialog) = dialog.cast::<HtmlDialogElement>() {
            drop(dialog.show_modal());
        }
        if let Some(field) = field.cast::<HtmlElement>() {
            drop(field.focus());
        }
    });
}

#[derive(Properties, PartialEq)]
pub(crate) struct PaletteProps {
    pub(crate) on_close: Callback<()>,
}

#[component]
pub(crate) fn Palette(props: &PaletteProps) -> Html {
    let desk = use_desk();
    let w = words(desk.locale);
    let (dialog, field) = (use_node_ref(), use_node_ref());
    let search = use_state_eq(String::new);
    let chosen = use_state_eq(|| 0usize);
    use_shown(&dialog, &field);
    let rows = rows(&desk, &search);
    let go = {
        let (desk, close) = (desk.clone(), props.on_close.clone());
        let goals: Vec<Goal> = rows.iter().map(|row| row.goal.clone()).collect();
        Callback::from(move |at: usize| {
            let Some(goal) = goals.get(at) else { return };
            close.emit(());
            match goal {
                Goal::Panel(panel) => browser::go_to(&panel.hash()),
                Goal::Act(command) => shortcuts::carry_out(*command, &desk),
            }
        })
    };
    let oninput = {
        let (search, chosen) = (search.clone(), chosen.clone());
        move |event: InputEvent| {
            search.set(event.target_unchecked_into::<HtmlInputElement>().value());
            chosen.set(0);
        }
    };
    let onkeydown = {
        let (chosen, last, go) = (chosen.clone(), rows.len().saturating_sub(1), go.clone());
        move |event: KeyboardEvent| {
            match event.key().as_str() {
                "ArrowDown" => chosen.set((*chosen + 1).min(last)),
                "ArrowUp" => chosen.set(chosen.saturating_sub(1)),
                "Enter" if !event.is_composing() => go.emit(*chosen),
                _ => return,
            }
            event.prevent_default();
        }
    };
    let closed = props.on_close.reform(|_: Event| ());
    html! {
        <dialog class="dialog palette" aria-label={w.palette} data-fd="palette" ref={dialog}
            onclose={closed}>
            <input class="input" type="search" role="combobox" aria-expanded="true"
                aria-controls="palette-rows" aria-label={w.palette} ref={field}
                aria-activedescendant={format!("palette-{}", *chosen)}
                data-fd="palette-search" placeholder={w.palette_hint} {oninput} {onkeydown} />
            <ul id="palette-rows" role="listbox" aria-label={w.palette}>
                { for rows.iter().enumerate().map(|(at, row)| {
                    let go = go.clone();
                    html! {
                        <li role="option" id={format!("palette-{at}")} data-fd="palette-row"
                            aria-selected={(at == *chosen).to_string()}
                            onclick={move |_: MouseEvent| go.emit(at)}>
                            <span dir="auto">{ &row.words }</span>
                            <span class="quiet">{ &row.hint }</span>
                        </li>
                    }
                }) }
            </ul>
            if rows.is_empty() {
                <p class="empty-hint">{ w.palette_empty }</p>
            }
        </dialog>
    }
}

/// Actions of the open conversation, panels, conversations: those that contain every word.
fn rows(desk: &Desk, search: &str) -> Vec<Row> {
    let (w, strings) = (words(desk.locale), desk.strings());
    let search = search.to_lowercase();
    let wanted: Vec<&str> = search.split_whitespace().collect();
    let fits = |words: &str| {
        let words = words.to_lowercase();
        wanted.iter().all(|wanted| words.contains(wanted))
    };
    let mut rows = Vec::new();
    let open = desk.panel.conversation().is_some();
    for (command, key) in keys::ALL {
        if command.is_an_action() && (open || !command.needs_a_conversation()) {
            let words = (w.command_name)(command).to_owned();
            rows.push(Row { words, hint: key.to_owned(), goal: Goal::Act(command) });
        }
    }
    if let Some(me) = desk.store.me() {
        for place in Place::ALL.into_iter().filter(|place| place.open_to(me)) {
            let hint = format!("g {}", place.key());
            let goal = Goal::Panel(place.panel());
            rows.push(Row { words: place.name(strings).to_owned(), hint, goal });
        }
    }
    rows.retain(|row| fits(&row.words));
    let talks = desk
        .store
        .inbox
        .values()
        .filter(|row| row.status != Status::Resolved || !wanted.is_empty());
    let mut talks: Vec<&ConversationSummary> = talks
        .map(AsRef::as_ref)
        .filter(|row| fits(&format!("{} {}", name(row, strings), row.preview)))
        .collect();
    talks.sort_by_key(|row| std::cmp::Reverse(row.last_message_at_ms));
    rows.extend(talks.into_iter().take(FOUND_MAX).map(|row| Row {
        words: format!("{} — {}", name(row, strings), row.preview),
        hint: (strings.status_name)(row.status).to_owned(),
        goal: Goal::Panel(Panel::Conversation(row.id)),
    }));
    rows.truncate(FOUND_MAX);
    rows
}
