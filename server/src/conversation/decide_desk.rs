//! What agents do among themselves with a conversation: who has it, when it comes back, what is
//! noted beside it. Pure. Nothing here posts a message, so no visitor hears of it.

use protocol::conversation::{Assignee, Status};
use protocol::ids::{AgentId, LabelName, MessageId};
use protocol::inbox::{LABELS_MAX, Marks, Priority};
use protocol::refusal::RefusalCode;
use protocol::team::{Aside, AsideKind};

use super::decide::Draft;
use crate::bus::record::Fact;

/// The furthest day a conversation can be put off to.
const SNOOZE_MS_MAX: u64 = 366 * 24 * 60 * 60 * 1_000;

impl Draft<'_> {
    pub(super) fn assign(
        &mut self,
        aside: Beside,
        from: Option<AgentId>,
        to: Option<Assignee>,
        note: Option<String>,
    ) -> Result<(), RefusalCode> {
        if self.repeats(aside.id) {
            return Ok(());
        }
        let present = self.standing.assignee.as_ref().map(|assignee| assignee.id);
        let wanted = to.as_ref().map(|assignee| assignee.id);
        if present == wanted {
            self.accept_without_effect(aside.id);
            return Ok(());
        }
        if present != from || self.standing.status == Status::Resolved && aside.by.is_none() {
            return Err(RefusalCode::AssignedMeanwhile);
        }
        if note.is_some() && !self.on.asides().has_room_for_a_note() {
            return Err(RefusalCode::TooMany);
        }
        self.standing.assignee.clone_from(&to);
        self.set_aside(aside, AsideKind::Assigned { to, note });
        Ok(())
    }

    pub(super) fn snooze(
        &mut self,
        aside: Beside,
        until_ms: Option<u64>,
    ) -> Result<(), RefusalCode> {
        if self.repeats(aside.id) {
            return Ok(());
        }
        let latest_ms = self.now_ms.saturating_add(SNOOZE_MS_MAX);
        if until_ms.is_some_and(|until| until <= self.now_ms || until > latest_ms) {
            return Err(RefusalCode::InvalidBody);
        }
        self.standing.status = Status::Snoozed;
        self.standing.snoozed_until_ms = until_ms;
        self.standing.waiting_since_ms = None;
        self.set_aside(aside, AsideKind::Snoozed { until_ms });
        Ok(())
    }

    /// Comes back as something that waits for a person.
    pub(super) fn wake(&mut self, id: MessageId) {
        let due = self.standing.snoozed_until_ms.is_some_and(|until| until <= self.now_ms);
        if self.standing.status != Status::Snoozed || !due {
            return self.accept_without_effect(id);
        }
        self.standing.status = Status::Open;
        self.standing.waiting_since_ms = Some(self.now_ms);
        self.set_aside(Beside { id, by: None }, AsideKind::Woke);
    }

    pub(super) fn label(
        &mut self,
        aside: Beside,
        add: Vec<LabelName>,
        remove: &[LabelName],
    ) -> Result<(), RefusalCode> {
        let mut marks = self.marks().clone();
        let removed: Vec<_> =
            marks.labels.iter().filter(|label| remove.contains(label)).cloned().collect();
        marks.labels.retain(|label| !remove.contains(label));
        let mut added = add;
        added.retain(|label| !marks.labels.contains(label));
        added.sort_unstable();
        added.dedup();
        if self.repeats(aside.id) {
            return Ok(());
        }
        if added.is_empty() && removed.is_empty() {
            self.accept_without_effect(aside.id);
            return Ok(());
        }
        marks.labels.extend(added.iter().cloned());
        marks.labels.sort_unstable();
        if marks.labels.len() > LABELS_MAX {
            return Err(RefusalCode::TooMany);
        }
        self.mark(aside, marks, AsideKind::Labelled { added, removed });
        Ok(())
    }

    pub(super) fn prioritize(&mut self, aside: Beside, priority: Priority) {
        let marks = Marks { priority, ..self.marks().clone() };
        self.mark(aside, marks, AsideKind::Prioritized { priority });
    }

    pub(super) fn block(&mut self, aside: Beside, blocked: Blocked) {
        let (blocked, what) = match blocked {
            Blocked::Yes => (true, AsideKind::Blocked),
            Blocked::No => (false, AsideKind::Unblocked),
        };
        let marks = Marks { blocked, ..self.marks().clone() };
        self.mark(aside, marks, what);
    }

    pub(super) fn note(&mut self, aside: Beside, text: String) -> Result<(), RefusalCode> {
        if self.repeats(aside.id) {
            return Ok(());
        }
        if !self.on.asides().has_room_for_a_note() {
            return Err(RefusalCode::TooMany);
        }
        self.set_aside(aside, AsideKind::Note { text });
        Ok(())
    }

    fn marks(&self) -> &Marks {
        &self.on.head.marks
    }

    fn mark(&mut self, aside: Beside, marks: Marks, what: AsideKind) {
        if self.repeats(aside.id) {
            return;
        }
        if marks == *self.marks() {
            return self.accept_without_effect(aside.id);
        }
        self.outcome.facts.push(Fact::Marked(marks));
        self.set_aside(aside, what);
    }

    /// Whether this was done before; it is acknowledged again.
    fn repeats(&mut self, id: MessageId) -> bool {
        let known = self.on.asides().contains(id);
        if known {
            self.accept_without_effect(id);
        }
        known
    }

    fn set_aside(&mut self, Beside { id, by }: Beside, what: AsideKind) {
        let (at_ms, after_seq) = (self.now_ms, self.last_seq);
        self.outcome.facts.push(Fact::Aside(Aside { id, at_ms, after_seq, by, what }));
        self.accept_without_effect(id);
    }
}

/// Who does it, under which id; `None` is the service.
pub(super) struct Beside {
    pub(super) id: MessageId,
    pub(super) by: Option<Assignee>,
}

impl Beside {
    pub(super) fn of(id: MessageId, by: Assignee) -> Self {
        Self { id, by: Some(by) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blocked {
    Yes,
    No,
}

#[cfg(test)]
#[path = "decide_desk_tests.rs"]
mod tests;
