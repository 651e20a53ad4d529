//! A visitor's socket: frames to commands, and the visitor's own conversation back.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use axum::extract::{Extension, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use protocol::context::{Person, Visit, VisitorContext};
use protocol::conversation::{BotMode, Receipt, Status};
use protocol::ids::{ConversationId, EntryId, MessageId, PackVersion, Seq, SiteKey, VisitorId};
use protocol::locale::Locale;
use protocol::refusal::{Refusal, RefusalCode};
use protocol::settings::Drafts;
use protocol::understanding::Understanding;
use protocol::visitor::{VisitorEvent, VisitorFrame};
use protocol::{
    DRAFT_BYTES_MAX, PAGE_MESSAGES_MAX, SUBPROTOCOL, SUBPROTOCOL_TOKEN_PREFIX, TEXT_BYTES_MAX,
};
use tokio::sync::watch;

use super::access::{Caller, Intention, access_conversation};
use super::auth::{Session, Token};
use super::browser::Browser;
use super::connection::{self, Notice, Party};
use super::error::HttpError;
use super::forms;
use super::listener::Peer;
use super::socket::Socket;
use super::upgrade::Upgrade;
use super::warm::{self, Ready, Warm};
use super::{Gateway, Shared, origin, page, session};
use crate::bus::record::{AnswerTallied, Started};
use crate::catalog::CatalogState;
use crate::clock;
use crate::conversation::{
    About, Answer, Command, Outbox, Reply, ReplyTo, Side, Subscription, TranscriptError, Utterance,
    Write, refusal, refusal_code, shown_to_visitor,
};
use crate::degradation::Capability;
use crate::session::Stay;

/// Token and origin are checked before there is a socket.
pub(super) async fn upgrade(
    State(gateway): Shared,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    upgrade: Result<Upgrade, HttpError>,
) -> Result<Response, HttpError> {
    let session = authenticate(&gateway, &headers)?;
    gateway.limit_site(&session.site)?;
    let ready = warm::make_ready(gateway.clone(), session.visitor);
    let browser = Browser::of(&headers);
    upgrade?.serve(ready, move |socket, ready| async move {
        serve(socket, gateway, session, browser, ready).await;
        drop(peer);
    })
}

fn authenticate(gateway: &Gateway, headers: &HeaderMap) -> Result<Session, HttpError> {
    if !origin::is_own(headers, &gateway.config) {
        return Err(HttpError::new(RefusalCode::UnknownOrigin, "connect from the widget"));
    }
    let offered = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter();
    let offered: Vec<&str> = offered
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(',').map(str::trim))
        .collect();
    if !offered.contains(&SUBPROTOCOL) {
        let detail = format!("this server speaks {SUBPROTOCOL}");
        return Err(HttpError::new(RefusalCode::MalformedFrame, detail));
    }
    let token = offered
        .iter()
        .find_map(|value| value.strip_prefix(SUBPROTOCOL_TOKEN_PREFIX))
        .ok_or_else(|| HttpError::new(RefusalCode::TokenMissing, "ask /v1/session for a token"))?;
    match gateway.keys.verify(token, clock::now_ms())? {
        Token::Socket(session) if session::ended(gateway, &session) => {
            Err(HttpError::new(RefusalCode::TokenInvalid, "the session was ended"))
        }
        Token::Socket(session) if gateway.catalog.site(&session.site).is_some() => Ok(session),
        Token::Socket(_) => Err(HttpError::new(RefusalCode::UnknownSite, "the site is gone")),
        Token::Visitor(_) | Token::Agent { .. } | Token::Files(_) => {
            Err(HttpError::new(RefusalCode::TokenInvalid, "not a socket's token"))
        }
    }
}

async fn serve(
    socket: Socket,
    gateway: Arc<Gateway>,
    session: Session,
    browser: Browser,
    ready: Ready,
) {
    let Session { visitor, site, person, .. } = session;
    gateway.counters.visitors_connected.fetch_add(1, Ordering::Relaxed);
    let Ready { outbox, outgoing, subscription, warm } = ready;
    let mut catalog = gateway.catalog.changes();
    catalog.mark_unchanged();
    let pack_version = pack_version(&catalog.borrow(), &site);
    let party = VisitorParty {
        gateway: gateway.clone(),
        visitor,
        site,
        whereabouts: Whereabouts::Untold(Box::new((browser, person))),
        outbox,
        _subscription: subscription,
        warm,
        sent_through: None,
        catalog,
        pack_version,
    };
    connection::serve(socket, gateway.clone(), party, Vec::new(), outgoing).await;
    gateway.counters.visitors_connected.fetch_sub(1, Ordering::Relaxed);
}

/// Which page the visitor is on.
enum Whereabouts {
    /// Their page has not told.
    Untold(Box<(Browser, Option<Box<Person>>)>),
    Told {
        stay: Stay,
        /// Not yet kept with the conversation: nothing was said since.
        unsaid: Option<Box<VisitorContext>>,
    },
}

struct VisitorParty {
    gateway: Arc<Gateway>,
    visitor: VisitorId,
    site: SiteKey,
    whereabouts: Whereabouts,
    outbox: Outbox<VisitorEvent>,
    _subscription: Subscription,
    /// What a first `Resume` is answered with, while it is still true.
    warm: Option<Box<Warm>>,
    /// The last message this socket was sent; `None` before it said what it has.
    sent_through: Option<Seq>,
    catalog: watch::Receiver<Arc<CatalogState>>,
    pack_version: Option<PackVersion>,
}

impl Party for VisitorParty {
    type Frame = VisitorFrame;
    type Event = VisitorEvent;

    async fn hear(&mut self, frame: VisitorFrame) -> Vec<VisitorEvent> {
        if let Some(id) = Self::id_of(&frame)
            && !self.gateway.limits.site_messages.take(&self.site, Instant::now())
        {
            return vec![Self::refused(Some(id), refusal(RefusalCode::TooFast))];
        }
        match frame {
            VisitorFrame::Resume { conversation, last_seq } => {
                self.resume(conversation, last_seq).await
            }
            VisitorFrame::Say { message_id, text, locale, understanding } => {
                let utterance = self.utterance(message_id, text, locale, understanding);
                self.open_with(message_id, utterance.map(|u| (u.locale, Command::Say(u))))
            }
            VisitorFrame::Answered {
                question_id,
                answer_id,
                text,
                locale,
                entry,
                pack_version,
                confidence,
                understanding,
            } => {
                let found =
                    self.gateway.catalog.answer(&self.site, &pack_version, &entry, locale).await;
                let question = self.utterance(question_id, text, locale, understanding);
                let command = question.map(|question| match found {
                    Some((pack_version, words)) => {
                        let html = words.html;
                        let answer = Answer { entry, pack_version, confidence, html };
                        (locale, Command::Answered { question, answer_id, answer })
                    }
                    // Nobody knows the entry any more, so it is a question like any other.
                    None => (locale, Command::Say(question)),
                });
                self.open_with(question_id, command)
            }
            VisitorFrame::Tally { tally_id, entry, pack_version } => {
                vec![self.tally(tally_id, entry, pack_version).await]
            }
            VisitorFrame::Flag { flag_id, answer_id } => {
                self.write_for(Command::Flag { id: flag_id, answer: answer_id }, None)
            }
            VisitorFrame::RequestHuman { message_id, locale } => {
                self.open_with(message_id, Ok((locale, Command::RequestHuman { id: message_id })))
            }
            VisitorFrame::Visit(visit) => {
                self.visit(visit);
                Vec::new()
            }
            VisitorFrame::Sync { .. } => vec![self.sync().await],
            VisitorFrame::Typing => self.typing(None),
            VisitorFrame::Draft { text } => self.typing(Some(text)),
            VisitorFrame::Seen { receipt } => self.saw(receipt),
        }
    }

    /// Messages go out in order and without gaps; what comes before the first page is in it.
    fn passes(&mut self, about: &About) -> bool {
        match about {
            About::Typing { .. } | About::Receipt { .. } => true,
            About::Message { seq, .. } => {
                self.warm = None;
                let next = self.sent_through.is_some_and(|through| *seq == through.next());
                if next {
                    self.sent_through = Some(*seq);
                }
                next
            }
            About::Row { .. } | About::Other => {
                self.warm = None;
                true
            }
        }
    }

    async fn notice(&mut self) -> Notice<VisitorEvent> {
        loop {
            if self.catalog.changed().await.is_err() {
                // The catalogue ends with the server, and the server closes this socket first.
                std::future::pending::<()>().await;
            }
            let state = self.catalog.borrow_and_update().clone();
            let Some(pack) = state.sites.get(&self.site).and_then(|site| site.pack_ref()) else {
                continue;
            };
            if self.pack_version.as_ref() != Some(&pack.version) {
                self.pack_version = Some(pack.version.clone());
                return Notice::Event(VisitorEvent::PackChanged { pack });
            }
        }
    }

    fn id_of(frame: &VisitorFrame) -> Option<MessageId> {
        match frame {
            VisitorFrame::Say { message_id, .. }
            | VisitorFrame::RequestHuman { message_id, .. } => Some(*message_id),
            VisitorFrame::Answered { question_id, .. } => Some(*question_id),
            VisitorFrame::Tally { tally_id, .. } => Some(*tally_id),
            VisitorFrame::Flag { flag_id, .. } => Some(*flag_id),
            VisitorFrame::Resume { .. }
            | VisitorFrame::Typing
            | VisitorFrame::Visit(_)
            | VisitorFrame::Draft { .. }
            | VisitorFrame::Seen { .. }
            | VisitorFrame::Sync { .. } => None,
        }
    }

    fn refused(message_id: Option<MessageId>, refusal: Refusal) -> VisitorEvent {
        VisitorEvent::Refused { message_id, refusal }
    }
}

impl VisitorParty {
    fn current(&self) -> Option<ConversationId> {
        self.gateway.conversations.current_of(self.visitor)
    }

    /// What lives in memory only, and is shed first: typing, or how far the visitor has come.
    fn saw(&self, receipt: Receipt) -> Vec<VisitorEvent> {
        if self.gateway.degradation.allows(Capability::Typing)
            && let Some(conversation) = self.current()
        {
            self.gateway.conversations.see(conversation, Side::Visitor, receipt);
        }
        Vec::new()
    }

    async fn resume(
        &mut self,
        claimed: Option<ConversationId>,
        last_seq: Seq,
    ) -> Vec<VisitorEvent> {
        let current = self.current();
        // What the browser has of another conversation does not count here.
        let after = if claimed.is_some() && claimed == current { last_seq } else { Seq(0) };
        match self.transcript(current, after).await {
            Ok(mut events) => {
                events.extend(forms::position(&self.gateway.conversations, current));
                events
            }
            Err(TranscriptError::Unknown) => {
                self.sent_through = Some(Seq(0));
                vec![VisitorEvent::Resumed {
                    conversation: None,
                    status: Status::Pending,
                    bot: BotMode::Answering,
                    messages: Vec::new(),
                    more: false,
                }]
            }
            Err(TranscriptError::Busy) => vec![Self::refused(None, refusal(RefusalCode::Busy))],
        }
    }

    async fn transcript(
        &mut self,
        current: Option<ConversationId>,
        after: Seq,
    ) -> Result<Vec<VisitorEvent>, TranscriptError> {
        let id = current.ok_or(TranscriptError::Unknown)?;
        let caller = Caller::Visitor { current };
        access_conversation(caller, id, Intention::Read).map_err(|_| TranscriptError::Unknown)?;
        let warm = self.warm.take().filter(|warm| warm.answers(id, after));
        let read = match warm {
            Some(warm) => {
                self.gateway.counters.resumed_warm.fetch_add(1, Ordering::Relaxed);
                warm.transcript_after(after)
            }
            None => self.gateway.conversations.transcript(id, after, PAGE_MESSAGES_MAX).await?,
        };
        let cut = page::cut(after, &read.messages, read.summary.last_seq);
        self.sent_through = Some(cut.through);
        let resumed = VisitorEvent::Resumed {
            conversation: Some(id),
            status: shown_to_visitor(read.summary.status),
            bot: read.summary.bot,
            messages: cut.messages,
            more: cut.more,
        };
        let receipt = read.receipts.agents;
        let seen = (receipt != Receipt::default()).then_some(VisitorEvent::Seen { receipt });
        Ok([resumed].into_iter().chain(seen).collect())
    }

    /// Shown to the agents who look, as far as the owner lets them.
    fn typing(&self, draft: Option<String>) -> Vec<VisitorEvent> {
        if self.gateway.degradation.allows(Capability::Typing)
            && let Some(conversation) = self.current()
        {
            let shown = || {
                let site = self.gateway.catalog.site(&self.site)?;
                (site.settings.drafts == Drafts::Shown).then_some(())
            };
            let fits = |text: &String| text.len() <= DRAFT_BYTES_MAX;
            let draft = draft.filter(fits).filter(|_| shown().is_some());
            self.gateway.conversations.delivery().visitor_typing(conversation, draft);
        }
        Vec::new()
    }

    async fn sync(&self) -> VisitorEvent {
        let Some(current) = self.current() else {
            return VisitorEvent::Synced { last_seq: Seq(0) };
        };
        match self.gateway.conversations.last_seq(current).await {
            Ok(last_seq) => VisitorEvent::Synced { last_seq },
            Err(TranscriptError::Unknown) => VisitorEvent::Synced { last_seq: Seq(0) },
            Err(TranscriptError::Busy) => Self::refused(None, refusal(RefusalCode::Busy)),
        }
    }

    fn utterance(
        &self,
        id: MessageId,
        text: String,
        locale: Locale,
        understanding: Option<Understanding>,
    ) -> Result<Utterance, RefusalCode> {
        check_text(&text)?;
        let understanding = page::within_bounds(understanding);
        // No agent needs it, and no log should hold it.
        let text = nlu::entity::mask_cards(&text).unwrap_or(text);
        Ok(Utterance { id, text, locale, understanding })
    }

    fn visit(&mut self, visit: Visit) {
        let now_ms = clock::now_ms();
        if let Whereabouts::Untold(untold) = &self.whereabouts {
            let (browser, person) = &**untold;
            let person = person.as_deref().cloned();
            let known = VisitorContext { person, ..browser.context() };
            let stay = self.gateway.presence.arrive(&self.site, self.visitor, known, now_ms);
            self.whereabouts = Whereabouts::Told { stay, unsaid: None };
        }
        let Whereabouts::Told { stay, unsaid } = &mut self.whereabouts else { return };
        let context = stay.visit(visit, now_ms);
        *unsaid = Some(Box::new(context.clone()));
        if let Some(conversation) = self.gateway.conversations.current_of(self.visitor) {
            self.gateway.conversations.delivery().visitor_seen(conversation, context);
        }
    }

    /// What was said was said on that page: kept once, and only because something was said.
    fn keep_whereabouts(&mut self) {
        let Whereabouts::Told { unsaid, .. } = &mut self.whereabouts else { return };
        let Some(mut context) = unsaid.take() else { return };
        context.online = false;
        self.write(Command::See { context }, None, Reply::to_nobody());
    }

    /// Sends a command that may be the first of a conversation.
    fn open_with(
        &mut self,
        id: MessageId,
        command: Result<(Locale, Command), RefusalCode>,
    ) -> Vec<VisitorEvent> {
        match command {
            Ok((locale, command)) => {
                let (site, visitor) = (self.site.clone(), self.visitor);
                let opening = Started { site, visitor, locale, at_ms: 0 };
                let events = self.write_for(command, Some(opening));
                self.keep_whereabouts();
                events
            }
            Err(code) => vec![Self::refused(Some(id), refusal(code))],
        }
    }

    fn write_for(&self, command: Command, opening: Option<Started>) -> Vec<VisitorEvent> {
        let id = command.id();
        let reply = Reply::new(id, ReplyTo::Visitor(self.outbox.clone()));
        if self.write(command, opening, reply) {
            Vec::new()
        } else {
            vec![Self::refused(id, refusal(RefusalCode::UnknownMessage))]
        }
    }

    /// `false` when there is no conversation and none may begin.
    fn write(&self, command: Command, opening: Option<Started>, reply: Reply) -> bool {
        let conversation = match (&opening, self.current()) {
            (_, Some(current)) => current,
            (Some(_), None) => self.gateway.conversations.current_or_new(self.visitor),
            (None, None) => return false,
        };
        self.gateway.conversations.write(Write { conversation, opening, command, reply });
        true
    }

    async fn tally(
        &self,
        id: MessageId,
        entry: EntryId,
        pack_version: PackVersion,
    ) -> VisitorEvent {
        let (site, locale) = (self.site.clone(), Locale::default());
        if self.gateway.catalog.answer(&site, &pack_version, &entry, locale).await.is_none() {
            return Self::refused(Some(id), refusal(RefusalCode::UnknownEntry));
        }
        let at_ms = clock::now_ms();
        let tallied = AnswerTallied { id, site, entry, pack_version, at_ms };
        match self.gateway.conversations.tally(tallied).await {
            Ok(()) => VisitorEvent::Accepted { message_id: id, conversation: None, seq: None },
            Err(error) => Self::refused(Some(id), refusal(refusal_code(error))),
        }
    }
}

/// # Errors
/// There is nothing in it, or too much.
pub(super) fn check_text(text: &str) -> Result<(), RefusalCode> {
    if text.len() > TEXT_BYTES_MAX {
        Err(RefusalCode::TextTooLong)
    } else if text.trim().is_empty() {
        Err(RefusalCode::EmptyText)
    } else {
        Ok(())
    }
}

fn pack_version(state: &CatalogState, site: &SiteKey) -> Option<PackVersion> {
    Some(state.sites.get(site)?.pack.as_ref()?.version().clone())
}
