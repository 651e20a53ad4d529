//! FAQs in our own format, or a bare list of entries.

use protocol::draft::{DRAFT_ENTRIES_MAX, SkipReason};
use protocol::faq::FaqEntry;
use protocol::ids::EntryId;
use serde::Deserialize;
use serde_json::Value;

use super::{Found, IntakeError};

#[derive(Deserialize)]
#[serde(untagged)]
enum File {
    Whole { entries: Vec<Value> },
    Entries(Vec<Value>),
}

pub(super) fn read(text: &str, found: &mut Found<'_>) -> Result<(), IntakeError> {
    let file: File = serde_json::from_str(text.trim_start_matches('\u{feff}'))?;
    let (File::Whole { entries } | File::Entries(entries)) = file;
    for (mut value, at) in entries.into_iter().zip(1..) {
        if at > DRAFT_ENTRIES_MAX * 2 {
            found.skip(at, SkipReason::TooMany);
            return Ok(());
        }
        name(&mut value, found);
        match serde_json::from_value::<FaqEntry>(value) {
            Ok(entry) => found.keep(at, entry),
            Err(_) => found.skip(at, SkipReason::Unknown),
        }
    }
    Ok(())
}

/// Entries of other programs have no ids that mean anything here.
fn name(value: &mut Value, found: &Found<'_>) {
    let Some(entry) = value.as_object_mut() else { return };
    if entry.contains_key("id") {
        return;
    }
    if let Some(question) = entry.get("question").and_then(Value::as_str) {
        let id = EntryId::of_question(question, |id| found.is_taken(id));
        entry.insert("id".to_owned(), Value::from(id.as_str()));
    }
}
