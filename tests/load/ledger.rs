//! What was sent, acknowledged and shown, and everything that contradicts the wire's promise:
//! acknowledged once, shown once to the other party, in order, without gaps, none lost. Pure: time
//! and events are arguments.

use anyhow::Result;
use protocol::ids::{MessageId, Seq};
use serde::Serialize;

use super::heard::Line;
use super::latency::{Latency, Percentiles};
use super::stamp::{Kind, Stamp, Stamps};

/// Contradictions described in words; the others are only counted.
const SAMPLES_MAX: usize = 8;

#[derive(Debug, Clone, Copy, Default)]
struct Entry {
    due_us: u64,
    /// 0 until it is acknowledged.
    seq: u32,
    sends: u8,
    acks: u8,
    shown: bool,
    /// Refused once, so it may come after later ones.
    refused: bool,
}

/// What one side of a conversation wrote.
#[derive(Default)]
struct Side {
    entries: Vec<Entry>,
    /// All before are acknowledged.
    acked_before: usize,
    /// The number after the highest shown one.
    shown_before: u32,
    /// All before have been told to the agents as a row of the inbox.
    told_before: usize,
}

#[derive(Default)]
struct Talk {
    visitor: Side,
    agent: Side,
    /// The visitor's transcript: who wrote which place.
    places: Vec<Writer>,
    audited: usize,
}

/// Who wrote a line, short enough to keep millions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writer {
    Own { kind: Kind, number: u32 },
    Other(u64),
}

/// Counts of what must not happen, and of what may.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub sent: u64,
    pub resent: u64,
    pub refused: u64,
    pub accepted: u64,
    pub shown: u64,
    pub audited: u64,
    /// Acknowledged and not shown, or never acknowledged although it was sent to the end.
    pub lost: u64,
    pub doubled: u64,
    pub disordered: u64,
    /// Acknowledged with one place and shown or acknowledged again with another.
    pub moved: u64,
    pub gaps: u64,
    /// The two sides read differently.
    pub differing: u64,
    pub samples: Vec<String>,
}

impl Verdict {
    pub fn is_clean(&self) -> bool {
        self.lost + self.doubled + self.disordered + self.moved + self.gaps + self.differing == 0
    }
}

pub(super) struct Ledger {
    stamps: Stamps,
    talks: Vec<Talk>,
    first_due_us: Option<u64>,
    /// Lines of ours that were shown; notices are not among them.
    own_shown: u64,
    verdict: Verdict,
    accepted: Latency,
    to_visitor: Latency,
    to_agent: Latency,
}

/// Where the times of a run are read.
#[derive(Debug, Clone, Serialize)]
pub struct Latencies {
    /// Due → on disk, as the sender is told.
    pub accepted_ms: Percentiles,
    /// An agent's message, due → shown to the visitor.
    pub to_visitor_ms: Percentiles,
    /// A visitor's message, due → shown in the agent's inbox or transcript.
    pub to_agent_ms: Percentiles,
    /// `to_visitor_ms` window by window.
    pub to_visitor_windows_ms: Vec<Percentiles>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Lost,
    Doubled,
    Disordered,
    Moved,
    Gap,
    Differing,
}

impl Ledger {
    pub(super) fn new(stamps: Stamps, talks_count: usize, window_us: u64) -> Result<Self> {
        Ok(Self {
            stamps,
            talks: (0..talks_count).map(|_| Talk::default()).collect(),
            first_due_us: None,
            own_shown: 0,
            verdict: Verdict::default(),
            accepted: Latency::new(window_us)?,
            to_visitor: Latency::new(window_us)?,
            to_agent: Latency::new(window_us)?,
        })
    }

    /// A new line that is due now or was before.
    pub(super) fn write(&mut self, kind: Kind, talk: u32, due_us: u64) -> Stamp {
        self.first_due_us.get_or_insert(due_us);
        self.verdict.sent += 1;
        let side = self.talks[talk as usize].side(kind);
        let number = side.entries.len() as u32;
        side.entries.push(Entry { due_us, ..Entry::default() });
        Stamp { kind, talk, number }
    }

    /// Its frame goes out, perhaps not for the first time.
    pub(super) fn sending(&mut self, stamp: Stamp) {
        let side = self.talks[stamp.talk as usize].side(stamp.kind);
        let entry = &mut side.entries[stamp.number as usize];
        self.verdict.resent += u64::from(entry.sends > 0);
        entry.sends = entry.sends.saturating_add(1);
    }

    pub(super) fn refused(&mut self, stamp: Stamp) {
        self.verdict.refused += 1;
        let side = self.talks[stamp.talk as usize].side(stamp.kind);
        side.entries[stamp.number as usize].refused = true;
    }

    pub(super) fn is_accepted(&self, stamp: Stamp) -> bool {
        let talk = &self.talks[stamp.talk as usize];
        talk.read(stamp.kind).entries[stamp.number as usize].seq > 0
    }

    /// What one side wrote and nobody acknowledged, in the order of writing.
    pub(super) fn unacknowledged(&self, kind: Kind, talk: u32) -> Vec<Stamp> {
        let side = self.talks[talk as usize].read(kind);
        let open = side.entries.iter().enumerate().skip(side.acked_before);
        open.filter(|(_, entry)| entry.seq == 0)
            .map(|(number, _)| Stamp { kind, talk, number: number as u32 })
            .collect()
    }

    pub(super) fn accepted(&mut self, stamp: Stamp, seq: Option<Seq>, now_us: u64) {
        let side = self.talks[stamp.talk as usize].side(stamp.kind);
        let Some(entry) = side.entries.get_mut(stamp.number as usize) else {
            return self.fault(Fault::Doubled, || format!("{stamp:?} accepted, never written"));
        };
        let seq = seq.map_or(0, |seq| seq.0 as u32);
        let (before, entry_shown) = (entry.seq, entry.shown);
        entry.acks = entry.acks.saturating_add(1);
        let too_often = entry.acks > entry.sends;
        if before == 0 && seq > 0 {
            entry.seq = seq;
            let due_us = entry.due_us;
            while side.entries.get(side.acked_before).is_some_and(|entry| entry.seq > 0) {
                side.acked_before += 1;
            }
            self.verdict.accepted += 1;
            self.accepted.record(due_us, self.since_first(due_us), now_us);
        }
        if too_often {
            self.fault(Fault::Doubled, || format!("{stamp:?} accepted more often than sent"));
        }
        if seq == 0 || before > 0 && before != seq {
            self.fault(Fault::Moved, || format!("{stamp:?} accepted at {before}, then {seq}"));
        }
        if entry_shown && before == 0 {
            let own = Writer::Own { kind: stamp.kind, number: stamp.number };
            let places = &self.talks[stamp.talk as usize].places;
            if places.get(seq as usize - usize::from(seq > 0)) != Some(&own) {
                self.fault(Fault::Moved, || format!("{stamp:?} shown elsewhere than {seq}"));
            }
        }
    }

    /// The visitor of a conversation is shown a line.
    pub(super) fn shown(&mut self, talk: u32, line: Line, now_us: u64) {
        let writer = self.writer(line.id);
        let places = &mut self.talks[talk as usize].places;
        let (expected, seq) = (places.len() as u64 + 1, line.seq.0);
        if seq < expected {
            let known = places.get(seq as usize - usize::from(seq > 0)) == Some(&writer);
            let fault = if known { Fault::Doubled } else { Fault::Differing };
            return self.fault(fault, || format!("{talk}: {writer:?} shown again at {seq}"));
        }
        if seq > expected {
            // What is missing is reported once, as lost, at the end.
            return self
                .fault(Fault::Gap, || format!("{talk}: {seq} shown where {expected} comes"));
        }
        places.push(writer);
        self.verdict.shown += 1;
        if let Some(stamp) = self.stamps.read(line.id) {
            self.shown_own(talk, stamp, seq, now_us);
        }
    }

    fn shown_own(&mut self, talk: u32, stamp: Stamp, seq: u64, now_us: u64) {
        if matches!(stamp.kind, Kind::Opening | Kind::TakeOver) {
            return;
        }
        let side = self.talks[talk as usize].side(stamp.kind);
        let written = side.entries.get_mut(stamp.number as usize);
        let Some(entry) = written.filter(|_| stamp.talk == talk) else {
            return self.fault(Fault::Differing, || format!("{stamp:?} shown to {talk}"));
        };
        let again = std::mem::replace(&mut entry.shown, true);
        let Entry { due_us, seq: told, refused, .. } = *entry;
        let late = stamp.number < side.shown_before && !refused;
        side.shown_before = side.shown_before.max(stamp.number + 1);
        self.own_shown += u64::from(!again);
        if again {
            self.fault(Fault::Doubled, || format!("{stamp:?} shown twice, now at {seq}"));
        } else if late {
            self.fault(Fault::Disordered, || format!("{stamp:?} shown late, at {seq}"));
        }
        if told > 0 && u64::from(told) != seq {
            self.fault(Fault::Moved, || format!("{stamp:?} accepted at {told}, shown at {seq}"));
        }
        if stamp.kind == Kind::Agent && !again {
            self.to_visitor.record(due_us, self.since_first(due_us), now_us);
        }
    }

    /// An agent is shown that a conversation goes up to `last_seq`, and up to the visitor's line
    /// `number` when that is its last text.
    pub(super) fn told(&mut self, talk: u32, number: Option<u32>, last_seq: Seq, now_us: u64) {
        let first_us = self.first_due_us.unwrap_or_default();
        let side = &mut self.talks[talk as usize].visitor;
        while let Some(entry) = side.entries.get(side.told_before) {
            let by_number = number.is_some_and(|number| side.told_before <= number as usize);
            let by_place = entry.seq > 0 && u64::from(entry.seq) <= last_seq.0;
            if !by_number && !by_place {
                break;
            }
            self.to_agent.record(entry.due_us, entry.due_us.saturating_sub(first_us), now_us);
            side.told_before += 1;
        }
    }

    /// An agent reads a conversation from its beginning, page by page.
    pub(super) fn audit(&mut self, talk: u32, lines: &[Line]) {
        for line in lines {
            let writer = self.writer(line.id);
            let at = &mut self.talks[talk as usize];
            let expected = at.audited;
            let same =
                line.seq.0 == expected as u64 + 1 && at.places.get(expected) == Some(&writer);
            at.audited += 1;
            self.verdict.audited += 1;
            if !same {
                let seq = line.seq.0;
                self.fault(Fault::Differing, || {
                    format!("{talk}: an agent reads {writer:?} at {seq}")
                });
            }
        }
    }

    /// An agent who has a conversation on show gets its next line.
    pub(super) fn watched(&mut self, talk: u32, expected: Seq, line: Line) {
        if line.seq != expected {
            let fault = if line.seq < expected { Fault::Doubled } else { Fault::Gap };
            self.fault(fault, || format!("{talk}: an agent got {line:?}, not {expected:?}"));
        }
    }

    pub(super) fn audited_through(&self, talk: u32) -> Seq {
        Seq(self.talks[talk as usize].audited as u64)
    }

    pub(super) fn through(&self, talk: u32) -> Seq {
        Seq(self.talks[talk as usize].places.len() as u64)
    }

    /// Whether all that was written is acknowledged and shown.
    pub(super) fn is_settled(&self) -> bool {
        self.verdict.accepted == self.verdict.sent && self.own_shown == self.verdict.sent
    }

    /// Counts what never came.
    pub(super) fn close(&mut self) {
        for talk in 0..self.talks.len() as u32 {
            for kind in [Kind::Visitor, Kind::Agent] {
                let entries = &self.talks[talk as usize].read(kind).entries;
                let missing: Vec<(u32, Entry)> = (0..)
                    .zip(entries.iter().copied())
                    .filter(|(_, entry)| entry.seq == 0 || !entry.shown)
                    .collect();
                for (number, entry) in missing {
                    let stamp = Stamp { kind, talk, number };
                    self.fault(Fault::Lost, || format!("{stamp:?} never came: {entry:?}"));
                }
            }
            let at = &self.talks[talk as usize];
            let (audited, shown) = (at.audited, at.places.len());
            if audited != shown {
                self.fault(Fault::Differing, || {
                    format!("{talk}: the agent read {audited} lines, the visitor {shown}")
                });
            }
        }
    }

    pub(super) fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    pub(super) fn latencies(&self) -> Latencies {
        Latencies {
            accepted_ms: self.accepted.whole(),
            to_visitor_ms: self.to_visitor.whole(),
            to_agent_ms: self.to_agent.whole(),
            to_visitor_windows_ms: self.to_visitor.windows(),
        }
    }

    fn since_first(&self, due_us: u64) -> u64 {
        due_us.saturating_sub(self.first_due_us.unwrap_or(due_us))
    }

    fn writer(&self, id: MessageId) -> Writer {
        match self.stamps.read(id) {
            Some(Stamp { kind, number, .. }) => Writer::Own { kind, number },
            None => {
                let (_, low) = id.0.as_u64_pair();
                Writer::Other(low)
            }
        }
    }

    fn fault(&mut self, fault: Fault, describe: impl FnOnce() -> String) {
        let verdict = &mut self.verdict;
        match fault {
            Fault::Lost => verdict.lost += 1,
            Fault::Doubled => verdict.doubled += 1,
            Fault::Disordered => verdict.disordered += 1,
            Fault::Moved => verdict.moved += 1,
            Fault::Gap => verdict.gaps += 1,
            Fault::Differing => verdict.differing += 1,
        }
        if verdict.samples.len() < SAMPLES_MAX {
            verdict.samples.push(describe());
        }
    }
}

impl Talk {
    fn side(&mut self, kind: Kind) -> &mut Side {
        match kind {
            Kind::Visitor | Kind::Opening => &mut self.visitor,
            Kind::Agent | Kind::TakeOver => &mut self.agent,
        }
    }

    fn read(&self, kind: Kind) -> &Side {
        match kind {
            Kind::Visitor | Kind::Opening => &self.visitor,
            Kind::Agent | Kind::TakeOver => &self.agent,
        }
    }
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
