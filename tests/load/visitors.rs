//! How visitors get in: a session by HTTP, then the upgrade on the same connection with its token;
//! back after a loss with full jitter, as the widget does. It knows no conversation.

use anyhow::{Context, Result};
use protocol::http::{SessionGrant, SessionRequest};
use protocol::{SUBPROTOCOL, SUBPROTOCOL_TOKEN_PREFIX};

use super::answer::{post, upgrade};
use super::wires::{Loss, Request};
use crate::http::authority;
use crate::visitor::{SOCKET_PATH, demo_site};

/// Before the first retry at most this long; the widget's own figure.
const FIRST_US: u64 = 500_000;

/// And never longer than this.
const LONGEST_US: u64 = 20_000_000;

const UNAUTHORIZED: u16 = 401;

#[derive(Default)]
struct Visitor {
    visitor_token: Option<String>,
    socket_token: Option<String>,
    attempt: u32,
}

pub(super) struct Visitors {
    host: String,
    origin: String,
    visitors: Vec<Visitor>,
    chance: Chance,
}

/// Xorshift: the same seed, the same run.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit.max(1)
    }
}

impl Visitors {
    /// # Errors
    /// The origin is not `http://HOST:PORT`.
    pub(super) fn new(origin: &str, count: usize, seed: u64) -> Result<Self> {
        Ok(Self {
            host: authority(origin)?.to_owned(),
            origin: origin.to_owned(),
            visitors: (0..count).map(|_| Visitor::default()).collect(),
            chance: Chance::new(seed),
        })
    }

    /// The next request of a visitor on their way in.
    ///
    /// # Errors
    /// The answer is no session.
    pub(super) fn request(&mut self, idx: usize, answered: Option<&[u8]>) -> Result<Request> {
        let visitor = &mut self.visitors[idx];
        if let Some(body) = answered {
            let grant: SessionGrant = serde_json::from_slice(body).context("not a session")?;
            visitor.visitor_token = Some(grant.visitor_token);
            visitor.socket_token = Some(grant.socket_token);
        }
        if let Some(token) = &visitor.socket_token {
            return Ok(socket_request(&self.host, &self.origin, token));
        }
        let visitor_token = visitor.visitor_token.clone();
        let body = SessionRequest { site: demo_site(), visitor_token, identity: None };
        Ok(post(&self.host, "/v1/session", &self.origin, &serde_json::to_string(&body)?))
    }

    /// The upgrade of a further socket of the same visitor.
    ///
    /// # Errors
    /// The visitor has no session yet.
    pub(super) fn second_socket(&self, idx: usize) -> Result<Request> {
        let token = self.visitors[idx].socket_token.as_deref().context("no session yet")?;
        Ok(socket_request(&self.host, &self.origin, token))
    }

    pub(super) fn is_in(&mut self, idx: usize) {
        self.visitors[idx].attempt = 0;
    }

    /// How long to wait before the next attempt.
    pub(super) fn wait_us(&mut self, idx: usize, loss: Loss) -> u64 {
        if loss == Loss::Refused(UNAUTHORIZED) {
            // Tokens for sockets are short-lived.
            self.visitors[idx].socket_token = None;
        }
        let attempt = &mut self.visitors[idx].attempt;
        let wait_us = backoff_us(*attempt, &mut self.chance);
        *attempt += 1;
        wait_us
    }
}

/// Full jitter.
pub(super) fn backoff_us(attempt: u32, chance: &mut Chance) -> u64 {
    chance.below((FIRST_US << attempt.min(10)).min(LONGEST_US))
}

fn socket_request(host: &str, origin: &str, token: &str) -> Request {
    let offered = format!("{SUBPROTOCOL}, {SUBPROTOCOL_TOKEN_PREFIX}{token}");
    upgrade(host, SOCKET_PATH, &[("origin", origin), ("sec-websocket-protocol", &offered)])
}
