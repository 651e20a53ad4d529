//! The inbox: views, filters and the rows of one query. Only the rows in sight are drawn, so ten
//! thousand scroll like ten. It only reads the store; the address bar opens rows.

use std::rc::Rc;

use protocol::conversation::{ConversationSummary, Status};
use protocol::ids::{IntentName, LabelName};
use protocol::inbox::{InboxQuery, Priority, Sort, View};
use protocol::locale::Locale;
use protocol::understanding::{Confidence, Intent};
use web_sys::{Element, HtmlSelectElement};
use yew::prelude::*;

use super::Panel;
use crate::components::{Icon, avatar, icon, intent_chip, intent_name};
use crate::desk::{Desk, use_desk};
use crate::locales::Strings;
use crate::locales::desk::{Words, words};
use crate::store::Action;
use crate::text::{Span, short_id};

/// Height of a row, as in `style.css`.
const ROW_PIXELS: usize = 92;

/// Rows drawn beyond either edge, so that a quick scroll or the next key finds them there.
const ROWS_BEYOND: usize = 12;

/// Rows drawn before the height of the list is known.
const ROWS_AT_FIRST: usize = 30;

/// The next page is asked for when fewer rows than this are left below.
const ROWS_LEFT_MIN: usize = 60;

/// Which rows are in sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sight {
    first: usize,
    count: usize,
}

#[component]
pub(crate) fn Inbox() -> Html {
    let desk = use_desk();
    let filters_shown = use_state_eq(|| desk.store.list.query.narrows());
    let toggle = {
        let filters_shown = filters_shown.clone();
        Callback::from(move |_: MouseEvent| filters_shown.set(!*filters_shown))
    };
    html! {
        <>
            <div class="tabs" role="group" aria-label={desk.strings().filters}>
                { for [View::Mine, View::Unassigned, View::All].map(|view| draw_view(&desk, view)) }
            </div>
            { bar(&desk, &toggle, *filters_shown) }
            if *filters_shown {
                { more_filters(&desk) }
            }
            <Rows />
        </>
    }
}

fn draw_view(desk: &Desk, view: View) -> Html {
    let w = words(desk.locale);
    let (list, counts) = (&desk.store.list, desk.store.list.counts);
    let (name, token, count) = match view {
        View::Mine => (w.view_mine, "mine", counts.mine),
        View::Unassigned => (w.view_unassigned, "unassigned", counts.unassigned),
        View::All => (w.view_all, "all", counts.all),
    };
    let selected = list.query.view == view;
    // The history is not counted.
    let counted = list.query.status != Some(Status::Resolved);
    let onclick = change(desk, move |query| InboxQuery { view, ..query });
    html! {
        <button type="button" class="tab" data-fd="view" data-view={token}
            data-count={count.to_string()} aria-pressed={selected.to_string()}
            onclick={onclick.reform(|_: MouseEvent| ())}>
            { name }
            if counted {
                <span class={classes!("count", (count == 0).then_some("count-zero"))}>
                    { count }
                </span>
            }
        </button>
    }
}

/// Shows the list that the change makes of the present one.
fn change(desk: &Desk, of: impl Fn(InboxQuery) -> InboxQuery + 'static) -> Callback<()> {
    let desk = desk.clone();
    Callback::from(move |()| {
        desk.dispatch(Action::Queried(of(desk.store.list.query.clone())));
    })
}

fn bar(desk: &Desk, toggle: &Callback<MouseEvent>, filters_shown: bool) -> Html {
    let (w, query) = (words(desk.locale), &desk.store.list.query);
    let strings = desk.strings();
    let named = |status: Status| (status_token(status), (strings.status_name)(status).to_owned());
    let mut statuses = vec![("unresolved", w.status_unresolved.to_owned())];
    statuses.extend([Status::Open, Status::Pending, Status::Snoozed, Status::Resolved].map(named));
    let chosen = query.status.map_or("unresolved", status_token);
    let status = Choice { fd: "filter-status", label: w.filter_status, chosen, options: statuses };
    let sorts = vec![("latest", w.sort_latest.to_owned()), ("waiting", w.sort_waiting.to_owned())];
    let chosen = match query.sort {
        Sort::Latest => "latest",
        Sort::Waiting => "waiting",
    };
    let sort = Choice { fd: "filter-sort", label: w.filter_sort, chosen, options: sorts };
    html! {
        <div class="inbox-bar">
            { choice(desk, &status, |query, value| {
                InboxQuery { status: status_of(value), ..query }
            }) }
            { choice(desk, &sort, |query, value| {
                let sort = if value == "waiting" { Sort::Waiting } else { Sort::Latest };
                InboxQuery { sort, ..query }
            }) }
            <button type="button" class={classes!("button-icon", query.narrows().then_some("on"))}
                data-fd="filters" aria-expanded={filters_shown.to_string()}
                aria-label={w.more_filters} title={w.more_filters} onclick={toggle}>
                { icon(Icon::Filter) }
            </button>
        </div>
    }
}

/// Label, language, intent: what there is of each in the house.
fn more_filters(desk: &Desk) -> Html {
    let (w, list) = (words(desk.locale), &desk.store.list);
    let (query, facets) = (&list.query, &list.facets);
    let any = |name: &'static str| vec![("", name.to_owned())];
    let mut labels = any(w.any_label);
    let known =
        facets.labels.iter().chain(query.label.as_ref().filter(|l| !facets.labels.contains(l)));
    labels.extend(known.map(|label| (label.as_str(), label.to_string())));
    let mut locales = any(w.any_language);
    let name = desk.strings().locale_name;
    locales.extend(Locale::ALL.map(|locale| (locale.tag(), name(locale).to_owned())));
    let mut intents = any(w.any_intent);
    intents.extend(facets.intents.iter().map(|name| {
        let intent = Intent { name: name.clone(), confidence: Confidence(1.0) };
        (name.as_str(), intent_name(&intent, desk.strings()))
    }));
    let label = Choice {
        fd: "filter-label",
        label: w.filter_label,
        chosen: query.label.as_ref().map_or("", LabelName::as_str),
        options: labels,
    };
    let locale = Choice {
        fd: "filter-locale",
        label: w.filter_language,
        chosen: query.locale.map_or("", Locale::tag),
        options: locales,
    };
    let intent = Choice {
        fd: "filter-intent",
        label: w.filter_intent,
        chosen: query.intent.as_ref().map_or("", IntentName::as_str),
        options: intents,
    };
    html! {
        <div class="inbox-bar inbox-more">
            { choice(desk, &label, |query, value| {
                InboxQuery { label: LabelName::parse(value).ok(), ..query }
            }) }
            { choice(desk, &locale, |query, value| {
                InboxQuery { locale: Locale::from_tag(value), ..query }
            }) }
            { choice(desk, &intent, |query, value| {
                InboxQuery { intent: IntentName::parse(value).ok(), ..query }
            }) }
        </div>
    }
}

/// One select of the filters: value and words of each option.
struct Choice<'a> {
    fd: &'static str,
    label: &'static str,
    chosen: &'a str,
    options: Vec<(&'a str, String)>,
}

fn choice(desk: &Desk, choice: &Choice<'_>, of: fn(InboxQuery, &str) -> InboxQuery) -> Html {
    let desk = desk.clone();
    let onchange = Callback::from(move |event: Event| {
        let value = event.target_unchecked_into::<HtmlSelectElement>().value();
        desk.dispatch(Action::Queried(of(desk.store.list.query.clone(), &value)));
    });
    html! {
        <select class="select" data-fd={choice.fd} aria-label={choice.label} {onchange}>
            { for choice.options.iter().map(|(value, name)| html! {
                <option value={(*value).to_owned()} selected={*value == choice.chosen}>
                    { name }
                </option>
            }) }
        </select>
    }
}

#[component]
fn Rows() -> Html {
    let desk = use_desk();
    let node = use_node_ref();
    let sight = use_state_eq(|| Sight { first: 0, count: ROWS_AT_FIRST });
    let list = desk.store.list.clone();
    let look = {
        let (node, sight) = (node.clone(), sight.clone());
        move || {
            if let Some(list) = node.cast::<Element>() {
                let first = usize::try_from(list.scroll_top()).unwrap_or(0) / ROW_PIXELS;
                let count = usize::try_from(list.client_height()).unwrap_or(0) / ROW_PIXELS + 2;
                // In steps: a row's height scrolled draws nothing anew.
                let first = first - first % (ROWS_BEYOND / 2);
                sight.set(Sight { first, count });
            }
        }
    };
    {
        let look = look.clone();
        use_effect_with(list.len(), move |_| look());
    }
    {
        let (node, query) = (node.clone(), list.query.clone());
        use_effect_with(query, move |_| {
            if let Some(list) = node.cast::<Element>() {
                list.set_scroll_top(0);
            }
        });
    }
    let end = (sight.first + sight.count + ROWS_BEYOND).min(list.len());
    let first = sight.first.saturating_sub(ROWS_BEYOND).min(end);
    {
        let (desk, wants) = (desk.clone(), list.has_more() && list.ask.is_none());
        let wants = wants && list.len() < end + ROWS_LEFT_MIN;
        use_effect_with((wants, list.len()), move |(wants, _)| {
            if *wants {
                desk.dispatch(Action::WantedMore);
            }
        });
    }
    let space =
        format!("padding-block: {}px {}px", first * ROW_PIXELS, (list.len() - end) * ROW_PIXELS);
    let rows = (first..end).filter_map(|at| {
        let row = desk.store.summary(list.get(at)?)?;
        Some(draw_row(&desk, row, at))
    });
    html! {
        <div class="rows" data-fd="inbox" role="region" aria-label={desk.strings().inbox}
            data-rows={list.len().to_string()} data-loaded={list.loaded.to_string()} ref={node}
            onscroll={move |_: Event| look()} tabindex="-1">
            if list.len() == 0 {
                { empty(&desk) }
            } else {
                <ul role="list" ~style={space}>{ for rows }</ul>
            }
        </div>
    }
}

fn empty(desk: &Desk) -> Html {
    let (w, strings) = (words(desk.locale), desk.strings());
    let list = &desk.store.list;
    if !list.loaded {
        return html! { <div class="empty"><p class="empty-hint">{ strings.loading }</p></div> };
    }
    let narrowed = list.query.narrows() || list.query.view != View::All;
    let (title, hint) = match list.query.status.filter(|_| !narrowed) {
        None if narrowed => (w.empty_narrow, w.empty_narrow_hint),
        Some(Status::Pending) => (strings.empty_bot, strings.empty_bot_hint),
        Some(Status::Resolved) => (strings.empty_resolved, w.empty_resolved_hint),
        Some(Status::Snoozed) => (w.empty_snoozed, w.empty_snoozed_hint),
        Some(Status::Open) | None => (strings.empty_open, strings.empty_open_hint),
    };
    html! {
        <div class="empty">
            <p class="empty-title">{ title }</p>
            <p class="empty-hint">{ hint }</p>
        </div>
    }
}

fn draw_row(desk: &Desk, row: &Rc<ConversationSummary>, at: usize) -> Html {
    let words = desk.strings();
    let visitor = row.visitor.to_string();
    let unread = desk.store.unread(row);
    let current = desk.panel.conversation() == Some(row.id);
    let address = format!("#{}", Panel::Conversation(row.id).hash());
    let urgent = row.marks.priority == Priority::Urgent;
    let total = desk.store.list.len();
    html! {
        <li key={row.id.to_string()} aria-setsize={total.to_string()}
            aria-posinset={(at + 1).to_string()}>
            <a class="row" href={address} data-fd="inbox-row"
                data-conversation={row.id.to_string()} data-status={status_token(row.status)}
                data-unread={unread.to_string()} aria-current={current.then_some("true")}>
                { avatar(&visitor, locale_letters(row.locale)) }
                <span class="row-body">
                    <span class="row-head">
                        if urgent {
                            <span class="urgent" title={self::words(desk.locale).urgent}>
                                { "!" }
                                <span class="unseen">{ self::words(desk.locale).urgent }</span>
                            </span>
                        }
                        <span class="row-name">{ name(row, words) }</span>
                        { row_time(desk, row, words) }
                    </span>
                    <span class="row-preview" dir="auto">
                        { if row.preview.is_empty() { words.no_words } else { &row.preview } }
                    </span>
                    { row_marks(row, unread, words, self::words(desk.locale)) }
                </span>
            </a>
        </li>
    }
}

/// What the visitor called themselves, or else a short form of their id.
pub(super) fn name(row: &ConversationSummary, words: &Strings) -> String {
    let given = row.contact.as_ref().and_then(|contact| contact.name.clone());
    given
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| (words.visitor)(&short_id(&row.visitor.to_string())))
}

/// How long the visitor waits; without a wait, how old the last message is.
fn row_time(desk: &Desk, row: &ConversationSummary, words: &Strings) -> Html {
    match row.waiting_since_ms {
        Some(since) => {
            let span = Span::of_ms(desk.now_ms.saturating_sub(since));
            let long = matches!(span, Span::Hours(_) | Span::Days(_))
                || matches!(span, Span::Minutes(minutes) if minutes >= LONG_WAIT_MINUTES);
            html! {
                <span class={classes!("row-wait", long.then_some("row-wait-long"))}>
                    { (words.waiting)(span) }
                </span>
            }
        }
        None => {
            let span = Span::of_ms(desk.now_ms.saturating_sub(row.last_message_at_ms));
            html! { <span class="row-time">{ (words.ago)(span) }</span> }
        }
    }
}

/// From here on a wait is drawn as a warning.
const LONG_WAIT_MINUTES: u64 = 5;

fn row_marks(row: &ConversationSummary, unread: bool, words: &Strings, w: &Words) -> Html {
    html! {
        <span class="row-marks">
            if let Some(assignee) = &row.assignee {
                <span class="chip" data-fd="row-assignee">{ &assignee.name }</span>
            }
            if row.status == Status::Snoozed {
                <span class="chip">{ (words.status_name)(row.status) }</span>
            }
            if row.marks.blocked {
                <span class="chip">{ w.blocked }</span>
            }
            { for row.marks.labels.iter().map(label_chip) }
            if let Some(intent) = &row.intent {
                { intent_chip("row-intent", intent, words) }
            }
            if unread {
                <span class="dot"><span class="unseen">{ words.unread }</span></span>
            }
        </span>
    }
}

pub(super) fn label_chip(label: &LabelName) -> Html {
    html! { <span class="chip chip-label" data-fd="row-label">{ label.to_string() }</span> }
}

/// The visitor's language, as the letters of the avatar.
pub(super) fn locale_letters(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "EN",
        Locale::Zh => "中",
    }
}

pub(crate) fn status_token(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Open => "open",
        Status::Snoozed => "snoozed",
        Status::Resolved => "resolved",
    }
}

fn status_of(token: &str) -> Option<Status> {
    let all = [Status::Open, Status::Pending, Status::Snoozed, Status::Resolved];
    all.into_iter().find(|status| status_token(*status) == token)
}
