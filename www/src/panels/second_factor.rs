//! Setting up two-step sign-in: the picture for the phone, the first code, the recovery codes.

use protocol::people::{RecoveryCodes, SecondFactorCode, SecondFactorOffer};
use yew::prelude::*;

use super::sign_in::{ask_again, value_of};
use crate::asking::{Doing, act, failure, send};
use crate::desk::{Desk, use_desk};
use crate::locales::office::office;

#[derive(Properties, PartialEq)]
pub(crate) struct SecondFactorProps {
    pub(crate) is_on: bool,
    pub(crate) on_change: Callback<()>,
}

#[component]
pub(crate) fn SecondFactor(props: &SecondFactorProps) -> Html {
    let desk = use_desk();
    let words = office(desk.locale);
    let doing = use_state_eq(|| Doing::Idle);
    let offer = use_state(|| None::<SecondFactorOffer>);
    let recovery = use_state(|| None::<RecoveryCodes>);
    let code = use_node_ref();
    use_fresh_code(&code, &doing);
    let begin = {
        let (doing, offer) = (doing.clone(), offer.clone());
        Callback::from(move |_: MouseEvent| {
            let offer = offer.clone();
            let path = "/v1/agents/me/second-factor".to_owned();
            send(&doing, "POST", path, (), move |made| offer.set(Some(made)));
        })
    };
    let confirm = {
        let (doing, offer, recovery) = (doing.clone(), offer.clone(), recovery.clone());
        let code = code.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let (offer, recovery) = (offer.clone(), recovery.clone());
            let body = SecondFactorCode { code: value_of(&code) };
            let path = "/v1/agents/me/second-factor/confirm".to_owned();
            send(&doing, "POST", path, body, move |codes| {
                offer.set(None);
                recovery.set(Some(codes));
            });
        })
    };
    let remove = {
        let (doing, code) = (doing.clone(), code.clone());
        let changed = props.on_change.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let changed = changed.clone();
            let body = SecondFactorCode { code: value_of(&code) };
            let path = "/v1/agents/me/second-factor/remove".to_owned();
            act(&doing, "POST", path, body, move || changed.emit(()));
        })
    };
    let kept = {
        let (recovery, changed) = (recovery.clone(), props.on_change.clone());
        Callback::from(move |_: MouseEvent| {
            recovery.set(None);
            changed.emit(());
        })
    };
    let body = match (&*recovery, &*offer) {
        (Some(codes), _) => recovery_codes(&desk, codes, &kept),
        (None, Some(offer)) => scan(&desk, offer, &code, &confirm),
        (None, None) if props.is_on => is_on(&desk, &code, &remove),
        (None, None) => html! {
            <button type="button" class="button" data-fd="factor-begin" onclick={begin}>
                { words.factor_begin }
            </button>
        },
    };
    html! {
        <section class="block" data-fd="second-factor">
            <h2>{ words.second_factor }</h2>
            <p class="quiet">{ words.factor_lead }</p>
            { body }
            if let Doing::Failed(error) = &*doing {
                <p class="form-error" role="alert" data-fd="error">{ failure(&desk, error) }</p>
            }
        </section>
    }
}

/// A refused code makes way for the next one.
#[hook]
fn use_fresh_code(code: &NodeRef, doing: &Doing) {
    let code = code.clone();
    use_effect_with(doing.clone(), move |doing| {
        if matches!(doing, Doing::Failed(_)) {
            ask_again(&code);
        }
    });
}

fn code_field(label: &'static str, node: &NodeRef) -> Html {
    html! {
        <label>{ label }
            <input type="text" required=true maxlength="20" data-fd="factor-code"
                autocomplete="one-time-code" autocapitalize="off" spellcheck="false"
                ref={node.clone()} />
        </label>
    }
}

fn is_on(desk: &Desk, code: &NodeRef, remove: &Callback<SubmitEvent>) -> Html {
    let words = office(desk.locale);
    html! {
        <>
            <p data-fd="factor-on">{ words.factor_is_on }{ " " }{ words.factor_remove_hint }</p>
            <form class="line-form" onsubmit={remove}>
                { code_field(words.factor_code, code) }
                <button type="submit" class="button" data-fd="factor-remove">
                    { words.factor_remove }
                </button>
            </form>
        </>
    }
}

fn scan(
    desk: &Desk,
    offer: &SecondFactorOffer,
    code: &NodeRef,
    confirm: &Callback<SubmitEvent>,
) -> Html {
    let words = office(desk.locale);
    html! {
        <>
            <p>{ words.factor_scan }</p>
            { picture(words.factor_picture, &offer.picture) }
            <p>
                { words.factor_secret }{ ": " }
                <code class="secret" data-fd="factor-secret">{ &offer.secret }</code>
            </p>
            <form class="line-form" onsubmit={confirm}>
                { code_field(words.factor_code, code) }
                <button type="submit" class="button button-primary" data-fd="factor-confirm">
                    { words.factor_confirm }
                </button>
            </form>
        </>
    }
}

/// Dark on light in both themes: scanners need it so.
fn picture(label: &'static str, rows: &[String]) -> Html {
    let side = rows.len();
    let mut path = String::new();
    for (y, row) in rows.iter().enumerate() {
        for (x, _) in row.bytes().enumerate().filter(|(_, module)| *module == b'#') {
            path.push_str(&format!("M{x} {y}h1v1h-1z"));
        }
    }
    html! {
        <svg class="qr" role="img" aria-label={label} viewBox={format!("0 0 {side} {side}")}
            width="208" height="208" shape-rendering="crispEdges">
            <rect width={side.to_string()} height={side.to_string()} fill="#fff" />
            <path d={path} fill="#000" />
        </svg>
    }
}

fn recovery_codes(desk: &Desk, codes: &RecoveryCodes, kept: &Callback<MouseEvent>) -> Html {
    let words = office(desk.locale);
    html! {
        <>
            <h3>{ words.recovery }</h3>
            <p>{ words.recovery_lead }</p>
            <ul class="recovery" data-fd="recovery-codes" role="list">
                { for codes.codes.iter().map(|code| html! { <li><code>{ code }</code></li> }) }
            </ul>
            <button type="button" class="button button-primary" data-fd="recovery-kept"
                onclick={kept}>{ words.recovery_kept }</button>
        </>
    }
}
