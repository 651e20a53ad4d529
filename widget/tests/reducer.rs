//! The reducer, as a visitor, the server and the Worker meet it.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test stops at what it does not expect"
)]

use protocol::context::Identity;
use protocol::conversation::{AnsweredIn, Author, Body, BotMode, Notice, Status};
use protocol::http::{LocalAnswers, PackRef, SessionGrant};
use protocol::ids::{AgentId, ConversationId, EntryId, MessageId, PackVersion, Seq, VisitorId};
use protocol::locale::Locale;
use protocol::refusal::{Refusal, RefusalCode};
use protocol::settings::VisitorSettings;
use protocol::understanding::{
    AbstainReason, Choice, Confidence, Decision, HandOffReason, Tier, Understanding,
};
use protocol::worker::RenderedAnswer;
use widget::elsewhere::TabNews;
use widget::json::{decode, encode};
use widget::state::{Banner, Effect, History, Input, Link, ModelState, Now, State};
use widget::transcript::{Delivery, Pick};
use widget::wire::{
    Message, Outcome, PageToWidget, VisitorEvent, VisitorFrame, WidgetToPage, WorkerToPage,
};

/// A widget with a clock that moves 10 ms an input, and everything it caused.
struct Panel {
    state: State,
    now_ms: u64,
}

impl Panel {
    /// Connected, with a pack, on a site of the given kind.
    fn new(local_answers: LocalAnswers) -> Self {
        let mut panel = Self::offline(local_answers);
        panel.connect();
        panel
    }

    fn offline(local_answers: LocalAnswers) -> Self {
        let mut panel = Self { state: State::new(Locale::En, false), now_ms: 1_700_000_000_000 };
        panel.give(Input::Granted(grant(local_answers)));
        panel.give(Input::Worker(WorkerToPage::PackLoaded { version: version() }));
        panel
    }

    fn connect(&mut self) -> Vec<Effect> {
        self.give(Input::LinkUp);
        self.give(event(VisitorEvent::Resumed {
            conversation: self.state.conversation,
            status: self.state.status,
            bot: self.state.bot,
            messages: vec![],
            more: false,
        }))
    }

    fn give(&mut self, input: Input) -> Vec<Effect> {
        self.now_ms += 10;
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.now_ms.to_be_bytes());
        self.state.reduce(input, Now { unix_ms: self.now_ms, random })
    }

    /// Asks and lets the Worker decide.
    fn ask(&mut self, text: &str, decision: Decision) -> (MessageId, Vec<Effect>) {
        let effects = self.give(Input::Submitted { text: text.to_owned() });
        let id = asked(&effects).expect("the Worker is asked");
        (id, self.give(outcome(id, decision)))
    }

    fn delivery(&self, id: MessageId) -> Option<&Delivery> {
        self.state.transcript.find(id).map(|line| &line.delivery)
    }
}

/// What a reload finds, by way of the stored text.
fn history(panel: &Panel) -> History {
    decode(&encode(&panel.state.remembered()).unwrap()).unwrap()
}

fn grant(local_answers: LocalAnswers) -> SessionGrant {
    SessionGrant {
        identified: false,
        visitor: VisitorId::from_parts(1, [1; 10]),
        visitor_token: "v".to_owned(),
        socket_token: "s".to_owned(),
        socket_token_expires_in_s: 600,
        site_name: "Heronmoss".to_owned(),
        local_answers,
        settings: VisitorSettings::default(),
        files_pass: None,
        offers: None,
        pack: Some(PackRef { version: version(), url: "/v1/packs/ab.pack".to_owned() }),
    }
}

fn version() -> PackVersion {
    PackVersion::parse("ab12").unwrap()
}

fn entry() -> EntryId {
    EntryId::parse("delivery-time").unwrap()
}

fn event(event: VisitorEvent) -> Input {
    Input::Event(event)
}

fn answer() -> Decision {
    Decision::Answer { entry: entry(), confidence: Confidence(0.9), tier: Tier::Encoder }
}

fn abstain() -> Decision {
    Decision::Abstain { reason: AbstainReason::BelowThreshold, candidates: vec![] }
}

fn ask_back() -> Decision {
    let question = "How long does delivery take?".to_owned();
    Decision::AskBack { choices: vec![Choice { entry: entry(), question }] }
}

fn outcome(id: MessageId, decision: Decision) -> Input {
    let understanding =
        Understanding { locale: Locale::En, tier: Tier::Encoder, intent: None, entities: vec![] };
    let question = "How long does delivery take?".to_owned();
    let html = "<p>Two days</p>".to_owned();
    let outcome = Outcome {
        action: None,
        understanding: decode(&encode(&understanding).unwrap()).unwrap(),
        decision,
        pack_version: Some(version()),
        answer: Some(RenderedAnswer { entry: entry(), question, html }),
        tier_ready: Tier::Encoder,
        micros: 900,
    };
    Input::Worker(WorkerToPage::Outcome { id, outcome: Box::new(outcome) })
}

fn posted(seq: u64, id: MessageId, author: Author, body: Body) -> Input {
    let message = Message { id, seq: Seq(seq), at_ms: 5, author, body, understanding: None };
    event(VisitorEvent::Posted { message })
}

fn text(text: &str) -> Body {
    Body::Text { text: text.to_owned() }
}

fn agent() -> Author {
    Author::Agent { id: AgentId::from_parts(3, [3; 10]), name: "Ada".to_owned() }
}

fn conversation() -> ConversationId {
    ConversationId::from_parts(2, [2; 10])
}

fn asked(effects: &[Effect]) -> Option<MessageId> {
    effects.iter().find_map(|effect| match effect {
        Effect::Ask { id, .. } => Some(*id),
        _ => None,
    })
}

fn sent(effects: &[Effect]) -> Vec<&VisitorFrame> {
    let mut frames = Vec::new();
    for effect in effects {
        if let Effect::Send(frame) = effect {
            frames.push(frame);
        }
    }
    frames
}

/// The names of the frames that went out, for short expectations.
fn names(effects: &[Effect]) -> Vec<&'static str> {
    let name = |frame: &VisitorFrame| match frame {
        VisitorFrame::Resume { .. } => "resume",
        VisitorFrame::Say { .. } => "say",
        VisitorFrame::Answered { .. } => "answered",
        VisitorFrame::Tally { .. } => "tally",
        VisitorFrame::Flag { .. } => "flag",
        VisitorFrame::RequestHuman { .. } => "request_human",
        VisitorFrame::Typing => "typing",
        VisitorFrame::Visit(_) => "visit",
        VisitorFrame::Draft { .. } => "draft",
        VisitorFrame::Sync { .. } => "sync",
        VisitorFrame::Seen { .. } => "seen",
    };
    sent(effects).into_iter().map(name).collect()
}

#[test]
fn a_private_answer_sends_a_count_and_no_words() {
    let mut panel = Panel::new(LocalAnswers::Private);
    let (question, effects) = panel.ask("when does my secret gift arrive", answer());
    assert_eq!(names(&effects), ["tally"]);
    assert!(!format!("{:?}", sent(&effects)).contains("secret"));
    assert!(effects.contains(&Effect::Tell(WidgetToPage::Answered)));
    assert_eq!(panel.delivery(question), Some(&Delivery::OnDevice));
    let reply = panel.state.transcript.find(MessageId::of_reply_to(question)).unwrap();
    assert_eq!(reply.author, Author::Bot { answered_in: AnsweredIn::Browser });
}

#[test]
fn a_reported_answer_is_sent_at_once() {
    let mut panel = Panel::new(LocalAnswers::Reported);
    let (question, effects) = panel.ask("when does it arrive", answer());
    assert_eq!(names(&effects), ["answered"]);
    assert_eq!(panel.delivery(question), Some(&Delivery::Waiting));
}

#[test]
fn held_answers_go_first_and_in_order_when_the_visitor_writes_to_the_server() {
    let mut panel = Panel::new(LocalAnswers::Private);
    let (first, _) = panel.ask("one", answer());
    let (second, _) = panel.ask("two", answer());
    let (third, effects) = panel.ask("three", abstain());
    assert_eq!(names(&effects), ["answered", "answered", "say"]);
    let frames = sent(&effects);
    assert!(
        matches!(frames[0], VisitorFrame::Answered { question_id, .. } if *question_id == first)
    );
    assert!(
        matches!(frames[1], VisitorFrame::Answered { question_id, .. } if *question_id == second)
    );
    assert!(matches!(frames[2], VisitorFrame::Say { message_id, understanding: Some(_), .. }
        if *message_id == third));
    assert!(effects.contains(&Effect::ForgetHeld(first)));
}

#[test]
fn held_answers_go_first_when_the_visitor_asks_for_a_person() {
    let mut panel = Panel::new(LocalAnswers::Private);
    panel.ask("one", answer());
    let effects = panel.give(Input::HumanRequested);
    assert_eq!(names(&effects), ["answered", "request_human"]);
    assert_eq!(names(&panel.give(Input::HumanRequested)), Vec::<&str>::new());
}

#[test]
fn a_wrong_private_answer_sends_itself_and_the_flag_alone() {
    let mut panel = Panel::new(LocalAnswers::Private);
    panel.ask("one", answer());
    let (second, _) = panel.ask("two", answer());
    let effects = panel.give(Input::Flagged { answer: MessageId::of_reply_to(second) });
    assert_eq!(names(&effects), ["answered", "flag"]);
    assert_eq!(panel.state.outbox.held().len(), 1);
    let again = panel.give(Input::Flagged { answer: MessageId::of_reply_to(second) });
    assert_eq!(again, []);
}

#[test]
fn a_flag_marks_its_answer_and_adds_no_line() {
    let mut panel = Panel::new(LocalAnswers::Reported);
    let (question, _) = panel.ask("one", answer());
    let answer_id = MessageId::of_reply_to(question);
    let notice = Notice::AnswerFlagged { answer: answer_id };
    let id = MessageId::from_parts(9, [9; 10]);
    panel.give(posted(1, id, Author::System, Body::Notice { notice }));
    assert_eq!(panel.state.transcript.lines().len(), 2);
    assert!(panel.state.transcript.find(answer_id).unwrap().flagged);
    assert_eq!(panel.state.last_seq, Seq(1));
}

#[test]
fn a_slow_worker_is_overtaken_by_the_server() {
    let mut panel = Panel::new(LocalAnswers::Reported);
    let effects = panel.give(Input::Submitted { text: "hello?".to_owned() });
    let question = asked(&effects).unwrap();
    assert!(effects.contains(&Effect::Wake { after_ms: 1_500 }));
    assert_eq!(names(&panel.give(Input::Woke)), Vec::<&str>::new());
    panel.now_ms += 1_500;
    assert_eq!(names(&panel.give(Input::Woke)), ["say"]);
    let late = panel.give(outcome(question, answer()));
    assert_eq!(late, [], "one question, one answer");
}

#[test]
fn without_a_worker_the_question_goes_to_the_server() {
    let mut panel = Panel::new(LocalAnswers::Private);
    panel.give(Input::WorkerDied);
    let effects = panel.give(Input::Submitted { text: " hello ".to_owned() });
    assert_eq!(names(&effects), ["say"]);
    assert!(matches!(sent(&effects)[0], VisitorFrame::Say { text, .. } if text == "hello"));
    assert!(effects.contains(&Effect::ClearComposer));
}

#[test]
fn a_worker_that_dies_gives_its_question_to_the_server() {
    let mut panel = Panel::new(LocalAnswers::Private);
    panel.give(Input::Submitted { text: "hello".to_owned() });
    assert_eq!(names(&panel.give(Input::WorkerDied)), ["say"]);
}

#[test]
fn a_wish_for_a_person_recognized_by_the_worker_goes_to_the_server() {
    let mut panel = Panel::new(LocalAnswers::Private);
    let (_, effects) =
        panel.ask("human!", Decision::HandOff { reason: HandOffReason::WantsPerson });
    assert_eq!(names(&effects), ["say"]);
}

#[test]
fn a_picked_choice_answers_the_visitors_own_words() {
    let mut panel = Panel::new(LocalAnswers::Reported);
    let (question, effects) = panel.ask("delivery", ask_back());
    assert_eq!(names(&effects), Vec::<&str>::new());
    let choices = panel.state.transcript.lines().last().unwrap().id;
    let effects = panel.give(Input::Chosen { choices, entry: entry() });
    assert_eq!(asked(&effects), Some(question));
    let effects = panel.give(outcome(question, answer()));
    assert!(matches!(sent(&effects)[..], [VisitorFrame::Answered { question_id, text, .. }]
        if *question_id == question && text == "delivery"));
    assert_eq!(panel.state.transcript.find(choices).unwrap().pick, Pick::Entry(entry()));
    assert_eq!(panel.give(Input::Chosen { choices, entry: entry() }), [], "one pick");
}

#[test]
fn none_of_the_choices_sends_the_visitors_own_words() {
    let mut panel = Panel::new(LocalAnswers::Private);
    panel.ask("delivery", ask_back());
    let choices = panel.state.transcript.lines().last().unwrap().id;
    let effects = panel.give(Input::NoneChosen { choices });
    assert!(matches!(sent(&effects)[..], [VisitorFrame::Say { text, .. }] if text == "delivery"));
}

#[test]
fn a_person_learns_the_question_whose_choices_were_left_open() {
    let mut panel = Panel::new(LocalAnswers::Private);
    panel.ask("delivery", ask_back());
    assert_eq!(names(&panel.give(Input::HumanRequested)), ["request_human", "say"]);
}

#[test]
fn after_an_agent_has_spoken_nothing_is_answered_here() {
    let mut panel = Panel::new(LocalAnswers::Private);
    panel.give(event(VisitorEvent::StatusChanged { status: Status::Open, bot: BotMode::Silent }));
    let effects = panel.give(Input::Submitted { text: "and now?".to_owned() });
    assert_eq!((asked(&effects), names(&effects)), (None, vec!["say"]));
    let back = VisitorEvent::StatusChanged { status: Status::Pending, bot: BotMode::Answering };
    panel.give(event(back));
    assert!(asked(&panel.give(Input::Submitted { text: "and now?".to_owned() })).is_some());
}

#[test]
fn an_answer_that_comes_after_the_agent_is_not_shown() {
    let mut panel = Panel::new(LocalAnswers::Reported);
    let effects = panel.give(Input::Submitted { text: "well?".to_owned() });
    let question = asked(&effects).unwrap();
    panel.give(event(VisitorEvent::StatusChanged { status: Status::Open, bot: BotMode::Silent }));
    assert_eq!(names(&panel.give(outcome(question, answer()))), ["say"]);
}

#[test]
fn what_is_written_offline_is_kept_and_sent_in_order_after_the_resume() {
    let mut panel = Panel::offline(LocalAnswers::Private);
    panel.give(Input::WorkerDied);
    let one = panel.give(Input::Submitted { text: "one".to_owned() });
    let two = panel.give(Input::Submitted { text: "two".to_owned() });
    assert!(one.iter().chain(&two).all(|effect| !matches!(effect, Effect::Send(_))));
    assert!(matches!(one[..], [Effect::ClearComposer, Effect::KeepPending(_)]));
    let up = panel.give(Input::LinkUp);
    assert_eq!(names(&up), ["resume"]);
    let effects = panel.connect();
    let texts: Vec<_> = sent(&effects)
        .into_iter()
        .filter_map(|frame| match frame {
            VisitorFrame::Say { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(texts, ["one", "two"]);
}

#[test]
fn a_message_is_sent_again_until_it_is_accepted_and_then_never() {
    let mut panel = Panel::new(LocalAnswers::Private);
    panel.give(Input::WorkerDied);
    panel.give(Input::Submitted { text: "one".to_owned() });
    let id = panel.state.transcript.lines()[0].id;
    panel.give(Input::LinkDown);
    assert_eq!(names(&panel.connect()), ["say"]);
    let accepted = VisitorEvent::Accepted {
        message_id: id,
        conversation: Some(conversation()),
        seq: Some(Seq(1)),
    };
    let effects = panel.give(event(accepted));
    assert!(effects.contains(&Effect::ForgetPending(id)));
    assert_eq!(panel.delivery(id), Some(&Delivery::Sent));
    panel.give(Input::LinkDown);
    assert_eq!(panel.state.link, Link::Reconnecting);
    assert_eq!(names(&panel.connect()), Vec::<&str>::new());
    let resume = panel.give(Input::LinkUp);
    assert_eq!(
        sent(&resume),
        [&VisitorFrame::Resume { conversation: Some(conversation()), last_seq: Seq(1) }]
    );
}

#[test]
fn the_servers_copy_of_a_message_is_not_shown_twice() {
    let mut panel = Panel::new(LocalAnswers::Private);
    panel.give(Input::WorkerDied);
    panel.give(Input::Submitted { text: "one".to_owned() });
    let id = panel.state.transcript.lines()[0].id;
    panel.give(posted(1, id, Author::Visitor, text("one")));
    panel.give(posted(1, id, Author::Visitor, text("one")));
    assert_eq!(panel.state.transcript.lines().len(), 1);
    assert_eq!(panel.state.last_seq, Seq(1));
}

#[test]
fn a_gap_is_filled_before_anything_later_is_shown() {
    let mut panel = Panel::new(LocalAnswers::Private);
    let late = MessageId::from_parts(9, [9; 10]);
    let effects = panel.give(posted(3, late, agent(), text("third")));
    assert_eq!(names(&effects), ["resume"]);
    assert!(panel.state.transcript.lines().is_empty());
    let effects = panel.give(event(VisitorEvent::Synced { last_seq: Seq(3) }));
    assert_eq!(names(&effects), Vec::<&str>::new(), "one resume at a time");
    let message = |seq: u64, body| Message {
        id: MessageId::from_parts(seq, [7; 10]),
        seq: Seq(seq),
        at_ms: seq,
        author: agent(),
        body,
        understanding: None,
    };
    panel.give(event(VisitorEvent::Resumed {
        conversation: Some(conversation()),
        status: Status::Open,
        bot: BotMode::Silent,
        messages: vec![message(1, text("a")), message(2, text("b")), message(3, text("c"))],
        more: false,
    }));
    assert_eq!(panel.state.last_seq, Seq(3));
    assert_eq!(panel.state.transcript.lines().len(), 3);
    assert_eq!(panel.state.agent.as_deref(), Some("Ada"));
}

#[test]
fn a_sync_finds_what_was_missed() {
    let mut panel = Panel::new(LocalAnswers::Private);
    assert_eq!(names(&panel.give(Input::SyncDue)), ["sync"]);
    let effects = panel.give(event(VisitorEvent::Synced { last_seq: Seq(4) }));
    assert_eq!(names(&effects), ["resume"]);
}

#[test]
fn a_refused_resume_is_asked_again_when_the_server_said_and_then_all_goes_on() {
    let mut panel = Panel::offline(LocalAnswers::Private);
    assert_eq!(names(&panel.give(Input::LinkUp)), ["resume"]);
    let refusal = Refusal::retry_after(RefusalCode::TooFast, 3_000);
    let effects = panel.give(event(VisitorEvent::Refused { message_id: None, refusal }));
    assert!(effects.contains(&Effect::Wake { after_ms: 3_000 }));
    assert_eq!(panel.state.banner, Some(Banner::SlowedDown));
    assert_eq!(names(&panel.give(Input::Woke)), [""; 0], "too early");
    panel.now_ms += 3_000;
    assert_eq!(names(&panel.give(Input::Woke)), ["resume"]);
    assert_eq!(panel.state.banner, None);
    assert_eq!(names(&panel.give(Input::Woke)), [""; 0], "once");
}

#[test]
fn a_refused_sync_is_not_made_up_for() {
    let mut panel = Panel::new(LocalAnswers::Private);
    let refusal = Refusal::retry_after(RefusalCode::TooFast, 3_000);
    panel.give(event(VisitorEvent::Refused { message_id: None, refusal }));
    panel.now_ms += 3_000;
    assert_eq!(names(&panel.give(Input::Woke)), [""; 0]);
    assert_eq!(panel.state.banner, None);
}

#[test]
fn the_request_for_a_person_and_its_notice_are_one_line() {
    for accepted_first in [true, false] {
        let mut panel = Panel::new(LocalAnswers::Private);
        panel.give(Input::HumanRequested);
        let id = panel.state.transcript.lines()[0].id;
        let notice = Notice::HandedOff { reason: HandOffReason::WantsPerson };
        let other = MessageId::from_parts(8, [8; 10]);
        let post = posted(1, other, Author::System, Body::Notice { notice });
        let accept = event(VisitorEvent::Accepted {
            message_id: id,
            conversation: Some(conversation()),
            seq: Some(Seq(1)),
        });
        let inputs = if accepted_first { [accept, post] } else { [post, accept] };
        for input in inputs {
            panel.give(input);
        }
        assert_eq!(panel.state.transcript.lines().len(), 1, "accepted first: {accepted_first}");
        assert!(panel.state.with_person());
    }
}

#[test]
fn a_refused_message_says_so_and_can_be_tried_again() {
    let mut panel = Panel::new(LocalAnswers::Private);
    panel.give(Input::WorkerDied);
    panel.give(Input::Submitted { text: "one".to_owned() });
    let id = panel.state.transcript.lines()[0].id;
    let refusal = Refusal::of(RefusalCode::NoSpace);
    let refused = VisitorEvent::Refused { message_id: Some(id), refusal: refusal.clone() };
    let effects = panel.give(event(refused));
    assert!(effects.contains(&Effect::ForgetPending(id)));
    assert_eq!(panel.delivery(id), Some(&Delivery::Refused(refusal)));
    let effects = panel.give(Input::Retried { message: id });
    assert!(matches!(sent(&effects)[..], [VisitorFrame::Say { message_id, text, .. }]
        if *message_id != id && text == "one"));
    assert_eq!(panel.state.transcript.lines().len(), 1);
}

#[test]
fn a_message_that_came_too_fast_is_sent_again_by_itself() {
    let mut panel = Panel::new(LocalAnswers::Private);
    panel.give(Input::WorkerDied);
    panel.give(Input::Submitted { text: "one".to_owned() });
    let id = panel.state.transcript.lines()[0].id;
    let refusal = Refusal::retry_after(RefusalCode::TooFast, 2_000);
    panel.give(event(VisitorEvent::Refused { message_id: Some(id), refusal }));
    assert_eq!(panel.state.banner, Some(Banner::SlowedDown));
    assert_eq!(names(&panel.give(Input::Woke)), Vec::<&str>::new());
    panel.now_ms += 2_000;
    assert_eq!(names(&panel.give(Input::Woke)), ["say"]);
    assert_eq!(panel.delivery(id), Some(&Delivery::Waiting));
}

#[test]
fn words_answered_while_an_agent_spoke_reach_the_agent() {
    let mut panel = Panel::new(LocalAnswers::Reported);
    let (question, _) = panel.ask("one", answer());
    let refusal = Refusal::of(RefusalCode::BotSilent);
    let refused = VisitorEvent::Refused { message_id: Some(question), refusal };
    assert_eq!(names(&panel.give(event(refused))), ["say"]);
}

#[test]
fn a_full_outbox_leaves_the_text_in_the_composer() {
    let mut panel = Panel::offline(LocalAnswers::Private);
    panel.give(Input::WorkerDied);
    let mut taken = 0;
    while panel.give(Input::Submitted { text: "x".to_owned() }).contains(&Effect::ClearComposer) {
        taken += 1;
        assert!(taken < 1_000, "the outbox has a bound");
    }
    assert_eq!(panel.state.banner, Some(Banner::OutboxFull));
    assert_eq!(panel.state.outbox.pending().len(), taken);
    let long = "x".repeat(protocol::TEXT_BYTES_MAX + 1);
    assert_eq!(panel.give(Input::Submitted { text: long }), []);
    assert_eq!(panel.state.banner, Some(Banner::TextTooLong));
}

#[test]
fn a_reload_shows_and_sends_what_was_not_accepted() {
    let mut panel = Panel::offline(LocalAnswers::Private);
    panel.ask("private one", answer());
    panel.give(Input::WorkerDied);
    panel.give(Input::Submitted { text: "one".to_owned() });
    let pending = panel.state.outbox.pending().to_vec();
    let history = history(&panel);

    for history in [Some(history), None] {
        let mut next = Panel::offline(LocalAnswers::Private);
        next.state.restore(history, None);
        for pending in pending.clone() {
            next.give(Input::OtherTab(TabNews::Pended(pending)));
        }
        next.give(Input::Restored);
        let last = next.state.transcript.lines().last().unwrap();
        assert_eq!(last.visitor_text(), Some("one"));
        assert_eq!(last.delivery, Delivery::Waiting);
        assert_eq!(names(&next.connect()).last(), Some(&"say"));
    }
}

#[test]
fn a_question_lost_with_its_page_is_marked_unsent() {
    let mut panel = Panel::new(LocalAnswers::Private);
    panel.give(Input::Submitted { text: "one".to_owned() });
    let history = history(&panel);
    let mut next = Panel::offline(LocalAnswers::Private);
    next.state.restore(Some(history), None);
    next.give(Input::Restored);
    assert_eq!(next.state.transcript.lines()[0].delivery, Delivery::Unsent);
}

#[test]
fn another_tab_shares_its_private_answers_and_its_waiting_messages() {
    let mut panel = Panel::new(LocalAnswers::Private);
    let (question, effects) = panel.ask("one", answer());
    let held = effects.iter().find_map(|effect| match effect {
        Effect::KeepHeld(held) => Some(held.clone()),
        _ => None,
    });
    let mut other = Panel::new(LocalAnswers::Private);
    other.give(Input::OtherTab(TabNews::Held(held.unwrap())));
    assert_eq!(other.state.transcript.lines().len(), 2);
    other.give(Input::OtherTab(TabNews::Released(question)));
    assert!(other.state.outbox.held().is_empty());
    let pending = panel.state.outbox.pending()[0].clone();
    assert_eq!(other.give(Input::OtherTab(TabNews::Pended(pending))), [], "the writer sends it");
}

#[test]
fn a_message_to_a_closed_panel_counts_as_unread_until_it_is_shown() {
    let mut panel = Panel::new(LocalAnswers::Private);
    let id = MessageId::from_parts(9, [9; 10]);
    let effects = panel.give(posted(1, id, agent(), text("hello")));
    assert!(effects.contains(&Effect::Tell(WidgetToPage::Unread { count: 1 })));
    assert!(effects.contains(&Effect::Tell(WidgetToPage::Message)));
    let effects = panel.give(Input::Page(PageToWidget::Shown));
    assert!(effects.contains(&Effect::Tell(WidgetToPage::Unread { count: 0 })));
    let id = MessageId::from_parts(10, [9; 10]);
    let effects = panel.give(posted(2, id, agent(), text("seen")));
    assert!(!effects.iter().any(|e| matches!(e, Effect::Tell(WidgetToPage::Unread { .. }))));
}

#[test]
fn logging_out_forgets_everything() {
    let mut panel = Panel::new(LocalAnswers::Private);
    panel.ask("one", answer());
    let effects = panel.give(Input::Page(PageToWidget::Reset));
    assert!(effects.contains(&Effect::ForgetVisitor));
    assert!(panel.state.transcript.lines().is_empty());
    assert!(panel.state.outbox.held().is_empty());
}

#[test]
fn another_person_on_the_device_does_not_see_the_conversation() {
    let identify = |id: &str| {
        let (id, hash) = (id.to_owned(), "ab".to_owned());
        Input::Page(PageToWidget::Identify(Identity { id, hash, name: None, email: None }))
    };
    let mut panel = Panel::new(LocalAnswers::Private);
    panel.ask("one", answer());
    assert!(!panel.give(identify("ada")).contains(&Effect::ForgetVisitor));
    assert!(!panel.give(identify("ada")).contains(&Effect::ForgetVisitor));
    assert!(panel.give(identify("bob")).contains(&Effect::ForgetVisitor));
    assert!(panel.state.transcript.lines().is_empty());
}

#[test]
fn the_model_waits_for_a_tap_when_the_visitor_saves_data() {
    let mut state = State::new(Locale::En, true);
    let now = Now { unix_ms: 1, random: [0; 10] };
    let loaded = || Input::Worker(WorkerToPage::PackLoaded { version: version() });
    assert_eq!(state.reduce(loaded(), now), []);
    assert_eq!(state.model, ModelState::Offered);
    assert_eq!(state.reduce(Input::ModelWanted, now), [Effect::LoadModel]);
    let mut state = State::new(Locale::En, false);
    assert_eq!(state.reduce(loaded(), now), [Effect::LoadModel]);
}

#[test]
fn ids_made_in_one_millisecond_still_sort() {
    let mut state = State::new(Locale::En, false);
    for (text, random) in [("one", 9), ("two", 1)] {
        let input = Input::Submitted { text: text.to_owned() };
        state.reduce(input, Now { unix_ms: 5, random: [random; 10] });
    }
    let ids: Vec<_> = state.transcript.lines().iter().map(|line| line.id).collect();
    assert!(ids[0] < ids[1]);
}

/// Two tabs hear one socket: what the other one wrote or asked for must not leave a hole here.
#[test]
fn what_another_tab_wrote_is_taken_from_the_post_and_not_from_its_acknowledgement() {
    let mut panel = Panel::new(LocalAnswers::Private);
    panel.connect();
    let stranger = MessageId::from_parts(7, [7; 10]);
    let conversation = Some(ConversationId::from_parts(1, [1; 10]));
    let accepted = VisitorEvent::Accepted { message_id: stranger, conversation, seq: Some(Seq(1)) };
    panel.give(Input::Event(accepted));
    assert_eq!(panel.state.last_seq, Seq(0), "its words are not here yet");
}

#[test]
fn a_page_of_messages_for_another_tab_is_not_taken_for_ones_own() {
    let mut panel = Panel::new(LocalAnswers::Private);
    panel.connect();
    let resumed = |first: u64| VisitorEvent::Resumed {
        conversation: Some(ConversationId::from_parts(1, [1; 10])),
        status: Status::Open,
        bot: BotMode::Silent,
        messages: vec![text_at(first), text_at(first + 1)],
        more: false,
    };
    let effects = panel.give(Input::Event(resumed(4)));
    assert_eq!(names(&effects), ["resume"], "asked for from where this tab stands");
    assert_eq!(panel.state.transcript.lines(), []);
    panel.give(Input::Event(resumed(1)));
    assert_eq!(panel.state.last_seq, Seq(2));
}

#[test]
fn only_the_tab_with_the_socket_sends_what_waits() {
    for (leads, expected) in [(true, &["request_human"][..]), (false, &[])] {
        let mut panel = Panel::offline(LocalAnswers::Private);
        panel.give(Input::Leads(leads));
        panel.give(Input::HumanRequested);
        assert_eq!(names(&panel.connect()), expected);
    }
}

#[test]
fn what_one_tab_read_is_read_in_all() {
    let mut panel = Panel::new(LocalAnswers::Private);
    panel.connect();
    panel.give(Input::Page(PageToWidget::Hidden));
    let effects = panel.give(Input::Event(VisitorEvent::Posted { message: text_at(1) }));
    let unread = |count| Effect::Tell(WidgetToPage::Unread { count });
    assert!(effects.contains(&unread(1)), "{effects:?}");
    let effects = panel.give(Input::OtherTab(TabNews::Read(Seq(1))));
    assert!(effects.contains(&unread(0)), "{effects:?}");
}

/// What an agent wrote.
fn text_at(seq: u64) -> Message {
    Message {
        id: MessageId::from_parts(seq + 100, [9; 10]),
        seq: Seq(seq),
        at_ms: seq,
        author: Author::Agent { id: AgentId::from_parts(1, [1; 10]), name: "Mei".to_owned() },
        body: Body::Text { text: "hello".to_owned() },
        understanding: None,
    }
}
