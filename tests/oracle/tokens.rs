//! Tokens: string for string those of the `tokenizers` crate.

use anyhow::{Result, anyhow};
use nlu::fold::fold_text;
use nlu::wordpiece::{TokenScratch, WordPiece};
use tokenizers::Tokenizer;

use crate::{artifact, corpus};

/// Both readers of one vocabulary.
struct Pair {
    ours: WordPiece,
    theirs: Tokenizer,
    scratch: TokenScratch,
    compared: usize,
}

impl Pair {
    fn load() -> Result<Self> {
        let vocab = std::fs::read(artifact("vocab.txt"))?;
        let count = vocab.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count();
        let theirs =
            Tokenizer::from_file(artifact("tokenizer.json")).map_err(|error| anyhow!(error))?;
        let ours = WordPiece::load(&vocab, count)?;
        Ok(Self { ours, theirs, scratch: TokenScratch::default(), compared: 0 })
    }

    fn check(&mut self, text: &str) -> Result<()> {
        let encoded = self.theirs.encode(fold_text(text), false).map_err(|error| anyhow!(error))?;
        self.ours.tokenize(text, usize::MAX, &mut self.scratch);
        let found: Vec<u32> = self.scratch.tokens.iter().map(|token| token.id).collect();
        assert_eq!(found, encoded.get_ids(), "{text:?}");
        self.compared += 1;
        Ok(())
    }
}

#[test]
fn every_line_of_the_corpora_splits_alike() -> Result<()> {
    let mut pair = Pair::load()?;
    for text in corpus()? {
        pair.check(&text)?;
    }
    assert!(pair.compared > 2_000, "only {} lines", pair.compared);
    Ok(())
}

/// Characters compared in one go: a text of single characters costs more to set up than to split.
const CHARS_PER_TEXT: usize = 64;

#[test]
fn every_character_splits_alike() -> Result<()> {
    let mut pair = Pair::load()?;
    let all: Vec<char> = ('\0'..=char::MAX).collect();
    for chars in all.chunks(CHARS_PER_TEXT) {
        // Alone, between spaces; and between letters, where it may join, split or vanish.
        let alone: String = chars.iter().flat_map(|c| [*c, ' ']).collect();
        let within: String = chars.iter().flat_map(|c| ['a', *c, 'b', ' ']).collect();
        pair.check(&alone)?;
        pair.check(&within)?;
    }
    assert_eq!(pair.compared, 2 * all.len().div_ceil(CHARS_PER_TEXT));
    Ok(())
}

/// A small generator with a fixed seed: a failure is repeated by running again.
struct Random(u64);

impl Random {
    /// Marsaglia's xorshift64.
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

const MIXTURES: usize = 20_000;

#[test]
fn random_mixtures_split_alike() -> Result<()> {
    let mut pair = Pair::load()?;
    let words: Vec<String> = corpus()?
        .iter()
        .flat_map(|text| text.split(' ').map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let joints = [
        "", " ", "  ", "，", "。", "?!", "-", "'", "’", "\u{200b}", "\t", "\n", "１２", "7", "é",
        "ǅ", "İ", "ß",
    ];
    let mut random = Random(0x5eed_f00d_1234_5678);
    for _ in 0..MIXTURES {
        let mut text = String::new();
        for _ in 0..=random.below(12) {
            match random.below(8) {
                0 => text.extend(char::from_u32(random.below(0x11_0000) as u32)),
                1 => text.extend(char::from_u32(random.below(0x3000) as u32)),
                2 => text.push_str(&words[random.below(words.len())].to_uppercase()),
                _ => text.push_str(&words[random.below(words.len())]),
            }
            text.push_str(joints[random.below(joints.len())]);
        }
        pair.check(&text)?;
    }
    assert_eq!(pair.compared, MIXTURES);
    Ok(())
}
