//! Sockets and HTTP: the only module that knows axum. It checks who somebody is and how much they
//! ask for, and turns frames into commands; it decides nothing about conversations.

mod access;
mod agent;
mod agents;
mod assets;
mod auth;
mod connection;
mod demo;
mod error;
mod faq;
mod headers;
mod limits;
mod listener;
mod origin;
mod page;
mod service;
mod session;
mod visitor;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use protocol::refusal::RefusalCode;

pub use assets::{MissingWebFiles, check_web_files};
pub use auth::{Keys, SetUpLink};
pub use listener::{Draining, Listening, Seats, listen};

use crate::bus::Log;
use crate::catalog::Catalog;
use crate::config::Config;
use crate::conversation::Conversations;
use crate::degradation::Degradation;
use crate::pipeline;
use error::HttpError;
use limits::{AddressLimit, Rate};
use listener::Peer;

/// What the routes use.
pub struct Gateway {
    pub config: Config,
    pub catalog: Catalog,
    pub conversations: Conversations,
    pub degradation: Degradation,
    pub log: Log,
    pub keys: Keys,
    pub set_up_link: SetUpLink,
    pub answered: pipeline::Counters,
    pub limits: AddressLimits,
    pub counters: Counters,
    /// `scheme://host:port` of the demo shop, when there is one.
    pub demo_origin: Option<String>,
    pub draining: Draining,
}

pub struct AddressLimits {
    calls: AddressLimit,
    sign_ins: AddressLimit,
}

/// What `/metrics` shows of the gateway.
#[derive(Debug, Default)]
pub struct Counters {
    pub visitors_connected: AtomicU64,
    pub agents_connected: AtomicU64,
    pub frames: AtomicU64,
    pub frames_malformed: AtomicU64,
    pub slow_readers: AtomicU64,
}

/// What handlers are given.
pub type Shared = State<Arc<Gateway>>;

impl AddressLimits {
    pub fn of(config: &Config) -> Self {
        let limits = &config.limits;
        let calls = Rate {
            burst: f64::from(limits.calls_per_address_burst),
            per_s: f64::from(limits.calls_per_address_per_s),
        };
        let per_min = f64::from(limits.sign_ins_per_address_per_min);
        let sign_ins = Rate { burst: per_min, per_s: per_min / 60.0 };
        Self { calls: AddressLimit::new(calls), sign_ins: AddressLimit::new(sign_ins) }
    }
}

/// All routes of the main address.
pub fn router(gateway: Arc<Gateway>) -> Router {
    let calls = Router::new()
        .route("/v1/session", post(session::open))
        .route("/v1/socket", get(visitor::upgrade))
        .route("/v1/agents/setup", post(agents::set_up))
        .route("/v1/agents/sign-in", post(agents::sign_in))
        .route("/v1/agents/sign-out", post(agents::sign_out))
        .route("/v1/agents/me", get(agents::me))
        .route("/v1/agents/socket", get(agent::upgrade))
        .route("/v1/sites/{site}/faq", post(faq::import).layer(faq::body_limit()))
        .route("/v1/packs/{file}", get(faq::pack))
        .layer(middleware::from_fn_with_state(gateway.clone(), limit_calls));
    Router::new()
        .merge(calls)
        .route("/widget", get(assets::widget))
        .route("/embed.js", get(assets::embed))
        .route("/assets/{name}", get(assets::asset))
        .route("/console", get(assets::console))
        .route("/console/", get(assets::console))
        .route("/console/{*rest}", get(assets::console))
        .route("/livez", get(service::livez))
        .route("/readyz", get(service::readyz))
        .route("/metrics", get(service::metrics))
        .fallback(not_found)
        .layer(middleware::from_fn(headers::secure))
        .with_state(gateway)
}

/// All routes of the demo shop's address.
pub fn demo_router(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .fallback(demo::page)
        .layer(middleware::from_fn(headers::secure))
        .with_state(gateway)
}

async fn not_found() -> HttpError {
    HttpError::new(RefusalCode::NotFound, "nothing is served under this path")
}

async fn limit_calls(State(gateway): Shared, request: Request, next: Next) -> Response {
    let address = request.extensions().get::<Peer>().map(|peer| peer.address.ip());
    let within = address.is_none_or(|address| gateway.limits.calls.take(address, Instant::now()));
    if within {
        next.run(request).await
    } else {
        HttpError::new(RefusalCode::TooFast, "too many calls from this address").into_response()
    }
}
