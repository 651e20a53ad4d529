//! Folding: look-alike characters become one before anything reads the text. Training applies the
//! same table (`models/artifacts/fold.tsv`; a test holds this one against it).

use crate::simplified::simplified;

/// What `c` stands for; `None` removes it.
pub fn fold(c: char) -> Option<char> {
    match c {
        // Control characters (tab and line breaks stay), zero-width and direction marks.
        '\0'..='\u{8}' | '\u{b}'..='\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => None,
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' => None,
        '\u{feff}' => None,
        '\u{2018}' | '\u{2019}' => Some('\''),
        '\u{201c}' | '\u{201d}' => Some('"'),
        '\u{3000}' => Some(' '),
        // Full-width ASCII lies at a fixed distance from ASCII.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xff01 + 0x21),
        '\u{4e00}'..='\u{9fff}' => Some(simplified(c)),
        _ => Some(c),
    }
}

/// The whole text folded.
pub fn fold_text(text: &str) -> String {
    text.chars().filter_map(fold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(fold_text(text), expected);
        assert_eq!(fold_text(expected), expected, "folding twice changes nothing");
    }

    #[test]
    fn look_alikes_become_one() {
        check("", "");
        check("ＡＢＣ１２３！", "ABC123!");
        check("it’s “fine”", "it's \"fine\"");
        check("a\u{200b}b\u{feff}c\0", "abc");
        check("多少钱　？", "多少钱 ?");
        check("line\nbreak\ttab", "line\nbreak\ttab");
        check("。，", "。,");
        check("請問訂單什麼時候發貨", "请问订单什么时候发货");
        check("頭髮乾了以後", "头发干了以后");
    }

    #[test]
    fn the_table_of_training_is_this_one() {
        let table = include_str!("../../artifacts/fold.tsv");
        let code = |hex: &str| u32::from_str_radix(hex, 16).expect("the table holds hexadecimals");
        let mut expected = std::collections::HashMap::new();
        for line in table.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            let (first, last) = (code(fields[0]), code(fields[1]));
            for from in first..=last {
                let to = (fields[2] != "-").then(|| code(fields[2]) + from - first);
                expected.insert(from, to.and_then(char::from_u32));
            }
        }
        for c in '\0'..=char::MAX {
            let wanted = expected.get(&u32::from(c)).copied().unwrap_or(Some(c));
            assert_eq!(fold(c), wanted, "U+{:04X}", u32::from(c));
        }
    }
}
