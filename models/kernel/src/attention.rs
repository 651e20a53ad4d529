//! Softmax attention over the tokens of one text.

use crate::arithmetic::{dot, exp};

/// Attends with every head. A row of `products` holds query, key and value of a token, each as wide
/// as all heads together; `mixed` gets a row of that width. `weights` is a buffer.
pub fn attend(
    products: &[f32],
    width: usize,
    heads: usize,
    weights: &mut Vec<f32>,
    mixed: &mut Vec<f32>,
) {
    let head_width = width / heads;
    let root = 1.0 / (head_width as f32).sqrt();
    let tokens = products.len() / (3 * width);
    mixed.clear();
    mixed.resize(tokens * width, 0.0);
    weights.clear();
    weights.resize(tokens, 0.0);
    let part = |token: usize, offset: usize| {
        let start = token * 3 * width + offset;
        &products[start..start + head_width]
    };
    for head in (0..width).step_by(head_width) {
        for token in 0..tokens {
            let query = part(token, head);
            for (other, weight) in weights.iter_mut().enumerate() {
                *weight = dot(query, part(other, width + head)) * root;
            }
            softmax(weights);
            let start = token * width + head;
            let out = &mut mixed[start..start + head_width];
            for (other, weight) in weights.iter().enumerate() {
                add_scaled(part(other, 2 * width + head), *weight, out);
            }
        }
    }
}

pub fn softmax(logits: &mut [f32]) {
    let largest = logits.iter().fold(f32::NEG_INFINITY, |largest, x| largest.max(*x));
    let mut total = 0.0;
    for x in logits.iter_mut() {
        *x = exp(*x - largest);
        total += *x;
    }
    logits.iter_mut().for_each(|x| *x /= total);
}

fn add_scaled(values: &[f32], scale: f32, onto: &mut [f32]) {
    for (onto, value) in onto.iter_mut().zip(values) {
        *onto += scale * value;
    }
}

/// Element by element.
pub fn add(values: &[f32], onto: &mut [f32]) {
    for (onto, value) in onto.iter_mut().zip(values) {
        *onto += value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn a_query_finds_the_value_of_its_key() {
        // Two tokens, two heads of width one; the second token's keys answer every query.
        let products = [9.0, 9.0, 0.0, 0.0, 1.0, 2.0, 9.0, 9.0, 9.0, 9.0, 3.0, 4.0];
        let (mut weights, mut mixed) = (Vec::new(), Vec::new());
        attend(&products, 2, 2, &mut weights, &mut mixed);
        for (found, expected) in mixed.iter().zip([3.0, 4.0, 3.0, 4.0]) {
            assert!((found - expected).abs() < 1e-4, "{mixed:?}");
        }
        attend(&[], 2, 2, &mut weights, &mut mixed);
        assert!(mixed.is_empty());
    }
}
