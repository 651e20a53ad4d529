//! Sorting by the upper half of 64-bit numbers, in passes that compare nothing: code that a browser
//! runs once, before it has optimized it. Knows numbers only.

const DIGIT_BITS: u32 = 11;

const DIGITS: usize = 1 << DIGIT_BITS;

/// Lowest bits of the digits, which together are the upper half.
const SHIFTS: [u32; 3] = [32, 32 + DIGIT_BITS, 32 + 2 * DIGIT_BITS];

/// Rising by their upper 32 bits; where these are equal, the order stays.
pub fn sort_by_upper_half(numbers: &mut Vec<u64>) {
    let mut sorted = vec![0; numbers.len()];
    for shift in SHIFTS {
        let digit = |number: u64| (number >> shift) as usize % DIGITS;
        let mut ends = [0_usize; DIGITS];
        for &number in numbers.iter() {
            ends[digit(number)] += 1;
        }
        let mut start = 0;
        for place in &mut ends {
            (*place, start) = (start, start + *place);
        }
        for &number in numbers.iter() {
            let place = &mut ends[digit(number)];
            sorted[*place] = number;
            *place += 1;
        }
        std::mem::swap(numbers, &mut sorted);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_upper_half_decides_and_equals_keep_their_order() {
        for count in [0, 1, 2, 5_000] {
            let mut state = 1_u64;
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                // Few enough upper halves that many are equal, spread over all digits.
                (((state >> 33) % 997 * 4_310_000) << 32) | (state & 0xffff_ffff)
            };
            let numbers: Vec<u64> = (0..count).map(|_| next()).collect();
            let (mut expected, mut found) = (numbers.clone(), numbers);
            expected.sort_by_key(|number| number >> 32);
            sort_by_upper_half(&mut found);
            assert_eq!(found, expected);
        }
    }
}
