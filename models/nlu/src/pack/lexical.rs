//! The lexical index: TF-IDF over words, character trigrams (Latin script) and single and paired
//! characters (Han). Rebuilt from the phrases when a pack is loaded, which costs less than carrying
//! it. Knows phrases by number only.

use std::ops::Range;

use crate::fold::fold;
use crate::wordpiece::is_chinese;
use kernel::arithmetic::ln;
use kernel::sort::sort_by_upper_half;

/// What a feature is made of. The number is part of its hash and of an [`Occurrence`].
#[derive(Clone, Copy)]
enum Kind {
    Word = 0,
    Trigram = 1,
    Han = 2,
    HanPair = 3,
}

/// Of each kind, its share in a phrase's weight.
const WEIGHTS: [f32; 4] = [1.0, 0.35, 0.5, 1.0];

/// A feature in a text, in one number that sorts fast: from the top its hash, the number of the
/// text, two bits of its kind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Occurrence(u64);

impl Occurrence {
    fn new(hash: u32, text: u32, kind: Kind) -> Self {
        Self((u64::from(hash) << 32) | u64::from(text << 2) | kind as u64)
    }

    pub(super) fn hash(self) -> u32 {
        (self.0 >> 32) as u32
    }

    pub(super) fn text(self) -> u32 {
        self.0 as u32 >> 2
    }

    fn weight(self) -> f32 {
        WEIGHTS[self.0 as usize % WEIGHTS.len()]
    }
}

/// The distinct features of normalized texts, sorted by hash, then text.
#[derive(Default)]
pub(super) struct Occurrences(Vec<u64>);

impl Occurrences {
    /// `text` counts up from call to call.
    pub(super) fn collect(&mut self, normalized: &str, text: u32) {
        let found = &mut self.0;
        each_feature(normalized, &mut |hash, kind| found.push(Occurrence::new(hash, text, kind).0));
    }

    pub(super) fn sorted(mut self) -> Vec<Occurrence> {
        sort_by_upper_half(&mut self.0);
        self.0.dedup_by_key(|number| *number >> 2);
        self.0.into_iter().map(Occurrence).collect()
    }
}

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
    let mut previous = None;
    let mut take = |c: char| {
        if !c.is_alphanumeric() {
            // "what's" and "whats" are one word.
            gap |= c != '\'';
            return;
        }
        if gap && previous.is_some_and(|p| !is_chinese(p)) && !is_chinese(c) {
            out.push(' ');
        }
        (gap, previous) = (false, Some(c));
        out.push(c);
    };
    for c in text.chars() {
        if c.is_ascii_graphic() || c == ' ' {
            // What folding leaves as it is; most characters are such.
            take(c.to_ascii_lowercase());
        } else if let Some(folded) = fold(c) {
            folded.to_lowercase().for_each(&mut take);
        }
    }
}

impl Lexicon {
    /// `phrases` are normalized texts, each with the number of its entry.
    pub(crate) fn build<'texts>(phrases: impl Iterator<Item = (u16, &'texts str)>) -> Self {
        let (mut occurrences, mut entries) = (Occurrences::default(), Vec::new());
        for (entry, text) in phrases {
            occurrences.collect(text, entries.len() as u32);
            entries.push(entry);
        }
        let count = entries.last().map_or(0.0, |last| f32::from(*last) + 1.0);
        let mut lexicon = Self { unseen_idf: ln(1.0 + count) + 1.0, entries, ..Self::default() };
        let occurrences = occurrences.sorted();
        lexicon.postings.reserve(occurrences.len());
        for term in occurrences.chunk_by(|a, b| a.hash() == b.hash()) {
            lexicon.push_term(term, count);
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
        self.terms.binary_search_by_key(&hash_of_word(word), |term| term.hash).is_ok()
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

    /// `count` is the number of entries.
    fn push_term(&mut self, term: &[Occurrence], count: f32) {
        let entry = |occurrence: &Occurrence| self.entries[occurrence.text() as usize];
        // Phrases of one entry lie together, so its occurrences do too.
        let frequency = term.chunk_by(|a, b| entry(a) == entry(b)).count() as f32;
        let idf = ln((1.0 + count) / (1.0 + frequency)) + 1.0;
        let posting = |o: &Occurrence| Posting { phrase: o.text(), weight: o.weight() * idf };
        self.postings.extend(term.iter().map(posting));
        let postings_end = self.postings.len() as u32;
        self.terms.push(Term { hash: term[0].hash(), idf, postings_end });
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
    each_feature(normalized, &mut |hash, kind| {
        features.push(Feature { hash, weight: WEIGHTS[kind as usize] });
    });
    features.sort_unstable_by_key(|feature| feature.hash);
    features.dedup_by_key(|feature| feature.hash);
}

/// Calls `take` with the hash and the kind of each feature, repetitions included.
fn each_feature(normalized: &str, take: &mut impl FnMut(u32, Kind)) {
    for word in normalized.split(' ') {
        let mut rest = word;
        while let Some(first) = rest.chars().next() {
            let han = is_chinese(first);
            let end = rest.find(|c| is_chinese(c) != han).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            if han {
                each_han_feature(run, take)
            } else {
                each_word_feature(run, take)
            }
            rest = after;
        }
    }
}

fn each_word_feature(word: &str, take: &mut impl FnMut(u32, Kind)) {
    take(hash_of_word(word), Kind::Word);
    let (mut first, mut second) = ('\0', '<');
    for c in word.chars().chain(['>']) {
        if first != '\0' {
            take(hash_of(Kind::Trigram, &[first, second, c]), Kind::Trigram);
        }
        (first, second) = (second, c);
    }
}

fn each_han_feature(run: &str, take: &mut impl FnMut(u32, Kind)) {
    let mut previous = None;
    for c in run.chars() {
        take(hash_of(Kind::Han, &[c]), Kind::Han);
        if let Some(previous) = previous {
            take(hash_of(Kind::HanPair, &[previous, c]), Kind::HanPair);
        }
        previous = Some(c);
    }
}

fn hash_of_word(word: &str) -> u32 {
    word.chars().fold(seed(Kind::Word), mix)
}

fn hash_of(kind: Kind, chars: &[char]) -> u32 {
    chars.iter().copied().fold(seed(kind), mix)
}

fn seed(kind: Kind) -> u32 {
    0x811c_9dc5_u32.rotate_left(8 * kind as u32)
}

/// One step a character: a pack's index is built of a hundred thousand.
fn mix(hash: u32, c: char) -> u32 {
    (hash ^ u32::from(c)).wrapping_mul(0x9e37_79b1).rotate_left(15)
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

    fn check_shares(question: &str, without: Range<usize>, coverage: &[f32], contained: &[f32]) {
        let phrases = [(0, "red shoes"), (0, "blue hats"), (2, "运费"), (2, "红鞋")];
        let lexicon = Lexicon::build(phrases.into_iter());
        let mut scratch = LexicalScratch::default();
        scratch.read(question);
        lexicon.score(&mut scratch, &without);
        let near = |found: &[f32], expected: &[f32]| {
            found.len() == expected.len()
                && found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-4)
        };
        assert!(near(&scratch.coverage, coverage), "{question}: {:?}", scratch.coverage);
        assert!(near(&scratch.contained, contained), "{question}: {:?}", scratch.contained);
    }

    #[test]
    fn an_entry_covers_with_all_its_phrases_and_a_phrase_is_contained_alone() {
        check_shares("red shoes and blue hats", 0..0, &[0.768_7, 0.0, 0.0], &[1.0, 1.0, 0.0, 0.0]);
        check_shares("red shoes, blue hats", 0..0, &[1.0, 0.0, 0.0], &[1.0, 1.0, 0.0, 0.0]);
        check_shares("运费", 0..0, &[0.0, 0.0, 1.0], &[0.0, 0.0, 1.0, 0.0]);
        check_shares("运", 0..0, &[0.0, 0.0, 1.0], &[0.0, 0.0, 0.25, 0.0]);
        check_shares("运费红鞋", 2..3, &[0.0, 0.0, 0.321_1], &[0.0, 0.0, 0.0, 1.0]);
        check_shares("", 0..0, &[0.0; 3], &[0.0; 4]);
    }

    #[test]
    fn features_of_one_kind_have_hashes_of_their_own() {
        let letters = || ('a'..='z').chain('0'..='9').chain(['<', '>']);
        let mut hashes: Vec<u32> = letters()
            .flat_map(|a| letters().flat_map(move |b| letters().map(move |c| [a, b, c])))
            .map(|chars| hash_of(Kind::Trigram, &chars))
            .chain(('一'..='鿿').map(|c| hash_of(Kind::Han, &[c])))
            .collect();
        let count = hashes.len();
        hashes.sort_unstable();
        hashes.dedup();
        // As few are alike as of hashes that are drawn by lot.
        assert!(count - hashes.len() <= 4, "{} of {count}", count - hashes.len());
    }

    #[test]
    fn foreign_words_score_nothing() {
        let (_, score, unseen) = best("xylophone quiz");
        assert!(score < 0.1 && unseen > 0.8, "{score} {unseen}");
        let (_, score, unseen) = best("");
        assert_eq!((score, unseen), (0.0, 1.0));
    }
}
