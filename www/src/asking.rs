//! Doing what a panel's buttons say, and the words for how it went.

use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::api::{self, ApiError};
use crate::desk::Desk;
use crate::loading::Loaded;
use crate::locales::office::office;

/// How the last thing went that a button asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Doing {
    Idle,
    Busy,
    Done,
    Failed(ApiError),
}

/// Sends a body and hands on the answer; the handle says how it goes.
pub(crate) fn send<B, T>(
    doing: &UseStateHandle<Doing>,
    method: &'static str,
    path: String,
    body: B,
    done: impl FnOnce(T) + 'static,
) where
    B: Serialize + 'static,
    T: DeserializeOwned + 'static,
{
    let doing = doing.clone();
    doing.set(Doing::Busy);
    spawn_local(async move {
        match api::send::<B, T>(method, &path, &body).await {
            Ok(answer) => {
                doing.set(Doing::Done);
                done(answer);
            }
            Err(error) => doing.set(Doing::Failed(error)),
        }
    });
}

/// As `send`, where the answer has no body.
pub(crate) fn act<B: Serialize + 'static>(
    doing: &UseStateHandle<Doing>,
    method: &'static str,
    path: String,
    body: B,
    done: impl FnOnce() + 'static,
) {
    let doing = doing.clone();
    doing.set(Doing::Busy);
    spawn_local(async move {
        match api::act(method, &path, &body).await {
            Ok(()) => {
                doing.set(Doing::Done);
                done();
            }
            Err(error) => doing.set(Doing::Failed(error)),
        }
    });
}

/// Why something did not work, in the agent's words.
pub(crate) fn failure(desk: &Desk, error: &ApiError) -> &'static str {
    error.words(desk.strings())
}

/// The line below a form: that it was saved, or why not.
pub(crate) fn outcome(desk: &Desk, doing: &Doing) -> Html {
    let (text, class, fd) = match doing {
        Doing::Idle | Doing::Busy => ("", "form-done", None),
        Doing::Done => (office(desk.locale).saved, "form-done", Some("saved")),
        Doing::Failed(error) => (failure(desk, error), "form-error", Some("error")),
    };
    html! { <p class={class} role="status" data-fd={fd}>{ text }</p> }
}

/// What stands in place of something that is not here.
pub(crate) fn not_here<T>(desk: &Desk, loaded: &Loaded<T>) -> Html {
    match loaded {
        Loaded::Ready(_) => Html::default(),
        Loaded::Loading => html! { <p class="quiet" role="status">{ desk.strings().loading }</p> },
        Loaded::Refused(refused) => {
            let words = failure(desk, &refused.error);
            html! { <p class="form-error" role="alert" data-fd="error">{ words }</p> }
        }
    }
}
