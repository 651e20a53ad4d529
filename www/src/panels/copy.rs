//! A button that copies a text. Where a page may not, it keeps its name and the text can still be
//! selected by hand.

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::owner::words_of;
use crate::browser;
use crate::desk::use_desk;

#[derive(Properties, PartialEq)]
pub(crate) struct CopyButtonProps {
    pub(crate) text: AttrValue,
    pub(crate) fd: &'static str,
    #[prop_or("button")]
    pub(crate) class: &'static str,
}

#[component]
pub(crate) fn CopyButton(props: &CopyButtonProps) -> Html {
    let desk = use_desk();
    let words = words_of(&desk);
    // What was copied last: another text is not.
    let copied = use_state_eq(|| None::<AttrValue>);
    let onclick = {
        let (copied, text) = (copied.clone(), props.text.clone());
        Callback::from(move |_: MouseEvent| {
            let (copied, text) = (copied.clone(), text.clone());
            spawn_local(async move {
                if browser::copy(&text).await {
                    copied.set(Some(text));
                }
            });
        })
    };
    let done = copied.as_ref() == Some(&props.text);
    html! {
        <button type="button" class={props.class} data-fd={props.fd} {onclick}>
            <span role="status">{ if done { words.copied } else { words.copy } }</span>
        </button>
    }
}
