//! Erasing the visitor of a conversation, in two steps, and the receipt for it.

use protocol::erasure::ErasureReceipt;
use protocol::ids::VisitorId;
use yew::prelude::*;

use super::files::size_text;
use super::owner::may_change;
use crate::asking::{Doing, failure, send};
use crate::browser;
use crate::desk::use_desk;
use crate::locales::office::office;

#[derive(Properties, PartialEq)]
pub(super) struct EraseProps {
    /// `None` once nobody's name is on the conversation any more.
    pub(super) visitor: Option<VisitorId>,
}

#[component]
pub(super) fn Erase(props: &EraseProps) -> Html {
    let desk = use_desk();
    let words = office(desk.locale);
    let doing = use_state_eq(|| Doing::Idle);
    let sure = use_state_eq(|| false);
    let receipt = use_state_eq(|| None::<ErasureReceipt>);
    if let Some(receipt) = receipt.as_ref() {
        let rows = [
            (words.receipt_visitor, receipt.visitor.to_string()),
            (words.receipt_when, browser::dated_moment(receipt.at_ms, desk.locale)),
            (words.receipt_by, receipt.by.name.clone()),
            (words.receipt_conversations, receipt.conversations.to_string()),
            (words.messages, receipt.messages.to_string()),
            (words.receipt_files, format!("{} ({})", receipt.files, size_text(receipt.file_bytes))),
        ];
        let log = if receipt.log_swept { words.receipt_swept } else { words.receipt_not_swept };
        return html! {
            <section class="facts" data-fd="receipt" role="status">
                <h3>{ words.receipt }</h3>
                <dl>
                    { for rows.into_iter().map(|(name, value)| html! {
                        <div><dt>{ name }</dt><dd>{ value }</dd></div>
                    }) }
                </dl>
                <p class="quiet">{ log }</p>
            </section>
        };
    }
    let Some(visitor) = props.visitor.filter(|_| may_change(&desk)) else {
        return Html::default();
    };
    let ask = {
        let sure = sure.clone();
        move |_: MouseEvent| sure.set(!*sure)
    };
    let erase = {
        let (doing, receipt) = (doing.clone(), receipt.clone());
        move |_: MouseEvent| {
            let receipt = receipt.clone();
            let path = format!("/v1/visitors/{visitor}/erase");
            send(&doing, "POST", path, (), move |made| receipt.set(Some(made)));
        }
    };
    let busy = *doing == Doing::Busy;
    html! {
        <section class="facts" data-fd="erase-visitor">
            if *sure {
                <p role="alert">{ words.erase_sure }</p>
                <div class="action-row">
                    <button type="button" class="button button-bad" data-fd="erase-now"
                        disabled={busy} onclick={erase}>{ words.erase_now }</button>
                    <button type="button" class="button" disabled={busy} onclick={ask}>
                        { desk.strings().discard }
                    </button>
                </div>
            } else {
                <button type="button" class="button button-bad" data-fd="erase" onclick={ask}>
                    { words.erase }
                </button>
            }
            if let Doing::Failed(error) = &*doing {
                <p class="form-error" role="alert" data-fd="error">{ failure(&desk, error) }</p>
            }
        </section>
    }
}
