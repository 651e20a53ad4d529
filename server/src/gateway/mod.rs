//! Sockets and HTTP: the only module that knows axum. It checks who somebody is and how much they
//! ask for, and turns frames into commands; it decides nothing about conversations.

mod access;
mod agent;
mod agents;
mod assets;
mod auth;
mod browser;
mod canned;
mod connection;
mod csv;
mod demo;
mod desk;
mod editor;
mod erase;
mod error;
mod faq;
mod files;
mod forms;
mod headers;
mod identity;
mod letter;
mod limits;
mod listener;
mod origin;
mod page;
mod people;
mod profile;
mod research;
mod seen;
mod service;
mod session;
mod sites;
mod socket;
mod transcript;
mod upgrade;
mod visitor;
mod visitors;
mod warm;
mod websocket;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use protocol::ids::{AgentId, ConversationId, SiteKey, VisitorId};
use protocol::refusal::RefusalCode;

pub use assets::{MissingWebFiles, check_web_files};
pub use auth::{Keys, SetUpLink};
pub use listener::{Draining, Listening, Seats, listen};
pub use profile::SecondFactorOffers;
pub use seen::Seen;

use crate::bus::Log;
use crate::catalog::Catalog;
use crate::config::Config;
use crate::conversation::Conversations;
use crate::degradation::Degradation;
use crate::files::Files;
use crate::history::History;
use crate::mail::Mails;
use crate::pipeline;
use crate::rehearsal::Rehearsal;
use crate::session::Presence;
use crate::upkeep::Broom;
use error::HttpError;
use limits::{CallerLimit, Rate};
use listener::Peer;

/// What the routes use.
pub struct Gateway {
    pub config: Config,
    pub catalog: Catalog,
    pub conversations: Conversations,
    pub presence: Presence,
    pub degradation: Degradation,
    pub log: Log,
    pub history: History,
    pub keys: Keys,
    pub files: Files,
    pub mails: Mails,
    pub set_up_link: SetUpLink,
    pub answered: pipeline::Counters,
    pub suggester: pipeline::Suggester,
    pub limits: CallerLimits,
    pub counters: Counters,
    /// Every record before this offset is in the checkpoint.
    pub checkpointed: Arc<AtomicU64>,
    /// `scheme://host:port` of the demo shop, when there is one.
    pub demo_origin: Option<String>,
    pub draining: Draining,
    /// Signed-in browsers and when they were last heard of.
    pub seen: Seen,
    pub second_factor_offers: SecondFactorOffers,
    pub rehearsal: Rehearsal,
    /// Empties the log after an erasure.
    pub broom: Broom,
}

/// How much callers of each kind may ask for.
pub struct CallerLimits {
    calls: CallerLimit<IpAddr>,
    sign_ins: CallerLimit<IpAddr>,
    /// Tries of second factors' codes.
    codes: CallerLimit<AgentId>,
    /// Failed sign-ins that are written down, of all callers together.
    failures_noted: CallerLimit<()>,
    site_calls: CallerLimit<SiteKey>,
    site_messages: CallerLimit<SiteKey>,
    /// Mailed transcripts of a conversation.
    mails: CallerLimit<ConversationId>,
    /// Mails to the site about a visitor's note.
    notes: CallerLimit<VisitorId>,
}

/// Whoever wants it again has it by then; a stranger's inbox is not flooded in our name.
const MAILS_PER_CONVERSATION: Rate = Rate { burst: 3.0, per_s: 1.0 / 3_600.0 };

const NOTES_PER_VISITOR: Rate = Rate { burst: 2.0, per_s: 1.0 / 43_200.0 };

/// What `/metrics` shows of the gateway.
#[derive(Debug, Default)]
pub struct Counters {
    pub visitors_connected: AtomicU64,
    pub agents_connected: AtomicU64,
    pub frames: AtomicU64,
    pub frames_malformed: AtomicU64,
    pub slow_readers: AtomicU64,
    /// Answers to `Resume` that waited for no shard.
    pub resumed_warm: AtomicU64,
    /// Connections that found no seat.
    pub turned_away: AtomicU64,
}

/// What handlers are given.
pub type Shared = State<Arc<Gateway>>;

impl CallerLimits {
    pub fn of(config: &Config) -> Self {
        let limits = &config.limits;
        let rate = |burst: u32, per_s: u32| Rate { burst: burst.into(), per_s: per_s.into() };
        let per_min = f64::from(limits.sign_ins_per_address_per_min);
        let sign_ins = Rate { burst: per_min, per_s: per_min / 60.0 };
        let calls = rate(limits.calls_per_address_burst, limits.calls_per_address_per_s);
        let site_calls = rate(limits.calls_per_site_burst, limits.calls_per_site_per_s);
        let site_messages = rate(limits.messages_per_site_burst, limits.messages_per_site_per_s);
        Self {
            calls: CallerLimit::new(calls),
            sign_ins: CallerLimit::new(sign_ins),
            codes: CallerLimit::new(agents::CODES),
            failures_noted: CallerLimit::new(agents::FAILURES_NOTED),
            site_calls: CallerLimit::new(site_calls),
            site_messages: CallerLimit::new(site_messages),
            mails: CallerLimit::new(MAILS_PER_CONVERSATION),
            notes: CallerLimit::new(NOTES_PER_VISITOR),
        }
    }
}

impl Gateway {
    /// When one client of many is told to leave: spread over the first half of the time there is,
    /// so that they do not all come back in the same moment.
    fn drain_turn(&self) -> Duration {
        let chance = u32::from_be_bytes(crate::clock::random());
        let unit = f64::from(chance) / f64::from(u32::MAX);
        Duration::from_millis(self.config.limits.drain_ms).mul_f64(unit / 2.0)
    }

    /// Counts one call of a site's visitors.
    fn limit_site(&self, site: &SiteKey) -> Result<(), HttpError> {
        if self.limits.site_calls.take(site, Instant::now()) {
            Ok(())
        } else {
            Err(HttpError::new(RefusalCode::TooFast, "too many calls for this site"))
        }
    }
}

/// All routes of the main address.
pub fn router(gateway: Arc<Gateway>) -> Router {
    let calls = Router::new()
        .route("/v1/session", post(session::open))
        .route("/v1/session/end", post(session::end))
        .route("/v1/socket", get(visitor::upgrade))
        .route("/v1/agents/setup", post(agents::set_up))
        .route("/v1/agents/sign-in", post(agents::sign_in))
        .route("/v1/agents/sign-out", post(agents::sign_out))
        .merge(people_routes())
        .route("/v1/agents/socket", get(agent::upgrade))
        .route("/v1/sites", get(sites::list).post(sites::create))
        .route("/v1/sites/{site}/settings", get(sites::settings).put(sites::change_settings))
        .route("/v1/sites/{site}/identity", get(identity::show).post(identity::rotate))
        .route("/v1/sites/{site}/identity/previous", delete(identity::retire))
        .route("/v1/sites/{site}/visitors", get(visitors::list))
        .route(
            "/v1/sites/{site}/faq",
            get(editor::overview).post(faq::import).layer(faq::body_limit()),
        )
        .merge(editor::routes())
        .route("/v1/canned-responses", get(canned::list))
        .route("/v1/canned-responses/{id}", put(canned::change).delete(canned::remove))
        .route("/v1/agents/preview", post(canned::preview))
        .route("/v1/packs/{file}", get(faq::pack))
        .route("/v1/forms", get(forms::settings).post(forms::take).layer(forms::body_limit()))
        .route("/v1/files", post(files::upload_by_visitor))
        .route("/v1/conversations/{conversation}/files", post(files::upload_by_agent))
        .route(
            "/v1/conversations/{conversation}/files/{file}/{name}",
            get(files::download_by_agent),
        )
        .route(
            "/v1/passes/{pass}/files/{conversation}/{file}/{name}",
            get(files::download_by_visitor),
        )
        .layer(middleware::from_fn_with_state(gateway.clone(), limit_calls));
    let seated = Router::new()
        .merge(calls)
        .route("/widget", get(assets::widget))
        .route("/embed.js", get(assets::embed))
        .route("/attention.js", get(assets::attention))
        .route("/embed.d.ts", get(assets::embed_types))
        .route("/assets/{name}", get(assets::asset))
        .route("/console", get(assets::console))
        .route("/console/", get(assets::console))
        .route("/console/{*rest}", get(assets::console))
        .fallback(not_found)
        .layer(middleware::from_fn_with_state(gateway.clone(), turn_away));
    // Whoever watches the server gets an answer however crowded it is.
    Router::new()
        .merge(seated)
        .route("/livez", get(service::livez))
        .route("/readyz", get(service::readyz))
        .route("/metrics", get(service::metrics))
        .layer(middleware::from_fn(headers::secure))
        .with_state(gateway)
}

/// Accounts, one's own and everybody's, and what is read of the history.
fn people_routes() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/v1/agents", get(people::list))
        .route("/v1/agents/{agent}", post(people::change))
        .route("/v1/agents/me", get(profile::me).put(profile::change))
        .route("/v1/agents/me/account", get(profile::own_account))
        .route("/v1/agents/me/password", post(profile::change_password))
        .route("/v1/agents/me/sign-ins", get(profile::sign_ins).delete(profile::sign_out_others))
        .route("/v1/agents/me/sign-ins/{id}", delete(profile::sign_out_one))
        .route("/v1/agents/me/second-factor", post(profile::offer_second_factor))
        .route("/v1/agents/me/second-factor/confirm", post(profile::confirm_second_factor))
        .route("/v1/agents/me/second-factor/remove", post(profile::remove_second_factor))
        .route("/v1/invitations", get(people::invitations).post(people::invite))
        .route("/v1/invitations/{id}", delete(people::revoke))
        .route("/v1/invitations/look", post(agents::look))
        .route("/v1/invitations/accept", post(agents::accept))
        .route("/v1/search", post(research::search))
        .route("/v1/reports", get(research::report))
        .route("/v1/reports.csv", get(research::report_file))
        .route("/v1/audit", get(research::audit))
        .route("/v1/audit.csv", get(research::audit_file))
        .route("/v1/conversations/{id}/transcript.txt", get(research::transcript_file))
        .route("/v1/visitors/{visitor}/erase", post(erase::erase))
        .route("/v1/office", put(people::change_office).get(people::office))
}

/// All routes of the demo shop's address.
pub fn demo_router(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .fallback(demo::page)
        .layer(middleware::from_fn_with_state(gateway.clone(), turn_away))
        .layer(middleware::from_fn(headers::secure))
        .with_state(gateway)
}

async fn not_found() -> HttpError {
    HttpError::new(RefusalCode::NotFound, "nothing is served under this path")
}

async fn limit_calls(State(gateway): Shared, request: Request, next: Next) -> Response {
    let address = request.extensions().get::<Peer>().map(|peer| peer.address.ip());
    let now = Instant::now();
    let within = address.is_none_or(|address| gateway.limits.calls.take(&address, now));
    if within {
        next.run(request).await
    } else {
        HttpError::new(RefusalCode::TooFast, "too many calls from this address").into_response()
    }
}

/// When a seat may be free again: connections are long, so asking often helps nobody.
const CROWDED_RETRY_MS: u64 = 5_000;

async fn turn_away(State(gateway): Shared, request: Request, next: Next) -> Response {
    let is_seated = request.extensions().get::<Peer>().is_none_or(Peer::is_seated);
    if is_seated {
        return next.run(request).await;
    }
    gateway.counters.turned_away.fetch_add(1, Ordering::Relaxed);
    let detail = "all connections are taken";
    HttpError::retry_after(RefusalCode::Busy, CROWDED_RETRY_MS, detail).into_response()
}
