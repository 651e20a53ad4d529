//! One socket, whoever is at its other end: bounded frames in, bounded queue out, typed goodbyes.
//! What a frame means is the party's business.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use protocol::FRAME_BYTES_MAX;
use protocol::close::CloseCode;
use protocol::ids::MessageId;
use protocol::refusal::{Refusal, RefusalCode};
use serde::de::DeserializeOwned;
use tokio::time::{Instant, Sleep};

use super::Gateway;
use super::limits::{Bucket, Rate};
use super::socket::{Incoming, ReceiveError, Socket};
use crate::conversation::{About, BUSY_RETRY_MS, Event, Outgoing, Parcel};

/// Unreadable frames before a client is sent away for good.
const MALFORMED_FRAMES_MAX: u32 = 8;

/// Bytes of queued events written together.
const WRITE_BYTES_MAX: usize = 16 * 1024;

/// How long a goodbye may take to arrive before the connection is cut.
const GOODBYE_WAIT: Duration = Duration::from_secs(1);

/// How long a slow reader may take for the rest of a frame, so that it can be told why it must go.
const LAST_FRAME_WAIT: Duration = Duration::from_secs(5);

/// Who is at the other end.
pub(super) trait Party: Send {
    type Frame: DeserializeOwned + Send;
    type Event: Event + Send + Sync + 'static;

    /// Answers a frame; what it leads to later comes through the queue.
    fn hear(&mut self, frame: Self::Frame) -> impl Future<Output = Vec<Self::Event>> + Send;

    /// Whether a queued event is to be sent; it counts as sent when it is.
    fn passes(&mut self, about: &About) -> bool;

    /// Waits for news that come from no conversation. Nothing is lost when the wait is cut short.
    fn notice(&mut self) -> impl Future<Output = Notice<Self::Event>> + Send;

    /// The id a frame writes under, and its sender waits for.
    fn id_of(frame: &Self::Frame) -> Option<MessageId>;

    fn refused(message_id: Option<MessageId>, refusal: Refusal) -> Self::Event;
}

/// What came from no conversation.
pub(super) enum Notice<E> {
    Event(E),
    /// This party may no longer be here.
    Goodbye(CloseCode),
}

struct Connection {
    socket: Socket,
    gateway: Arc<Gateway>,
    bucket: Bucket,
    malformed_count: u32,
    heard_at: Instant,
    /// When it is this client's turn to leave a stopping server.
    leave_at: Option<Instant>,
}

enum Received<F> {
    Frame(F),
    Refused(Option<MessageId>, Refusal),
    Ping(Vec<u8>),
    /// A pong.
    Nothing,
    End(End),
}

/// Why a connection ends.
enum End {
    Left,
    /// Said goodbye, with this code.
    Goodbye(Vec<u8>),
    Sent(CloseCode),
}

/// Serves until either side leaves.
pub(super) async fn serve<P: Party>(
    socket: Socket,
    gateway: Arc<Gateway>,
    mut party: P,
    first: Vec<P::Event>,
    mut outgoing: Outgoing<P::Event>,
) {
    let mut draining = gateway.draining.clone();
    let mut connection = Connection::new(socket, gateway);
    let clock = tokio::time::sleep_until(connection.deadline());
    tokio::pin!(clock);
    let mut end = connection.send_all(first, &mut outgoing).await;
    while end.is_none() {
        end = tokio::select! {
            biased;
            () = clock.as_mut() => connection.expired(clock.as_mut()),
            () = draining.begun(), if connection.leave_at.is_none() => {
                connection.leave_at = Some(Instant::now() + connection.gateway.drain_turn());
                clock.as_mut().reset(connection.deadline());
                None
            }
            parcels = outgoing.take(WRITE_BYTES_MAX) => match parcels {
                Ok(mut parcels) => {
                    parcels.retain(|parcel| party.passes(&parcel.about));
                    connection.send(parcels, &mut outgoing).await
                }
                Err(_) => {
                    connection.gateway.counters.slow_readers.fetch_add(1, Ordering::Relaxed);
                    Some(End::Sent(CloseCode::SlowReader))
                }
            },
            notice = party.notice() => match notice {
                Notice::Event(event) => connection.send_all(vec![event], &mut outgoing).await,
                Notice::Goodbye(code) => Some(End::Sent(code)),
            },
            received = connection.receive::<P>() => match received {
                Received::Frame(frame) => {
                    // On the heap while it lasts, so that a waiting connection has no room for it.
                    let events = Box::pin(party.hear(frame)).await;
                    connection.send_all(events, &mut outgoing).await
                }
                Received::Refused(id, refusal) => {
                    let malformed = refusal.code == RefusalCode::MalformedFrame;
                    let refused = vec![P::refused(id, refusal)];
                    let sent = connection.send_all(refused, &mut outgoing).await;
                    sent.or_else(|| connection.too_malformed(malformed))
                }
                Received::Ping(payload) => connection.pong(&payload).await,
                Received::Nothing => None,
                Received::End(end) => Some(end),
            },
        };
    }
    if let Some(end) = end {
        connection.end(end).await;
    }
}

impl Connection {
    fn new(socket: Socket, gateway: Arc<Gateway>) -> Self {
        let heard_at = Instant::now();
        let bucket = Bucket::new(frame_rate(&gateway), heard_at.into_std());
        Self { socket, gateway, bucket, malformed_count: 0, heard_at, leave_at: None }
    }

    /// When to look at the clock again.
    fn deadline(&self) -> Instant {
        let silent_at = self.heard_at + self.gateway.config.limits.silence();
        self.leave_at.map_or(silent_at, |leave_at| leave_at.min(silent_at))
    }

    /// The timer is set when it fires and not with every frame: most never do.
    fn expired(&self, clock: std::pin::Pin<&mut Sleep>) -> Option<End> {
        let now = Instant::now();
        if self.leave_at.is_some_and(|leave_at| leave_at <= now) {
            return Some(End::Sent(CloseCode::Draining));
        }
        let deadline = self.deadline();
        if deadline <= now {
            // Half-open, most likely: nobody is there to read a goodbye.
            return Some(End::Left);
        }
        clock.reset(deadline);
        None
    }

    /// Cut short at its one wait, it loses nothing.
    async fn receive<P: Party>(&mut self) -> Received<P::Frame> {
        let incoming = match self.socket.receive().await {
            Ok(incoming) => incoming,
            Err(ReceiveError::Left) => return Received::End(End::Left),
            Err(ReceiveError::TooLarge) => {
                return Received::End(End::Sent(CloseCode::FrameTooLarge));
            }
            Err(ReceiveError::Malformed) => {
                return Received::End(End::Sent(CloseCode::MalformedFrames));
            }
        };
        self.heard_at = Instant::now();
        self.gateway.counters.frames.fetch_add(1, Ordering::Relaxed);
        let text = match incoming {
            Incoming::Close(code) => return Received::End(End::Goodbye(code)),
            Incoming::Text(text) => Some(text),
            Incoming::Binary => None,
            Incoming::Ping(_) | Incoming::Pong if !self.within_rate() => {
                return Received::Refused(None, self.too_fast());
            }
            Incoming::Ping(payload) => return Received::Ping(payload),
            Incoming::Pong => return Received::Nothing,
        };
        let frame = text.and_then(|text| serde_json::from_str::<P::Frame>(&text).ok());
        if !self.within_rate() {
            // With its id, so that the sender knows which one to send again.
            return Received::Refused(frame.as_ref().and_then(P::id_of), self.too_fast());
        }
        match frame {
            Some(frame) => Received::Frame(frame),
            None => {
                self.gateway.counters.frames_malformed.fetch_add(1, Ordering::Relaxed);
                Received::Refused(None, Refusal::of(RefusalCode::MalformedFrame))
            }
        }
    }

    fn within_rate(&mut self) -> bool {
        self.bucket.take(frame_rate(&self.gateway), self.heard_at.into_std())
    }

    fn too_fast(&self) -> Refusal {
        let filled_ms = self.bucket.filled_in_ms(frame_rate(&self.gateway));
        Refusal::retry_after(RefusalCode::TooFast, filled_ms.max(BUSY_RETRY_MS))
    }

    fn too_malformed(&mut self, one_more: bool) -> Option<End> {
        self.malformed_count += u32::from(one_more);
        let too_many = self.malformed_count >= MALFORMED_FRAMES_MAX;
        too_many.then_some(End::Sent(CloseCode::MalformedFrames))
    }

    async fn send_all<E: Event>(
        &mut self,
        events: Vec<E>,
        outgoing: &mut Outgoing<E>,
    ) -> Option<End> {
        let parcels: Option<Vec<_>> = events.iter().map(Parcel::of).collect();
        match parcels {
            Some(parcels) => self.send(parcels, outgoing).await,
            // The client would wait for it: it resumes instead.
            None => Some(End::Sent(CloseCode::Restarted)),
        }
    }

    /// Writes while the queue behind it has room and the reader takes something in time.
    async fn send<E>(
        &mut self,
        parcels: Vec<Parcel<E>>,
        outgoing: &mut Outgoing<E>,
    ) -> Option<End> {
        if parcels.is_empty() {
            return None;
        }
        let texts: Vec<Arc<str>> = parcels.into_iter().map(|parcel| parcel.text).collect();
        debug_assert!(
            texts.iter().all(|text| text.len() <= FRAME_BYTES_MAX),
            "pages are cut to fit a frame"
        );
        let write_wait = self.gateway.config.limits.write_wait();
        let mut writing = std::pin::pin!(self.socket.write(&texts));
        tokio::select! {
            biased;
            written = writing.as_mut() => return written.err().map(|_| End::Left),
            () = outgoing.overflowed() => {}
            () = tokio::time::sleep(write_wait) => {}
        }
        outgoing.close();
        self.gateway.counters.slow_readers.fetch_add(1, Ordering::Relaxed);
        // A goodbye in the middle of a frame would be taken for a part of it.
        match tokio::time::timeout(LAST_FRAME_WAIT, writing).await {
            Ok(Ok(())) => Some(End::Sent(CloseCode::SlowReader)),
            Ok(Err(_)) => Some(End::Left),
            Err(_) => Some(End::Left),
        }
    }

    async fn pong(&mut self, payload: &[u8]) -> Option<End> {
        let write_wait = self.gateway.config.limits.write_wait();
        match tokio::time::timeout(write_wait, self.socket.pong(payload)).await {
            Ok(written) => written.err().map(|_| End::Left),
            Err(_) => {
                self.gateway.counters.slow_readers.fetch_add(1, Ordering::Relaxed);
                Some(End::Left)
            }
        }
    }

    async fn end(mut self, end: End) {
        // A peer that does not take its goodbye in time has left, and so has one that cannot.
        match end {
            End::Left => {}
            End::Goodbye(code) => {
                let _ = tokio::time::timeout(GOODBYE_WAIT, self.socket.close_back(&code)).await;
            }
            End::Sent(code) => {
                let _ = tokio::time::timeout(GOODBYE_WAIT, self.say_goodbye(code)).await;
            }
        }
    }

    /// Gives the goodbye time to arrive: what the peer is still sending would otherwise reset the
    /// connection under it.
    async fn say_goodbye(&mut self, code: CloseCode) {
        if self.socket.close(code.code(), reason(code)).await.is_ok() {
            self.socket.outlast().await;
        }
    }
}

fn frame_rate(gateway: &Gateway) -> Rate {
    let limits = &gateway.config.limits;
    Rate {
        burst: f64::from(limits.frames_per_connection_burst),
        per_s: f64::from(limits.frames_per_connection_per_s),
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
