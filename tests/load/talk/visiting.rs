//! A visitor's frames and what comes back to them.

use anyhow::{Context, Result};
use protocol::ids::{ConversationId, MessageId, Seq};
use protocol::locale::Locale;
use protocol::visitor::VisitorFrame;

use super::super::heard::{Line, ToVisitor};
use super::super::stamp::{Kind, Stamp};
use super::super::wires::Wires;
use super::{Later, Opening, RESEND_US, Talk};

impl Talk {
    pub(super) fn resume(&mut self, wires: &mut Wires, wire: usize, idx: usize) -> Result<()> {
        let conversation = self.talkers.get(idx).and_then(|talker| talker.conversation);
        let last_seq = conversation.map_or(Seq(0), |_| self.ledger.through(idx as u32));
        send(wires, wire, &VisitorFrame::Resume { conversation, last_seq })
    }

    pub(super) fn say(&mut self, wires: &mut Wires, stamp: Stamp) -> Result<()> {
        self.ledger.sending(stamp);
        let message_id = self.stamps.id(stamp);
        let text = self.text(stamp);
        let frame = VisitorFrame::Say { message_id, text, locale: Locale::En, understanding: None };
        send(wires, stamp.talk as usize, &frame)
    }

    pub(super) fn ask_for_human(&mut self, wires: &mut Wires, talk: u32) -> Result<()> {
        let message_id = self.stamps.id(Stamp { kind: Kind::Opening, talk, number: 0 });
        let frame = VisitorFrame::RequestHuman { message_id, locale: Locale::En };
        send(wires, talk as usize, &frame)
    }

    pub(super) fn visitor_heard(
        &mut self,
        wires: &mut Wires,
        idx: usize,
        text: &[u8],
    ) -> Result<()> {
        let event: ToVisitor = serde_json::from_slice(text)
            .with_context(|| format!("not an event: {}", String::from_utf8_lossy(text)))?;
        match event {
            ToVisitor::Resumed { conversation, messages, more } => {
                self.remember(idx, conversation);
                messages.into_iter().for_each(|line| self.visitor_shown(wires, idx, line));
                if more {
                    return self.resume(wires, idx, idx);
                }
                self.visitor_is_back(wires, idx)
            }
            ToVisitor::Posted { message } => {
                self.visitor_shown(wires, idx, message);
                Ok(())
            }
            ToVisitor::Accepted { message_id, conversation, seq } => {
                self.remember(idx, conversation);
                self.visitor_accepted(wires, idx, message_id, seq)
            }
            ToVisitor::Refused { message_id, refusal } => {
                self.refused(wires, message_id, &refusal);
                if message_id.is_none() && !self.resumed[idx] {
                    // It was the resume that was too early.
                    self.later(wires.now_us() + RESEND_US, Later::Resume(idx));
                }
                Ok(())
            }
            ToVisitor::Synced(_)
            | ToVisitor::StatusChanged(_)
            | ToVisitor::AgentTyping
            | ToVisitor::PackChanged(_)
            | ToVisitor::QueuePosition(_)
            | ToVisitor::Seen(_) => Ok(()),
        }
    }

    fn remember(&mut self, idx: usize, conversation: Option<ConversationId>) {
        if let (Some(talker), Some(id)) = (self.talkers.get_mut(idx), conversation)
            && talker.conversation.is_none()
        {
            talker.conversation = Some(id);
            self.talk_of.insert(id, idx as u32);
        }
    }

    fn visitor_shown(&mut self, wires: &Wires, idx: usize, line: Line) {
        if idx < self.talkers.len() {
            self.ledger.shown(idx as u32, line, wires.now_us());
        }
    }

    fn visitor_accepted(
        &mut self,
        wires: &mut Wires,
        idx: usize,
        id: MessageId,
        seq: Option<Seq>,
    ) -> Result<()> {
        let stamp = self.stamps.read(id).context("an acknowledgement of nothing of ours")?;
        if stamp.kind != Kind::Opening {
            self.ledger.accepted(stamp, seq, wires.now_us());
            return Ok(());
        }
        let talker = &mut self.talkers[idx];
        if talker.opening < Opening::Human {
            talker.opening = Opening::Human;
            self.take_over(wires, idx as u32)?;
        }
        Ok(())
    }

    fn visitor_is_back(&mut self, wires: &mut Wires, idx: usize) -> Result<()> {
        self.visitors.is_in(idx);
        if !std::mem::replace(&mut self.resumed[idx], true) {
            self.is_back(1);
        }
        if let Some(talker) = self.talkers.get(idx) {
            if talker.opening == Opening::Asked {
                self.ask_for_human(wires, idx as u32)?;
            }
            self.resend_unacknowledged(wires, Kind::Visitor, idx as u32)?;
        }
        Ok(())
    }
}

fn send(wires: &mut Wires, wire: usize, frame: &VisitorFrame) -> Result<()> {
    wires.send(wire, &serde_json::to_vec(frame)?);
    Ok(())
}
