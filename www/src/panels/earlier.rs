//! What the same visitor said before, in other conversations.

use std::rc::Rc;

use protocol::agent::AgentFrame;
use protocol::conversation::ConversationSummary;
use yew::prelude::*;

use super::Panel;
use crate::desk::use_desk;
use crate::locales::desk::words;
use crate::store::Link;
use crate::text::Span;

#[derive(Properties, PartialEq)]
pub(crate) struct EarlierProps {
    pub(crate) summary: Rc<ConversationSummary>,
}

#[component]
pub(crate) fn Earlier(props: &EarlierProps) -> Html {
    let desk = use_desk();
    let w = words(desk.locale);
    let (id, visitor) = (props.summary.id, props.summary.visitor);
    {
        let (socket, live) = (desk.socket.clone(), desk.store.link == Link::Live);
        use_effect_with((id, live), move |(_, live)| {
            if *live {
                socket.send_lossy(&AgentFrame::Earlier { visitor });
            }
        });
    }
    let earlier: Vec<_> = desk.store.beside.earlier.iter().filter(|row| row.id != id).collect();
    if earlier.is_empty() {
        return Html::default();
    }
    html! {
        <section class="facts">
            <h3>{ w.earlier }</h3>
            <ul class="earlier" role="list">
                { for earlier.into_iter().map(|row| {
                    let age = Span::of_ms(desk.now_ms.saturating_sub(row.last_message_at_ms));
                    html! {
                        <li key={row.id.to_string()}>
                            <a href={format!("#{}", Panel::Conversation(row.id).hash())}
                                data-fd="earlier" data-conversation={row.id.to_string()}>
                                <span dir="auto">{ &row.preview }</span>
                                <span class="quiet">{ (desk.strings().ago)(age) }</span>
                            </a>
                        </li>
                    }
                }) }
            </ul>
        </section>
    }
}
