//! Reads the encoder's matrices out of a safetensors file, each held against the manifest's shape.
//! Knows names and shapes, not what they compute.

use crate::safetensors::{Dtype, SafeTensors};

use crate::manifest::{Dims, ModelError};
use kernel::linalg::{Matrix, Norm, Table};

pub(crate) struct Weights {
    pub(crate) tokens: Table,
    pub(crate) positions: Table,
    pub(crate) projection: Matrix,
    pub(crate) embedding_norm: Norm,
    pub(crate) layers: Vec<Layer>,
    pub(crate) final_norm: Norm,
    pub(crate) intent: Matrix,
    pub(crate) tag: Matrix,
}

pub(crate) struct Layer {
    pub(crate) attention_norm: Norm,
    /// Query, key and value of all heads in one product.
    pub(crate) query_key_value: Matrix,
    pub(crate) output: Matrix,
    pub(crate) inner_norm: Norm,
    pub(crate) expand: Matrix,
    pub(crate) contract: Matrix,
}

impl Weights {
    pub(crate) fn read(
        bytes: &[u8],
        dims: Dims,
        intents: usize,
        tags: usize,
    ) -> Result<Self, ModelError> {
        let file = File(SafeTensors::read(bytes)?);
        let d = dims.d;
        Ok(Self {
            tokens: file.table("emb", dims.vocab, dims.emb)?,
            positions: file.table("pos", dims.positions, d)?,
            projection: file.matrix("proj", d, dims.emb)?,
            embedding_norm: file.norm("ln_emb", d)?,
            layers: (0..dims.layers).map(|at| file.layer(at, dims)).collect::<Result<_, _>>()?,
            final_norm: file.norm("ln_f", d)?,
            intent: file.matrix("intent", intents, d)?,
            tag: file.matrix("tag", tags, d)?,
        })
    }
}

struct File<'bytes>(SafeTensors<'bytes>);

impl File<'_> {
    fn layer(&self, at: usize, dims: Dims) -> Result<Layer, ModelError> {
        let name = |part: &str| format!("layer.{at}.{part}");
        let square = |part: &str| self.matrix(&name(part), dims.d, dims.d);
        Ok(Layer {
            attention_norm: self.norm(&name("ln1"), dims.d)?,
            query_key_value: stack([square("q")?, square("k")?, square("v")?]),
            output: square("o")?,
            inner_norm: self.norm(&name("ln2"), dims.d)?,
            expand: self.matrix(&name("w1"), dims.ff, dims.d)?,
            contract: self.matrix(&name("w2"), dims.d, dims.ff)?,
        })
    }

    fn matrix(&self, name: &str, rows: usize, columns: usize) -> Result<Matrix, ModelError> {
        let weights = self.int8(&format!("{name}.weight"), rows, columns)?;
        let scales = self.floats(format!("{name}.scale"), rows)?;
        let bias = self.floats(format!("{name}.bias"), rows)?;
        Ok(Matrix::of_int8(weights, columns, scales, bias))
    }

    fn table(&self, name: &str, rows: usize, columns: usize) -> Result<Table, ModelError> {
        let weights = self.int8(&format!("{name}.weight"), rows, columns)?;
        Ok(Table::of_int8(weights, columns, self.floats(format!("{name}.scale"), rows)?))
    }

    fn norm(&self, name: &str, width: usize) -> Result<Norm, ModelError> {
        Ok(Norm {
            gamma: self.floats(format!("{name}.gamma"), width)?,
            beta: self.floats(format!("{name}.beta"), width)?,
        })
    }

    fn int8(&self, name: &str, rows: usize, columns: usize) -> Result<&[u8], ModelError> {
        self.tensor(name, Dtype::I8, &[rows, columns])
    }

    fn floats(&self, name: String, length: usize) -> Result<Vec<f32>, ModelError> {
        let bytes = self.tensor(&name, Dtype::F32, &[length])?;
        let (quads, _) = bytes.as_chunks::<4>();
        let values: Vec<f32> = quads.iter().map(|quad| f32::from_le_bytes(*quad)).collect();
        if values.iter().all(|value| value.is_finite()) {
            Ok(values)
        } else {
            Err(ModelError::TensorNotFinite { name })
        }
    }

    fn tensor(&self, name: &str, dtype: Dtype, shape: &[usize]) -> Result<&[u8], ModelError> {
        let Some(tensor) = self.0.tensor(name) else {
            return Err(ModelError::TensorMissing { name: name.to_owned() });
        };
        if tensor.dtype == dtype && tensor.shape == shape {
            Ok(tensor.bytes)
        } else {
            Err(ModelError::TensorMisshapen { name: name.to_owned() })
        }
    }
}

/// Matrices of equal width, one below the other.
fn stack(parts: [Matrix; 3]) -> Matrix {
    let columns = parts[0].columns;
    let mut whole = Matrix { rows: 0, columns, weights: vec![], scales: vec![], bias: vec![] };
    for part in parts {
        whole.rows += part.rows;
        whole.weights.extend(part.weights);
        whole.scales.extend(part.scales);
        whole.bias.extend(part.bias);
    }
    whole
}
