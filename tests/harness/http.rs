//! Plain HTTP calls, one connection each, with every header under the test's control.

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Full};
pub use hyper::Method;
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{HOST, HeaderMap};
use hyper_util::rt::TokioIo;
use protocol::http::ErrorBody;
use protocol::refusal::RefusalCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;

#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// # Errors
    /// The status is not 2xx or the body is something else.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        if !(200..300).contains(&self.status) {
            bail!("{}: {}", self.status, self.text());
        }
        serde_json::from_slice(&self.body).with_context(|| self.text())
    }

    /// Status and code of an answer that must be an error.
    ///
    /// # Errors
    /// The body is no `ErrorBody`.
    pub fn refusal(&self) -> Result<(u16, RefusalCode)> {
        let body: ErrorBody = serde_json::from_slice(&self.body)
            .with_context(|| format!("{}: {}", self.status, self.text()))?;
        Ok((self.status, body.refusal.code))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's value, empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// `origin` is `http://HOST:PORT`.
///
/// # Errors
/// The server cannot be reached.
pub async fn get(origin: &str, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
    call(Method::GET, origin, path, headers, Vec::new()).await
}

/// Posts JSON, as the server's own pages do unless `headers` name another `origin`.
///
/// # Errors
/// The server cannot be reached.
pub async fn post(
    origin: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &impl Serialize,
) -> Result<Answer> {
    post_bytes(origin, path, headers, serde_json::to_vec(body)?).await
}

/// As `post`, with another method that changes something.
///
/// # Errors
/// The server cannot be reached.
pub async fn send(
    method: Method,
    origin: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &impl Serialize,
) -> Result<Answer> {
    let all = as_json(origin, headers);
    call(method, origin, path, &all, serde_json::to_vec(body)?).await
}

/// Posts bytes that may be anything, declared as JSON.
///
/// # Errors
/// The server cannot be reached.
pub async fn post_bytes(
    origin: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Result<Answer> {
    call(Method::POST, origin, path, &as_json(origin, headers), body).await
}

fn as_json<'a>(origin: &'a str, headers: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![("content-type", "application/json")];
    if !headers.iter().any(|(name, _)| *name == "origin") {
        all.push(("origin", origin));
    }
    all.extend(headers);
    all
}

/// Puts JSON, as the console does.
///
/// # Errors
/// The server cannot be reached.
pub async fn put(
    origin: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &impl Serialize,
) -> Result<Answer> {
    let mut all = vec![("content-type", "application/json"), ("origin", origin)];
    all.extend(headers);
    call(Method::PUT, origin, path, &all, serde_json::to_vec(body)?).await
}

/// Deletes, as the console does.
///
/// # Errors
/// The server cannot be reached.
pub async fn delete(origin: &str, path: &str, headers: &[(&str, &str)]) -> Result<Answer> {
    let mut all = vec![("origin", origin)];
    all.extend(headers);
    call(Method::DELETE, origin, path, &all, Vec::new()).await
}

async fn call(
    method: Method,
    origin: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Vec<u8>,
) -> Result<Answer> {
    let authority = authority(origin)?;
    let tcp = TcpStream::connect(authority).await.with_context(|| authority.to_owned())?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(tcp)).await?;
    let connection = tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path).header(HOST, authority);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = sender.send_request(request.body(Full::new(Bytes::from(body)))?).await?;
    let (parts, body) = response.into_parts();
    let body = body.collect().await?.to_bytes().to_vec();
    connection.abort();
    Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
}

/// `HOST:PORT` of an origin.
///
/// # Errors
/// It is not an `http` origin.
pub fn authority(origin: &str) -> Result<&str> {
    origin.strip_prefix("http://").with_context(|| format!("not an http origin: {origin}"))
}
