//! What the rules share: looking at a line around a place. Knows no kind of entity.

use super::{Found, Line};

/// Codes and numbers are shorter. Looking no further keeps the time of a rule linear in the text.
const RUN_MAX: usize = 48;

impl Line {
    pub(super) fn len(&self) -> usize {
        self.chars.len()
    }

    /// The character at `at`; `'\0'`, which folding removes from texts, outside of the line.
    #[inline(never)]
    pub(super) fn at(&self, at: usize) -> char {
        self.chars.get(at).copied().unwrap_or('\0')
    }

    /// The character before `at`; `'\0'` at the beginning.
    #[inline(never)]
    pub(super) fn before(&self, at: usize) -> char {
        at.checked_sub(1).map_or('\0', |before| self.at(before))
    }

    /// Empty where the span lies outside of the line.
    #[inline(never)]
    pub(super) fn text(&self, start: usize, end: usize) -> String {
        self.chars.get(start..end).unwrap_or_default().iter().collect()
    }

    /// The span as it stands, in ASCII lower case.
    #[inline(never)]
    pub(super) fn as_is(&self, start: usize, end: usize) -> Found {
        Found { start, end, value: self.lower[start..end].iter().collect() }
    }

    /// Whether the lower-cased line continues with `word` at `at`.
    pub(super) fn has(&self, at: usize, word: &str) -> bool {
        self.end_of(at, word).is_some()
    }

    /// Where `word` ends that begins at `at`.
    fn end_of(&self, at: usize, word: &str) -> Option<usize> {
        let mut end = at;
        for c in word.chars() {
            if self.lower.get(end) != Some(&c) {
                return None;
            }
            end += 1;
        }
        Some(end)
    }

    /// The longest of `words` (`one|another`) at `at`, with nothing alphanumeric of ASCII glued to
    /// a Latin one.
    #[inline(never)]
    pub(super) fn word_among(
        &self,
        at: usize,
        words: &'static str,
    ) -> Option<(&'static str, usize)> {
        if at >= self.len() || !self.is_edge(at) {
            return None;
        }
        self.among(at, words).filter(|(_, end)| self.is_edge(*end))
    }

    /// The longest of `words` at `at`, whatever stands around it.
    #[inline(never)]
    pub(super) fn among(&self, at: usize, words: &'static str) -> Option<(&'static str, usize)> {
        let first = *self.lower.get(at)?;
        // Most places begin no word at all: look for the first character, then for the word.
        let starts = words.match_indices(first).map(|(start, _)| start);
        let starts = starts.filter(|start| *start == 0 || words[..*start].ends_with('|'));
        let found = starts.filter_map(|start| {
            let word = words[start..].split('|').next()?;
            Some((word, self.end_of(at, word)?))
        });
        found.max_by_key(|(_, end)| *end)
    }

    /// Where one of `words` ends and the spaces behind it; `at` when none is there.
    pub(super) fn past(&self, at: usize, words: &'static str) -> usize {
        self.word_among(at, words).map_or(at, |(_, end)| self.skip_spaces(end))
    }

    /// Whether one of `words` ends at `at`.
    #[inline(never)]
    pub(super) fn follows(&self, at: usize, words: &'static str) -> bool {
        words.split('|').any(|word| {
            let start = at.checked_sub(word.chars().count());
            start.is_some_and(|start| self.is_edge(start) && self.has(start, word))
        })
    }

    /// Whether one of `words` occurs anywhere.
    pub(super) fn names(&self, words: &'static str) -> bool {
        (0..self.len()).any(|at| self.word_among(at, words).is_some())
    }

    /// Not between two ASCII letters or digits.
    #[inline(never)]
    pub(super) fn is_edge(&self, at: usize) -> bool {
        !(self.before(at).is_ascii_alphanumeric() && self.at(at).is_ascii_alphanumeric())
    }

    /// The first place from `at` on whose character does not belong.
    pub(super) fn run_end(&self, at: usize, belongs: &dyn Fn(char) -> bool) -> usize {
        (at..self.len()).find(|&place| !belongs(self.chars[place])).unwrap_or(self.len().max(at))
    }

    /// The same, at most [`RUN_MAX`] characters on.
    pub(super) fn short_run_end(&self, at: usize, belongs: &dyn Fn(char) -> bool) -> usize {
        let end = self.len().min(at + RUN_MAX);
        (at..end).find(|&place| !belongs(self.chars[place])).unwrap_or(end.max(at))
    }

    #[inline(never)]
    pub(super) fn digits_end(&self, at: usize) -> usize {
        self.short_run_end(at, &|c| c.is_ascii_digit())
    }

    /// The number of up to nine digits at `at`, and where it ends.
    pub(super) fn short_number(&self, at: usize) -> Option<(u32, usize)> {
        let end = self.digits_end(at);
        let digits = self.chars.get(at..end)?.iter().filter_map(|c| c.to_digit(10));
        ((1..=9).contains(&(end - at)))
            .then(|| (digits.fold(0, |value, digit| 10 * value + digit), end))
    }

    /// Digits among `start..end`.
    pub(super) fn count_digits(&self, start: usize, end: usize) -> usize {
        let chars = self.chars.get(start..end).unwrap_or_default();
        chars.iter().filter(|c| c.is_ascii_digit()).count()
    }

    /// The number of one or two digits at `at`, and where it ends.
    pub(super) fn two_digits(&self, at: usize) -> Option<(u32, usize)> {
        self.short_number(at).filter(|(_, end)| end - at <= 2)
    }

    #[inline(never)]
    pub(super) fn skip_spaces(&self, at: usize) -> usize {
        self.short_run_end(at, &|c| c == ' ')
    }

    /// Digits from `at` on, groups joined by single characters among `joints`: as many whole groups
    /// as `fit`, and where the last one ends. What `fit` reads is digits only.
    pub(super) fn digit_groups(
        &self,
        at: usize,
        joints: &[char],
        fit: &dyn Fn(&str) -> bool,
    ) -> Option<(String, usize)> {
        let (mut digits, mut place, mut found) = (String::new(), at, None);
        while place < self.len().min(at + RUN_MAX) && self.chars[place].is_ascii_digit() {
            let end = self.digits_end(place);
            digits += &self.text(place, end);
            if self.is_edge(end) && fit(&digits) {
                found = Some((digits.len(), end));
            }
            place = end + usize::from(joints.contains(&self.at(end)));
        }
        let (length, end) = found?;
        digits.truncate(length);
        Some((digits, end))
    }

    /// Tries `rule` at each place, going on behind what it finds.
    pub(super) fn scan(&self, rule: &dyn Fn(usize) -> Option<Found>) -> Vec<Found> {
        let (mut found, mut at) = (Vec::new(), 0);
        while at < self.len() {
            match rule(at) {
                Some(hit) => {
                    at = hit.end.max(at + 1);
                    found.push(hit);
                }
                None => at += 1,
            }
        }
        found
    }
}
