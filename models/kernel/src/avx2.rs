//! Matrix products for processors with AVX2: the same bits as the portable code's, because integer
//! sums are exact in any order and the rest is done number by number. The only unsafe code among
//! the models.
#![allow(unsafe_code)]

use std::arch::x86_64::{
    __m128, __m128i, __m256i, _mm_add_epi32, _mm_add_ps, _mm_cvtepi32_ps, _mm_mul_ps, _mm_set1_ps,
    _mm_setzero_si128, _mm256_add_epi32, _mm256_castsi256_si128, _mm256_extracti128_si256,
    _mm256_hadd_epi32, _mm256_madd_epi16, _mm256_setzero_si256,
};
use std::mem::transmute;

use crate::linalg::{Activations, Matrix};

/// Rows of weights that are multiplied at once.
const ROWS: usize = 4;

/// 16-bit numbers in a vector.
const LANES: usize = 16;

/// Proof that this processor has AVX2.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(());

impl Avx2 {
    pub(crate) fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }

    /// Multiplies as [`Matrix::multiply`] does, into an `out` of the right length: as many rows,
    /// from the first, as make whole blocks. Returns how many; none where columns are left over.
    pub(crate) fn multiply(self, matrix: &Matrix, input: &Activations, out: &mut [f32]) -> usize {
        if !matrix.columns.is_multiple_of(LANES) {
            return 0;
        }
        // Safety: `self` exists only where AVX2 was detected.
        unsafe { multiply(matrix, input, out) }
        matrix.rows - matrix.rows % ROWS
    }
}

#[target_feature(enable = "avx2")]
fn multiply(matrix: &Matrix, input: &Activations, out: &mut [f32]) {
    let columns = matrix.columns;
    let token = |at: usize| chunks(&input.values[at * columns..(at + 1) * columns]);
    let count = input.scales.len();
    let (scales, bias) = (matrix.scales.as_chunks().0, matrix.bias.as_chunks().0);
    for (block, weights) in matrix.weights.chunks_exact(ROWS * columns).enumerate() {
        let row = |at: usize| chunks(&weights[at * columns..(at + 1) * columns]);
        let rows = [row(0), row(1), row(2), row(3)];
        let mut put = |at: usize, products: __m128i| {
            let start = at * matrix.rows + block * ROWS;
            let scaled = scale(products, input.scales[at], &scales[block], &bias[block]);
            out[start..start + ROWS].copy_from_slice(&scaled);
        };
        // Two tokens: their sums and the rows fit the registers.
        for at in (0..count - count % 2).step_by(2) {
            let [one, other] = dots(rows, [token(at), token(at + 1)]);
            put(at, one);
            put(at + 1, other);
        }
        if count % 2 == 1 {
            let [last] = dots(rows, [token(count - 1)]);
            put(count - 1, last);
        }
    }
}

/// A row of weights or activations.
type Row<'row> = &'row [[i16; LANES]];

#[inline]
fn chunks(row: &[i16]) -> Row<'_> {
    row.as_chunks().0
}

/// All rows with each token; all have the same length. Without closures given to others: what is
/// not compiled for AVX2 itself cannot take them in.
#[target_feature(enable = "avx2")]
#[inline]
fn dots<const TOKENS: usize>(
    rows: [Row<'_>; ROWS],
    tokens: [Row<'_>; TOKENS],
) -> [__m128i; TOKENS] {
    let [row_0, row_1, row_2, row_3] = rows;
    let mut sums = [[_mm256_setzero_si256(); ROWS]; TOKENS];
    for step in 0..row_0.len() {
        let rows = [load(row_0[step]), load(row_1[step]), load(row_2[step]), load(row_3[step])];
        for (sums, token) in sums.iter_mut().zip(&tokens) {
            let token = load(token[step]);
            for (sum, row) in sums.iter_mut().zip(&rows) {
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(token, *row));
            }
        }
    }
    let mut found = [_mm_setzero_si128(); TOKENS];
    for (found, sums) in found.iter_mut().zip(sums) {
        *found = totals(sums);
    }
    found
}

#[inline]
fn load(lanes: [i16; LANES]) -> __m256i {
    // Safety: both are 32 bytes of which every value is valid. The intrinsic for it is slow where
    // debug assertions are on.
    unsafe { transmute::<[i16; LANES], __m256i>(lanes) }
}

/// The sum of the eight numbers in each.
#[target_feature(enable = "avx2")]
#[inline]
fn totals(sums: [__m256i; ROWS]) -> __m128i {
    let [a, b, c, d] = sums;
    let halves = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
    _mm_add_epi32(_mm256_castsi256_si128(halves), _mm256_extracti128_si256::<1>(halves))
}

/// Products of a token and four rows as real numbers, bias added.
#[target_feature(enable = "avx2")]
#[inline]
fn scale(
    products: __m128i,
    token_scale: f32,
    scales: &[f32; ROWS],
    bias: &[f32; ROWS],
) -> [f32; ROWS] {
    type Four = [f32; ROWS];
    // Safety: both are 16 bytes of which every value is valid.
    let vector = |four: Four| unsafe { transmute::<Four, __m128>(four) };
    let scales = _mm_mul_ps(_mm_set1_ps(token_scale), vector(*scales));
    let scaled = _mm_mul_ps(_mm_cvtepi32_ps(products), scales);
    let sum = _mm_add_ps(scaled, vector(*bias));
    // Safety: as above.
    unsafe { transmute::<__m128, Four>(sum) }
}
