//! A peer: an echo server on axum as its documentation shows one, buffers as they come. Prints its
//! port.

use anyhow::Result;
use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::routing::get;
use tokio::net::TcpListener;

pub(crate) async fn serve() -> Result<()> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    println!("listening {}", listener.local_addr()?.port());
    let upgrade = |upgrade: WebSocketUpgrade| async { upgrade.on_upgrade(echo) };
    Ok(axum::serve(listener, Router::new().route("/", get(upgrade))).await?)
}

async fn echo(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        let text = matches!(message, Message::Text(_) | Message::Binary(_));
        if text && socket.send(message).await.is_err() {
            return;
        }
    }
}
