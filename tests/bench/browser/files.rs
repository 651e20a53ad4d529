//! A file server on loopback for one bench page: everything in memory, nothing but GET. It knows
//! no contestant.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A browser's request has a few hundred bytes.
const REQUEST_BYTES_MAX: usize = 16 * 1_024;

/// Bytes by path.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// Serves until the process ends; returns the origin.
///
/// # Errors
/// There is no free port.
pub(crate) async fn serve(files: Files) -> Result<String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let origin = format!("http://{}", listener.local_addr()?);
    let files = Arc::new(files);
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            tokio::spawn(answer_all(socket, files.clone()));
        }
    });
    Ok(origin)
}

async fn answer_all(mut socket: TcpStream, files: Arc<Files>) {
    let mut request = Vec::new();
    while let Some(path) = next_path(&mut socket, &mut request).await {
        let file = files.get(path.as_str()).map(|bytes| (path.as_str(), bytes.as_slice()));
        let (head, body) = match file {
            Some((path, bytes)) => (head("200 OK", mime(path), bytes.len()), bytes),
            None => (head("404 Not Found", "text/plain", 0), &[][..]),
        };
        // The browser may have gone.
        if socket.write_all(&[head.as_bytes(), body].concat()).await.is_err() {
            return;
        }
    }
}

/// Reads one request; what follows it stays in `read`.
async fn next_path(socket: &mut TcpStream, read: &mut Vec<u8>) -> Option<String> {
    let end = loop {
        if let Some(end) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break end;
        }
        let came = socket.read_buf(read).await.ok()?;
        if came == 0 || read.len() > REQUEST_BYTES_MAX {
            return None;
        }
    };
    let request: Vec<u8> = read.drain(..end + 4).collect();
    let request = String::from_utf8(request).ok()?;
    let target = request.strip_prefix("GET ")?.split(' ').next()?;
    Some(target.to_owned())
}

/// The policies isolate the page: only then does the browser let it read a clock in microseconds.
fn head(status: &str, mime: &str, length: usize) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {mime}\r\nContent-Length: {length}\r\n\
         Cache-Control: public, max-age=31536000, immutable\r\n\
         Cross-Origin-Opener-Policy: same-origin\r\n\
         Cross-Origin-Embedder-Policy: require-corp\r\n\r\n"
    )
}

fn mime(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html",
        Some("js" | "mjs") => "text/javascript",
        Some("wasm") => "application/wasm",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}
