//! What a caller that keeps decisions must know of a text without asking the model: its words as
//! the first stages compare them, and whether these alone decide.

use crate::courtesy::without_courtesy;
use crate::hand_off;
use crate::pack::Pack;
use crate::pack::lexical::normalize;
use crate::scratch::Scratch;

/// The words of `text`, normalized and without politeness.
pub fn wording(text: &str) -> String {
    let mut normalized = String::new();
    normalize(text, &mut normalized);
    without_courtesy(&normalized).to_owned()
}

/// Whether [`ask`](crate::ask) decides on the words of `text` alone: a phrase of the pack, or a
/// wish for a person.
pub fn words_decide(text: &str, pack: &Pack) -> bool {
    let mut normalized = String::new();
    normalize(text, &mut normalized);
    let is_phrase = |words| pack.exact(words).is_some();
    hand_off::reason(&normalized).is_some()
        || is_phrase(&normalized)
        || is_phrase(without_courtesy(&normalized))
}

impl Scratch {
    /// The vector of the last text that was encoded; empty before the first.
    pub fn vector(&self) -> &[f32] {
        &self.encoder.vector
    }
}

#[cfg(test)]
mod tests {
    use super::wording;

    #[test]
    fn dress_is_not_wording() {
        for text in ["Where is my order?", "hi, where is MY order please", "where  is my order"] {
            assert_eq!(wording(text), "where is my order");
        }
        assert_eq!(wording("你好，请问怎么退货？谢谢"), "怎么退货");
        assert_ne!(wording("where is my order not"), wording("where is my order"));
    }
}
