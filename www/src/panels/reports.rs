//! The reports: figures of a span of days, a picture of each day, tables by agent and intent.

use protocol::ids::SiteKey;
use protocol::reports::{Figures, Report, Times};
use protocol::settings::SiteListed;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::charts::{Bar, bars, rating_bars};
use super::search::option;
use crate::asking::not_here;
use crate::browser;
use crate::desk::{Desk, use_desk};
use crate::loading::use_path;
use crate::locales::office::office;
use crate::text;

const SPANS: [u32; 3] = [7, 30, 90];

/// Days of one report, as the server allows.
const DAYS_MAX: u32 = protocol::reports::DAYS_MAX;

#[derive(Debug, Clone, PartialEq)]
struct Wanted {
    from_day: u32,
    to_day: u32,
    site: Option<SiteKey>,
}

impl Wanted {
    fn last(days: u32) -> Self {
        let to_day = browser::today();
        Self { from_day: to_day.saturating_sub(days - 1), to_day, site: None }
    }

    fn query(&self) -> String {
        let offset = browser::utc_offset_min();
        let site = self.site.as_ref().map(|site| format!("&site={site}")).unwrap_or_default();
        format!("from_day={}&to_day={}&utc_offset_min={offset}{site}", self.from_day, self.to_day)
    }

    fn days(&self) -> u32 {
        self.to_day.saturating_sub(self.from_day) + 1
    }
}

#[component]
pub(crate) fn Reports() -> Html {
    let desk = use_desk();
    let words = office(desk.locale);
    let wanted = use_state_eq(|| Wanted::last(30));
    let sites = use_path::<Vec<SiteListed>>(Some("/v1/sites".to_owned()), 0);
    let query = wanted.query();
    let report = use_path::<Report>(Some(format!("/v1/reports?{query}")), 0);
    html! {
        <main class="main panel" data-fd="reports">
            <header class="panel-head">
                <h1>{ words.reports }</h1>
                <a class="button" href={format!("/v1/reports.csv?{query}")} download=""
                    data-fd="report-file">{ words.export }</a>
            </header>
            { span(&desk, &wanted, sites.here()) }
            if let Some(report) = report.here() {
                if report.incomplete {
                    <p class="quiet">{ words.reports_incomplete }</p>
                }
                { tiles(&desk, &report.total) }
                { pictures(&desk, report) }
                { tables(&desk, report) }
            } else {
                { not_here(&desk, &report) }
            }
        </main>
    }
}

/// The form above the figures: which days, which site.
fn span(desk: &Desk, wanted: &UseStateHandle<Wanted>, sites: Option<&Vec<SiteListed>>) -> Html {
    let words = office(desk.locale);
    let preset = |days: u32| {
        let name = match days {
            7 => words.last_7,
            30 => words.last_30,
            _ => words.last_90,
        };
        let chosen = **wanted == Wanted { site: wanted.site.clone(), ..Wanted::last(days) };
        let wanted = wanted.clone();
        let onclick = move |_: MouseEvent| {
            wanted.set(Wanted { site: wanted.site.clone(), ..Wanted::last(days) });
        };
        html! {
            <button type="button" class="button" data-fd="span" data-days={days.to_string()}
                aria-pressed={chosen.to_string()} {onclick}>{ name }</button>
        }
    };
    let day = |set: fn(&mut Wanted, u32)| {
        let wanted = wanted.clone();
        Callback::from(move |event: Event| {
            let value = event.target_dyn_into::<HtmlInputElement>().map(|field| field.value());
            let mut next = (*wanted).clone();
            if let Some(day) = value.and_then(|value| browser::day_of_field(&value)) {
                set(&mut next, day);
            }
            if next.from_day <= next.to_day && next.days() <= DAYS_MAX {
                wanted.set(next);
            }
        })
    };
    let on_site = {
        let wanted = wanted.clone();
        Callback::from(move |event: InputEvent| {
            let value = event.target_dyn_into::<HtmlSelectElement>().map(|select| select.value());
            let site = value.and_then(|key| SiteKey::parse(&key).ok());
            wanted.set(Wanted { site, ..(*wanted).clone() });
        })
    };
    html! {
        <div class="filters">
            { for SPANS.into_iter().map(preset) }
            <label>{ words.from }
                <input type="date" value={browser::field_of_day(wanted.from_day)}
                    onchange={day(|wanted, day| wanted.from_day = day)} />
            </label>
            <label>{ words.to }
                <input type="date" value={browser::field_of_day(wanted.to_day)}
                    onchange={day(|wanted, day| wanted.to_day = day)} />
            </label>
            if let Some(sites) = sites.filter(|sites| sites.len() > 1) {
                <select aria-label={words.site} oninput={on_site}>
                    <option value="" selected={wanted.site.is_none()}>{ words.all_sites }</option>
                    { for sites.iter().map(|listed| option(
                        listed.key.as_str(), &listed.name,
                        wanted.site.as_ref() == Some(&listed.key))) }
                </select>
            }
        </div>
    }
}

fn tiles(desk: &Desk, total: &Figures) -> Html {
    let words = office(desk.locale);
    let tile = |fd: &'static str, name: &'static str, hint: &'static str, value: String| {
        html! {
            <div class="tile" data-fd={fd}>
                <dt>{ name }</dt>
                <dd><strong>{ value }</strong><small>{ hint }</small></dd>
            </div>
        }
    };
    let time = |times: &Times| match times.count {
        0 => "–".to_owned(),
        _ => (words.duration)(times.median_s),
    };
    html! {
        <dl class="tiles">
            { tile("report-conversations", words.conversations, words.conversations_hint,
                total.conversations.to_string()) }
            { tile("report-deflection", words.deflection, words.deflection_hint,
                share(total.deflected, total.conversations)) }
            { tile("report-first-reply", words.first_reply, words.first_reply_hint,
                time(&total.first_reply)) }
            { tile("report-resolution", words.resolution, words.resolution_hint,
                time(&total.resolution)) }
            { tile("report-csat", words.csat, words.csat_hint, average(&total.ratings)) }
            { tile("report-browser", words.in_browser, words.in_browser_hint,
                total.browser_answers.to_string()) }
        </dl>
    }
}

fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        "–".to_owned()
    } else {
        format!("{:.0}%", part as f64 * 100.0 / whole as f64)
    }
}

fn average(ratings: &[u64; 5]) -> String {
    let count: u64 = ratings.iter().sum();
    let stars: u64 = ratings.iter().zip(1..).map(|(count, stars)| count * stars).sum();
    if count == 0 { "–".to_owned() } else { format!("{:.1}", stars as f64 / count as f64) }
}

fn pictures(desk: &Desk, report: &Report) -> Html {
    let words = office(desk.locale);
    if report.total == Figures::default() {
        return html! { <p class="empty-title" data-fd="report-none">{ words.report_none }</p> };
    }
    let bar = |day: u32, of: &Figures| {
        let rest = of.conversations.saturating_sub(of.deflected + of.with_person);
        Bar {
            label: browser::short_day(day, desk.locale),
            parts: [of.deflected, of.with_person, rest],
        }
    };
    let days: Vec<Bar> = report.days.iter().map(|row| bar(row.day, &row.figures)).collect();
    let parts = [words.by_bot, words.with_person, words.unanswered];
    html! {
        <div class="charts">
            <figure class="block">
                <figcaption>{ words.chart_days }</figcaption>
                { bars(words.chart_days, &days, parts) }
            </figure>
            if report.total.ratings.iter().any(|count| *count > 0) {
                <figure class="block">
                    <figcaption>{ words.ratings }</figcaption>
                    { rating_bars(words.ratings, &report.total.ratings, words.stars) }
                </figure>
            }
        </div>
    }
}

fn tables(desk: &Desk, report: &Report) -> Html {
    html! {
        <>
            { days_table(desk, report) }
            { agents_table(desk, report) }
            { intents_table(desk, report) }
        </>
    }
}

fn head(names: &[&'static str]) -> Html {
    html! {
        <thead>
            <tr>{ for names.iter().map(|name| html! { <th scope="col">{ *name }</th> }) }</tr>
        </thead>
    }
}

fn time(desk: &Desk, times: &Times) -> String {
    if times.count == 0 { "–".to_owned() } else { (office(desk.locale).duration)(times.median_s) }
}

fn days_table(desk: &Desk, report: &Report) -> Html {
    let words = office(desk.locale);
    let row = |name: String, of: &Figures| {
        html! {
            <tr data-fd="report-day">
                <th scope="row">{ name }</th>
                <td>{ of.conversations }</td>
                <td>{ of.deflected }</td>
                <td>{ of.with_person }</td>
                <td>{ of.visitor_messages }</td>
                <td>{ of.bot_answers }</td>
                <td>{ time(desk, &of.first_reply) }</td>
                <td>{ time(desk, &of.resolution) }</td>
                <td>{ average(&of.ratings) }</td>
            </tr>
        }
    };
    let names = [
        words.day,
        words.conversations,
        words.by_bot,
        words.with_person,
        words.visitor_messages,
        words.bot_answers,
        words.first_reply,
        words.resolution,
        words.csat,
    ];
    html! {
        <details class="block">
            <summary>{ words.numbers }</summary>
            <div class="wide" tabindex="0" role="region" aria-label={words.numbers}>
                <table class="table">
                    { head(&names) }
                    <tbody>
                        { for report.days.iter().map(|day| {
                            row(browser::short_day(day.day, desk.locale), &day.figures)
                        }) }
                    </tbody>
                    <tfoot>{ row(words.total.to_owned(), &report.total) }</tfoot>
                </table>
            </div>
        </details>
    }
}

fn agents_table(desk: &Desk, report: &Report) -> Html {
    let words = office(desk.locale);
    if report.agents.is_empty() {
        return Html::default();
    }
    let names = [words.agent, words.replies, words.first_reply, words.resolution, words.csat];
    html! {
        <section class="block">
            <h2>{ words.by_agent }</h2>
            <div class="wide" tabindex="0" role="region" aria-label={words.by_agent}>
                <table class="table" data-fd="report-agents">
                    { head(&names) }
                    <tbody>{ for report.agents.iter().map(|row| html! {
                        <tr data-fd="report-agent">
                            <th scope="row" dir="auto">{ &row.name }</th>
                            <td>{ row.replies }</td>
                            <td>{ time(desk, &row.first_reply) }</td>
                            <td>{ time(desk, &row.resolution) }</td>
                            <td>{ average(&row.ratings) }</td>
                        </tr>
                    }) }</tbody>
                </table>
            </div>
        </section>
    }
}

fn intents_table(desk: &Desk, report: &Report) -> Html {
    let words = office(desk.locale);
    if report.intents.is_empty() {
        return Html::default();
    }
    let name = |intent: &str| {
        let worded = (desk.strings().intent_name)(intent);
        worded.map_or_else(|| text::intent_words(intent), str::to_owned)
    };
    let most = report.intents.iter().map(|row| row.messages).max().unwrap_or(1).max(1);
    html! {
        <section class="block">
            <h2>{ words.by_intent }</h2>
            <table class="table">
                { head(&[words.intent, words.messages]) }
                <tbody>{ for report.intents.iter().map(|row| html! {
                    <tr data-fd="report-intent">
                        <th scope="row">{ name(&row.intent) }</th>
                        <td class="meter-cell">
                            { row.messages }
                            <meter min="0" max={most.to_string()} value={row.messages.to_string()}
                                aria-hidden="true"></meter>
                        </td>
                    </tr>
                }) }</tbody>
            </table>
        </section>
    }
}
