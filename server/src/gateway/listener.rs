//! Accepting connections: so many at once, no patience for headers that trickle in, and an orderly
//! end. Knows no routes.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt;

/// A request's headers must be here this soon after its first byte.
const HEADERS_WAIT: Duration = Duration::from_secs(10);

/// Bytes of a connection's read buffer before it is a socket; headers must fit.
const HTTP_BUFFER_BYTES: usize = 16 * 1024;

/// After an error of `accept` (mostly: no descriptor left) before the next try.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Who calls, and their seat; a socket keeps both after the upgrade.
#[derive(Clone)]
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    pub(super) _seat: Arc<OwnedSemaphorePermit>,
}

/// Tells when the server is about to stop.
#[derive(Clone)]
pub struct Draining(watch::Receiver<bool>);

impl Draining {
    pub fn new(draining: watch::Receiver<bool>) -> Self {
        Self(draining)
    }

    pub(super) fn is_begun(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits for it; a server whose owner is gone is stopping too.
    pub(super) async fn begun(&mut self) {
        let _ = self.0.wait_for(|draining| *draining).await;
    }
}

/// Seats for all connections of all addresses.
#[derive(Clone)]
pub struct Seats {
    seats: Arc<Semaphore>,
    seats_max: u32,
}

impl Seats {
    pub fn new(connections_max: usize) -> Self {
        let seats_max = u32::try_from(connections_max).unwrap_or(u32::MAX);
        Self { seats: Arc::new(Semaphore::new(seats_max as usize)), seats_max }
    }

    /// Waits until everybody has left.
    pub async fn empty(&self) {
        // Fails only when closed, which nobody does.
        let _ = self.seats.acquire_many(self.seats_max).await;
    }
}

/// A bound address that is not served yet.
pub struct Listening {
    tcp: TcpListener,
    pub address: SocketAddr,
}

/// # Errors
/// The address is taken or not ours.
pub async fn listen(address: SocketAddr) -> io::Result<Listening> {
    let tcp = TcpListener::bind(address).await?;
    let address = tcp.local_addr()?;
    Ok(Listening { tcp, address })
}

impl Listening {
    /// Serves until the server drains.
    pub async fn serve(self, router: Router, seats: Seats, draining: Draining) {
        let mut stop = draining.clone();
        loop {
            let accepted = tokio::select! {
                accepted = self.accept(&seats) => accepted,
                () = stop.begun() => return,
            };
            let Some((stream, peer)) = accepted else {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            tokio::spawn(serve_connection(stream, peer, router.clone(), draining.clone()));
        }
    }

    /// Takes a seat first: when there is none, callers wait in the system's queue.
    async fn accept(&self, seats: &Seats) -> Option<(TcpStream, Peer)> {
        let seat = seats.seats.clone().acquire_owned().await.ok()?;
        match self.tcp.accept().await {
            Ok((stream, address)) => {
                // Small frames must not wait for each other; without it they are only later.
                let _ = stream.set_nodelay(true);
                Some((stream, Peer { address, _seat: Arc::new(seat) }))
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                None
            }
        }
    }
}

async fn serve_connection(stream: TcpStream, peer: Peer, router: Router, mut draining: Draining) {
    let service = hyper::service::service_fn(move |request: hyper::Request<_>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(peer.clone());
        let router = router.clone();
        async move {
            let answered: Result<_, Infallible> = router.oneshot(request).await;
            answered
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WAIT)
        .max_buf_size(HTTP_BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    // Errors here are peers that left or spoke no HTTP: nothing to do about either.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = draining.begun() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
