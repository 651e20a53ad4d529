//! The encoder: token ids to a unit vector, intent logits and tag logits. A pre-norm transformer
//! whose products are integer (`linalg`) and whose rest is f32 in a fixed order. Knows no text.

use kernel::arithmetic::dot;
use kernel::attention::{add, attend};
use kernel::linalg::Activations;

use crate::manifest::{Dims, ModelError};
use crate::weights::{Layer, Weights};
use crate::wordpiece::Token;

pub(crate) struct Encoder {
    weights: Weights,
    dims: Dims,
}

/// Buffers and results of one run; grown once, then kept between questions.
#[derive(Default)]
pub(crate) struct EncoderScratch {
    /// Unit length; what a question is compared by.
    pub(crate) vector: Vec<f32>,
    /// One row of tag logits for each token.
    pub(crate) tag_logits: Vec<f32>,
    pub(crate) intent_logits: Vec<f32>,
    /// The logits as probabilities.
    pub(crate) intents: Vec<f32>,
    states: Vec<f32>,
    normed: Vec<f32>,
    products: Vec<f32>,
    mixed: Vec<f32>,
    attention: Vec<f32>,
    activations: Activations,
}

impl Encoder {
    pub(crate) fn read(
        bytes: &[u8],
        dims: Dims,
        intents: usize,
        tags: usize,
    ) -> Result<Self, ModelError> {
        Ok(Self { weights: Weights::read(bytes, dims, intents, tags)?, dims })
    }

    /// Most tokens it reads.
    pub(crate) fn positions(&self) -> usize {
        self.dims.positions
    }

    /// Runs over `tokens`, at least one and at most [`Self::positions`], all within the vocabulary.
    pub(crate) fn run(&self, tokens: &[Token], scratch: &mut EncoderScratch) {
        self.embed(tokens, scratch);
        for layer in &self.weights.layers {
            self.attend(layer, scratch);
            self.transform(layer, scratch);
        }
        self.weights.final_norm.apply(&scratch.states, &mut scratch.normed);
        scratch.activations.quantize(&scratch.normed, self.dims.d);
        self.weights.tag.multiply(&scratch.activations, &mut scratch.tag_logits);
        self.pool(scratch);
        scratch.activations.quantize(&scratch.vector, self.dims.d);
        self.weights.intent.multiply(&scratch.activations, &mut scratch.intent_logits);
    }

    fn embed(&self, tokens: &[Token], scratch: &mut EncoderScratch) {
        scratch.activations.clear();
        for token in tokens {
            scratch.activations.push_row(&self.weights.tokens, token.id as usize);
        }
        self.weights.projection.multiply(&scratch.activations, &mut scratch.products);
        for (position, row) in scratch.products.chunks_exact_mut(self.dims.d).enumerate() {
            self.weights.positions.add_row(position, row);
        }
        self.weights.embedding_norm.apply(&scratch.products, &mut scratch.states);
    }

    fn attend(&self, layer: &Layer, scratch: &mut EncoderScratch) {
        layer.attention_norm.apply(&scratch.states, &mut scratch.normed);
        scratch.activations.quantize(&scratch.normed, self.dims.d);
        layer.query_key_value.multiply(&scratch.activations, &mut scratch.products);
        let EncoderScratch { products, attention, mixed, .. } = scratch;
        attend(products, self.dims.d, self.dims.heads, attention, mixed);
        scratch.activations.quantize(&scratch.mixed, self.dims.d);
        layer.output.multiply(&scratch.activations, &mut scratch.products);
        add(&scratch.products, &mut scratch.states);
    }

    fn transform(&self, layer: &Layer, scratch: &mut EncoderScratch) {
        layer.inner_norm.apply(&scratch.states, &mut scratch.normed);
        scratch.activations.quantize(&scratch.normed, self.dims.d);
        layer.expand.multiply(&scratch.activations, &mut scratch.products);
        scratch.products.iter_mut().for_each(|x| *x = x.max(0.0));
        scratch.activations.quantize(&scratch.products, self.dims.ff);
        layer.contract.multiply(&scratch.activations, &mut scratch.products);
        add(&scratch.products, &mut scratch.states);
    }

    /// The mean of all tokens, made one long.
    fn pool(&self, scratch: &mut EncoderScratch) {
        scratch.vector.clear();
        scratch.vector.resize(self.dims.d, 0.0);
        for row in scratch.normed.chunks_exact(self.dims.d) {
            add(row, &mut scratch.vector);
        }
        let length = dot(&scratch.vector, &scratch.vector).sqrt();
        if length > 0.0 {
            scratch.vector.iter_mut().for_each(|x| *x /= length);
        }
    }
}
