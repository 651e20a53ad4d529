//! One conversation: its head with the agent's commands, the messages, the composer.

use std::rc::Rc;

use protocol::conversation::{BotMode, ConversationSummary, Status};
use protocol::ids::ConversationId;
use yew::prelude::*;

use super::actions::Actions;
use super::composer::Composer;
use super::details::Details;
use super::earlier::Earlier;
use super::erase::Erase;
use super::inbox::{locale_letters, name, status_token};
use super::messages::Messages;
use super::whereabouts::Whereabouts;
use crate::components::{Icon, avatar, icon};
use crate::desk::{Desk, use_desk};
use crate::text::Span;

#[derive(Properties, PartialEq)]
pub(crate) struct ConversationProps {
    pub(crate) id: ConversationId,
}

#[component]
pub(crate) fn Conversation(props: &ConversationProps) -> Html {
    let desk = use_desk();
    let words = desk.strings();
    let details_shown = use_state_eq(|| false);
    let toggle = {
        let details_shown = details_shown.clone();
        Callback::from(move |_: MouseEvent| details_shown.set(!*details_shown))
    };
    let summary = desk.store.summary(props.id).cloned();
    let transcript = desk.store.transcript(props.id);
    let whereabouts = desk.store.whereabouts.clone().filter(|(id, _)| *id == props.id);
    let typing = desk.store.visitor_typing == Some(props.id);
    let erased = summary.as_ref().is_some_and(|summary| summary.erased);
    let visitor = summary.as_ref().filter(|_| !erased).map(|summary| summary.visitor);
    html! {
        <>
            <section class="talk" data-fd="transcript" data-conversation={props.id.to_string()}
                data-status={summary.as_deref().map(|summary| status_token(summary.status))}
                data-bot={summary.as_deref().map(|summary| bot_token(summary.bot))}>
                { head(&desk, props.id, summary.as_deref(), &toggle, *details_shown) }
                if erased {
                    <p class="nothing-open" data-fd="erased">{ words.office.erased }</p>
                } else {
                <Messages conversation={props.id} transcript={transcript}
                    unposted={desk.store.unposted(props.id)} locale={desk.locale}
                    today={crate::browser::local_time(desk.now_ms).day} {typing}
                    asides={desk.store.beside.asides.clone()}
                    draft={desk.store.beside.draft.clone()}
                    seen={desk.store.receipts.of_visitor(props.id)} />
                }
                { foot(&desk, summary.as_ref().filter(|_| !erased)) }
            </section>
            <aside class={classes!("details", details_shown.then_some("details-shown"))}
                data-fd="details" aria-label={words.details}>
                <div class="details-head">
                    <h2>{ words.details }</h2>
                    <button type="button" class="button-icon details-close"
                        aria-label={words.close} onclick={toggle}>{ icon(Icon::Close) }</button>
                </div>
                if let Some(summary) = summary.filter(|summary| !summary.erased) {
                    <Actions summary={summary.clone()} />
                    <Earlier summary={summary.clone()} />
                    <Details {summary} locale={desk.locale} now_ms={desk.now_ms} />
                }
                if !erased {
                    <p class="facts">
                        <a href={format!("/v1/conversations/{}/transcript.txt", props.id)}
                            download="" data-fd="export-transcript">
                            { words.office.export_transcript }
                        </a>
                    </p>
                }
                <Erase {visitor} />
                if let Some((_, context)) = whereabouts {
                    <Whereabouts {context} locale={desk.locale} />
                }
            </aside>
        </>
    }
}

fn bot_token(bot: BotMode) -> &'static str {
    match bot {
        BotMode::Answering => "answering",
        BotMode::Silent => "silent",
    }
}

fn head(
    desk: &Desk,
    id: ConversationId,
    summary: Option<&ConversationSummary>,
    toggle: &Callback<MouseEvent>,
    details_shown: bool,
) -> Html {
    let words = desk.strings();
    html! {
        <header class="talk-head">
            <a class="button-icon back" href="#inbox" data-fd="back" aria-label={words.back}>
                { icon(Icon::Back) }
            </a>
            if let Some(summary) = summary {
                { who(desk, summary) }
                if !summary.erased {
                    <div class="commands">{ commands(desk, id, summary) }</div>
                }
            }
            <button type="button" class="button-icon details-toggle" aria-label={words.details}
                aria-expanded={details_shown.to_string()} onclick={toggle}>
                { icon(Icon::Details) }
            </button>
        </header>
    }
}

fn who(desk: &Desk, summary: &ConversationSummary) -> Html {
    let words = desk.strings();
    let visitor = summary.visitor.to_string();
    html! {
        <>
            { avatar(&visitor, locale_letters(summary.locale)) }
            <div class="who">
                <h1>{ name(summary, words) }</h1>
                <p>
                    { (words.status_name)(summary.status) }
                    if let Some(since) = summary.waiting_since_ms {
                        { " · " }
                        { (words.waiting)(Span::of_ms(desk.now_ms.saturating_sub(since))) }
                    }
                </p>
            </div>
        </>
    }
}

/// The commands that make sense where the conversation stands.
fn commands(desk: &Desk, id: ConversationId, summary: &ConversationSummary) -> Html {
    let words = desk.strings();
    let busy = desk.store.commanding(id);
    let button = |fd: &'static str, class: &'static str, label: &'static str, act: Verb| {
        let desk = desk.clone();
        html! {
            <button type="button" class={classes!("button", class)} data-fd={fd} disabled={busy}
                onclick={move |_: MouseEvent| act(&desk, id)}>{ label }</button>
        }
    };
    if summary.status == Status::Resolved {
        return button("reopen", "", words.reopen, Desk::reopen);
    }
    let bot = match summary.bot {
        BotMode::Answering => button("take-over", "", words.take_over, Desk::take_over),
        BotMode::Silent => button("give-back", "", words.give_back, Desk::give_back),
    };
    let resolve = button("resolve", "button-primary", words.resolve, Desk::resolve);
    html! { <>{ bot }{ resolve }</> }
}

type Verb = fn(&Desk, ConversationId);

fn foot(desk: &Desk, summary: Option<&Rc<ConversationSummary>>) -> Html {
    let words = desk.strings();
    let Some(summary) = summary else { return Html::default() };
    match summary.status {
        Status::Resolved => {
            html! { <footer class="resolved-bar">{ words.resolved_bar }</footer> }
        }
        Status::Open | Status::Snoozed | Status::Pending => {
            html! {
                <Composer key={summary.id.to_string()} summary={summary.clone()} />
            }
        }
    }
}
