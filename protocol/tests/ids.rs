//! Ids that are made, not given.

use protocol::ids::EntryId;

fn check(question: &str, taken: &[&str], expected: &str) {
    let id = EntryId::of_question(question, |id| taken.contains(&id.as_str()));
    assert_eq!(id.as_str(), expected);
}

#[test]
fn an_id_reads_like_its_question_and_is_free() {
    check("How do I return an item?", &[], "how-do-i-return-an-item");
    check("如何退货？", &[], "如何退货");
    check("???", &[], "entry");
    check("Returns", &["returns", "returns-2"], "returns-3");
    check(&"长".repeat(200), &[], &"长".repeat(40));
}
