//! The messages of a conversation as a log: who said what, what it was understood as, where an
//! answer was computed. Texts are shown as text; only an answer's HTML, sanitized by the server,
//! is shown as HTML.

use std::rc::Rc;

use gloo::events::EventListener;
use protocol::conversation::{AnsweredIn, Author, Body, Message, Receipt};
use protocol::ids::{ConversationId, MessageId};
use protocol::locale::Locale;
use protocol::team::Aside;
use protocol::understanding::{Choice, Entity, Understanding};
use web_sys::Element;
use yew::prelude::*;

use super::asides;
use super::files;
use super::jump::use_jump;
use super::wrong::Wrong;
use crate::browser::{self, local_time};
use crate::components::{Icon, icon, intent_chip};
use crate::desk::{self, use_desk};
use crate::locales::{Strings, strings};
use crate::outbox::{Delivery, Outgoing};
use crate::store::Action;
use crate::text::{kind_token, percent, segments};
use crate::transcript::Transcript;

/// Closer to the end than this counts as being there: new messages then stay in view.
const END_PIXELS: i32 = 80;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

#[derive(Properties, PartialEq)]
pub(crate) struct MessagesProps {
    pub(crate) conversation: ConversationId,
    pub(crate) transcript: Rc<Transcript>,
    pub(crate) unposted: Vec<Outgoing>,
    pub(crate) locale: Locale,
    /// The reader's day, so that "today" becomes "yesterday" at midnight.
    pub(crate) today: (u32, u32, u32),
    pub(crate) typing: bool,
    /// How far the visitor has come.
    pub(crate) seen: Receipt,
    /// What stands beside the transcript, oldest first.
    pub(crate) asides: Rc<Vec<Aside>>,
    /// What the visitor has written and not sent.
    pub(crate) draft: Option<String>,
}

#[component]
pub(crate) fn Messages(props: &MessagesProps) -> Html {
    let words = strings(props.locale);
    let node = use_node_ref();
    let at_end = use_mut_ref(|| true);
    let onscroll = {
        let (node, at_end) = (node.clone(), at_end.clone());
        Callback::from(move |_: Event| {
            if let Some(log) = node.cast::<Element>() {
                let below = log.scroll_height() - log.scroll_top() - log.client_height();
                *at_end.borrow_mut() = below < END_PIXELS;
            }
        })
    };
    {
        let (node, at_end) = (node.clone(), at_end.clone());
        let opened = at_end.clone();
        use_effect_with(props.conversation, move |_| *opened.borrow_mut() = true);
        let to_end = move || {
            if let Some(log) = node.cast::<Element>().filter(|_| *at_end.borrow()) {
                log.set_scroll_top(log.scroll_height());
            }
        };
        let on_resize = to_end.clone();
        use_effect_with((), move |()| {
            // A keyboard on the screen takes half of the log away.
            let listener = EventListener::new(&browser::window(), "resize", move |_| on_resize());
            move || drop(listener)
        });
        let shown = (props.conversation, props.transcript.clone(), props.unposted.len());
        let beside = (props.typing, props.draft.clone(), props.asides.len());
        use_effect_with((shown, beside), move |_| to_end());
    }
    use_jump((props.conversation, props.transcript.clone()), at_end.clone());
    html! {
        <div class="log" role="log" aria-label={words.transcript} tabindex="0" ref={node}
            {onscroll} onclick={open_links_beside}>
            if !props.transcript.loaded() && props.unposted.is_empty() {
                <p class="empty-hint">{ words.loading }</p>
            }
            { for posted(props, words) }
            { for props.unposted.iter().map(|outgoing| html! {
                <Unposted key={outgoing.id.to_string()} outgoing={outgoing.clone()}
                    locale={props.locale} />
            }) }
            <p class="typing" data-fd={props.typing.then_some("typing")} aria-live="off">
                if props.typing {
                    <span class="typing-dots" aria-hidden="true"><i/><i/><i/></span>
                    { words.visitor_typing }
                    if let Some(draft) = &props.draft {
                        <span class="draft" data-fd="visitor-draft" dir="auto">{ draft }</span>
                    }
                }
            </p>
        </div>
    }
}

/// A link in an answer must not take the agent away from the console.
fn open_links_beside(event: MouseEvent) {
    let link = event
        .target_dyn_into::<Element>()
        .and_then(|target| target.closest(".answer a[href]").ok().flatten())
        .and_then(|link| link.get_attribute("href"));
    if let Some(href) = link {
        event.prevent_default();
        let window = browser::window();
        drop(window.open_with_url_and_target_and_features(&href, "_blank", "noopener,noreferrer"));
    }
}

/// The messages with a line wherever a new day begins.
fn posted(props: &MessagesProps, words: &'static Strings) -> Vec<Html> {
    let mut drawn = Vec::new();
    let mut day = None;
    let mut previous: Option<&Message> = None;
    let mut asides = props.asides.iter().peekable();
    for (at, message) in props.transcript.messages().iter().enumerate() {
        let its_day = local_time(message.at_ms).day;
        if day != Some(its_day) {
            day = Some(its_day);
            previous = None;
            let name = day_name(message.at_ms, props, words);
            drawn.push(html! {
                <p class="day" key={format!("day-{}", message.seq.0)}><span>{ name }</span></p>
            });
        }
        while let Some(aside) = asides.next_if(|aside| aside.after_seq < message.seq) {
            previous = None;
            drawn.push(asides::draw(aside, props.locale));
        }
        let follows = previous.is_some_and(|previous| same_author(previous, message));
        let next = props.transcript.messages().get(at + 1).map(Rc::as_ref);
        let goes_on = next.is_some_and(|next| {
            same_author(message, next) && local_time(next.at_ms) == local_time(message.at_ms)
        });
        let progress = Progress::of(message, props.seen);
        let place = Place { follows, goes_on, progress };
        drawn.push(draw(message, props.conversation, place, words));
        previous = Some(message);
    }
    drawn.extend(asides.map(|aside| asides::draw(aside, props.locale)));
    drawn
}

fn day_name(at_ms: u64, props: &MessagesProps, words: &Strings) -> String {
    if local_time(at_ms).day == props.today {
        words.today.to_owned()
    } else if local_time(at_ms + DAY_MS).day == props.today {
        words.yesterday.to_owned()
    } else {
        browser::long_date(at_ms, props.locale)
    }
}

fn same_author(one: &Message, other: &Message) -> bool {
    one.author == other.author && other.author != Author::System
}

pub(super) fn clock(at_ms: u64) -> String {
    let time = local_time(at_ms);
    format!("{:02}:{:02}", time.hour, time.minute)
}

/// Where a message stands among its author's.
struct Place {
    /// The one before it is by the same author.
    follows: bool,
    /// So is the one after it, in the same minute: that one shows the time for both.
    goes_on: bool,
    /// How far it has come at the visitor's.
    progress: Progress,
}

enum Progress {
    Sent,
    Delivered,
    Read,
}

impl Progress {
    fn of(message: &Message, seen: Receipt) -> Self {
        if message.seq <= seen.read {
            Self::Read
        } else if message.seq <= seen.delivered {
            Self::Delivered
        } else {
            Self::Sent
        }
    }
}

fn draw(
    message: &Message,
    conversation: ConversationId,
    place: Place,
    words: &'static Strings,
) -> Html {
    let Place { follows, goes_on, progress } = place;
    let (author, name, answered_in) = match &message.author {
        Author::Visitor => ("visitor", None, None),
        Author::Bot { answered_in } => ("bot", Some(words.bot), Some(*answered_in)),
        Author::Agent { name, .. } => ("agent", Some(name.as_str()), None),
        Author::System => ("system", None, None),
    };
    if let Body::Notice { notice } = &message.body {
        return html! {
            <p class="notice" key={message.id.to_string()} data-fd="message"
                data-id={message.id.to_string()} data-author={author} data-state="posted">
                { (words.notice)(notice) }
                <time>{ clock(message.at_ms) }</time>
            </p>
        };
    }
    html! {
        <article class={classes!("message", format!("by-{author}"), follows.then_some("follows"))}
            key={message.id.to_string()} data-fd="message" data-id={message.id.to_string()}
            data-author={author} data-state="posted"
            data-answered-in={answered_in.map(answered_token)}>
            if let Some(name) = name.filter(|_| !follows) {
                <p class="author">{ name }</p>
            }
            <div class="bubble">{ body(message, conversation, words) }</div>
            { message.understanding.as_ref().map(|known| understood(known, words)) }
            if answered_in.is_some() || !goes_on {
                <p class="meta">
                    { origin(message, answered_in, words) }
                    { wrong(message, conversation) }
                    <time>{ clock(message.at_ms) }</time>
                    if author == "agent" { { ticks(&progress, words) } }
                </p>
            }
        </article>
    }
}

fn ticks(progress: &Progress, words: &Strings) -> Html {
    let (state, text) = match progress {
        Progress::Sent => ("sent", words.sent),
        Progress::Delivered => ("delivered", words.delivered),
        Progress::Read => ("read", words.read),
    };
    html! { <span class="ticks" data-fd="ticks" data-state={state}>{ text }</span> }
}

fn answered_token(answered_in: AnsweredIn) -> &'static str {
    match answered_in {
        AnsweredIn::Browser => "browser",
        AnsweredIn::Server => "server",
    }
}

fn body(message: &Message, conversation: ConversationId, words: &'static Strings) -> Html {
    match &message.body {
        Body::Text { text } => {
            let entities = message.understanding.as_ref().map(|known| known.entities.as_slice());
            let marked = marked(text, entities.unwrap_or_default(), words);
            html! { <p class="text" data-fd="text">{ marked }</p> }
        }
        Body::Answer { html, .. } | Body::Rich { html, .. } => {
            let html = Html::from_html_unchecked(AttrValue::from(html.clone()));
            html! { <div class="answer" data-fd="answer">{ html }</div> }
        }
        Body::Choices { choices, .. } => asked_back(choices, words),
        Body::Notice { notice } => html! { (words.notice)(notice) },
        Body::File { file } => files::shown(file, conversation, words),
    }
}

/// The text with its entities highlighted.
fn marked(text: &str, entities: &[Entity], words: &Strings) -> Html {
    let pieces = segments(text, entities).into_iter().map(|piece| match piece.kind {
        Some(kind) => html! { <mark title={(words.entity_name)(kind)}>{ piece.text }</mark> },
        None => html! { piece.text },
    });
    html! { <>{ for pieces }</> }
}

fn asked_back(choices: &[Choice], words: &Strings) -> Html {
    html! {
        <>
            <p class="asked">{ words.asked_back }</p>
            <ul class="choices">
                { for choices.iter().map(|choice| html! { <li>{ &choice.question }</li> }) }
            </ul>
        </>
    }
}

fn understood(known: &Understanding, words: &Strings) -> Html {
    if known.intent.is_none() && known.entities.is_empty() {
        return Html::default();
    }
    html! {
        <div class="understood">
            { known.intent.as_ref().map(|intent| intent_chip("message-intent", intent, words)) }
            { for known.entities.iter().map(|entity| html! {
                <span class="chip" data-fd="message-entity" data-kind={kind_token(entity.kind)}>
                    <span class="chip-kind">{ (words.entity_name)(entity.kind) }</span>
                    { &entity.value }
                </span>
            }) }
        </div>
    }
}

fn wrong(message: &Message, conversation: ConversationId) -> Html {
    match &message.body {
        Body::Answer { in_reply_to, entry, .. } => {
            html! { <Wrong {conversation} entry={entry.clone()} asked={*in_reply_to} /> }
        }
        Body::Text { .. }
        | Body::Rich { .. }
        | Body::Choices { .. }
        | Body::Notice { .. }
        | Body::File { .. } => Html::default(),
    }
}

/// Where an answer came from: place, entry, confidence.
fn origin(message: &Message, answered_in: Option<AnsweredIn>, words: &Strings) -> Html {
    let Some(answered_in) = answered_in else { return Html::default() };
    let (place, fd) = match answered_in {
        AnsweredIn::Browser => (words.answered_in_browser, Some("instant")),
        AnsweredIn::Server => (words.answered_on_server, None),
    };
    let answer = match &message.body {
        Body::Answer { entry, confidence, .. } => Some((entry, percent(confidence.0))),
        Body::Text { .. }
        | Body::Rich { .. }
        | Body::Choices { .. }
        | Body::Notice { .. }
        | Body::File { .. } => None,
    };
    html! {
        <span class="origin" data-fd={fd}>
            { icon(Icon::Bot) }
            { place }
            if let Some((entry, percent)) = answer {
                <span class="entry" title={words.entry}>{ entry.as_str().to_owned() }</span>
                <span title={words.confidence}>{ format!("{percent}%") }</span>
            }
        </span>
    }
}

#[derive(Properties, PartialEq)]
struct UnpostedProps {
    outgoing: Outgoing,
    locale: Locale,
}

/// A reply of one's own that the transcript does not have yet.
#[component]
fn Unposted(props: &UnpostedProps) -> Html {
    let desk = use_desk();
    let words = strings(props.locale);
    let id = props.outgoing.id;
    let (state, note) = match &props.outgoing.delivery {
        Delivery::Waiting { .. } => ("waiting", words.sending.to_owned()),
        Delivery::Accepted => ("sent", words.sent.to_owned()),
        Delivery::Refused(refusal) => {
            ("refused", format!("{} {}", words.not_sent, (words.refusal)(refusal.code)))
        }
    };
    let act = |action: fn(MessageId) -> Action| {
        let desk = desk.clone();
        move |_: MouseEvent| {
            desk.dispatch(action(id));
            desk::focus_composer();
        }
    };
    html! {
        <article class={classes!("message", "by-agent", "unposted",
            props.outgoing.is_note().then_some("is-note"))}
            data-fd="message" data-id={id.to_string()}
            data-author="agent" data-state={state}>
            <div class="bubble">
                <p class="text" data-fd="text">
                    { props.outgoing.words().unwrap_or_default().to_owned() }
                </p>
            </div>
            <p class="meta" role={(state == "refused").then_some("alert")}>
                <span>{ note }</span>
                if state == "refused" {
                    <button type="button" class="button-plain" data-fd="retry"
                        onclick={act(Action::Retried)}>{ words.try_again }</button>
                    <button type="button" class="button-plain" data-fd="discard"
                        onclick={act(Action::Discarded)}>{ words.discard }</button>
                }
            </p>
        </article>
    }
}
