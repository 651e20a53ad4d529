//! The set-up panel: the first agent, by the one-time link that the server printed.

use protocol::http::{AgentProfile, SetUpRequest};
use protocol::locale::Locale;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::sign_in::{Entrance, account_fields, refused, value_of};
use crate::api::{self, ApiError};
use crate::locales::strings;

#[derive(Properties, PartialEq)]
pub(crate) struct SetUpProps {
    pub(crate) link_token: String,
    pub(crate) locale: Locale,
    pub(crate) on_locale: Callback<Locale>,
    pub(crate) on_signed_in: Callback<AgentProfile>,
}

#[component]
pub(crate) fn SetUp(props: &SetUpProps) -> Html {
    let words = strings(props.locale);
    let name = use_node_ref();
    let email = use_node_ref();
    let password = use_node_ref();
    let busy = use_state_eq(|| false);
    let error = use_state_eq(|| None::<ApiError>);
    let onsubmit = {
        let (name, email, password) = (name.clone(), email.clone(), password.clone());
        let (busy, error) = (busy.clone(), error.clone());
        let on_signed_in = props.on_signed_in.clone();
        let link_token = props.link_token.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let request = SetUpRequest {
                link_token: link_token.clone(),
                name: value_of(&name).trim().to_owned(),
                email: value_of(&email).trim().to_owned(),
                password: value_of(&password),
            };
            let (busy, error, done) = (busy.clone(), error.clone(), on_signed_in.clone());
            busy.set(true);
            spawn_local(async move {
                match api::set_up(&request).await {
                    Ok(agent) => done.emit(agent),
                    Err(refused) => {
                        busy.set(false);
                        error.set(Some(refused));
                    }
                }
            });
        })
    };
    html! {
        <Entrance locale={props.locale} on_locale={&props.on_locale} title={words.set_up_title}
            lead={words.set_up_lead}>
            <form class="form" {onsubmit}>
                { account_fields(words, [&name, &email, &password]) }
                { refused(words, error.as_ref()) }
                <button class="button button-primary" type="submit" data-fd="set-up"
                    disabled={*busy}>
                    { if *busy { words.setting_up } else { words.set_up } }
                </button>
            </form>
        </Entrance>
    }
}
