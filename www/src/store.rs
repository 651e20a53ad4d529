//! Everything the console knows, as one value and one pure function. It knows no browser, no
//! socket and no words for people; what has to be sent is read off the state by `socket`.

use std::collections::BTreeMap;
use std::rc::Rc;

use protocol::agent::{AgentEvent, AgentFrame};
use protocol::context::VisitorContext;
use protocol::conversation::{ConversationSummary, Status};
use protocol::http::AgentProfile;
use protocol::ids::{AgentId, ConversationId, MessageId, Seq};
use protocol::inbox::InboxQuery;
use protocol::refusal::Refusal;
use protocol::team::{CannedResponse, Member};
use yew::Reducible;

pub(crate) use beside::Beside;
pub(crate) use list::List;

use crate::outbox::{OUTBOX_FRAMES_MAX, Outgoing};
use crate::receipts::Receipts;
use crate::transcript::Transcript;

mod beside;
mod heard;
mod list;
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
    /// So is a colleague's.
    ColleagueFaded(u32),
    RefusalRead,
    /// The agent wants another list.
    Queried(InboxQuery),
    /// The end of the list came near.
    WantedMore,
    MarkedUnread(ConversationId),
    CannedFetched(Vec<CannedResponse>),
}

#[derive(Debug, Clone)]
pub(crate) struct Store {
    /// Grows with every action: comparing two stores must not compare ten thousand rows.
    revision: u64,
    pub(crate) phase: Phase,
    pub(crate) link: Link,
    /// Every row that was heard of, whatever the list shows.
    pub(crate) inbox: Rc<BTreeMap<ConversationId, Rc<ConversationSummary>>>,
    pub(crate) list: Rc<List>,
    pub(crate) beside: Beside,
    pub(crate) team: Rc<Vec<Member>>,
    pub(crate) canned: Rc<Vec<CannedResponse>>,
    /// Grows when the canned responses are to be fetched again.
    pub(crate) canned_round: u32,
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
            revision: 0,
            phase: Phase::Starting,
            link: Link::Connecting,
            inbox: Rc::default(),
            list: Rc::default(),
            beside: Beside::default(),
            team: Rc::default(),
            canned: Rc::default(),
            canned_round: 0,
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

impl PartialEq for Store {
    fn eq(&self, other: &Self) -> bool {
        self.revision == other.revision
    }
}

impl Reducible for Store {
    type Action = Action;

    fn reduce(self: Rc<Self>, action: Action) -> Rc<Self> {
        let mut next = (*self).clone();
        next.revision += 1;
        next.apply(action);
        Rc::new(next)
    }
}

/// What the panels read.
impl Store {
    /// What an earlier page of this tab left behind.
    pub(crate) fn restored(
        frames: Vec<AgentFrame>,
        seen: BTreeMap<ConversationId, Seq>,
        query: InboxQuery,
    ) -> Self {
        let mut store = Self { seen, list: Rc::new(List::of(query)), ..Self::default() };
        frames.into_iter().for_each(|frame| store.queue(frame));
        store
    }

    pub(crate) fn me(&self) -> Option<&AgentProfile> {
        match &self.phase {
            Phase::SignedIn(agent) => Some(agent),
            Phase::Starting | Phase::SignedOut => None,
        }
    }

    fn my_id(&self) -> AgentId {
        self.me().map_or(AgentId(uuid::Uuid::nil()), |agent| agent.id)
    }

    /// The frames that have to survive a reload.
    pub(crate) fn unacknowledged(&self) -> Vec<AgentFrame> {
        let waiting = self.outbox.iter().filter(|outgoing| outgoing.unacknowledged());
        waiting.map(|outgoing| outgoing.frame.clone()).collect()
    }

    pub(crate) fn summary(&self, id: ConversationId) -> Option<&Rc<ConversationSummary>> {
        self.inbox.get(&id)
    }

    /// How many conversations wait for a human.
    pub(crate) fn waiting_count(&self) -> usize {
        self.list.counts.waiting as usize
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
            .filter(|outgoing| outgoing.conversation == id && outgoing.words().is_some())
            .filter(|outgoing| !transcript.contains(outgoing.id))
            .filter(|outgoing| !self.beside.asides.iter().any(|aside| aside.id == outgoing.id))
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
            outgoing.conversation == id && outgoing.words().is_none() && outgoing.waiting()
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
            Action::TypingFaded(round) if round == self.typing_round => {
                self.visitor_typing = None;
                self.beside.draft = None;
            }
            Action::TypingFaded(_) => {}
            Action::ColleagueFaded(round) if round == self.beside.colleague_round => {
                self.beside.colleague = None;
            }
            Action::ColleagueFaded(_) => {}
            Action::RefusalRead => self.refusal = None,
            Action::Queried(query) => Rc::make_mut(&mut self.list).choose(query),
            Action::WantedMore => Rc::make_mut(&mut self.list).go_on(),
            Action::MarkedUnread(id) => self.mark_unread(id),
            Action::CannedFetched(canned) => self.canned = Rc::new(canned),
        }
    }

    /// Forgets what belongs to the agent; unsent words stay until they are delivered or let go.
    fn sign_out(&mut self) {
        *self = Self {
            phase: Phase::SignedOut,
            outbox: std::mem::take(&mut self.outbox),
            seen: std::mem::take(&mut self.seen),
            rounds: self.rounds,
            revision: self.revision,
            list: Rc::new(List::of(self.list.query.clone())),
            ..Self::default()
        };
    }

    fn open(&mut self, conversation: Option<ConversationId>) {
        if self.watch.map(|watch| watch.conversation) == conversation {
            return;
        }
        self.visitor_typing = None;
        self.beside = Beside::of(conversation);
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
        if self.list.ask.is_some() {
            Rc::make_mut(&mut self.list).ask_again();
        }
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
