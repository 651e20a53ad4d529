//! In the side panel: who the visitor is, on which page, and how they came there. What their page
//! told is drawn as text; only addresses of the web become links.

use protocol::context::{AttributeValue, PageVisit, VisitorContext};
use protocol::locale::Locale;
use yew::prelude::*;

use crate::locales::whereabouts::{Whereabouts as Words, whereabouts};

#[derive(Properties, PartialEq)]
pub(crate) struct WhereaboutsProps {
    pub(crate) context: std::rc::Rc<VisitorContext>,
    pub(crate) locale: Locale,
}

#[component]
pub(crate) fn Whereabouts(props: &WhereaboutsProps) -> Html {
    let words = whereabouts(props.locale);
    let context = &props.context;
    let page = context.path.last();
    let device = [
        (words.device_kind)(context.device.kind),
        context.device.browser.as_str(),
        context.device.system.as_str(),
    ];
    let device = device.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    let presence = if context.online { words.online } else { words.left };
    html! {
        <>
            if context.person.is_some() {
                <section class="facts" data-fd="person">
                    <h3>{ words.person }</h3>
                    { person(context, words) }
                </section>
            }
            <section class="facts" data-fd="whereabouts">
                <h3>{ words.title }</h3>
                <dl>
                    { row(words.presence, "presence", html! { presence }) }
                    if let Some(page) = page {
                        { row(words.page, "page", link(page)) }
                    }
                    if !context.referrer.is_empty() {
                        { row(words.referrer, "referrer", html! { &context.referrer }) }
                    }
                    { row(words.device, "device", html! { device.join(" · ") }) }
                    if !context.language.is_empty() {
                        { row(words.language, "language", html! { &context.language }) }
                    }
                </dl>
            </section>
            if context.path.len() > 1 {
                <section class="facts">
                    <h3>{ words.path }</h3>
                    <ol class="path" data-fd="path">
                        { for context.path.iter().map(|page| html! { <li>{ link(page) }</li> }) }
                    </ol>
                </section>
            }
            if !context.attributes.is_empty() {
                <section class="facts" data-fd="attributes">
                    <h3>{ words.attributes }</h3>
                    <dl>
                        { for context.attributes.iter().map(|attribute| html! {
                            <div>
                                <dt>{ &attribute.name }</dt>
                                <dd>{ value(&attribute.value, words) }</dd>
                            </div>
                        }) }
                    </dl>
                </section>
            }
        </>
    }
}

fn person(context: &VisitorContext, words: &Words) -> Html {
    let Some(person) = &context.person else { return html! {} };
    html! {
        <dl>
            if let Some(name) = &person.name {
                { row(words.name, "name", html! { name }) }
            }
            if let Some(email) = &person.email {
                { row(words.email, "email", html! { email }) }
            }
            { row(words.user_id, "id", html! { &person.id }) }
            { row(words.proven, "proven", html! { words.yes }) }
        </dl>
    }
}

fn row(name: &'static str, fd: &'static str, value: Html) -> Html {
    html! { <div data-fd={fd}><dt>{ name }</dt><dd class="value">{ value }</dd></div> }
}

/// The server lets only `http` and `https` through; a page without an address is its title.
fn link(page: &PageVisit) -> Html {
    let words = if page.title.is_empty() { &page.url } else { &page.title };
    if page.url.is_empty() {
        return html! { words };
    }
    html! {
        <a href={page.url.clone()} title={page.url.clone()} target="_blank"
            rel="noopener noreferrer">{ words }</a>
    }
}

fn value(value: &AttributeValue, words: &Words) -> String {
    match value {
        AttributeValue::String(text) => text.clone(),
        AttributeValue::Number(number) => number.to_string(),
        AttributeValue::Boolean(true) => words.yes.to_owned(),
        AttributeValue::Boolean(false) => words.no.to_owned(),
    }
}
