//! Bodies of the reports: what happened in a span of days, added up.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::ids::{AgentId, SiteKey};

/// Days of one report.
pub const DAYS_MAX: u32 = 366;

/// Query of `GET /v1/reports` and `GET /v1/reports.csv`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportQuery {
    /// Days since 1970-01-01 in the reader's own time; both are included.
    pub from_day: u32,
    pub to_day: u32,
    /// What to add to UTC for the reader's time. Days begin at whole hours.
    #[serde(default)]
    pub utc_offset_min: i32,
    #[serde(default)]
    pub site: Option<SiteKey>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub total: Figures,
    /// Every day of the span, quiet ones included.
    pub days: Vec<DayFigures>,
    /// The busiest first.
    pub agents: Vec<AgentFigures>,
    /// The most asked first.
    pub intents: Vec<IntentFigures>,
    /// Older days are still being added up after an upgrade.
    #[serde(default)]
    pub incomplete: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Conversations that began.
    pub conversations: u64,
    pub visitor_messages: u64,
    pub bot_answers: u64,
    /// Answered in browsers of private sites, without a conversation.
    pub browser_answers: u64,
    /// Of the conversations that began then: those the bot answered and no person was needed for.
    pub deflected: u64,
    /// Of the conversations that began then: those a person was asked for or spoke in.
    pub with_person: u64,
    /// From asking for a person to an agent's first words.
    pub first_reply: Times,
    /// From the beginning, or the last reopening, to the end.
    pub resolution: Times,
    /// Ratings from 1 to 5.
    pub ratings: [u64; 5],
}

/// Durations added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Times {
    pub count: u64,
    pub average_s: f64,
    /// From a histogram: within a tenth of the true one.
    pub median_s: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DayFigures {
    pub day: u32,
    pub figures: Figures,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentFigures {
    pub agent: AgentId,
    pub name: String,
    pub replies: u64,
    pub first_reply: Times,
    pub resolution: Times,
    pub ratings: [u64; 5],
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IntentFigures {
    pub intent: String,
    pub messages: u64,
}
