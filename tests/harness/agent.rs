//! An agent on a socket, without a browser: set-up, sign-in, inbox, replies.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use protocol::SUBPROTOCOL;
use protocol::agent::{AgentEvent, AgentFrame};
use protocol::conversation::{ConversationSummary, Message};
use protocol::http::{AgentProfile, Role, SetUpRequest, SignInRequest};
use protocol::ids::{ConversationId, MessageId, Seq};
use protocol::people::{InvitationAccept, InvitationMade, InvitationRequest};
use protocol::refusal::{Refusal, RefusalCode};

use crate::eventually::DEADLINE;
use crate::http::{self, Answer};
use crate::process::ServerProcess;
use crate::socket::{Incoming, Socket};
use crate::visitor::{keep, new_message_id};

pub const SOCKET_PATH: &str = "/v1/agents/socket";
pub const COOKIE: &str = "frontdesk_agent";
pub const EMAIL: &str = "ada@example.com";
pub const NAME: &str = "Ada";
pub const PASSWORD: &str = "correct horse battery staple";

pub struct Agent {
    pub origin: String,
    pub profile: AgentProfile,
    /// `frontdesk_agent=…`, as a browser sends it.
    pub cookie: String,
    pub inbox: BTreeMap<ConversationId, ConversationSummary>,
    /// What was shown of each conversation.
    pub transcripts: BTreeMap<ConversationId, BTreeMap<Seq, Message>>,
    pub accepted: BTreeMap<MessageId, Option<Seq>>,
    pub refused: Vec<(Option<MessageId>, Refusal)>,
    pub others: Vec<AgentEvent>,
    socket: Option<Socket>,
    welcomed: u64,
    watched: u64,
}

impl Agent {
    /// Makes the first agent by the server's set-up link.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn set_up(server: &ServerProcess) -> Result<Self> {
        let request = SetUpRequest {
            link_token: link_token(server)?,
            name: NAME.to_owned(),
            email: EMAIL.to_owned(),
            password: PASSWORD.to_owned(),
        };
        let answer = http::post(&server.origin, "/v1/agents/setup", &[], &request).await?;
        Self::signed_in(&server.origin, &answer)
    }

    /// # Errors
    /// The server refuses.
    pub async fn sign_in(origin: &str) -> Result<Self> {
        let request =
            SignInRequest { email: EMAIL.to_owned(), password: PASSWORD.to_owned(), code: None };
        let answer = http::post(origin, "/v1/agents/sign-in", &[], &request).await?;
        Self::signed_in(origin, &answer)
    }

    /// Whom this answer to a sign-in or an invitation lets in.
    ///
    /// # Errors
    /// The server refused.
    pub fn signed_in(origin: &str, answer: &Answer) -> Result<Self> {
        let profile = answer.json()?;
        let set = answer.header("set-cookie");
        let cookie = set.split(';').next().unwrap_or_default().to_owned();
        ensure!(cookie.starts_with(COOKIE), "no cookie of ours in {set:?}");
        Ok(Self {
            origin: origin.to_owned(),
            profile,
            cookie,
            inbox: BTreeMap::new(),
            transcripts: BTreeMap::new(),
            accepted: BTreeMap::new(),
            refused: Vec::new(),
            others: Vec::new(),
            socket: None,
            welcomed: 0,
            watched: 0,
        })
    }

    /// Set up and connected.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn connected(server: &ServerProcess) -> Result<Self> {
        let mut agent = Self::set_up(server).await?;
        agent.connect().await?;
        Ok(agent)
    }

    /// # Errors
    /// The server refuses.
    pub async fn connect(&mut self) -> Result<()> {
        let cookie = [("cookie", self.cookie.as_str())];
        self.socket = Some(Socket::open(&self.origin, SOCKET_PATH, SUBPROTOCOL, &cookie).await?);
        let welcomed = self.welcomed;
        self.until("welcome", |agent| agent.welcomed > welcomed).await
    }

    pub fn disconnect(&mut self) {
        self.socket = None;
    }

    /// A link for somebody to come.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn invitation(&self, note: &str, role: Role) -> Result<InvitationMade> {
        let request = InvitationRequest { role, note: note.to_owned() };
        http::post(&self.origin, "/v1/invitations", &self.headers(), &request).await?.json()
    }

    /// Makes a colleague with this role by an invitation.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn invite(&self, name: &str, role: Role) -> Result<Self> {
        let accept = InvitationAccept {
            token: self.invitation(name, role).await?.token,
            name: name.to_owned(),
            email: format!("{}@example.com", name.to_lowercase()),
            password: PASSWORD.to_owned(),
        };
        let answer = http::post(&self.origin, "/v1/invitations/accept", &[], &accept).await?;
        Self::signed_in(&self.origin, &answer)
    }

    /// What a browser of theirs sends along.
    pub fn headers(&self) -> [(&str, &str); 1] {
        [("cookie", self.cookie.as_str())]
    }

    pub fn is_connected(&self) -> bool {
        self.socket.is_some()
    }

    /// Shows a conversation to its end; its new messages come from then on.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn watch(&mut self, conversation: ConversationId) -> Result<()> {
        let watched = self.watched;
        self.send_watch(conversation).await?;
        self.until("a transcript", |agent| agent.watched > watched).await
    }

    async fn send_watch(&mut self, conversation: ConversationId) -> Result<()> {
        let after_seq = self.last_seq(conversation);
        self.send(&AgentFrame::Watch { conversation, after_seq }).await
    }

    fn last_seq(&self, conversation: ConversationId) -> Seq {
        let last = self.transcripts.get(&conversation).and_then(BTreeMap::last_key_value);
        last.map_or(Seq(0), |(seq, _)| *seq)
    }

    /// # Errors
    /// The connection broke.
    pub async fn reply(&mut self, to: ConversationId, text: &str) -> Result<MessageId> {
        let message_id = new_message_id();
        self.reply_as(message_id, to, text).await?;
        Ok(message_id)
    }

    /// # Errors
    /// The connection broke.
    pub async fn reply_as(
        &mut self,
        message_id: MessageId,
        conversation: ConversationId,
        text: &str,
    ) -> Result<()> {
        let text = text.to_owned();
        self.send(&AgentFrame::Reply { message_id, conversation, text, seen: None }).await
    }

    /// Replies and waits until it is on disk.
    ///
    /// # Errors
    /// It is refused, or nothing comes.
    pub async fn reply_accepted(&mut self, to: ConversationId, text: &str) -> Result<MessageId> {
        let id = self.reply(to, text).await?;
        self.until_accepted(id).await?;
        Ok(id)
    }

    /// Sends a frame made with a fresh id and waits until it is on disk.
    ///
    /// # Errors
    /// It is refused, or nothing comes.
    pub async fn act(&mut self, frame: impl Fn(MessageId) -> AgentFrame) -> Result<MessageId> {
        let id = new_message_id();
        self.send(&frame(id)).await?;
        self.until_accepted(id).await?;
        Ok(id)
    }

    /// # Errors
    /// The connection broke.
    pub async fn send(&mut self, frame: &AgentFrame) -> Result<()> {
        self.socket.as_mut().context("not connected")?.send(frame).await
    }

    /// # Errors
    /// There is no connection.
    pub fn socket(&mut self) -> Result<&mut Socket> {
        self.socket.as_mut().context("not connected")
    }

    /// # Errors
    /// It is refused, or nothing comes.
    pub async fn until_accepted(&mut self, id: MessageId) -> Result<()> {
        let refused = |agent: &Self| agent.refused.iter().any(|(of, _)| *of == Some(id));
        let done = |agent: &Self| agent.accepted.contains_key(&id) || refused(agent);
        self.until("accepted", done).await?;
        ensure!(self.accepted.contains_key(&id), "refused: {:?}", self.refused);
        Ok(())
    }

    /// The code of the next refusal.
    ///
    /// # Errors
    /// Nothing is refused in time.
    pub async fn until_refused(&mut self) -> Result<RefusalCode> {
        let before = self.refused.len();
        self.until("refused", |agent| agent.refused.len() > before).await?;
        let (_, refusal) = self.refused.last().context("just counted")?;
        Ok(refusal.code)
    }

    /// A row of the inbox, once it is as wanted.
    ///
    /// # Errors
    /// It does not become so in time.
    pub async fn until_row(
        &mut self,
        conversation: ConversationId,
        wanted: impl Fn(&ConversationSummary) -> bool,
    ) -> Result<ConversationSummary> {
        let is_so = |agent: &Self| agent.inbox.get(&conversation).is_some_and(&wanted);
        self.until("a row of the inbox", is_so).await?;
        self.inbox.get(&conversation).cloned().context("just seen")
    }

    /// Takes in events until the condition holds.
    ///
    /// # Errors
    /// It does not hold in time, or the connection ends first.
    pub async fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) -> Result<()> {
        let begun = Instant::now();
        while !done(self) {
            let left = DEADLINE.saturating_sub(begun.elapsed());
            self.take_next(left).await.with_context(|| format!("agent waits for: {what}"))?;
        }
        Ok(())
    }

    /// The code with which the server ends the connection.
    ///
    /// # Errors
    /// It stays open.
    pub async fn until_closed(&mut self) -> Result<u16> {
        let begun = Instant::now();
        loop {
            let left = DEADLINE.saturating_sub(begun.elapsed());
            let socket = self.socket.as_mut().context("not connected")?;
            match socket.next::<AgentEvent>(left).await? {
                Incoming::Event(event) => self.take_in(event).await?,
                Incoming::Closed(code) => {
                    self.socket = None;
                    return code.context("closed without a goodbye");
                }
            }
        }
    }

    async fn take_next(&mut self, within: Duration) -> Result<()> {
        let socket = self.socket.as_mut().context("not connected")?;
        match socket.next::<AgentEvent>(within).await? {
            Incoming::Event(event) => self.take_in(event).await,
            Incoming::Closed(code) => {
                self.socket = None;
                bail!("the server closed the socket with {code:?}")
            }
        }
    }

    async fn take_in(&mut self, event: AgentEvent) -> Result<()> {
        match event {
            AgentEvent::Welcome { agent, inbox } => {
                ensure!(agent == self.profile, "welcomed as {agent:?}");
                self.inbox = inbox.into_iter().map(|row| (row.id, row)).collect();
                self.welcomed += 1;
            }
            AgentEvent::ConversationChanged { summary } => {
                self.inbox.insert(summary.id, summary);
            }
            AgentEvent::Transcript { conversation, messages, more } => {
                for message in messages {
                    keep(self.transcripts.entry(conversation).or_default(), message)?;
                }
                if more { self.send_watch(conversation).await? } else { self.watched += 1 }
            }
            AgentEvent::Posted { conversation, message } => {
                keep(self.transcripts.entry(conversation).or_default(), message)?;
            }
            AgentEvent::Accepted { message_id, seq, .. } => {
                if let Some(before) = self.accepted.insert(message_id, seq) {
                    ensure!(before == seq, "{message_id} accepted as {before:?}, then {seq:?}");
                }
            }
            AgentEvent::Refused { message_id, refusal } => self.refused.push((message_id, refusal)),
            AgentEvent::VisitorTyping { .. }
            | AgentEvent::VisitorSeen { .. }
            | AgentEvent::VisitorRead { .. }
            | AgentEvent::InboxPage { .. }
            | AgentEvent::InboxCounts { .. }
            | AgentEvent::Earlier { .. }
            | AgentEvent::Asides { .. }
            | AgentEvent::Viewers { .. }
            | AgentEvent::AgentTyping { .. }
            | AgentEvent::Team { .. }
            | AgentEvent::Suggestions { .. }
            | AgentEvent::CannedChanged
            | AgentEvent::Synced
            | AgentEvent::LevelChanged { .. } => self.others.push(event),
        }
        Ok(())
    }
}

/// The one-time token in the set-up link.
///
/// # Errors
/// The server printed no link, because there is an agent.
pub fn link_token(server: &ServerProcess) -> Result<String> {
    let link = server.set_up_link.as_deref().context("the server printed no set-up link")?;
    let (_, token) = link.split_once("#setup=").context("a link without a token")?;
    Ok(token.to_owned())
}
