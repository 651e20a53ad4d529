//! Actions of the customer's page, as the reducer carries them out: nothing of them is sent.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops at what it does not expect"
)]

use protocol::conversation::{Author, Body, BotMode, Status};
use protocol::ids::{ActionName, EntryId, MessageId, PackVersion};
use protocol::locale::Locale;
use protocol::understanding::{Confidence, Decision, EntityKind, Tier, Understanding};
use protocol::worker::ActionEntity;
use widget::json::{decode, encode};
use widget::state::{Effect, Input, Now, State};
use widget::transcript::Delivery;
use widget::wire::{
    ActionStep, Outcome, PageToWidget, Passed, VisitorEvent, VisitorFrame, WidgetToPage,
    WorkerToPage,
};

struct Panel {
    state: State,
    now_ms: u64,
}

impl Panel {
    /// Connected, with a pack.
    fn new() -> Self {
        let mut panel = Self { state: State::new(Locale::En, false), now_ms: 1_700_000_000_000 };
        panel.give(Input::Worker(WorkerToPage::PackLoaded { version: version() }));
        panel.give(Input::LinkUp);
        panel.give(Input::Event(VisitorEvent::Resumed {
            conversation: None,
            status: Status::Pending,
            bot: BotMode::Answering,
            messages: vec![],
            more: false,
        }));
        panel
    }

    fn give(&mut self, input: Input) -> Vec<Effect> {
        self.now_ms += 10;
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.now_ms.to_be_bytes());
        self.state.reduce(input, Now { unix_ms: self.now_ms, random })
    }

    /// Says something that the Worker takes for an action's.
    fn say(&mut self, text: &str, step: ActionStep) -> Vec<Effect> {
        let effects = self.give(Input::Submitted { text: text.to_owned() });
        let asked = effects.iter().find_map(|effect| match effect {
            Effect::Ask { id, .. } => Some(*id),
            _ => None,
        });
        self.give(outcome(asked.unwrap(), step))
    }

    fn bot_lines(&self) -> Vec<&Body> {
        let lines = self.state.transcript.lines().iter();
        lines.filter(|line| matches!(line.author, Author::Bot { .. })).map(|l| &l.body).collect()
    }
}

fn version() -> PackVersion {
    PackVersion::parse("ab").unwrap()
}

fn outcome(id: MessageId, step: ActionStep) -> Input {
    let entry = EntryId::parse("delivery-track").unwrap();
    let understanding =
        Understanding { locale: Locale::En, tier: Tier::Encoder, intent: None, entities: vec![] };
    let outcome = Outcome {
        understanding: decode(&encode(&understanding).unwrap()).unwrap(),
        decision: Decision::Answer { entry, confidence: Confidence(0.9), tier: Tier::Encoder },
        pack_version: Some(version()),
        answer: None,
        action: Some(step),
        tier_ready: Tier::Encoder,
        micros: 1,
    };
    Input::Worker(WorkerToPage::Outcome { id, outcome: Box::new(outcome) })
}

fn need() -> ActionStep {
    ActionStep::Need { question: "Which order is it about?".to_owned() }
}

fn entities() -> Passed {
    let entity = ActionEntity { kind: EntityKind::OrderNumber, value: "48213".to_owned() };
    decode(&encode(&[entity]).unwrap()).unwrap()
}

fn run() -> ActionStep {
    let name = ActionName::parse("track_order").unwrap();
    ActionStep::Run { name, entities: entities() }
}

fn done(text: &str, choices: &[&str]) -> Input {
    let choices = choices.iter().map(|&choice| choice.to_owned()).collect();
    Input::Page(PageToWidget::ActionDone { call: 1, text: text.to_owned(), choices })
}

fn frames(effects: &[Effect]) -> Vec<&VisitorFrame> {
    let mut frames = Vec::new();
    for effect in effects {
        if let Effect::Send(frame) = effect {
            frames.push(frame);
        }
    }
    frames
}

#[test]
fn what_is_missing_is_asked_for_and_the_page_gets_it() {
    let mut panel = Panel::new();
    let mut all = panel.say("where is my parcel", need());
    let text = |text: &str| Body::Text { text: text.to_owned() };
    assert_eq!(panel.bot_lines(), [&text("Which order is it about?")]);
    let effects = panel.say("48213", run());
    let name = ActionName::parse("track_order").unwrap();
    let call = WidgetToPage::RunAction { call: 1, name, entities: entities() };
    assert!(effects.contains(&Effect::Tell(call)), "{effects:?}");
    all.extend(effects);
    all.extend(panel.give(done("It is in Utrecht.", &["Thanks"])));
    assert_eq!(panel.bot_lines()[1], &text("It is in Utrecht."));
    // Counted, and nothing else: no words have left the browser.
    let sent = frames(&all);
    assert!(matches!(sent[..], [VisitorFrame::Tally { .. }]), "{sent:?}");
    let lines = panel.state.transcript.lines();
    assert!(lines.iter().all(|line| line.delivery == Delivery::OnDevice));
    // A choice is a question like any other.
    let Body::Choices { choices, .. } = panel.bot_lines()[2] else { panic!("no choices") };
    let (id, entry) = (panel.state.transcript.lines()[4].id, choices[0].entry.clone());
    let asked = panel.give(Input::Chosen { choices: id, entry });
    let is_asked = |effect: &Effect| matches!(effect, Effect::Ask { text, .. } if text == "Thanks");
    assert!(asked.iter().any(is_asked), "{asked:?}");
}

#[test]
fn a_page_that_cannot_is_a_reason_for_a_person() {
    let failed = Input::Page(PageToWidget::ActionFailed { call: 1 });
    let long = "x".repeat(5_000);
    for end in [failed, done("", &[]), done(&long, &[])] {
        let mut panel = Panel::new();
        panel.say("where is 48213", run());
        let effects = panel.give(end);
        let sent = frames(&effects);
        assert!(
            matches!(sent[..], [VisitorFrame::Say { .. }, VisitorFrame::RequestHuman { .. }]),
            "{sent:?}"
        );
        assert!(panel.state.with_person());
    }
}

#[test]
fn a_page_that_is_silent_is_given_up_and_late_words_are_dropped() {
    let mut panel = Panel::new();
    panel.say("where is 48213", run());
    panel.now_ms += 12_000;
    let effects = panel.give(Input::Woke);
    assert!(matches!(frames(&effects)[..], [_, VisitorFrame::RequestHuman { .. }]));
    let lines = panel.state.transcript.lines().len();
    assert_eq!(panel.give(done("too late", &[])), []);
    assert_eq!(panel.state.transcript.lines().len(), lines);
    // Words for a call that never was are nothing either.
    let stray = PageToWidget::ActionDone { call: 9, text: "x".to_owned(), choices: vec![] };
    assert_eq!(panel.give(Input::Page(stray)), []);
}

#[test]
fn who_asks_for_a_person_meanwhile_is_understood_by_them() {
    let mut panel = Panel::new();
    panel.say("where is my parcel", need());
    let effects = panel.give(Input::HumanRequested);
    let sent = frames(&effects);
    let told = sent.iter().find_map(|frame| match frame {
        VisitorFrame::Say { text, .. } => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(told, Some("where is my parcel"), "{sent:?}");
}
