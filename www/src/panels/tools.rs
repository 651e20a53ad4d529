//! What stands above the reply field: files on their way, the button for more of them, emoji. Files
//! may also be dragged or pasted anywhere in the conversation.

use gloo::events::{EventListener, EventListenerOptions};
use protocol::ids::ConversationId;
use protocol::locale::Locale;
use wasm_bindgen::JsCast;
use web_sys::{Event, EventInit, FileList, HtmlTextAreaElement};
use yew::prelude::*;

use super::attach::{AttachButton, UploadTray, Uploads, add_all};
use super::emoji::EmojiPicker;
use crate::browser;

#[derive(Properties, PartialEq)]
pub(crate) struct ToolsProps {
    pub(crate) conversation: ConversationId,
    pub(crate) locale: Locale,
}

#[component]
pub(crate) fn ComposerTools(props: &ToolsProps) -> Html {
    let uploads = use_reducer_eq(Uploads::default);
    {
        let dispatch = uploads.dispatcher();
        use_effect_with(props.conversation, move |_| {
            let options = EventListenerOptions::enable_prevent_default();
            let listen = |name: &'static str, carrier: &'static str| {
                let dispatch = dispatch.clone();
                let heard = move |event: &Event| {
                    let dragged = carrier == "dataTransfer";
                    // A page that lets files drop would open them in its place.
                    if add_all(&dispatch, files_of(event, carrier)) || dragged {
                        event.prevent_default();
                    }
                };
                EventListener::new_with_options(&browser::window(), name, options, heard)
            };
            let listeners = [listen("paste", "clipboardData"), listen("drop", "dataTransfer")];
            let over = EventListener::new_with_options(
                &browser::window(),
                "dragover",
                options,
                |event: &Event| event.prevent_default(),
            );
            move || drop((listeners, over))
        });
    }
    html! {
        <div class="composer-tools">
            <UploadTray conversation={props.conversation} uploads={uploads.clone()}
                locale={props.locale} />
            <AttachButton {uploads} locale={props.locale} />
            <EmojiPicker locale={props.locale} on_choice={Callback::from(insert)} />
        </div>
    }
}

/// The files that an event of dragging or pasting carries.
fn files_of(event: &Event, carrier: &str) -> Option<FileList> {
    let carrier = js_sys::Reflect::get(event, &carrier.into()).ok()?;
    js_sys::Reflect::get(&carrier, &"files".into()).ok()?.dyn_into().ok()
}

/// Where the cursor of the reply field stands, as if it were typed.
fn insert(words: &'static str) {
    let field = browser::document().query_selector("[data-fd=composer]").ok().flatten();
    let field = field.and_then(|field| field.dyn_into::<HtmlTextAreaElement>().ok());
    let Some(field) = field else { return };
    // The browser counts as JavaScript does, and so does this.
    let units: Vec<u16> = field.value().encode_utf16().collect();
    let at = |end: Option<u32>| end.map_or(units.len(), |at| at as usize);
    let from = at(field.selection_start().ok().flatten());
    let to = at(field.selection_end().ok().flatten());
    let before = String::from_utf16_lossy(units.get(..from).unwrap_or(&units));
    let after = String::from_utf16_lossy(units.get(to..).unwrap_or_default());
    field.set_value(&format!("{before}{words}{after}"));
    let cursor = u32::try_from(from + words.encode_utf16().count()).unwrap_or(u32::MAX);
    let _ = field.set_selection_range(cursor, cursor);
    let typed = EventInit::new();
    typed.set_bubbles(true);
    if let Ok(event) = Event::new_with_event_init_dict("input", &typed) {
        // The field's own listener takes it from here.
        let _ = field.dispatch_event(&event);
    }
    let _ = field.focus();
}
