//! What a panel asks the server for: on its way, here, or refused. Knows no call.

use std::future::Future;
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::api::CallRefused;

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
}

pub(crate) struct Loading<T> {
    pub(crate) now: Loaded<T>,
    /// Asks again; what is here stays until the new answer comes.
    pub(crate) again: Callback<()>,
}

/// Asks when the panel appears, and whenever `of` changes.
#[hook]
pub(crate) fn use_loaded<D, T, F>(of: D, ask: impl Fn(&D) -> F + 'static) -> Loading<T>
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
            let answer = ask(of);
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
