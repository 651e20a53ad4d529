//! The reply field, and the field for notes that only colleagues see. Enter sends, Shift+Enter
//! starts a line, and an input method's Enter chooses a word. A draft outlives a reload.

use std::cell::RefCell;
use std::rc::Rc;

use protocol::TEXT_BYTES_MAX;
use protocol::conversation::{BotMode, ConversationSummary};
use protocol::ids::ConversationId;
use protocol::team::{CannedResponse, NOTE_BYTES_MAX};
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use super::preview::Preview;
use super::suggestions::Suggestions;
use super::tools::ComposerTools;
use crate::browser;
use crate::canned;
use crate::components::{Icon, icon};
use crate::desk::{self, Desk, use_desk};
use crate::locales::desk::words;

/// At most one typing sign in this time.
const TYPING_EVERY_MS: u64 = 3_000;

/// What `keyCode` says while an input method is at work, in browsers that end the composition
/// before the Enter that chose the word.
const KEY_CODE_COMPOSING: u32 = 229;

/// The field grows with the text up to here, where the browser cannot size it itself.
const ROWS_MAX: usize = 8;

/// Who is to read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Audience {
    Visitor,
    Colleagues,
}

#[derive(Properties, PartialEq)]
pub(crate) struct ComposerProps {
    pub(crate) summary: Rc<ConversationSummary>,
}

#[component]
pub(crate) fn Composer(props: &ComposerProps) -> Html {
    let desk = use_desk();
    let id = props.summary.id;
    let text = use_state_eq(|| desk::draft(id));
    let audience = use_state_eq(|| Audience::Visitor);
    let previewed = use_state_eq(|| false);
    // A reply that crosses a colleague's is sent by a second Enter.
    let warned = use_state_eq(|| false);
    let chosen = use_state_eq(|| 0usize);
    let typed_ms = use_mut_ref(|| 0u64);
    let found = found(&desk, &props.summary, &text, *audience);
    let field = Field { desk: desk.clone(), id, text: text.clone(), chosen: chosen.clone() };
    let sendable = sendable(&desk, &text, *audience);

    let send = {
        let (field, audience, warned) = (field.clone(), audience.clone(), warned.clone());
        Callback::from(move |()| {
            let crosses = field.desk.store.beside.colleague.is_some();
            if !sendable {
                return;
            }
            match *audience {
                Audience::Visitor if crosses && !*warned => return warned.set(true),
                Audience::Visitor => field.desk.reply(id, field.text.trim_end().to_owned()),
                Audience::Colleagues => field.desk.note(id, field.text.trim_end().to_owned()),
            }
            warned.set(false);
            field.write(String::new());
        })
    };
    let oninput = typed(&field, *audience, typed_ms);
    let onkeydown = keys(&field, &found, &props.summary, &send);
    let onsubmit = Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        send.emit(());
    });
    let insert = {
        let field = field.clone();
        Callback::from(move |words: String| {
            field.write(words);
            desk::focus_composer();
        })
    };
    let note = *audience == Audience::Colleagues;
    html! {
        <form class={classes!("composer", note.then_some("composer-note"))} {onsubmit}
            data-audience={if note { "colleagues" } else { "visitor" }}>
            { colleagues(&desk, *warned) }
            if !note {
                <Suggestions summary={props.summary.clone()} on_insert={insert} />
            }
            { modes(&desk, id, &audience, &previewed) }
            if *previewed && !note {
                <Preview text={(*text).clone()} locale={desk.locale} />
            }
            { canned_list(&desk, &found, *chosen, &field, &props.summary) }
            { draw_field(&desk, &field, note, sendable, (oninput, onkeydown), found.len()) }
            { hint(&desk, &text, props.summary.bot, *audience) }
        </form>
    }
}

/// Keeps what is written, and tells the others now and then that it is being written.
fn typed(field: &Field, audience: Audience, told_ms: Rc<RefCell<u64>>) -> Callback<InputEvent> {
    let field = field.clone();
    Callback::from(move |event: InputEvent| {
        let now = browser::now_ms();
        let due = now.saturating_sub(*told_ms.borrow()) > TYPING_EVERY_MS;
        if due && audience == Audience::Visitor {
            *told_ms.borrow_mut() = now;
            field.desk.typing(field.id);
        }
        field.write(event.target_unchecked_into::<HtmlTextAreaElement>().value());
    })
}

/// The text and where it is kept.
#[derive(Clone)]
struct Field {
    desk: Desk,
    id: ConversationId,
    text: UseStateHandle<String>,
    /// Which of the canned responses found.
    chosen: UseStateHandle<usize>,
}

impl Field {
    fn write(&self, text: String) {
        desk::keep_draft(self.id, &text);
        self.chosen.set(0);
        self.text.set(text);
    }

    fn put(&self, canned: &CannedResponse, summary: &ConversationSummary) {
        let visitor = summary.contact.as_ref().and_then(|contact| contact.name.as_deref());
        let agent = self.desk.store.me().map_or("", |me| me.name.as_str());
        self.write(canned::filled(&canned.text, visitor.unwrap_or(""), agent));
    }
}

fn found(
    desk: &Desk,
    summary: &ConversationSummary,
    text: &str,
    audience: Audience,
) -> Vec<CannedResponse> {
    match (audience, canned::asked_for(text)) {
        (Audience::Visitor, Some(wanted)) => {
            canned::find(&desk.store.canned, wanted, summary.locale)
        }
        (Audience::Visitor, None) | (Audience::Colleagues, _) => Vec::new(),
    }
}

fn sendable(desk: &Desk, text: &str, audience: Audience) -> bool {
    !text.trim().is_empty() && text.len() <= bytes_max(audience) && !desk.store.outbox_full()
}

fn bytes_max(audience: Audience) -> usize {
    match audience {
        Audience::Visitor => TEXT_BYTES_MAX,
        Audience::Colleagues => NOTE_BYTES_MAX,
    }
}

/// Enter sends, or takes the canned response that is chosen.
fn keys(
    field: &Field,
    found: &[CannedResponse],
    summary: &Rc<ConversationSummary>,
    send: &Callback<()>,
) -> Callback<KeyboardEvent> {
    let (field, found) = (field.clone(), found.to_vec());
    let (summary, send) = (summary.clone(), send.clone());
    Callback::from(move |event: KeyboardEvent| {
        if event.is_composing() || event.key_code() == KEY_CODE_COMPOSING {
            return;
        }
        let last = found.len().saturating_sub(1);
        match (event.key().as_str(), found.get(*field.chosen)) {
            ("ArrowDown", Some(_)) => field.chosen.set((*field.chosen + 1).min(last)),
            ("ArrowUp", Some(_)) => field.chosen.set(field.chosen.saturating_sub(1)),
            ("Enter" | "Tab", Some(canned)) if !event.shift_key() => field.put(canned, &summary),
            ("Escape", Some(_)) => {
                event.stop_propagation();
                field.write(String::new());
            }
            ("Enter", None) if !event.shift_key() => send.emit(()),
            _ => return,
        }
        event.prevent_default();
    })
}

/// Who else is here: two must not answer the same.
fn colleagues(desk: &Desk, warned: bool) -> Html {
    let (w, beside) = (words(desk.locale), &desk.store.beside);
    let names = |all: &[protocol::conversation::Assignee]| {
        let names: Vec<_> = all.iter().map(|agent| agent.name.as_str()).collect();
        names.join(w.list_separator)
    };
    html! {
        <p class="colleagues" role="status" data-warned={warned.to_string()}>
            if let Some(agent) = &beside.colleague {
                <span data-fd="colleague-typing">{ (w.colleague_typing)(&agent.name) }</span>
                if warned {
                    { " " }<strong data-fd="crossing">{ w.crossing }</strong>
                }
            } else if !beside.viewers.is_empty() {
                <span data-fd="viewers">{ (w.also_viewing)(&names(&beside.viewers)) }</span>
            }
        </p>
    }
}

fn modes(
    desk: &Desk,
    conversation: ConversationId,
    audience: &UseStateHandle<Audience>,
    previewed: &UseStateHandle<bool>,
) -> Html {
    let w = words(desk.locale);
    let mode = |of: Audience, fd: &'static str, name: &'static str| {
        let set = audience.clone();
        html! {
            <button type="button" class="mode" data-fd={fd}
                aria-pressed={(**audience == of).to_string()}
                onclick={move |_: MouseEvent| { set.set(of); desk::focus_composer(); }}>
                { name }
            </button>
        }
    };
    let toggle = {
        let previewed = previewed.clone();
        move |_: MouseEvent| previewed.set(!*previewed)
    };
    html! {
        <div class="modes">
            { mode(Audience::Visitor, "mode-reply", w.mode_reply) }
            { mode(Audience::Colleagues, "mode-note", w.mode_note) }
            <ComposerTools {conversation} locale={desk.locale} />
            if **audience == Audience::Visitor {
                <button type="button" class="mode" data-fd="preview-toggle"
                    aria-pressed={previewed.to_string()} onclick={toggle}>{ w.preview }</button>
            }
        </div>
    }
}

fn canned_list(
    desk: &Desk,
    found: &[CannedResponse],
    chosen: usize,
    field: &Field,
    summary: &Rc<ConversationSummary>,
) -> Html {
    if found.is_empty() {
        return Html::default();
    }
    let w = words(desk.locale);
    html! {
        <ul id="canned-found" class="canned-found" role="listbox" aria-label={w.canned}
            data-fd="canned-found">
            { for found.iter().enumerate().map(|(at, canned)| {
                let (field, put, summary) = (field.clone(), canned.clone(), summary.clone());
                let onclick = move |_: MouseEvent| {
                    field.put(&put, &summary);
                    desk::focus_composer();
                };
                html! {
                    <li role="option" id={format!("canned-{at}")} key={canned.id.to_string()}
                        data-fd="canned-option" aria-selected={(at == chosen).to_string()}
                        {onclick}>
                        <strong>{ format!("/{}", canned.shortcut) }</strong>
                        <span dir="auto">{ &canned.text }</span>
                    </li>
                }
            }) }
        </ul>
    }
}

fn draw_field(
    desk: &Desk,
    field: &Field,
    note: bool,
    sendable: bool,
    (oninput, onkeydown): (Callback<InputEvent>, Callback<KeyboardEvent>),
    found: usize,
) -> Html {
    let (w, strings) = (words(desk.locale), desk.strings());
    let (label, placeholder) = if note {
        (w.note_label, w.note_placeholder)
    } else {
        (strings.reply_label, w.reply_placeholder)
    };
    let active = (found > 0).then(|| format!("canned-{}", *field.chosen));
    html! {
        <div class="composer-field">
            <textarea data-fd="composer" aria-label={label} aria-describedby="composer-hint"
                {placeholder} dir="auto" rows={rows(&field.text).to_string()}
                aria-controls={(found > 0).then_some("canned-found")}
                aria-activedescendant={active} value={(*field.text).clone()}
                {oninput} {onkeydown} />
            <button type="submit" class="button-send" data-fd="send"
                aria-label={if note { w.add_note } else { strings.send }}
                disabled={!sendable}>{ icon(Icon::Send) }</button>
        </div>
    }
}

fn hint(desk: &Desk, text: &str, bot: BotMode, audience: Audience) -> Html {
    let (w, strings) = (words(desk.locale), desk.strings());
    let too_long = text.len() > bytes_max(audience);
    let full = desk.store.outbox_full();
    let warned = too_long || full;
    let hint = match (too_long, full, audience, bot) {
        (true, ..) => strings.reply_too_long,
        (false, true, ..) => strings.outbox_full,
        (false, false, Audience::Colleagues, _) => w.note_hint,
        (false, false, Audience::Visitor, BotMode::Answering) => strings.reply_takes_over,
        (false, false, Audience::Visitor, BotMode::Silent) => w.reply_keys,
    };
    html! {
        <p id="composer-hint" class={classes!("hint", warned.then_some("hint-warning"))}>
            { hint }
        </p>
    }
}

fn rows(text: &str) -> usize {
    (text.matches('\n').count() + 1).min(ROWS_MAX)
}
