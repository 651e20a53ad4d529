//! Vectors and heads: those that tract computes in f32 from the same int8 weights.

use anyhow::{Context, Result};
use nlu::{Engine, Scratch};
use tract_onnx::prelude::*;

use crate::{artifact, corpus, engine};

/// The contract is 0.999; 15-bit activations leave far less error.
const COSINE_MIN: f32 = 0.9999;

/// Largest difference of a logit, as a share of the largest logit.
const LOGIT_DIFFERENCE_MAX: f32 = 0.01;

const SENTENCES: usize = 60;

struct Expected {
    vector: Vec<f32>,
    intent: Vec<f32>,
    tags: Vec<f32>,
}

fn check(engine: &Engine, oracle: &InferenceModel, text: &str) -> Result<()> {
    let mut scratch = Scratch::new();
    let found = engine.encode(text, &mut scratch);
    let ids: Vec<i64> = found.tokens.iter().map(|token| i64::from(token.id)).collect();
    let expected = run(oracle, &ids)?;
    let cosine: f32 = found.vector.iter().zip(&expected.vector).map(|(a, b)| a * b).sum();
    assert!(cosine >= COSINE_MIN, "cosine {cosine} for {text:?}");
    check_logits(found.intent_logits, &expected.intent, text);
    check_logits(found.tag_logits, &expected.tags, text);
    Ok(())
}

fn check_logits(found: &[f32], expected: &[f32], text: &str) {
    assert_eq!(found.len(), expected.len());
    let largest = expected.iter().fold(1.0_f32, |largest, logit| largest.max(logit.abs()));
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= LOGIT_DIFFERENCE_MAX * largest, "{a} is not {b} for {text:?}");
    }
}

fn run(oracle: &InferenceModel, ids: &[i64]) -> Result<Expected> {
    let shape = [1, ids.len()];
    let plan = oracle
        .clone()
        .with_input_fact(0, InferenceFact::dt_shape(i64::datum_type(), shape))?
        .into_typed()?
        .into_runnable()?;
    let input = Tensor::from_shape(&shape, ids)?;
    let outputs = plan.run(tvec!(input.into()))?;
    let output = |at: usize| -> Result<Vec<f32>> {
        let tensor = outputs.get(at).context("an output is missing")?;
        Ok(tensor.to_plain_array_view::<f32>()?.iter().copied().collect())
    };
    Ok(Expected { vector: output(0)?, intent: output(1)?, tags: output(2)? })
}

#[test]
fn vectors_and_heads_are_those_of_the_exported_graph() -> Result<()> {
    let engine = engine()?;
    let oracle = onnx().model_for_path(artifact("encoder.onnx"))?;
    let texts = corpus()?;
    for text in texts.iter().step_by(texts.len() / SENTENCES) {
        check(&engine, &oracle, text)?;
    }
    for text in ["", "a", "😀", &"我要退货 and a refund ".repeat(20)] {
        check(&engine, &oracle, text)?;
    }
    Ok(())
}
