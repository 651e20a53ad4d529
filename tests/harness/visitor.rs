//! A visitor on a socket, without a browser: sends frames and keeps what comes back, and checks on
//! every event what the wire promises.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use protocol::context::Identity;
use protocol::conversation::{Body, BotMode, Message, Status};
use protocol::http::{SessionGrant, SessionRequest};
use protocol::ids::{ConversationId, MessageId, Seq, SiteKey};
use protocol::locale::Locale;
use protocol::refusal::{Refusal, RefusalCode};
use protocol::visitor::{VisitorEvent, VisitorFrame};
use protocol::{SUBPROTOCOL, SUBPROTOCOL_TOKEN_PREFIX};

use crate::eventually::DEADLINE;
use crate::http;
use crate::socket::{Incoming, Reader, Socket};

pub const SOCKET_PATH: &str = "/v1/socket";

pub struct Visitor {
    pub origin: String,
    pub grant: SessionGrant,
    pub conversation: Option<ConversationId>,
    pub status: Option<Status>,
    pub bot: Option<BotMode>,
    /// The transcript as this visitor has it.
    pub messages: BTreeMap<Seq, Message>,
    /// What the server said is on disk.
    pub accepted: BTreeMap<MessageId, Option<Seq>>,
    pub refused: Vec<(Option<MessageId>, Refusal)>,
    /// Events that are not about the transcript.
    pub others: Vec<VisitorEvent>,
    pub closed: Option<Option<u16>>,
    socket: Option<Socket>,
    /// Answers to `Resume` so far.
    resumed: u64,
}

impl Visitor {
    /// Gets tokens as a new visitor of the demo site.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn arrive(origin: &str) -> Result<Self> {
        Self::arrive_with(origin, None).await
    }

    /// Comes back with the token of an earlier visit.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn arrive_with(origin: &str, visitor_token: Option<String>) -> Result<Self> {
        Self::arrive_at(origin, demo_site(), visitor_token).await
    }

    /// Gets tokens for another site.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn arrive_at(
        origin: &str,
        site: SiteKey,
        visitor_token: Option<String>,
    ) -> Result<Self> {
        Self::ask(origin, SessionRequest { site, visitor_token, identity: None }).await
    }

    /// Comes as the person that a site's server proved.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn arrive_as(
        origin: &str,
        visitor_token: Option<String>,
        identity: Option<Identity>,
    ) -> Result<Self> {
        Self::ask(origin, SessionRequest { site: demo_site(), visitor_token, identity }).await
    }

    async fn ask(origin: &str, request: SessionRequest) -> Result<Self> {
        let grant: SessionGrant = http::post(origin, "/v1/session", &[], &request).await?.json()?;
        Ok(Self {
            origin: origin.to_owned(),
            grant,
            conversation: None,
            status: None,
            bot: None,
            messages: BTreeMap::new(),
            accepted: BTreeMap::new(),
            refused: Vec::new(),
            others: Vec::new(),
            closed: None,
            socket: None,
            resumed: 0,
        })
    }

    /// Arrives, connects and resumes.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn connected(origin: &str) -> Result<Self> {
        let mut visitor = Self::arrive(origin).await?;
        visitor.connect().await?;
        Ok(visitor)
    }

    /// Opens a socket and resumes until nothing is missing.
    ///
    /// # Errors
    /// The server refuses or the connection breaks.
    pub async fn connect(&mut self) -> Result<()> {
        self.connect_as(Reader::Eager).await
    }

    /// As `connect`, reading in a way of its own.
    ///
    /// # Errors
    /// The server refuses or the connection breaks.
    pub async fn connect_as(&mut self, reader: Reader) -> Result<()> {
        let subprotocols =
            format!("{SUBPROTOCOL}, {SUBPROTOCOL_TOKEN_PREFIX}{}", self.grant.socket_token);
        let opened = Socket::open_as(reader, &self.origin, SOCKET_PATH, &subprotocols, &[]).await;
        self.socket = Some(opened?);
        self.closed = None;
        self.resume().await
    }

    /// Hangs up without a word.
    pub fn disconnect(&mut self) {
        self.socket = None;
    }

    pub fn is_connected(&self) -> bool {
        self.socket.is_some()
    }

    async fn resume(&mut self) -> Result<()> {
        let answered = self.resumed + 1;
        self.send_resume().await?;
        self.until("resumed to the end", |visitor| visitor.resumed >= answered).await
    }

    async fn send_resume(&mut self) -> Result<()> {
        let last_seq = self.last_seq();
        self.send(&VisitorFrame::Resume { conversation: self.conversation, last_seq }).await
    }

    /// The last message before the first gap.
    pub fn last_seq(&self) -> Seq {
        let mut last = Seq(0);
        for seq in self.messages.keys() {
            if *seq != last.next() {
                break;
            }
            last = *seq;
        }
        last
    }

    /// Writes a message in English and does not wait.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn say(&mut self, text: &str) -> Result<MessageId> {
        let message_id = new_message_id();
        self.say_as(message_id, text).await?;
        Ok(message_id)
    }

    /// Writes a message under a given id, for a second time perhaps.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn say_as(&mut self, message_id: MessageId, text: &str) -> Result<()> {
        let text = text.to_owned();
        let locale = if text.is_ascii() { Locale::En } else { Locale::Zh };
        self.send(&VisitorFrame::Say { message_id, text, locale, understanding: None }).await
    }

    /// Writes a message and waits until it is on disk and in the transcript.
    ///
    /// # Errors
    /// It is refused, or nothing comes.
    pub async fn say_accepted(&mut self, text: &str) -> Result<MessageId> {
        let id = self.say(text).await?;
        self.until_accepted(id).await?;
        self.until("the own message is posted", |visitor| visitor.message(id).is_some()).await?;
        Ok(id)
    }

    /// # Errors
    /// The connection broke.
    pub async fn send(&mut self, frame: &VisitorFrame) -> Result<()> {
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
        let refused = |visitor: &Self| visitor.refused.iter().any(|(of, _)| *of == Some(id));
        let done = |visitor: &Self| visitor.accepted.contains_key(&id) || refused(visitor);
        self.until("accepted", done).await?;
        ensure!(self.accepted.contains_key(&id), "refused: {:?}", self.refused);
        Ok(())
    }

    /// The code a message was refused with.
    ///
    /// # Errors
    /// It is accepted, or nothing comes.
    pub async fn until_refused(&mut self, id: Option<MessageId>) -> Result<RefusalCode> {
        let refusal = |visitor: &Self| {
            let found = visitor.refused.iter().find(|(of, _)| *of == id);
            found.map(|(_, refusal)| refusal.code)
        };
        let accepted = |visitor: &Self| id.is_some_and(|id| visitor.accepted.contains_key(&id));
        self.until("refused", |visitor| refusal(visitor).is_some() || accepted(visitor)).await?;
        refusal(self).context("accepted although it must be refused")
    }

    /// Takes in events until the condition holds.
    ///
    /// # Errors
    /// It does not hold in time, or the connection ends first.
    pub async fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) -> Result<()> {
        let begun = Instant::now();
        while !done(self) {
            let left = DEADLINE.saturating_sub(begun.elapsed());
            self.take_next(left).await.with_context(|| format!("waiting for: {what}"))?;
        }
        Ok(())
    }

    /// Waits for the connection to end.
    ///
    /// # Errors
    /// It does not end in time.
    pub async fn until_closed(&mut self) -> Result<Option<u16>> {
        loop {
            match self.take_next(DEADLINE).await {
                Ok(()) => {}
                Err(error) => return self.closed.ok_or(error),
            }
        }
    }

    async fn take_next(&mut self, within: Duration) -> Result<()> {
        let socket = self.socket.as_mut().context("not connected")?;
        match socket.next::<VisitorEvent>(within).await? {
            Incoming::Event(event) => self.take_in(event).await,
            Incoming::Closed(code) => {
                self.socket = None;
                self.closed = Some(code);
                bail!("the server closed the socket with {code:?}")
            }
        }
    }

    async fn take_in(&mut self, event: VisitorEvent) -> Result<()> {
        match event {
            VisitorEvent::Resumed { conversation, status, bot, messages, more } => {
                self.conversation = conversation.or(self.conversation);
                (self.status, self.bot) = (Some(status), Some(bot));
                for message in messages {
                    self.keep(message)?;
                }
                if more { self.send_resume().await? } else { self.resumed += 1 }
            }
            VisitorEvent::Accepted { message_id, conversation, seq } => {
                self.conversation = conversation.or(self.conversation);
                if let Some(before) = self.accepted.insert(message_id, seq) {
                    ensure!(before == seq, "{message_id} accepted as {before:?}, then {seq:?}");
                }
            }
            VisitorEvent::Posted { message } => self.keep(message)?,
            VisitorEvent::StatusChanged { status, bot } => {
                (self.status, self.bot) = (Some(status), Some(bot));
            }
            VisitorEvent::Refused { message_id, refusal } => {
                self.refused.push((message_id, refusal));
            }
            VisitorEvent::AgentTyping
            | VisitorEvent::QueuePosition { .. }
            | VisitorEvent::Synced { .. }
            | VisitorEvent::PackChanged { .. }
            | VisitorEvent::Seen { .. } => self.others.push(event),
        }
        Ok(())
    }

    fn keep(&mut self, message: Message) -> Result<()> {
        keep(&mut self.messages, message)
    }

    pub fn message(&self, id: MessageId) -> Option<&Message> {
        self.messages.values().find(|message| message.id == id)
    }

    /// The texts and answers of the transcript, in order.
    pub fn texts(&self) -> Vec<String> {
        self.messages.values().filter_map(text_of).collect()
    }
}

/// A message has one place, and a place one message, however often it is told.
pub(crate) fn keep(messages: &mut BTreeMap<Seq, Message>, message: Message) -> Result<()> {
    let elsewhere = messages.values().find(|at| at.id == message.id && at.seq != message.seq);
    ensure!(elsewhere.is_none(), "the same id twice: {elsewhere:?} and {message:?}");
    if let Some(before) = messages.insert(message.seq, message.clone()) {
        // What it was understood as may come later; everything else stays as it is.
        let same = before.id == message.id
            && before.body == message.body
            && before.author == message.author
            && before.at_ms == message.at_ms;
        ensure!(same, "seq {:?} was {before:?}, now {message:?}", message.seq);
    }
    Ok(())
}

/// Whether two sides read the same. What a message was understood as may reach one of them later.
pub fn same_transcript(one: &BTreeMap<Seq, Message>, other: &BTreeMap<Seq, Message>) -> bool {
    let words = |message: &Message| Message { understanding: None, ..message.clone() };
    one.values().map(words).eq(other.values().map(words))
}

pub fn text_of(message: &Message) -> Option<String> {
    match &message.body {
        Body::Text { text } | Body::Rich { text, .. } => Some(text.clone()),
        Body::Answer { html, .. } => Some(html.clone()),
        Body::Choices { .. } | Body::Notice { .. } | Body::File { .. } => None,
    }
}

pub fn demo_site() -> SiteKey {
    SiteKey::parse(crate::process::DEMO_SITE).expect("a valid site key")
}

/// A new id, later than all before it in this process.
pub fn new_message_id() -> MessageId {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    let mut random = [0; 10];
    getrandom::fill(&mut random).expect("the system has randomness");
    random[..2].copy_from_slice(&(COUNTER.fetch_add(1, Ordering::Relaxed) as u16).to_be_bytes());
    MessageId::from_parts(now.as_millis() as u64, random)
}
