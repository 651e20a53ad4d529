//! Answers from the FAQ that may fit what the visitor wrote last, one key away from the reply.

use std::rc::Rc;

use protocol::agent::AgentFrame;
use protocol::conversation::{Author, Body, ConversationSummary};
use yew::prelude::*;

use crate::desk::use_desk;
use crate::locales::desk::words;
use crate::store::Link;
use crate::text::percent;

#[derive(Properties, PartialEq)]
pub(crate) struct SuggestionsProps {
    pub(crate) summary: Rc<ConversationSummary>,
    pub(crate) on_insert: Callback<String>,
}

#[component]
pub(crate) fn Suggestions(props: &SuggestionsProps) -> Html {
    let desk = use_desk();
    let w = words(desk.locale);
    let id = props.summary.id;
    let transcript = desk.store.transcript(id);
    let asked = transcript.messages().iter().rev().find_map(|message| {
        if let (Author::Visitor, Body::Text { text }) = (&message.author, &message.body) {
            Some(text.clone())
        } else {
            None
        }
    });
    {
        let (socket, live) = (desk.socket.clone(), desk.store.link == Link::Live);
        use_effect_with((asked.clone(), live), move |(asked, live)| {
            if let Some(text) = asked.clone().filter(|_| *live) {
                socket.send_lossy(&AgentFrame::Suggest { conversation: id, text });
            }
        });
    }
    let suggestions = desk.store.beside.suggestions.clone();
    if suggestions.is_empty() {
        return Html::default();
    }
    html! {
        <ul class="suggestions" role="list" aria-label={w.suggestions} data-fd="suggestions">
            { for suggestions.iter().zip(1..).map(|(suggestion, number)| {
                let (insert, answer) = (props.on_insert.clone(), suggestion.answer.clone());
                html! {
                    <li key={suggestion.entry.as_str().to_owned()}>
                        <button type="button" class="suggestion" data-fd="suggestion"
                            data-entry={suggestion.entry.as_str().to_owned()}
                            title={suggestion.answer.clone()}
                            aria-keyshortcuts={format!("Alt+{number}")}
                            onclick={move |_: MouseEvent| insert.emit(answer.clone())}>
                            <kbd>{ number }</kbd>
                            <span dir="auto">{ &suggestion.question }</span>
                            <span class="chip-number">
                                { format!("{}%", percent(suggestion.confidence.0)) }
                            </span>
                        </button>
                    </li>
                }
            }) }
        </ul>
    }
}
