//! Weighs the larger encoder's cosines with the small one's ranking. Three steps: score every
//! entry, give the best one a probability, compare that with two thresholds. The numbers are fitted
//! by `models/train/fit_tier.py`, which must compute the same. Knows no words of answers.

use protocol::ids::EntryId;
use serde::Deserialize;

use crate::folder::TierError;

/// Whatever turns a sentence into a unit vector: [`crate::Encoder`], or a stand-in of tests.
pub trait Sentences: Send + Sync {
    /// # Errors
    /// The sentence cannot be encoded.
    fn encode(&self, text: &str) -> Result<Vec<f32>, TierError>;
}

/// Most entries to choose from.
const CHOICES_MAX: usize = 3;

/// The small model's certainty is never taken at its extremes.
const PROBABILITY_MIN: f32 = 0.005;

const FEATURES: usize = 5;

/// `rerank.json`, fitted for one encoder.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rerank {
    pub(crate) format: u32,
    /// The `name` in `tier.json` it was fitted for.
    pub(crate) encoder: String,
    /// Share of the nearest phrase; the rest is the second nearest's.
    best_phrase: f32,
    /// What the small model's first gets on top, and each that it ranked.
    first: f32,
    ranked: f32,
    /// Of: 1, score, lead, the small model's log-odds, agreement with its first.
    weights: [f32; FEATURES],
    answer_min: f32,
    ask_min: f32,
}

/// An FAQ's phrases as vectors.
pub struct Phrases {
    entries: Vec<EntryId>,
    /// The number of its entry, and the vector.
    rows: Vec<(usize, Vec<f32>)>,
}

/// What the small model made of the question.
#[derive(Debug, Clone, Copy)]
pub struct SmallView<'a> {
    /// Best first.
    pub ranked: &'a [EntryId],
    /// Of the first, to be right.
    pub probability: f32,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Opinion {
    Answer { entry: EntryId, probability: f32 },
    AskBack { entries: Vec<EntryId> },
    Silence,
}

impl Phrases {
    /// `texts` are phrases with their entries; phrases of one entry lie together.
    ///
    /// # Errors
    /// A phrase cannot be encoded.
    pub fn embed<'texts>(
        sentences: &dyn Sentences,
        texts: impl Iterator<Item = (&'texts EntryId, &'texts str)>,
    ) -> Result<Self, TierError> {
        let (mut entries, mut rows) = (Vec::<EntryId>::new(), Vec::new());
        for (entry, text) in texts {
            if entries.last() != Some(entry) {
                entries.push(entry.clone());
            }
            rows.push((entries.len() - 1, sentences.encode(text)?));
        }
        Ok(Self { entries, rows })
    }
}

impl Rerank {
    /// `vector` is the question's.
    pub fn weigh(&self, vector: &[f32], phrases: &Phrases, small: SmallView<'_>) -> Opinion {
        let mut scored: Vec<(f32, &EntryId)> =
            self.scores(vector, phrases, small).into_iter().zip(&phrases.entries).collect();
        // Stable, so that equals keep the order of the FAQ.
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        let [(score, best), (rival, _), ..] = scored[..] else { return Opinion::Silence };
        let p = small.probability.clamp(PROBABILITY_MIN, 1.0 - PROBABILITY_MIN);
        let agrees = if small.ranked.first() == Some(best) { 1.0 } else { 0.0 };
        let features = [1.0, score, score - rival, (p / (1.0 - p)).ln(), agrees];
        let sum: f32 = self.weights.iter().zip(features).map(|(weight, x)| weight * x).sum();
        let probability = 1.0 / (1.0 + (-sum).exp());
        if probability >= self.answer_min {
            Opinion::Answer { entry: best.clone(), probability }
        } else if probability >= self.ask_min {
            let entries = scored.iter().take(CHOICES_MAX).map(|(_, entry)| (*entry).clone());
            Opinion::AskBack { entries: entries.collect() }
        } else {
            Opinion::Silence
        }
    }

    /// One for each entry.
    fn scores(&self, vector: &[f32], phrases: &Phrases, small: SmallView<'_>) -> Vec<f32> {
        let mut nearest = vec![(f32::MIN, f32::MIN); phrases.entries.len()];
        for (entry, row) in &phrases.rows {
            let cosine: f32 = vector.iter().zip(row).map(|(a, b)| a * b).sum();
            let (best, second) = &mut nearest[*entry];
            *second = second.max(cosine.min(*best));
            *best = best.max(cosine);
        }
        let entries = nearest.iter().zip(&phrases.entries);
        entries
            .map(|((best, second), entry)| {
                // One phrase is its own second.
                let second = if *second == f32::MIN { best } else { second };
                let first = if small.ranked.first() == Some(entry) { self.first } else { 0.0 };
                let ranked = if small.ranked.contains(entry) { self.ranked } else { 0.0 };
                self.best_phrase * best + (1.0 - self.best_phrase) * second + first + ranked
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A word each for a direction.
    struct Words;

    impl Sentences for Words {
        fn encode(&self, text: &str) -> Result<Vec<f32>, TierError> {
            let mut vector =
                ["parcel", "return", "price"].map(|word| f32::from(u8::from(text.contains(word))));
            let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
            vector.iter_mut().for_each(|x| *x /= length.max(1.0));
            Ok(vector.to_vec())
        }
    }

    fn id(name: &str) -> EntryId {
        EntryId::parse(name).unwrap()
    }

    fn check(text: &str, ranked: &[&str], probability: f32, expected: Opinion) {
        let rerank = Rerank {
            format: 1,
            encoder: String::new(),
            best_phrase: 0.75,
            first: 0.1,
            ranked: 0.05,
            weights: [-4.0, 4.0, 4.0, 0.2, 0.5],
            answer_min: 0.9,
            ask_min: 0.3,
        };
        let entries = [id("track"), id("refund"), id("cost")];
        let texts = [(0, "parcel"), (0, "my parcel"), (1, "return"), (2, "price")];
        let texts = texts.iter().map(|(entry, text)| (&entries[*entry], *text));
        let phrases = Phrases::embed(&Words, texts).unwrap();
        let ranked: Vec<EntryId> = ranked.iter().map(|name| id(name)).collect();
        let small = SmallView { ranked: &ranked, probability };
        let vector = Words.encode(text).unwrap();
        let found = match rerank.weigh(&vector, &phrases, small) {
            Opinion::Answer { entry, .. } => Opinion::Answer { entry, probability: 1.0 },
            other @ (Opinion::AskBack { .. } | Opinion::Silence) => other,
        };
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn both_models_decide_together() {
        let answer = |name| Opinion::Answer { entry: id(name), probability: 1.0 };
        let ask = |names: [&str; 3]| Opinion::AskBack { entries: names.map(id).to_vec() };
        check("parcel", &["track", "cost"], 0.2, answer("track"));
        // The larger one overrules a first that it knows nothing of.
        check("parcel", &["cost", "track"], 0.2, answer("track"));
        // What it cannot tell apart, the small one's order decides, with less certainty.
        check("parcel or price", &["cost", "track"], 0.2, ask(["cost", "track", "refund"]));
        check("weather", &["cost"], 0.05, Opinion::Silence);
    }
}
