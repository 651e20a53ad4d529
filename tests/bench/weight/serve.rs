//! Folders on loopback, as a good host would serve them: compressed where there is a `.br`, cached
//! for ever. It knows no contestant; what is not there is a 404.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A browser's request has a few hundred bytes.
const REQUEST_BYTES_MAX: usize = 64 * 1_024;

#[derive(Default)]
pub(crate) struct Site {
    /// Pages by path.
    pub(crate) pages: BTreeMap<String, String>,
    /// Folders by the first part of the path.
    pub(crate) folders: BTreeMap<String, PathBuf>,
    /// Beginnings of paths, and what is looked for instead.
    pub(crate) moved: &'static [(&'static str, &'static str)],
}

/// # Errors
/// There is no free port.
pub(crate) async fn listen() -> Result<(TcpListener, String)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let origin = format!("http://{}", listener.local_addr()?);
    Ok((listener, origin))
}

/// Serves until the process ends.
pub(crate) fn serve(listener: TcpListener, site: Site) {
    let site = Arc::new(site);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(answer_all(socket, site.clone()));
        }
    });
}

async fn answer_all(mut socket: TcpStream, site: Arc<Site>) {
    let mut request = Vec::new();
    while let Some(path) = next_path(&mut socket, &mut request).await {
        let answer = site.answer(path.split('?').next().unwrap_or_default());
        // The browser may have gone.
        if socket.write_all(&answer).await.is_err() {
            return;
        }
    }
}

impl Site {
    fn answer(&self, path: &str) -> Vec<u8> {
        if let Some(page) = self.pages.get(path) {
            return respond("200 OK", "text/html; charset=utf-8", "", page.as_bytes());
        }
        match self.file(path) {
            Some((encoding, bytes)) => respond("200 OK", mime(path), encoding, &bytes),
            None => respond("404 Not Found", "text/plain", "", b""),
        }
    }

    fn file(&self, path: &str) -> Option<(&'static str, Vec<u8>)> {
        let moved = self
            .moved
            .iter()
            .find_map(|(asked, lies)| path.strip_prefix(asked).map(|rest| format!("{lies}{rest}")));
        let path = moved.as_deref().unwrap_or(path);
        let (first, rest) = path.strip_prefix('/')?.split_once('/')?;
        if rest.split('/').any(|part| part == "..") {
            return None;
        }
        let plain = self.folders.get(first)?.join(rest);
        let compressed = PathBuf::from(format!("{}.br", plain.display()));
        match std::fs::read(compressed) {
            Ok(bytes) => Some(("Content-Encoding: br\r\n", bytes)),
            Err(_) => Some(("", std::fs::read(plain).ok()?)),
        }
    }
}

fn respond(status: &str, mime: &str, encoding: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {mime}\r\n{encoding}Content-Length: {}\r\n\
         Cache-Control: public, max-age=31536000, immutable\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Reads one request; a body is read over, and what follows it stays in `read`.
async fn next_path(socket: &mut TcpStream, read: &mut Vec<u8>) -> Option<String> {
    let end = loop {
        if let Some(end) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end + 4;
        }
        more(socket, read).await?;
    };
    let head = String::from_utf8(read[..end].to_vec()).ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let all = end + length.unwrap_or(0);
    while read.len() < all {
        more(socket, read).await?;
    }
    read.drain(..all);
    Some(head.split(' ').nth(1)?.to_owned())
}

async fn more(socket: &mut TcpStream, read: &mut Vec<u8>) -> Option<()> {
    let came = socket.read_buf(read).await.ok()?;
    (came > 0 && read.len() <= REQUEST_BYTES_MAX).then_some(())
}

fn mime(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript",
        Some("css") => "text/css",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
