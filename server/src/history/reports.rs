//! The reports, added up from the numbers of hours.

use std::collections::BTreeMap;

use protocol::ids::AgentId;
use protocol::reports::{
    AgentFigures, DayFigures, Figures, IntentFigures, Report, ReportQuery, Times,
};
use rusqlite::params;
use uuid::Uuid;

use super::HistoryError;
use super::histogram::median_s;
use super::measures::{HOUR_MS, Measure};
use super::sqlite::{Tables, integer};

const DAY_MS: i64 = 24 * 3_600_000;

/// Agents, and intents, of one report; the rest did least.
const ROWS_MAX: usize = 500;

/// One number of the table, of one day.
struct Number {
    day: i64,
    measure: Measure,
    subject: String,
    bucket: u32,
    count: i64,
    sum_s: f64,
}

/// Figures in the making.
#[derive(Default)]
struct Sums {
    counts: BTreeMap<Measure, i64>,
    first_reply: Durations,
    resolution: Durations,
    ratings: [u64; 5],
}

#[derive(Default)]
struct Durations {
    buckets: BTreeMap<u32, u64>,
    sum_s: f64,
}

impl Durations {
    fn add(&mut self, number: &Number) {
        *self.buckets.entry(number.bucket).or_default() += number.count.unsigned_abs();
        self.sum_s += number.sum_s;
    }

    fn times(&self) -> Times {
        let buckets: Vec<(u32, u64)> = self.buckets.iter().map(|(at, n)| (*at, *n)).collect();
        let count: u64 = buckets.iter().map(|(_, count)| count).sum();
        if count == 0 {
            return Times::default();
        }
        let average_s = self.sum_s / count as f64;
        Times { count, average_s, median_s: median_s(&buckets) }
    }
}

impl Sums {
    fn add(&mut self, number: &Number) {
        match number.measure {
            Measure::FirstReply => self.first_reply.add(number),
            Measure::Resolution => self.resolution.add(number),
            Measure::Rating => {
                let place = usize::try_from(number.bucket).unwrap_or(1).clamp(1, 5) - 1;
                self.ratings[place] += number.count.unsigned_abs();
            }
            Measure::Conversations
            | Measure::VisitorMessages
            | Measure::BotAnswers
            | Measure::BrowserAnswers
            | Measure::Deflected
            | Measure::WithPerson
            | Measure::Replies
            | Measure::Intent => {
                *self.counts.entry(number.measure).or_default() += number.count;
            }
        }
    }

    fn count(&self, measure: Measure) -> u64 {
        let count = self.counts.get(&measure).copied().unwrap_or_default();
        u64::try_from(count).unwrap_or(0)
    }

    fn figures(&self) -> Figures {
        Figures {
            conversations: self.count(Measure::Conversations),
            visitor_messages: self.count(Measure::VisitorMessages),
            bot_answers: self.count(Measure::BotAnswers),
            browser_answers: self.count(Measure::BrowserAnswers),
            deflected: self.count(Measure::Deflected),
            with_person: self.count(Measure::WithPerson),
            first_reply: self.first_reply.times(),
            resolution: self.resolution.times(),
            ratings: self.ratings,
        }
    }
}

impl Tables {
    /// Names of agents are not known here and left empty.
    pub(super) fn report(&self, query: &ReportQuery) -> Result<Report, HistoryError> {
        let mut total = Sums::default();
        let mut days: BTreeMap<i64, Sums> = BTreeMap::new();
        let mut agents: BTreeMap<AgentId, Sums> = BTreeMap::new();
        let mut intents: BTreeMap<String, u64> = BTreeMap::new();
        for day in query.from_day..=query.to_day {
            days.insert(i64::from(day), Sums::default());
        }
        self.numbers(query, |number| {
            total.add(&number);
            days.entry(number.day).or_default().add(&number);
            if number.measure == Measure::Intent {
                *intents.entry(number.subject).or_default() += number.count.unsigned_abs();
            } else if let Ok(agent) = Uuid::parse_str(&number.subject) {
                agents.entry(AgentId(agent)).or_default().add(&number);
            }
        })?;
        let days = days.iter().map(|(day, sums)| DayFigures {
            day: u32::try_from(*day).unwrap_or(0),
            figures: sums.figures(),
        });
        Ok(Report {
            total: total.figures(),
            days: days.collect(),
            agents: agent_figures(&agents),
            intents: intent_figures(intents),
            incomplete: self.uncounted()?,
        })
    }

    fn numbers(
        &self,
        query: &ReportQuery,
        mut take: impl FnMut(Number),
    ) -> Result<(), HistoryError> {
        let offset_ms = i64::from(query.utc_offset_min) * 60_000;
        let hour_ms = integer(HOUR_MS);
        let hour_of = |day: i64| (day * DAY_MS - offset_ms).div_euclid(hour_ms);
        let (from, to) = (hour_of(query.from_day.into()), hour_of(i64::from(query.to_day) + 1));
        let mut select = self.connection.prepare_cached(
            "SELECT hour, measure, subject, bucket, count, sum_s FROM measures
             WHERE hour >= ?1 AND hour < ?2 AND (?3 IS NULL OR site = ?3)",
        )?;
        let site = query.site.as_ref().map(|site| site.as_str().to_owned());
        let mut rows = select.query(params![from, to, site])?;
        while let Some(row) = rows.next()? {
            let measure: u8 = row.get(1)?;
            // A number that a newer program counts is none of ours.
            let Some(measure) = Measure::ALL.into_iter().find(|known| *known as u8 == measure)
            else {
                continue;
            };
            let hour: i64 = row.get(0)?;
            take(Number {
                day: (hour * hour_ms + offset_ms).div_euclid(DAY_MS),
                measure,
                subject: row.get(2)?,
                bucket: row.get(3)?,
                count: row.get(4)?,
                sum_s: row.get(5)?,
            });
        }
        Ok(())
    }

    fn uncounted(&self) -> Result<bool, HistoryError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM uncounted)";
        Ok(self.connection.query_row(sql, [], |row| row.get(0))?)
    }
}

fn agent_figures(agents: &BTreeMap<AgentId, Sums>) -> Vec<AgentFigures> {
    let figures = agents.iter().map(|(agent, sums)| AgentFigures {
        agent: *agent,
        name: String::new(),
        replies: sums.count(Measure::Replies),
        first_reply: sums.first_reply.times(),
        resolution: sums.resolution.times(),
        ratings: sums.ratings,
    });
    let mut figures: Vec<_> = figures.collect();
    figures.sort_by_key(|figures| std::cmp::Reverse(figures.replies));
    figures.truncate(ROWS_MAX);
    figures
}

fn intent_figures(intents: BTreeMap<String, u64>) -> Vec<IntentFigures> {
    let figures = intents.into_iter().map(|(intent, messages)| IntentFigures { intent, messages });
    let mut figures: Vec<_> = figures.collect();
    figures.sort_by_key(|figures| std::cmp::Reverse(figures.messages));
    figures.truncate(ROWS_MAX);
    figures
}
