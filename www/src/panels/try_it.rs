//! Trying the FAQ: what is decided about one question and why, and how careful it should be, with
//! the numbers of real past questions.

use std::rc::Rc;

use protocol::draft::DraftRequest;
use protocol::faq::Precision;
use protocol::rehearsal::{Against, Contender, Curve, CurvePoint, Trial, TrialRequest};
use protocol::understanding::Decision;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::{FaqPage, Panel};
use crate::api::{CallRefused, owner as api};
use crate::components::intent_name;
use crate::desk::{Desk, use_desk};
use crate::loading::{Loaded, use_loaded};
use crate::panels::owner::{loading, may_change, picked, refusal, typed, use_site, why, words_of};
use crate::text::percent;

#[component]
pub(crate) fn TryIt() -> Html {
    html! {
        <div class="try">
            <Trials />
            <Care />
        </div>
    }
}

#[derive(Clone)]
enum Stage {
    Writing,
    Asking,
    Answered(Rc<Trial>),
    Refused(CallRefused),
}

#[component]
fn Trials() -> Html {
    let desk = use_desk();
    let words = words_of(&desk);
    let site = use_site();
    let text = use_state_eq(String::new);
    let against = use_state_eq(|| Against::Draft);
    let stage = use_state(|| Stage::Writing);
    let ask = {
        let (text, against, stage) = (text.clone(), against.clone(), stage.clone());
        let (key, locale) = (site.key, desk.locale);
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let request = TrialRequest { text: (*text).clone(), locale, against: *against };
            let (stage, key) = (stage.clone(), key.clone());
            stage.set(Stage::Asking);
            spawn_local(async move {
                stage.set(match api::try_one(&key, &request).await {
                    Ok(trial) => Stage::Answered(Rc::new(trial)),
                    Err(refused) => Stage::Refused(refused),
                });
            });
        })
    };
    let on_text = {
        let text = text.clone();
        Callback::from(move |event: InputEvent| text.set(typed(&event)))
    };
    let on_against = {
        let against = against.clone();
        Callback::from(move |event: Event| {
            let published = picked(&event) == "published";
            against.set(if published { Against::Published } else { Against::Draft });
        })
    };
    html! {
        <section class="trial">
            <h2>{ words.try_title }</h2>
            <form class="try-form" onsubmit={ask}>
                <input data-fd="try-text" aria-label={words.try_question} maxlength="2000"
                    placeholder={words.try_question} value={(*text).clone()} oninput={on_text} />
                <select aria-label={words.try_against} data-fd="try-against" onchange={on_against}>
                    <option value="draft" selected={*against == Against::Draft}>
                        { words.against_draft }
                    </option>
                    <option value="published">{ words.against_published }</option>
                </select>
                <button type="submit" class="button button-primary" data-fd="try"
                    disabled={text.trim().is_empty()}>{ words.ask }</button>
            </form>
            <div aria-live="polite">
                { match &*stage {
                    Stage::Writing => html! { <p class="quiet">{ words.try_hint }</p> },
                    Stage::Asking => html! { <p class="quiet">{ words.asking }</p> },
                    Stage::Refused(refused) => html! {
                        <div class="alert" role="alert">{ why(&desk, refused) }</div>
                    },
                    Stage::Answered(trial) => draw(&desk, trial),
                } }
            </div>
        </section>
    }
}

fn draw(desk: &Desk, trial: &Trial) -> Html {
    let words = words_of(desk);
    let strings = desk.strings();
    html! {
        <div class="card-flat" data-fd="trial" data-decision={token(&trial.decision)}>
            <p class="fact-strong" data-fd="decision">{ verdict(desk, &trial.decision) }</p>
            <p class="quiet" data-fd="reason">{ reason(desk, trial) }</p>
            { scale(desk, trial) }
            if let Some(answer) = &trial.answer {
                <div class="preview answer" data-fd="trial-answer">
                    { Html::from_html_unchecked(AttrValue::from(answer.html.clone())) }
                </div>
            }
            if !trial.contenders.is_empty() {
                <table class="table">
                    <caption>{ words.contenders }</caption>
                    <thead><tr>
                        <th scope="col">{ words.entry }</th>
                        <th scope="col">{ words.score }</th>
                        <th scope="col">{ words.by_meaning }</th>
                        <th scope="col">{ words.by_words }</th>
                        <th scope="col">{ words.by_answer }</th>
                    </tr></thead>
                    <tbody>{ for trial.contenders.iter().map(contender) }</tbody>
                </table>
            }
            <dl class="pairs">
                if let Some(intent) = &trial.understanding.intent {
                    <div><dt>{ strings.intent }</dt><dd>
                        { intent_name(intent, strings) }
                        { format!(" · {}%", percent(intent.confidence.0)) }
                    </dd></div>
                }
                <div><dt>{ strings.entities }</dt><dd data-fd="trial-entities">
                    if trial.understanding.entities.is_empty() {
                        { strings.no_entities }
                    }
                    { for trial.understanding.entities.iter().map(|entity| html! {
                        <span class="chip">
                            { format!("{}: {}", (strings.entity_name)(entity.kind), entity.value) }
                        </span>
                    }) }
                </dd></div>
                <div><dt>{ words.read_as }</dt><dd>
                    { format!("{} · {}", trial.normalized,
                        (strings.locale_name)(trial.understanding.locale)) }
                </dd></div>
            </dl>
        </div>
    }
}

fn contender(contender: &Contender) -> Html {
    let number = |value: f32| format!("{value:.2}");
    let page = FaqPage::Entry(contender.entry.clone());
    html! {
        <tr>
            <th scope="row">
                <a href={format!("#{}", Panel::Faq(page).hash())}>{ &contender.question }</a>
            </th>
            <td>{ number(contender.score) }</td>
            <td>{ number(contender.nearest) }</td>
            <td>{ number(contender.words) }</td>
            <td>{ number(contender.answer) }</td>
        </tr>
    }
}

/// The probability on a scale with both thresholds.
fn scale(desk: &Desk, trial: &Trial) -> Html {
    let words = words_of(desk);
    let Some(probability) = trial.probability else { return Html::default() };
    let at = |value: f32| format!("inset-inline-start:{}%", (value.min(1.0) * 100.0).round());
    let never = trial.answer_min > 1.0;
    let filled = format!("inline-size:{}%", percent(probability.0));
    html! {
        <div class="scale">
            <div class="scale-bar" aria-hidden="true">
                <span class="scale-fill" ~style={filled} />
                <i ~style={at(trial.ask_min)} />
                if !never {
                    <i class="scale-answer" ~style={at(trial.answer_min)} />
                }
            </div>
            <p data-fd="score">
                { (words.score_against)(percent(probability.0), percent(trial.ask_min),
                    (!never).then(|| percent(trial.answer_min))) }
            </p>
        </div>
    }
}

fn token(decision: &Decision) -> &'static str {
    match decision {
        Decision::Answer { .. } => "answer",
        Decision::AskBack { .. } => "ask_back",
        Decision::HandOff { .. } => "hand_off",
        Decision::Abstain { .. } => "abstain",
    }
}

/// What a visitor would see, in a line.
pub(crate) fn verdict(desk: &Desk, decision: &Decision) -> String {
    let words = words_of(desk);
    match decision {
        Decision::Answer { entry, .. } => (words.answers_with)(entry.as_str()),
        Decision::AskBack { choices } => {
            let asked: Vec<&str> = choices.iter().map(|choice| choice.question.as_str()).collect();
            (words.asks_back)(&asked)
        }
        Decision::HandOff { reason } => (words.hands_off)(*reason).to_owned(),
        Decision::Abstain { .. } => words.leaves_to_person.to_owned(),
    }
}

fn reason(desk: &Desk, trial: &Trial) -> String {
    let words = words_of(desk);
    match &trial.decision {
        Decision::Answer { tier, .. } => (words.why_answered)(*tier).to_owned(),
        Decision::AskBack { .. } => words.why_asked_back.to_owned(),
        Decision::HandOff { .. } => words.why_handed_off.to_owned(),
        Decision::Abstain { reason, .. } => (words.why_abstained)(*reason).to_owned(),
    }
}

/// How sure an answer must be, with what it would have meant.
#[component]
fn Care() -> Html {
    let desk = use_desk();
    let words = words_of(&desk);
    let site = use_site();
    let faq = use_loaded(site.key.clone(), |key| {
        let key = key.clone();
        async move { api::faq(&key).await }
    });
    let curve = use_loaded(site.key.clone(), |key| {
        let key = key.clone();
        async move { api::curve(&key).await }
    });
    let chosen = use_state_eq(|| None::<u8>);
    let saved = use_state_eq(|| false);
    let overview = match &faq.now {
        Loaded::Loading => return loading(words),
        Loaded::Refused(refused) => return refusal(&desk, refused, &faq.again),
        Loaded::Ready(overview) => overview.clone(),
    };
    let standing = overview.precision.percent();
    let percent = chosen.unwrap_or(standing);
    let oninput = {
        let (chosen, saved) = (chosen.clone(), saved.clone());
        Callback::from(move |event: InputEvent| {
            saved.set(false);
            chosen.set(typed(&event).parse().ok());
        })
    };
    let keep = {
        let (key, again, saved) = (site.key, faq.again.clone(), saved.clone());
        Callback::from(move |_: MouseEvent| {
            let (key, again, saved) = (key.clone(), again.clone(), saved.clone());
            let precision = Precision::try_from(percent).ok();
            let request = DraftRequest { changes: Vec::new(), precision };
            spawn_local(async move {
                if api::draft(&key, &request).await.is_ok() {
                    saved.set(true);
                    again.emit(());
                }
            });
        })
    };
    html! {
        <section class="care" data-fd="care">
            <h2>{ words.care_title }</h2>
            <p class="quiet">{ words.care_hint }</p>
            <label class="slider">
                <span>{ (words.care_value)(percent) }</span>
                <input type="range" min="90" max="99" step="1" data-fd="precision"
                    value={percent.to_string()} {oninput} disabled={!may_change(&desk)}
                    aria-valuetext={(words.care_value)(percent)} />
            </label>
            { numbers(&desk, &curve.now, percent) }
            if may_change(&desk) && percent != standing {
                <div class="actions">
                    <button type="button" class="button button-primary" data-fd="keep-precision"
                        onclick={keep}>{ words.save_draft }</button>
                </div>
            }
            <p class="quiet" role="status">{ if *saved { words.saved_as_draft } else { "" } }</p>
        </section>
    }
}

fn numbers(desk: &Desk, curve: &Loaded<Curve>, percent: u8) -> Html {
    let words = words_of(desk);
    let curve = match curve {
        Loaded::Loading => {
            return html! { <p class="quiet" role="status">{ words.asking_again }</p> };
        }
        Loaded::Refused(refused) => {
            return html! { <p class="quiet">{ why(desk, refused) }</p> };
        }
        Loaded::Ready(curve) => curve,
    };
    if curve.questions == 0 {
        return html! { <p class="quiet" data-fd="no-past">{ words.no_past_questions }</p> };
    }
    let at = curve.points.iter().find(|point| point.precision.percent() == percent);
    let Some(point) = at else { return Html::default() };
    html! {
        <>
            { bars(desk, curve, percent) }
            <p data-fd="curve" data-answered={point.answered.to_string()}
                data-left={point.left.to_string()}>
                { (words.curve_sum)(curve.questions, point) }
            </p>
            <p class="quiet">{ (words.curve_known)(curve.known, point) }</p>
        </>
    }
}

/// Answered, asked back and left at each precision.
fn bars(desk: &Desk, curve: &Curve, percent: u8) -> Html {
    let words = words_of(desk);
    let share = |count: u32| f64::from(count) * 100.0 / f64::from(curve.questions.max(1));
    let bar = |point: &CurvePoint| {
        let chosen = point.precision.percent() == percent;
        html! {
            <li class={classes!("bar", chosen.then_some("bar-chosen"))}>
                <span class="bar-stack">
                    <i class="bar-left" ~style={format!("flex-grow:{:.1}", share(point.left))} />
                    <i class="bar-asked"
                        ~style={format!("flex-grow:{:.1}", share(point.asked_back))} />
                    <i class="bar-answered"
                        ~style={format!("flex-grow:{:.1}", share(point.answered))} />
                </span>
                <span class="bar-name">{ point.precision.percent() }</span>
            </li>
        }
    };
    html! {
        <figure class="bars" aria-hidden="true">
            <ol role="list">{ for curve.points.iter().map(bar) }</ol>
            <figcaption>
                <span class="key key-answered">{ words.answered }</span>
                <span class="key key-asked">{ words.asked_back }</span>
                <span class="key key-left">{ words.to_person }</span>
            </figcaption>
        </figure>
    }
}
