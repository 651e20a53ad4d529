//! Joining by an invitation: whoever has the link makes an account with the role it names.

use protocol::http::AgentProfile;
use protocol::locale::Locale;
use protocol::people::{Invitation, InvitationAccept, InvitationToken};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::sign_in::{Entrance, account_fields, refused, value_of};
use crate::api::{self, ApiError};
use crate::locales::office::office;
use crate::locales::strings;

#[derive(Properties, PartialEq)]
pub(crate) struct JoinProps {
    pub(crate) token: String,
    pub(crate) locale: Locale,
    pub(crate) on_locale: Callback<Locale>,
    pub(crate) on_signed_in: Callback<AgentProfile>,
}

#[component]
pub(crate) fn Join(props: &JoinProps) -> Html {
    let words = strings(props.locale);
    let own = office(props.locale);
    let (name, email, password) = (use_node_ref(), use_node_ref(), use_node_ref());
    let busy = use_state_eq(|| false);
    let error = use_state_eq(|| None::<ApiError>);
    let invitation = use_state_eq(|| None::<Invitation>);
    {
        let (invitation, error) = (invitation.clone(), error.clone());
        use_effect_with(props.token.clone(), move |token| {
            let body = InvitationToken { token: token.clone() };
            spawn_local(async move {
                match api::send("POST", "/v1/invitations/look", &body).await {
                    Ok(found) => invitation.set(Some(found)),
                    Err(refused) => error.set(Some(refused)),
                }
            });
        });
    }
    let fields = Fields { name, email, password };
    let onsubmit = accept(props, &fields, &busy, &error);
    let Fields { name, email, password } = fields;
    let lead = invitation.as_ref().map(|invitation| {
        (own.join_lead)(&invitation.invited_by, (words.role_name)(invitation.role))
    });
    html! {
        <Entrance locale={props.locale} on_locale={&props.on_locale} title={own.join_title}>
            if let Some(lead) = lead {
                <p class="lead" data-fd="join-lead">{ lead }</p>
                <form class="form" {onsubmit}>
                    { account_fields(words, [&name, &email, &password]) }
                    { refused(words, error.as_ref()) }
                    <button class="button button-primary" type="submit" data-fd="join"
                        disabled={*busy}>
                        { if *busy { own.joining } else { own.join } }
                    </button>
                </form>
            } else {
                { refused(words, error.as_ref()) }
            }
        </Entrance>
    }
}

struct Fields {
    name: NodeRef,
    email: NodeRef,
    password: NodeRef,
}

fn accept(
    props: &JoinProps,
    fields: &Fields,
    busy: &UseStateHandle<bool>,
    error: &UseStateHandle<Option<ApiError>>,
) -> Callback<SubmitEvent> {
    let (name, email, password) =
        (fields.name.clone(), fields.email.clone(), fields.password.clone());
    let (busy, error) = (busy.clone(), error.clone());
    let (done, token) = (props.on_signed_in.clone(), props.token.clone());
    Callback::from(move |event: SubmitEvent| {
        event.prevent_default();
        let body = InvitationAccept {
            token: token.clone(),
            name: value_of(&name).trim().to_owned(),
            email: value_of(&email).trim().to_owned(),
            password: value_of(&password),
        };
        let (busy, error, done) = (busy.clone(), error.clone(), done.clone());
        busy.set(true);
        spawn_local(async move {
            match api::send("POST", "/v1/invitations/accept", &body).await {
                Ok(agent) => done.emit(agent),
                Err(refused) => {
                    busy.set(false);
                    error.set(Some(refused));
                }
            }
        });
    })
}
