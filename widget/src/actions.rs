//! Entries that the customer's page carries out: the browser asks for what is missing, the page's
//! own function answers, and none of it goes to the server. Only when the page cannot, a person is
//! called, who is told what the visitor wrote.

use alloc::string::String;
use alloc::vec::Vec;

use crate::wire::ActionStep;
use crate::wire::WidgetToPage;
use protocol::conversation::Body;
use protocol::embed::{ACTION_CHOICES_MAX, ACTION_TEXT_BYTES_MAX};
use protocol::ids::{EntryId, MessageId};
use protocol::understanding::Choice;

use crate::json::number_text;
use crate::state::{Effect, Now, State};
use crate::transcript::Delivery;
use crate::wire::VisitorFrame;

/// The page has ten seconds of its own; a page that is gone never says so.
const ACTION_TIMEOUT_MS: u64 = 12_000;

/// What the visitor wrote for an action, in order: kept until it is done.
#[derive(Debug, Default)]
pub(crate) struct Acting {
    told: Vec<(MessageId, String)>,
    /// Of the call under way.
    call: Option<Call>,
    calls_count: u32,
}

#[derive(Debug)]
struct Call {
    number: u32,
    deadline_ms: u64,
    /// Counts the entry once it is done.
    tally: VisitorFrame,
}

impl State {
    pub(crate) fn act(
        &mut self,
        asked: (MessageId, String),
        step: ActionStep,
        tally: VisitorFrame,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        self.transcript.set_delivery(asked.0, Delivery::OnDevice);
        self.acting.told.push(asked);
        match step {
            ActionStep::Need { question } => {
                let id = self.fresh_id(now);
                self.push_bot_line(id, now, Body::Text { text: question }, Delivery::OnDevice);
                out.push(Effect::Tell(WidgetToPage::Message));
            }
            ActionStep::Run { name, entities } => {
                self.acting.calls_count += 1;
                let call = self.acting.calls_count;
                let deadline_ms = now.unix_ms + ACTION_TIMEOUT_MS;
                self.acting.call = Some(Call { number: call, deadline_ms, tally });
                self.bot_thinking_until_ms = deadline_ms;
                out.push(Effect::Tell(WidgetToPage::RunAction { call, name, entities }));
                out.push(Effect::Wake { after_ms: ACTION_TIMEOUT_MS });
            }
        }
    }

    /// The visitor went on to something else: what they wrote stays on the device.
    pub(crate) fn stop_acting(&mut self) {
        self.acting.told.clear();
    }

    fn take_call(&mut self, number: u32) -> Option<Call> {
        let call = self.acting.call.take_if(|call| call.number == number)?;
        self.bot_thinking_until_ms = 0;
        Some(call)
    }

    /// The page is our customer's, but what it shows is bounded all the same.
    pub(crate) fn action_done(
        &mut self,
        number: u32,
        text: String,
        choices: Vec<String>,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        if text.is_empty() || text.len() > ACTION_TEXT_BYTES_MAX {
            self.action_failed(number, now, out);
            return;
        }
        let Some(call) = self.take_call(number) else { return };
        self.stop_acting();
        let id = self.fresh_id(now);
        self.push_bot_line(id, now, Body::Text { text }, Delivery::OnDevice);
        self.offer(choices, now);
        if self.outbox.has_room_for(0) {
            self.post(call.tally, out);
        }
        out.push(Effect::Tell(WidgetToPage::Answered));
    }

    /// Choices that answer nothing: a picked one is asked as it is.
    fn offer(&mut self, choices: Vec<String>, now: Now) {
        let mut offered = Vec::new();
        for question in choices.into_iter().take(ACTION_CHOICES_MAX) {
            let number = number_text(offered.len() as u32);
            let Ok(entry) = EntryId::parse(&number) else { continue };
            if !question.is_empty() && question.len() <= ACTION_TEXT_BYTES_MAX {
                offered.push(Choice { entry, question });
            }
        }
        if !offered.is_empty() {
            let id = self.fresh_id(now);
            let body = Body::Choices { in_reply_to: id, choices: offered };
            self.push_bot_line(id, now, body, Delivery::OnDevice);
        }
    }

    /// The page cannot do it: a person gets to read what the visitor wrote.
    pub(crate) fn action_failed(&mut self, number: u32, now: Now, out: &mut Vec<Effect>) {
        if self.take_call(number).is_some() {
            self.tell_person(out);
            self.request_human(now, out);
        }
    }

    /// Hands over what was written for an action that came to nothing.
    pub(crate) fn tell_person(&mut self, out: &mut Vec<Effect>) {
        for (id, text) in core::mem::take(&mut self.acting.told) {
            self.say(id, text, None, out);
        }
    }

    pub(crate) fn time_out_action(&mut self, now: Now, out: &mut Vec<Effect>) {
        let late = self.acting.call.as_ref().filter(|call| call.deadline_ms <= now.unix_ms);
        if let Some(number) = late.map(|call| call.number) {
            self.action_failed(number, now, out);
        }
    }
}
