//! The secret that a site's own server proves with who its people are: shown when asked for,
//! changed without locking anybody out, and the line of code that uses it.

use protocol::context::IdentitySecrets;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::copy::CopyButton;
use super::owner::{use_site, why, words_of};
use crate::api::{CallRefused, owner as api};
use crate::desk::use_desk;

#[derive(Debug, Clone, PartialEq)]
enum Shown {
    Nothing,
    Secrets(IdentitySecrets),
    Refused(CallRefused),
}

/// The same line in what servers are written in.
const LINES: [(&str, &str); 4] = [
    ("Node.js", "crypto.createHmac('sha256', SECRET).update(user.id).digest('hex')"),
    ("Python", "hmac.new(SECRET.encode(), user.id.encode(), 'sha256').hexdigest()"),
    ("PHP", "hash_hmac('sha256', $user->id, SECRET)"),
    ("Ruby", "OpenSSL::HMAC.hexdigest('sha256', SECRET, user.id)"),
];

#[component]
pub(super) fn Identity() -> Html {
    let desk = use_desk();
    let words = words_of(&desk);
    let site = use_site();
    let shown = use_state_eq(|| Shown::Nothing);
    let ask = |ask: Ask| {
        let (shown, key) = (shown.clone(), site.key.clone());
        Callback::from(move |_: MouseEvent| {
            let (shown, key) = (shown.clone(), key.clone());
            spawn_local(async move {
                let answer = match ask {
                    Ask::Show => api::identity(&key).await,
                    Ask::Rotate => api::rotate_identity(&key).await,
                    Ask::Retire => api::retire_identity(&key).await,
                };
                shown.set(answer.map_or_else(Shown::Refused, Shown::Secrets));
            });
        })
    };
    html! {
        <section class="group" data-fd="identity">
            <h2>{ words.identity }</h2>
            <p class="quiet">{ words.identity_hint }</p>
            { match &*shown {
                Shown::Nothing => html! {
                    <div class="actions">
                        <button type="button" class="button" data-fd="identity-show"
                            onclick={ask(Ask::Show)}>{ words.identity_show }</button>
                    </div>
                },
                Shown::Refused(refused) => html! {
                    <div class="alert" role="alert">{ why(&desk, refused) }</div>
                },
                Shown::Secrets(secrets) => html! {
                    <>
                        <div class="field">
                            <label for="identity-secret">{ words.identity_secret }</label>
                            <div class="action-row">
                                <input id="identity-secret" class="secret" readonly=true
                                    data-fd="identity-secret" value={secrets.current.clone()} />
                                <CopyButton fd="identity-copy" text={secrets.current.clone()} />
                            </div>
                        </div>
                        <p>{ words.identity_line }</p>
                        <dl class="code-lines">
                            { for LINES.into_iter().map(|(language, line)| html! {
                                <div><dt>{ language }</dt><dd><code>{ line }</code></dd></div>
                            }) }
                        </dl>
                        <div class="actions">
                            <button type="button" class="button" data-fd="identity-rotate"
                                onclick={ask(Ask::Rotate)}>{ words.identity_rotate }</button>
                            if secrets.previous.is_some() {
                                <button type="button" class="button button-bad"
                                    data-fd="identity-retire" onclick={ask(Ask::Retire)}>
                                    { words.identity_retire }
                                </button>
                            }
                        </div>
                        if secrets.previous.is_some() {
                            <p class="quiet" role="status">{ words.identity_both }</p>
                        }
                    </>
                },
            } }
        </section>
    }
}

#[derive(Debug, Clone, Copy)]
enum Ask {
    Show,
    Rotate,
    Retire,
}
