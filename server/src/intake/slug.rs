//! Ids made of questions: readable, and free. Pure.

use protocol::ids::EntryId;

/// Characters taken from the question.
const CHARS_MAX: usize = 40;

pub(super) fn id(question: &str, taken: impl Fn(&EntryId) -> bool) -> EntryId {
    let mut slug = String::new();
    for c in question.chars().flat_map(char::to_lowercase) {
        if slug.chars().count() >= CHARS_MAX {
            break;
        }
        if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    let base = EntryId::parse(slug).unwrap_or_else(|_| EntryId::parse("entry").expect("a word"));
    if !taken(&base) {
        return base;
    }
    let numbered = |number: u32| EntryId::parse(&format!("{base}-{number}")).ok();
    (2..).find_map(|number| numbered(number).filter(|id| !taken(id))).unwrap_or(base)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(question: &str, taken: &[&str], expected: &str) {
        assert_eq!(id(question, |id| taken.contains(&id.as_str())).as_str(), expected);
    }

    #[test]
    fn an_id_reads_like_its_question_and_is_free() {
        check("How do I return an item?", &[], "how-do-i-return-an-item");
        check("如何退货？", &[], "如何退货");
        check("???", &[], "entry");
        check("Returns", &["returns", "returns-2"], "returns-3");
        check(&"长".repeat(200), &[], &"长".repeat(CHARS_MAX));
    }
}
