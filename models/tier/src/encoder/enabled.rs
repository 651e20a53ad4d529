//! Runs an ONNX sentence encoder with its own tokenizer. Knows no pack and keeps no text.

use std::path::Path;
use std::sync::Arc;

use anyhow::{anyhow, bail};
use tokenizers::{Tokenizer, TruncationParams};
use tract_onnx::prelude::*;

use crate::folder::{Folder, Pooling, TierError};
use crate::rerank::Sentences;

/// What one input of the graph is given.
#[derive(Debug, Clone, Copy)]
enum Input {
    Ids,
    /// Nothing is padded, so every token counts.
    Mask,
    /// One sentence, so all are of the first kind.
    Kinds,
}

pub struct Encoder {
    folder: Folder,
    tokenizer: Tokenizer,
    inputs: Vec<Input>,
    plan: Arc<TypedRunnableModel>,
}

impl Encoder {
    /// # Errors
    /// The folder is not whole, or its graph does not turn tokens into vectors of its width.
    pub fn load(folder: &Path) -> Result<Self, TierError> {
        let folder = Folder::open(folder)?;
        let refused =
            |path: &Path, reason: String| TierError::Unusable { path: path.to_owned(), reason };
        let tokenizer = tokenizer(&folder)
            .map_err(|error| refused(&folder.tokenizer_path, error.to_string()))?;
        let (inputs, plan) =
            plan(&folder).map_err(|error| refused(&folder.model_path, format!("{error:#}")))?;
        let encoder = Self { folder, tokenizer, inputs, plan };
        // A graph of another width or other inputs shows now, not at the first question.
        encoder.encode("hello")?;
        Ok(encoder)
    }

    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    fn run(&self, ids: &[u32]) -> TractResult<Vec<f32>> {
        let shape = [1, ids.len()];
        let inputs: TractResult<TVec<TValue>> = self
            .inputs
            .iter()
            .map(|input| {
                let values: Vec<i64> = match input {
                    Input::Ids => ids.iter().map(|id| i64::from(*id)).collect(),
                    Input::Mask => vec![1; ids.len()],
                    Input::Kinds => vec![0; ids.len()],
                };
                Ok(Tensor::from_shape(&shape, &values)?.into())
            })
            .collect();
        let outputs = self.plan.run(inputs?)?;
        let states = outputs.first().ok_or_else(|| anyhow!("the graph has no output"))?;
        if states.shape() != [1, ids.len(), self.folder.dims] {
            bail!("its vectors are {:?}, not of width {}", states.shape(), self.folder.dims);
        }
        let states: Vec<f32> = states.to_plain_array_view::<f32>()?.iter().copied().collect();
        Ok(pool(&states, self.folder.dims, self.folder.pooling))
    }
}

impl Sentences for Encoder {
    /// The unit vector of `text`, of its first [`Folder::tokens_max`] tokens.
    fn encode(&self, text: &str) -> Result<Vec<f32>, TierError> {
        let refused = |path: &Path, reason| TierError::Unusable { path: path.to_owned(), reason };
        let encoded = self
            .tokenizer
            .encode(text, true)
            .map_err(|error| refused(&self.folder.tokenizer_path, error.to_string()))?;
        let vector = self.run(encoded.get_ids());
        vector.map_err(|error| refused(&self.folder.model_path, format!("{error:#}")))
    }
}

fn tokenizer(folder: &Folder) -> tokenizers::Result<Tokenizer> {
    let mut tokenizer = Tokenizer::from_bytes(&folder.tokenizer)?;
    tokenizer.with_padding(None);
    let truncation = TruncationParams { max_length: folder.tokens_max, ..Default::default() };
    tokenizer.with_truncation(Some(truncation))?;
    Ok(tokenizer)
}

fn plan(folder: &Folder) -> TractResult<(Vec<Input>, Arc<TypedRunnableModel>)> {
    let mut model = onnx().model_for_path(&folder.model_path)?;
    let length = model.symbols.sym("S");
    let mut inputs = Vec::new();
    for at in 0..model.input_outlets()?.len() {
        let node = model.input_outlets()?[at].node;
        inputs.push(match model.node(node).name.as_str() {
            "input_ids" => Input::Ids,
            "attention_mask" => Input::Mask,
            "token_type_ids" => Input::Kinds,
            other => bail!("nothing is known about its input `{other}`"),
        });
        let shape: TVec<TDim> = tvec!(1.to_dim(), length.to_dim());
        let fact = InferenceFact::dt_shape(i64::datum_type(), shape);
        model.set_input_fact(at, fact)?;
    }
    Ok((inputs, model.into_optimized()?.into_runnable()?))
}

/// One vector of length 1.
fn pool(states: &[f32], dims: usize, pooling: Pooling) -> Vec<f32> {
    let rows = match pooling {
        Pooling::Mean => states,
        Pooling::First => &states[..dims],
    };
    let mut vector = vec![0.0_f32; dims];
    for row in rows.chunks_exact(dims) {
        vector.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
    }
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|x| *x /= length);
    }
    vector
}
