//! Traditional characters to simplified ones, one to one. Knows which characters differ and nothing
//! about words: 頭髮 and 發現 come out right because 髮 and 發 both become 发.

use std::sync::LazyLock;

/// Pairs of characters with one space or line break behind each, sorted; training reads the same
/// file.
const PAIRS: &[u8] = include_str!("../../train/simplified.txt").as_bytes();

/// Two characters of three bytes, and what follows them.
const PAIR_BYTES: usize = 7;

const COUNT: usize = PAIRS.len() / PAIR_BYTES;

/// The traditional characters, then the simplified ones, each as its distance from the one before:
/// a third of the size of the text, in a file that every visitor loads.
static PACKED: [u8; packed().1] = {
    let (bytes, length) = packed();
    let mut trimmed = [0; packed().1];
    let mut at = 0;
    while at < length {
        trimmed[at] = bytes[at];
        at += 1;
    }
    trimmed
};

static TABLE: LazyLock<Vec<(u16, u16)>> = LazyLock::new(unpacked);

/// The simplified form of `c`; `c` where there is none.
pub(crate) fn simplified(c: char) -> char {
    let Ok(code) = u16::try_from(u32::from(c)) else { return c };
    let found = TABLE.binary_search_by_key(&code, |(traditional, _)| *traditional);
    found.ok().and_then(|at| char::from_u32(u32::from(TABLE[at].1))).unwrap_or(c)
}

fn unpacked() -> Vec<(u16, u16)> {
    let mut bytes = PACKED.iter();
    let mut before = 0_i32;
    let mut read = || {
        let (mut value, mut shift) = (0_i32, 0);
        for byte in bytes.by_ref() {
            value |= i32::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        // The lowest bit is the sign.
        before += (value >> 1) ^ -(value & 1);
        before as u16
    };
    let traditional: Vec<u16> = (0..COUNT).map(|_| read()).collect();
    traditional.into_iter().map(|traditional| (traditional, read())).collect()
}

/// The code point of the character of three bytes at `at`.
const fn code(at: usize) -> i32 {
    (((PAIRS[at] & 0x0f) as i32) << 12)
        | (((PAIRS[at + 1] & 0x3f) as i32) << 6)
        | ((PAIRS[at + 2] & 0x3f) as i32)
}

/// What [`unpacked`] reads, and how many bytes of it.
const fn packed() -> ([u8; 6 * COUNT], usize) {
    let (mut bytes, mut length) = ([0; 6 * COUNT], 0);
    let (mut before, mut number) = (0, 0);
    while number < 2 * COUNT {
        let place = number % COUNT * PAIR_BYTES + number / COUNT * 3;
        let distance = code(place) - before;
        before += distance;
        let mut rest = (distance << 1) ^ (distance >> 31);
        while rest >= 0x80 {
            bytes[length] = (rest & 0x7f) as u8 | 0x80;
            rest >>= 7;
            length += 1;
        }
        bytes[length] = rest as u8;
        length += 1;
        number += 1;
    }
    (bytes, length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pair_of_the_file_is_found() {
        let text = std::str::from_utf8(PAIRS).expect("the file is UTF-8");
        for pair in text.split_whitespace() {
            let mut pair = pair.chars();
            let (from, to) = (pair.next().expect("two"), pair.next().expect("two"));
            assert_eq!((simplified(from), simplified(to)), (to, to));
        }
        assert_eq!(TABLE.len(), text.split_whitespace().count());
        assert!(TABLE.is_sorted());
    }

    #[test]
    fn other_characters_stay() {
        for c in "a1 的著后国。é\u{4e00}\u{9fff}\u{20000}😀\0\u{10ffff}".chars() {
            assert_eq!(simplified(c), c);
        }
    }
}
