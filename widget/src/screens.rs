//! When a screen of the second module is wanted, and what its answers change. Pure, as all of the
//! reducer.

use alloc::string::String;
use alloc::vec::Vec;

use crate::wire::WidgetToPage;
use protocol::conversation::{Body, Notice, Status};
use protocol::forms::Offers;
use protocol::ids::MessageId;
use protocol::screens::{FromForms, Screen};

use crate::json::id_text;
use crate::state::{Effect, Link, Now, State};
use crate::words::joined;

impl State {
    /// Where the files of this conversation lie, with a slash at the end.
    pub(crate) fn files_address(&self) -> Option<String> {
        let (pass, id) = (self.files_pass.as_ref()?, self.conversation?);
        let id = id_text(MessageId(id.0));
        Some(joined(&["/v1/passes/", pass, "/files/", &id, "/"]))
    }

    /// A person is a tap away; what the owner wants to know first is asked in between, so far as
    /// there is a server to ask it.
    pub(crate) fn ask_for_human(&mut self, now: Now, out: &mut Vec<Effect>) {
        if self.offers.has(Offers::PRE_CHAT) && self.link == Link::Online && !self.with_person() {
            out.push(Effect::Show(Screen::Person));
        } else {
            self.request_human(now, out);
        }
    }

    /// Asks for leave; `true` while nothing may be stored or sent.
    pub(crate) fn must_ask_consent(&self, out: &mut Vec<Effect>) -> bool {
        if self.asks_consent {
            out.push(Effect::Show(Screen::Consent));
        }
        self.asks_consent
    }

    pub(crate) fn take_form(&mut self, answer: FromForms, now: Now, out: &mut Vec<Effect>) {
        match answer {
            FromForms::HumanWanted => self.request_human(now, out),
            // It may be the first thing that was said.
            FromForms::Uploaded => self.resume(out),
            FromForms::Agreed => {
                self.asks_consent = false;
                out.push(Effect::Agree);
            }
            FromForms::AskToNotify => out.push(Effect::Tell(WidgetToPage::AskToNotify)),
            FromForms::Notify => out.push(Effect::Tell(self.notification())),
        }
    }

    /// Once for each time the conversation was resolved; gone when it goes on.
    pub(crate) fn offer_rating(&mut self, out: &mut Vec<Effect>) {
        let ratable = self.ratable();
        if ratable != self.rating_offered {
            self.rating_offered = ratable;
            let screen = if ratable.is_some() { Screen::Rating } else { Screen::Nothing };
            out.push(Effect::Show(screen));
        }
    }

    fn ratable(&self) -> Option<MessageId> {
        if !self.offers.has(Offers::RATING) || self.status != Status::Resolved {
            return None;
        }
        let last = self.transcript.lines().iter().rev().find(|line| {
            matches!(line.body, Body::Notice { notice: Notice::Resolved | Notice::Rated { .. } })
        })?;
        let resolved = matches!(last.body, Body::Notice { notice: Notice::Resolved });
        resolved.then_some(last.id)
    }
}
