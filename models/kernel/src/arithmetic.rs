//! The few functions of arithmetic that platforms disagree on, in our own fixed order: the same
//! bits natively and in WebAssembly. Everything else in use (+, −, ×, ÷, √) is exact IEEE.

/// 1.5 · 2²³: adding it leaves the nearest integer (ties to even) in the low mantissa bits.
pub const ROUNDING: f32 = 12_582_912.0;

/// Independent running sums of a reduction; a fixed number, so that the order never changes.
const LANES: usize = 8;

/// e^x for x in about −87..=88, clamped outside; relative error below 2e-7.
pub fn exp(x: f32) -> f32 {
    // Exactly 355 / 512: its products with small integers are exact.
    const LN2_HIGH: f32 = 355.0 / 512.0;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUNDING;
    let n = shifted - ROUNDING;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    // The minimax coefficients of Cephes' expf.
    let mut p = 1.987_569_1e-4;
    p = p * r + 1.398_199_9e-3;
    p = p * r + 8.333_452e-3;
    p = p * r + 4.166_579_6e-2;
    p = p * r + 1.666_666_5e-1;
    p = p * r + 0.5;
    let mantissa = (p * r * r + r) + 1.0;
    let exponent = (shifted.to_bits() as i32).wrapping_sub(ROUNDING.to_bits() as i32);
    mantissa * f32::from_bits(((exponent + 127) << 23) as u32)
}

/// ln(x) for normal positive x; relative error below 1e-6.
pub fn ln(x: f32) -> f32 {
    let bits = x.to_bits() as i32;
    // The exponent of the power of two that brings the mantissa into √½..√2.
    let exponent = bits.wrapping_sub(std::f32::consts::FRAC_1_SQRT_2.to_bits() as i32) >> 23;
    let mantissa = f32::from_bits(bits.wrapping_sub(exponent << 23) as u32);
    // ln m = 2 artanh((m − 1) / (m + 1)), a series in odd powers.
    let t = (mantissa - 1.0) / (mantissa + 1.0);
    let t2 = t * t;
    let series = 1.0 + t2 * (1.0 / 3.0 + t2 * (0.2 + t2 * (1.0 / 7.0 + t2 * (1.0 / 9.0))));
    exponent as f32 * std::f32::consts::LN_2 + 2.0 * t * series
}

/// 1 / (1 + e^−x).
pub fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let (a_chunks, a_rest) = a.as_chunks::<LANES>();
    let (b_chunks, b_rest) = b.as_chunks::<LANES>();
    for (a, b) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    for (lane, (a, b)) in a_rest.iter().zip(b_rest).enumerate() {
        sums[lane] += a * b;
    }
    fold_lanes(sums)
}

pub fn sum(values: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += chunk[lane];
        }
    }
    for (lane, value) in rest.iter().enumerate() {
        sums[lane] += value;
    }
    fold_lanes(sums)
}

fn fold_lanes(s: [f32; LANES]) -> f32 {
    ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

/// Exact as long as the true sum fits an i32, which each caller shows.
pub fn dot_i16(a: &[i16], b: &[i16]) -> i32 {
    // Wrapping, because overflow checks would keep the compiler from using vectors.
    a.iter()
        .zip(b)
        .fold(0_i32, |sum, (&a, &b)| sum.wrapping_add(i32::from(a).wrapping_mul(i32::from(b))))
}

/// Four products with one row at once: the row is loaded once for all of them.
pub fn dot4_i16(a: &[i16], b: [&[i16]; 4]) -> [i32; 4] {
    let mut sums = [0_i32; 4];
    let columns = b[0].iter().zip(b[1]).zip(b[2]).zip(b[3]);
    for (&a, (((&b0, &b1), &b2), &b3)) in a.iter().zip(columns) {
        let product = |b: i16| i32::from(a).wrapping_mul(i32::from(b));
        sums[0] = sums[0].wrapping_add(product(b0));
        sums[1] = sums[1].wrapping_add(product(b1));
        sums[2] = sums[2].wrapping_add(product(b2));
        sums[3] = sums[3].wrapping_add(product(b3));
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_and_ln_are_close_to_the_true_ones() {
        for step in -8_600..=8_600 {
            let x = step as f32 * 0.01;
            let expected = f64::from(x).exp();
            let error = (f64::from(exp(x)) - expected).abs() / expected;
            assert!(error < 2e-7, "exp({x}) is off by {error}");
        }
        for step in 1..20_000 {
            let x = step as f32 * 0.013;
            let expected = f64::from(x).ln();
            let error = (f64::from(ln(x)) - expected).abs();
            assert!(error < 1e-6 * (1.0 + expected.abs()), "ln({x}) is off by {error}");
        }
    }

    /// Bits written down once: another platform or compiler must produce the same.
    #[test]
    fn the_bits_never_change() {
        let values: Vec<f32> = (0..1_000).map(|i| (i as f32 - 500.0) * 0.037).collect();
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for &x in &values {
            for bits in [exp(x).to_bits(), ln(x.abs() + 0.5).to_bits(), logistic(x).to_bits()] {
                hash = (hash ^ u64::from(bits)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        hash ^= u64::from(dot(&values, &values).to_bits()) << 32;
        hash ^= u64::from(sum(&values[..777]).to_bits());
        assert_eq!(hash, BITS);
    }

    const BITS: u64 = 1_607_142_757_982_677_780;

    #[test]
    fn reductions_take_every_element() {
        let ones = [1.0_f32; 21];
        assert_eq!((dot(&ones, &ones), sum(&ones)), (21.0, 21.0));
        assert_eq!(dot_i16(&[16_383; 512], &[-127; 512]), 512 * 16_383 * -127);
        assert_eq!(sum(&[]), 0.0);
        let rows: [Vec<i16>; 4] =
            [1, 2, 3, 4].map(|factor| (0..19).map(|at| at * factor).collect());
        let [one, two, three, four] = [0, 1, 2, 3].map(|at| rows[at].as_slice());
        let expected = [one, two, three, four].map(|row| dot_i16(one, row));
        assert_eq!(dot4_i16(one, [one, two, three, four]), expected);
    }
}
