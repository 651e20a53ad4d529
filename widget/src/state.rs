//! What the widget knows and how each input changes it: a pure reducer from inputs to effects.
//! It knows no clock, no randomness, no storage, no socket and no DOM: all come in or go out as
//! values. Questions are in `questions.rs`, the server's events in `events.rs`.

use alloc::string::String;
use alloc::vec::Vec;

use crate::wire::WidgetToPage;
use protocol::context::Identity;
use protocol::conversation::{BotMode, Receipt, Status};
use protocol::forms::Offers;
use protocol::http::{LocalAnswers, PackRef, SessionGrant};
use protocol::ids::{ConversationId, EntryId, MessageId, PackVersion, Seq};
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;
use protocol::screens::{FromForms, Screen};
use protocol::worker::AiPart;
use serde::{Deserialize, Serialize};

use crate::actions::Acting;
use crate::elsewhere::TabNews;
use crate::outbox::{Held, Outbox, Pending};
use crate::questions::Asking;
use crate::transcript::{Line, Transcript};
use crate::wire::{PageToWidget, Passed, VisitorEvent, VisitorFrame, WorkerToPage};

/// The moment of an input. One input makes at most one id.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    pub unix_ms: u64,
    pub random: [u8; 10],
}

#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    Submitted {
        text: String,
    },
    Chosen {
        choices: MessageId,
        entry: EntryId,
    },
    NoneChosen {
        choices: MessageId,
    },
    HumanRequested,
    Flagged {
        answer: MessageId,
    },
    Retried {
        message: MessageId,
    },
    /// What is in the field now.
    Typed {
        draft: String,
    },
    CloseWanted,
    ModelWanted,
    /// A moment asked for by `Effect::Wake` has come.
    Woke,
    /// The tab came to the front or left it.
    Attended(bool),
    SyncDue,
    Granted(SessionGrant),
    LinkUp,
    LinkDown,
    LinkStopped(RefusalCode),
    /// The page's proof of who the visitor is was wrong.
    IdentityRefused,
    Event(VisitorEvent),
    Worker(WorkerToPage),
    /// The Worker is gone for good; everything goes to the server.
    WorkerDied,
    Page(PageToWidget),
    OtherTab(TabNews),
    /// The outbox of earlier pages is here; what it lacks was never stored.
    Restored,
    /// Whether this tab has the socket.
    Leads(bool),
    StorageFailed,
    ScreenWanted(Screen),
    Form(FromForms),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    Send(VisitorFrame),
    Ask {
        id: MessageId,
        text: String,
        locale: Locale,
    },
    LoadPack(PackRef),
    LoadModel,
    Wake {
        after_ms: u64,
    },
    ClearComposer,
    Tell(WidgetToPage),
    KeepPending(Pending),
    ForgetPending(MessageId),
    KeepHeld(Held),
    ForgetHeld(MessageId),
    /// Shows a line to the other tabs that the server does not have.
    ShareLine(MessageId),
    ShareRead(Seq),
    KeepIdentity(String),
    Show(Screen),
    /// The visitor agreed: from now on things are stored and sent.
    Agree,
    Identify(Identity),
    /// Erases everything stored for this site and starts over as a new visitor.
    ForgetVisitor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    Connecting,
    Online,
    Reconnecting,
    Stopped(RefusalCode),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelState {
    Absent,
    Offered,
    Loading,
    Ready,
}

/// Said above the composer until the next message is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Banner {
    OutboxFull,
    TextTooLong,
    StorageBlocked,
    /// The server asked to wait; the message is sent again by itself.
    SlowedDown,
}

/// What survives a reload, besides the outbox; written as `Remembered`.
#[derive(Debug, Deserialize)]
pub struct History {
    pub conversation: Option<ConversationId>,
    pub last_seq: Seq,
    pub status: Status,
    pub bot: BotMode,
    pub agent: Option<String>,
    /// Missing in what older versions kept: then all of it was read.
    pub read_seq: Option<Seq>,
    pub lines: Vec<Line>,
}

/// A `History` as it is written, without copying the lines.
#[derive(Debug, Serialize)]
pub struct Remembered<'a> {
    conversation: Option<ConversationId>,
    last_seq: Seq,
    status: Status,
    bot: BotMode,
    agent: Option<&'a str>,
    read_seq: Seq,
    pub lines: &'a [Line],
}

#[derive(Debug)]
pub struct State {
    pub locale: Locale,
    pub site_name: String,
    pub local_answers: LocalAnswers,
    pub link: Link,
    pub conversation: Option<ConversationId>,
    pub status: Status,
    pub bot: BotMode,
    pub last_seq: Seq,
    pub transcript: Transcript,
    pub outbox: Outbox,
    pub pack: Option<PackVersion>,
    pub model: ModelState,
    /// The model waits for a tap.
    saves_data: bool,
    pub panel_open: bool,
    pub(crate) attended: bool,
    /// This tab has the socket, and sends for the others what waits.
    pub(crate) leads: bool,
    /// The last page of messages began further on than this tab had come.
    pub(crate) skipped: bool,
    /// What the page around was told.
    pub unread_count: u32,
    /// When the visitor is called; 0 is never.
    pub(crate) call_at_ms: u64,
    /// How far this browser's visitor has read, in whichever tab.
    pub read_seq: Seq,
    /// How far the agents have.
    pub seen: Receipt,
    /// What the server was told of `read_seq`.
    pub(crate) receipt_told: Receipt,
    pub agent: Option<String>,
    /// Stands in the address of this visitor's files.
    pub(crate) files_pass: Option<String>,
    pub offers: Offers,
    pub(crate) visitor_token: String,
    /// Nothing may be stored or sent before the visitor agrees.
    pub asks_consent: bool,
    /// The resolved notice whose rating was offered last.
    pub(crate) rating_offered: Option<MessageId>,
    /// 1 is next; 0 when nobody is waited for.
    pub queue_position: u32,
    pub agent_typing_until_ms: u64,
    pub bot_thinking_until_ms: u64,
    pub banner: Option<Banner>,
    pub(crate) asking: Vec<Asking>,
    pub(crate) resuming: bool,
    /// The server asked to resume later.
    pub(crate) resume_at_ms: Option<u64>,
    pub(crate) identity: Option<String>,
    /// Where on the customer's site this is.
    pub(crate) visit: Option<Passed>,
    pub(crate) acting: Acting,
    pub(crate) typing_told_ms: u64,
    /// Written and not told yet.
    pub(crate) draft: Option<String>,
    last_id_ms: u64,
}

impl State {
    pub fn new(locale: Locale, saves_data: bool) -> Self {
        Self {
            locale,
            site_name: String::new(),
            local_answers: LocalAnswers::Private,
            link: Link::Connecting,
            conversation: None,
            status: Status::Pending,
            bot: BotMode::Answering,
            last_seq: Seq(0),
            transcript: Transcript::default(),
            outbox: Outbox::default(),
            pack: None,
            model: ModelState::Absent,
            saves_data,
            panel_open: false,
            attended: true,
            leads: true,
            skipped: false,
            unread_count: 0,
            call_at_ms: 0,
            read_seq: Seq(0),
            seen: Receipt::default(),
            receipt_told: Receipt::default(),
            agent: None,
            files_pass: None,
            offers: Offers::default(),
            visitor_token: String::new(),
            asks_consent: false,
            rating_offered: None,
            queue_position: 0,
            agent_typing_until_ms: 0,
            bot_thinking_until_ms: 0,
            banner: None,
            asking: Vec::new(),
            resuming: false,
            resume_at_ms: None,
            identity: None,
            visit: None,
            acting: Acting::default(),
            typing_told_ms: 0,
            draft: None,
            last_id_ms: 0,
        }
    }

    /// Continues where an earlier page of this browser stopped.
    pub fn restore(&mut self, history: Option<History>, identity: Option<String>) {
        self.identity = identity;
        if let Some(history) = history {
            self.conversation = history.conversation;
            self.last_seq = history.last_seq;
            self.status = history.status;
            self.bot = history.bot;
            self.agent = history.agent;
            self.read_seq = history.read_seq.unwrap_or(history.last_seq);
            self.transcript = Transcript::of_lines(history.lines);
        }
    }

    pub fn remembered(&self) -> Remembered<'_> {
        Remembered {
            conversation: self.conversation,
            last_seq: self.last_seq,
            status: self.status,
            bot: self.bot,
            agent: self.agent.as_deref(),
            read_seq: self.read_seq,
            lines: self.transcript.lines(),
        }
    }

    /// Whether a person was asked for or is at work: from here on words go to the server.
    pub fn with_person(&self) -> bool {
        self.bot == BotMode::Silent
            || matches!(self.status, Status::Open | Status::Snoozed)
            || self.outbox.wants_human()
    }

    pub fn reduce(&mut self, input: Input, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        let out = &mut effects;
        match input {
            Input::Submitted { text } => {
                self.draft = None;
                self.submit(&text, now, out);
            }
            Input::Chosen { choices, entry } => self.choose(choices, &entry, now, out),
            Input::NoneChosen { choices } => self.choose_none(choices, now, out),
            Input::HumanRequested => self.ask_for_human(now, out),
            Input::ScreenWanted(screen) => {
                // Whoever has not agreed is asked again, whatever they tapped.
                let screen = if self.asks_consent { Screen::Consent } else { screen };
                out.push(Effect::Show(screen));
            }
            Input::Form(answer) => self.take_form(answer, now, out),
            Input::Flagged { answer } => self.flag(answer, now, out),
            Input::Retried { message } => self.retry(message, now, out),
            Input::Typed { draft } => {
                self.draft = Some(draft);
                self.tell_typing(now, out);
            }
            Input::CloseWanted => out.push(Effect::Tell(WidgetToPage::Close)),
            Input::ModelWanted => self.want_model(out),
            Input::Woke => self.wake(now, out),
            Input::SyncDue => {
                if self.link == Link::Online {
                    out.push(Effect::Send(VisitorFrame::Sync { last_seq: self.last_seq }));
                }
            }
            Input::Granted(grant) => self.take_grant(grant, out),
            Input::Attended(attended) => self.attended = attended,
            Input::LinkUp => self.resume(out),
            Input::LinkDown => {
                self.link = Link::Reconnecting;
                self.receipt_told = Receipt::default();
                self.resuming = false;
                self.resume_at_ms = None;
                self.agent_typing_until_ms = 0;
                self.bot_thinking_until_ms = 0;
            }
            Input::LinkStopped(code) => self.link = Link::Stopped(code),
            Input::IdentityRefused => {
                self.identity = None;
                let code = RefusalCode::IdentityRefused;
                out.push(Effect::Tell(WidgetToPage::Refused { code }));
            }
            Input::Event(event) => self.take_event(event, now, out),
            Input::Worker(message) => self.take_worker(message, now, out),
            Input::WorkerDied => {
                self.pack = None;
                self.model = ModelState::Absent;
                self.give_up_asking(out);
            }
            Input::Page(message) => self.take_page(message, now, out),
            Input::OtherTab(news) => self.take_tab(news, out),
            Input::Restored => self.mark_orphans(),
            Input::Leads(leads) => self.leads = leads,
            Input::StorageFailed => self.banner = Some(Banner::StorageBlocked),
        }
        self.note_read(now, out);
        self.offer_rating(out);
        effects
    }

    /// An id that sorts after all that this page has made, also within one millisecond.
    pub(crate) fn fresh_id(&mut self, now: Now) -> MessageId {
        self.last_id_ms = now.unix_ms.max(self.last_id_ms + 1);
        MessageId::from_parts(self.last_id_ms, now.random)
    }

    pub(crate) fn send(&self, frame: VisitorFrame, out: &mut Vec<Effect>) {
        if self.link == Link::Online {
            out.push(Effect::Send(frame));
        }
    }

    /// Stores a frame and sends it when there is a way; `false` when the outbox is full.
    pub(crate) fn post(&mut self, frame: VisitorFrame, out: &mut Vec<Effect>) -> bool {
        if self.asks_consent {
            return false;
        }
        let Ok(pending) = self.outbox.push(frame) else {
            self.banner = Some(Banner::OutboxFull);
            return false;
        };
        let frame = pending.frame.clone();
        out.push(Effect::KeepPending(pending));
        self.send(frame, out);
        true
    }

    fn take_grant(&mut self, grant: SessionGrant, out: &mut Vec<Effect>) {
        if grant.identified {
            out.extend(self.identity.clone().map(Effect::KeepIdentity));
        }
        self.site_name = grant.site_name;
        self.local_answers = grant.local_answers;
        self.visitor_token = grant.visitor_token;
        self.files_pass = grant.files_pass;
        self.offers = grant.offers.unwrap_or_default();
        self.want_pack(grant.pack, out);
    }

    pub(crate) fn want_pack(&mut self, pack: Option<PackRef>, out: &mut Vec<Effect>) {
        if let Some(pack) = pack
            && self.pack.as_ref() != Some(&pack.version)
        {
            out.push(Effect::LoadPack(pack));
        }
    }

    /// The model is of use only to a site with answers.
    fn take_pack(&mut self, version: PackVersion, out: &mut Vec<Effect>) {
        self.pack = Some(version);
        match (self.model, self.saves_data) {
            (ModelState::Absent, true) => self.model = ModelState::Offered,
            (ModelState::Absent, false) => self.want_model(out),
            (ModelState::Offered | ModelState::Loading | ModelState::Ready, _) => {}
        }
    }

    fn want_model(&mut self, out: &mut Vec<Effect>) {
        if matches!(self.model, ModelState::Absent | ModelState::Offered) {
            self.model = ModelState::Loading;
            out.push(Effect::LoadModel);
        }
    }

    fn take_worker(&mut self, message: WorkerToPage, now: Now, out: &mut Vec<Effect>) {
        match message {
            WorkerToPage::Started => {}
            WorkerToPage::PackLoaded { version } => self.take_pack(version, out),
            WorkerToPage::ModelLoaded => self.model = ModelState::Ready,
            WorkerToPage::Outcome { id, outcome } => self.take_outcome(id, *outcome, now, out),
            // An older pack goes on answering; a missing model leaves the lexical tier.
            WorkerToPage::Failed { part: AiPart::Pack, error: _ } => {}
            WorkerToPage::Failed { part: AiPart::Model, error: _ } => {
                self.model = ModelState::Absent;
            }
        }
    }

    pub(crate) fn start_over(&mut self, out: &mut Vec<Effect>) {
        let mut fresh = Self::new(self.locale, self.saves_data);
        fresh.site_name = core::mem::take(&mut self.site_name);
        fresh.local_answers = self.local_answers;
        fresh.panel_open = self.panel_open;
        fresh.attended = self.attended;
        fresh.leads = self.leads;
        fresh.pack = self.pack.take();
        fresh.model = self.model;
        fresh.offers = self.offers;
        fresh.asks_consent = self.asks_consent;
        fresh.last_id_ms = self.last_id_ms;
        fresh.visit = self.visit.take();
        *self = fresh;
        out.push(Effect::Tell(WidgetToPage::Unread { count: 0 }));
    }

    fn wake(&mut self, now: Now, out: &mut Vec<Effect>) {
        self.time_out_asking(now, out);
        if self.draft.is_some() {
            self.tell_typing(now, out);
        }
        self.time_out_action(now, out);
        self.call(now, out);
        if self.resume_at_ms.is_some_and(|at_ms| at_ms <= now.unix_ms) {
            self.resume(out);
        }
        for frame in self.outbox.take_due(now.unix_ms) {
            if self.leads {
                self.send(frame, out);
            }
        }
        if self.banner == Some(Banner::SlowedDown) {
            self.banner = None;
        }
    }
}
