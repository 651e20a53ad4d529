//! What each event of the server changes in the store. Pure, as the store is.

use std::collections::BTreeSet;
use std::rc::Rc;

use protocol::agent::AgentEvent;
use protocol::conversation::{Author, ConversationSummary, Message};
use protocol::http::AgentProfile;
use protocol::ids::{ConversationId, MessageId, Seq};
use protocol::refusal::Refusal;

use super::beside::Beside;
use super::{Link, Phase, Store};
use crate::outbox::Delivery;
use crate::transcript::Placed;

/// Rows that are remembered; past this, only those of the list on screen.
const ROWS_MAX: usize = 30_000;

impl Store {
    pub(super) fn hear(&mut self, event: AgentEvent) {
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
            AgentEvent::InboxPage { round, rows, next, counts, facets } => {
                let list = Rc::make_mut(&mut self.list);
                if list.read(round, &rows, next) {
                    list.counts = counts.unwrap_or(list.counts);
                    list.facets = facets.unwrap_or_else(|| list.facets.clone());
                    rows.into_iter().for_each(|row| self.remember(row));
                    self.mark_seen();
                }
            }
            AgentEvent::InboxCounts { counts } => Rc::make_mut(&mut self.list).counts = counts,
            AgentEvent::Team { members } => self.team = Rc::new(members),
            AgentEvent::CannedChanged => self.canned_round += 1,
            AgentEvent::Earlier { visitor, conversations } => {
                let open = self.beside.conversation.and_then(|id| self.summary(id));
                if open.is_some_and(|open| open.visitor == visitor) {
                    self.beside.earlier = Rc::new(conversations);
                }
            }
            AgentEvent::Asides { conversation, asides } if self.beside.is_of(conversation) => {
                self.outbox.retain(|outgoing| !asides.iter().any(|aside| aside.id == outgoing.id));
                self.beside.take_asides(asides);
            }
            AgentEvent::Viewers { conversation, viewers } if self.beside.is_of(conversation) => {
                let me = self.my_id();
                self.beside.viewers = viewers.into_iter().filter(|agent| agent.id != me).collect();
            }
            AgentEvent::AgentTyping { conversation, agent } if self.beside.is_of(conversation) => {
                self.beside.colleague = Some(agent);
                self.beside.colleague_round += 1;
            }
            AgentEvent::Suggestions { conversation, suggestions, .. }
                if self.beside.is_of(conversation) =>
            {
                self.beside.suggestions = Rc::new(suggestions);
            }
            // Of a conversation that was left meanwhile.
            AgentEvent::Asides { .. }
            | AgentEvent::Viewers { .. }
            | AgentEvent::AgentTyping { .. }
            | AgentEvent::Suggestions { .. } => {}
            AgentEvent::VisitorTyping { conversation, draft } => {
                if self.beside.is_of(conversation) {
                    self.beside.draft = draft.filter(|draft| !draft.is_empty());
                }
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
        // The list is asked for anew; until it is here the one before the break stays.
        Rc::make_mut(&mut self.list).begin();
        self.canned_round += 1;
        inbox.into_iter().for_each(|summary| self.remember(summary));
        self.welcomed = true;
        self.watch_again();
        self.mark_seen();
    }

    fn change(&mut self, summary: ConversationSummary) {
        if summary.erased {
            self.drop_all_of(summary.id);
        }
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
        self.remember(summary);
        self.mark_seen();
    }

    /// Nothing of an erased conversation stays on a screen.
    fn drop_all_of(&mut self, id: ConversationId) {
        self.transcripts.remove(&id);
        self.outbox.retain(|outgoing| outgoing.conversation != id);
        self.whereabouts = self.whereabouts.take().filter(|(of, _)| *of != id);
        if self.beside.is_of(id) {
            self.beside = Beside::of(Some(id));
        }
    }

    /// Keeps how a conversation stands, and the list in step with it.
    fn remember(&mut self, summary: ConversationSummary) {
        let me = self.my_id();
        let rows = Rc::make_mut(&mut self.inbox);
        let summary = Rc::new(summary);
        let before = rows.insert(summary.id, summary.clone());
        Rc::make_mut(&mut self.list).change(before.as_deref(), &summary, me);
        if rows.len() > ROWS_MAX {
            let shown: BTreeSet<_> = self.list.ids().collect();
            let open = self.watch.map(|watch| watch.conversation);
            rows.retain(|id, _| shown.contains(id) || open == Some(*id));
        }
    }

    /// The agent will come back to it: as if its last message had not been on screen.
    pub(super) fn mark_unread(&mut self, id: ConversationId) {
        let Some(last_seq) = self.summary(id).map(|summary| summary.last_seq) else { return };
        self.open(None);
        self.seen.insert(id, Seq(last_seq.0.saturating_sub(1)));
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
                    self.beside.draft = None;
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
        if let Some(outgoing) = self.outgoing(id).filter(|o| keep && o.words().is_some()) {
            outgoing.delivery = Delivery::Accepted;
        } else {
            self.outbox.retain(|outgoing| outgoing.id != id);
        }
    }

    fn refuse(&mut self, id: Option<MessageId>, refusal: Refusal) {
        match id.and_then(|id| self.outgoing(id)) {
            Some(outgoing) => {
                outgoing.refuse(refusal.clone());
                let (id, command) = (outgoing.id, outgoing.words().is_none());
                if command && !outgoing.waiting() {
                    // A refused command has no place in the transcript: say it and forget it.
                    self.outbox.retain(|outgoing| outgoing.id != id);
                    self.refusal = Some(refusal);
                }
            }
            None => self.refusal = Some(refusal),
        }
    }
}
