//! An agent's socket: the inbox, the conversation on show, and what the agent does with it.

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
use protocol::ids::{ConversationId, MessageId, Seq, SignInId, VisitorId};
use protocol::refusal::{Refusal, RefusalCode};
use tokio::sync::watch;
use tokio::time::Instant;

use super::access::{
    Caller, Intention, SignedIn, access_conversation, from_console, signed_in, signed_in_browser,
    still_signed_in,
};
use super::connection::{self, Notice, Party};
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
    // Subscribed before the inbox is read: what changes meanwhile is queued behind it.
    let subscription = gateway.conversations.delivery().subscribe_agent(agent.id, outbox.clone());
    let (inbox, rest) = page::cut_inbox(gateway.conversations.inbox().await);
    let mut first = vec![AgentEvent::Welcome { agent: agent.clone(), inbox }];
    first.extend(rest.into_iter().map(|summary| AgentEvent::ConversationChanged { summary }));
    let mut level = gateway.degradation.changes();
    if *level.borrow_and_update() > 0 {
        first.push(AgentEvent::LevelChanged { level: gateway.degradation.level() });
    }
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
}

/// The conversation on show.
struct Watched {
    conversation: ConversationId,
    visitor: VisitorId,
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
                return self.watch(conversation, after_seq).await;
            }
            AgentFrame::Reply { message_id, conversation, text } => {
                if let Err(code) = check_text(&text) {
                    return vec![Self::refused(Some(message_id), refusal(code))];
                }
                let agent = self.assignee();
                self.write(conversation, Command::Reply { id: message_id, agent, text })
            }
            AgentFrame::TakeOver { message_id, conversation } => {
                let agent = self.assignee();
                self.write(conversation, Command::TakeOver { id: message_id, agent })
            }
            AgentFrame::GiveBack { message_id, conversation } => {
                self.write(conversation, Command::GiveBack { id: message_id })
            }
            AgentFrame::Resolve { message_id, conversation } => {
                self.write(conversation, Command::Resolve { id: message_id })
            }
            AgentFrame::Reopen { message_id, conversation } => {
                self.write(conversation, Command::Reopen { id: message_id })
            }
            AgentFrame::MailTranscript { message_id, conversation, email } => {
                Some(self.mail_transcript(message_id, conversation, email).await)
            }
            AgentFrame::Typing { conversation } => {
                self.typing(conversation);
                None
            }
            AgentFrame::Sync => Some(AgentEvent::Synced),
            AgentFrame::Seen { conversation, receipt } => {
                self.seen(conversation, receipt);
                None
            }
        }
        .into_iter()
        .collect()
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
            tokio::select! {
                biased;
                // The canary ends with the server, and the server closes this socket first.
                Ok(()) = self.level.changed() => {
                    let level = *self.level.borrow_and_update();
                    return Notice::Event(AgentEvent::LevelChanged { level });
                }
                Ok(()) = self.catalog.changed() => {}
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
        match frame {
            AgentFrame::Reply { message_id, .. }
            | AgentFrame::TakeOver { message_id, .. }
            | AgentFrame::GiveBack { message_id, .. }
            | AgentFrame::Resolve { message_id, .. }
            | AgentFrame::Reopen { message_id, .. }
            | AgentFrame::MailTranscript { message_id, .. } => Some(*message_id),
            AgentFrame::Watch { .. }
            | AgentFrame::Typing { .. }
            | AgentFrame::Sync
            | AgentFrame::Seen { .. } => None,
        }
    }

    fn refused(message_id: Option<MessageId>, refusal: Refusal) -> AgentEvent {
        AgentEvent::Refused { message_id, refusal }
    }
}

impl AgentParty {
    fn assignee(&self) -> Assignee {
        Assignee { id: self.agent.id, name: self.agent.name.clone() }
    }

    async fn watch(&mut self, conversation: ConversationId, after: Seq) -> Vec<AgentEvent> {
        let caller = Caller::Agent(&self.agent);
        if let Err(code) = access_conversation(caller, conversation, Intention::Read) {
            return vec![Self::refused(None, refusal(code))];
        }
        self.subscription.watch(conversation);
        let conversations = &self.gateway.conversations;
        match conversations.transcript(conversation, after, PAGE_MESSAGES_MAX).await {
            Ok(read) => {
                let cut = page::cut(after, &read.messages, read.summary.last_seq);
                let (visitor, sent_through) = (read.summary.visitor, cut.through);
                self.watched = Some(Watched { conversation, visitor, sent_through });
                let (messages, more) = (cut.messages, cut.more);
                let mut events = vec![AgentEvent::Transcript { conversation, messages, more }];
                let here = self.gateway.presence.context(&read.summary.site, visitor);
                let context = here.or(read.seen);
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

    fn write(&self, conversation: ConversationId, command: Command) -> Option<AgentEvent> {
        let caller = Caller::Agent(&self.agent);
        if let Err(code) = access_conversation(caller, conversation, Intention::Change) {
            return Some(Self::refused(command.id(), refusal(code)));
        }
        let reply = Reply::new(command.id(), ReplyTo::Agent(self.outbox.clone()));
        let write = Write { conversation, opening: None, command, reply };
        self.gateway.conversations.write(write);
        None
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
        }
    }
}
