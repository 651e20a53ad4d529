//! The inbox: three tabs and their rows. It only reads the store; the address bar opens rows.

use std::rc::Rc;

use protocol::conversation::{ConversationSummary, Status};
use protocol::locale::Locale;
use yew::prelude::*;

use super::Panel;
use crate::components::{avatar, intent_chip};
use crate::desk::{Desk, use_desk};
use crate::locales::Strings;
use crate::store::Filter;
use crate::text::{Span, short_id};

/// Rows drawn at first and with every "show more": the page stays quick with a long inbox.
const ROWS_STEP: usize = 100;

#[component]
pub(crate) fn Inbox() -> Html {
    let desk = use_desk();
    let words = desk.strings();
    let filter = use_state_eq(|| Filter::Open);
    let shown_max = use_state_eq(|| ROWS_STEP);
    let rows = desk.store.rows(*filter);
    let hidden = rows.len().saturating_sub(*shown_max);
    let more = {
        let shown_max = shown_max.clone();
        Callback::from(move |_: MouseEvent| shown_max.set(*shown_max + ROWS_STEP))
    };
    html! {
        <>
            <div class="tabs" role="group" aria-label={words.filters}>
                { for Filter::ALL.into_iter().map(|tab| draw_tab(&desk, &filter, tab)) }
            </div>
            <div class="rows" data-fd="inbox" role="region" aria-label={words.inbox}>
                if rows.is_empty() {
                    { empty(&desk, *filter) }
                } else {
                    <ul role="list">
                        { for rows.iter().take(*shown_max).map(|row| draw_row(&desk, row)) }
                    </ul>
                }
                if hidden > 0 {
                    <button type="button" class="button more" onclick={more}>
                        { words.show_more }
                    </button>
                }
            </div>
        </>
    }
}

fn draw_tab(desk: &Desk, chosen: &UseStateHandle<Filter>, tab: Filter) -> Html {
    let words = desk.strings();
    let (name, fd) = match tab {
        Filter::Open => (words.filter_open, "open"),
        Filter::Bot => (words.filter_bot, "bot"),
        Filter::Resolved => (words.filter_resolved, "resolved"),
    };
    let count = desk.store.count(tab);
    let selected = **chosen == tab;
    let chosen = chosen.clone();
    html! {
        <button type="button" class="tab" data-fd="filter" data-filter={fd}
            data-count={count.to_string()} aria-pressed={selected.to_string()}
            onclick={move |_| chosen.set(tab)}>
            { name }
            <span class={classes!("count", (count == 0).then_some("count-zero"))}>{ count }</span>
        </button>
    }
}

fn empty(desk: &Desk, filter: Filter) -> Html {
    let words = desk.strings();
    if !desk.store.welcomed {
        return html! { <div class="empty"><p class="empty-hint">{ words.loading }</p></div> };
    }
    let (title, hint) = match filter {
        Filter::Open => (words.empty_open, words.empty_open_hint),
        Filter::Bot => (words.empty_bot, words.empty_bot_hint),
        Filter::Resolved => (words.empty_resolved, words.empty_resolved_hint),
    };
    html! {
        <div class="empty">
            <p class="empty-title">{ title }</p>
            <p class="empty-hint">{ hint }</p>
        </div>
    }
}

fn draw_row(desk: &Desk, row: &Rc<ConversationSummary>) -> Html {
    let words = desk.strings();
    let visitor = row.visitor.to_string();
    let unread = desk.store.unread(row);
    let current = desk.panel.conversation() == Some(row.id);
    let address = format!("#{}", Panel::Conversation(row.id).hash());
    html! {
        <li key={row.id.to_string()}>
            <a class="row" href={address} data-fd="inbox-row"
                data-conversation={row.id.to_string()} data-status={status_token(row.status)}
                data-unread={unread.to_string()} aria-current={current.then_some("true")}>
                { avatar(&visitor, locale_letters(row.locale)) }
                <span class="row-body">
                    <span class="row-head">
                        <span class="row-name">{ (words.visitor)(&short_id(&visitor)) }</span>
                        { row_time(desk, row, words) }
                    </span>
                    <span class="row-preview">
                        { if row.preview.is_empty() { words.no_words } else { &row.preview } }
                    </span>
                    { row_marks(row, unread, words) }
                </span>
            </a>
        </li>
    }
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

fn row_marks(row: &ConversationSummary, unread: bool, words: &Strings) -> Html {
    html! {
        <span class="row-marks">
            if let Some(intent) = &row.intent {
                { intent_chip("row-intent", intent, words) }
            }
            if let Some(assignee) = &row.assignee {
                <span class="chip">{ &assignee.name }</span>
            }
            if row.status == Status::Snoozed {
                <span class="chip">{ (words.status_name)(row.status) }</span>
            }
            if unread {
                <span class="dot"><span class="unseen">{ words.unread }</span></span>
            }
        </span>
    }
}

/// The visitor's language, as the letters of the avatar.
pub(super) fn locale_letters(locale: Locale) -> &'static str {
    match locale {
        Locale::En => "EN",
        Locale::Zh => "中",
    }
}

pub(super) fn status_token(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Open => "open",
        Status::Snoozed => "snoozed",
        Status::Resolved => "resolved",
    }
}
