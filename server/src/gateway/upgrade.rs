//! From an HTTP request to a socket: the handshake, and what is made ready meanwhile. Who may
//! upgrade is checked before.

use std::future::Future;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use protocol::SUBPROTOCOL;
use protocol::refusal::RefusalCode;
use tokio::net::TcpStream;

use super::error::HttpError;
use super::socket::Socket;
use super::websocket;

/// A request that asks for a socket as it should.
pub(super) struct Upgrade {
    accept_key: String,
    /// Whether the client offered our subprotocol; naming another would end the handshake.
    offers_ours: bool,
    upgraded: OnUpgrade,
}

impl<S: Sync> FromRequestParts<S> for Upgrade {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, HttpError> {
        let malformed = |detail: &str| HttpError::new(RefusalCode::MalformedFrame, detail);
        let headers = &parts.headers;
        if !names(headers, header::CONNECTION, "upgrade")
            || !names(headers, header::UPGRADE, "websocket")
            || !names(headers, header::SEC_WEBSOCKET_VERSION, "13")
        {
            return Err(malformed("not a WebSocket upgrade of version 13"));
        }
        let key = headers.get(header::SEC_WEBSOCKET_KEY);
        let key = key.ok_or_else(|| malformed("Sec-WebSocket-Key is missing"))?;
        let accept_key = websocket::accept_key(key.as_bytes());
        let offers_ours = names(headers, header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL);
        let upgraded = parts.extensions.remove::<OnUpgrade>();
        let upgraded = upgraded.ok_or_else(|| malformed("this connection cannot be upgraded"))?;
        Ok(Self { accept_key, offers_ours, upgraded })
    }
}

impl Upgrade {
    /// Makes ready while the answer goes out, then serves in a task that holds nothing of either.
    pub(super) fn serve<T, M, S>(
        self,
        make_ready: M,
        serve: impl FnOnce(Socket, T) -> S + Send + 'static,
    ) -> Result<Response, HttpError>
    where
        T: Send,
        M: Future<Output = T> + Send + 'static,
        S: Future<Output = ()> + Send + 'static,
    {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = response.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        if self.offers_ours {
            headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
        }
        let accept_key = HeaderValue::from_str(&self.accept_key).expect("base64 is a valid header");
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept_key);
        let upgraded = self.upgraded;
        tokio::spawn(async move {
            let (upgraded, ready) = tokio::join!(upgraded, make_ready);
            // A peer that left before the answer was out is gone.
            if let Some(socket) = upgraded.ok().and_then(socket) {
                tokio::spawn(serve(socket, ready));
            }
        });
        Ok(response)
    }
}

/// Takes the connection back from hyper, so that its buffers go.
fn socket(upgraded: Upgraded) -> Option<Socket> {
    let parts = upgraded.downcast::<TokioIo<TcpStream>>().ok()?;
    Some(Socket::new(parts.io.into_inner(), &parts.read_buf))
}

/// Whether a header that lists words has this one.
fn names(headers: &HeaderMap, name: HeaderName, word: &str) -> bool {
    let values = headers.get_all(name);
    let words = values.iter().filter_map(|value| value.to_str().ok());
    words.flat_map(|value| value.split(',')).any(|value| value.trim().eq_ignore_ascii_case(word))
}
