//! The side panel: what is known about the conversation before the agent asks.

use std::rc::Rc;

use protocol::conversation::{BotMode, ConversationSummary};
use protocol::locale::Locale;
use yew::prelude::*;

use crate::components::intent_name;
use crate::locales::{Strings, strings};
use crate::text::{Span, kind_token, percent};

#[derive(Properties, PartialEq)]
pub(crate) struct DetailsProps {
    pub(crate) summary: Rc<ConversationSummary>,
    pub(crate) locale: Locale,
    pub(crate) now_ms: u64,
}

#[component]
pub(crate) fn Details(props: &DetailsProps) -> Html {
    let words = strings(props.locale);
    let summary = &props.summary;
    html! {
        <>
            <section class="facts">
                <h3>{ words.intent }</h3>
                { intent(summary, words) }
            </section>
            <section class="facts">
                <h3>{ words.entities }</h3>
                { entities(summary, words) }
            </section>
            <section class="facts">
                <h3>{ words.contact }</h3>
                { contact(summary, words) }
            </section>
            <section class="facts">
                <h3>{ words.status }</h3>
                { standing(summary, props.now_ms, words) }
            </section>
        </>
    }
}

fn intent(summary: &ConversationSummary, words: &Strings) -> Html {
    let Some(intent) = &summary.intent else {
        return html! { <p class="quiet">{ words.no_intent }</p> };
    };
    let percent = percent(intent.confidence.0);
    html! {
        <div data-fd="intent" data-intent={intent.name.as_str().to_owned()}>
            <p class="fact-strong">{ intent_name(intent, words) }</p>
            <div class="confidence">
                <meter min="0" max="100" low="50" high="80" optimum="100"
                    value={percent.to_string()} aria-label={words.confidence} />
                <span>{ format!("{percent}%") }</span>
            </div>
        </div>
    }
}

fn entities(summary: &ConversationSummary, words: &Strings) -> Html {
    if summary.entities.is_empty() {
        return html! { <p class="quiet">{ words.no_entities }</p> };
    }
    html! {
        <dl>
            { for summary.entities.iter().map(|entity| html! {
                <div data-fd="entity" data-kind={kind_token(entity.kind)}>
                    <dt>{ (words.entity_name)(entity.kind) }</dt>
                    <dd class="value">{ &entity.value }</dd>
                </div>
            }) }
        </dl>
    }
}

/// What the visitor said about themselves, and how they found it.
fn contact(summary: &ConversationSummary, words: &Strings) -> Html {
    let contact = summary.contact.as_deref().cloned().unwrap_or_default();
    if contact.is_empty() && summary.score.is_none() {
        return html! { <p class="quiet">{ words.no_contact }</p> };
    }
    let parts = [
        ("name", words.name, contact.name),
        ("email", words.email, contact.email),
        ("phone", words.phone, contact.phone),
        ("answer", words.answered, contact.answer),
    ];
    let given = parts.into_iter().filter_map(|(part, label, text)| Some((part, label, text?)));
    html! {
        <dl>
            { for given.map(|(part, label, text)| html! {
                <div data-fd="contact" data-part={part}>
                    <dt>{ label }</dt>
                    <dd class="value" dir="auto">{ text }</dd>
                </div>
            }) }
            if let Some(score) = summary.score.map(u8::from) {
                <div data-fd="score" data-score={score.to_string()}>
                    <dt>{ words.score }</dt>
                    <dd aria-label={format!("{score}/5")}>{ stars(score) }</dd>
                </div>
            }
        </dl>
    }
}

fn stars(score: u8) -> String {
    let full = usize::from(score.min(5));
    format!("{}{}", "★".repeat(full), "☆".repeat(5 - full))
}

fn standing(summary: &ConversationSummary, now_ms: u64, words: &Strings) -> Html {
    let waiting = summary.waiting_since_ms.map_or_else(
        || words.nobody_waits.to_owned(),
        |since| (words.waiting)(Span::of_ms(now_ms.saturating_sub(since))),
    );
    let assignee = summary.assignee.as_ref().map_or(words.nobody, |assignee| &assignee.name);
    let bot = match summary.bot {
        BotMode::Answering => words.bot_answering,
        BotMode::Silent => words.bot_silent,
    };
    let facts = [
        (words.status, (words.status_name)(summary.status).to_owned()),
        (words.waiting_since, waiting),
        (words.assignee, assignee.to_owned()),
        (words.bot_mode, bot.to_owned()),
        (words.locale, (words.locale_name)(summary.locale).to_owned()),
        (words.site, summary.site.to_string()),
    ];
    html! {
        <dl>
            { for facts.into_iter().map(|(name, value)| html! {
                <div><dt>{ name }</dt><dd>{ value }</dd></div>
            }) }
        </dl>
    }
}
