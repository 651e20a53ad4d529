//! When people answer: an owner's hours on the clocks of a place, as moments. Pure; the moment is
//! brought along.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use protocol::forms::{Availability, Day, Hours, Span};

/// Spans of one day: mornings, afternoons, and room for odd ones.
const SPANS_PER_DAY_MAX: usize = 6;

/// Closed days an owner may list: several years of holidays.
const CLOSED_DAYS_MAX: usize = 200;

/// How far ahead the next opening is looked for.
const DAYS_AHEAD: i32 = 60;

const DAY_MINUTES: u16 = 24 * 60;

/// Worded for the owner who wrote them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    #[error("`{0}` is no time zone: write it as Europe/Berlin")]
    Zone(String),
    #[error(
        "a day opens at most {SPANS_PER_DAY_MAX} times, each from an earlier to a later minute"
    )]
    Span,
    #[error("a closed day is no day of the calendar, or there are more than {CLOSED_DAYS_MAX}")]
    Day,
}

/// # Errors
/// A part of it cannot be read as time.
pub(super) fn validate(hours: &Hours) -> Result<(), HoursError> {
    if TimeZone::get(&hours.zone).is_err() {
        return Err(HoursError::Zone(hours.zone.chars().take(64).collect()));
    }
    let fits = |span: &Span| span.from < span.to && span.to <= DAY_MINUTES;
    let day_fits = |spans: &Vec<Span>| spans.len() <= SPANS_PER_DAY_MAX && spans.iter().all(fits);
    if !hours.week.iter().all(day_fits) {
        return Err(HoursError::Span);
    }
    let all_days = hours.closed.iter().all(|day| date(*day).is_some());
    if hours.closed.len() > CLOSED_DAYS_MAX || !all_days {
        return Err(HoursError::Day);
    }
    Ok(())
}

/// Whether people answer at this moment. Hours that cannot be read keep nobody out.
pub fn availability(hours: Option<&Hours>, now_ms: u64) -> Availability {
    const ALWAYS: Availability = Availability { open: true, changes_at_ms: None };
    let Some(hours) = hours else { return ALWAYS };
    let Some(open) = open_times(hours, now_ms) else { return ALWAYS };
    let now_ms = i64::try_from(now_ms).unwrap_or(i64::MAX);
    let next = open.into_iter().find(|time| time.until_ms > now_ms);
    let changes_at_ms = |at_ms: i64| u64::try_from(at_ms).ok();
    match next {
        Some(time) if time.from_ms <= now_ms => {
            Availability { open: true, changes_at_ms: changes_at_ms(time.until_ms) }
        }
        Some(time) => Availability { open: false, changes_at_ms: changes_at_ms(time.from_ms) },
        None => Availability { open: false, changes_at_ms: None },
    }
}

/// Without a gap between its ends.
struct OpenTime {
    from_ms: i64,
    until_ms: i64,
}

/// From today on, in order; what meets at midnight is one.
fn open_times(hours: &Hours, now_ms: u64) -> Option<Vec<OpenTime>> {
    let zone = TimeZone::get(&hours.zone).ok()?;
    let now = Timestamp::from_millisecond(i64::try_from(now_ms).ok()?).ok()?;
    let today = now.to_zoned(zone.clone()).date();
    let mut times: Vec<OpenTime> = Vec::new();
    for ahead in 0..DAYS_AHEAD {
        let day = today.checked_add(jiff::Span::new().days(ahead)).ok()?;
        if hours.closed.iter().any(|closed| date(*closed) == Some(day)) {
            continue;
        }
        let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).ok()?;
        let mut spans = hours.week.get(weekday)?.clone();
        spans.sort_by_key(|span| span.from);
        for span in spans {
            let from_ms = moment(day, span.from, &zone)?;
            let until_ms = moment(day, span.to, &zone)?;
            match times.last_mut().filter(|last| last.until_ms >= from_ms) {
                Some(last) => last.until_ms = last.until_ms.max(until_ms),
                None => times.push(OpenTime { from_ms, until_ms }),
            }
        }
    }
    Some(times)
}

/// On the day when clocks are put forward, a minute that does not exist is the one after the gap.
fn moment(day: Date, minute: u16, zone: &TimeZone) -> Option<i64> {
    let (day, minute) =
        if minute == DAY_MINUTES { (day.tomorrow().ok()?, 0) } else { (day, minute) };
    let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
    let zoned = day.at(hour, minute, 0, 0).to_zoned(zone.clone()).ok()?;
    Some(zoned.timestamp().as_millisecond())
}

fn date(day: Day) -> Option<Date> {
    Date::new(day.year, day.month, day.day).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> u64 {
        text.parse::<Timestamp>().unwrap().as_millisecond().unsigned_abs()
    }

    fn weekdays(from: u16, to: u16) -> [Vec<Span>; 7] {
        std::array::from_fn(|day| if day < 5 { vec![Span { from, to }] } else { Vec::new() })
    }

    fn berlin(week: [Vec<Span>; 7]) -> Hours {
        Hours { zone: "Europe/Berlin".to_owned(), week, closed: Vec::new() }
    }

    fn check(hours: &Hours, now: &str, open: bool, changes: Option<&str>) {
        let expected = Availability { open, changes_at_ms: changes.map(ms) };
        assert_eq!(availability(Some(hours), ms(now)), expected, "{now}");
    }

    #[test]
    fn office_hours_open_and_close_on_the_clocks_of_their_place() {
        let office = berlin(weekdays(9 * 60, 17 * 60));
        // A Wednesday in winter: Berlin is an hour ahead.
        check(&office, "2026-11-18T07:59:59Z", false, Some("2026-11-18T08:00:00Z"));
        check(&office, "2026-11-18T08:00:00Z", true, Some("2026-11-18T16:00:00Z"));
        check(&office, "2026-11-18T16:00:00Z", false, Some("2026-11-19T08:00:00Z"));
        // From Friday evening to Monday morning.
        check(&office, "2026-11-20T17:00:00Z", false, Some("2026-11-23T08:00:00Z"));
        // Over the night in which clocks are put forward.
        check(&office, "2026-03-27T20:00:00Z", false, Some("2026-03-30T07:00:00Z"));
    }

    #[test]
    fn closed_days_are_skipped_and_midnight_is_no_gap() {
        let mut office = berlin(weekdays(9 * 60, 17 * 60));
        office.closed = vec![Day { year: 2026, month: 12, day: 25 }];
        check(&office, "2026-12-24T18:00:00Z", false, Some("2026-12-28T08:00:00Z"));
        let mut week = weekdays(0, DAY_MINUTES);
        week[4] = vec![Span { from: 0, to: 60 }];
        check(&berlin(week), "2026-11-17T12:00:00Z", true, Some("2026-11-20T00:00:00Z"));
    }

    #[test]
    fn never_and_always() {
        check(&berlin(weekdays(0, 0).map(|_| Vec::new())), "2026-11-18T08:00:00Z", false, None);
        assert!(availability(None, ms("2026-11-18T08:00:00Z")).open);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        let good = berlin(weekdays(0, 60));
        assert_eq!(validate(&good), Ok(()));
        let zone = Hours { zone: "Mars/Base".to_owned(), ..good.clone() };
        assert_eq!(validate(&zone), Err(HoursError::Zone("Mars/Base".to_owned())));
        for (from, to) in [(60, 60), (60, 30), (0, 1441)] {
            let hours = Hours { week: weekdays(from, to), ..good.clone() };
            assert_eq!(validate(&hours), Err(HoursError::Span), "{from} {to}");
        }
        let closed = vec![Day { year: 2026, month: 2, day: 30 }];
        assert_eq!(validate(&Hours { closed, ..good }), Err(HoursError::Day));
    }
}
