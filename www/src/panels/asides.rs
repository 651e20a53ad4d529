//! What stands beside a transcript: the agents' notes, and what they did. The visitor sees none of
//! it; it is drawn so that nobody takes it for a message.

use protocol::locale::Locale;
use protocol::team::{Aside, AsideKind};
use yew::prelude::*;

use super::messages::clock;
use crate::components::{Icon, icon};
use crate::locales::desk::words;

pub(super) fn draw(aside: &Aside, locale: Locale) -> Html {
    let w = words(locale);
    let by = aside.by.as_ref().map_or("", |by| by.name.as_str());
    let note = match &aside.what {
        AsideKind::Note { text } => Some(text),
        AsideKind::Assigned { note, .. } => note.as_ref(),
        AsideKind::Snoozed { .. }
        | AsideKind::Woke
        | AsideKind::Labelled { .. }
        | AsideKind::Prioritized { .. }
        | AsideKind::Blocked
        | AsideKind::Unblocked => None,
    };
    let key = aside.id.to_string();
    if let (AsideKind::Note { .. }, Some(text)) = (&aside.what, note) {
        return html! {
            <article class="message by-agent is-note" {key} data-fd="aside" data-kind="note">
                <p class="author">{ icon(Icon::Lock) }{ (w.note_by)(by) }</p>
                <div class="bubble"><p class="text" dir="auto">{ text }</p></div>
                <p class="meta"><time>{ clock(aside.at_ms) }</time></p>
            </article>
        };
    }
    html! {
        <p class="notice doing" {key} data-fd="aside" data-kind={kind(&aside.what)}>
            { (w.doing)(aside, locale) }
            if let Some(note) = note {
                <span class="doing-note" dir="auto">{ note }</span>
            }
            <time>{ clock(aside.at_ms) }</time>
        </p>
    }
}

fn kind(what: &AsideKind) -> &'static str {
    match what {
        AsideKind::Note { .. } => "note",
        AsideKind::Assigned { .. } => "assigned",
        AsideKind::Snoozed { .. } => "snoozed",
        AsideKind::Woke => "woke",
        AsideKind::Labelled { .. } => "labelled",
        AsideKind::Prioritized { .. } => "prioritized",
        AsideKind::Blocked => "blocked",
        AsideKind::Unblocked => "unblocked",
    }
}
