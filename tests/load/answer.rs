//! HTTP as far as a socket's beginning needs it: requests as bytes, and the first answer in some
//! bytes. It knows paths and headers only as its callers name them.

use anyhow::{Context, Result, bail};

use super::wires::Request;

/// Of an answer's head or body; ours are far shorter.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Any key will do: whether the server hashes it is checked by its own tests.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer<'a> {
    Upgraded,
    Body { status: u16, body: &'a [u8] },
}

/// An upgrade to a WebSocket with further header lines.
pub fn upgrade(host: &str, path: &str, headers: &[(&str, &str)]) -> Request {
    let mut text = format!(
        "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: {KEY}\r\n"
    );
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    Request { bytes: text.into_bytes() }
}

/// A call with a JSON body on a connection that stays.
pub(super) fn post(host: &str, path: &str, origin: &str, body: &str) -> Request {
    let text = format!(
        "POST {path} HTTP/1.1\r\nhost: {host}\r\norigin: {origin}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    Request { bytes: text.into_bytes() }
}

/// The first answer and its length, or `None` when it is not all there.
///
/// # Errors
/// It is no answer, or one without end.
pub(super) fn first(bytes: &[u8]) -> Result<Option<(Answer<'_>, usize)>> {
    if bytes.len() > ANSWER_BYTES_MAX {
        bail!("an answer of more than {ANSWER_BYTES_MAX} bytes");
    }
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&bytes[..end]).context("a head that is not UTF-8")?;
    let status = head.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3));
    let status: u16 = status.context("no status")?.parse().context("the status")?;
    let start = end + 4;
    if status == 101 {
        return Ok(Some((Answer::Upgraded, start)));
    }
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim())
    });
    // An answer without a length ends with its connection: taken as it is.
    let length = length.map_or(Ok(0), str::parse::<usize>).context("content-length")?;
    if length > ANSWER_BYTES_MAX {
        bail!("a body of {length} bytes");
    }
    let body = bytes.get(start..start + length);
    Ok(body.map(|body| (Answer::Body { status, body }, start + length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_when_its_body_is_whole() {
        let text = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, and more";
        assert_eq!(first(&text[..20]).unwrap(), None);
        assert_eq!(first(&text[..42]).unwrap(), None);
        let (answer, used) = first(text).unwrap().unwrap();
        assert_eq!(answer, Answer::Body { status: 200, body: b"hello" });
        assert_eq!(&text[used..], b", and more");
    }

    #[test]
    fn an_upgrade_ends_with_its_head() {
        let text = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n\x81\x00";
        let (answer, used) = first(text).unwrap().unwrap();
        assert_eq!((answer, &text[used..]), (Answer::Upgraded, &b"\x81\x00"[..]));
    }
}
