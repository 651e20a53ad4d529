//! The connection to the server: session, WebSocket, backoff, renewal. It reports what happens as
//! inputs of the reducer and knows nothing of conversations.

use std::cell::RefMut;

use protocol::close::AfterClose;
use protocol::http::{SessionGrant, SessionRequest};
use protocol::ids::SiteKey;
use protocol::refusal::RefusalCode;
use protocol::visitor::VisitorFrame;
use protocol::{SUBPROTOCOL, SUBPROTOCOL_TOKEN_PREFIX};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CloseEvent, MessageEvent, WebSocket};

use crate::backoff;
use crate::cell::{self, Slot};
use crate::page::{later, now_ms, on};
use crate::session::{self, SessionError};
use crate::state::Input;
use crate::words::joined;

/// An idle connection is asked for gaps this often; proxies cut silent ones after 30 to 60 s.
pub(crate) const SYNC_INTERVAL_MS: u32 = 25_000;

/// A token that ends this soon is renewed before it is used.
const TOKEN_MARGIN_MS: f64 = 30_000.0;

/// An attempt that has not opened by then is given up.
const OPEN_TIMEOUT_MS: u32 = 10_000;

/// An open connection that says nothing for this long after a question is dead: a laptop that
/// slept, a network that changed.
const ANSWER_TIMEOUT_MS: u32 = 5_000;

struct Connection {
    site: SiteKey,
    report: fn(Input),
    keep_grant: fn(Option<&SessionGrant>),
    grant: Option<SessionGrant>,
    granted_at_ms: f64,
    socket: Option<WebSocket>,
    attempt: u32,
    heard_at_ms: f64,
    /// Counts connections; what belongs to an earlier one is ignored.
    generation: u32,
    stopped: bool,
}

thread_local! {
    static CONNECTION: Slot<Connection> = const { Slot::new(None) };
}

#[inline(never)]
fn borrow() -> Option<RefMut<'static, Connection>> {
    CONNECTION.with(cell::borrow)
}

fn with<T>(f: impl FnOnce(&mut Connection) -> T) -> Option<T> {
    Some(f(&mut *borrow()?))
}

/// Starts connecting. `grant` is the one of an earlier page; its visitor token is still good.
pub(crate) fn start(
    site: SiteKey,
    grant: Option<SessionGrant>,
    report: fn(Input),
    keep_grant: fn(Option<&SessionGrant>),
) {
    let connection = Connection {
        site,
        report,
        keep_grant,
        grant,
        granted_at_ms: 0.0,
        socket: None,
        attempt: 0,
        heard_at_ms: 0.0,
        generation: 0,
        stopped: false,
    };
    CONNECTION.with(|slot| cell::fill(slot, connection));
    connect();
}

/// Forgets who the visitor was and connects as a new one.
pub(crate) fn start_over() {
    let socket = with(|c| {
        c.grant = None;
        c.granted_at_ms = 0.0;
        c.attempt = 0;
        c.stopped = false;
        c.socket.take()
    });
    close(socket.flatten());
    connect();
}

/// The network or the visitor is back: no reason to wait out the backoff.
pub(crate) fn hurry() {
    let idle = with(|c| !c.stopped && c.socket.is_none());
    if idle == Some(true) {
        with(|c| c.attempt = 0);
        connect();
    }
}

/// The network is gone: closing tells nobody, waiting for a timeout would.
pub(crate) fn lost() {
    let socket = with(|c| c.socket.take()).flatten();
    if socket.is_some() {
        close(socket);
        come_back();
    }
}

/// After a question: gives the connection up when nothing comes back.
pub(crate) fn expect_answer() {
    let asked = with(|c| (c.generation, now_ms(), c.socket.is_some()));
    let Some((generation, asked_at_ms, true)) = asked else { return };
    later(ANSWER_TIMEOUT_MS, move || {
        let silent = with(|c| c.generation == generation && c.heard_at_ms < asked_at_ms);
        if silent == Some(true) {
            lost();
        }
    });
}

/// Sends when there is a connection; what is lost here is in the outbox.
pub(crate) fn send(frame: &VisitorFrame) {
    let Ok(text) = crate::json::encode(frame) else { return };
    with(|c| {
        if let Some(socket) = c.socket.as_ref().filter(|s| s.ready_state() == WebSocket::OPEN) {
            // A socket that closed in between says so by its close event.
            let _ = socket.send_with_str(&text);
        }
    });
}

fn close(socket: Option<WebSocket>) {
    if let Some(socket) = socket {
        // What it still says belongs to an earlier generation.
        with(|c| c.generation += 1);
        let _ = socket.close();
    }
}

fn connect() {
    let next = with(|c| {
        c.generation += 1;
        let lifetime_ms =
            c.grant.as_ref().map_or(0.0, |g| f64::from(g.socket_token_expires_in_s) * 1000.0);
        let fresh = now_ms() < c.granted_at_ms + lifetime_ms - TOKEN_MARGIN_MS;
        let visitor_token = c.grant.as_ref().map(|grant| grant.visitor_token.clone());
        (c.generation, fresh, SessionRequest { site: c.site.clone(), visitor_token })
    });
    let Some((generation, fresh, request)) = next else { return };
    if fresh {
        open(generation);
    } else {
        session::request(&request, move |result| granted(generation, result));
    }
}

fn granted(generation: u32, result: Result<SessionGrant, SessionError>) {
    if with(|c| c.generation) != Some(generation) {
        return;
    }
    match result {
        Ok(grant) => {
            with(|c| {
                c.grant = Some(grant.clone());
                c.granted_at_ms = now_ms();
                (c.keep_grant)(Some(&grant));
            });
            report(Input::Granted(grant));
            open(generation);
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
                None => come_back(),
            }
        }
    }
}

fn open(generation: u32) {
    let Some(socket) = with(|c| new_socket(c.grant.as_ref())).flatten() else {
        come_back();
        return;
    };
    on(&socket, "open", Box::new(move |_| report_of(generation, Input::LinkUp)));
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

fn heard(generation: u32, event: &MessageEvent) {
    let text = event.data().as_string().unwrap_or_default();
    // A newer server may say things this page does not know; it goes on with the rest.
    if let Ok(event) = crate::json::decode(&text) {
        with(|c| {
            c.attempt = 0;
            c.heard_at_ms = now_ms();
        });
        report_of(generation, Input::Event(event));
    }
}

fn new_socket(grant: Option<&SessionGrant>) -> Option<WebSocket> {
    let token = joined(&[SUBPROTOCOL_TOKEN_PREFIX, &grant?.socket_token]);
    let location = web_sys::window()?.location();
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
        come_back();
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
        AfterClose::Reconnect => come_back(),
        AfterClose::ReconnectWithNewToken => {
            with(|c| c.granted_at_ms = 0.0);
            come_back();
        }
        AfterClose::Stop => stop(RefusalCode::Forbidden),
    }
}

fn come_back() {
    let wait = with(|c| {
        let wait_ms = backoff::delay_ms(c.attempt, js_sys::Math::random());
        c.attempt = c.attempt.saturating_add(1);
        (c.generation, wait_ms)
    });
    report(Input::LinkDown);
    if let Some((generation, wait_ms)) = wait {
        later(wait_ms, move || {
            if with(|c| c.generation) == Some(generation) {
                connect();
            }
        });
    }
}

fn stop(code: RefusalCode) {
    with(|c| c.stopped = true);
    report(Input::LinkStopped(code));
}

fn report_of(generation: u32, input: Input) {
    if with(|c| c.generation) == Some(generation) {
        report(input);
    }
}

/// Never while the connection is borrowed: an input may send.
fn report(input: Input) {
    if let Some(report) = with(|c| c.report) {
        report(input);
    }
}
