//! What a panel asks the server for: on its way, here, or refused. Knows no call but the plain one
//! of a path.

use std::future::Future;
use std::rc::Rc;

use serde::de::DeserializeOwned;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::api::{self, CallRefused};

#[derive(Debug)]
pub(crate) enum Loaded<T> {
    Loading,
    Ready(Rc<T>),
    Refused(CallRefused),
}

impl<T> Clone for Loaded<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Loading => Self::Loading,
            Self::Ready(value) => Self::Ready(value.clone()),
            Self::Refused(refused) => Self::Refused(refused.clone()),
        }
    }
}

impl<T> Loaded<T> {
    pub(crate) fn ready(&self) -> Option<&Rc<T>> {
        match self {
            Self::Ready(value) => Some(value),
            Self::Loading | Self::Refused(_) => None,
        }
    }

    pub(crate) fn here(&self) -> Option<&T> {
        self.ready().map(Rc::as_ref)
    }
}

pub(crate) struct Loading<T> {
    pub(crate) now: Loaded<T>,
    /// Asks again; what is here stays until the new answer comes.
    pub(crate) again: Callback<()>,
}

/// What lies under `path`, asked for again whenever `round` changes; nothing without a path.
#[hook]
pub(crate) fn use_path<T: DeserializeOwned + 'static>(
    path: Option<String>,
    round: u32,
) -> Loaded<T> {
    let ask = |(path, _): &(Option<String>, u32)| {
        let path = path.clone()?;
        Some(async move { api::get(&path).await })
    };
    use_asked((path, round), ask).now
}

/// Asks when the panel appears, and whenever `of` changes.
#[hook]
pub(crate) fn use_loaded<D, T, F>(of: D, ask: impl Fn(&D) -> F + 'static) -> Loading<T>
where
    D: PartialEq + Clone + 'static,
    T: 'static,
    F: Future<Output = Result<T, CallRefused>> + 'static,
{
    use_asked(of, move |of: &D| Some(ask(of)))
}

#[hook]
fn use_asked<D, T, F>(of: D, ask: impl Fn(&D) -> Option<F> + 'static) -> Loading<T>
where
    D: PartialEq + Clone + 'static,
    T: 'static,
    F: Future<Output = Result<T, CallRefused>> + 'static,
{
    let state = use_state(|| Loaded::Loading);
    let round = use_state(|| 0_u32);
    let newest = use_mut_ref(|| 0_u32);
    {
        let state = state.clone();
        use_effect_with((of, *round), move |(of, _)| {
            *newest.borrow_mut() += 1;
            let mine = *newest.borrow();
            let Some(answer) = ask(of) else { return };
            spawn_local(async move {
                let answered = match answer.await {
                    Ok(value) => Loaded::Ready(Rc::new(value)),
                    Err(refused) => Loaded::Refused(refused),
                };
                // An answer to an older question must not cover the newer one's.
                if *newest.borrow() == mine {
                    state.set(answered);
                }
            });
        });
    }
    let again = Callback::from(move |()| round.set(*round + 1));
    Loading { now: (*state).clone(), again }
}
