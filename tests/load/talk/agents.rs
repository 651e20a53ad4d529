//! An agent's frames and what comes back: replies, rows of the inbox, and everything once more at
//! the end.

use anyhow::{Context, Result};
use protocol::agent::AgentFrame;
use protocol::ids::{ConversationId, MessageId, Seq};

use super::super::heard::{Line, Row, ToAgent};
use super::super::stamp::{Kind, Stamp};
use super::super::wires::Wires;
use super::{Opening, Phase, Talk, VISITOR_MARK};

/// Conversations an agent's socket reads at once at the end.
const READING_MAX: usize = 16;

impl Talk {
    pub(super) fn take_over(&mut self, wires: &mut Wires, talk: u32) -> Result<()> {
        let agent = self.agent_of(talk);
        let message_id = self.stamps.id(Stamp { kind: Kind::TakeOver, talk, number: 0 });
        match self.talkers[talk as usize].conversation {
            Some(conversation) if self.agents[agent].welcomed => {
                let frame = AgentFrame::TakeOver { message_id, conversation };
                send(wires, self.agent_wire(agent), &frame)
            }
            // Done when the agent is welcomed.
            Some(_) | None => Ok(()),
        }
    }

    pub(super) fn reply(&mut self, wires: &mut Wires, stamp: Stamp) -> Result<()> {
        let talker = &self.talkers[stamp.talk as usize];
        let conversation = talker.conversation.context("a reply before a conversation")?;
        self.ledger.sending(stamp);
        let message_id = self.stamps.id(stamp);
        let text = self.text(stamp);
        let wire = self.agent_wire(self.agent_of(stamp.talk));
        send(wires, wire, &AgentFrame::Reply { message_id, conversation, text, seen: None })
    }

    pub(super) fn agent_heard(&mut self, wires: &mut Wires, idx: usize, text: &[u8]) -> Result<()> {
        let event: ToAgent = serde_json::from_slice(text)
            .with_context(|| format!("not an event: {}", String::from_utf8_lossy(text)))?;
        match event {
            ToAgent::Welcome(_) => self.agent_is_back(wires, idx),
            ToAgent::ConversationChanged { summary } => {
                self.row_changed(wires, &summary);
                Ok(())
            }
            ToAgent::Posted { conversation, message } => {
                self.agent_posted(wires, idx, conversation, message);
                Ok(())
            }
            ToAgent::Accepted { message_id, seq } => self.agent_accepted(wires, message_id, seq),
            ToAgent::Transcript { conversation, messages, more } => {
                self.transcript(wires, idx, conversation, &messages, more)
            }
            ToAgent::Refused { message_id, refusal } => {
                self.refused(wires, message_id, &refusal);
                Ok(())
            }
            ToAgent::VisitorTyping(_)
            | ToAgent::VisitorSeen(_)
            | ToAgent::VisitorRead(_)
            | ToAgent::Asides(_)
            | ToAgent::Viewers(_)
            | ToAgent::AgentTyping(_)
            | ToAgent::Team(_)
            | ToAgent::Synced
            | ToAgent::LevelChanged(_) => Ok(()),
        }
    }

    fn agent_is_back(&mut self, wires: &mut Wires, idx: usize) -> Result<()> {
        let agent = &mut self.agents[idx];
        agent.attempt = 0;
        agent.welcomed = true;
        self.is_back(1);
        if let Some((talk, through)) = self.agents[idx].watching {
            self.watch(wires, idx, talk, through)?;
        }
        let agents = self.agents.len();
        for talk in (idx..self.talkers.len()).step_by(agents) {
            if self.talkers[talk].opening == Opening::Human {
                self.take_over(wires, talk as u32)?;
            }
            self.resend_unacknowledged(wires, Kind::Agent, talk as u32)?;
        }
        for talk in self.agents[idx].reading.clone() {
            let after_seq = self.ledger.audited_through(talk);
            self.watch(wires, idx, talk, after_seq)?;
        }
        Ok(())
    }

    pub(super) fn watch(
        &mut self,
        wires: &mut Wires,
        idx: usize,
        talk: u32,
        after_seq: Seq,
    ) -> Result<()> {
        let conversation = self.talkers[talk as usize].conversation.context("not opened")?;
        send(wires, self.agent_wire(idx), &AgentFrame::Watch { conversation, after_seq })
    }

    /// What an agent sees of a visitor who writes, whether the conversation is on show or not.
    fn row_changed(&mut self, wires: &Wires, row: &Row<'_>) {
        let Some(talk) = self.talk_of.get(&row.id) else { return };
        let mut words = row.preview.split(' ');
        let of_visitor = words.next() == Some(VISITOR_MARK);
        let number = words.next().filter(|_| of_visitor).and_then(|number| number.parse().ok());
        self.ledger.told(*talk, number, row.last_seq, wires.now_us());
    }

    fn agent_posted(&mut self, wires: &Wires, idx: usize, of: ConversationId, line: Line) {
        let Some(talk) = self.talk_of.get(&of).copied() else { return };
        if let Some((watched, through)) = &mut self.agents[idx].watching
            && *watched == talk
        {
            self.ledger.watched(talk, through.next(), line);
            *through = line.seq;
        }
        if let Some(Stamp { kind: Kind::Visitor, number, .. }) = self.stamps.read(line.id) {
            self.ledger.told(talk, Some(number), line.seq, wires.now_us());
        }
    }

    fn agent_accepted(&mut self, wires: &mut Wires, id: MessageId, seq: Option<Seq>) -> Result<()> {
        let stamp = self.stamps.read(id).context("an acknowledgement of nothing of ours")?;
        if stamp.kind != Kind::TakeOver {
            self.ledger.accepted(stamp, seq, wires.now_us());
            return Ok(());
        }
        let talker = &mut self.talkers[stamp.talk as usize];
        if talker.opening < Opening::Taken {
            talker.opening = Opening::Taken;
            self.settled += 1;
        }
        Ok(())
    }

    fn transcript(
        &mut self,
        wires: &mut Wires,
        idx: usize,
        of: ConversationId,
        lines: &[Line],
        more: bool,
    ) -> Result<()> {
        let talk = *self.talk_of.get(&of).context("a transcript nobody asked for")?;
        if self.phase != Phase::Auditing {
            let Some((_, through)) = &mut self.agents[idx].watching else { return Ok(()) };
            *through = lines.last().map_or(*through, |line| line.seq);
            let through = *through;
            return if more { self.watch(wires, idx, talk, through) } else { Ok(()) };
        }
        let agent = &mut self.agents[idx];
        let Some(at) = agent.reading.iter().position(|reading| *reading == talk) else {
            // Of the watch before the audit, or asked for again after a loss.
            return Ok(());
        };
        self.ledger.audit(talk, lines);
        if more {
            let after_seq = self.ledger.audited_through(talk);
            return self.watch(wires, idx, talk, after_seq);
        }
        self.agents[idx].reading.swap_remove(at);
        self.settled += 1;
        self.read_on(wires, idx)
    }

    /// Keeps an agent reading until nothing is unread.
    pub(super) fn read_on(&mut self, wires: &mut Wires, idx: usize) -> Result<()> {
        while self.agents[idx].reading.len() < READING_MAX {
            let Some(talk) = self.agents[idx].unread.pop() else { return Ok(()) };
            self.agents[idx].reading.push(talk);
            let after_seq = self.ledger.audited_through(talk);
            self.watch(wires, idx, talk, after_seq)?;
        }
        Ok(())
    }
}

fn send(wires: &mut Wires, wire: usize, frame: &AgentFrame) -> Result<()> {
    wires.send(wire, &serde_json::to_vec(frame)?);
    Ok(())
}
