//! From an answer that was wrong to where it is put right: one tap leads to its entry in the
//! editor, which has the visitor's question at hand.

use protocol::conversation::Body;
use protocol::ids::{ConversationId, EntryId, MessageId, SiteKey};
use serde::{Deserialize, Serialize};
use yew::prelude::*;

use super::owner::{choose_site, may_change, words_of};
use super::{FaqPage, Panel};
use crate::browser::{self, Keep};
use crate::desk::use_desk;

const OFFER_KEY: &str = "frontdesk.wrong";

/// A question whose answer was wrong, on its way to the editor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Offer {
    pub(crate) site: SiteKey,
    pub(crate) entry: EntryId,
    pub(crate) question: String,
    pub(crate) message: MessageId,
}

impl Offer {
    /// What waits for this entry's editor.
    pub(crate) fn waiting(site: &SiteKey, entry: &EntryId) -> Option<Self> {
        let offer = browser::kept::<Self>(Keep::Tab, OFFER_KEY)?;
        (offer.site == *site && offer.entry == *entry).then_some(offer)
    }

    pub(crate) fn done() {
        browser::forget(Keep::Tab, OFFER_KEY);
    }
}

#[derive(Properties, PartialEq)]
pub(super) struct WrongProps {
    pub(super) conversation: ConversationId,
    pub(super) entry: EntryId,
    pub(super) asked: MessageId,
}

#[component]
pub(super) fn Wrong(props: &WrongProps) -> Html {
    let desk = use_desk();
    let question =
        desk.store.transcript(props.conversation).messages().iter().find_map(|at| match &at.body {
            Body::Text { text } if at.id == props.asked => Some(text.clone()),
            Body::Text { .. }
            | Body::Rich { .. }
            | Body::Answer { .. }
            | Body::Choices { .. }
            | Body::Notice { .. }
            | Body::File { .. } => None,
        });
    let site = desk.store.summary(props.conversation).map(|summary| summary.site.clone());
    let (Some(question), Some(site)) = (question, site) else { return Html::default() };
    if !may_change(&desk) {
        return Html::default();
    }
    let (entry, message) = (props.entry.clone(), props.asked);
    let onclick = move |_: MouseEvent| {
        choose_site(&site);
        let (site, entry, question) = (site.clone(), entry.clone(), question.clone());
        let address = Panel::Faq(FaqPage::Entry(entry.clone())).hash();
        browser::keep(Keep::Tab, OFFER_KEY, &Offer { site, entry, question, message });
        browser::go_to(&address);
    };
    html! {
        <button type="button" class="button-plain" data-fd="wrong-answer" {onclick}>
            { words_of(&desk).wrong_answer }
        </button>
    }
}
