//! The encoder: token ids to a unit vector, intent logits and tag logits. A pre-norm transformer
//! whose products are integer (`linalg`) and whose rest is f32 in a fixed order. Knows no text.

use crate::arithmetic::{dot, exp};
use crate::linalg::Activations;
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
        self.mix(scratch);
        scratch.activations.quantize(&scratch.mixed, self.dims.d);
        layer.output.multiply(&scratch.activations, &mut scratch.products);
        add(&scratch.products, &mut scratch.states);
    }

    /// Softmax attention of every head over `products` (query, key, value side by side) to `mixed`.
    fn mix(&self, scratch: &mut EncoderScratch) {
        let (d, width) = (self.dims.d, self.dims.d / self.dims.heads);
        let root = 1.0 / (width as f32).sqrt();
        let tokens = scratch.products.len() / (3 * d);
        scratch.mixed.clear();
        scratch.mixed.resize(tokens * d, 0.0);
        scratch.attention.clear();
        scratch.attention.resize(tokens, 0.0);
        let products = &scratch.products;
        let part = |token: usize, offset: usize| {
            let start = token * 3 * d + offset;
            &products[start..start + width]
        };
        for head in (0..d).step_by(width) {
            for token in 0..tokens {
                let query = part(token, head);
                for (other, weight) in scratch.attention.iter_mut().enumerate() {
                    *weight = dot(query, part(other, d + head)) * root;
                }
                softmax(&mut scratch.attention);
                let out = &mut scratch.mixed[token * d + head..token * d + head + width];
                for (other, weight) in scratch.attention.iter().enumerate() {
                    for (out, value) in out.iter_mut().zip(part(other, 2 * d + head)) {
                        *out += weight * value;
                    }
                }
            }
        }
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

fn add(values: &[f32], onto: &mut [f32]) {
    for (onto, value) in onto.iter_mut().zip(values) {
        *onto += value;
    }
}

pub(crate) fn softmax(logits: &mut [f32]) {
    let largest = logits.iter().fold(f32::NEG_INFINITY, |largest, x| largest.max(*x));
    let mut total = 0.0;
    for x in logits.iter_mut() {
        *x = exp(*x - largest);
        total += *x;
    }
    logits.iter_mut().for_each(|x| *x /= total);
}

#[cfg(test)]
mod tests {
    use super::softmax;

    #[test]
    fn softmax_sums_to_one_whatever_the_size_of_the_logits() {
        for logits in [vec![0.0], vec![1.0, 2.0, 3.0], vec![-1e9, 1e9], vec![80.0; 64]] {
            let mut found = logits.clone();
            softmax(&mut found);
            assert!((found.iter().sum::<f32>() - 1.0).abs() < 1e-5, "{logits:?} -> {found:?}");
        }
        let mut found = [1.0, 2.0];
        softmax(&mut found);
        assert!((found[1] - 0.731_058_6).abs() < 1e-6);
    }
}
