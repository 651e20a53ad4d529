//! Questions that no FAQ answers, read once by an engine; every pack is calibrated against them.
//! Knows no pack.

use std::collections::BTreeMap;

use protocol::locale::Locale;
use serde::Deserialize;

use super::reading::Reading;
use super::threads;
use crate::engine::Engine;

/// Most questions that are used: more would tell little and take time with each compilation.
const QUESTIONS_MAX: usize = 1_200;

/// A line of `models/corpus/out_of_scope.jsonl`.
#[derive(Debug, Clone, Deserialize)]
pub struct OutOfScope {
    pub text: String,
    pub locale: Locale,
    #[serde(default)]
    pub kind: OutOfScopeKind,
}

/// Why no FAQ answers it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutOfScopeKind {
    Chitchat,
    #[default]
    OtherDomain,
    Nonsense,
    /// About one visitor's own case: an entry may still be right, so these prove nothing.
    PersonalCase,
    /// Handed off before any ranking.
    WantsPerson,
    /// Handed off before any ranking.
    Complaint,
}

impl OutOfScopeKind {
    /// Whether every answer to it is wrong.
    fn unanswerable(self) -> bool {
        match self {
            Self::Chitchat | Self::OtherDomain | Self::Nonsense => true,
            Self::PersonalCase | Self::WantsPerson | Self::Complaint => false,
        }
    }
}

/// The questions, and what an engine made of them.
pub struct Bank {
    model: [u8; 32],
    readings: Vec<Reading>,
}

impl Bank {
    /// Takes some of `questions` where they are too many. Uses all processors.
    pub fn read(engine: &Engine, questions: &[OutOfScope]) -> Self {
        let texts: Vec<&str> =
            spread(questions, QUESTIONS_MAX).iter().map(|chosen| chosen.text.as_str()).collect();
        let readings = Reading::of_all(&texts, engine, threads::processors());
        Self { model: *engine.fingerprint(), readings }
    }

    /// How many questions it holds.
    pub fn questions(&self) -> usize {
        self.readings.len()
    }

    /// Whether this engine has read it.
    pub(super) fn fits(&self, engine: &Engine) -> bool {
        self.model == *engine.fingerprint()
    }

    pub(super) fn readings(&self) -> &[Reading] {
        &self.readings
    }
}

/// At most `count` unanswerable ones: as evenly over kinds and languages as there are questions,
/// and within those evenly over the list.
fn spread(questions: &[OutOfScope], count: usize) -> Vec<&OutOfScope> {
    let mut groups: BTreeMap<(OutOfScopeKind, Locale), Vec<&OutOfScope>> = BTreeMap::new();
    for question in questions.iter().filter(|question| question.kind.unanswerable()) {
        groups.entry((question.kind, question.locale)).or_default().push(question);
    }
    // The smallest first: what it leaves of its share goes to the others.
    let mut groups: Vec<Vec<&OutOfScope>> = groups.into_values().collect();
    groups.sort_by_key(Vec::len);
    let mut chosen = Vec::new();
    let mut left = groups.len();
    for group in groups {
        let share = ((count - chosen.len()) / left).min(group.len());
        chosen.extend((0..share).map(|at| group[at * group.len() / share]));
        left -= 1;
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn questions(kind: OutOfScopeKind, locale: Locale, count: usize) -> Vec<OutOfScope> {
        (0..count).map(|at| OutOfScope { text: at.to_string(), locale, kind }).collect()
    }

    #[test]
    fn a_large_bank_is_thinned_evenly() {
        use OutOfScopeKind::{Chitchat, Complaint, Nonsense, OtherDomain};
        let bank = [
            questions(OtherDomain, Locale::En, 1_000),
            questions(OtherDomain, Locale::Zh, 500),
            questions(Chitchat, Locale::Zh, 300),
            questions(Nonsense, Locale::En, 10),
            questions(Complaint, Locale::En, 50),
        ]
        .concat();
        let chosen = spread(&bank, 400);
        let count = |kind, locale| {
            chosen.iter().filter(|found| (found.kind, found.locale) == (kind, locale)).count()
        };
        assert_eq!(count(Nonsense, Locale::En), 10);
        assert_eq!(count(Complaint, Locale::En), 0);
        for (kind, locale) in
            [(OtherDomain, Locale::En), (OtherDomain, Locale::Zh), (Chitchat, Locale::Zh)]
        {
            assert_eq!(count(kind, locale), 130, "{kind:?} {locale:?}");
        }
        let last: usize = chosen.iter().filter_map(|found| found.text.parse().ok()).max().unwrap();
        assert!(last > 980, "only the beginning was taken: {last}");
        assert_eq!(spread(&bank, 5_000).len(), 1_810);
        assert!(spread(&[], 10).is_empty());
    }
}
