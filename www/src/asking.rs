//! Asking the server for what a panel shows, and doing what its buttons say: one hook each. Answers
//! to an older question are dropped.

use std::cell::Cell;
use std::rc::Rc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::api::{self, ApiError};
use crate::desk::Desk;
use crate::locales::office::office;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Loaded<T> {
    Waiting,
    Here(T),
    Failed(ApiError),
}

impl<T> Loaded<T> {
    pub(crate) fn here(&self) -> Option<&T> {
        match self {
            Self::Here(value) => Some(value),
            Self::Waiting | Self::Failed(_) => None,
        }
    }
}

/// What lies under `path`, asked for again whenever `round` changes. While a newer answer is on its
/// way the older one stays.
#[hook]
pub(crate) fn use_loaded<T>(path: Option<String>, round: u32) -> UseStateHandle<Loaded<T>>
where
    T: DeserializeOwned + PartialEq + 'static,
{
    let loaded = use_state_eq(|| Loaded::Waiting);
    {
        let loaded = loaded.clone();
        use_effect_with((path, round), move |(path, _)| {
            let current = Rc::new(Cell::new(true));
            if let Some(path) = path.clone() {
                let current = current.clone();
                spawn_local(async move {
                    let answer = api::get::<T>(&path).await;
                    if current.get() {
                        loaded.set(match answer {
                            Ok(value) => Loaded::Here(value),
                            Err(error) => Loaded::Failed(error),
                        });
                    }
                });
            }
            move || current.set(false)
        });
    }
    loaded
}

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
    let words = desk.strings();
    match error {
        ApiError::Unreachable => words.unreachable,
        ApiError::Unreadable => words.unreadable,
        ApiError::Refused(refusal) => (words.refusal)(refusal.code),
    }
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
        Loaded::Here(_) => Html::default(),
        Loaded::Waiting => html! { <p class="quiet" role="status">{ desk.strings().loading }</p> },
        Loaded::Failed(error) => {
            let words = failure(desk, error);
            html! { <p class="form-error" role="alert" data-fd="error">{ words }</p> }
        }
    }
}
