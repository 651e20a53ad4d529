//! A WebSocket with typed frames. It knows encoding and close codes, not what frames mean.

use std::io;
use std::pin::Pin;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::http::authority;

/// Bytes the system keeps for a narrow reader; it rounds them up to its own minimum.
const NARROW_BUFFER_BYTES: u32 = 32 * 1024;

/// How a peer reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    Eager,
    /// Has hardly any buffer, so that whoever writes to it notices soon when it does not read.
    Narrow,
    /// Narrow, and takes one byte at a time.
    Dripping,
}

pub struct Socket(WebSocketStream<Stream>);

struct Stream {
    tcp: TcpStream,
    dripping: bool,
}

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
        Self::open_as(Reader::Eager, origin, path, subprotocols, headers).await
    }

    /// # Errors
    /// As of `open`.
    pub async fn open_as(
        reader: Reader,
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
        let tcp = match reader {
            Reader::Eager => TcpStream::connect(authority).await?,
            Reader::Narrow | Reader::Dripping => {
                let tcp = TcpSocket::new_v4()?;
                tcp.set_recv_buffer_size(NARROW_BUFFER_BYTES)?;
                tcp.connect(authority.parse()?).await?
            }
        };
        let tcp = Stream { tcp, dripping: false };
        match tokio_tungstenite::client_async(request, tcp).await {
            Ok((mut stream, _)) => {
                // Not during the handshake: this library takes it for an attack.
                stream.get_mut().dripping = reader == Reader::Dripping;
                Ok(Self(stream))
            }
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

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.dripping {
            return Pin::new(&mut self.tcp).poll_read(context, buffer);
        }
        let mut bytes = [0];
        let mut part = ReadBuf::new(&mut bytes);
        let polled = Pin::new(&mut self.tcp).poll_read(context, &mut part);
        buffer.put_slice(part.filled());
        polled
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        context: &mut TaskContext<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}
