//! Publishing: what differs from what visitors have, and what past questions would make of it.

use protocol::draft::{EntryState, FaqOverview};
use protocol::http::FaqImported;
use protocol::rehearsal::{Judgement, Regression, RegressionLine};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::list::state_token;
use crate::api::{CallRefused, owner as api};
use crate::desk::{Desk, use_desk};
use crate::loading::{Loaded, use_loaded};
use crate::panels::owner::{loading, may_change, refusal, use_site, why, words_of};
use crate::panels::try_it::verdict;
use crate::panels::{FaqPage, Panel};

#[derive(Clone, PartialEq)]
enum Stage {
    Looking,
    Publishing,
    Published(FaqImported),
    Refused(CallRefused),
}

#[component]
pub(crate) fn Publish() -> Html {
    let desk = use_desk();
    let words = words_of(&desk);
    let site = use_site();
    let stage = use_state(|| Stage::Looking);
    let faq = use_loaded(site.key.clone(), |key| {
        let key = key.clone();
        async move { api::faq(&key).await }
    });
    let overview = match &faq.now {
        Loaded::Loading => return loading(words),
        Loaded::Refused(refused) => return refusal(&desk, refused, &faq.again),
        Loaded::Ready(overview) => overview.clone(),
    };
    let publish = {
        let (stage, key, draft) = (stage.clone(), site.key.clone(), overview.draft.clone());
        let (faq_again, sites_again) = (faq.again.clone(), site.again.clone());
        Callback::from(move |_: MouseEvent| {
            let (stage, key, draft) = (stage.clone(), key.clone(), draft.clone());
            let (faq_again, sites_again) = (faq_again.clone(), sites_again.clone());
            stage.set(Stage::Publishing);
            spawn_local(async move {
                match api::publish(&key, draft).await {
                    Ok(imported) => {
                        stage.set(Stage::Published(imported));
                        sites_again.emit(());
                    }
                    Err(refused) => stage.set(Stage::Refused(refused)),
                }
                faq_again.emit(());
            });
        })
    };
    html! {
        <div class="publish">
            { told(&desk, &stage) }
            if overview.changes == 0 {
                <p data-fd="nothing-to-publish">{ words.nothing_to_publish }</p>
            } else {
                { changes(&desk, &overview) }
                <Rehearsed draft={overview.draft.to_string()} />
                if may_change(&desk) {
                    <div class="actions">
                        <button type="button" class="button button-primary" data-fd="publish"
                            disabled={*stage == Stage::Publishing} onclick={publish}>
                            { if *stage == Stage::Publishing {
                                words.publishing
                            } else {
                                words.publish_now
                            } }
                        </button>
                    </div>
                }
            }
        </div>
    }
}

fn told(desk: &Desk, stage: &Stage) -> Html {
    let words = words_of(desk);
    match stage {
        Stage::Looking | Stage::Publishing => Html::default(),
        Stage::Published(imported) => html! {
            <p class="good" role="status" data-fd="published">
                { (words.published)(imported.entries) }
            </p>
        },
        Stage::Refused(refused) => html! {
            <div class="alert" role="alert" data-fd="alert">{ why(desk, refused) }</div>
        },
    }
}

fn changes(desk: &Desk, overview: &FaqOverview) -> Html {
    let words = words_of(desk);
    let changed = overview.entries.iter().filter(|view| view.state != EntryState::Published);
    let standing = overview.published.as_ref().map(|published| published.precision);
    html! {
        <section>
            <h2>{ (words.unpublished)(overview.changes) }</h2>
            <ul class="entries" role="list" data-fd="changes">
                { for changed.map(|view| {
                    let page = FaqPage::Entry(view.entry.id.clone());
                    html! {
                        <li key={view.entry.id.to_string()}>
                            <a class="entry-row" href={format!("#{}", Panel::Faq(page).hash())}
                                data-state={state_token(view.state)}>
                                <span class="entry-question">{ &view.entry.question }</span>
                                <span class="chips">
                                    <span class="chip chip-state">
                                        { (words.state_name)(view.state) }
                                    </span>
                                    if let Some(edited) = &view.edited {
                                        <span class="chip">{ &edited.by.name }</span>
                                    }
                                </span>
                            </a>
                        </li>
                    }
                }) }
            </ul>
            if standing.is_some_and(|standing| standing != overview.precision) {
                <p>{ (words.did_set_precision)(overview.precision.percent()) }</p>
            }
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct RehearsedProps {
    /// Asks again when the draft is another one.
    draft: String,
}

/// Past questions, asked of both.
#[component]
fn Rehearsed(props: &RehearsedProps) -> Html {
    let desk = use_desk();
    let words = words_of(&desk);
    let site = use_site();
    let regression = use_loaded((site.key, props.draft.clone()), |(key, _)| {
        let key = key.clone();
        async move { api::regression(&key).await }
    });
    let body = match &regression.now {
        Loaded::Loading => html! { <p class="quiet" role="status">{ words.asking_again }</p> },
        Loaded::Refused(refused) => refusal(&desk, refused, &regression.again),
        Loaded::Ready(regression) => differences(&desk, regression),
    };
    html! {
        <section data-fd="regression">
            <h2>{ words.past_questions }</h2>
            { body }
        </section>
    }
}

fn differences(desk: &Desk, regression: &Regression) -> Html {
    let words = words_of(desk);
    if regression.questions == 0 {
        return html! { <p class="quiet" data-fd="no-past">{ words.no_past_questions }</p> };
    }
    let Regression { questions, better, worse, changed, lines } = regression;
    html! {
        <>
            <p data-fd="regression-sum" data-better={better.to_string()}
                data-worse={worse.to_string()}>
                <strong>{ (words.regression_sum)(*better, *worse, *changed) }</strong>
                { " " }{ (words.asked_again)(*questions) }
            </p>
            <ul class="lines" role="list">{ for lines.iter().map(|line| draw(desk, line)) }</ul>
        </>
    }
}

fn draw(desk: &Desk, line: &RegressionLine) -> Html {
    let words = words_of(desk);
    let (token, name) = match line.judgement {
        Judgement::Worse => ("worse", words.worse),
        Judgement::Changed => ("changed", words.changed),
        Judgement::Better => ("better", words.better),
    };
    html! {
        <li class="line" data-fd="regression-line" data-judgement={token}>
            <details open={line.judgement == Judgement::Worse}>
                <summary>
                    <span class="chip" data-judgement={token}>{ name }</span>
                    <strong>{ &line.text }</strong>
                    if line.asked > 1 {
                        <span class="quiet">{ (words.times)(line.asked) }</span>
                    }
                </summary>
                <dl class="pairs">
                    <div><dt>{ words.before }</dt><dd>{ verdict(desk, &line.before) }</dd></div>
                    <div><dt>{ words.after }</dt><dd>{ verdict(desk, &line.after) }</dd></div>
                    if let Some(right) = &line.right {
                        <div><dt>{ words.known_right }</dt><dd>{ right.to_string() }</dd></div>
                    }
                </dl>
            </details>
        </li>
    }
}
