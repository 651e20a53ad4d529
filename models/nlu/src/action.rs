//! The next step of an entry's action: what is still to be asked for, in the visitor's language,
//! and whether a short answer is what was asked for. Knows no page and no browser.

use protocol::faq::EntryAction;
use protocol::locale::Locale;
use protocol::understanding::{Entity, EntityKind};
use protocol::worker::{ActionEntity, ActionStep};

use crate::entity::find_by_rules;

/// Longest answer that is taken as it is, in characters: a name, a place, a few words.
const FREE_CHARS_MAX: usize = 120;

/// An action whose entities are being collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collecting {
    action: EntryAction,
    given: Vec<ActionEntity>,
}

impl Collecting {
    /// Begins with what the question itself says.
    pub fn of(action: EntryAction, entities: &[Entity]) -> Self {
        let of_kind = |kind: &EntityKind| entities.iter().find(|entity| entity.kind == *kind);
        let said = action.needs.iter().filter_map(of_kind);
        let given =
            said.map(|entity| ActionEntity { kind: entity.kind, value: entity.value.clone() });
        Self { given: given.collect(), action }
    }

    /// What the visitor has not said yet.
    fn missing(&self) -> Option<EntityKind> {
        let is_given = |kind: &EntityKind| self.given.iter().any(|given| given.kind == *kind);
        self.action.needs.iter().find(|kind| !is_given(kind)).copied()
    }

    pub fn step(&self, locale: Locale) -> ActionStep {
        match self.missing() {
            Some(kind) => ActionStep::Need { question: question(kind, locale).to_owned() },
            None => {
                ActionStep::Run { name: self.action.name.clone(), entities: self.given.clone() }
            }
        }
    }

    /// Reads what was said after a question of ours; `false` when it is no answer to it.
    pub fn take(&mut self, text: &str) -> bool {
        let answer = self.missing().and_then(|kind| Some((kind, read(kind, text.trim())?)));
        let Some((kind, value)) = answer else { return false };
        self.given.push(ActionEntity { kind, value });
        true
    }
}

/// A bare answer is read as if its kind had been named before it.
fn read(kind: EntityKind, text: &str) -> Option<String> {
    let cue = match kind {
        EntityKind::OrderNumber => "order ",
        EntityKind::TrackingNumber => "tracking number ",
        EntityKind::Phone => "phone ",
        EntityKind::CardNumber => "card ",
        EntityKind::Email
        | EntityKind::Url
        | EntityKind::Date
        | EntityKind::Time
        | EntityKind::Amount
        | EntityKind::Quantity => "",
        EntityKind::Person
        | EntityKind::Address
        | EntityKind::Product
        | EntityKind::Issue
        | EntityKind::Place
        | EntityKind::Company => {
            let fits = !text.is_empty() && text.chars().count() <= FREE_CHARS_MAX;
            return fits.then(|| text.to_owned());
        }
    };
    let first = |text: &str| find_by_rules(text).into_iter().find(|entity| entity.kind == kind);
    let announced = |code: &str| first(&[cue, code].concat());
    let codes = || text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let found = first(text).or_else(|| announced(text)).or_else(|| codes().find_map(announced));
    found.map(|entity| entity.value)
}

fn question(kind: EntityKind, locale: Locale) -> &'static str {
    match locale {
        Locale::En => in_english(kind),
        Locale::Zh => in_chinese(kind),
    }
}

fn in_english(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::OrderNumber => "Which order is it about? Please send its number.",
        EntityKind::TrackingNumber => "What is the tracking number?",
        EntityKind::Phone => "Which phone number is it about?",
        EntityKind::Email => "Which e-mail address is it about?",
        EntityKind::Url => "Which page is it about? Please send its address.",
        EntityKind::Date => "Which date is it about?",
        EntityKind::Time => "What time is it about?",
        EntityKind::Amount => "Which amount is it about?",
        EntityKind::Quantity => "How many are there?",
        EntityKind::CardNumber => "What are the last digits of the card?",
        EntityKind::Person => "Whose name is it under?",
        EntityKind::Address => "Which address is it about?",
        EntityKind::Product => "Which product is it about?",
        EntityKind::Issue => "What is wrong with it?",
        EntityKind::Place => "Which place is it about?",
        EntityKind::Company => "Which company is it about?",
    }
}

fn in_chinese(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::OrderNumber => "请问是哪一笔订单？请发一下订单号。",
        EntityKind::TrackingNumber => "请问物流单号是多少？",
        EntityKind::Phone => "请问是哪个手机号？",
        EntityKind::Email => "请问是哪个邮箱？",
        EntityKind::Url => "请问是哪个页面？请发一下链接。",
        EntityKind::Date => "请问是哪一天？",
        EntityKind::Time => "请问是几点？",
        EntityKind::Amount => "请问金额是多少？",
        EntityKind::Quantity => "请问有几件？",
        EntityKind::CardNumber => "请问卡号后四位是多少？",
        EntityKind::Person => "请问登记的姓名是？",
        EntityKind::Address => "请问是哪个地址？",
        EntityKind::Product => "请问是哪件商品？",
        EntityKind::Issue => "请问出了什么问题？",
        EntityKind::Place => "请问是哪个地方？",
        EntityKind::Company => "请问是哪家公司？",
    }
}

#[cfg(test)]
mod tests {
    use protocol::ids::ActionName;

    use super::*;

    fn tracking(needs: &[EntityKind]) -> EntryAction {
        EntryAction { name: ActionName::parse("track_order").unwrap(), needs: needs.to_vec() }
    }

    fn values(step: &ActionStep) -> Option<Vec<&str>> {
        match step {
            ActionStep::Need { .. } => None,
            ActionStep::Run { entities, .. } => {
                Some(entities.iter().map(|entity| entity.value.as_str()).collect())
            }
        }
    }

    #[test]
    fn what_the_question_says_is_not_asked_for_again() {
        let action = tracking(&[EntityKind::OrderNumber]);
        let said = find_by_rules("where is my order 48213?");
        let collecting = Collecting::of(action, &said);
        assert_eq!(values(&collecting.step(Locale::En)), Some(vec!["48213"]));
        let none = Collecting::of(tracking(&[]), &said);
        assert_eq!(values(&none.step(Locale::En)), Some(vec![]));
    }

    #[test]
    fn a_missing_entity_is_asked_for_and_a_bare_answer_is_read() {
        for (locale, answer, expected) in [
            (Locale::En, "48213", "48213"),
            (Locale::En, "it's HM-48213, thanks", "HM-48213"),
            (Locale::Zh, "48213", "48213"),
            (Locale::Zh, "订单号是48213", "48213"),
        ] {
            let mut collecting = Collecting::of(tracking(&[EntityKind::OrderNumber]), &[]);
            let ActionStep::Need { question } = collecting.step(locale) else {
                panic!("nothing is known yet");
            };
            assert!(!question.is_empty());
            assert!(!collecting.take("no idea"), "no number in it");
            assert!(collecting.take(answer), "{answer}");
            assert_eq!(values(&collecting.step(locale)), Some(vec![expected]), "{answer}");
        }
    }

    #[test]
    fn several_are_asked_for_one_after_the_other() {
        let needs = [EntityKind::OrderNumber, EntityKind::Email, EntityKind::Person];
        let mut collecting = Collecting::of(tracking(&needs), &[]);
        assert!(collecting.take("48213"));
        assert!(!collecting.take("not an address"));
        assert!(collecting.take("ada@shop.example"));
        assert!(collecting.take("Ada"));
        let expected = Some(vec!["48213", "ada@shop.example", "Ada"]);
        assert_eq!(values(&collecting.step(Locale::En)), expected);
    }
}
