//! An agent's socket: the conversation on show, and what is pushed beside it. What an agent asks of
//! a conversation is read in `desk`.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use axum::response::Response;
use protocol::PAGE_MESSAGES_MAX;
use protocol::agent::{AgentEvent, AgentFrame};
use protocol::close::CloseCode;
use protocol::conversation::{Assignee, Receipt};
use protocol::http::AgentProfile;
use protocol::ids::{ConversationId, MessageId, Seq, SignInId, SiteKey, VisitorId};
use protocol::inbox::{INBOX_ROWS_MAX, InboxQuery};
use protocol::locale::Locale;
use protocol::refusal::{Refusal, RefusalCode};
use tokio::sync::watch;
use tokio::time::Instant;

use super::access::{
    Caller, Intention, SignedIn, access_conversation, from_console, signed_in, signed_in_browser,
    still_signed_in,
};
use super::connection::{self, Notice, Party};
use super::desk::{self, Pulse};
use super::error::HttpError;
use super::forms::{self, TranscriptWanted};
use super::listener::Peer;
use super::socket::Socket;
use super::upgrade::Upgrade;
use super::visitor::check_text;
use super::{Gateway, Shared, page};
use crate::catalog::CatalogState;
use crate::clock;
use crate::conversation::{
    About, Command, Outbox, Reply, ReplyTo, Side, Subscription, TranscriptError, Write, outbox,
    refusal,
};
use crate::degradation::Capability;

/// How often an open socket looks whether its sign-in has become too old.
const SIGN_IN_LOOK: Duration = Duration::from_secs(60);
/// How often a desk is told what has changed around it.
const PULSE: Duration = Duration::from_secs(1);

/// Cookie and origin are checked before there is a socket.
pub(super) async fn upgrade(
    State(gateway): Shared,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    upgrade: Result<Upgrade, HttpError>,
) -> Result<Response, HttpError> {
    from_console(&gateway, &headers)?;
    signed_in(&gateway, &headers)?;
    let SignedIn { agent, sign_in, .. } = signed_in_browser(&gateway, &headers)?;
    upgrade?.serve(async {}, move |socket, ()| async move {
        serve(socket, gateway, agent, sign_in).await;
        drop(peer);
    })
}

async fn serve(socket: Socket, gateway: Arc<Gateway>, agent: AgentProfile, sign_in: SignInId) {
    gateway.counters.agents_connected.fetch_add(1, Ordering::Relaxed);
    let (outbox, outgoing) = outbox();
    let me = Assignee { id: agent.id, name: agent.name.clone() };
    // Subscribed before the inbox is read: what changes meanwhile is queued behind it.
    let subscription = gateway.conversations.delivery().subscribe_agent(me.clone(), outbox.clone());
    gateway.conversations.inbox().stir();
    let query = InboxQuery::default();
    let inbox = gateway.conversations.inbox().page(&query, me.id, None, INBOX_ROWS_MAX);
    let inbox = page::cut_rows(inbox.iter().map(|row| (**row).clone()).collect());
    let mut first = vec![AgentEvent::Welcome { agent: agent.clone(), inbox }];
    let mut level = gateway.degradation.changes();
    if *level.borrow_and_update() > 0 {
        first.push(AgentEvent::LevelChanged { level: gateway.degradation.level() });
    }
    let mut pulse = Pulse::default();
    first.extend(pulse.beat(&gateway, me.id));
    let catalog = gateway.catalog.changes();
    let party = AgentParty {
        gateway: gateway.clone(),
        agent,
        sign_in,
        catalog,
        checked_at: Instant::now(),
        outbox,
        subscription,
        watched: None,
        level,
        pulse,
        pulse_at: Instant::now() + PULSE,
        news: VecDeque::new(),
    };
    connection::serve(socket, gateway.clone(), party, first, outgoing).await;
    gateway.counters.agents_connected.fetch_sub(1, Ordering::Relaxed);
}

struct AgentParty {
    gateway: Arc<Gateway>,
    agent: AgentProfile,
    sign_in: SignInId,
    /// Roles and sign-ins may change while the socket is open.
    catalog: watch::Receiver<Arc<CatalogState>>,
    /// When the sign-in was last looked at.
    checked_at: Instant,
    outbox: Outbox<AgentEvent>,
    subscription: Subscription,
    watched: Option<Watched>,
    level: watch::Receiver<u8>,
    /// What the desk knows of the house around it.
    pulse: Pulse,
    pulse_at: Instant,
    /// Found with the last beat and not sent yet.
    news: VecDeque<AgentEvent>,
}

/// The conversation on show.
struct Watched {
    conversation: ConversationId,
    visitor: VisitorId,
    site: SiteKey,
    locale: Locale,
    /// The last message this socket was sent.
    sent_through: Seq,
}

impl Party for AgentParty {
    type Frame = AgentFrame;
    type Event = AgentEvent;

    async fn hear(&mut self, frame: AgentFrame) -> Vec<AgentEvent> {
        if frame != AgentFrame::Sync {
            self.gateway.seen.touch(self.sign_in, clock::now_ms());
        }
        match frame {
            AgentFrame::Watch { conversation, after_seq } => {
                self.watch(conversation, after_seq).await
            }
            AgentFrame::Unwatch => {
                self.watched = None;
                self.subscription.watch(None);
                Vec::new()
            }
            AgentFrame::Inbox { query, after, round } => {
                let inbox = desk::page(&self.gateway, self.agent.id, &query, after, round).await;
                self.pulse.query = Some(query);
                inbox.unwrap_or_else(|code| vec![Self::refused(None, refusal(code))])
            }
            AgentFrame::Earlier { visitor } => {
                match self.gateway.conversations.of_visitor(visitor).await {
                    Ok(rows) => {
                        let conversations = page::cut_rows(rows);
                        vec![AgentEvent::Earlier { visitor, conversations }]
                    }
                    Err(_) => vec![Self::refused(None, refusal(RefusalCode::Busy))],
                }
            }
            AgentFrame::Suggest { conversation, text } => self.suggest(conversation, text),
            AgentFrame::SetAvailability { availability } => {
                let conversations = &self.gateway.conversations;
                conversations.delivery().set_availability(self.agent.id, availability);
                conversations.inbox().stir();
                self.pulse.beat(&self.gateway, self.agent.id)
            }
            AgentFrame::MailTranscript { message_id, conversation, email } => {
                vec![self.mail_transcript(message_id, conversation, email).await]
            }
            AgentFrame::Typing { conversation } => {
                self.typing(conversation);
                Vec::new()
            }
            AgentFrame::Sync => vec![AgentEvent::Synced],
            AgentFrame::Seen { conversation, receipt } => {
                self.seen(conversation, receipt);
                Vec::new()
            }
            AgentFrame::Reply { .. }
            | AgentFrame::TakeOver { .. }
            | AgentFrame::GiveBack { .. }
            | AgentFrame::Resolve { .. }
            | AgentFrame::Reopen { .. }
            | AgentFrame::Assign { .. }
            | AgentFrame::Snooze { .. }
            | AgentFrame::Label { .. }
            | AgentFrame::Prioritize { .. }
            | AgentFrame::Note { .. }
            | AgentFrame::Block { .. }
            | AgentFrame::Unblock { .. } => self.change(frame).into_iter().collect(),
        }
    }

    /// Messages of the conversation on show go out in order and without gaps.
    fn passes(&mut self, about: &About) -> bool {
        match (about, &mut self.watched) {
            (About::Message { conversation, seq }, Some(watched))
                if *conversation == Some(watched.conversation)
                    && watched.sent_through.next() == *seq =>
            {
                watched.sent_through = *seq;
                true
            }
            (About::Message { .. }, _) => false,
            (About::Typing { conversation } | About::Receipt { conversation }, watched) => {
                watched.as_ref().is_some_and(|w| *conversation == Some(w.conversation))
            }
            (About::Row { .. } | About::Other, _) => true,
        }
    }

    async fn notice(&mut self) -> Notice<AgentEvent> {
        loop {
            if let Some(news) = self.news.pop_front() {
                return Notice::Event(news);
            }
            tokio::select! {
                biased;
                // The canary ends with the server, and the server closes this socket first.
                Ok(()) = self.level.changed() => {
                    let level = *self.level.borrow_and_update();
                    return Notice::Event(AgentEvent::LevelChanged { level });
                }
                Ok(()) = self.catalog.changed() => {}
                () = tokio::time::sleep_until(self.pulse_at) => {
                    self.pulse_at = Instant::now() + PULSE;
                    self.news.extend(self.pulse.beat(&self.gateway, self.agent.id));
                    continue;
                }
                () = tokio::time::sleep_until(self.checked_at + SIGN_IN_LOOK) => {}
            }
            self.checked_at = Instant::now();
            match still_signed_in(&self.gateway, self.agent.id, self.sign_in) {
                Some(SignedIn { agent, second_factor_needed: false, .. }) => self.agent = agent,
                Some(_) | None => return Notice::Goodbye(CloseCode::TokenExpired),
            }
        }
    }

    fn id_of(frame: &AgentFrame) -> Option<MessageId> {
        frame.written().map(|(id, _)| id)
    }

    fn refused(message_id: Option<MessageId>, refusal: Refusal) -> AgentEvent {
        AgentEvent::Refused { message_id, refusal }
    }
}

impl AgentParty {
    async fn watch(&mut self, conversation: ConversationId, after: Seq) -> Vec<AgentEvent> {
        let caller = Caller::Agent(&self.agent);
        if let Err(code) = access_conversation(caller, conversation, Intention::Read) {
            return vec![Self::refused(None, refusal(code))];
        }
        let is_new = self.watched.as_ref().is_none_or(|w| w.conversation != conversation);
        self.subscription.watch(Some(conversation));
        let conversations = &self.gateway.conversations;
        match conversations.transcript(conversation, after, PAGE_MESSAGES_MAX).await {
            Ok(read) => {
                let cut = page::cut(after, &read.messages, read.summary.last_seq);
                let summary = read.summary;
                let visitor = summary.visitor;
                let here = self.gateway.presence.context(&summary.site, visitor);
                let context = here.or(read.seen);
                self.watched = Some(Watched {
                    conversation,
                    visitor,
                    site: summary.site.clone(),
                    locale: summary.locale,
                    sent_through: cut.through,
                });
                let mut events = Vec::new();
                if is_new {
                    // Also of a conversation that no list on the screen has.
                    events.push(AgentEvent::ConversationChanged { summary });
                    let asides = conversations.asides(conversation).await;
                    let pages = page::cut_asides(asides.all()).into_iter();
                    events.extend(pages.map(|asides| AgentEvent::Asides { conversation, asides }));
                    let viewers = conversations.delivery().viewers(conversation);
                    events.push(AgentEvent::Viewers { conversation, viewers });
                }
                let (messages, more) = (cut.messages, cut.more);
                events.push(AgentEvent::Transcript { conversation, messages, more });
                events.extend(
                    context.map(|context| AgentEvent::VisitorSeen { conversation, context }),
                );
                let receipt = read.receipts.visitor;
                if receipt != Receipt::default() {
                    events.push(AgentEvent::VisitorRead { conversation, receipt });
                }
                events
            }
            Err(TranscriptError::Unknown) => {
                vec![Self::refused(None, refusal(RefusalCode::UnknownConversation))]
            }
            Err(TranscriptError::Busy) => vec![Self::refused(None, refusal(RefusalCode::Busy))],
        }
    }

    /// Hands a command to the conversation's shard; what comes of it comes through the queue.
    fn change(&self, frame: AgentFrame) -> Option<AgentEvent> {
        let id = frame.written().map(|(id, _)| id);
        let refused = |code| Some(Self::refused(id, refusal(code)));
        let (conversation, command) = match desk::command(&self.gateway, &self.agent, frame) {
            Ok(asked) => asked,
            Err(code) => return refused(code),
        };
        let caller = Caller::Agent(&self.agent);
        match access_conversation(caller, conversation, Intention::Change) {
            Ok(()) => self.write(conversation, command),
            Err(code) => return refused(code),
        }
        None
    }

    fn write(&self, conversation: ConversationId, command: Command) {
        let reply = Reply::new(command.id(), ReplyTo::Agent(self.outbox.clone()));
        let write = Write { conversation, opening: None, command, reply };
        self.gateway.conversations.write(write);
    }

    /// The ranking takes its time beside the socket; the answer comes through the queue.
    fn suggest(&self, conversation: ConversationId, text: String) -> Vec<AgentEvent> {
        let watched = self.watched.as_ref().filter(|w| w.conversation == conversation);
        let Some(watched) = watched.filter(|_| check_text(&text).is_ok()) else {
            return Vec::new();
        };
        let (site, locale, outbox) = (watched.site.clone(), watched.locale, self.outbox.clone());
        let suggester = self.gateway.suggester.clone();
        tokio::spawn(async move {
            let suggestions = suggester.suggest(&site, text.clone(), locale).await;
            let event = AgentEvent::Suggestions { conversation, text, suggestions };
            desk::push(&outbox, &event);
        });
        Vec::new()
    }

    async fn mail_transcript(
        &self,
        id: MessageId,
        conversation: ConversationId,
        email: String,
    ) -> AgentEvent {
        let caller = Caller::Agent(&self.agent);
        if let Err(code) = access_conversation(caller, conversation, Intention::Change) {
            return Self::refused(Some(id), refusal(code));
        }
        let wanted = TranscriptWanted { id, conversation, email, locale: None };
        match forms::mail_transcript(&self.gateway, wanted).await {
            Ok(()) => AgentEvent::Accepted { message_id: id, conversation, seq: None },
            Err(code) => Self::refused(Some(id), refusal(code)),
        }
    }

    fn seen(&self, conversation: ConversationId, receipt: Receipt) {
        let caller = Caller::Agent(&self.agent);
        if access_conversation(caller, conversation, Intention::Read).is_ok()
            && self.gateway.degradation.allows(Capability::Typing)
        {
            self.gateway.conversations.see(conversation, Side::Agents, receipt);
        }
    }

    fn typing(&self, conversation: ConversationId) {
        let watched = self.watched.as_ref().filter(|w| w.conversation == conversation);
        if let Some(watched) = watched
            && self.gateway.degradation.allows(Capability::Typing)
        {
            self.gateway.conversations.delivery().agent_typing(watched.visitor);
            self.subscription.colleague_typing(conversation);
        }
    }
}
