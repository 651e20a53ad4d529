//! Everything the console knows, as one value and one pure function. It knows no browser, no
//! socket and no words for people; what has to be sent is read off the state by `socket`.

use std::collections::BTreeMap;
use std::rc::Rc;

use protocol::agent::{AgentEvent, AgentFrame};
use protocol::context::VisitorContext;
use protocol::conversation::{Author, ConversationSummary, Message, Status};
use protocol::http::AgentProfile;
use protocol::ids::{ConversationId, MessageId, Seq};
use protocol::refusal::Refusal;
use yew::Reducible;

use crate::outbox::{Delivery, OUTBOX_FRAMES_MAX, Outgoing};
use crate::receipts::Receipts;
use crate::transcript::{Placed, Transcript};

#[cfg(test)]
mod tests;

/// Transcripts kept in memory; past this, all but the open one are asked for again.
const TRANSCRIPTS_MAX: usize = 20;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Phase {
    /// Asking the server who is signed in.
    Starting,
    SignedOut,
    SignedIn(AgentProfile),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    Connecting,
    Live,
    Reconnecting,
    /// The server said not to come back; the agent may still try.
    Stopped,
}

/// The conversation on screen and what was asked about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Watch {
    pub(crate) conversation: ConversationId,
    pub(crate) after_seq: Seq,
    /// Grows with every question, so that the same one can be asked again.
    pub(crate) round: u32,
    answered: bool,
    /// Highest seq heard of; more than the transcript has means there is a gap.
    known_seq: Seq,
}

/// The tabs of the inbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    Open,
    Bot,
    Resolved,
}

impl Filter {
    pub(crate) const ALL: [Self; 3] = [Self::Open, Self::Bot, Self::Resolved];

    pub(crate) fn of(status: Status) -> Self {
        match status {
            Status::Open | Status::Snoozed => Self::Open,
            Status::Pending => Self::Bot,
            Status::Resolved => Self::Resolved,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Action {
    SignedIn(AgentProfile),
    SignedOut,
    LinkChanged(Link),
    Heard(AgentEvent),
    /// The address bar changed.
    Opened(Option<ConversationId>),
    /// The tab came to the front or left it.
    Attended(bool),
    Queued(AgentFrame),
    Retried(MessageId),
    Discarded(MessageId),
    /// A visitor's typing sign of that round is old.
    TypingFaded(u32),
    RefusalRead,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Store {
    pub(crate) phase: Phase,
    pub(crate) link: Link,
    pub(crate) inbox: BTreeMap<ConversationId, Rc<ConversationSummary>>,
    /// Whether the inbox was received at least once.
    pub(crate) welcomed: bool,
    /// Last seq this agent had on screen.
    pub(crate) seen: BTreeMap<ConversationId, Seq>,
    pub(crate) transcripts: BTreeMap<ConversationId, Rc<Transcript>>,
    pub(crate) receipts: Receipts,
    pub(crate) watch: Option<Watch>,
    pub(crate) outbox: Vec<Outgoing>,
    /// Of the watched conversation's visitor.
    pub(crate) whereabouts: Option<(ConversationId, Rc<VisitorContext>)>,
    pub(crate) visitor_typing: Option<ConversationId>,
    pub(crate) typing_round: u32,
    pub(crate) level: u8,
    /// A refusal that belongs to no message on screen.
    pub(crate) refusal: Option<Refusal>,
    /// The conversation that began to wait last, for those who listen to the page.
    pub(crate) newly_waiting: Option<ConversationId>,
    attended: bool,
    /// How often a conversation was asked for.
    rounds: u32,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            phase: Phase::Starting,
            link: Link::Connecting,
            inbox: BTreeMap::new(),
            welcomed: false,
            seen: BTreeMap::new(),
            transcripts: BTreeMap::new(),
            receipts: Receipts::default(),
            watch: None,
            outbox: Vec::new(),
            whereabouts: None,
            visitor_typing: None,
            typing_round: 0,
            level: 0,
            refusal: None,
            newly_waiting: None,
            attended: true,
            rounds: 0,
        }
    }
}

impl Reducible for Store {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut next = (*self).clone();
        next.apply(action);
        Rc::new(next)
    }
}

/// What the panels read.
impl Store {
    /// What an earlier page of this tab left behind.
    pub(crate) fn restored(frames: Vec<AgentFrame>, seen: BTreeMap<ConversationId, Seq>) -> Self {
        let mut store = Self { seen, ..Self::default() };
        frames.into_iter().for_each(|frame| store.queue(frame));
        store
    }

    /// The frames that have to survive a reload.
    pub(crate) fn unacknowledged(&self) -> Vec<AgentFrame> {
        let waiting = self.outbox.iter().filter(|outgoing| outgoing.unacknowledged());
        waiting.map(|outgoing| outgoing.frame.clone()).collect()
    }

    pub(crate) fn summary(&self, id: ConversationId) -> Option<&Rc<ConversationSummary>> {
        self.inbox.get(&id)
    }

    /// The conversations of one tab, newest first.
    pub(crate) fn rows(&self, filter: Filter) -> Vec<Rc<ConversationSummary>> {
        let mut rows: Vec<_> = self
            .inbox
            .values()
            .filter(|summary| Filter::of(summary.status) == filter)
            .cloned()
            .collect();
        rows.sort_by_key(|row| (std::cmp::Reverse(row.last_message_at_ms), row.id));
        rows
    }

    pub(crate) fn count(&self, filter: Filter) -> usize {
        self.inbox.values().filter(|summary| Filter::of(summary.status) == filter).count()
    }

    /// How many conversations wait for a human.
    pub(crate) fn waiting_count(&self) -> usize {
        self.inbox.values().filter(|summary| summary.waiting_since_ms.is_some()).count()
    }

    pub(crate) fn unread(&self, summary: &ConversationSummary) -> bool {
        summary.status != Status::Resolved
            && self.seen.get(&summary.id).copied().unwrap_or_default() < summary.last_seq
    }

    pub(crate) fn transcript(&self, id: ConversationId) -> Rc<Transcript> {
        self.transcripts.get(&id).cloned().unwrap_or_default()
    }

    /// Replies of this conversation that the transcript does not show yet.
    pub(crate) fn unposted(&self, id: ConversationId) -> Vec<Outgoing> {
        let transcript = self.transcript(id);
        self.outbox
            .iter()
            .filter(|outgoing| outgoing.conversation == id && outgoing.reply_text().is_some())
            .filter(|outgoing| !transcript.contains(outgoing.id))
            .cloned()
            .collect()
    }

    /// What may be on its way, in the order of writing: behind a frame that was told to come later
    /// the rest of its conversation waits, so that replies never overtake each other.
    pub(crate) fn sendable(&self) -> Vec<&Outgoing> {
        let mut held = Vec::new();
        let mut sendable = Vec::new();
        for outgoing in self.outbox.iter().filter(|outgoing| outgoing.waiting()) {
            if held.contains(&outgoing.conversation) {
                continue;
            }
            if outgoing.delayed() {
                held.push(outgoing.conversation);
            }
            sendable.push(outgoing);
        }
        sendable
    }

    /// Whether a command (take over, resolve …) is still on its way.
    pub(crate) fn commanding(&self, id: ConversationId) -> bool {
        self.outbox.iter().any(|outgoing| {
            outgoing.conversation == id && outgoing.reply_text().is_none() && outgoing.waiting()
        })
    }

    pub(crate) fn outbox_full(&self) -> bool {
        self.outbox.len() >= OUTBOX_FRAMES_MAX
    }
}

impl Store {
    fn apply(&mut self, action: Action) {
        match action {
            Action::SignedIn(agent) => self.phase = Phase::SignedIn(agent),
            Action::SignedOut => self.sign_out(),
            Action::LinkChanged(link) => self.link = link,
            Action::Heard(event) => self.hear(event),
            Action::Opened(conversation) => self.open(conversation),
            Action::Attended(attended) => {
                self.attended = attended;
                self.mark_seen();
            }
            Action::Queued(frame) => self.queue(frame),
            Action::Retried(id) => {
                if let Some(outgoing) = self.outgoing(id) {
                    outgoing.retry();
                }
            }
            Action::Discarded(id) => self.outbox.retain(|outgoing| outgoing.id != id),
            Action::TypingFaded(round) if round == self.typing_round => self.visitor_typing = None,
            Action::TypingFaded(_) => {}
            Action::RefusalRead => self.refusal = None,
        }
    }

    /// Forgets what belongs to the agent; unsent words stay until they are delivered or let go.
    fn sign_out(&mut self) {
        *self = Self {
            phase: Phase::SignedOut,
            outbox: std::mem::take(&mut self.outbox),
            seen: std::mem::take(&mut self.seen),
            rounds: self.rounds,
            ..Self::default()
        };
    }

    fn hear(&mut self, event: AgentEvent) {
        match event {
            AgentEvent::Welcome { agent, inbox } => self.welcome(agent, inbox),
            AgentEvent::ConversationChanged { summary } => self.change(summary),
            AgentEvent::Transcript { conversation, messages, more } => {
                self.read_page(conversation, messages, more);
            }
            AgentEvent::Posted { conversation, message } => self.post(conversation, message),
            AgentEvent::VisitorSeen { conversation, context } => {
                self.whereabouts = Some((conversation, Rc::new(context)));
            }
            AgentEvent::InboxPage { rows, .. } => rows.into_iter().for_each(|row| self.change(row)),
            AgentEvent::InboxCounts { .. }
            | AgentEvent::Earlier { .. }
            | AgentEvent::Asides { .. }
            | AgentEvent::Viewers { .. }
            | AgentEvent::AgentTyping { .. }
            | AgentEvent::Team { .. }
            | AgentEvent::Suggestions { .. }
            | AgentEvent::CannedChanged => {}
            AgentEvent::VisitorTyping { conversation, .. } => {
                self.visitor_typing = Some(conversation);
                self.typing_round += 1;
            }
            AgentEvent::VisitorRead { conversation, receipt } => {
                self.receipts.visitor_saw(conversation, receipt);
            }
            AgentEvent::Accepted { message_id, conversation, seq } => {
                self.accept(message_id, conversation, seq);
            }
            AgentEvent::Synced => self.close_gap(),
            AgentEvent::LevelChanged { level } => self.level = level,
            AgentEvent::Refused { message_id, refusal } => self.refuse(message_id, refusal),
        }
    }

    fn welcome(&mut self, agent: AgentProfile, inbox: Vec<ConversationSummary>) {
        self.phase = Phase::SignedIn(agent);
        self.link = Link::Live;
        let fresh: BTreeMap<_, _> =
            inbox.into_iter().map(|summary| (summary.id, Rc::new(summary))).collect();
        // Compat: the inbox of `Welcome` leaves out what is resolved, so what it no longer names
        // was resolved while we were away.
        for (id, old) in std::mem::take(&mut self.inbox) {
            let resolved = ConversationSummary {
                status: Status::Resolved,
                waiting_since_ms: None,
                ..(*old).clone()
            };
            self.inbox.insert(id, Rc::new(resolved));
        }
        self.inbox.extend(fresh);
        self.welcomed = true;
        self.watch_again();
        self.mark_seen();
    }

    fn change(&mut self, summary: ConversationSummary) {
        let waited = self.summary(summary.id).is_some_and(|known| known.waiting_since_ms.is_some());
        if summary.waiting_since_ms.is_some() && !waited {
            self.newly_waiting = Some(summary.id);
        }
        if let Some(watch) = self.watch_of(summary.id) {
            watch.known_seq = watch.known_seq.max(summary.last_seq);
        }
        // Rows of colleagues and of the bot are nobody's post here.
        let own = matches!((&self.phase, &summary.assignee),
            (Phase::SignedIn(agent), Some(assignee)) if assignee.id == agent.id);
        if own || summary.waiting_since_ms.is_some() {
            self.receipts.delivered(summary.id, summary.last_seq);
        }
        self.inbox.insert(summary.id, Rc::new(summary));
        self.mark_seen();
    }

    fn read_page(&mut self, id: ConversationId, page: Vec<Message>, more: bool) {
        let mut transcript = (*self.transcript(id)).clone();
        let gained = transcript.extend(page);
        let last_seq = transcript.last_seq();
        self.outbox.retain(|outgoing| !transcript.contains(outgoing.id));
        self.transcripts.insert(id, Rc::new(transcript));
        if let Some(watch) = self.watch_of(id) {
            watch.answered = true;
            // A page without anything new must not be asked for again and again.
            if gained > 0 && (more || last_seq < watch.known_seq) {
                self.watch_again();
            }
        }
        self.mark_seen();
    }

    fn post(&mut self, id: ConversationId, message: Message) {
        let Some(watch) = self.watch_of(id) else { return };
        watch.known_seq = watch.known_seq.max(message.seq);
        let answered = watch.answered;
        let message_id = message.id;
        let by_visitor = message.author == Author::Visitor;
        let mut transcript = (*self.transcript(id)).clone();
        match transcript.place(message) {
            Placed::Appended => {
                self.transcripts.insert(id, Rc::new(transcript));
                self.outbox.retain(|outgoing| outgoing.id != message_id);
                if by_visitor {
                    self.visitor_typing = None;
                }
            }
            Placed::Known => {}
            // While an answer is on its way it will bring the missing ones along.
            Placed::AfterGap if answered => self.watch_again(),
            Placed::AfterGap => {}
        }
        self.mark_seen();
    }

    fn accept(&mut self, id: MessageId, conversation: ConversationId, seq: Option<Seq>) {
        let shown = self.transcript(conversation).contains(id);
        let watched = self.watch_of(conversation).map(|watch| {
            watch.known_seq = watch.known_seq.max(seq.unwrap_or_default());
        });
        let keep = watched.is_some() && !shown;
        if let Some(outgoing) = self.outgoing(id).filter(|o| keep && o.reply_text().is_some()) {
            outgoing.delivery = Delivery::Accepted;
        } else {
            self.outbox.retain(|outgoing| outgoing.id != id);
        }
    }

    fn refuse(&mut self, id: Option<MessageId>, refusal: Refusal) {
        match id.and_then(|id| self.outgoing(id)) {
            Some(outgoing) => {
                outgoing.refuse(refusal.clone());
                let (id, command) = (outgoing.id, outgoing.reply_text().is_none());
                if command && !outgoing.waiting() {
                    // A refused command has no place in the transcript: say it and forget it.
                    self.outbox.retain(|outgoing| outgoing.id != id);
                    self.refusal = Some(refusal);
                }
            }
            None => self.refusal = Some(refusal),
        }
    }

    fn open(&mut self, conversation: Option<ConversationId>) {
        if self.watch.map(|watch| watch.conversation) == conversation {
            return;
        }
        self.visitor_typing = None;
        self.outbox.retain(Outgoing::unacknowledged);
        if self.transcripts.len() >= TRANSCRIPTS_MAX {
            self.transcripts.clear();
        }
        self.rounds += 1;
        let round = self.rounds;
        self.watch = conversation.map(|conversation| Watch {
            conversation,
            after_seq: self.transcript(conversation).last_seq(),
            round,
            answered: false,
            known_seq: Seq(0),
        });
        self.mark_seen();
    }

    fn queue(&mut self, frame: AgentFrame) {
        if self.outbox_full() {
            return;
        }
        self.outbox.extend(Outgoing::of(frame));
    }

    /// Asks for what follows the transcript's last message.
    fn watch_again(&mut self) {
        let Some(watch) = self.watch else { return };
        self.rounds += 1;
        self.watch = Some(Watch {
            after_seq: self.transcript(watch.conversation).last_seq(),
            round: self.rounds,
            answered: false,
            ..watch
        });
    }

    /// The line was quiet long enough: whatever is still missing was lost on the way.
    fn close_gap(&mut self) {
        let Some(watch) = self.watch else { return };
        let last_seq = self.transcript(watch.conversation).last_seq();
        // An unanswered question was refused because the server was busy.
        if !watch.answered || last_seq < watch.known_seq {
            self.watch_again();
        }
    }

    /// What is on screen while somebody looks has been seen.
    fn mark_seen(&mut self) {
        let Some(watch) = self.watch.filter(|_| self.attended) else { return };
        let id = watch.conversation;
        let listed = self.summary(id).map(|summary| summary.last_seq).unwrap_or_default();
        let shown = self.transcript(id).last_seq();
        let seen = self.seen.entry(id).or_default();
        *seen = (*seen).max(listed).max(shown);
        self.receipts.read(id, shown);
    }

    fn outgoing(&mut self, id: MessageId) -> Option<&mut Outgoing> {
        self.outbox.iter_mut().find(|outgoing| outgoing.id == id)
    }

    fn watch_of(&mut self, id: ConversationId) -> Option<&mut Watch> {
        self.watch.as_mut().filter(|watch| watch.conversation == id)
    }
}
