//! The sign-in panel. It knows passwords only as long as the form is on screen.

use protocol::http::{AgentProfile, SignInRequest};
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::api::{self, ApiError};
use crate::components::{Icon, LanguageSwitch, icon};
use crate::locales::{Strings, strings};

#[derive(Properties, PartialEq)]
pub(crate) struct SignInProps {
    pub(crate) locale: Locale,
    pub(crate) on_locale: Callback<Locale>,
    pub(crate) on_signed_in: Callback<AgentProfile>,
}

#[component]
pub(crate) fn SignIn(props: &SignInProps) -> Html {
    let words = strings(props.locale);
    let email = use_node_ref();
    let password = use_node_ref();
    let code = use_node_ref();
    // The password was right and a second factor is asked for.
    let asked = use_state_eq(|| false);
    let busy = use_state_eq(|| false);
    let error = use_state_eq(|| None::<ApiError>);
    let onsubmit = {
        let (email, password, code) = (email.clone(), password.clone(), code.clone());
        let asked = asked.clone();
        let (busy, error) = (busy.clone(), error.clone());
        let on_signed_in = props.on_signed_in.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let request = SignInRequest {
                email: value_of(&email).trim().to_owned(),
                password: value_of(&password),
                code: Some(value_of(&code)).filter(|code| !code.is_empty()),
            };
            let (busy, error, done) = (busy.clone(), error.clone(), on_signed_in.clone());
            let (asked, code) = (asked.clone(), code.clone());
            busy.set(true);
            spawn_local(async move {
                match api::sign_in(&request).await {
                    Ok(agent) => done.emit(agent),
                    Err(ApiError::Refused(refusal))
                        if refusal.code == RefusalCode::CodeNeeded && !*asked =>
                    {
                        busy.set(false);
                        error.set(None);
                        asked.set(true);
                    }
                    Err(refused) => {
                        busy.set(false);
                        error.set(Some(refused));
                        ask_again(&code);
                    }
                }
            });
        })
    };
    html! {
        <Entrance locale={props.locale} on_locale={&props.on_locale} title={words.sign_in_title}>
            <form class="form" {onsubmit}>
                { field(&Field {
                    fd: "email", kind: "email", label: words.email, hint: None,
                    autocomplete: "username", min: None, node: &email,
                }) }
                { field(&Field {
                    fd: "password", kind: "password", label: words.password, hint: None,
                    autocomplete: "current-password", min: None, node: &password,
                }) }
                if *asked {
                    { field(&Field {
                        fd: "code", kind: "text", label: words.office.sign_in_code,
                        hint: Some(words.office.sign_in_code_hint),
                        autocomplete: "one-time-code", min: None, node: &code,
                    }) }
                }
                { refused(words, error.as_ref()) }
                <button class="button button-primary" type="submit" data-fd="sign-in"
                    disabled={*busy}>
                    { if *busy { words.signing_in } else { words.sign_in } }
                </button>
            </form>
        </Entrance>
    }
}

/// Shortest password, in characters; the server holds the rule, the form only spares a round trip.
const PASSWORD_CHARS_MIN: &str = "8";

/// What a new account is made of: name, address and password, in this order.
pub(super) fn account_fields(words: &Strings, [name, email, password]: [&NodeRef; 3]) -> Html {
    html! {
        <>
            { field(&Field {
                fd: "name", kind: "text", label: words.name, hint: Some(words.name_hint),
                autocomplete: "name", min: None, node: name,
            }) }
            { field(&Field {
                fd: "email", kind: "email", label: words.email, hint: None,
                autocomplete: "username", min: None, node: email,
            }) }
            { field(&Field {
                fd: "password", kind: "password", label: words.password,
                hint: Some(words.password_hint), autocomplete: "new-password",
                min: Some(PASSWORD_CHARS_MIN), node: password,
            }) }
        </>
    }
}

/// One labelled field of a form.
pub(super) struct Field<'a> {
    pub(super) fd: &'static str,
    pub(super) kind: &'static str,
    pub(super) label: &'static str,
    pub(super) hint: Option<&'static str>,
    pub(super) autocomplete: &'static str,
    pub(super) min: Option<&'static str>,
    pub(super) node: &'a NodeRef,
}

pub(super) fn field(field: &Field<'_>) -> Html {
    let hint_id = format!("{}-hint", field.fd);
    html! {
        <div class="field">
            <label for={field.fd}>{ field.label }</label>
            <input id={field.fd} data-fd={field.fd} type={field.kind} required=true
                autocomplete={field.autocomplete} minlength={field.min}
                aria-describedby={field.hint.map(|_| hint_id.clone())} ref={field.node.clone()} />
            if let Some(hint) = field.hint {
                <small id={hint_id}>{ hint }</small>
            }
        </div>
    }
}

pub(super) fn value_of(node: &NodeRef) -> String {
    node.cast::<HtmlInputElement>().map(|input| input.value()).unwrap_or_default()
}

/// A code is good once and for a moment: a refused one makes way for the next.
pub(super) fn ask_again(code: &NodeRef) {
    if let Some(field) = code.cast::<HtmlInputElement>() {
        field.set_value("");
        drop(field.focus());
    }
}

/// Why it did not work, in the agent's words.
pub(super) fn refused(words: &Strings, error: Option<&ApiError>) -> Html {
    let text = error.map(|error| error.words(words));
    html! {
        <p class="form-error" role="alert" data-fd={text.map(|_| "error")}>{ text }</p>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct EntranceProps {
    pub(crate) locale: Locale,
    pub(crate) on_locale: Callback<Locale>,
    pub(crate) title: &'static str,
    #[prop_or_default]
    pub(crate) lead: Option<&'static str>,
    pub(crate) children: Html,
}

/// The frame around sign-in and set-up.
#[component]
pub(crate) fn Entrance(props: &EntranceProps) -> Html {
    html! {
        <div class="entrance">
            <main class="card">
                <div class="brand brand-large">{ icon(Icon::Logo) }{ "Frontdesk" }</div>
                <h1>{ props.title }</h1>
                if let Some(lead) = props.lead {
                    <p class="lead">{ lead }</p>
                }
                { props.children.clone() }
            </main>
            <LanguageSwitch locale={props.locale} on_locale={&props.on_locale} />
        </div>
    }
}
