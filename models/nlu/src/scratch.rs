//! All buffers that a question needs, kept between questions so that none is allocated anew.

use crate::encoder::EncoderScratch;
use crate::pack::lexical::LexicalScratch;
use crate::pack::score::RankScratch;
use crate::wordpiece::TokenScratch;

/// One per thread that asks.
#[derive(Default)]
pub struct Scratch {
    pub(crate) tokens: TokenScratch,
    pub(crate) encoder: EncoderScratch,
    pub(crate) words: LexicalScratch,
    pub(crate) rank: RankScratch,
}

impl Scratch {
    pub fn new() -> Self {
        Self::default()
    }
}
