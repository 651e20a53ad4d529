//! Which facts a command leads to in a conversation as it stands. Pure.

use protocol::conversation::{AnsweredIn, Assignee, Author, Body, BotMode, Notice, Status};
use protocol::ids::{MessageId, Seq, VisitorId};
use protocol::refusal::RefusalCode;
use protocol::understanding::{HandOffReason, Understanding};

use super::command::{Accepted, Answer, BotReply, Command, Outcome, Utterance, Words};
use super::decide_desk::{Beside, Blocked};
use super::state::{Conversation, digest};
use crate::bus::record::{Erased, Fact, Posted, Question, Standing};

impl Conversation {
    /// # Errors
    /// The command is refused as a whole and nothing may be appended.
    pub fn decide(&self, command: Command, now_ms: u64) -> Result<Outcome, RefusalCode> {
        if self.is_erased() {
            // To everybody else it is as if there had been none.
            return match matches!(command, Command::Erase { .. }) {
                true => Ok(Outcome::default()),
                false => Err(RefusalCode::UnknownConversation),
            };
        }
        if self.head.marks.blocked && command.is_the_visitors() {
            return Err(RefusalCode::Blocked);
        }
        let mut draft = Draft::on(self, now_ms);
        match command {
            Command::Say(utterance) => draft.say(utterance)?,
            Command::Answered { question, answer_id, answer } => {
                draft.answered(question, answer_id, answer)?;
            }
            Command::Flag { id, answer } => draft.flag(id, answer)?,
            Command::RequestHuman { id } => draft.request_human(id)?,
            Command::Reply { id, agent, words, seen } => draft.reply(id, agent, words, seen)?,
            Command::TakeOver { id, agent } => draft.take_over(id, agent)?,
            Command::GiveBack { id } => draft.give_back(id)?,
            Command::Resolve { id } => draft.resolve(id)?,
            Command::Reopen { id } => draft.reopen(id)?,
            Command::SendFile { id, file } => draft.send_file(id, file)?,
            Command::ReplyFile { id, agent, file } => draft.reply_file(id, agent, file)?,
            Command::Introduce { id, contact } => draft.introduce(id, contact),
            Command::Rate { id, resolved, score, comment } => {
                draft.rate(id, resolved, score, comment)?;
            }
            Command::Assign { id, by, from, to, note } => {
                draft.assign(Beside { id, by }, from, to, note)?;
            }
            Command::Snooze { id, by, until_ms } => draft.snooze(Beside::of(id, by), until_ms)?,
            Command::Wake { id } => draft.wake(id),
            Command::Label { id, by, add, remove } => {
                draft.label(Beside::of(id, by), add, &remove)?;
            }
            Command::Prioritize { id, by, priority } => {
                draft.prioritize(Beside::of(id, by), priority);
            }
            Command::Note { id, by, text } => draft.note(Beside::of(id, by), text)?,
            Command::Block { id, by } => draft.block(Beside::of(id, by), Blocked::Yes),
            Command::Unblock { id, by } => draft.block(Beside::of(id, by), Blocked::No),
            Command::BotReply { question, understanding, reply } => {
                draft.bot_reply(question, understanding, reply)?;
            }
            Command::Claim { from, to } => draft.claim(from, to)?,
            Command::See { context } => draft.outcome.facts.push(Fact::Seen { context }),
            Command::Erase { by } => {
                let erased = Erased { visitor: self.visitor(), by, at_ms: now_ms };
                return Ok(Outcome { facts: vec![Fact::Erased(erased)], ..Outcome::default() });
            }
            #[cfg(test)]
            Command::Panic => panic!("asked to"),
        }
        Ok(draft.finish())
    }
}

/// An outcome in the making.
pub(super) struct Draft<'a> {
    pub(super) on: &'a Conversation,
    pub(super) now_ms: u64,
    pub(super) last_seq: Seq,
    pub(super) standing: Standing,
    pub(super) outcome: Outcome,
}

#[derive(PartialEq, Eq)]
pub(super) enum Posting {
    New,
    /// The same message was posted before; it is acknowledged again.
    Repeated,
}

/// A line of the transcript before it has a place there.
pub(super) struct Line {
    pub(super) id: MessageId,
    author: Author,
    body: Body,
    understanding: Option<Understanding>,
    question: Option<Question>,
}

impl Line {
    pub(super) fn plain(id: MessageId, author: Author, body: Body) -> Self {
        Self { id, author, body, understanding: None, question: None }
    }

    pub(super) fn notice(id: MessageId, notice: Notice) -> Self {
        Self::plain(id, Author::System, Body::Notice { notice })
    }
}

impl<'a> Draft<'a> {
    fn on(on: &'a Conversation, now_ms: u64) -> Self {
        let standing = on.standing().clone();
        Self { on, now_ms, last_seq: on.last_seq(), standing, outcome: Outcome::default() }
    }

    fn finish(mut self) -> Outcome {
        if self.standing.status != Status::Snoozed {
            self.standing.snoozed_until_ms = None;
        }
        if &self.standing != self.on.standing() {
            self.outcome.facts.push(Fact::Stands(self.standing));
        }
        self.outcome
    }

    pub(super) fn post(&mut self, line: Line) -> Result<Posting, RefusalCode> {
        let id = line.id;
        if let Some(known) = self.on.known(id) {
            if known.digest != digest(&line.author, &line.body) {
                return Err(RefusalCode::IdConflict);
            }
            self.outcome.accepted.push(Accepted { id, seq: Some(known.seq) });
            return Ok(Posting::Repeated);
        }
        self.last_seq = self.last_seq.next();
        self.outcome.accepted.push(Accepted { id, seq: Some(self.last_seq) });
        self.outcome.facts.push(Fact::Posted(Posted {
            id,
            seq: self.last_seq,
            at_ms: self.now_ms,
            author: line.author,
            body: line.body,
            understanding: line.understanding,
            question: line.question,
        }));
        Ok(Posting::New)
    }

    pub(super) fn accept_without_effect(&mut self, id: MessageId) {
        self.outcome.accepted.push(Accepted { id, seq: None });
    }

    fn say(&mut self, utterance: Utterance) -> Result<(), RefusalCode> {
        let question = (self.standing.bot == BotMode::Answering)
            .then(|| Question { site: self.on.head.site.clone(), locale: utterance.locale });
        if self.utter(utterance, question)? == Posting::New {
            self.visitor_spoke();
        }
        Ok(())
    }

    fn utter(
        &mut self,
        utterance: Utterance,
        question: Option<Question>,
    ) -> Result<Posting, RefusalCode> {
        self.post(Line {
            id: utterance.id,
            author: Author::Visitor,
            body: Body::Text { text: utterance.text },
            understanding: utterance.understanding,
            question,
        })
    }

    /// A closed conversation comes back to life; a silent bot leaves the visitor to a human.
    pub(super) fn visitor_spoke(&mut self) {
        match self.standing.bot {
            BotMode::Silent => {
                self.standing.status = Status::Open;
                self.standing.waiting_since_ms.get_or_insert(self.now_ms);
            }
            BotMode::Answering => match self.standing.status {
                Status::Resolved | Status::Snoozed => self.standing.status = Status::Pending,
                Status::Pending | Status::Open => {}
            },
        }
    }

    fn answered(
        &mut self,
        question: Utterance,
        answer_id: MessageId,
        answer: Answer,
    ) -> Result<(), RefusalCode> {
        let question_id = question.id;
        if question_id == answer_id {
            return Err(RefusalCode::IdConflict);
        }
        // Posted together or not at all: an answer that cannot be posted leaves no question.
        if self.utter(question, None)? == Posting::New {
            self.visitor_spoke();
        }
        let author = Author::Bot { answered_in: AnsweredIn::Browser };
        if self.standing.bot == BotMode::Silent && self.on.known(answer_id).is_none() {
            self.outcome.refused = Some((answer_id, RefusalCode::BotSilent));
            return Ok(());
        }
        self.post(Line::plain(answer_id, author, answer_body(question_id, answer)))?;
        Ok(())
    }

    fn flag(&mut self, id: MessageId, answer: MessageId) -> Result<(), RefusalCode> {
        if !self.on.known(answer).is_some_and(|known| known.answer) {
            return Err(RefusalCode::UnknownMessage);
        }
        self.post(Line::notice(id, Notice::AnswerFlagged { answer }))?;
        Ok(())
    }

    fn request_human(&mut self, id: MessageId) -> Result<(), RefusalCode> {
        let human_is_on_it = self.standing.status == Status::Open
            && (self.standing.waiting_since_ms.is_some() || self.standing.assignee.is_some());
        if human_is_on_it && self.on.known(id).is_none() {
            self.accept_without_effect(id);
            return Ok(());
        }
        self.hand_off(id, HandOffReason::WantsPerson)
    }

    pub(super) fn hand_off(
        &mut self,
        id: MessageId,
        reason: HandOffReason,
    ) -> Result<(), RefusalCode> {
        if self.post(Line::notice(id, Notice::HandedOff { reason }))? == Posting::New {
            self.standing.status = Status::Open;
            self.standing.waiting_since_ms.get_or_insert(self.now_ms);
        }
        Ok(())
    }

    fn reply(
        &mut self,
        id: MessageId,
        agent: Assignee,
        words: Words,
        seen: Option<Seq>,
    ) -> Result<(), RefusalCode> {
        let answered_since = seen.zip(self.on.head.last_reply).is_some_and(|(seen, (at, by))| {
            at > seen && by != agent.id && self.on.known(id).is_none()
        });
        if answered_since {
            return Err(RefusalCode::AnsweredMeanwhile);
        }
        let author = Author::Agent { id: agent.id, name: agent.name.clone() };
        let body = match words {
            Words { text, html: None } => Body::Text { text },
            Words { text, html: Some(html) } => Body::Rich { text, html },
        };
        if self.post(Line::plain(id, author, body))? == Posting::New {
            self.human_took_over(agent);
        }
        Ok(())
    }

    fn take_over(&mut self, id: MessageId, agent: Assignee) -> Result<(), RefusalCode> {
        let notice = Notice::AgentJoined { name: agent.name.clone() };
        if self.post(Line::notice(id, notice))? == Posting::New {
            self.human_took_over(agent);
        }
        Ok(())
    }

    pub(super) fn human_took_over(&mut self, agent: Assignee) {
        self.standing = Standing {
            status: Status::Open,
            bot: BotMode::Silent,
            assignee: Some(agent),
            waiting_since_ms: None,
            snoozed_until_ms: None,
        };
    }

    fn give_back(&mut self, id: MessageId) -> Result<(), RefusalCode> {
        if self.post(Line::notice(id, Notice::GivenBack))? == Posting::New {
            self.standing = Standing {
                status: Status::Pending,
                bot: BotMode::Answering,
                assignee: None,
                waiting_since_ms: None,
                snoozed_until_ms: None,
            };
        }
        Ok(())
    }

    /// Only from whom it is now: a second claim changes nothing.
    fn claim(&mut self, from: VisitorId, to: VisitorId) -> Result<(), RefusalCode> {
        if self.on.visitor() != from {
            return Err(RefusalCode::UnknownConversation);
        }
        self.outcome.facts.push(Fact::Claimed { from, to });
        Ok(())
    }

    fn resolve(&mut self, id: MessageId) -> Result<(), RefusalCode> {
        if self.standing.status == Status::Resolved && self.on.known(id).is_none() {
            self.accept_without_effect(id);
            return Ok(());
        }
        if self.post(Line::notice(id, Notice::Resolved))? == Posting::New {
            self.standing.status = Status::Resolved;
            self.standing.waiting_since_ms = None;
        }
        Ok(())
    }

    fn reopen(&mut self, id: MessageId) -> Result<(), RefusalCode> {
        if self.standing.status != Status::Resolved && self.on.known(id).is_none() {
            self.accept_without_effect(id);
            return Ok(());
        }
        if self.post(Line::notice(id, Notice::Reopened))? == Posting::New {
            self.standing.status = Status::Open;
        }
        Ok(())
    }

    fn bot_reply(
        &mut self,
        question: MessageId,
        understanding: Option<Understanding>,
        reply: BotReply,
    ) -> Result<(), RefusalCode> {
        let id = MessageId::of_reply_to(question);
        if let Some(known) = self.on.known(id) {
            // The consumer came by here before; what it would say today does not count.
            self.outcome.accepted.push(Accepted { id, seq: Some(known.seq) });
            return Ok(());
        }
        if self.on.known(question).is_none() {
            return Err(RefusalCode::UnknownMessage);
        }
        if let Some(understanding) = understanding {
            self.outcome.facts.push(Fact::Understood { message: question, understanding });
        }
        if self.standing.bot == BotMode::Silent {
            self.outcome.refused = Some((id, RefusalCode::BotSilent));
            return Ok(());
        }
        let author = Author::Bot { answered_in: AnsweredIn::Server };
        match reply {
            BotReply::Answer(answer) => {
                self.post(Line::plain(id, author, answer_body(question, answer)))?;
            }
            BotReply::Choices(choices) => {
                let body = Body::Choices { in_reply_to: question, choices };
                self.post(Line::plain(id, author, body))?;
            }
            BotReply::HandOff(_) if self.standing.waiting_since_ms.is_some() => {
                self.accept_without_effect(id);
            }
            BotReply::HandOff(reason) => self.hand_off(id, reason)?,
        }
        Ok(())
    }
}

fn answer_body(in_reply_to: MessageId, answer: Answer) -> Body {
    Body::Answer {
        in_reply_to,
        entry: answer.entry,
        pack_version: answer.pack_version,
        confidence: answer.confidence,
        html: answer.html,
    }
}
