//! The visitor's side of the reducer: a question goes to the Worker first, to the server when the
//! Worker is unsure, slow or missing, and to a person whenever the visitor says so.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::wire::WidgetToPage;
use protocol::TEXT_BYTES_MAX;
use protocol::conversation::{AnsweredIn, Author, Body, Notice};
use protocol::http::LocalAnswers;
use protocol::ids::{EntryId, MessageId, PackVersion};
use protocol::understanding::{Confidence, Decision, HandOffReason};
use protocol::worker::RenderedAnswer;

use crate::outbox::Held;
use crate::state::{Banner, Effect, Now, State};
use crate::transcript::{Delivery, Line, Pick};
use crate::wire::{Outcome, Passed, VisitorFrame};

/// Past this the server is asked: longer feels like no answer at all.
pub(crate) const ASK_TIMEOUT_MS: u64 = 1_500;

/// A question that the Worker is thinking about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asking {
    id: MessageId,
    /// The visitor's own words; differs from what was asked when a choice was picked.
    text: String,
    picked: Option<String>,
    deadline_ms: u64,
}

/// An answer found in the browser.
struct LocalAnswer {
    entry: EntryId,
    confidence: Confidence,
    pack_version: PackVersion,
    html: String,
}

impl State {
    /// The Worker may answer: it has a pack and no person is in the conversation.
    fn answers_locally(&self) -> bool {
        self.pack.is_some() && !self.with_person()
    }

    pub(crate) fn submit(&mut self, text: &str, now: Now, out: &mut Vec<Effect>) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        if text.len() > TEXT_BYTES_MAX {
            self.banner = Some(Banner::TextTooLong);
            return;
        }
        // Checked before the composer is cleared: what does not fit stays where it was typed.
        if !self.outbox.has_room_for(text.len()) {
            self.banner = Some(Banner::OutboxFull);
            return;
        }
        self.banner = None;
        out.push(Effect::ClearComposer);
        let id = self.fresh_id(now);
        self.transcript.push(question_line(id, now.unix_ms, text));
        if self.answers_locally() {
            self.ask(Asking { id, text: text.to_owned(), picked: None, deadline_ms: 0 }, now, out);
        } else {
            self.say(id, text.to_owned(), None, out);
        }
    }

    fn ask(&mut self, mut asking: Asking, now: Now, out: &mut Vec<Effect>) {
        let text = asking.picked.as_ref().unwrap_or(&asking.text).clone();
        asking.deadline_ms = now.unix_ms + ASK_TIMEOUT_MS;
        out.push(Effect::Ask { id: asking.id, text, locale: self.locale });
        out.push(Effect::Wake { after_ms: ASK_TIMEOUT_MS });
        self.asking.push(asking);
    }

    pub(crate) fn say(
        &mut self,
        message_id: MessageId,
        text: String,
        understanding: Option<Passed>,
        out: &mut Vec<Effect>,
    ) {
        if self.must_ask_consent(out) {
            self.transcript.set_delivery(message_id, Delivery::Unsent);
            return;
        }
        self.release_held(out);
        let locale = self.locale;
        let sent = self.post(VisitorFrame::Say { message_id, text, locale, understanding }, out);
        let delivery = if sent { Delivery::Waiting } else { Delivery::Unsent };
        self.transcript.set_delivery(message_id, delivery);
    }

    /// The visitor goes to the server: what the browser answered so far goes first, in order.
    fn release_held(&mut self, out: &mut Vec<Effect>) {
        for held in self.outbox.unhold_all() {
            self.release(held, out);
        }
    }

    fn release(&mut self, held: Held, out: &mut Vec<Effect>) {
        let VisitorFrame::Answered { question_id, answer_id, .. } = held.frame else { return };
        // Into the outbox first: a page that dies in between finds it twice, never not at all.
        if self.post(held.frame, out) {
            self.transcript.set_delivery(question_id, Delivery::Waiting);
            self.transcript.set_delivery(answer_id, Delivery::Waiting);
        }
        out.push(Effect::ForgetHeld(question_id));
    }

    pub(crate) fn take_outcome(
        &mut self,
        id: MessageId,
        outcome: Outcome,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        let Some(position) = self.asking.iter().position(|asking| asking.id == id) else { return };
        let asking = self.asking.remove(position);
        let Outcome { understanding, decision, pack_version, answer, action, .. } = outcome;
        if self.with_person() {
            self.say_instead(asking, Some(understanding), out);
            return;
        }
        if let (Some(step), Decision::Answer { entry, .. }, Some(pack_version)) =
            (action, &decision, &pack_version)
        {
            let (entry, pack_version) = (entry.clone(), pack_version.clone());
            let tally = VisitorFrame::Tally { tally_id: self.fresh_id(now), entry, pack_version };
            self.act((asking.id, asking.text), step, tally, now, out);
            return;
        }
        self.stop_acting();
        match (decision, answer, pack_version) {
            (
                Decision::Answer { entry, confidence, .. },
                Some(RenderedAnswer { html, .. }),
                Some(pack_version),
            ) => {
                let answer = LocalAnswer { entry, confidence, pack_version, html };
                self.answer_locally(asking, answer, understanding, now, out);
            }
            (Decision::AskBack { choices }, _, _) if asking.picked.is_none() => {
                self.transcript.set_delivery(id, Delivery::OnDevice);
                let body = Body::Choices { in_reply_to: id, choices };
                let line_id = self.fresh_id(now);
                self.push_bot_line(line_id, now, body, Delivery::OnDevice);
                out.push(Effect::ShareLine(id));
                out.push(Effect::ShareLine(line_id));
            }
            (
                Decision::Answer { .. }
                | Decision::AskBack { .. }
                | Decision::HandOff { .. }
                | Decision::Abstain { .. },
                _,
                _,
            ) => self.say_instead(asking, Some(understanding), out),
        }
    }

    fn say_instead(
        &mut self,
        asking: Asking,
        understanding: Option<Passed>,
        out: &mut Vec<Effect>,
    ) {
        // A picked choice says more than the words that led to it.
        let text = asking.picked.unwrap_or(asking.text);
        self.say(asking.id, text, understanding, out);
    }

    fn answer_locally(
        &mut self,
        asking: Asking,
        answer: LocalAnswer,
        understanding: Passed,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        let LocalAnswer { entry, confidence, pack_version, html } = answer;
        let question_id = asking.id;
        let answer_id = MessageId::of_reply_to(question_id);
        let frame = VisitorFrame::Answered {
            question_id,
            answer_id,
            text: asking.text,
            locale: understanding.locale().unwrap_or(self.locale),
            entry: entry.clone(),
            pack_version: pack_version.clone(),
            confidence,
            understanding: Some(understanding),
        };
        let delivery = match self.local_answers {
            LocalAnswers::Private => {
                let tally_id = self.fresh_id(now);
                let tally_entry = entry.clone();
                let tally_version = pack_version.clone();
                self.hold(Held { frame, html: html.clone(), at_ms: now.unix_ms }, out);
                let tally = VisitorFrame::Tally {
                    tally_id,
                    entry: tally_entry,
                    pack_version: tally_version,
                };
                // A count that does not fit is not worth a word to the visitor.
                if self.outbox.has_room_for(0) {
                    self.post(tally, out);
                }
                Delivery::OnDevice
            }
            LocalAnswers::Reported => {
                if self.post(frame, out) {
                    Delivery::Waiting
                } else {
                    Delivery::OnDevice
                }
            }
        };
        self.transcript.set_delivery(question_id, delivery.clone());
        let in_reply_to = question_id;
        let body = Body::Answer { in_reply_to, entry, pack_version, confidence, html };
        self.push_bot_line(answer_id, now, body, delivery);
        out.push(Effect::Tell(WidgetToPage::Answered));
    }

    pub(crate) fn push_bot_line(
        &mut self,
        id: MessageId,
        now: Now,
        body: Body,
        delivery: Delivery,
    ) {
        let author = Author::Bot { answered_in: AnsweredIn::Browser };
        self.transcript.push(Line::local(id, now.unix_ms, author, body, delivery));
    }

    fn hold(&mut self, held: Held, out: &mut Vec<Effect>) {
        out.push(Effect::KeepHeld(held.clone()));
        if let Some(forgotten) = self.outbox.hold(held).and_then(|dropped| dropped.id()) {
            out.push(Effect::ForgetHeld(forgotten));
        }
    }

    /// A tap on one of the choices. When they were offered here, the visitor's own words are
    /// answered with the picked entry; when the server offered them, the choice is a new message.
    pub(crate) fn choose(
        &mut self,
        choices_id: MessageId,
        entry: &EntryId,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        let Some(line) = self.transcript.find_mut(choices_id) else { return };
        let Body::Choices { in_reply_to, choices } = &line.body else { return };
        let Some(choice) = choices.iter().find(|choice| choice.entry == *entry) else { return };
        if line.pick != Pick::Open {
            return;
        }
        let (question_id, picked) = (*in_reply_to, choice.question.clone());
        let offered_here = line.delivery == Delivery::OnDevice;
        line.pick = Pick::Entry(entry.clone());
        out.push(Effect::ShareLine(choices_id));
        let asked = self.transcript.find(question_id).and_then(Line::visitor_text);
        match asked.map(str::to_owned) {
            Some(text) if offered_here => {
                let asking = Asking { id: question_id, text, picked: Some(picked), deadline_ms: 0 };
                if self.answers_locally() {
                    self.ask(asking, now, out);
                } else {
                    self.say_instead(asking, None, out);
                }
            }
            Some(_) | None => self.submit(&picked, now, out),
        }
    }

    pub(crate) fn choose_none(&mut self, choices_id: MessageId, now: Now, out: &mut Vec<Effect>) {
        let Some(line) = self.transcript.find_mut(choices_id) else { return };
        let Body::Choices { in_reply_to, .. } = line.body else { return };
        line.pick = Pick::NoneOfThem;
        let offered_here = line.delivery == Delivery::OnDevice;
        out.push(Effect::ShareLine(choices_id));
        let asked = self.transcript.find(in_reply_to).and_then(Line::visitor_text);
        match asked.map(str::to_owned) {
            Some(text) if offered_here => self.say(in_reply_to, text, None, out),
            // The server has asked back already: the next step is a person.
            Some(_) | None => self.request_human(now, out),
        }
    }

    pub(crate) fn request_human(&mut self, now: Now, out: &mut Vec<Effect>) {
        if self.must_ask_consent(out) || self.with_person() || !self.room_or_banner() {
            return;
        }
        self.release_held(out);
        let message_id = self.fresh_id(now);
        let locale = self.locale;
        if !self.post(VisitorFrame::RequestHuman { message_id, locale }, out) {
            return;
        }
        let notice = Notice::HandedOff { reason: HandOffReason::WantsPerson };
        let body = Body::Notice { notice };
        let line = Line::local(message_id, now.unix_ms, Author::System, body, Delivery::Waiting);
        self.transcript.push(line);
        self.say_open_question(out);
        self.tell_person(out);
    }

    /// The question that led to unanswered choices is what the person has to know.
    fn say_open_question(&mut self, out: &mut Vec<Effect>) {
        let open = self.transcript.lines().iter().rev().find_map(|line| match &line.body {
            Body::Choices { in_reply_to, .. }
                if line.pick == Pick::Open && line.delivery == Delivery::OnDevice =>
            {
                Some((line.id, *in_reply_to))
            }
            Body::Choices { .. }
            | Body::Text { .. }
            | Body::Rich { .. }
            | Body::Answer { .. }
            | Body::Notice { .. }
            | Body::File { .. } => None,
        });
        let Some((choices_id, question_id)) = open else { return };
        let asked = self.transcript.find(question_id).and_then(Line::visitor_text);
        let Some(text) = asked.map(str::to_owned) else { return };
        if let Some(line) = self.transcript.find_mut(choices_id) {
            line.pick = Pick::NoneOfThem;
        }
        self.say(question_id, text, None, out);
    }

    fn room_or_banner(&mut self) -> bool {
        let room = self.outbox.has_room_for(0);
        if !room {
            self.banner = Some(Banner::OutboxFull);
        }
        room
    }

    pub(crate) fn flag(&mut self, answer_id: MessageId, now: Now, out: &mut Vec<Effect>) {
        if self.must_ask_consent(out) || !self.room_or_banner() {
            return;
        }
        let Some(line) = self.transcript.find_mut(answer_id) else { return };
        if line.flagged || !matches!(line.body, Body::Answer { .. }) {
            return;
        }
        line.flagged = true;
        if let Some(held) = self.outbox.unhold(answer_id) {
            self.release(held, out);
        }
        let flag_id = self.fresh_id(now);
        self.post(VisitorFrame::Flag { flag_id, answer_id }, out);
    }

    /// A message that was refused or never sent goes to the server under a new id.
    pub(crate) fn retry(&mut self, id: MessageId, now: Now, out: &mut Vec<Effect>) {
        let Some(line) = self.transcript.find(id) else { return };
        if !matches!(line.delivery, Delivery::Refused(_) | Delivery::Unsent) {
            return;
        }
        let text = line.visitor_text().map(str::to_owned);
        let room = self.outbox.has_room_for(text.as_ref().map_or(0, String::len));
        if !room {
            self.banner = Some(Banner::OutboxFull);
            return;
        }
        self.banner = None;
        self.transcript.remove(id);
        let Some(text) = text else {
            self.request_human(now, out);
            return;
        };
        let fresh = self.fresh_id(now);
        self.transcript.push(question_line(fresh, now.unix_ms, &text));
        self.say(fresh, text, None, out);
    }

    pub(crate) fn time_out_asking(&mut self, now: Now, out: &mut Vec<Effect>) {
        let (late, asking) = core::mem::take(&mut self.asking)
            .into_iter()
            .partition(|asking| asking.deadline_ms <= now.unix_ms);
        self.asking = asking;
        self.say_all(late, out);
    }

    pub(crate) fn give_up_asking(&mut self, out: &mut Vec<Effect>) {
        let asking = core::mem::take(&mut self.asking);
        self.say_all(asking, out);
    }

    fn say_all(&mut self, late: Vec<Asking>, out: &mut Vec<Effect>) {
        for asking in late {
            self.say_instead(asking, None, out);
        }
    }

    /// Draws what a stored frame is about, for a page that did not write it itself.
    pub(crate) fn show_pending(&mut self, frame: &VisitorFrame) {
        match frame {
            VisitorFrame::Say { message_id, text, .. } => {
                self.transcript.push(question_line(*message_id, millis_of(*message_id), text));
            }
            VisitorFrame::RequestHuman { message_id, .. } => {
                let notice = Notice::HandedOff { reason: HandOffReason::WantsPerson };
                let at_ms = millis_of(*message_id);
                let body = Body::Notice { notice };
                let line = Line::local(*message_id, at_ms, Author::System, body, Delivery::Waiting);
                self.transcript.push(line);
            }
            // The held answer drew its lines before; the rest has none.
            VisitorFrame::Answered { .. }
            | VisitorFrame::Tally { .. }
            | VisitorFrame::Flag { .. }
            | VisitorFrame::Resume { .. }
            | VisitorFrame::Typing
            | VisitorFrame::Visit(_)
            | VisitorFrame::Draft { .. }
            | VisitorFrame::Seen { .. }
            | VisitorFrame::Sync { .. } => {}
        }
    }

    pub(crate) fn show_held(&mut self, held: &Held) {
        let VisitorFrame::Answered {
            question_id,
            answer_id,
            text,
            entry,
            pack_version,
            confidence,
            ..
        } = &held.frame
        else {
            return;
        };
        let mut question = question_line(*question_id, held.at_ms, text);
        question.delivery = Delivery::OnDevice;
        self.transcript.push(question);
        let body = Body::Answer {
            in_reply_to: *question_id,
            entry: entry.clone(),
            pack_version: pack_version.clone(),
            confidence: *confidence,
            html: held.html.clone(),
        };
        let author = Author::Bot { answered_in: AnsweredIn::Browser };
        let line = Line::local(*answer_id, held.at_ms, author, body, Delivery::OnDevice);
        self.transcript.push(line);
    }
}

fn question_line(id: MessageId, at_ms: u64, text: &str) -> Line {
    let body = Body::Text { text: text.to_owned() };
    Line::local(id, at_ms, Author::Visitor, body, Delivery::Waiting)
}

/// The moment a version 7 id was made: its first 48 bits.
fn millis_of(id: MessageId) -> u64 {
    let bytes = id.0.as_bytes();
    bytes[..6].iter().fold(0, |millis, byte| millis << 8 | u64::from(*byte))
}
