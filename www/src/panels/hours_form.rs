//! Business hours while they are written: a line of spans a day.

use protocol::forms::{Day, Hours, Span};
use yew::prelude::*;

use super::owner::{typed, words_of};
use super::settings::Draft;
use crate::desk::{Desk, use_desk};

/// Nine to five on working days, to begin with.
fn usual() -> Hours {
    let day = vec![Span { from: 9 * 60, to: 17 * 60 }];
    let week = std::array::from_fn(|at| if at < 5 { day.clone() } else { Vec::new() });
    Hours { zone: zone_here(), week, closed: Vec::new() }
}

/// The browser's own time zone.
fn zone_here() -> String {
    let format = js_sys::Intl::DateTimeFormat::default().resolved_options();
    let zone = js_sys::Reflect::get(&format, &"timeZone".into());
    zone.ok().and_then(|zone| zone.as_string()).unwrap_or_else(|| "UTC".to_owned())
}

pub(super) fn hours(desk: &Desk, draft: &Draft) -> Html {
    let words = words_of(desk);
    let forms = &draft.settings.forms;
    let on_any = draft.mark(|settings, any| settings.forms.hours = any.then(usual));
    let on_zone = draft.text(|settings, zone| {
        if let Some(hours) = &mut settings.forms.hours {
            hours.zone = zone;
        }
    });
    let on_mail = draft.text(|settings, text| {
        settings.forms.notify_email = Some(text).filter(|text| !text.is_empty());
    });
    html! {
        <fieldset class="group">
            <legend>{ words.hours }</legend>
            <label class="check">
                <input type="checkbox" data-fd="hours" checked={forms.hours.is_some()}
                    onchange={on_any} />
                { words.hours_on }
            </label>
            if let Some(hours) = &forms.hours {
                <div class="field">
                    <label for="zone">{ words.zone }</label>
                    <input id="zone" value={hours.zone.clone()} oninput={on_zone} required=true />
                </div>
                <p class="quiet" id="hours-hint">{ words.hours_hint }</p>
                { for (0..7).map(|day| html! {
                    <Weekday key={day} {day} name={words.days[day]}
                        spans={hours.week[day].clone()} draft={draft.clone()} />
                }) }
                <ClosedDays days={hours.closed.clone()} draft={draft.clone()} />
            }
            <div class="field">
                <label for="notify-email">{ words.notify_email }</label>
                <input id="notify-email" type="email" value={forms.notify_email.clone()}
                    oninput={on_mail} />
            </div>
        </fieldset>
    }
}

#[derive(Properties, PartialEq)]
struct WeekdayProps {
    day: usize,
    name: &'static str,
    spans: Vec<Span>,
    draft: Draft,
}

/// Keeps the words as they are typed; they count once they can be read.
#[component]
fn Weekday(props: &WeekdayProps) -> Html {
    let text = {
        let spans = props.spans.clone();
        use_state_eq(move || write(&spans))
    };
    let readable = read(&text).is_some();
    let oninput = {
        let (text, day) = (text.clone(), props.day);
        let (settings, on_change) = (props.draft.settings.clone(), props.draft.on_change.clone());
        Callback::from(move |event: InputEvent| {
            let written = typed(&event);
            if let Some(spans) = read(&written) {
                let mut next = settings.clone();
                if let Some(hours) = &mut next.forms.hours {
                    hours.week[day] = spans;
                }
                on_change.emit(next);
            }
            text.set(written);
        })
    };
    let id = format!("hours-{}", props.day);
    html! {
        <div class="field field-row">
            <label for={id.clone()}>{ props.name }</label>
            <input {id} value={(*text).clone()} {oninput} aria-describedby="hours-hint"
                aria-invalid={(!readable).then_some("true")} />
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct ClosedProps {
    days: Vec<Day>,
    draft: Draft,
}

/// Holidays, a line each; they count once all of them can be read.
#[component]
fn ClosedDays(props: &ClosedProps) -> Html {
    let desk = use_desk();
    let text = {
        let days = props.days.clone();
        use_state_eq(move || write_days(&days))
    };
    let readable = read_days(&text).is_some();
    let oninput = {
        let text = text.clone();
        let (settings, on_change) = (props.draft.settings.clone(), props.draft.on_change.clone());
        Callback::from(move |event: InputEvent| {
            let written = typed(&event);
            if let Some(days) = read_days(&written) {
                let mut next = settings.clone();
                if let Some(hours) = &mut next.forms.hours {
                    hours.closed = days;
                }
                on_change.emit(next);
            }
            text.set(written);
        })
    };
    html! {
        <div class="field">
            <label for="closed-days">{ words_of(&desk).closed_days }</label>
            <textarea id="closed-days" data-fd="closed-days" rows="2" {oninput}
                value={(*text).clone()} aria-invalid={(!readable).then_some("true")} />
        </div>
    }
}

fn write_days(days: &[Day]) -> String {
    let lines = days.iter().map(|day| format!("{:04}-{:02}-{:02}", day.year, day.month, day.day));
    lines.collect::<Vec<_>>().join("\n")
}

/// `None` while a line is no day.
fn read_days(text: &str) -> Option<Vec<Day>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(day).collect()
}

fn day(line: &str) -> Option<Day> {
    let mut parts = line.split(['-', '/', '.']);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let day = Day { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? };
    let is_one = (1..=12).contains(&day.month) && (1..=31).contains(&day.day) && day.year > 1_970;
    (is_one && parts.next().is_none()).then_some(day)
}

fn write(spans: &[Span]) -> String {
    let clock = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    let spans = spans.iter().map(|span| format!("{}-{}", clock(span.from), clock(span.to)));
    spans.collect::<Vec<_>>().join(", ")
}

/// `None` while it is no list of spans, one after another.
fn read(text: &str) -> Option<Vec<Span>> {
    let parts = text.split([',', '，', ';']).map(str::trim).filter(|part| !part.is_empty());
    let mut spans: Vec<Span> = Vec::new();
    for part in parts {
        let (from, to) = part.split_once(['-', '–', '—'])?;
        let span = Span { from: minutes(from)?, to: minutes(to)? };
        let after = spans.last().is_none_or(|last| last.to <= span.from);
        if span.from >= span.to || !after {
            return None;
        }
        spans.push(span);
    }
    Some(spans)
}

fn minutes(clock: &str) -> Option<u16> {
    let (hours, minutes) = clock.trim().split_once([':', '：'])?;
    let (hours, minutes) = (hours.parse::<u16>().ok()?, minutes.parse::<u16>().ok()?);
    let within = minutes < 60 && (hours < 24 || (hours == 24 && minutes == 0));
    within.then_some(hours * 60 + minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_days_are_read_as_they_are_written() {
        let days =
            vec![Day { year: 2026, month: 12, day: 25 }, Day { year: 2027, month: 1, day: 1 }];
        assert_eq!(write_days(&days), "2026-12-25\n2027-01-01");
        assert_eq!(read_days("2026-12-25\n\n 2027/1/1 "), Some(days));
        for faulty in ["soon", "2026-13-01", "2026-12", "2026-12-25-1"] {
            assert_eq!(read_days(faulty), None, "{faulty}");
        }
    }

    #[test]
    fn hours_are_read_as_they_are_written() {
        let day = vec![Span { from: 540, to: 720 }, Span { from: 780, to: 1_440 }];
        assert_eq!(write(&day), "09:00-12:00, 13:00-24:00");
        assert_eq!(read("09:00-12:00, 13:00-24:00"), Some(day.clone()));
        assert_eq!(read("9:00 – 12:00，13：00-24:00"), Some(day));
        assert_eq!(read(""), Some(Vec::new()));
        for faulty in
            ["9", "9:00", "12:00-9:00", "9:00-25:00", "9:61-10:00", "9:00-11:00,10:00-12:00"]
        {
            assert_eq!(read(faulty), None, "{faulty}");
        }
    }
}
