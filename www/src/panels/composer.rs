//! The reply field. Enter sends, Shift+Enter starts a line, and an input method's Enter chooses a
//! word. A draft outlives a reload.

use protocol::TEXT_BYTES_MAX;
use protocol::conversation::BotMode;
use protocol::ids::ConversationId;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use crate::browser;
use crate::components::{Icon, icon};
use crate::desk::{self, use_desk};

/// At most one typing sign in this time.
const TYPING_EVERY_MS: u64 = 3_000;

/// What `keyCode` says while an input method is at work, in browsers that end the composition
/// before the Enter that chose the word.
const KEY_CODE_COMPOSING: u32 = 229;

/// The field grows with the text up to here, where the browser cannot size it itself.
const ROWS_MAX: usize = 8;

#[derive(Properties, PartialEq)]
pub(crate) struct ComposerProps {
    pub(crate) conversation: ConversationId,
    pub(crate) bot: BotMode,
}

#[component]
pub(crate) fn Composer(props: &ComposerProps) -> Html {
    let desk = use_desk();
    let words = desk.strings();
    let id = props.conversation;
    let text = use_state_eq(|| desk::draft(id));
    let typed_ms = use_mut_ref(|| 0u64);
    let full = desk.store.outbox_full();
    let too_long = text.len() > TEXT_BYTES_MAX;
    let sendable = !text.trim().is_empty() && !too_long && !full;

    let send = {
        let (desk, text) = (desk.clone(), text.clone());
        Callback::from(move |()| {
            if sendable {
                desk.reply(id, text.trim_end().to_owned());
                desk::keep_draft(id, "");
                text.set(String::new());
            }
        })
    };
    let oninput = {
        let text = text.clone();
        let desk = desk.clone();
        Callback::from(move |event: InputEvent| {
            let field = event.target_unchecked_into::<HtmlTextAreaElement>();
            let now = browser::now_ms();
            if now.saturating_sub(*typed_ms.borrow()) > TYPING_EVERY_MS {
                *typed_ms.borrow_mut() = now;
                desk.typing(id);
            }
            desk::keep_draft(id, &field.value());
            text.set(field.value());
        })
    };
    let onkeydown = {
        let send = send.clone();
        Callback::from(move |event: KeyboardEvent| {
            let composing = event.is_composing() || event.key_code() == KEY_CODE_COMPOSING;
            if event.key() == "Enter" && !event.shift_key() && !composing {
                event.prevent_default();
                send.emit(());
            }
        })
    };
    let onsubmit = Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        send.emit(());
    });
    let hint = match (too_long, full, props.bot) {
        (true, ..) => words.reply_too_long,
        (false, true, _) => words.outbox_full,
        (false, false, BotMode::Answering) => words.reply_takes_over,
        (false, false, BotMode::Silent) => words.reply_keys,
    };
    let warned = too_long || full;
    html! {
        <form class="composer" {onsubmit}>
            <div class="composer-field">
                <textarea data-fd="composer" aria-label={words.reply_label}
                    aria-describedby="composer-hint" placeholder={words.reply_placeholder}
                    rows={rows(&text).to_string()} value={(*text).clone()} {oninput} {onkeydown} />
                <button type="submit" class="button-send" data-fd="send" aria-label={words.send}
                    disabled={!sendable}>{ icon(Icon::Send) }</button>
            </div>
            <p id="composer-hint" class={classes!("hint", warned.then_some("hint-warning"))}>
                { hint }
            </p>
        </form>
    }
}

fn rows(text: &str) -> usize {
    (text.matches('\n').count() + 1).min(ROWS_MAX)
}
