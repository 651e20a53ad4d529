//! Streams of questions: how often each is asked, in which dress, and what nobody can answer.
//! Always the same ones. Knows no cache.

use std::path::Path;

use protocol::locale::Locale;
use serde::Deserialize;

const SEED: u64 = 0x5eed_cafe_0123_4567;

/// One of so many draws is out of scope.
const OUT_OF_SCOPE_EVERY: usize = 5;

#[derive(Deserialize)]
struct Line {
    text: String,
    locale: Locale,
    expect: Option<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Draw {
    pub(crate) site: &'static str,
    pub(crate) text: String,
    pub(crate) locale: Locale,
}

#[derive(Default)]
pub(crate) struct Pool {
    pub(crate) in_scope: Vec<Draw>,
    pub(crate) out_of_scope: Vec<Draw>,
}

impl Pool {
    pub(crate) fn read(&mut self, site: &'static str, questions: &Path) -> anyhow::Result<()> {
        for line in std::fs::read_to_string(questions)?.lines() {
            let Line { text, locale, expect } = serde_json::from_str(line)?;
            let draw = Draw { site, text, locale };
            if expect.is_some() { self.in_scope.push(draw) } else { self.out_of_scope.push(draw) }
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    /// The nth most frequent question is asked n^-exponent as often as the first.
    pub(crate) exponent: f64,
    /// Every other draw is dressed otherwise: case, marks, politeness, a typing error.
    pub(crate) dressed: bool,
    /// No question out of scope is ever asked twice; otherwise they are drawn like those in scope.
    pub(crate) fresh_out_of_scope: bool,
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let dress = if self.dressed { "half dressed" } else { "as written" };
        let strangers = if self.fresh_out_of_scope { "never repeats" } else { "repeats" };
        write!(f, "zipf {:.1}, {dress:12}, out of scope {strangers:13}", self.exponent)
    }
}

pub(crate) struct Stream {
    shape: Shape,
    random: Random,
    in_scope: Ranked,
    out_of_scope: Ranked,
    drawn: usize,
}

impl Stream {
    pub(crate) fn new(pool: &Pool, shape: Shape) -> Self {
        let mut random = Random::fixed();
        let in_scope = Ranked::new(&pool.in_scope, shape.exponent, &mut random);
        let out_of_scope = Ranked::new(&pool.out_of_scope, shape.exponent, &mut random);
        Self { shape, random, in_scope, out_of_scope, drawn: 0 }
    }

    /// Two questions in one: with 228 lines there are 51,756 of them before one comes again.
    fn fresh(&self, number: usize) -> Draw {
        let draws = &self.out_of_scope.draws;
        let (first, step) = (number % draws.len(), 1 + number / draws.len());
        let second = &draws[(first + step) % draws.len()];
        let joint = if draws[first].locale == Locale::Zh { "，" } else { ", " };
        let text = format!("{}{joint}{}", draws[first].text, second.text);
        Draw { text, ..draws[first].clone() }
    }
}

impl Iterator for Stream {
    type Item = Draw;

    fn next(&mut self) -> Option<Draw> {
        self.drawn += 1;
        let mut draw = if !self.drawn.is_multiple_of(OUT_OF_SCOPE_EVERY) {
            self.in_scope.draw(&mut self.random)
        } else if self.shape.fresh_out_of_scope {
            self.fresh(self.drawn / OUT_OF_SCOPE_EVERY)
        } else {
            self.out_of_scope.draw(&mut self.random)
        };
        if self.shape.dressed && self.random.below(2) == 0 {
            draw.text = dressed(&draw, &mut self.random);
        }
        Some(draw)
    }
}

/// Questions in the order of how often they are asked, which chance decides.
struct Ranked {
    draws: Vec<Draw>,
    /// Of each and all before it.
    weights: Vec<f64>,
}

impl Ranked {
    fn new(draws: &[Draw], exponent: f64, random: &mut Random) -> Self {
        let mut draws = draws.to_vec();
        for at in (1..draws.len()).rev() {
            draws.swap(at, random.below(at + 1));
        }
        let mut sum = 0.0;
        let weights = (1..=draws.len()).map(|rank| {
            sum += (rank as f64).powf(-exponent);
            sum
        });
        let weights = weights.collect();
        Self { draws, weights }
    }

    fn draw(&self, random: &mut Random) -> Draw {
        let total = self.weights.last().copied().unwrap_or_default();
        let wanted = total * random.share();
        let at = self.weights.partition_point(|weight| *weight < wanted);
        self.draws[at.min(self.draws.len() - 1)].clone()
    }
}

/// The same question as somebody else writes it.
pub(crate) fn dressed(draw: &Draw, random: &mut Random) -> String {
    let text = &draw.text;
    let bare = text.trim_end_matches(['?', '？', '!', '！', '.', '。', ' ']);
    match (random.below(5), draw.locale) {
        (0, _) => text.to_lowercase(),
        (1, _) => bare.to_owned(),
        (2, Locale::En) => format!("Hi, {text}"),
        (2, Locale::Zh) => format!("你好，{text}"),
        (3, Locale::En) => format!("{text} Thanks!"),
        (3, Locale::Zh) => format!("{text}谢谢"),
        _ => misspelt(text, random),
    }
}

/// Two neighbours within a word change places; of Han, one is lost.
fn misspelt(text: &str, random: &mut Random) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    if chars.len() < 6 {
        return text.to_owned();
    }
    let at = 1 + random.below(chars.len() - 3);
    if chars[at].is_ascii_alphabetic() && chars[at + 1].is_ascii_alphabetic() {
        chars.swap(at, at + 1);
    } else if !chars[at].is_ascii() {
        chars.remove(at);
    }
    chars.into_iter().collect()
}

/// Marsaglia's xorshift64.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn fixed() -> Self {
        Self(SEED)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// In 0..1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
