//! A WebSocket with typed frames. It knows encoding and close codes, not what frames mean.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::http::authority;

pub struct Socket(WebSocketStream<TcpStream>);

/// What came next.
#[derive(Debug)]
pub enum Incoming<E> {
    Event(E),
    /// The close code, `None` when the connection just broke.
    Closed(Option<u16>),
}

impl Socket {
    /// # Errors
    /// The upgrade is refused, with its status in the error, or the server cannot be reached.
    pub async fn open(
        origin: &str,
        path: &str,
        subprotocols: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Self> {
        let authority = authority(origin)?;
        let mut request = format!("ws://{authority}{path}").into_client_request()?;
        let own = [("origin", origin), ("sec-websocket-protocol", subprotocols)];
        for (name, value) in own.iter().chain(headers) {
            request.headers_mut().insert(*name, HeaderValue::from_str(value)?);
        }
        let tcp = TcpStream::connect(authority).await?;
        match tokio_tungstenite::client_async(request, tcp).await {
            Ok((stream, _)) => Ok(Self(stream)),
            Err(Error::Http(answer)) => bail!("upgrade refused with {}", answer.status()),
            Err(error) => Err(error.into()),
        }
    }

    /// # Errors
    /// The connection broke.
    pub async fn send(&mut self, frame: &impl Serialize) -> Result<()> {
        self.send_text(serde_json::to_string(frame)?).await
    }

    /// Sends a text that need not be a frame.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn send_text(&mut self, text: String) -> Result<()> {
        Ok(self.0.send(Message::text(text)).await?)
    }

    /// # Errors
    /// The connection broke.
    pub async fn send_binary(&mut self, bytes: Vec<u8>) -> Result<()> {
        Ok(self.0.send(Message::binary(bytes)).await?)
    }

    /// The next event; pings are answered on the way.
    ///
    /// # Errors
    /// Nothing came in time, or something that is not an event.
    pub async fn next<E: DeserializeOwned>(&mut self, within: Duration) -> Result<Incoming<E>> {
        let frame = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Text(text))) => {
                        let event = serde_json::from_str(&text);
                        let event = event.with_context(|| format!("not an event: {text}"))?;
                        return Ok(Incoming::Event(event));
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Close(frame))) => {
                        return Ok(Incoming::Closed(frame.map(|frame| frame.code.into())));
                    }
                    Some(Ok(other)) => bail!("unexpected {other:?}"),
                    Some(Err(_)) | None => return Ok(Incoming::Closed(None)),
                }
            }
        };
        tokio::time::timeout(within, frame).await.context("no frame came in time")?
    }
}
