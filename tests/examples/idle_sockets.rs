//! What an idle visitor's socket costs the server's memory, before and after a burst of others:
//! `cargo run --release --package tests --example idle_sockets -- 4000 12000`.

use std::fs;

use anyhow::{Context, Result, ensure};
use protocol::http::{SessionGrant, SessionRequest};
use protocol::{SUBPROTOCOL, SUBPROTOCOL_TOKEN_PREFIX};
use tests::eventually::{DEADLINE, eventually, report_figure};
use tests::http::{self, authority};
use tests::process::ServerProcess;
use tests::visitor::{SOCKET_PATH, demo_site};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const SOCKETS_COUNT: usize = 4_000;

const BURST_COUNT: usize = 12_000;

/// Opened and closed first, so that what is needed once is not counted.
const WARM_UP_COUNT: usize = 200;

/// Room for everybody, all of them from one address.
const LIMITS: &str = "connections_max = 19000\n\
    calls_per_address_burst = 1000000\ncalls_per_site_burst = 1000000";

/// `{"resume":{"conversation":null,"last_seq":0}}` under a mask of zeros.
fn resume_frame() -> Vec<u8> {
    let text = br#"{"resume":{"conversation":null,"last_seq":0}}"#;
    let mut frame = vec![0x81, 0x80 | text.len() as u8, 0, 0, 0, 0];
    frame.extend(text);
    frame
}

/// A visitor's socket that costs this process next to nothing.
async fn resumed(server: &ServerProcess) -> Result<TcpStream> {
    let request = SessionRequest { site: demo_site(), visitor_token: None };
    let answer = http::post(&server.origin, "/v1/session", &[], &request).await?;
    let grant: SessionGrant = answer.json()?;
    let mut tcp = TcpStream::connect(authority(&server.origin)?).await?;
    let head = format!(
        "GET {SOCKET_PATH} HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: {SUBPROTOCOL}, {SUBPROTOCOL_TOKEN_PREFIX}{token}\r\n\r\n",
        host = authority(&server.origin)?,
        origin = server.origin,
        token = grant.socket_token,
    );
    tcp.write_all(head.as_bytes()).await?;
    tcp.write_all(&resume_frame()).await?;
    let mut heard = Vec::new();
    let mut bytes = [0; 1_024];
    while !heard.windows(9).any(|window| window == b"\"resumed\"") {
        let count = tcp.read(&mut bytes).await?;
        ensure!(count > 0, "closed after {}", String::from_utf8_lossy(&heard));
        heard.extend_from_slice(&bytes[..count]);
    }
    Ok(tcp)
}

async fn open(server: &ServerProcess, count: usize) -> Result<Vec<TcpStream>> {
    let mut sockets = Vec::with_capacity(count);
    for _ in 0..count {
        sockets.push(resumed(server).await?);
    }
    Ok(sockets)
}

async fn until_connected(server: &ServerProcess, count: usize) -> Result<()> {
    eventually("the others have left", DEADLINE, async || {
        let connected = server.metric("visitors_connected").await.ok()?;
        (connected == count as u64).then_some(())
    })
    .await
}

fn resident_bytes(server: &ServerProcess) -> Result<f64> {
    let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", server.id()))?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Rss:")).context("no Rss")?;
    let kibibytes: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kibibytes * 1_024.0)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut counts = std::env::args().skip(1).map(|count| count.parse::<usize>());
    let sockets_count = counts.next().transpose()?.unwrap_or(SOCKETS_COUNT);
    let burst_count = counts.next().transpose()?.unwrap_or(BURST_COUNT);
    let server = ServerProcess::demo_with_limits(LIMITS).await?;
    drop(open(&server, WARM_UP_COUNT).await?);
    until_connected(&server, 0).await?;
    let before = resident_bytes(&server)?;
    let sockets = open(&server, sockets_count).await?;
    let per_socket = |now: f64| (now - before) / sockets_count as f64;
    report_figure(&format!("{:.0} bytes a socket", per_socket(resident_bytes(&server)?)));
    let burst = open(&server, burst_count).await?;
    drop(burst);
    until_connected(&server, sockets_count).await?;
    let after = per_socket(resident_bytes(&server)?);
    report_figure(&format!("{after:.0} bytes a socket after {burst_count} more came and went"));
    drop(sockets);
    Ok(())
}
