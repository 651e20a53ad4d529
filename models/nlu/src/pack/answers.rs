//! Which share of a question's weight lies in words of an entry's answer: what an owner wrote to
//! answer a question names its things more often than the phrasings do. Rebuilt at load from the
//! answers themselves.

use super::lexical::{Feature, Occurrences, normalize};
use kernel::arithmetic::ln;

/// A term and the answers it occurs in.
struct Term {
    hash: u32,
    idf: f32,
    documents_end: u32,
}

#[derive(Default)]
pub(crate) struct Answers {
    /// Sorted by hash; the documents of a term end where the next one's begin.
    terms: Vec<Term>,
    documents: Vec<u32>,
    /// Of each document, its entry.
    entries: Vec<u16>,
    unseen_idf: f32,
}

impl Answers {
    /// `answers` are HTML, each with the number of its entry, entries in order.
    pub(crate) fn build<'texts>(answers: impl Iterator<Item = (u16, &'texts str)>) -> Self {
        let (mut entries, mut occurrences) = (Vec::new(), Occurrences::default());
        let mut normalized = String::new();
        for (entry, html) in answers {
            normalize(&plain(html), &mut normalized);
            occurrences.collect(&normalized, entries.len() as u32);
            entries.push(entry);
        }
        let count = entries.last().map_or(0.0, |entry| f32::from(*entry) + 1.0);
        let mut answers = Self { unseen_idf: ln(1.0 + count) + 1.0, entries, ..Self::default() };
        for term in occurrences.sorted().chunk_by(|a, b| a.hash() == b.hash()) {
            let entry = |document: u32| answers.entries[document as usize];
            let frequency = term.chunk_by(|a, b| entry(a.text()) == entry(b.text())).count();
            answers.documents.extend(term.iter().map(|occurrence| occurrence.text()));
            answers.terms.push(Term {
                hash: term[0].hash(),
                idf: ln((1.0 + count) / (1.0 + frequency as f32)) + 1.0,
                documents_end: answers.documents.len() as u32,
            });
        }
        answers
    }

    /// Fills `shares` with one share for each of `entries_count` entries.
    pub(crate) fn score(
        &self,
        features: &[Feature],
        entries_count: usize,
        documents: &mut Vec<f32>,
        shares: &mut Vec<f32>,
    ) {
        documents.clear();
        documents.resize(self.entries.len(), 0.0);
        let mut total = 0.0_f32;
        for feature in features {
            let found = self.terms.binary_search_by_key(&feature.hash, |term| term.hash).ok();
            let weight = feature.weight * found.map_or(self.unseen_idf, |at| self.terms[at].idf);
            total += weight * weight;
            for &document in found.map_or(&[][..], |at| self.documents_of(at)) {
                documents[document as usize] += weight * weight;
            }
        }
        shares.clear();
        shares.resize(entries_count, 0.0);
        for (&entry, &weight) in self.entries.iter().zip(documents.iter()) {
            let share = &mut shares[usize::from(entry)];
            // No feature at all leaves 0 of 0.
            *share = share.max(if total > 0.0 { weight / total } else { 0.0 });
        }
    }

    fn documents_of(&self, term: usize) -> &[u32] {
        let start = if term == 0 { 0 } else { self.terms[term - 1].documents_end as usize };
        &self.documents[start..self.terms[term].documents_end as usize]
    }
}

/// The text between the tags; named characters such as `&amp;` become gaps.
fn plain(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut within = None;
    for c in html.chars() {
        match (within, c) {
            (None, '<') => within = Some('>'),
            (None, '&') => within = Some(';'),
            (None, _) => out.push(c),
            (Some(end), _) if c == end => {
                out.push(' ');
                within = None;
            }
            (Some(_), _) => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::lexical::collect_features;
    use super::*;

    fn check(question: &str, expected: &[(f32, f32)]) {
        let answers = [
            (0, "<p>Use the <b>tracking</b> link.</p>"),
            (0, "查看物流"),
            (1, "Wash &amp; dry by hand"),
        ];
        let index = Answers::build(answers.into_iter());
        let (mut features, mut documents, mut shares) = (Vec::new(), Vec::new(), Vec::new());
        collect_features(question, &mut features);
        index.score(&features, 2, &mut documents, &mut shares);
        for (share, (min, max)) in shares.iter().zip(expected) {
            assert!(share >= min && share <= max, "{question:?}: {shares:?}");
        }
    }

    #[test]
    fn shares_follow_the_words_of_the_answers() {
        check("tracking link", &[(0.99, 1.0), (0.0, 0.1)]);
        check("wash by hand", &[(0.0, 0.2), (0.99, 1.0)]);
        check("物流在哪", &[(0.2, 0.9), (0.0, 0.0)]);
        check("amp b p", &[(0.0, 0.0), (0.0, 0.0)]);
        check("", &[(0.0, 0.0), (0.0, 0.0)]);
    }

    #[test]
    fn tags_are_not_words() {
        assert_eq!(plain("a <b class=\"x\">c</b>&lt;d"), "a  c  d");
        assert_eq!(plain("unclosed <b"), "unclosed ");
    }
}
