//! The lexical index: TF-IDF over words, character trigrams (Latin script) and single and paired
//! characters (Han). Rebuilt from the phrases when a pack is loaded, which costs less than carrying
//! it. Knows phrases by number only.

use std::ops::Range;

use crate::fold::fold;
use crate::wordpiece::is_chinese;
use kernel::arithmetic::ln;

/// Shares of the kinds of feature in a phrase's weight.
const WORD: f32 = 1.0;
const TRIGRAM: f32 = 0.35;
const HAN: f32 = 0.5;
const HAN_PAIR: f32 = 1.0;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Feature {
    pub(super) hash: u32,
    pub(super) weight: f32,
}

#[derive(Clone, Copy)]
struct Posting {
    phrase: u32,
    weight: f32,
}

/// What a term is worth and where it occurs.
struct Term {
    hash: u32,
    idf: f32,
    postings_end: u32,
}

#[derive(Default)]
pub(crate) struct Lexicon {
    /// Sorted by hash; the postings of a term end where the next one's begin.
    terms: Vec<Term>,
    postings: Vec<Posting>,
    /// Of each phrase, its entry; entries lie in order.
    entries: Vec<u16>,
    /// Of each phrase, the sum of its postings' weights.
    sums: Vec<f32>,
    unseen_idf: f32,
}

/// Buffers and results of one look-up.
#[derive(Default)]
pub(crate) struct LexicalScratch {
    pub(crate) normalized: String,
    /// Cosine with each phrase.
    pub(crate) scores: Vec<f32>,
    /// Share of the question's weight in terms that no phrase has.
    pub(crate) unseen: f32,
    /// Share of the question's weight in terms of each entry's phrases.
    pub(crate) coverage: Vec<f32>,
    /// Share of each phrase's weight in terms of the question.
    pub(crate) contained: Vec<f32>,
    /// Share of the question's weight in each entry's answer.
    pub(crate) shares: Vec<f32>,
    pub(super) features: Vec<Feature>,
    pub(super) documents: Vec<f32>,
}

impl LexicalScratch {
    pub(crate) fn read(&mut self, text: &str) {
        normalize(text, &mut self.normalized);
    }
}

/// Folds, lowers, and keeps letters and digits; one space between words, none around Han.
pub(crate) fn normalize(text: &str, out: &mut String) {
    out.clear();
    let mut gap = false;
    for c in text.chars().filter_map(fold).flat_map(char::to_lowercase) {
        if !c.is_alphanumeric() {
            // "what's" and "whats" are one word.
            gap |= c != '\'';
            continue;
        }
        let previous = out.chars().next_back();
        if gap && previous.is_some_and(|p| !is_chinese(p)) && !is_chinese(c) {
            out.push(' ');
        }
        gap = false;
        out.push(c);
    }
}

impl Lexicon {
    /// `phrases` are normalized texts, each with the number of its entry.
    pub(crate) fn build<'texts>(phrases: impl Iterator<Item = (u16, &'texts str)>) -> Self {
        let mut occurrences = Vec::new();
        let mut features = Vec::new();
        let mut entry_of = Vec::new();
        for (entry, text) in phrases {
            let phrase = entry_of.len() as u32;
            collect_features(text, &mut features);
            occurrences.extend(features.iter().map(|f| (f.hash, entry, phrase, f.weight)));
            entry_of.push(entry);
        }
        let entries = entry_of.last().map_or(0, |last| last + 1);
        // Numbers are compared only to break ties that cannot occur: hash and phrase are distinct.
        occurrences.sort_unstable_by_key(|&(hash, _, phrase, _)| (hash, phrase));
        let mut lexicon = Self {
            entries: entry_of,
            unseen_idf: ln(1.0 + f32::from(entries)) + 1.0,
            ..Self::default()
        };
        for term in occurrences.chunk_by(|a, b| a.0 == b.0) {
            lexicon.push_term(term, entries);
        }
        lexicon.scale_to_unit_length();
        lexicon
    }

    /// Scores every phrase against `scratch.normalized`, as if those of `without` were missing.
    pub(crate) fn score(&self, scratch: &mut LexicalScratch, without: &Range<usize>) {
        let LexicalScratch { normalized, scores, unseen, coverage, contained, features, .. } =
            scratch;
        for of_phrases in [&mut *scores, &mut *contained] {
            of_phrases.clear();
            of_phrases.resize(self.entries.len(), 0.0);
        }
        coverage.clear();
        coverage.resize(self.entries.last().map_or(0, |last| usize::from(*last) + 1), 0.0);
        collect_features(normalized, features);
        let (mut total, mut missing, mut plain_total) = (0.0_f32, 0.0_f32, 0.0_f32);
        for feature in features.iter() {
            let found = self.terms.binary_search_by_key(&feature.hash, |term| term.hash).ok();
            let found = found.filter(|at| self.is_elsewhere(*at, without));
            let idf = found.map_or(self.unseen_idf, |at| self.terms[at].idf);
            let weight = feature.weight * idf;
            total += weight * weight;
            plain_total += weight;
            match found {
                Some(at) => {
                    let mut covered = None;
                    for posting in self.postings_of(at) {
                        let phrase = posting.phrase as usize;
                        scores[phrase] += weight * posting.weight;
                        contained[phrase] += posting.weight;
                        let entry = self.entries[phrase];
                        if covered != Some(entry) && !without.contains(&phrase) {
                            coverage[usize::from(entry)] += weight;
                            covered = Some(entry);
                        }
                    }
                }
                None => missing += weight * weight,
            }
        }
        *unseen = if total > 0.0 { missing / total } else { 1.0 };
        let inverse = if total > 0.0 { 1.0 / total.sqrt() } else { 0.0 };
        scores.iter_mut().for_each(|score| *score *= inverse);
        let inverse = if plain_total > 0.0 { 1.0 / plain_total } else { 0.0 };
        coverage.iter_mut().for_each(|share| *share *= inverse);
        contained.iter_mut().zip(&self.sums).for_each(|(share, sum)| *share /= sum.max(SUM_MIN));
    }

    /// Whether some phrase has this word (Latin script, normalized).
    pub(crate) fn has_word(&self, word: &str) -> bool {
        self.terms.binary_search_by_key(&hash_of(b'w', word), |term| term.hash).is_ok()
    }

    /// Whether some phrase outside of `without` has the term.
    fn is_elsewhere(&self, term: usize, without: &Range<usize>) -> bool {
        // Sorted by phrase, so the ends tell.
        let ends = [self.postings_of(term).first(), self.postings_of(term).last()];
        ends.into_iter().flatten().any(|posting| !without.contains(&(posting.phrase as usize)))
    }

    fn postings_of(&self, term: usize) -> &[Posting] {
        let start = if term == 0 { 0 } else { self.terms[term - 1].postings_end as usize };
        &self.postings[start..self.terms[term].postings_end as usize]
    }

    fn push_term(&mut self, occurrences: &[(u32, u16, u32, f32)], entries: u16) {
        // Phrases of one entry lie together, so its occurrences do too.
        let frequency = occurrences.chunk_by(|a, b| a.1 == b.1).count();
        let idf = ln((1.0 + f32::from(entries)) / (1.0 + frequency as f32)) + 1.0;
        self.postings.extend(
            occurrences
                .iter()
                .map(|&(_, _, phrase, weight)| Posting { phrase, weight: weight * idf }),
        );
        let postings_end = self.postings.len() as u32;
        self.terms.push(Term { hash: occurrences[0].0, idf, postings_end });
    }

    fn scale_to_unit_length(&mut self) {
        let mut lengths = vec![0.0_f32; self.entries.len()];
        for posting in &self.postings {
            lengths[posting.phrase as usize] += posting.weight * posting.weight;
        }
        self.sums.resize(self.entries.len(), 0.0);
        for posting in &mut self.postings {
            posting.weight /= lengths[posting.phrase as usize].sqrt();
            self.sums[posting.phrase as usize] += posting.weight;
        }
    }
}

/// A phrase of a crafted pack may have no term at all.
const SUM_MIN: f32 = f32::MIN_POSITIVE;

/// The distinct features of a normalized text, sorted by hash.
pub(super) fn collect_features(normalized: &str, features: &mut Vec<Feature>) {
    features.clear();
    for word in normalized.split(' ') {
        let mut rest = word;
        while let Some(first) = rest.chars().next() {
            let han = is_chinese(first);
            let end = rest.find(|c| is_chinese(c) != han).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            if han {
                han_features(run, features)
            } else {
                word_features(run, features)
            }
            rest = after;
        }
    }
    features.sort_unstable_by_key(|feature| feature.hash);
    features.dedup_by_key(|feature| feature.hash);
}

fn word_features(word: &str, features: &mut Vec<Feature>) {
    features.push(Feature { hash: hash_of(b'w', word), weight: WORD });
    let edges = std::iter::once('<').chain(word.chars()).chain(std::iter::once('>'));
    let mut window = ['\0'; 3];
    for (at, c) in edges.enumerate() {
        window = [window[1], window[2], c];
        if at >= 2 {
            features.push(Feature { hash: hash_of_chars(b't', &window), weight: TRIGRAM });
        }
    }
}

fn han_features(run: &str, features: &mut Vec<Feature>) {
    let mut previous = None;
    for c in run.chars() {
        features.push(Feature { hash: hash_of_chars(b'h', &[c]), weight: HAN });
        if let Some(previous) = previous {
            features.push(Feature { hash: hash_of_chars(b'p', &[previous, c]), weight: HAN_PAIR });
        }
        previous = Some(c);
    }
}

fn hash_of(kind: u8, text: &str) -> u32 {
    text.bytes().fold(fnv(0x811c_9dc5, kind), fnv)
}

fn hash_of_chars(kind: u8, chars: &[char]) -> u32 {
    let bytes = chars.iter().flat_map(|&c| u32::from(c).to_le_bytes());
    bytes.fold(fnv(0x811c_9dc5, kind), fnv)
}

/// One step of FNV-1a.
fn fnv(hash: u32, byte: u8) -> u32 {
    (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_normalized(text: &str, expected: &str) {
        let mut out = String::from("left over");
        normalize(text, &mut out);
        assert_eq!(out, expected);
        let once = out.clone();
        normalize(&once, &mut out);
        assert_eq!(out, once, "normalizing twice changes nothing");
    }

    #[test]
    fn normalization_keeps_letters_and_digits() {
        check_normalized("", "");
        check_normalized("😀 ?!", "");
        check_normalized("  Where's   MY order?? ", "wheres my order");
        check_normalized("运费 多少？满多少 包邮", "运费多少满多少包邮");
        check_normalized("用 Apple Pay 可以吗", "用apple pay可以吗");
        check_normalized("ＡＢ，cd", "ab cd");
    }

    fn best(question: &str) -> (usize, f32, f32) {
        let phrases =
            [(0, "where is my order"), (0, "track my parcel"), (1, "怎么退货"), (2, "运费多少")];
        let lexicon = Lexicon::build(phrases.into_iter());
        let mut scratch = LexicalScratch::default();
        normalize(question, &mut scratch.normalized);
        lexicon.score(&mut scratch, &(0..0));
        let mut best = 0;
        for (at, score) in scratch.scores.iter().enumerate() {
            if *score > scratch.scores[best] {
                best = at;
            }
        }
        (best, scratch.scores[best], scratch.unseen)
    }

    #[test]
    fn the_nearest_phrase_wins_and_a_repetition_is_one() {
        let (phrase, score, unseen) = best("track my parcel!");
        assert_eq!((phrase, unseen), (1, 0.0));
        assert!((score - 1.0).abs() < 1e-5);
        assert_eq!(best("tracking parcels").0, 1);
        assert_eq!(best("我要退货").0, 2);
        assert_eq!(best("邮寄运费").0, 3);
    }

    #[test]
    fn a_phrase_left_out_is_not_known_by_its_own_words() {
        let phrases = [(0, "where is my order"), (0, "track my parcel")];
        let lexicon = Lexicon::build(phrases.into_iter());
        let mut scratch = LexicalScratch::default();
        scratch.read("track my parcel");
        lexicon.score(&mut scratch, &(1..2));
        assert!(scratch.unseen > 0.5 && scratch.unseen < 1.0, "{}", scratch.unseen);
        lexicon.score(&mut scratch, &(0..2));
        assert_eq!(scratch.unseen, 1.0);
    }

    #[test]
    fn foreign_words_score_nothing() {
        let (_, score, unseen) = best("xylophone quiz");
        assert!(score < 0.1 && unseen > 0.8, "{score} {unseen}");
        let (_, score, unseen) = best("");
        assert_eq!((score, unseen), (0.0, 1.0));
    }
}
