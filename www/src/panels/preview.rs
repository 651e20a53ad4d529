//! How a reply will look to the visitor: the server makes the HTML, as it does of the reply itself.

use gloo::timers::callback::Timeout;
use protocol::locale::Locale;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::api;
use crate::locales::desk::words;

/// The text must rest this long before it is asked about.
const REST_MS: u32 = 300;

#[derive(Properties, PartialEq)]
pub(crate) struct PreviewProps {
    pub(crate) text: String,
    pub(crate) locale: Locale,
}

#[component]
pub(crate) fn Preview(props: &PreviewProps) -> Html {
    let html = use_state_eq(String::new);
    {
        let html = html.clone();
        use_effect_with(props.text.clone(), move |text| {
            let text = text.clone();
            let ask = Timeout::new(REST_MS, move || {
                spawn_local(async move {
                    // Without an answer the last picture stays.
                    if text.trim().is_empty() {
                        html.set(String::new());
                    } else if let Ok(preview) = api::preview(text).await {
                        html.set(preview.html);
                    }
                });
            });
            move || drop(ask)
        });
    }
    html! {
        <div class="preview" data-fd="preview" role="region"
            aria-label={words(props.locale).preview}>
            <div class="bubble answer" dir="auto">
                { Html::from_html_unchecked(AttrValue::from((*html).clone())) }
            </div>
        </div>
    }
}
