//! Table tests of the tokenizer over a vocabulary small enough to read.

use super::*;

const VOCAB: &str =
    "[PAD]\n[UNK]\na\n##a\nun\n##aff\n##able\norder\n##s\n我\n的\n1\n2\n!\n-\n?\ni\n##\u{307}\n";

fn vocabulary() -> WordPiece {
    WordPiece::load(VOCAB.as_bytes(), 18).expect("the vocabulary is well-formed")
}

fn check(text: &str, expected: &[&str]) {
    let mut scratch = TokenScratch::default();
    vocabulary().tokenize(text, 64, &mut scratch);
    let lines: Vec<&str> = VOCAB.lines().collect();
    let found: Vec<&str> = scratch.tokens.iter().map(|token| lines[token.id as usize]).collect();
    assert_eq!(found, expected, "{text:?}");
}

#[test]
fn words_split_into_the_longest_pieces() {
    check("", &[]);
    check("   \n\t", &[]);
    check("unaffable", &["un", "##aff", "##able"]);
    check("Orders!", &["order", "##s", "!"]);
    check("ａ１２", &["a", "1", "2"]);
    check("a12a", &["a", "1", "2", "a"]);
    check("我的orders", &["我", "的", "order", "##s"]);
    check("我 的?", &["我", "的", "?"]);
    check("or\u{200b}der", &["order"]);
    check("İ", &["i", "##\u{307}"]);
}

#[test]
fn what_no_piece_covers_is_one_unknown() {
    check("unz", &["[UNK]"]);
    check("😀", &["[UNK]"]);
    check("a😀 a", &["[UNK]", "a"]);
    check("你", &["[UNK]"]);
    check(&"a".repeat(101), &["[UNK]"]);
    assert_eq!(tokens(&"a".repeat(100), 200).len(), 100);
}

fn tokens(text: &str, tokens_max: usize) -> Vec<Token> {
    let mut scratch = TokenScratch::default();
    vocabulary().tokenize(text, tokens_max, &mut scratch);
    scratch.tokens
}

#[test]
fn tokens_point_at_the_characters_they_came_from() {
    let found = tokens("我 un\u{200b}affable!", 64);
    let spans: Vec<(u32, u32, bool)> =
        found.iter().map(|token| (token.start, token.end, token.opens_word)).collect();
    let expected = [(0, 1, true), (2, 4, true), (5, 8, false), (8, 12, false), (12, 13, true)];
    assert_eq!(spans, expected);
}

#[test]
fn the_first_tokens_are_kept_and_the_cut_is_told() {
    let mut scratch = TokenScratch::default();
    let long = "我".repeat(10_000);
    vocabulary().tokenize(&long, 64, &mut scratch);
    assert_eq!((scratch.tokens.len(), scratch.truncated), (64, true));
    vocabulary().tokenize(&"我".repeat(64), 64, &mut scratch);
    assert_eq!((scratch.tokens.len(), scratch.truncated), (64, false));
}

fn check_refused(vocab: &[u8], expected: usize, error: VocabError) {
    assert_eq!(WordPiece::load(vocab, expected).err(), Some(error));
}

#[test]
fn broken_vocabularies_are_refused_by_name() {
    check_refused(b"[PAD]\n[UNK]\n\xff\n", 3, VocabError::NotUtf8);
    check_refused(b"[PAD]\n[UNK]\na\n", 4, VocabError::WrongCount { found: 3, expected: 4 });
    check_refused(b"[PAD]\n[UNK]\n\nb\n", 4, VocabError::BadLine { line: 2 });
    check_refused(b"[UNK]\n[PAD]\na\n", 3, VocabError::UnknownMisplaced);
    let repeated = WordPiece::load(b"[PAD]\n[UNK]\na\na\n", 4).err();
    assert!(matches!(repeated, Some(VocabError::BadLine { .. })), "{repeated:?}");
}
