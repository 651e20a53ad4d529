//! Integer matrix products: rows of int8 weights against 15-bit activations, exact in i32. Portable
//! code that the compiler turns into vectors; the result does not depend on whether it does.

use std::ops::Range;

use crate::arithmetic::{ROUNDING, dot, dot_i16, dot4_i16, sum};

/// Largest absolute activation: with 127 and rows of at most 512 the i32 sum cannot overflow.
const ACTIVATION_MAX: f32 = 16_383.0;

/// Widest row a product may have (see [`ACTIVATION_MAX`]).
pub const COLUMNS_MAX: usize = 1_024;

const NORM_EPSILON: f32 = 1e-5;

/// y = W x + b. Weights are int8, held widened so that the inner loop multiplies like with like.
pub struct Matrix {
    pub rows: usize,
    pub columns: usize,
    pub weights: Vec<i16>,
    /// Of each row.
    pub scales: Vec<f32>,
    pub bias: Vec<f32>,
}

/// A table looked up by row number.
pub struct Table {
    pub columns: usize,
    pub weights: Vec<i8>,
    pub scales: Vec<f32>,
}

pub struct Norm {
    pub gamma: Vec<f32>,
    pub beta: Vec<f32>,
}

/// Activations rounded to integers, one scale a row.
#[derive(Default)]
pub struct Activations {
    pub(crate) values: Vec<i16>,
    pub(crate) scales: Vec<f32>,
}

impl Activations {
    /// Rounds each row of `columns` to whole multiples of max|x| / 16383, ties to even.
    pub fn quantize(&mut self, rows: &[f32], columns: usize) {
        self.clear();
        for row in rows.chunks_exact(columns) {
            let largest = row.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
            let (scale, inverse) = if largest > f32::MIN_POSITIVE * ACTIVATION_MAX {
                (largest / ACTIVATION_MAX, ACTIVATION_MAX / largest)
            } else {
                (0.0, 0.0)
            };
            self.scales.push(scale);
            self.values.extend(row.iter().map(|x| {
                // The low bits of the sum are the integer; it fits 15 bits.
                (x * inverse + ROUNDING).to_bits().wrapping_sub(ROUNDING.to_bits()) as i16
            }));
        }
    }

    /// Takes a row of a table as it is: already integers.
    pub fn push_row(&mut self, table: &Table, row: usize) {
        let start = row * table.columns;
        let weights = &table.weights[start..start + table.columns];
        self.values.extend(weights.iter().map(|&weight| i16::from(weight)));
        self.scales.push(table.scales[row]);
    }

    pub fn clear(&mut self) {
        self.values.clear();
        self.scales.clear();
    }
}

impl Matrix {
    /// Rows of int8, each with its scale and bias.
    pub fn of_int8(rows: &[u8], columns: usize, scales: Vec<f32>, bias: Vec<f32>) -> Self {
        let weights = rows.iter().map(|&byte| i16::from(byte.cast_signed())).collect();
        Self { rows: scales.len(), columns, weights, scales, bias }
    }

    /// Of the sum of some rows, the square of its length.
    pub fn sum_length_squared(&self, rows: Range<usize>) -> f32 {
        let mut total = vec![0.0_f32; self.columns];
        for row in rows {
            let weights = &self.weights[row * self.columns..(row + 1) * self.columns];
            for (sum, &weight) in total.iter_mut().zip(weights) {
                *sum += f32::from(weight) * self.scales[row];
            }
        }
        total.iter().fold(0.0, |squares, x| squares + x * x)
    }

    /// `out` gets one row of `self.rows` for each row of `input`.
    pub fn multiply(&self, input: &Activations, out: &mut Vec<f32>) {
        out.clear();
        out.resize(input.scales.len() * self.rows, 0.0);
        let multiplied = self.multiply_blocks(input, out);
        self.multiply_rows(multiplied, input, out);
    }

    /// As many rows as the processor's own vectors take, from the first; returns how many.
    #[cfg(target_arch = "x86_64")]
    fn multiply_blocks(&self, input: &Activations, out: &mut [f32]) -> usize {
        crate::avx2::Avx2::detect().map_or(0, |avx2| avx2.multiply(self, input, out))
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn multiply_blocks(&self, _: &Activations, _: &mut [f32]) -> usize {
        0
    }

    /// The rows of weights from `first` on.
    fn multiply_rows(&self, first: usize, input: &Activations, out: &mut [f32]) {
        let token = |at: usize| &input.values[at * self.columns..(at + 1) * self.columns];
        let fours = input.scales.len() / 4 * 4;
        // Weights outside, tokens inside: a row of weights is read once for the whole sentence.
        for (row, weights) in self.weights.chunks_exact(self.columns).enumerate().skip(first) {
            let (scale, bias) = (self.scales[row], self.bias[row]);
            let mut put = |at: usize, product: i32| {
                out[at * self.rows + row] = product as f32 * (input.scales[at] * scale) + bias;
            };
            for at in (0..fours).step_by(4) {
                let tokens = [token(at), token(at + 1), token(at + 2), token(at + 3)];
                for (offset, product) in dot4_i16(weights, tokens).into_iter().enumerate() {
                    put(at + offset, product);
                }
            }
            for at in fours..input.scales.len() {
                put(at, dot_i16(weights, token(at)));
            }
        }
    }
}

impl Table {
    /// Rows of int8, each with its scale.
    pub fn of_int8(rows: &[u8], columns: usize, scales: Vec<f32>) -> Self {
        Self { columns, weights: rows.iter().map(|&byte| byte.cast_signed()).collect(), scales }
    }

    pub fn add_row(&self, row: usize, onto: &mut [f32]) {
        let scale = self.scales[row];
        let weights = &self.weights[row * self.columns..(row + 1) * self.columns];
        for (value, &weight) in onto.iter_mut().zip(weights) {
            *value += f32::from(weight) * scale;
        }
    }
}

impl Norm {
    /// Layer normalization of each row of `input` into `out`.
    pub fn apply(&self, input: &[f32], out: &mut Vec<f32>) {
        let columns = self.gamma.len();
        out.clear();
        out.extend_from_slice(input);
        for row in out.chunks_exact_mut(columns) {
            let mean = sum(row) / columns as f32;
            row.iter_mut().for_each(|x| *x -= mean);
            let variance = dot(row, row) / columns as f32;
            let inverse = 1.0 / (variance + NORM_EPSILON).sqrt();
            for ((x, gamma), beta) in row.iter_mut().zip(&self.gamma).zip(&self.beta) {
                *x = *x * inverse * gamma + beta;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_product(input: &[f32], expected: &[f32]) {
        let matrix = Matrix {
            rows: 2,
            columns: 3,
            weights: vec![127, 0, -127, 1, 2, 3],
            scales: vec![0.5, 1.0],
            bias: vec![0.0, 10.0],
        };
        let (mut activations, mut out) = (Activations::default(), Vec::new());
        activations.quantize(input, 3);
        matrix.multiply(&activations, &mut out);
        for (found, expected) in out.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-3 * expected.abs().max(1.0), "{out:?}");
        }
        assert_eq!(out.len(), expected.len());
    }

    #[test]
    fn products_are_those_of_the_real_numbers() {
        check_product(&[], &[]);
        check_product(&[0.0, 0.0, 0.0], &[0.0, 10.0]);
        check_product(&[1.0, 2.0, 3.0], &[-127.0, 24.0]);
        check_product(&[1.0, 2.0, 3.0, -0.5, 0.25, 0.0], &[-127.0, 24.0, -31.75, 10.0]);
        check_product(&[1e-38, 0.0, 0.0], &[0.0, 10.0]);
        let (five, expected) = ([1.0, 2.0, 3.0].repeat(5), [-127.0, 24.0].repeat(5));
        check_product(&five, &expected);
    }

    /// Whatever a processor's own vectors compute, the portable code computes too, to the bit.
    #[test]
    fn blocks_of_rows_are_what_single_rows_are() {
        let mut state = 1_u32;
        let mut next = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state >> 8) / f64::from(1 << 24) - 0.5
        };
        for columns in [1, 15, 16, 17, 96, 192, 512, COLUMNS_MAX] {
            for (rows, tokens) in [(1, 1), (3, 2), (4, 1), (5, 3), (9, 4), (12, 7), (64, 12)] {
                let matrix = Matrix {
                    rows,
                    columns,
                    weights: (0..rows * columns).map(|_| (next() * 255.0) as i16).collect(),
                    scales: (0..rows).map(|_| next() as f32).collect(),
                    bias: (0..rows).map(|_| next() as f32).collect(),
                };
                let input: Vec<f32> = (0..tokens * columns).map(|_| next() as f32).collect();
                let (mut activations, mut found) = (Activations::default(), Vec::new());
                activations.quantize(&input, columns);
                matrix.multiply(&activations, &mut found);
                let mut expected = vec![0.0; rows * tokens];
                matrix.multiply_rows(0, &activations, &mut expected);
                let bits =
                    |numbers: &[f32]| numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                assert_eq!(bits(&found), bits(&expected), "{rows}×{columns}, {tokens} tokens");
            }
        }
    }

    #[test]
    fn the_largest_product_does_not_overflow() {
        let matrix = Matrix {
            rows: 4,
            columns: COLUMNS_MAX,
            weights: [127, -127, 127, -127].map(|weight| [weight; COLUMNS_MAX]).concat(),
            scales: vec![1.0; 4],
            bias: vec![0.0; 4],
        };
        let (mut activations, mut out) = (Activations::default(), Vec::new());
        activations.quantize(&[1.0; COLUMNS_MAX], COLUMNS_MAX);
        matrix.multiply(&activations, &mut out);
        let largest = COLUMNS_MAX as f32 * 127.0;
        for (found, expected) in out.iter().zip([largest, -largest, largest, -largest]) {
            assert!((found / expected - 1.0).abs() < 1e-6, "{out:?}");
        }
    }

    #[test]
    fn a_norm_centres_and_scales() {
        let norm = Norm { gamma: vec![1.0, 1.0, 2.0, 1.0], beta: vec![0.0, 0.0, 1.0, 0.0] };
        let mut out = Vec::new();
        norm.apply(&[1.0, 1.0, 3.0, 3.0], &mut out);
        for (found, expected) in out.iter().zip([-1.0, -1.0, 3.0, 1.0]) {
            assert!((found - expected).abs() < 1e-4, "{out:?}");
        }
    }
}
