//! What the rules share: looking at a line around a place. Knows no kind of entity.

use super::{Found, Line};

impl Line {
    pub(super) fn len(&self) -> usize {
        self.chars.len()
    }

    /// The character at `at`; `'\0'`, which folding removes from texts, outside of the line.
    pub(super) fn at(&self, at: usize) -> char {
        self.chars.get(at).copied().unwrap_or('\0')
    }

    /// The character before `at`; `'\0'` at the beginning.
    pub(super) fn before(&self, at: usize) -> char {
        at.checked_sub(1).map_or('\0', |before| self.at(before))
    }

    pub(super) fn text(&self, start: usize, end: usize) -> String {
        self.chars[start..end].iter().collect()
    }

    /// Whether the lower-cased line continues with `word` at `at`.
    pub(super) fn has(&self, at: usize, word: &str) -> bool {
        word.chars().enumerate().all(|(offset, c)| self.lower.get(at + offset) == Some(&c))
    }

    /// The longest of `words` at `at`, with nothing alphanumeric of ASCII glued to a Latin one.
    pub(super) fn word_among<'w>(&self, at: usize, words: &[&'w str]) -> Option<(&'w str, usize)> {
        let mut best: Option<(&str, usize)> = None;
        for word in words {
            let end = at + word.chars().count();
            if self.has(at, word)
                && self.is_edge(at)
                && self.is_edge(end)
                && best.is_none_or(|(_, longest)| end > longest)
            {
                best = Some((word, end));
            }
        }
        best
    }

    /// Not between two ASCII letters or digits.
    pub(super) fn is_edge(&self, at: usize) -> bool {
        !(self.before(at).is_ascii_alphanumeric() && self.at(at).is_ascii_alphanumeric())
    }

    /// The first place from `at` on whose character `stops`.
    pub(super) fn run_end(&self, at: usize, belongs: impl Fn(char) -> bool) -> usize {
        (at..self.len()).find(|&place| !belongs(self.chars[place])).unwrap_or(self.len())
    }

    pub(super) fn skip_spaces(&self, at: usize) -> usize {
        self.run_end(at, |c| c == ' ')
    }

    /// Digits from `at` on, groups joined by single characters among `joints`: the digits and the
    /// end of the last group.
    pub(super) fn digit_groups(&self, at: usize, joints: &[char]) -> (String, usize) {
        let (mut digits, mut end, mut place) = (String::new(), at, at);
        while place < self.len() {
            let c = self.chars[place];
            if c.is_ascii_digit() {
                digits.push(c);
                place += 1;
                end = place;
            } else if end == place && place > at && joints.contains(&c) {
                place += 1;
            } else {
                break;
            }
        }
        (digits, end)
    }

    /// Tries `rule` at each place, going on behind what it finds.
    pub(super) fn scan(&self, rule: impl Fn(usize) -> Option<Found>) -> Vec<Found> {
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
