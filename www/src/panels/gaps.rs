//! What the FAQ lacks: questions without a good answer, by meaning, most asked first. One click
//! makes a group an entry or wordings of one, or sets it aside.

use std::collections::BTreeSet;

use protocol::draft::{DraftRequest, EntryChange, EntryEdit};
use protocol::ids::{EntryId, SiteKey};
use protocol::rehearsal::{Gap, Gaps, PastOutcome, SettleRequest, Wording};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{FaqPage, Panel};
use crate::api::{CallRefused, owner as api};
use crate::desk::{Desk, use_desk};
use crate::loading::{Loaded, use_loaded};
use crate::panels::faq::editor;
use crate::panels::faq::form::Form;
use crate::panels::owner::{may_change, picked, refusal, use_site, why, words_of};
use crate::text::percent;

/// Wordings of a group that become phrasings of an entry; an entry has room for fifty.
const PHRASINGS_TAKEN_MAX: usize = 10;

const PHRASINGS_MAX: usize = 50;

#[derive(Debug, Clone, PartialEq)]
enum Told {
    Nothing,
    Added(EntryId),
    Dismissed,
    Refused(CallRefused),
}

#[component]
pub(crate) fn GapList() -> Html {
    let desk = use_desk();
    let words = words_of(&desk);
    let site = use_site();
    let told = use_state_eq(|| Told::Nothing);
    let gaps = use_loaded(site.key.clone(), |key| {
        let key = key.clone();
        async move { api::gaps(&key).await }
    });
    // What was dealt with on this page; the server's list may be a moment behind.
    let done = use_state(BTreeSet::<String>::new);
    let found = match &gaps.now {
        Loaded::Loading => {
            return html! { <p class="quiet" role="status">{ words.grouping }</p> };
        }
        Loaded::Refused(refused) => return refusal(&desk, refused, &gaps.again),
        Loaded::Ready(found) => found.clone(),
    };
    let open: Vec<&Gap> = found.groups.iter().filter(|gap| !done.contains(&gap.title)).collect();
    let deal = Deal { site: site.key, told: told.clone(), done: done.clone() };
    html! {
        <div class="gaps">
            <p class="quiet">{ words.gaps_hint }</p>
            <div role="status" data-fd="gap-told">{ say(&desk, &told) }</div>
            if open.is_empty() {
                { nothing(&desk, &found) }
            }
            <ol class="gap-list" role="list" data-fd="gaps">
                { for open.into_iter().map(|gap| draw(&desk, &deal, gap)) }
            </ol>
        </div>
    }
}

fn nothing(desk: &Desk, found: &Gaps) -> Html {
    let words = words_of(desk);
    let title = if found.groups.is_empty() { words.no_gaps } else { words.gaps_done };
    html! {
        <div class="empty">
            <p class="empty-title">{ title }</p>
            <p class="empty-hint">{ words.no_gaps_hint }</p>
        </div>
    }
}

fn say(desk: &Desk, told: &Told) -> Html {
    let words = words_of(desk);
    match told {
        Told::Nothing => Html::default(),
        Told::Added(entry) => html! {
            <p class="good">
                { (words.added_to)(entry.as_str()) }{ " " }
                <a href={format!("#{}", Panel::Faq(FaqPage::Entry(entry.clone())).hash())}>
                    { words.open_entry }
                </a>
            </p>
        },
        Told::Dismissed => html! { <p class="good">{ words.dismissed }</p> },
        Told::Refused(refused) => html! { <div class="alert">{ why(desk, refused) }</div> },
    }
}

fn draw(desk: &Desk, deal: &Deal, gap: &Gap) -> Html {
    let words = words_of(desk);
    html! {
        <li key={gap.title.clone()} class="gap" data-fd="gap" data-asked={gap.asked.to_string()}>
            <header>
                <h2 lang={gap.locale.tag()}>{ &gap.title }</h2>
                <span class="chip">{ (words.times)(gap.asked) }</span>
                if gap.flagged > 0 {
                    <span class="chip chip-bad">{ (words.flagged_times)(gap.flagged) }</span>
                }
            </header>
            <details>
                <summary>{ (words.wording_count)(gap.wordings.len()) }</summary>
                <ul class="wordings">
                    { for gap.wordings.iter().map(|wording| worded(desk, wording)) }
                </ul>
            </details>
            if may_change(desk) {
                { actions(desk, deal, gap) }
            }
        </li>
    }
}

fn worded(desk: &Desk, wording: &Wording) -> Html {
    let words = words_of(desk);
    let outcome = match &wording.outcome {
        PastOutcome::Answered { entry, .. } => (words.answers_with)(entry.as_str()),
        PastOutcome::AskedBack => words.asked_back.to_owned(),
        PastOutcome::HandedOff { reason } => (words.hands_off)(*reason).to_owned(),
        PastOutcome::Waiting => String::new(),
    };
    html! {
        <li>
            <a href={format!("#{}", Panel::Conversation(wording.conversation).hash())}>
                { &wording.text }
            </a>
            <span class="quiet">{ format!(" {} · {outcome}", (words.times)(wording.asked)) }</span>
            if wording.flagged {
                <span class="chip chip-bad">{ words.flagged }</span>
            }
        </li>
    }
}

fn actions(desk: &Desk, deal: &Deal, gap: &Gap) -> Html {
    let words = words_of(desk);
    let new_entry = {
        let (site, gap) = (deal.site.clone(), gap.clone());
        Callback::from(move |_: MouseEvent| {
            let others = other_wordings(&gap);
            editor::begin(&site, &Form::asked(gap.title.clone(), &others, gap.messages.clone()));
        })
    };
    let add = {
        let (deal, gap) = (deal.clone(), gap.clone());
        Callback::from(move |event: Event| {
            if let Ok(entry) = EntryId::parse(&picked(&event)) {
                deal.add(&gap, entry);
            }
        })
    };
    let dismiss = {
        let (deal, gap) = (deal.clone(), gap.clone());
        Callback::from(move |_: MouseEvent| deal.settle(&gap, None))
    };
    html! {
        <div class="actions">
            <button type="button" class="button button-primary" data-fd="gap-new"
                onclick={new_entry}>{ words.new_entry }</button>
            if !gap.suggestions.is_empty() {
                <select data-fd="gap-add" aria-label={words.add_to} onchange={add}>
                    <option value="" selected=true>{ words.add_to }</option>
                    { for gap.suggestions.iter().map(|candidate| html! {
                        <option value={candidate.entry.to_string()}>
                            { &candidate.entry.to_string() }
                            { format!(" ({}%)", percent(candidate.confidence.0)) }
                        </option>
                    }) }
                </select>
            }
            <button type="button" class="button" data-fd="gap-dismiss" onclick={dismiss}>
                { words.dismiss }
            </button>
        </div>
    }
}

/// All but the title, most asked first.
fn other_wordings(gap: &Gap) -> Vec<String> {
    let others = gap.wordings.iter().filter(|wording| wording.text != gap.title);
    others.take(PHRASINGS_TAKEN_MAX).map(|wording| wording.text.clone()).collect()
}

/// What dealing with a group needs.
#[derive(Clone)]
struct Deal {
    site: SiteKey,
    told: UseStateHandle<Told>,
    done: UseStateHandle<BTreeSet<String>>,
}

impl Deal {
    fn add(&self, gap: &Gap, entry: EntryId) {
        let (this, gap) = (self.clone(), gap.clone());
        spawn_local(async move {
            match draft_phrasings(&this.site, &gap, &entry).await {
                Ok(true) => this.settle(&gap, Some(entry)),
                // Somebody edits that entry right now: the group stays, to be tried again.
                Ok(false) => {}
                Err(refused) => this.told.set(Told::Refused(refused)),
            }
        });
    }

    fn settle(&self, gap: &Gap, entry: Option<EntryId>) {
        let (this, title) = (self.clone(), gap.title.clone());
        let request = SettleRequest { messages: gap.messages.clone(), entry: entry.clone() };
        spawn_local(async move {
            match api::settle(&this.site, &request).await {
                Ok(()) => {
                    let mut done = (*this.done).clone();
                    done.insert(title);
                    this.done.set(done);
                    this.told.set(entry.map_or(Told::Dismissed, Told::Added));
                }
                Err(refused) => this.told.set(Told::Refused(refused)),
            }
        });
    }
}

/// Says whether they were added.
async fn draft_phrasings(site: &SiteKey, gap: &Gap, id: &EntryId) -> Result<bool, CallRefused> {
    let faq = api::faq(site).await?;
    let Some(view) = faq.entries.into_iter().find(|view| view.entry.id == *id) else {
        return Ok(false);
    };
    let mut entry = view.entry;
    let wordings = std::iter::once(gap.title.clone()).chain(other_wordings(gap));
    for wording in wordings {
        if !entry.phrasings.contains(&wording) && entry.phrasings.len() < PHRASINGS_MAX {
            entry.phrasings.push(wording);
        }
    }
    let edit = EntryEdit::Put { entry: Box::new(entry) };
    let change = EntryChange { id: id.clone(), base: Some(view.revision), edit };
    let saved = api::draft(site, &DraftRequest { changes: vec![change], precision: None }).await?;
    Ok(saved.conflicts.is_empty())
}
