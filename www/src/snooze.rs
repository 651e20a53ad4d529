//! Until when a conversation can be put off, by the agent's own clock.

use crate::browser;

const HOUR_MS: u64 = 60 * 60 * 1_000;

/// When a day's work begins.
const MORNING_HOUR: u32 = 9;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Snooze {
    Hour,
    FourHours,
    Tomorrow,
    NextWeek,
    Reply,
}

impl Snooze {
    pub(crate) const ALL: [Self; 5] =
        [Self::Hour, Self::FourHours, Self::Tomorrow, Self::NextWeek, Self::Reply];

    pub(crate) fn token(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::FourHours => "four-hours",
            Self::Tomorrow => "tomorrow",
            Self::NextWeek => "next-week",
            Self::Reply => "reply",
        }
    }

    pub(crate) fn of_token(token: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|snooze| snooze.token() == token)
    }

    /// `None` is until the visitor writes.
    pub(crate) fn until_ms(self, now_ms: u64) -> Option<u64> {
        match self {
            Self::Hour => Some(now_ms + HOUR_MS),
            Self::FourHours => Some(now_ms + 4 * HOUR_MS),
            Self::Tomorrow => Some(browser::morning(1, MORNING_HOUR)),
            Self::NextWeek => Some(browser::morning(7, MORNING_HOUR)),
            Self::Reply => None,
        }
    }
}
