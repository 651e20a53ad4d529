//! Who changed what in an FAQ, and the way back to any of it.

use protocol::draft::{DraftChange, HistoryLine, PastChange};
use protocol::faq::FaqEntry;
use protocol::ids::EntryId;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::api::owner as api;
use crate::browser;
use crate::desk::{Desk, use_desk};
use crate::loading::{Loaded, use_loaded};
use crate::panels::owner::{loading, may_change, refusal, use_site, words_of};
use crate::panels::{FaqPage, Panel};

#[derive(Properties, PartialEq)]
pub(crate) struct HistoryProps {
    /// Of this entry alone.
    pub(crate) entry: Option<EntryId>,
    /// Takes old words; without it a line leads to its entry.
    #[prop_or_default]
    pub(crate) on_restore: Option<Callback<FaqEntry>>,
}

#[component]
pub(crate) fn History(props: &HistoryProps) -> Html {
    let desk = use_desk();
    let words = words_of(&desk);
    let site = use_site();
    let asked = (site.key.clone(), props.entry.clone());
    let first = use_loaded(asked, |(key, entry)| {
        let (key, entry) = (key.clone(), entry.clone());
        async move { api::history(&key, entry.as_ref(), None).await }
    });
    // What "show more" brought, and whether there is more still.
    let older = use_state(|| (Vec::<HistoryLine>::new(), true));
    let page = match &first.now {
        Loaded::Loading => return loading(words),
        Loaded::Refused(refused) => return refusal(&desk, refused, &first.again),
        Loaded::Ready(page) => page.clone(),
    };
    let lines: Vec<&HistoryLine> = page.lines.iter().chain(&older.0).collect();
    let more = {
        let (older, key, entry) = (older.clone(), site.key, props.entry.clone());
        let before = lines.last().map(|line| line.number);
        Callback::from(move |_: MouseEvent| {
            let (older, key, entry) = (older.clone(), key.clone(), entry.clone());
            spawn_local(async move {
                if let Ok(page) = api::history(&key, entry.as_ref(), before).await {
                    let lines = older.0.iter().cloned().chain(page.lines).collect();
                    older.set((lines, page.more));
                }
            });
        })
    };
    html! {
        <>
            if lines.is_empty() {
                <p class="quiet">{ words.no_history }</p>
            }
            <ol class="history" role="list" data-fd="history">
                { for lines.iter().map(|line| draw(&desk, props, line)) }
            </ol>
            if page.more && older.1 {
                <button type="button" class="button" onclick={more}>
                    { desk.strings().show_more }
                </button>
            }
        </>
    }
}

fn draw(desk: &Desk, props: &HistoryProps, line: &HistoryLine) -> Html {
    let words = words_of(desk);
    let who = line.by.as_ref().map_or(words.operator, |by| by.name.as_str());
    let time = browser::local_time(line.at_ms);
    let at = format!(
        "{} {:02}:{:02}",
        browser::long_date(line.at_ms, desk.locale),
        time.hour,
        time.minute
    );
    let (what, old) = match &line.change {
        PastChange::Published { entries, .. } => ((words.did_publish)(*entries), None),
        PastChange::Drafted { change } => match change {
            DraftChange::Written { entry } => {
                ((words.did_write)(&entry.question), Some(entry.as_ref().clone()))
            }
            DraftChange::Removed { entry } => ((words.did_remove)(entry.as_str()), None),
            DraftChange::Reverted { entry } => ((words.did_revert)(entry.as_str()), None),
            DraftChange::PrecisionSet { precision } => {
                ((words.did_set_precision)(precision.percent()), None)
            }
        },
    };
    html! {
        <li key={line.number.to_string()} class="history-line" data-fd="history-line">
            <p>
                <strong>{ who }</strong>{ " " }{ what }
                <time class="quiet">{ at }</time>
            </p>
            if let Some(old) = old {
                <details>
                    <summary>{ words.words_then }</summary>
                    <p class="text">{ &old.answer }</p>
                    if !old.phrasings.is_empty() {
                        <p class="quiet">{ old.phrasings.join(" · ") }</p>
                    }
                </details>
                { way_back(desk, props, old) }
            }
        </li>
    }
}

fn way_back(desk: &Desk, props: &HistoryProps, old: FaqEntry) -> Html {
    let words = words_of(desk);
    match &props.on_restore {
        Some(restore) if may_change(desk) => {
            let onclick = restore.reform(move |_: MouseEvent| old.clone());
            html! {
                <button type="button" class="button" data-fd="restore" {onclick}>
                    { words.restore }
                </button>
            }
        }
        Some(_) => Html::default(),
        None => html! {
            <a href={format!("#{}", Panel::Faq(FaqPage::Entry(old.id)).hash())}>
                { words.open_entry }
            </a>
        },
    }
}
