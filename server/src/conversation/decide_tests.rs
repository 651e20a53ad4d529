//! What a conversation does, told as scripts: commands in, and what stands afterwards.

use protocol::conversation::{Assignee, Author, Body, BotMode, Notice, Status};
use protocol::ids::{
    AgentId, ConversationId, EntryId, MessageId, PackVersion, Seq, SiteKey, VisitorId,
};
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;
use protocol::understanding::{Confidence, HandOffReason};
use uuid::Uuid;

use super::command::{Accepted, Answer, BotReply, Command, Outcome, Utterance, Words};
use super::state::{Conversation, Page, TAIL_MESSAGES_MAX};
use crate::bus::record::{Fact, Posted, Started};

fn id(number: u128) -> MessageId {
    // Version and time order as clients make them; the low half tells them apart.
    MessageId(Uuid::from_u128((0x7000 << 64) | number))
}

fn mei() -> Assignee {
    Assignee { id: AgentId(Uuid::from_u128(1)), name: "Mei".to_owned() }
}

fn say(number: u128, text: &str) -> Command {
    Command::Say(utterance(number, text))
}

fn utterance(number: u128, text: &str) -> Utterance {
    let text = text.to_owned();
    Utterance { id: id(number), text, locale: Locale::En, understanding: None }
}

fn answer() -> Answer {
    Answer {
        entry: EntryId::parse("returns").unwrap(),
        pack_version: PackVersion::parse("ab").unwrap(),
        confidence: Confidence(0.9),
        html: "<p>30 days</p>".to_owned(),
    }
}

fn answered(question: u128, answer_id: u128) -> Command {
    let question = utterance(question, "returns?");
    Command::Answered { question, answer_id: id(answer_id), answer: answer() }
}

fn reply(number: u128, text: &str) -> Command {
    let words = Words { text: text.to_owned(), html: None };
    Command::Reply { id: id(number), agent: mei(), words, seen: None }
}

fn bot(question: u128, reply: BotReply) -> Command {
    Command::BotReply { question: id(question), understanding: None, reply }
}

fn hand_off(question: u128) -> Command {
    bot(question, BotReply::HandOff(HandOffReason::NotAnswered))
}

struct Script {
    conversation: Conversation,
    now_ms: u64,
}

impl Script {
    fn new() -> Self {
        let started = Started {
            site: SiteKey::parse("demo").unwrap(),
            visitor: VisitorId(Uuid::from_u128(2)),
            locale: Locale::En,
            at_ms: 0,
        };
        let id = ConversationId(Uuid::from_u128(3));
        Self { conversation: Conversation::start(id, started), now_ms: 0 }
    }

    /// Each command comes 100 ms after the one before.
    fn run(commands: Vec<Command>) -> Self {
        let mut script = Self::new();
        for command in commands {
            script.then(command).unwrap();
        }
        script
    }

    fn then(&mut self, command: Command) -> Result<Outcome, RefusalCode> {
        self.now_ms += 100;
        let outcome = self.conversation.decide(command, self.now_ms)?;
        outcome.facts.iter().for_each(|fact| self.conversation.apply(fact));
        Ok(outcome)
    }

    fn accepted(&mut self, command: Command) -> Vec<Option<u64>> {
        let outcome = self.then(command).unwrap();
        outcome.accepted.into_iter().map(|Accepted { seq, .. }| seq.map(|seq| seq.0)).collect()
    }

    fn bodies(&self) -> Vec<Body> {
        match self.conversation.page_after(Seq(0)) {
            Page::Here(messages) => messages.iter().map(|m| m.body.clone()).collect(),
            Page::InHistory => panic!("nothing was trimmed"),
        }
    }

    fn stands(&self) -> (Status, BotMode, bool, Option<u64>) {
        let standing = self.conversation.standing();
        let assigned = standing.assignee.is_some();
        (standing.status, standing.bot, assigned, standing.waiting_since_ms)
    }
}

fn check(commands: Vec<Command>, expected: (Status, BotMode, bool, Option<u64>)) {
    let told = format!("{commands:?}");
    assert_eq!(Script::run(commands).stands(), expected, "{told}");
}

fn posted<'a>(outcome: &'a Outcome) -> Vec<&'a Posted> {
    let posted = |fact: &'a Fact| match fact {
        Fact::Posted(posted) => Some(posted),
        Fact::Started(_)
        | Fact::Stands(_)
        | Fact::Aside(_)
        | Fact::Marked(_)
        | Fact::Understood { .. }
        | Fact::Seen { .. }
        | Fact::Claimed { .. }
        | Fact::Introduced(_)
        | Fact::Rated(_)
        | Fact::Erased(_) => None,
    };
    outcome.facts.iter().filter_map(posted).collect()
}

#[test]
fn where_a_conversation_stands_after_each_turn() {
    use BotMode::{Answering, Silent};
    use Status::{Open, Pending, Resolved};
    let resolve = |number| Command::Resolve { id: id(number) };
    let human = |number| Command::RequestHuman { id: id(number) };
    check(vec![say(1, "hi")], (Pending, Answering, false, None));
    check(vec![answered(1, 2)], (Pending, Answering, false, None));
    check(vec![say(1, "?"), hand_off(1)], (Open, Answering, false, Some(200)));
    check(vec![human(1)], (Open, Answering, false, Some(100)));
    check(vec![human(1), human(2)], (Open, Answering, false, Some(100)));
    check(vec![human(1), reply(2, "hello")], (Open, Silent, true, None));
    check(vec![human(1), reply(2, "hello"), say(3, "ok")], (Open, Silent, true, Some(300)));
    check(
        vec![say(1, "?"), Command::TakeOver { id: id(2), agent: mei() }],
        (Open, Silent, true, None),
    );
    check(
        vec![human(1), reply(2, "hello"), Command::GiveBack { id: id(3) }],
        (Pending, Answering, false, None),
    );
    check(vec![human(1), resolve(2)], (Resolved, Answering, false, None));
    check(vec![say(1, "?"), resolve(2), say(3, "again")], (Pending, Answering, false, None));
    check(
        vec![human(1), reply(2, "hello"), resolve(3), say(4, "again")],
        (Open, Silent, true, Some(400)),
    );
    check(
        vec![say(1, "?"), resolve(2), Command::Reopen { id: id(3) }],
        (Open, Answering, false, None),
    );
}

#[test]
fn a_resend_is_acknowledged_with_its_first_seq_and_changes_nothing() {
    let mut script = Script::new();
    for (command, seqs) in [
        (say(1, "hi"), vec![Some(1)]),
        (answered(2, 3), vec![Some(2), Some(3)]),
        (Command::Flag { id: id(4), answer: id(3) }, vec![Some(4)]),
        (Command::RequestHuman { id: id(5) }, vec![Some(5)]),
        (reply(6, "hello"), vec![Some(6)]),
        (Command::TakeOver { id: id(7), agent: mei() }, vec![Some(7)]),
        (Command::GiveBack { id: id(8) }, vec![Some(8)]),
        (Command::Resolve { id: id(9) }, vec![Some(9)]),
        (Command::Reopen { id: id(10) }, vec![Some(10)]),
    ] {
        assert_eq!(script.accepted(command.clone()), seqs, "{command:?}");
        let before = script.conversation.clone();
        assert_eq!(script.accepted(command.clone()), seqs, "again: {command:?}");
        assert_eq!(script.conversation, before, "{command:?}");
    }
}

#[test]
fn the_same_id_for_something_else_is_a_conflict() {
    let mut script = Script::run(vec![say(1, "hi"), reply(2, "hello")]);
    for command in [
        say(1, "hi!"),
        say(2, "hello"),
        reply(1, "hi"),
        reply(2, "hallo"),
        Command::RequestHuman { id: id(1) },
        Command::Resolve { id: id(2) },
        answered(3, 1),
        answered(4, 4),
    ] {
        let before = script.conversation.clone();
        let told = format!("{command:?}");
        // A silent bot refuses the answer alone; the id of a message is still a conflict.
        assert_eq!(script.then(command), Err(RefusalCode::IdConflict), "{told}");
        assert_eq!(script.conversation, before, "{told}");
    }
}

#[test]
fn only_a_question_to_an_answering_bot_reaches_the_pipeline() {
    let asked = |script: &mut Script, command| {
        posted(&script.then(command).unwrap()).iter().map(|p| p.question.is_some()).collect()
    };
    let mut script = Script::new();
    let all = |flags: &[bool]| flags.to_vec();
    let got: Vec<bool> = asked(&mut script, say(1, "hi"));
    assert_eq!(got, all(&[true]));
    let got: Vec<bool> = asked(&mut script, answered(2, 3));
    assert_eq!(got, all(&[false, false]));
    let got: Vec<bool> = asked(&mut script, reply(4, "hello"));
    assert_eq!(got, all(&[false]));
    let got: Vec<bool> = asked(&mut script, say(5, "are you there"));
    assert_eq!(got, all(&[false]));
}

#[test]
fn the_bot_replies_once_to_a_question_whatever_it_says_the_second_time() {
    let mut script = Script::run(vec![say(1, "returns?")]);
    assert_eq!(script.accepted(bot(1, BotReply::Answer(answer()))), [Some(2)]);
    assert_eq!(script.accepted(hand_off(1)), [Some(2)]);
    assert_eq!(script.bodies().len(), 2);
    assert_eq!(script.stands().0, Status::Pending);
    assert_eq!(script.then(hand_off(99)), Err(RefusalCode::UnknownMessage));
}

#[test]
fn after_a_human_spoke_the_bot_is_silent_until_given_back() {
    let mut script = Script::run(vec![say(1, "returns?"), reply(2, "hello")]);
    let outcome = script.then(bot(1, BotReply::Answer(answer()))).unwrap();
    let reply_id = MessageId::of_reply_to(id(1));
    assert_eq!(outcome.refused, Some((reply_id, RefusalCode::BotSilent)));
    let outcome = script.then(answered(3, 4)).unwrap();
    assert_eq!(outcome.accepted, [Accepted { id: id(3), seq: Some(Seq(3)) }]);
    assert_eq!(outcome.refused, Some((id(4), RefusalCode::BotSilent)));
    script.then(Command::GiveBack { id: id(5) }).unwrap();
    assert_eq!(script.accepted(answered(6, 7)), [Some(5), Some(6)]);
}

#[test]
fn only_a_bots_answer_can_be_flagged() {
    let mut script = Script::run(vec![say(1, "hi"), answered(2, 3)]);
    let flag = |answer| Command::Flag { id: id(9), answer: id(answer) };
    assert_eq!(script.then(flag(1)), Err(RefusalCode::UnknownMessage));
    assert_eq!(script.then(flag(8)), Err(RefusalCode::UnknownMessage));
    assert_eq!(script.accepted(flag(3)), [Some(4)]);
    let notice = Notice::AnswerFlagged { answer: id(3) };
    assert_eq!(script.bodies().last(), Some(&Body::Notice { notice }));
}

#[test]
fn a_rollback_leaves_no_trace_and_the_same_id_can_be_sent_again() {
    let mut script = Script::run(vec![say(1, "hi")]);
    let before = script.conversation.clone();
    let savepoint = script.conversation.savepoint();
    script.then(say(2, "lost")).unwrap();
    script.then(reply(3, "lost too")).unwrap();
    script.conversation.roll_back(savepoint);
    assert_eq!(script.conversation, before);
    assert_eq!(script.accepted(say(2, "sent again")), [Some(2)]);
}

#[test]
fn facts_rebuild_what_commands_built_and_the_memory_is_bounded() {
    let mut script = Script::new();
    let mut facts = Vec::new();
    let count = TAIL_MESSAGES_MAX as u128 + 40;
    for number in 1..=count {
        facts.extend(script.then(say(number, &format!("message {number}"))).unwrap().facts);
        script.conversation.trim();
    }
    let mut rebuilt = Script::new().conversation;
    facts.iter().for_each(|fact| rebuilt.apply(fact));
    rebuilt.trim();
    assert_eq!(rebuilt, script.conversation);
    assert_eq!(rebuilt.page_after(Seq(0)), Page::InHistory);
    assert_eq!(rebuilt.page_after(Seq(39)), Page::InHistory);
    let Page::Here(tail) = rebuilt.page_after(Seq(40)) else { panic!("the tail is here") };
    assert_eq!((tail.len(), tail[0].seq), (TAIL_MESSAGES_MAX, Seq(41)));
    // Also after it left the memory, a message is recognized.
    assert_eq!(script.accepted(say(1, "message 1")), [Some(1)]);
    for beyond in [count as u64, u64::MAX] {
        assert_eq!(rebuilt.page_after(Seq(beyond)), Page::Here(Vec::new()));
    }
}

#[test]
fn the_inbox_row_tells_what_an_agent_must_know() {
    let long = "退".repeat(200);
    let mut script = Script::run(vec![say(1, "hi"), say(2, &long), hand_off(2)]);
    let row = script.conversation.summary();
    assert_eq!(row.preview, "退".repeat(120));
    assert_eq!((row.last_seq, row.last_message_at_ms), (Seq(3), 300));
    assert_eq!(row.waiting_since_ms, Some(300));
    script.then(reply(4, "hello")).unwrap();
    assert_eq!(script.conversation.summary().assignee, Some(mei()));
    let Page::Here(messages) = script.conversation.page_after(Seq(3)) else { panic!("here") };
    assert!(matches!(&messages[0].author, Author::Agent { name, .. } if name == "Mei"));
}
