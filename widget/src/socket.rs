//! The connection to the server: session, WebSocket, backoff, renewal. It reports what happens as
//! inputs of the reducer and knows nothing of conversations.

use alloc::boxed::Box;
use alloc::string::String;
use core::cell::RefMut;

use protocol::close::AfterClose;
use protocol::context::Identity;
use protocol::heartbeat::{Beat, Heartbeat};
use protocol::http::{SessionEnd, SessionGrant, SessionRequest};
use protocol::ids::SiteKey;
use protocol::refusal::RefusalCode;
use protocol::{SUBPROTOCOL, SUBPROTOCOL_TOKEN_PREFIX};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CloseEvent, MessageEvent, WebSocket};

use crate::backoff;
use crate::cell::{self, OnPage, Slot};
use crate::page::{later, now_ms, on, random, window};
use crate::session::{self, Granted, SessionError};
use crate::state::Input;
use crate::tabs::{self, word};
use crate::words::joined;

/// A token that ends this soon is renewed before it is used.
const TOKEN_MARGIN_MS: f64 = 30_000.0;

/// An attempt that has not opened by then is given up.
const OPEN_TIMEOUT_MS: u32 = 10_000;

struct Connection {
    site: SiteKey,
    report: fn(Input),
    keep_grant: fn(Option<&str>),
    grant: Option<SessionGrant>,
    /// The grant as it came.
    grant_text: String,
    /// Whom the page says the visitor is; asked with, until it is refused.
    identity: Option<Identity>,
    granted_at_ms: f64,
    socket: Option<WebSocket>,
    attempt: u32,
    /// The server asked not to be called before.
    not_before_ms: f64,
    heartbeat: Heartbeat,
    /// Counts looks at the heartbeat; only the newest timer counts.
    look: u32,
    /// Counts connections; what belongs to an earlier one is ignored.
    generation: u32,
    /// Why there is no point in trying again.
    stopped: Option<RefusalCode>,
}

static CONNECTION: OnPage<Slot<Connection>> = OnPage::new(Slot::new(None));

#[inline(never)]
fn borrow() -> Option<RefMut<'static, Connection>> {
    cell::borrow(&CONNECTION)
}

fn with<T>(f: impl FnOnce(&mut Connection) -> T) -> Option<T> {
    Some(f(&mut *borrow()?))
}

/// Gets ready. `grant` is the one of an earlier page; its visitor token is still good.
pub(crate) fn start(
    site: SiteKey,
    grant: Option<SessionGrant>,
    report: fn(Input),
    keep_grant: fn(Option<&str>),
) {
    let connection = Connection {
        site,
        report,
        keep_grant,
        grant,
        grant_text: String::new(),
        identity: None,
        granted_at_ms: 0.0,
        socket: None,
        attempt: 0,
        not_before_ms: 0.0,
        heartbeat: Heartbeat::of_open(0.0),
        look: 0,
        generation: 0,
        stopped: None,
    };
    cell::fill(&CONNECTION, connection);
}

/// Tells the other tabs what they must know of this one's connection.
pub(crate) fn introduce() {
    let standing = with(|c| (c.grant_text.clone(), c.open_socket().is_some(), c.stopped));
    let Some((grant, open, stopped)) = standing else { return };
    tabs::tell(word::GRANT, &grant);
    match stopped {
        Some(code) => tell_stopped(code),
        None => tabs::tell(if open { word::UP } else { word::DOWN }, ""),
    }
}

fn tell_stopped(code: RefusalCode) {
    if let Ok(text) = crate::json::encode(&code) {
        tabs::tell(word::STOPPED, &text);
    }
}

/// Another tab has the lead.
pub(crate) fn halt() {
    let socket = with(|c| {
        c.generation += 1;
        c.attempt = 0;
        c.socket.take()
    });
    close(socket.flatten());
}

/// The page says who the visitor is. The tokens of a person who is known here already go on.
pub(crate) fn identify(identity: Identity) {
    let anew = with(|c| {
        c.identity = Some(identity);
        let anew = !c.grant.as_ref().is_some_and(|grant| grant.identified);
        anew.then(|| {
            c.granted_at_ms = 0.0;
            c.socket.take()
        })
    });
    if let Some(Some(socket)) = anew {
        close(socket);
        connect();
    }
}

/// Forgets who the visitor was, here and on the server, and connects as a new one.
pub(crate) fn start_over() {
    let socket = with(|c| {
        c.identity = None;
        let grant = c.grant.take();
        if let Some(end) = grant.and_then(|grant| ending(grant.visitor_token)) {
            // Goes out although the page may be going away. What is lost expires by itself.
            let navigator = window().navigator();
            let _ = navigator.send_beacon_with_opt_str("/v1/session/end", Some(&end));
        }
        c.granted_at_ms = 0.0;
        c.attempt = 0;
        c.stopped = None;
        c.socket.take()
    });
    close(socket.flatten());
    if tabs::leads() {
        connect();
    }
}

fn ending(visitor_token: String) -> Option<String> {
    crate::json::encode(&SessionEnd { visitor_token }).ok()
}

/// The network or the visitor is back: no reason to wait out the backoff, and a connection that
/// only looks alive must prove it.
pub(crate) fn wake() {
    let idle = with(|c| {
        let idle = c.stopped.is_none() && c.socket.is_none() && now_ms() >= c.not_before_ms;
        if idle {
            c.attempt = 0;
        }
        idle
    });
    if idle == Some(true) {
        connect();
    } else {
        look(Heartbeat::woke);
    }
}

/// The network is gone: closing tells nobody, waiting for a timeout would.
pub(crate) fn lost() {
    let socket = with(|c| c.socket.take()).flatten();
    if socket.is_some() {
        close(socket);
        come_back(0);
    }
}

/// Does what the heartbeat wants, and looks again when it says.
fn look(beat: fn(&mut Heartbeat, f64) -> Beat) {
    let beat = with(|c| {
        c.look += 1;
        let open = c.open_socket().is_some();
        open.then(|| (beat(&mut c.heartbeat, now_ms()), c.look))
    });
    match beat.flatten() {
        Some((Beat::Wait(wait_ms), number)) => later(wait_ms as u32, move || {
            if with(|c| c.look) == Some(number) {
                look(Heartbeat::beat);
            }
        }),
        Some((Beat::Ask, _)) => {
            report(Input::SyncDue);
            look(Heartbeat::beat);
        }
        Some((Beat::Lost, _)) => lost(),
        None => {}
    }
}

/// Sends when there is a connection; what is lost here is in the outbox.
pub(crate) fn send(text: &str) {
    with(|c| {
        if let Some(socket) = c.open_socket() {
            // A socket that closed in between says so by its close event.
            let _ = socket.send_with_str(text);
            c.heartbeat.sent(now_ms(), random());
        }
    });
}

impl Connection {
    fn open_socket(&self) -> Option<&WebSocket> {
        self.socket.as_ref().filter(|socket| socket.ready_state() == WebSocket::OPEN)
    }
}

fn close(socket: Option<WebSocket>) {
    if let Some(socket) = socket {
        // What it still says belongs to an earlier generation.
        with(|c| c.generation += 1);
        let _ = socket.close();
    }
}

pub(crate) fn connect() {
    let next = with(|c| {
        c.generation += 1;
        let lifetime_ms =
            c.grant.as_ref().map_or(0.0, |g| f64::from(g.socket_token_expires_in_s) * 1000.0);
        let fresh = now_ms() < c.granted_at_ms + lifetime_ms - TOKEN_MARGIN_MS;
        let visitor_token = c.grant.as_ref().map(|grant| grant.visitor_token.clone());
        (
            c.generation,
            fresh,
            SessionRequest { site: c.site.clone(), visitor_token, identity: c.identity.clone() },
        )
    });
    let Some((generation, fresh, request)) = next else { return };
    if fresh {
        open(generation);
    } else {
        session::request(&request, move |result| granted(generation, result));
    }
}

fn granted(generation: u32, result: Result<Granted, SessionError>) {
    if !is_current(generation) {
        return;
    }
    match result {
        // It was asked before the page said who the visitor is.
        Ok(Granted { grant, .. })
            if !grant.identified && with(|c| c.identity.is_some()) == Some(true) =>
        {
            with(|c| c.grant = Some(grant));
            connect();
        }
        Ok(Granted { grant, text }) => {
            tabs::tell(word::GRANT, &text);
            with(|c| {
                c.grant = Some(grant.clone());
                c.granted_at_ms = now_ms();
                (c.keep_grant)(Some(&text));
                c.grant_text = text;
            });
            report(Input::Granted(grant));
            open(generation);
        }
        Err(error) if error.is_about_identity() => {
            with(|c| c.identity = None);
            report(Input::IdentityRefused);
            connect();
        }
        Err(error) => {
            let had_token = with(|c| {
                let known = c.grant.is_some();
                if error.is_about_token() {
                    c.grant = None;
                    (c.keep_grant)(None);
                }
                known
            });
            match error.final_code() {
                Some(code) => stop(code),
                None if error.is_about_token() && had_token == Some(true) => connect(),
                None => come_back(error.retry_after_ms()),
            }
        }
    }
}

fn open(generation: u32) {
    let Some(socket) = with(|c| new_socket(c.grant.as_ref())).flatten() else {
        come_back(0);
        return;
    };
    on(&socket, "open", Box::new(move |_| opened(generation)));
    on(&socket, "message", Box::new(move |event| heard(generation, &event.unchecked_into())));
    on(
        &socket,
        "close",
        Box::new(move |event| {
            closed(generation, event.unchecked_into::<CloseEvent>().code());
        }),
    );
    with(|c| c.socket = Some(socket));
    later(OPEN_TIMEOUT_MS, move || give_up_opening(generation));
}

fn opened(generation: u32) {
    if is_current(generation) {
        with(|c| c.heartbeat = Heartbeat::of_open(now_ms()));
        tabs::tell(word::UP, "");
        report(Input::LinkUp);
        look(Heartbeat::beat);
    }
}

fn heard(generation: u32, event: &MessageEvent) {
    if !is_current(generation) {
        return;
    }
    with(|c| {
        c.attempt = 0;
        c.heartbeat.heard(now_ms(), random());
    });
    let text = event.data().as_string().unwrap_or_default();
    // A newer server may say things this page does not know; it goes on with the rest.
    if let Ok(event) = crate::json::decode(&text) {
        tabs::tell(word::EVENT, &text);
        report(Input::Event(event));
    }
}

fn new_socket(grant: Option<&SessionGrant>) -> Option<WebSocket> {
    let token = joined(&[SUBPROTOCOL_TOKEN_PREFIX, &grant?.socket_token]);
    let location = window().location();
    let scheme = if location.protocol().ok()? == "https:" { "wss://" } else { "ws://" };
    let url = joined(&[scheme, &location.host().ok()?, "/v1/socket"]);
    let protocols = js_sys::Array::of2(&JsValue::from_str(SUBPROTOCOL), &JsValue::from(token));
    WebSocket::new_with_str_sequence(&url, &protocols).ok()
}

fn give_up_opening(generation: u32) {
    let stuck = with(|c| {
        let connecting =
            c.socket.as_ref().is_some_and(|s| s.ready_state() == WebSocket::CONNECTING);
        (c.generation == generation && connecting).then(|| c.socket.take())
    });
    if let Some(Some(socket)) = stuck {
        close(socket);
        come_back(0);
    }
}

fn closed(generation: u32, code: u16) {
    let mine = with(|c| {
        let mine = c.generation == generation;
        if mine {
            c.socket = None;
        }
        // A refused upgrade looks like a lost network; a new token costs little and heals it.
        if mine && (c.attempt > 0 || code == 1006) {
            c.granted_at_ms = 0.0;
        }
        mine
    });
    if mine != Some(true) {
        return;
    }
    match AfterClose::of_code(code) {
        AfterClose::Reconnect => come_back(0),
        AfterClose::ReconnectWithNewToken => {
            with(|c| c.granted_at_ms = 0.0);
            come_back(0);
        }
        AfterClose::Stop => stop(RefusalCode::Forbidden),
    }
}

/// Connects again, not before the server said.
fn come_back(retry_after_ms: u64) {
    let wait = with(|c| {
        let wait_ms = backoff::delay_ms(c.attempt, retry_after_ms, random());
        c.attempt = c.attempt.saturating_add(1);
        c.not_before_ms = if retry_after_ms > 0 { now_ms() + f64::from(wait_ms) } else { 0.0 };
        (c.generation, wait_ms)
    });
    tabs::tell(word::DOWN, "");
    report(Input::LinkDown);
    if let Some((generation, wait_ms)) = wait {
        later(wait_ms, move || {
            if is_current(generation) {
                connect();
            }
        });
    }
}

fn stop(code: RefusalCode) {
    with(|c| c.stopped = Some(code));
    tell_stopped(code);
    report(Input::LinkStopped(code));
}

fn is_current(generation: u32) -> bool {
    with(|c| c.generation) == Some(generation)
}

/// Never while the connection is borrowed: an input may send.
fn report(input: Input) {
    if let Some(report) = with(|c| c.report) {
        report(input);
    }
}
