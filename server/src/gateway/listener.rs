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

use crate::config::Limits;

/// Bytes of a connection's read buffer before it is a socket; headers must fit.
const HTTP_BUFFER_BYTES: usize = 16 * 1024;

/// After an error of `accept` (mostly: no descriptor left) before the next try.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Connections beyond the seats that are told so; further ones wait in the system's queue.
const STANDING_MAX: usize = 64;

/// Who calls, and their seat; a socket keeps both after the upgrade.
#[derive(Clone)]
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    seat: Arc<Seat>,
}

/// Held as long as the connection lasts.
enum Seat {
    Taken {
        _permit: OwnedSemaphorePermit,
    },
    /// There was none: the caller is told to come later.
    Standing {
        _permit: OwnedSemaphorePermit,
    },
}

impl Peer {
    pub(super) fn is_seated(&self) -> bool {
        matches!(*self.seat, Seat::Taken { .. })
    }
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
    standing: Arc<Semaphore>,
    head_wait: Duration,
}

impl Seats {
    pub fn new(limits: &Limits) -> Self {
        let seats_max = u32::try_from(limits.connections_max).unwrap_or(u32::MAX);
        Self {
            seats: Arc::new(Semaphore::new(seats_max as usize)),
            seats_max,
            standing: Arc::new(Semaphore::new(STANDING_MAX)),
            head_wait: limits.head_wait(),
        }
    }

    /// Waits until everybody has left.
    pub async fn empty(&self) {
        // Fails only when closed, which nobody does.
        let _ = self.seats.acquire_many(self.seats_max).await;
    }

    fn seat(&self, standing: OwnedSemaphorePermit) -> Seat {
        match self.seats.clone().try_acquire_owned() {
            Ok(permit) => Seat::Taken { _permit: permit },
            Err(_) => Seat::Standing { _permit: standing },
        }
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
            let head_wait = seats.head_wait;
            let (router, draining) = (router.clone(), draining.clone());
            tokio::spawn(serve_connection(stream, peer, router, draining, head_wait));
        }
    }

    /// Takes room to stand first: when there is none, callers wait in the system's queue.
    async fn accept(&self, seats: &Seats) -> Option<(TcpStream, Peer)> {
        let standing = seats.standing.clone().acquire_owned().await.ok()?;
        match self.tcp.accept().await {
            Ok((stream, address)) => {
                // Small frames must not wait for each other; without it they are only later.
                let _ = stream.set_nodelay(true);
                Some((stream, Peer { address, seat: Arc::new(seats.seat(standing)) }))
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                None
            }
        }
    }
}

async fn serve_connection(
    stream: TcpStream,
    peer: Peer,
    router: Router,
    mut draining: Draining,
    head_wait: Duration,
) {
    let is_seated = peer.is_seated();
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
        .header_read_timeout(head_wait)
        .keep_alive(is_seated)
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
