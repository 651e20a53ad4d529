//! One socket, whoever is at its other end: bounded frames in, bounded queue out, typed goodbyes.
//! What a frame means is the party's business.

use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use protocol::close::CloseCode;
use protocol::ids::MessageId;
use protocol::refusal::{Refusal, RefusalCode};
use protocol::{FRAME_BYTES_MAX, SUBPROTOCOL};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Gateway;
use super::limits::{Bucket, Rate};
use crate::conversation::{BUSY_RETRY_MS, Outgoing};

/// Bytes of a socket's read and write buffers: most of what an idle connection costs.
const BUFFER_BYTES: usize = 4 * 1024;

/// Unreadable frames before a client is sent away for good.
const MALFORMED_FRAMES_MAX: u32 = 8;

/// A client that says nothing for this long, not even `Sync`, is gone.
const SILENCE_MAX: Duration = Duration::from_secs(150);

/// A write that takes longer means that the reader does not read.
const WRITE_WAIT: Duration = Duration::from_secs(10);

/// How long a goodbye may take to arrive before the connection is cut.
const GOODBYE_WAIT: Duration = Duration::from_secs(1);

/// Who is at the other end.
pub(super) trait Party: Send {
    type Frame: DeserializeOwned + Send;
    type Event: Serialize + Send + Sync + 'static;

    /// Answers a frame; what it leads to later comes through the queue.
    fn hear(&mut self, frame: Self::Frame) -> impl Future<Output = Vec<Self::Event>> + Send;

    /// Whether a queued event is to be sent; it counts as sent when it is.
    fn passes(&mut self, event: &Self::Event) -> bool;

    /// Waits for news that come from no conversation. Nothing is lost when the wait is cut short.
    fn notice(&mut self) -> impl Future<Output = Self::Event> + Send;

    fn refused(message_id: Option<MessageId>, refusal: Refusal) -> Self::Event;
}

/// Sets the bounds of a socket before it is one.
pub(super) fn bounded(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade
        .protocols([SUBPROTOCOL])
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_write_buffer_size(2 * FRAME_BYTES_MAX + BUFFER_BYTES)
        .max_message_size(FRAME_BYTES_MAX)
        .max_frame_size(FRAME_BYTES_MAX)
}

struct Connection<F> {
    socket: WebSocket,
    gateway: Arc<Gateway>,
    rate: Rate,
    bucket: Bucket,
    malformed_count: u32,
    heard_at: Instant,
    frame: PhantomData<fn() -> F>,
}

enum Received<F> {
    Frame(F),
    Malformed,
    TooFast,
    /// A ping or the like.
    Nothing,
    End(End),
}

/// Why a connection ends.
enum End {
    Left,
    Sent(CloseCode),
}

/// Serves until either side leaves.
pub(super) async fn serve<P: Party>(
    socket: WebSocket,
    gateway: Arc<Gateway>,
    mut party: P,
    first: Vec<P::Event>,
    mut outgoing: Outgoing<P::Event>,
) {
    let mut draining = gateway.draining.clone();
    let mut connection = Connection::<P::Frame>::new(socket, gateway);
    let mut end = connection.send_all(&first).await;
    while end.is_none() {
        end = tokio::select! {
            biased;
            () = draining.begun() => Some(End::Sent(CloseCode::Draining)),
            () = outgoing.overflowed.notified() => Some(End::Sent(CloseCode::SlowReader)),
            event = outgoing.queue.recv() => match event {
                Some(event) if party.passes(&event) => connection.send(&*event).await,
                Some(_) => None,
                None => Some(End::Left),
            },
            event = party.notice() => connection.send(&event).await,
            received = connection.receive() => match received {
                Received::Frame(frame) => {
                    let events = party.hear(frame).await;
                    connection.send_all(&events).await
                }
                Received::Malformed => connection.malformed(&P::refused(
                    None,
                    Refusal::of(RefusalCode::MalformedFrame),
                )).await,
                Received::TooFast => {
                    let refusal = Refusal::retry_after(RefusalCode::TooFast, BUSY_RETRY_MS);
                    connection.send(&P::refused(None, refusal)).await
                }
                Received::Nothing => None,
                Received::End(end) => Some(end),
            },
        };
    }
    match end {
        Some(End::Sent(code)) => connection.close(code).await,
        Some(End::Left) | None => {}
    }
}

impl<F: DeserializeOwned> Connection<F> {
    fn new(socket: WebSocket, gateway: Arc<Gateway>) -> Self {
        let limits = &gateway.config.limits;
        let rate = Rate {
            burst: f64::from(limits.frames_per_connection_burst),
            per_s: f64::from(limits.frames_per_connection_per_s),
        };
        let now = Instant::now();
        let bucket = Bucket::new(rate, now);
        Self {
            socket,
            gateway,
            rate,
            bucket,
            malformed_count: 0,
            heard_at: now,
            frame: PhantomData,
        }
    }

    /// Cut short at its one wait, it loses nothing.
    async fn receive(&mut self) -> Received<F> {
        let deadline = tokio::time::Instant::from_std(self.heard_at + SILENCE_MAX);
        let Ok(received) = tokio::time::timeout_at(deadline, self.socket.recv()).await else {
            return Received::End(End::Left);
        };
        self.heard_at = Instant::now();
        let message = match received {
            Some(Ok(message)) => message,
            Some(Err(error)) => return Received::End(end_of(error)),
            None => return Received::End(End::Left),
        };
        self.gateway.counters.frames.fetch_add(1, Ordering::Relaxed);
        if matches!(message, Message::Close(_)) {
            return Received::End(End::Left);
        }
        if !self.bucket.take(self.rate, self.heard_at) {
            return Received::TooFast;
        }
        match message {
            Message::Text(text) => match serde_json::from_str(&text) {
                Ok(frame) => Received::Frame(frame),
                Err(_) => Received::Malformed,
            },
            Message::Binary(_) => Received::Malformed,
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => Received::Nothing,
        }
    }

    async fn malformed(&mut self, refused: &impl Serialize) -> Option<End> {
        self.malformed_count += 1;
        self.gateway.counters.frames_malformed.fetch_add(1, Ordering::Relaxed);
        let end = self.send(refused).await;
        let too_many = self.malformed_count >= MALFORMED_FRAMES_MAX;
        end.or_else(|| too_many.then_some(End::Sent(CloseCode::MalformedFrames)))
    }

    async fn send_all<E: Serialize>(&mut self, events: &[E]) -> Option<End> {
        for event in events {
            if let Some(end) = self.send(event).await {
                return Some(end);
            }
        }
        None
    }

    async fn send(&mut self, event: &impl Serialize) -> Option<End> {
        let text = match serde_json::to_string(event) {
            Ok(text) => text,
            Err(error) => {
                tracing::error!(%error, "an event cannot be written as JSON");
                return Some(End::Sent(CloseCode::Restarted));
            }
        };
        debug_assert!(text.len() <= FRAME_BYTES_MAX, "pages are cut to fit a frame");
        match tokio::time::timeout(WRITE_WAIT, self.socket.send(Message::Text(text.into()))).await {
            Ok(Ok(())) => None,
            Ok(Err(_)) => Some(End::Left),
            Err(_) => Some(End::Sent(CloseCode::SlowReader)),
        }
    }

    /// Says goodbye, then gives it time to arrive: what the peer is still sending would otherwise
    /// reset the connection under it.
    async fn close(mut self, code: CloseCode) {
        if code == CloseCode::SlowReader {
            self.gateway.counters.slow_readers.fetch_add(1, Ordering::Relaxed);
        }
        let frame = CloseFrame { code: code.code(), reason: reason(code).into() };
        let goodbye = async {
            if self.socket.send(Message::Close(Some(frame))).await.is_err() {
                return;
            }
            while let Some(Ok(_)) = self.socket.recv().await {}
            if matches!(code, CloseCode::FrameTooLarge | CloseCode::MalformedFrames) {
                // The rest of that frame is never read.
                std::future::pending::<()>().await;
            }
        };
        // A peer that does not take its goodbye in time has left.
        let _ = tokio::time::timeout(GOODBYE_WAIT, goodbye).await;
    }
}

/// For developers; screens word the code themselves.
fn reason(code: CloseCode) -> &'static str {
    match code {
        CloseCode::Draining => "draining",
        CloseCode::SlowReader => "slow_reader",
        CloseCode::Restarted => "restarted",
        CloseCode::TokenExpired => "token_expired",
        CloseCode::MalformedFrames => "malformed_frames",
        CloseCode::FrameTooLarge => "frame_too_large",
        CloseCode::Forbidden => "forbidden",
    }
}

fn end_of(error: axum::Error) -> End {
    use tungstenite::Error;
    let error = error.into_inner();
    match error.downcast_ref::<Error>() {
        Some(Error::Capacity(_)) => End::Sent(CloseCode::FrameTooLarge),
        Some(Error::Protocol(
            tungstenite::error::ProtocolError::ResetWithoutClosingHandshake
            | tungstenite::error::ProtocolError::SendAfterClosing
            | tungstenite::error::ProtocolError::ReceivedAfterClosing,
        )) => End::Left,
        Some(Error::Protocol(_) | Error::Utf8(_)) => End::Sent(CloseCode::MalformedFrames),
        Some(_) | None => End::Left,
    }
}
