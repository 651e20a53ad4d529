//! WordPiece: text to token ids, string for string what the `tokenizers` crate makes of the
//! exported `tokenizer.json` (`tests/oracle` holds it to that). Knows no weights.

use std::cmp::Ordering;

use crate::fold::fold;
use crate::punctuation::is_punctuation;

/// Id of `[UNK]`; the vocabulary is refused when it is elsewhere.
pub const UNKNOWN: u32 = 1;

/// Longer words become one `[UNK]`, as in `tokenizer.json`.
const WORD_CHARS_MAX: usize = 100;

const CONTINUATION: &str = "##";

/// A token and the characters of the given text that it was made from (`start..end`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub id: u32,
    pub start: u32,
    pub end: u32,
    /// The first piece of its word.
    pub opens_word: bool,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum VocabError {
    #[error("the vocabulary is not UTF-8")]
    NotUtf8,
    #[error("the vocabulary has {found} tokens, the manifest says {expected}")]
    WrongCount { found: usize, expected: usize },
    #[error("line {line} of the vocabulary is empty or a repetition")]
    BadLine { line: usize },
    #[error("[UNK] is not on line 1 of the vocabulary")]
    UnknownMisplaced,
}

/// The vocabulary: two sorted lists over one text, searched by halving.
pub struct WordPiece {
    text: String,
    /// Pieces that begin a word.
    openers: Vec<Piece>,
    /// Pieces that continue one, without their `##`.
    followers: Vec<Piece>,
}

#[derive(Clone, Copy)]
struct Piece {
    start: u32,
    end: u32,
    id: u32,
}

/// Buffers of one tokenization, kept between questions.
#[derive(Default)]
pub struct TokenScratch {
    pub tokens: Vec<Token>,
    /// The text has more tokens than were asked for.
    pub truncated: bool,
    word: String,
    /// Of each byte of `word`: the character of the given text it came from.
    origins: Vec<u32>,
}

impl WordPiece {
    /// Reads `vocab.txt`: one token a line, the line number is the id.
    ///
    /// # Errors
    /// The bytes are not a vocabulary of `expected` distinct tokens with `[UNK]` on line 1.
    pub fn load(vocab: &[u8], expected: usize) -> Result<Self, VocabError> {
        let text = std::str::from_utf8(vocab).map_err(|_| VocabError::NotUtf8)?.to_owned();
        let mut openers = Vec::with_capacity(expected);
        let mut followers = Vec::new();
        let mut found = 0;
        let mut start = 0;
        for line in text.split_terminator('\n') {
            let (id, end) = (found as u32, start + line.len() as u32);
            if line.is_empty() {
                return Err(VocabError::BadLine { line: found });
            }
            match line.strip_prefix(CONTINUATION).filter(|rest| !rest.is_empty()) {
                Some(_) => followers.push(Piece { start: start + 2, end, id }),
                None => openers.push(Piece { start, end, id }),
            }
            found += 1;
            start = end + 1;
        }
        if found != expected {
            return Err(VocabError::WrongCount { found, expected });
        }
        if text.lines().nth(UNKNOWN as usize) != Some("[UNK]") {
            return Err(VocabError::UnknownMisplaced);
        }
        sort_distinct(&text, &mut openers)?;
        sort_distinct(&text, &mut followers)?;
        Ok(Self { text, openers, followers })
    }

    /// Fills `scratch.tokens` with the first `tokens_max` tokens of `text`.
    pub fn tokenize(&self, text: &str, tokens_max: usize, scratch: &mut TokenScratch) {
        scratch.tokens.clear();
        scratch.truncated = false;
        scratch.clear_word();
        for (position, original) in text.chars().enumerate() {
            let Some(folded) = fold(original) else { continue };
            for c in folded.to_lowercase() {
                if c.is_whitespace() {
                    self.end_word(tokens_max, scratch);
                } else if is_punctuation(c) || is_chinese(c) || c.is_numeric() {
                    self.end_word(tokens_max, scratch);
                    scratch.push(c, position as u32);
                    self.end_word(tokens_max, scratch);
                } else {
                    scratch.push(c, position as u32);
                }
            }
            if scratch.truncated {
                return;
            }
        }
        self.end_word(tokens_max, scratch);
    }

    /// Splits the buffered word into the longest known pieces from the left, or into one `[UNK]`.
    fn end_word(&self, tokens_max: usize, scratch: &mut TokenScratch) {
        if scratch.word.is_empty() {
            return;
        }
        let before = scratch.tokens.len();
        let known = scratch.word.chars().count() <= WORD_CHARS_MAX && self.split_word(scratch);
        if !known {
            scratch.tokens.truncate(before);
            scratch.push_token(UNKNOWN, 0, scratch.word.len());
        }
        if scratch.tokens.len() > tokens_max {
            scratch.tokens.truncate(tokens_max);
            scratch.truncated = true;
        }
        scratch.clear_word();
    }

    fn split_word(&self, scratch: &mut TokenScratch) -> bool {
        let mut start = 0;
        while start < scratch.word.len() {
            let pieces = if start == 0 { &self.openers } else { &self.followers };
            let ends = scratch.word[start..].char_indices().rev();
            let longest = ends
                .map(|(at, c)| start + at + c.len_utf8())
                .find_map(|end| self.find(pieces, &scratch.word[start..end]).map(|id| (id, end)));
            let Some((id, end)) = longest else { return false };
            scratch.push_token(id, start, end);
            start = end;
        }
        true
    }

    fn find(&self, pieces: &[Piece], wanted: &str) -> Option<u32> {
        let at = pieces.binary_search_by(|piece| piece.of(&self.text).cmp(wanted)).ok()?;
        Some(pieces[at].id)
    }
}

impl Piece {
    fn of(self, text: &str) -> &str {
        &text[self.start as usize..self.end as usize]
    }
}

fn sort_distinct(text: &str, pieces: &mut [Piece]) -> Result<(), VocabError> {
    // Most are told apart by their first bytes, as one number.
    pieces.sort_by_cached_key(|piece| (first_bytes(piece.of(text).as_bytes()), piece.of(text)));
    let repeated =
        pieces.windows(2).find(|pair| pair[0].of(text).cmp(pair[1].of(text)) == Ordering::Equal);
    match repeated {
        Some(pair) => Err(VocabError::BadLine { line: pair[1].id as usize }),
        None => Ok(()),
    }
}

fn first_bytes(text: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    let length = text.len().min(bytes.len());
    bytes[..length].copy_from_slice(&text[..length]);
    u64::from_be_bytes(bytes)
}

impl TokenScratch {
    fn push(&mut self, c: char, position: u32) {
        self.word.push(c);
        self.origins.resize(self.word.len(), position);
    }

    fn push_token(&mut self, id: u32, word_start: usize, word_end: usize) {
        let (start, end) = (self.origins[word_start], self.origins[word_end - 1] + 1);
        self.tokens.push(Token { id, start, end, opens_word: word_start == 0 });
    }

    fn clear_word(&mut self) {
        self.word.clear();
        self.origins.clear();
    }
}

/// The blocks that `BertNormalizer` sets apart.
pub(crate) fn is_chinese(c: char) -> bool {
    matches!(
        u32::from(c),
        0x4E00..=0x9FFF
            | 0x3400..=0x4DBF
            | 0x20000..=0x2A6DF
            | 0x2A700..=0x2B73F
            | 0x2B740..=0x2B81F
            | 0x2B920..=0x2CEAF
            | 0xF900..=0xFAFF
            | 0x2F800..=0x2FA1F
    )
}

#[cfg(test)]
#[path = "wordpiece_tests.rs"]
mod tests;
