//! What agents do among themselves leaves the transcript alone, and of two who do the same one
//! wins.

use protocol::conversation::BotMode;
use protocol::ids::{ConversationId, Seq, SiteKey, VisitorId};
use protocol::locale::Locale;
use uuid::Uuid;

use super::*;
use crate::bus::record::Started;
use crate::conversation::command::{Command, Outcome, Utterance, Words};
use crate::conversation::state::Conversation;

const NOW_MS: u64 = 1_000_000;

fn talk() -> Conversation {
    let site = SiteKey::parse("demo").unwrap();
    let visitor = VisitorId(Uuid::from_u128(1));
    let started = Started { site, visitor, locale: Locale::En, at_ms: 0 };
    let mut talk = Conversation::start(ConversationId(Uuid::from_u128(1)), started);
    run(&mut talk, say(1)).unwrap();
    run(&mut talk, Command::RequestHuman { id: id(2) }).unwrap();
    talk
}

fn run(talk: &mut Conversation, command: Command) -> Result<Outcome, RefusalCode> {
    run_at(talk, command, NOW_MS)
}

fn run_at(talk: &mut Conversation, command: Command, at: u64) -> Result<Outcome, RefusalCode> {
    let outcome = talk.decide(command, at)?;
    outcome.facts.iter().for_each(|fact| talk.apply(fact));
    Ok(outcome)
}

fn id(number: u128) -> MessageId {
    MessageId(Uuid::from_u128(number))
}

fn say(number: u128) -> Command {
    let (text, locale) = ("hello".to_owned(), Locale::En);
    Command::Say(Utterance { id: id(number), text, locale, understanding: None })
}

fn agent(number: u128) -> Assignee {
    Assignee { id: AgentId(Uuid::from_u128(number)), name: number.to_string() }
}

fn claim(number: u128, by: u128) -> Command {
    let (by, to) = (Some(agent(by)), Some(agent(by)));
    Command::Assign { id: id(number), by, from: None, to, note: None }
}

fn reply(number: u128, by: u128, seen: u64) -> Command {
    let words = Words { text: "hi".to_owned(), html: None };
    Command::Reply { id: id(number), agent: agent(by), words, seen: Some(Seq(seen)) }
}

#[test]
fn of_two_who_claim_it_one_wins_and_the_other_is_told() {
    let mut talk = talk();
    let seq = talk.last_seq();
    run(&mut talk, claim(10, 1)).unwrap();
    assert_eq!(run(&mut talk, claim(11, 2)), Err(RefusalCode::AssignedMeanwhile));
    assert_eq!(talk.standing().assignee, Some(agent(1)));
    assert_eq!(talk.last_seq(), seq, "nothing for the visitor to see");
    assert!(talk.standing().waiting_since_ms.is_some(), "nobody has answered yet");
    // The same frame again, and the same wish again, have no further effect.
    assert_eq!(run(&mut talk, claim(10, 1)).unwrap().facts, []);
    assert_eq!(run(&mut talk, claim(12, 1)).unwrap().facts, []);
    let (from, to, note) = (Some(agent(1).id), Some(agent(2)), Some("look".to_owned()));
    let transfer = Command::Assign { id: id(13), by: Some(agent(1)), from, to, note };
    run(&mut talk, transfer).unwrap();
    assert_eq!(talk.standing().assignee, Some(agent(2)));
}

#[test]
fn a_colleagues_answer_in_between_stops_a_reply_until_it_was_seen() {
    let mut talk = talk();
    let seen = talk.last_seq().0;
    run(&mut talk, reply(20, 1, seen)).unwrap();
    assert_eq!(run(&mut talk, reply(21, 2, seen)), Err(RefusalCode::AnsweredMeanwhile));
    run(&mut talk, reply(20, 1, seen)).unwrap();
    run(&mut talk, reply(22, 1, seen)).unwrap();
    let seen = talk.last_seq().0;
    run(&mut talk, reply(21, 2, seen)).unwrap();
}

#[test]
fn a_snoozed_one_comes_back_at_its_time_or_with_the_visitor() {
    let mut talk = talk();
    let snooze = |number, until_ms| Command::Snooze { id: id(number), by: agent(1), until_ms };
    assert_eq!(run(&mut talk, snooze(30, Some(NOW_MS))), Err(RefusalCode::InvalidBody));
    run(&mut talk, snooze(31, Some(NOW_MS + 10))).unwrap();
    assert_eq!(talk.standing().status, Status::Snoozed);
    assert_eq!(run(&mut talk, Command::Wake { id: id(32) }).unwrap().facts, []);
    run_at(&mut talk, Command::Wake { id: id(33) }, NOW_MS + 10).unwrap();
    let standing = talk.standing();
    assert_eq!((standing.status, standing.snoozed_until_ms), (Status::Open, None));
    assert_eq!(standing.waiting_since_ms, Some(NOW_MS + 10));
    run(&mut talk, reply(34, 1, 99)).unwrap();
    run(&mut talk, snooze(35, None)).unwrap();
    run(&mut talk, say(36)).unwrap();
    assert_eq!(talk.standing().status, Status::Open);
}

#[test]
fn a_blocked_visitor_is_refused_until_let_in_again() {
    let mut talk = talk();
    run(&mut talk, Command::Block { id: id(40), by: agent(1) }).unwrap();
    assert_eq!(run(&mut talk, say(41)), Err(RefusalCode::Blocked));
    assert_eq!(run(&mut talk, Command::RequestHuman { id: id(42) }), Err(RefusalCode::Blocked));
    run(&mut talk, reply(43, 1, 99)).unwrap();
    run(&mut talk, Command::Unblock { id: id(44), by: agent(1) }).unwrap();
    run(&mut talk, say(41)).unwrap();
}

#[test]
fn notes_and_marks_stay_beside_the_transcript_and_survive_a_checkpoint() {
    let mut talk = talk();
    let seq = talk.last_seq();
    let label = |name: &str| LabelName::parse(name).unwrap();
    let note = Command::Note { id: id(50), by: agent(1), text: "careful".to_owned() };
    run(&mut talk, note.clone()).unwrap();
    assert_eq!(run(&mut talk, note).unwrap().facts, []);
    let add = vec![label("vip"), label("退款"), label("vip")];
    run(&mut talk, Command::Label { id: id(51), by: agent(1), add, remove: Vec::new() }).unwrap();
    let remove = vec![label("vip")];
    run(&mut talk, Command::Label { id: id(52), by: agent(1), add: Vec::new(), remove }).unwrap();
    let priority = Priority::Urgent;
    run(&mut talk, Command::Prioritize { id: id(53), by: agent(1), priority }).unwrap();
    assert_eq!(talk.last_seq(), seq);
    let marks = talk.summary().marks;
    assert_eq!((marks.labels, marks.priority), (vec![label("退款")], Priority::Urgent));
    let restored = Conversation::restore(&talk.save()).unwrap();
    assert_eq!(restored, talk);
    assert_eq!(restored.asides().len(), 4);
    let many = (0..=LABELS_MAX).map(|number| label(&number.to_string())).collect();
    let label = Command::Label { id: id(54), by: agent(1), add: many, remove: Vec::new() };
    assert_eq!(run(&mut talk, label), Err(RefusalCode::TooMany));
}

#[test]
fn what_could_not_be_stored_is_taken_back() {
    let mut talk = talk();
    let (before, savepoint) = (talk.clone(), talk.savepoint());
    run(&mut talk, claim(60, 1)).unwrap();
    run(&mut talk, Command::Block { id: id(61), by: agent(1) }).unwrap();
    run(&mut talk, reply(62, 1, 99)).unwrap();
    assert_eq!(talk.standing().bot, BotMode::Silent);
    talk.roll_back(savepoint);
    assert_eq!(talk, before);
}

#[test]
fn an_erased_conversation_holds_nothing_and_takes_nothing_and_a_rollback_brings_it_back() {
    let mut talk = talk();
    let note = Command::Note { id: id(30), by: agent(1), text: "careful".to_owned() };
    run(&mut talk, note).unwrap();
    let (before, savepoint) = (talk.clone(), talk.savepoint());
    run(&mut talk, say(31)).unwrap();
    run(&mut talk, Command::Erase { by: agent(1) }).unwrap();
    talk.roll_back(savepoint);
    assert_eq!(talk, before, "also without the message that came just before");
    run(&mut talk, Command::Erase { by: agent(1) }).unwrap();
    talk.trim();
    let saved = String::from_utf8(talk.save()).unwrap();
    assert!(!saved.contains("hello") && !saved.contains("careful"), "{saved}");
    let visitor = VisitorId(Uuid::from_u128(1));
    assert!(talk.is_erased() && talk.visitor() != visitor && talk.asides().is_empty());
    assert_eq!(Conversation::restore(&talk.save()).unwrap(), talk);
    for command in [say(32), claim(33, 1), reply(34, 1, 9)] {
        assert_eq!(run(&mut talk, command), Err(RefusalCode::UnknownConversation));
    }
    assert_eq!(run(&mut talk, Command::Erase { by: agent(2) }).unwrap().facts, []);
}
