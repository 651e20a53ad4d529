//! An entry while it is written: as the fields of a form, and back. Pure, so that a reload or a
//! conflict costs no word.

use std::collections::BTreeMap;

use protocol::faq::{ACTION_NEEDS_MAX, EntryAction, FaqEntry, FaqText};
use protocol::ids::{ActionName, EntryId, MessageId, Revision};
use protocol::locale::Locale;
use protocol::understanding::EntityKind;
use serde::{Deserialize, Serialize};

/// The words of one language.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Words {
    pub(crate) question: String,
    /// One a line.
    pub(crate) phrasings: String,
    pub(crate) answer: String,
}

/// Kept in the tab while it is not saved.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Form {
    pub(crate) main: Words,
    pub(crate) translations: BTreeMap<Locale, Words>,
    /// With commas between.
    pub(crate) tags: String,
    pub(crate) covers: Vec<EntityKind>,
    pub(crate) hidden: bool,
    /// Name of the page's action; empty for none.
    #[serde(default)]
    pub(crate) action: String,
    #[serde(default)]
    pub(crate) needs: Vec<EntityKind>,
    /// What the writer began with; `None` for a new entry.
    pub(crate) base: Option<Revision>,
    /// Questions that the entry answers once it is saved.
    #[serde(default)]
    pub(crate) settles: Vec<MessageId>,
    /// What the form has no field for.
    #[serde(default)]
    pub(crate) rest: Option<Box<FaqEntry>>,
}

impl Form {
    pub(crate) fn of(entry: &FaqEntry, base: Revision) -> Self {
        let main = Words::of(&entry.question, &entry.phrasings, &entry.answer);
        let translations = entry.translations.iter().map(|(locale, text)| {
            (*locale, Words::of(&text.question, &text.phrasings, &text.answer))
        });
        Self {
            main,
            translations: translations.collect(),
            tags: entry.tags.join(", "),
            covers: entry.covers.clone(),
            hidden: entry.hidden,
            action: entry.action.as_ref().map_or_else(String::new, |a| a.name.to_string()),
            needs: entry.action.as_ref().map_or_else(Vec::new, |a| a.needs.clone()),
            base: Some(base),
            settles: Vec::new(),
            rest: Some(Box::new(entry.clone())),
        }
    }

    /// A new entry out of questions that nobody answered.
    pub(crate) fn asked(question: String, phrasings: &[String], settles: Vec<MessageId>) -> Self {
        let phrasings = phrasings.join("\n");
        let main = Words { question, phrasings, answer: String::new() };
        Self { main, settles, ..Self::default() }
    }

    /// Takes in another wording, which a visitor used.
    pub(crate) fn ask_also(&mut self, question: &str, message: MessageId) {
        let wording = question.split_whitespace().collect::<Vec<_>>().join(" ");
        if !self.main.phrasings.lines().any(|line| line.trim() == wording) {
            if !self.main.phrasings.is_empty() && !self.main.phrasings.ends_with('\n') {
                self.main.phrasings.push('\n');
            }
            self.main.phrasings.push_str(&wording);
        }
        self.settles.push(message);
    }

    /// The entry as it is to be drafted; a new one is named after its question.
    pub(crate) fn entry(&self, id: EntryId) -> FaqEntry {
        let text = self.main.text();
        let mut entry = self.rest.as_deref().cloned().unwrap_or_else(|| blank(&id));
        entry.id = id;
        entry.question = text.question;
        entry.phrasings = text.phrasings;
        entry.answer = text.answer;
        entry.tags = parts(&self.tags, &[',', '，', '、', '\n']);
        entry.covers.clone_from(&self.covers);
        entry.hidden = self.hidden;
        let name = ActionName::parse(self.action.trim()).ok();
        entry.action = name.map(|name| EntryAction { name, needs: self.needs.clone() });
        entry.translations =
            self.translations.iter().map(|(locale, words)| (*locale, words.text())).collect();
        entry
    }

    pub(crate) fn is_complete(&self) -> bool {
        let named = self.action.trim().is_empty() || ActionName::parse(self.action.trim()).is_ok();
        named && self.main.is_complete() && self.translations.values().all(Words::is_complete)
    }

    pub(crate) fn need(&mut self, kind: EntityKind, needed: bool) {
        self.needs.retain(|known| *known != kind);
        if needed && self.needs.len() < ACTION_NEEDS_MAX {
            self.needs.push(kind);
        }
    }

    pub(crate) fn cover(&mut self, kind: EntityKind, covered: bool) {
        self.covers.retain(|known| *known != kind);
        if covered {
            self.covers.push(kind);
        }
    }
}

impl Words {
    fn of(question: &str, phrasings: &[String], answer: &str) -> Self {
        let (question, answer) = (question.to_owned(), answer.to_owned());
        Self { question, phrasings: phrasings.join("\n"), answer }
    }

    fn text(&self) -> FaqText {
        FaqText {
            question: self.question.trim().to_owned(),
            phrasings: parts(&self.phrasings, &['\n']),
            answer: self.answer.trim().to_owned(),
        }
    }

    fn is_complete(&self) -> bool {
        !self.question.trim().is_empty() && !self.answer.trim().is_empty()
    }
}

fn parts(text: &str, separators: &[char]) -> Vec<String> {
    let parts = text.split(separators).map(|part| part.trim().to_owned());
    parts.filter(|part| !part.is_empty()).collect()
}

fn blank(id: &EntryId) -> FaqEntry {
    // The shortest entry there is: fields that the form does not know have their defaults.
    let json = serde_json::json!({ "id": id, "question": "", "answer": "" });
    serde_json::from_value(json).expect("an entry of three texts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_loses_nothing_of_an_entry() {
        let entry: FaqEntry = serde_json::from_value(serde_json::json!({
            "id": "returns", "question": "Return?", "phrasings": ["send back", "refund"],
            "answer": "30 days.\n\n- really", "tags": ["orders", "money"],
            "covers": ["order_number"], "hidden": true,
            "action": { "name": "track_order", "needs": ["order_number"] },
            "translations": { "zh": { "question": "退货？", "phrasings": ["退"], "answer": "三十天" } }
        }))
        .unwrap();
        let form = Form::of(&entry, Revision::parse("ab").unwrap());
        assert_eq!(form.entry(entry.id.clone()), entry);
        let kept: Form = serde_json::from_str(&serde_json::to_string(&form).unwrap()).unwrap();
        assert_eq!(kept, form);
    }

    #[test]
    fn an_entry_without_question_or_answer_is_not_complete() {
        let mut form = Form::asked("When?".to_owned(), &["what time".to_owned()], Vec::new());
        assert!(!form.is_complete());
        form.main.answer = "Now.".to_owned();
        assert!(form.is_complete());
        form.translations.insert(Locale::Zh, Words::default());
        assert!(!form.is_complete());
    }

    #[test]
    fn a_new_id_is_free() {
        let taken = |id: &EntryId| id.as_str() == "when";
        assert_eq!(EntryId::of_question("When?", taken).as_str(), "when-2");
        assert_eq!(EntryId::of_question("几点开门？", taken).as_str(), "几点开门");
    }
}
