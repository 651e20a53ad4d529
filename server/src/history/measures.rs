//! What the reports count, as a fold over one conversation's messages: each message adds to some
//! hour's numbers. Pure.

use protocol::conversation::{Author, Body, Message, Notice};
use protocol::ids::AgentId;
use serde::{Deserialize, Serialize};

use super::histogram::bucket_of;

pub(super) const HOUR_MS: u64 = 3_600_000;

/// A number that reports add up. The table holds these numbers: they stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Measure {
    Conversations = 1,
    VisitorMessages = 2,
    BotAnswers = 3,
    BrowserAnswers = 4,
    Deflected = 5,
    WithPerson = 6,
    /// By agent, in buckets of duration.
    FirstReply = 7,
    /// By the agent who spoke last, in buckets of duration.
    Resolution = 8,
    /// By agent.
    Replies = 9,
    /// By the agent who spoke last; the bucket is the rating.
    Rating = 10,
    /// By intent.
    Intent = 11,
}

impl Measure {
    pub(super) const ALL: [Self; 11] = [
        Self::Conversations,
        Self::VisitorMessages,
        Self::BotAnswers,
        Self::BrowserAnswers,
        Self::Deflected,
        Self::WithPerson,
        Self::FirstReply,
        Self::Resolution,
        Self::Replies,
        Self::Rating,
        Self::Intent,
    ];
}

/// Added to the numbers of one hour.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Addition {
    pub(super) measure: Measure,
    pub(super) at_ms: u64,
    /// An agent's id or an intent; empty for all others.
    pub(super) subject: String,
    pub(super) bucket: u32,
    pub(super) count: i64,
    /// Seconds, where the measure is one of durations.
    pub(super) sum_s: f64,
}

impl Addition {
    pub(super) fn one(measure: Measure, at_ms: u64) -> Self {
        Self { measure, at_ms, subject: String::new(), bucket: 0, count: 1, sum_s: 0.0 }
    }

    pub(super) fn about(self, subject: &str) -> Self {
        Self { subject: subject.to_owned(), ..self }
    }

    fn lasting(self, duration_ms: u64) -> Self {
        let sum_s = duration_ms as f64 / 1_000.0;
        Self { bucket: bucket_of(sum_s), sum_s, ..self }
    }
}

/// What has to be known of a conversation to count its next message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tracked {
    started_ms: u64,
    /// The beginning, or the last reopening.
    opened_ms: u64,
    #[serde(default)]
    answered: bool,
    /// One was asked for, or spoke.
    #[serde(default)]
    person: bool,
    #[serde(default)]
    waiting_ms: Option<u64>,
    #[serde(default)]
    replied: bool,
    #[serde(default)]
    resolved: bool,
    #[serde(default)]
    last_agent: Option<AgentId>,
    /// Of the present end.
    #[serde(default)]
    rating: Option<Rating>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Rating {
    stars: u8,
    at_ms: u64,
    /// Empty when it was the bot alone.
    agent: String,
}

impl Rating {
    fn addition(&self) -> Addition {
        let rating = Addition::one(Measure::Rating, self.at_ms).about(&self.agent);
        Addition { bucket: u32::from(self.stars), ..rating }
    }
}

impl Tracked {
    pub(super) fn start(at_ms: u64, additions: &mut Vec<Addition>) -> Self {
        additions.push(Addition::one(Measure::Conversations, at_ms));
        Self {
            started_ms: at_ms,
            opened_ms: at_ms,
            answered: false,
            person: false,
            waiting_ms: None,
            replied: false,
            resolved: false,
            last_agent: None,
            rating: None,
        }
    }

    pub(super) fn take(&mut self, message: &Message, additions: &mut Vec<Addition>) {
        let at_ms = message.at_ms;
        match (&message.author, &message.body) {
            (_, Body::Notice { notice }) => self.notice(notice, at_ms, additions),
            (Author::Visitor, _) => {
                additions.push(Addition::one(Measure::VisitorMessages, at_ms));
                self.reopen(at_ms);
            }
            (Author::Bot { .. }, Body::Answer { .. }) => {
                additions.push(Addition::one(Measure::BotAnswers, at_ms));
                if !self.answered {
                    self.answered = true;
                    self.count_deflected(1, additions);
                }
            }
            (
                Author::Agent { id, .. },
                Body::Text { .. } | Body::Rich { .. } | Body::File { .. },
            ) => {
                self.reply(*id, at_ms, additions);
            }
            (Author::Bot { .. } | Author::Agent { .. } | Author::System, _) => {}
        }
    }

    /// Whoever changes their mind is counted once.
    fn rate(&mut self, stars: u8, at_ms: u64, additions: &mut Vec<Addition>) {
        let new = Rating { stars, at_ms, agent: self.agent() };
        if let Some(old) = self.rating.replace(new.clone()) {
            additions.push(Addition { count: -1, ..old.addition() });
        }
        additions.push(new.addition());
    }

    fn agent(&self) -> String {
        self.last_agent.map(|agent| agent.to_string()).unwrap_or_default()
    }

    /// While the bot alone is in it, an answered conversation is one that needed nobody.
    fn count_deflected(&self, count: i64, additions: &mut Vec<Addition>) {
        if self.answered && !self.person {
            let one = Addition::one(Measure::Deflected, self.started_ms);
            additions.push(Addition { count, ..one });
        }
    }

    fn needs_person(&mut self, additions: &mut Vec<Addition>) {
        if !self.person {
            self.count_deflected(-1, additions);
            self.person = true;
            additions.push(Addition::one(Measure::WithPerson, self.started_ms));
        }
    }

    fn reply(&mut self, agent: AgentId, at_ms: u64, additions: &mut Vec<Addition>) {
        self.needs_person(additions);
        self.last_agent = Some(agent);
        additions.push(Addition::one(Measure::Replies, at_ms).about(&self.agent()));
        if !self.replied {
            self.replied = true;
            // Somebody who came unasked kept nobody waiting.
            if let Some(since_ms) = self.waiting_ms {
                let first = Addition::one(Measure::FirstReply, at_ms).about(&self.agent());
                additions.push(first.lasting(at_ms.saturating_sub(since_ms)));
            }
        }
    }

    fn notice(&mut self, notice: &Notice, at_ms: u64, additions: &mut Vec<Addition>) {
        match notice {
            Notice::HandedOff { .. } => {
                self.needs_person(additions);
                self.waiting_ms.get_or_insert(at_ms);
            }
            Notice::AgentJoined { .. } => self.needs_person(additions),
            Notice::Resolved if !self.resolved => {
                self.resolved = true;
                self.rating = None;
                let over = Addition::one(Measure::Resolution, at_ms).about(&self.agent());
                additions.push(over.lasting(at_ms.saturating_sub(self.opened_ms)));
            }
            Notice::Reopened => self.reopen(at_ms),
            Notice::Rated { score, .. } => self.rate(u8::from(*score), at_ms, additions),
            Notice::Resolved | Notice::GivenBack | Notice::AnswerFlagged { .. } => {}
        }
    }

    fn reopen(&mut self, at_ms: u64) {
        if self.resolved {
            self.resolved = false;
            self.opened_ms = at_ms;
        }
    }
}

#[cfg(test)]
#[path = "measures_tests.rs"]
mod tests;
