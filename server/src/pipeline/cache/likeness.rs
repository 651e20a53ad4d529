//! How alike two wordings are: the share of words, letter triples and Han pairs they have in
//! common. No model is called. Knows no decisions.

/// FNV-1a.
const HASH_START: u32 = 0x811c_9dc5;
const HASH_PRIME: u32 = 0x0100_0193;

const SIGNATURE_WORDS: usize = 4;

/// The features of a wording, ready to be compared with many others.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Features {
    /// Distinct and sorted.
    hashes: Box<[u32]>,
    /// One bit of 256 for each feature: a bit that the other lacks is a feature that it lacks.
    signature: [u64; SIGNATURE_WORDS],
}

impl Features {
    /// `wording` as [`nlu::wording::wording`] writes it.
    pub(super) fn of(wording: &str) -> Self {
        let mut hashes = Vec::new();
        for word in wording.split(' ') {
            let chars: Vec<char> = word.chars().collect();
            for run in chars.chunk_by(|a, b| is_han(*a) == is_han(*b)) {
                if is_han(run[0]) { han(run, &mut hashes) } else { letters(run, &mut hashes) }
            }
        }
        hashes.sort_unstable();
        hashes.dedup();
        let mut signature = [0; SIGNATURE_WORDS];
        for hash in &hashes {
            let bit = *hash as usize % (64 * SIGNATURE_WORDS);
            signature[bit / 64] |= 1 << (bit % 64);
        }
        Self { hashes: hashes.into(), signature }
    }

    pub(super) fn len(&self) -> usize {
        self.hashes.len()
    }

    /// Whether both have at least `share` of their common features in common (Jaccard).
    pub(super) fn alike(&self, other: &Self, share: f32) -> bool {
        self.most_alike(other) >= share && self.jaccard(other) >= share
    }

    /// At least as much as [`Self::jaccard`], from the signatures alone.
    fn most_alike(&self, other: &Self) -> f32 {
        let (mut only_ours, mut only_theirs) = (0, 0);
        for (ours, theirs) in self.signature.iter().zip(&other.signature) {
            only_ours += (ours & !theirs).count_ones() as usize;
            only_theirs += (theirs & !ours).count_ones() as usize;
        }
        let common = (self.len() - only_ours).min(other.len() - only_theirs);
        share_of(common, self.len(), other.len())
    }

    fn jaccard(&self, other: &Self) -> f32 {
        let (mut at, mut common) = (0, 0);
        for hash in &self.hashes {
            while other.hashes.get(at).is_some_and(|theirs| theirs < hash) {
                at += 1;
            }
            common += usize::from(other.hashes.get(at) == Some(hash));
        }
        share_of(common, self.len(), other.len())
    }
}

fn share_of(common: usize, ours: usize, theirs: usize) -> f32 {
    let all = ours + theirs - common;
    if all == 0 { 0.0 } else { common as f32 / all as f32 }
}

fn letters(word: &[char], hashes: &mut Vec<u32>) {
    hashes.push(hash('w', word));
    let edged: Vec<char> =
        std::iter::once('<').chain(word.iter().copied()).chain(std::iter::once('>')).collect();
    hashes.extend(edged.windows(3).map(|triple| hash('t', triple)));
}

fn han(run: &[char], hashes: &mut Vec<u32>) {
    hashes.extend(run.chunks(1).map(|single| hash('h', single)));
    hashes.extend(run.windows(2).map(|pair| hash('p', pair)));
}

fn hash(kind: char, chars: &[char]) -> u32 {
    let codes = std::iter::once(kind).chain(chars.iter().copied()).map(u32::from);
    codes
        .flat_map(u32::to_le_bytes)
        .fold(HASH_START, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(HASH_PRIME))
}

/// Whose words are not set apart by spaces.
fn is_han(c: char) -> bool {
    matches!(u32::from(c), 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x2FA1F)
}

#[cfg(test)]
mod tests {
    use super::Features;

    fn check(one: &str, other: &str, least: f32, most: f32) {
        let (one_features, other_features) = (Features::of(one), Features::of(other));
        let share = one_features.jaccard(&other_features);
        assert!(share >= least && share <= most, "{one:?} {other:?}: {share}");
        let bound = one_features.most_alike(&other_features);
        assert!(bound >= share, "{one:?} {other:?}: {share} above its bound {bound}");
    }

    #[test]
    fn rewordings_are_alike_and_other_questions_are_not() {
        check("where is my order", "where is my order", 1.0, 1.0);
        check("is my order where", "where is my order", 1.0, 1.0);
        check("do you ship to the moon", "do you ship to moon", 0.7, 0.99);
        check("where is my order", "where is my lamp", 0.3, 0.65);
        check("can i cancel", "can i exchange", 0.0, 0.5);
        check("你们能送到月球吗", "你们能送到月球", 0.8, 0.99);
        check("你们能送到月球吗", "怎么退货", 0.0, 0.1);
        check("", "where", 0.0, 0.0);
        check("", "", 0.0, 0.0);
    }
}
