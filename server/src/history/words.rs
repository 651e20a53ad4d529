//! The words a text is found by, and where they stand in it. Scripts that put no spaces between
//! words give every character and every pair of neighbours; others give words. Folded as the
//! models fold. Pure.

use std::collections::BTreeSet;
use std::ops::Range;

use nlu::fold::fold;

/// Of one word: what is longer is cut, in the index as in the question.
const WORD_CHARS_MAX: usize = 40;

/// Different tokens of one text; a message has 8 KiB.
const TOKENS_MAX: usize = 4_096;

/// Characters around the first hit of a snippet.
const BEFORE_CHARS: usize = 24;
const SNIPPET_CHARS: usize = 120;

/// One character as it is compared, and its place in the original.
#[derive(Clone, Copy)]
struct Folded {
    char: char,
    at: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Run {
    /// Without spaces inside by nature.
    Dense(String),
    Word(String),
}

/// What is asked for: all of its runs must be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Question {
    runs: Vec<Run>,
}

/// A part of a text, and the hits in it as spans of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Excerpt {
    pub(super) text: String,
    pub(super) marks: Vec<Range<usize>>,
}

fn folded(text: &str) -> Vec<Folded> {
    let fold_one = |(at, char): (usize, char)| {
        let char = fold(char)?;
        Some(Folded { char: char.to_lowercase().next().unwrap_or(char), at })
    };
    text.chars().enumerate().filter_map(fold_one).collect()
}

/// Han, kana, Hangul, Thai.
fn is_dense(char: char) -> bool {
    matches!(
        char,
        '\u{3400}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{323af}'
            | '\u{3040}'..='\u{30ff}'
            | '\u{ac00}'..='\u{d7af}'
            | '\u{0e00}'..='\u{0e7f}'
    )
}

fn runs(text: &[Folded]) -> Vec<Run> {
    let kind = |char: char| {
        if is_dense(char) { 2 } else { u8::from(char.is_alphanumeric()) }
    };
    let chunks = text.chunk_by(|a, b| kind(a.char) == kind(b.char));
    chunks
        .filter_map(|chunk| {
            let text: String = chunk.iter().map(|folded| folded.char).collect();
            match kind(chunk[0].char) {
                0 => None,
                1 => Some(Run::Word(text.chars().take(WORD_CHARS_MAX).collect())),
                _ => Some(Run::Dense(text)),
            }
        })
        .collect()
}

fn tokens_of(run: &Run, with_single: bool, tokens: &mut BTreeSet<String>) {
    match run {
        Run::Word(word) => {
            tokens.insert(word.clone());
        }
        Run::Dense(text) => {
            let chars: Vec<char> = text.chars().collect();
            if with_single || chars.len() == 1 {
                tokens.extend(chars.iter().map(char::to_string));
            }
            tokens.extend(chars.windows(2).map(|pair| pair.iter().collect::<String>()));
        }
    }
}

/// Everything a text is found by, separated by spaces. The same text always gives the same.
pub(super) fn index_text(text: &str) -> String {
    let mut tokens = BTreeSet::new();
    for run in runs(&folded(text)) {
        tokens_of(&run, true, &mut tokens);
    }
    let tokens: Vec<String> = tokens.into_iter().take(TOKENS_MAX).collect();
    tokens.join(" ")
}

impl Question {
    /// `None` when there is nothing to look for in it.
    pub(super) fn of(text: &str) -> Option<Self> {
        let runs = runs(&folded(text));
        (!runs.is_empty()).then_some(Self { runs })
    }

    /// The word that people may still be typing.
    pub(super) fn unfinished(&self) -> Option<&str> {
        match self.runs.last() {
            Some(Run::Word(word)) => Some(word),
            Some(Run::Dense(_)) | None => None,
        }
    }

    /// As SQLite's full-text search asks. What people are still typing is the start of a word: of
    /// one of these, when they are all there are.
    pub(super) fn expression(&self, continued: &[String]) -> String {
        let mut parts = Vec::new();
        for (place, run) in self.runs.iter().enumerate() {
            let mut tokens = BTreeSet::new();
            tokens_of(run, false, &mut tokens);
            let last = place + 1 == self.runs.len();
            // Tokens hold letters, digits and ideographs alone: nothing there to quote.
            if last && self.unfinished().is_some() && !continued.is_empty() {
                let any: Vec<String> = continued.iter().map(|word| format!("\"{word}\"")).collect();
                parts.push(format!("({})", any.join(" OR ")));
                continue;
            }
            let prefix = if last && matches!(run, Run::Word(_)) { "*" } else { "" };
            parts.extend(tokens.into_iter().map(|token| format!("\"{token}\"{prefix}")));
        }
        parts.join(" AND ")
    }

    /// Where the runs stand in a text, the shortest piece of it that shows them; `None` when one
    /// is missing: pairs of neighbours may stand apart.
    pub(super) fn excerpt(&self, text: &str) -> Option<Excerpt> {
        let folded = folded(text);
        let mut marks = Vec::new();
        for (place, run) in self.runs.iter().enumerate() {
            let last = place + 1 == self.runs.len();
            let found = hits(&folded, run, last);
            if found.is_empty() {
                return None;
            }
            marks.extend(found);
        }
        marks.sort_by_key(|mark| (mark.start, mark.end));
        marks.dedup_by(|later, kept| {
            let overlaps = later.start < kept.end;
            kept.end = if overlaps { kept.end.max(later.end) } else { kept.end };
            overlaps
        });
        Some(cut(text, &marks))
    }
}

/// Spans of characters of the original.
fn hits(text: &[Folded], run: &Run, may_go_on: bool) -> Vec<Range<usize>> {
    let (wanted, is_word) = match run {
        Run::Word(word) => (word.chars().collect::<Vec<_>>(), true),
        Run::Dense(dense) => (dense.chars().collect::<Vec<_>>(), false),
    };
    let is_inside = |place: Option<usize>| {
        let neighbour = place.and_then(|place| text.get(place)).map(|folded| folded.char);
        neighbour.is_some_and(|char| char.is_alphanumeric() && !is_dense(char))
    };
    let mut found = Vec::new();
    let mut at = 0;
    while at + wanted.len() <= text.len() {
        let window = &text[at..at + wanted.len()];
        let end = at + wanted.len();
        let same = window.iter().map(|folded| folded.char).eq(wanted.iter().copied());
        let cuts_word = is_word
            && (is_inside(at.checked_sub(1))
                || (!may_go_on && wanted.len() < WORD_CHARS_MAX && is_inside(Some(end))));
        if same && !cuts_word {
            found.push(window[0].at..window[window.len() - 1].at + 1);
            at = end;
        } else {
            at += 1;
        }
    }
    found
}

fn cut(text: &str, marks: &[Range<usize>]) -> Excerpt {
    let first = marks.first().map_or(0, |mark| mark.start);
    let from = first.saturating_sub(BEFORE_CHARS);
    let through = from + SNIPPET_CHARS;
    let whole = text.chars().count();
    let mut shown: String = text.chars().skip(from).take(SNIPPET_CHARS).collect();
    shown = shown.replace(['\n', '\r', '\t'], " ");
    let lead = usize::from(from > 0);
    if lead > 0 {
        shown.insert(0, '…');
    }
    if whole > through {
        shown.push('…');
    }
    let inside = marks.iter().filter(|mark| mark.start < through);
    let marks = inside.map(|mark| mark.start - from + lead..mark.end.min(through) - from + lead);
    Excerpt { text: shown, marks: marks.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_tokens(text: &str, expected: &str) {
        assert_eq!(index_text(text), expected, "{text}");
    }

    #[test]
    fn ideographs_give_singles_and_pairs_and_other_scripts_words() {
        check_tokens("", "");
        check_tokens("退款", "款 退 退款");
        check_tokens("請問訂單", "单 订 订单 请 请问 问 问订");
        check_tokens("Where is MY order #A-1024?", "1024 a is my order where");
        check_tokens("用Visa付款", "visa 付 付款 款 用");
        check_tokens("ＡＢＣ１２３", "abc123");
        check_tokens("Ünïcode \"quoted\" AND *", "and quoted ünïcode");
    }

    fn spans(excerpt: &Excerpt) -> Vec<(usize, usize)> {
        excerpt.marks.iter().map(|mark| (mark.start, mark.end)).collect()
    }

    fn check(question: &str, text: &str, expected: Option<(&str, &[(usize, usize)])>) {
        let excerpt = Question::of(question).unwrap().excerpt(text);
        let spans: Option<Vec<_>> = excerpt.as_ref().map(spans);
        let found = excerpt.as_ref().zip(spans.as_ref());
        let found = found.map(|(found, spans)| (found.text.as_str(), spans.as_slice()));
        assert_eq!(found, expected, "{question} in {text}");
    }

    #[test]
    fn hits_are_marked_in_the_text_as_it_was_written() {
        check("退款", "我要退款，谢谢", Some(("我要退款，谢谢", &[(2, 4)])));
        check("订单", "我的訂單在哪", Some(("我的訂單在哪", &[(2, 4)])));
        check(
            "order where",
            "Where is my ORDER?",
            Some(("Where is my ORDER?", &[(0, 5), (12, 17)])),
        );
        check("ord", "my order", Some(("my order", &[(3, 6)])));
        // Only the last word may still be typed; a word does not begin inside another.
        check("ord my", "my order", None);
        check("der", "my order", None);
        // The pairs are there, but not in a row.
        check("退款单", "退款的款单", None);
        check("付款 visa", "用Visa付款", Some(("用Visa付款", &[(1, 5), (5, 7)])));
        check("b", "a\u{200b}b c", None);
        check("ab", "a\u{200b}b c", Some(("a\u{200b}b c", &[(0, 3)])));
    }

    #[test]
    fn a_long_text_is_cut_around_its_first_hit() {
        let text = format!("{}退款{}", "好".repeat(500), "的".repeat(500));
        let excerpt = Question::of("退款").unwrap().excerpt(&text).unwrap();
        assert_eq!(excerpt.text.chars().count(), SNIPPET_CHARS + 2);
        assert_eq!(spans(&excerpt), [(BEFORE_CHARS + 1, BEFORE_CHARS + 3)]);
        let marked: String = excerpt.text.chars().skip(25).take(2).collect();
        assert_eq!(marked, "退款");
    }

    #[test]
    fn a_question_of_punctuation_is_none() {
        for text in ["", "  ", "\"*\" ?!", "\u{200b}"] {
            assert_eq!(Question::of(text), None, "{text:?}");
        }
        let expression = Question::of("订单号 tracking num").unwrap().expression(&[]);
        assert_eq!(expression, "\"单号\" AND \"订单\" AND \"tracking\" AND \"num\"*");
        let words = ["num".to_owned(), "number".to_owned()];
        let expression = Question::of("tracking num").unwrap().expression(&words);
        assert_eq!(expression, "\"tracking\" AND (\"num\" OR \"number\")");
        let expression = Question::of("num 单").unwrap().expression(&words);
        assert_eq!(expression, "\"num\" AND \"单\"", "the last one is whole");
    }
}
