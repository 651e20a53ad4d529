//! The one WebSocket of the console: connects, listens, comes back. It keeps the server in step
//! with the store (`catch_up`) and knows nothing of panels.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use gloo::events::EventListener;
use gloo::timers::callback::{Interval, Timeout};
use protocol::SUBPROTOCOL;
use protocol::agent::{AgentEvent, AgentFrame};
use protocol::close::AfterClose;
use protocol::conversation::Receipt;
use protocol::heartbeat::{Beat, Heartbeat, LOOK_MS};
use protocol::ids::{ConversationId, MessageId};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{CloseEvent, MessageEvent, WebSocket};
use yew::UseReducerDispatcher;

use crate::api;
use crate::backoff;
use crate::browser;
use crate::outbox::{Delivery, Outgoing};
use crate::store::{Action, Link, Store, Watch};

const PATH: &str = "/v1/agents/socket";

/// A connection attempt, given up by dropping it.
struct Connection {
    socket: WebSocket,
    /// Whether `Welcome` was heard.
    welcomed: bool,
    heartbeat: Heartbeat,
    /// What this connection was sent, so that each frame goes out once per attempt.
    round_sent: Option<u32>,
    /// The last question for rows that this connection was sent.
    asked: Option<u32>,
    sent: BTreeMap<MessageId, u32>,
    receipts_sent: BTreeMap<ConversationId, Receipt>,
    delayed: BTreeMap<MessageId, Timeout>,
    _listeners: [EventListener; 2],
    _pulse: Interval,
}

impl Drop for Connection {
    fn drop(&mut self) {
        drop(self.socket.close());
    }
}

struct Inner {
    dispatch: UseReducerDispatcher<Store>,
    connection: Option<Connection>,
    retry: Option<Timeout>,
    /// The server asked not to be called before.
    not_before_ms: u64,
    failures: u32,
    /// Grows with every start and stop; answers for an older one are ignored.
    epoch: u32,
}

#[derive(Clone)]
pub(crate) struct Socket(Rc<RefCell<Inner>>);

impl PartialEq for Socket {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Socket {
    pub(crate) fn new(dispatch: UseReducerDispatcher<Store>) -> Self {
        Self(Rc::new(RefCell::new(Inner {
            dispatch,
            connection: None,
            retry: None,
            not_before_ms: 0,
            failures: 0,
            epoch: 0,
        })))
    }

    /// Finds out who is signed in and connects for them.
    pub(crate) fn begin(&self) {
        self.clear();
        self.check_and_connect();
    }

    /// Connects now, whatever went before.
    pub(crate) fn start(&self) {
        self.clear();
        self.connect();
    }

    pub(crate) fn stop(&self) {
        self.clear();
    }

    /// The agent is back, or the network is: no waiting, and a line that only looks alive must
    /// prove it.
    pub(crate) fn wake(&self) {
        let inner = self.0.borrow();
        let waits = inner.retry.is_some();
        let may_call = browser::now_ms() >= inner.not_before_ms;
        drop(inner);
        if waits && may_call {
            self.begin();
        } else if self.line(|line| line.welcomed) == Some(true) {
            self.beat(Heartbeat::woke);
        }
    }

    /// Sends what the store wants sent and this connection was not sent yet.
    pub(crate) fn catch_up(&self, store: &Store) {
        if store.link != Link::Live {
            return;
        }
        if let Some(ask) = store.list.ask {
            let new = self.line(|line| line.asked.replace(ask.round) != Some(ask.round));
            if new == Some(true) {
                let (query, after) = (store.list.query.clone(), ask.after);
                self.send(&AgentFrame::Inbox { query, after, round: ask.round });
            }
        }
        if store.watch.is_none() && self.line(|line| line.round_sent.take().is_some()) == Some(true)
        {
            self.send(&AgentFrame::Unwatch);
        }
        if let Some(watch) = store.watch {
            let Watch { conversation, after_seq, round, .. } = watch;
            if self.line(|line| line.round_sent.replace(round) != Some(round)) == Some(true) {
                self.send(&AgentFrame::Watch { conversation, after_seq });
            }
        }
        for outgoing in store.sendable() {
            self.deliver(outgoing);
        }
        let own = store.receipts.own();
        self.line(|line| line.receipts_sent.retain(|id, _| own.contains_key(id)));
        for (&conversation, &receipt) in own {
            let told = self.line(|line| line.receipts_sent.insert(conversation, receipt));
            if told != Some(Some(receipt)) {
                self.send(&AgentFrame::Seen { conversation, receipt });
            }
        }
    }

    /// Sends a frame that may be lost, such as a typing sign.
    pub(crate) fn send_lossy(&self, frame: &AgentFrame) {
        if self.0.borrow().connection.as_ref().is_some_and(|line| line.welcomed) {
            self.send(frame);
        }
    }

    fn deliver(&self, outgoing: &Outgoing) {
        let after_ms = match outgoing.delivery {
            Delivery::Waiting { after_ms } => after_ms,
            Delivery::Accepted | Delivery::Refused(_) => return,
        };
        let Outgoing { id, attempt, ref frame, .. } = *outgoing;
        let new = self.line(|line| line.sent.insert(id, attempt) != Some(attempt));
        if new != Some(true) {
            return;
        }
        if after_ms == 0 {
            self.send(frame);
            return;
        }
        let (this, frame) = (self.clone(), frame.clone());
        let wait = u32::try_from(after_ms).unwrap_or(u32::MAX);
        let timeout = Timeout::new(wait, move || this.send(&frame));
        self.line(|line| line.delayed.insert(id, timeout));
    }

    fn line<T>(&self, change: impl FnOnce(&mut Connection) -> T) -> Option<T> {
        self.0.borrow_mut().connection.as_mut().map(change)
    }

    fn send(&self, frame: &AgentFrame) {
        let Ok(text) = serde_json::to_string(frame) else { return };
        self.line(|line| {
            line.heartbeat.sent(browser::now_ms() as f64, browser::random_unit());
            // A line that is closing loses the frame; the next connection sends it again.
            drop(line.socket.send_with_str(&text));
        });
    }

    fn dispatch(&self, action: Action) {
        let dispatch = self.0.borrow().dispatch.clone();
        dispatch.dispatch(action);
    }

    /// Drops connection and timers; what they would still report is ignored.
    fn clear(&self) {
        let mut inner = self.0.borrow_mut();
        inner.epoch += 1;
        inner.retry = None;
        let old = inner.connection.take();
        drop(inner);
        drop(old);
    }

    fn connect(&self) {
        let url = browser::socket_url(PATH);
        let Ok(socket) = WebSocket::new_with_str(&url, SUBPROTOCOL) else {
            self.dispatch(Action::LinkChanged(Link::Stopped));
            return;
        };
        let epoch = self.0.borrow().epoch;
        let heard = self.clone();
        let on_message = EventListener::new(&socket, "message", move |event| {
            if let Some(event) = event.dyn_ref::<MessageEvent>() {
                heard.hear(epoch, event);
            }
        });
        let closed = self.clone();
        let on_close = EventListener::new(&socket, "close", move |event| {
            let code = event.dyn_ref::<CloseEvent>().map_or(0, CloseEvent::code);
            closed.lose(epoch, code);
        });
        let beat = self.clone();
        self.0.borrow_mut().connection = Some(Connection {
            socket,
            welcomed: false,
            // The connection itself is the first question: `Welcome` answers it.
            heartbeat: Heartbeat::of_open(browser::now_ms() as f64),
            round_sent: None,
            asked: None,
            sent: BTreeMap::new(),
            receipts_sent: BTreeMap::new(),
            delayed: BTreeMap::new(),
            _listeners: [on_message, on_close],
            _pulse: Interval::new(LOOK_MS, move || beat.beat(Heartbeat::beat)),
        });
    }

    fn hear(&self, epoch: u32, event: &MessageEvent) {
        if self.0.borrow().epoch != epoch {
            return;
        }
        self.line(|line| {
            line.heartbeat.heard(browser::now_ms() as f64, browser::random_unit());
        });
        let text = event.data().as_string().unwrap_or_default();
        // An event of a newer server that this console does not know changes nothing.
        let Ok(event) = serde_json::from_str::<AgentEvent>(&text) else { return };
        if matches!(event, AgentEvent::Welcome { .. }) {
            self.line(|line| line.welcomed = true);
            self.0.borrow_mut().failures = 0;
        }
        self.dispatch(Action::Heard(event));
    }

    fn lose(&self, epoch: u32, code: u16) {
        if self.0.borrow().epoch != epoch {
            return;
        }
        match AfterClose::of_code(code) {
            AfterClose::Reconnect | AfterClose::ReconnectWithNewToken => {
                self.reconnect_after_loss(0);
            }
            AfterClose::Stop => {
                self.clear();
                self.dispatch(Action::LinkChanged(Link::Stopped));
            }
        }
    }

    fn reconnect_after_loss(&self, retry_after_ms: u64) {
        self.clear();
        self.dispatch(Action::LinkChanged(Link::Reconnecting));
        let this = self.clone();
        let mut inner = self.0.borrow_mut();
        let wait = backoff::wait_ms(inner.failures, retry_after_ms, browser::random_unit());
        inner.not_before_ms =
            if retry_after_ms > 0 { browser::now_ms() + u64::from(wait) } else { 0 };
        inner.failures = inner.failures.saturating_add(1);
        inner.retry = Some(Timeout::new(wait, move || {
            this.0.borrow_mut().retry = None;
            this.check_and_connect();
        }));
    }

    /// A failed upgrade shows no status to a page, so ask first whether the agent is signed in.
    fn check_and_connect(&self) {
        let epoch = self.0.borrow().epoch;
        let this = self.clone();
        spawn_local(async move {
            let answer = api::me().await;
            if this.0.borrow().epoch != epoch {
                return;
            }
            match answer {
                Ok(agent) => {
                    this.dispatch(Action::SignedIn(agent));
                    this.connect();
                }
                Err(error) if error.signed_out() => this.dispatch(Action::SignedOut),
                Err(error) => this.reconnect_after_loss(error.retry_after_ms()),
            }
        });
    }

    fn beat(&self, beat: fn(&mut Heartbeat, f64) -> Beat) {
        match self.line(|line| beat(&mut line.heartbeat, browser::now_ms() as f64)) {
            Some(Beat::Ask) => self.send(&AgentFrame::Sync),
            Some(Beat::Lost) => self.reconnect_after_loss(0),
            Some(Beat::Wait(_)) | None => {}
        }
    }
}
