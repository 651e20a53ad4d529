//! What an agent does with a conversation beside answering: who has it, when it comes back, its
//! labels and its priority. Every change is a command; the row that comes back shows it.

use std::rc::Rc;

use protocol::conversation::{ConversationSummary, Status};
use protocol::ids::{AgentId, LabelName};
use protocol::inbox::Priority;
use protocol::team::{Member, Presence};
use uuid::Uuid;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use crate::browser;
use crate::components::{Icon, icon};
use crate::desk::{Desk, use_desk};
use crate::locales::desk::words;
use crate::snooze::Snooze;

#[derive(Properties, PartialEq)]
pub(crate) struct ActionsProps {
    pub(crate) summary: Rc<ConversationSummary>,
}

#[component]
pub(crate) fn Actions(props: &ActionsProps) -> Html {
    let desk = use_desk();
    let w = words(desk.locale);
    let note = use_state_eq(String::new);
    let summary = &props.summary;
    html! {
        <section class="facts actions" data-fd="actions">
            <h3>{ w.actions }</h3>
            { assignee(&desk, summary, &note) }
            if summary.status != Status::Resolved {
                { snooze(&desk, summary) }
            }
            <Labels summary={summary.clone()} />
            <div class="action-row">
                { urgent(&desk, summary) }
                <button type="button" class="button" data-fd="mark-unread"
                    onclick={{
                        let (desk, id) = (desk.clone(), summary.id);
                        move |_: MouseEvent| desk.mark_unread(id)
                    }}>{ w.mark_unread }</button>
                <Block summary={summary.clone()} />
            </div>
        </section>
    }
}

fn assignee(desk: &Desk, summary: &Rc<ConversationSummary>, note: &UseStateHandle<String>) -> Html {
    let (w, strings) = (words(desk.locale), desk.strings());
    let me = desk.store.me().map(|me| me.id);
    let has = summary.assignee.as_ref().map(|assignee| assignee.id);
    let onchange = {
        let (desk, summary, note) = (desk.clone(), summary.clone(), note.clone());
        Callback::from(move |event: Event| {
            let value = event.target_unchecked_into::<HtmlSelectElement>().value();
            let to = Uuid::parse_str(&value).ok().map(AgentId);
            let words = note.trim().to_owned();
            desk.assign(&summary, to, Some(words).filter(|words| !words.is_empty()));
            note.set(String::new());
        })
    };
    let typed = {
        let note = note.clone();
        move |event: InputEvent| {
            note.set(event.target_unchecked_into::<HtmlInputElement>().value());
        }
    };
    let mine = {
        let (desk, summary) = (desk.clone(), summary.clone());
        move |_: MouseEvent| desk.assign(&summary, me, None)
    };
    html! {
        <div class="action">
            <label for="assignee">{ strings.assignee }</label>
            <div class="action-row">
                <select id="assignee" class="select" data-fd="assignee" {onchange}>
                    <option value="" selected={has.is_none()}>{ strings.nobody }</option>
                    { for desk.store.team.iter().map(|member| html! {
                        <option value={member.id.to_string()} selected={has == Some(member.id)}>
                            { named(desk, member, me) }
                        </option>
                    }) }
                </select>
                if has != me {
                    <button type="button" class="button" data-fd="assign-me" onclick={mine}>
                        { w.assign_me }
                    </button>
                }
            </div>
            <input class="input" data-fd="assign-note" aria-label={w.assign_note}
                placeholder={w.assign_note} value={(**note).clone()} oninput={typed}
                maxlength="500" />
        </div>
    }
}

fn named(desk: &Desk, member: &Member, me: Option<AgentId>) -> String {
    let w = words(desk.locale);
    let name = if me == Some(member.id) { (w.me)(&member.name) } else { member.name.clone() };
    let presence = match member.presence {
        Presence::Online => w.online,
        Presence::Away => w.away,
        Presence::Offline => w.offline,
    };
    format!("{name} · {presence} · {}", member.open)
}

fn snooze(desk: &Desk, summary: &Rc<ConversationSummary>) -> Html {
    let w = words(desk.locale);
    let onchange = {
        let (desk, id) = (desk.clone(), summary.id);
        Callback::from(move |event: Event| {
            let select = event.target_unchecked_into::<HtmlSelectElement>();
            if let Some(snooze) = Snooze::of_token(&select.value()) {
                desk.snooze(id, snooze.until_ms(browser::now_ms()));
            }
            select.set_value("");
        })
    };
    let until = match (summary.status, summary.snoozed_until_ms) {
        (Status::Snoozed, Some(at_ms)) => {
            Some((w.snoozed_until)(&browser::moment(at_ms, desk.locale)))
        }
        (Status::Snoozed, None) => Some(w.snoozed_until_reply.to_owned()),
        (Status::Open | Status::Pending | Status::Resolved, _) => None,
    };
    html! {
        <div class="action">
            <label for="snooze">{ w.snooze }</label>
            <select id="snooze" class="select" data-fd="snooze" {onchange}>
                <option value="" selected=true>{ w.snooze_choose }</option>
                { for Snooze::ALL.map(|snooze| html! {
                    <option value={snooze.token()}>{ (w.snooze_name)(snooze) }</option>
                }) }
            </select>
            if let Some(until) = until {
                <p class="quiet" data-fd="snoozed">{ until }</p>
            }
        </div>
    }
}

fn urgent(desk: &Desk, summary: &Rc<ConversationSummary>) -> Html {
    let is_urgent = summary.marks.priority == Priority::Urgent;
    let toggle = {
        let (desk, summary) = (desk.clone(), summary.clone());
        move |_: MouseEvent| desk.toggle_urgent(&summary)
    };
    html! {
        <button type="button" class="button" data-fd="urgent"
            aria-pressed={is_urgent.to_string()} onclick={toggle}>
            { words(desk.locale).urgent }
        </button>
    }
}

#[component]
fn Labels(props: &ActionsProps) -> Html {
    let desk = use_desk();
    let w = words(desk.locale);
    let summary = props.summary.clone();
    let add = {
        let (desk, summary) = (desk.clone(), summary.clone());
        Callback::from(move |field: HtmlInputElement| {
            if let Ok(label) = LabelName::parse(field.value().trim()) {
                desk.label(summary.id, vec![label], Vec::new());
                field.set_value("");
            }
        })
    };
    let onkeydown = {
        let add = add.clone();
        move |event: KeyboardEvent| {
            if event.key() == "Enter" && !event.is_composing() {
                event.prevent_default();
                add.emit(event.target_unchecked_into());
            }
        }
    };
    let known = desk.store.list.facets.labels.clone();
    html! {
        <div class="action">
            <label for="label">{ w.labels }</label>
            <ul class="labels" role="list">
                { for summary.marks.labels.iter().map(|label| {
                    let (desk, id, gone) = (desk.clone(), summary.id, label.clone());
                    let remove = move |_: MouseEvent| {
                        desk.label(id, Vec::new(), vec![gone.clone()]);
                    };
                    html! {
                        <li class="chip chip-label" data-fd="label" key={label.to_string()}>
                            { label.to_string() }
                            <button type="button" class="chip-remove" data-fd="label-remove"
                                aria-label={(w.remove_label)(label.as_str())} onclick={remove}>
                                { icon(Icon::Close) }
                            </button>
                        </li>
                    }
                }) }
            </ul>
            <input id="label" class="input" data-fd="label-add" list="labels-known"
                placeholder={w.add_label} maxlength="40" {onkeydown} />
            <datalist id="labels-known">
                { for known.iter().map(|label| html! { <option value={label.to_string()} /> }) }
            </datalist>
        </div>
    }
}

/// Blocking takes two clicks: the visitor cannot write any more.
#[component]
fn Block(props: &ActionsProps) -> Html {
    let desk = use_desk();
    let w = words(desk.locale);
    let sure = use_state_eq(|| false);
    let (blocked, id) = (props.summary.marks.blocked, props.summary.id);
    let name = match (blocked, *sure) {
        (true, _) => w.unblock,
        (false, true) => w.block_sure,
        (false, false) => w.block,
    };
    let act = move |_: MouseEvent| match (blocked, *sure) {
        (true, _) => desk.unblock(id),
        (false, false) => sure.set(true),
        (false, true) => {
            sure.set(false);
            desk.block(id);
        }
    };
    html! {
        <button type="button" class="button button-bad" data-fd="block" onclick={act}>
            { name }
        </button>
    }
}
