//! The server's side of the reducer: what each event changes, how gaps are found and filled, and
//! what becomes of messages that were refused.

use alloc::vec::Vec;

use crate::wire::WidgetToPage;
use protocol::conversation::{Author, Body, BotMode, Notice, Receipt, Status};
use protocol::forms::Offers;
use protocol::ids::{ConversationId, MessageId, Seq};
use protocol::refusal::{Refusal, RefusalCode};
use protocol::screens::Screen;
use protocol::understanding::HandOffReason;

use crate::outbox::{Pending, id_of};
use crate::state::{Banner, Effect, Link, Now, State};
use crate::transcript::{Delivery, Merged};
use crate::wire::{Message, VisitorEvent, VisitorFrame};

/// How long "is typing" stays without being told again.
const AGENT_TYPING_MS: u64 = 6_000;

/// How long the bot is shown as thinking about a message it got.
const BOT_THINKING_MS: u64 = 8_000;

impl State {
    pub(crate) fn resume(&mut self, out: &mut Vec<Effect>) {
        self.resuming = true;
        self.resume_at_ms = None;
        let frame =
            VisitorFrame::Resume { conversation: self.conversation, last_seq: self.last_seq };
        out.push(Effect::Send(frame));
    }

    pub(crate) fn take_event(&mut self, event: VisitorEvent, now: Now, out: &mut Vec<Effect>) {
        match event {
            VisitorEvent::Resumed { conversation, status, bot, messages, more } => {
                self.status = status;
                self.bot = bot;
                self.take_page_of_messages(conversation, messages, more, out);
            }
            VisitorEvent::Accepted { message_id, conversation, seq } => {
                self.take_accepted(message_id, conversation, seq, now, out);
            }
            VisitorEvent::Posted { message } => self.take_posted(message, out),
            VisitorEvent::StatusChanged { status, bot } => {
                self.status = status;
                self.bot = bot;
                if bot == BotMode::Answering {
                    self.agent = None;
                }
            }
            VisitorEvent::AgentTyping => {
                self.agent_typing_until_ms = now.unix_ms + AGENT_TYPING_MS;
                out.push(Effect::Wake { after_ms: AGENT_TYPING_MS });
            }
            VisitorEvent::QueuePosition { position } => self.queue_position = position,
            VisitorEvent::Synced { last_seq } => {
                if last_seq > self.last_seq && !self.resuming {
                    self.resume(out);
                }
            }
            VisitorEvent::Seen { receipt } => {
                self.seen.delivered = self.seen.delivered.max(receipt.delivered);
                self.seen.read = self.seen.read.max(receipt.read);
            }
            VisitorEvent::PackChanged { pack } => self.want_pack(Some(pack), out),
            VisitorEvent::Refused { message_id: Some(id), refusal } => {
                self.take_refused(id, refusal, now, out);
            }
            VisitorEvent::Refused { message_id: None, refusal } => {
                self.banner = Some(Banner::SlowedDown);
                if let Some(after_ms) = refusal.retry_after_ms {
                    // It may have been the resume, without which nothing goes on.
                    self.resume_at_ms = self.resuming.then(|| now.unix_ms + after_ms);
                    out.push(Effect::Wake { after_ms });
                }
            }
        }
    }

    fn take_page_of_messages(
        &mut self,
        conversation: Option<ConversationId>,
        messages: Vec<Message>,
        more: bool,
        out: &mut Vec<Effect>,
    ) {
        if conversation != self.conversation && self.conversation.is_some() {
            // Not the conversation this browser remembers: its lines and its place mean nothing.
            self.transcript.forget_server_lines();
            self.conversation = conversation;
            self.seen = Receipt::default();
            self.read_seq = Seq(0);
            let skipped = self.last_seq > Seq(0);
            self.last_seq = Seq(0);
            if skipped && conversation.is_some() {
                self.resume(out);
                return;
            }
        }
        self.conversation = conversation;
        // A page that another tab asked for may begin further on than this one has come. Its own
        // is on the way; a gap that comes again is the server's.
        let begins_later = messages.first().is_some_and(|m| m.seq > self.last_seq.next());
        if begins_later && !core::mem::replace(&mut self.skipped, true) {
            self.resume(out);
            return;
        }
        self.skipped = false;
        for message in messages {
            self.take_message(message, out);
        }
        if more {
            self.resume(out);
            return;
        }
        self.resuming = false;
        self.link = Link::Online;
        self.tell_visit(out);
        if self.leads {
            for pending in self.outbox.pending() {
                out.push(Effect::Send(pending.frame.clone()));
            }
        }
    }

    fn take_posted(&mut self, message: Message, out: &mut Vec<Effect>) {
        if message.seq > self.last_seq.next() {
            // Something is missing in between; the resume brings this message again.
            if !self.resuming {
                self.resume(out);
            }
            return;
        }
        let handed_off = matches!(
            message.body,
            Body::Notice { notice: Notice::HandedOff { reason: HandOffReason::NotAnswered } }
        );
        if handed_off && self.offers.has(Offers::PRE_CHAT) {
            out.push(Effect::Show(Screen::HandedOff));
        }
        if self.take_message(message, out) {
            out.push(Effect::Tell(WidgetToPage::Message));
        }
    }

    /// Puts a message into the transcript; `true` when it is news from the other side.
    fn take_message(&mut self, message: Message, out: &mut Vec<Effect>) -> bool {
        self.last_seq = self.last_seq.max(message.seq);
        // Another tab of this browser may have sent what was held here.
        if self.outbox.unhold(message.id).is_some() {
            out.push(Effect::ForgetHeld(message.id));
        }
        match (&message.author, &message.body) {
            (Author::Agent { name, .. }, _) => {
                self.agent = Some(name.clone());
                self.agent_typing_until_ms = 0;
            }
            (Author::System, Body::Notice { notice }) => self.take_notice(notice, out),
            (Author::Bot { .. } | Author::Visitor | Author::System, _) => {}
        }
        // The flagged answer itself says so already.
        if matches!(message.body, Body::Notice { notice: Notice::AnswerFlagged { .. } }) {
            return false;
        }
        let from_visitor = message.author == Author::Visitor;
        if !from_visitor {
            self.bot_thinking_until_ms = 0;
        }
        let news = matches!(message.author, Author::Bot { .. } | Author::Agent { .. });
        self.transcript.merge(message) == Merged::New && news
    }

    fn take_notice(&mut self, notice: &Notice, out: &mut Vec<Effect>) {
        match notice {
            Notice::HandedOff { .. } => out.push(Effect::Tell(WidgetToPage::Handoff)),
            Notice::AgentJoined { name } => self.agent = Some(name.clone()),
            Notice::GivenBack | Notice::Resolved => self.agent = None,
            Notice::AnswerFlagged { answer } => {
                if let Some(line) = self.transcript.find_mut(*answer) {
                    line.flagged = true;
                }
            }
            Notice::Reopened | Notice::Rated { .. } => {}
        }
    }

    fn take_accepted(
        &mut self,
        id: MessageId,
        conversation: Option<ConversationId>,
        seq: Option<Seq>,
        now: Now,
        out: &mut Vec<Effect>,
    ) {
        if conversation.is_some() {
            self.conversation = conversation;
        }
        let settled = self.outbox.settle(id);
        self.forget_pending(settled.as_ref(), out);
        // What another tab wrote is posted to this one next.
        if seq == Some(self.last_seq.next()) && self.transcript.find(id).is_some() {
            self.last_seq = self.last_seq.next();
        }
        self.transcript.accept(id, seq);
        match settled.map(|pending| pending.frame) {
            Some(VisitorFrame::Answered { question_id, answer_id, .. }) => {
                self.transcript.set_delivery(question_id, Delivery::Sent);
                self.transcript.set_delivery(answer_id, Delivery::Sent);
            }
            Some(VisitorFrame::Say { .. }) if !self.with_person() => {
                self.bot_thinking_until_ms = now.unix_ms + BOT_THINKING_MS;
                out.push(Effect::Wake { after_ms: BOT_THINKING_MS });
            }
            Some(VisitorFrame::RequestHuman { .. }) => {
                if self.status == Status::Pending {
                    self.status = Status::Open;
                }
            }
            Some(
                VisitorFrame::Say { .. }
                | VisitorFrame::Tally { .. }
                | VisitorFrame::Flag { .. }
                | VisitorFrame::Resume { .. }
                | VisitorFrame::Typing
                | VisitorFrame::Visit(_)
                | VisitorFrame::Draft { .. }
                | VisitorFrame::Seen { .. }
                | VisitorFrame::Sync { .. },
            )
            | None => {}
        }
    }

    fn forget_pending(&self, settled: Option<&Pending>, out: &mut Vec<Effect>) {
        if let Some(id) = settled.and_then(|pending| id_of(&pending.frame)) {
            out.push(Effect::ForgetPending(id));
        }
    }

    fn take_refused(&mut self, id: MessageId, refusal: Refusal, now: Now, out: &mut Vec<Effect>) {
        if let Some(after_ms) = refusal.retry_after_ms {
            if self.outbox.retry_later(id, now.unix_ms + after_ms) {
                self.banner = Some(Banner::SlowedDown);
                out.push(Effect::Wake { after_ms });
            }
            return;
        }
        let settled = self.outbox.settle(id);
        self.forget_pending(settled.as_ref(), out);
        let Some(pending) = settled else { return };
        match pending.frame {
            VisitorFrame::Say { message_id, .. }
            | VisitorFrame::RequestHuman { message_id, .. } => {
                self.transcript.set_delivery(message_id, Delivery::Refused(refusal));
            }
            VisitorFrame::Answered {
                question_id, answer_id, text, locale, understanding, ..
            } => {
                self.transcript.set_delivery(question_id, Delivery::OnDevice);
                self.transcript.set_delivery(answer_id, Delivery::OnDevice);
                // An agent spoke meanwhile: the words are for the agent.
                if refusal.code == RefusalCode::BotSilent {
                    self.bot = BotMode::Silent;
                    let message_id = question_id;
                    self.transcript.set_delivery(message_id, Delivery::Waiting);
                    self.post(VisitorFrame::Say { message_id, text, locale, understanding }, out);
                }
            }
            VisitorFrame::Tally { .. }
            | VisitorFrame::Flag { .. }
            | VisitorFrame::Resume { .. }
            | VisitorFrame::Typing
            | VisitorFrame::Visit(_)
            | VisitorFrame::Draft { .. }
            | VisitorFrame::Seen { .. }
            | VisitorFrame::Sync { .. } => {}
        }
    }
}
