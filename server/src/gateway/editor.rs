//! The owners' half of a site's FAQ over HTTP: drafts, publishing, history, imports, rehearsals,
//! and the questions that nobody answered.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Router, response::IntoResponse};
use protocol::TEXT_BYTES_MAX;
use protocol::draft::{
    DRAFT_ENTRIES_MAX, DraftRequest, DraftSaved, Editor, FaqHistory, FaqOverview, IMPORT_BYTES_MAX,
    ImportPreview, ImportSource, Preview, PreviewRequest, PublishRequest,
};
use protocol::http::{AgentProfile, FaqImported};
use protocol::ids::{AgentId, EntryId, SiteKey};
use protocol::people::Deed;
use protocol::refusal::RefusalCode;
use protocol::rehearsal::{
    Curve, Gaps, Regression, SETTLED_MAX, SettleRequest, Trial, TrialRequest,
};
use serde::Deserialize;
use tokio::sync::Semaphore;

use super::access::{Intention, Object, access, from_console, signed_in};
use super::error::HttpError;
use super::sites::site_key;
use super::{Gateway, Shared};
use crate::catalog::render_markdown;
use crate::history::WantedChanges;
use crate::intake;

/// JSON around and within the largest import: every character may take two.
const BODY_BYTES_MAX: usize = 2 * IMPORT_BYTES_MAX + 64 * 1024;

pub(super) fn routes() -> Router<Arc<Gateway>> {
    Router::new()
        .route("/v1/sites/{site}/faq/drafts", post(draft))
        .route("/v1/sites/{site}/faq/publish", post(publish))
        .route("/v1/sites/{site}/faq/history", get(history))
        .route("/v1/sites/{site}/faq/import", post(import))
        .route("/v1/sites/{site}/faq/preview", post(preview))
        .route("/v1/sites/{site}/faq/try", post(try_one))
        .route("/v1/sites/{site}/faq/curve", get(curve))
        .route("/v1/sites/{site}/faq/regression", get(regression))
        .route("/v1/sites/{site}/questions/gaps", get(gaps))
        .route("/v1/sites/{site}/questions/settle", post(settle))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

/// Whoever may look at a site's FAQ, or change it.
struct Visit {
    site: SiteKey,
    agent: AgentProfile,
}

impl Visit {
    fn reading(gateway: &Gateway, headers: &HeaderMap, site: &str) -> Result<Self, HttpError> {
        let agent = signed_in(gateway, headers)?;
        access(&agent, Object::Faqs, Intention::Read)?;
        Ok(Self { site: site_key(site)?, agent })
    }

    fn changing(gateway: &Gateway, headers: &HeaderMap, site: &str) -> Result<Self, HttpError> {
        from_console(gateway, headers)?;
        let agent = signed_in(gateway, headers)?;
        access(&agent, Object::Faqs, Intention::Change)?;
        Ok(Self { site: site_key(site)?, agent })
    }

    fn editor(self) -> Editor {
        editor(self.agent)
    }
}

pub(super) fn editor(agent: AgentProfile) -> Editor {
    Editor { id: agent.id, name: agent.name }
}

type Body<T> = Result<Json<T>, JsonRejection>;

fn body<T>(body: Body<T>) -> Result<T, HttpError> {
    let Json(value) =
        body.map_err(|error| HttpError::new(RefusalCode::InvalidBody, error.body_text()))?;
    Ok(value)
}

fn too_much(detail: &str) -> HttpError {
    HttpError::new(RefusalCode::InvalidBody, detail)
}

pub(super) async fn overview(
    State(gateway): Shared,
    Path(site): Path<String>,
    headers: HeaderMap,
) -> Result<Json<FaqOverview>, HttpError> {
    let visit = Visit::reading(&gateway, &headers, &site)?;
    Ok(Json(gateway.catalog.overview(&visit.site)?))
}

async fn draft(
    State(gateway): Shared,
    Path(site): Path<String>,
    headers: HeaderMap,
    request: Body<DraftRequest>,
) -> Result<Json<DraftSaved>, HttpError> {
    let visit = Visit::changing(&gateway, &headers, &site)?;
    let request = body(request)?;
    if request.changes.len() > DRAFT_ENTRIES_MAX {
        return Err(too_much("too many changes at once"));
    }
    let site = visit.site.clone();
    Ok(Json(gateway.catalog.draft(&site, visit.editor(), request).await?))
}

async fn publish(
    State(gateway): Shared,
    Path(site): Path<String>,
    headers: HeaderMap,
    request: Body<PublishRequest>,
) -> Result<Json<FaqImported>, HttpError> {
    let visit = Visit::changing(&gateway, &headers, &site)?;
    let request = body(request)?;
    let (site, agent) = (visit.site.clone(), visit.agent.id);
    let imported = gateway.catalog.publish_draft(&site, visit.editor(), &request.draft).await?;
    let deed = Deed::FaqPublished { site, entries: imported.entries };
    note(&gateway, agent, deed).await;
    Ok(Json(imported))
}

/// What was done is done, also when its line in the audit log could not be written.
pub(super) async fn note(gateway: &Gateway, by: AgentId, deed: Deed) {
    if let Err(error) = gateway.catalog.note(Some(by), deed).await {
        tracing::error!(%error, "a line of the audit log was not written");
    }
}

#[derive(Deserialize)]
struct HistoryQuery {
    entry: Option<EntryId>,
    before: Option<u64>,
}

async fn history(
    State(gateway): Shared,
    Path(site): Path<String>,
    headers: HeaderMap,
    query: Result<Query<HistoryQuery>, QueryRejection>,
) -> Result<Json<FaqHistory>, HttpError> {
    let visit = Visit::reading(&gateway, &headers, &site)?;
    let Query(query) = query.map_err(|error| too_much(&error.body_text()))?;
    let wanted = WantedChanges { site: visit.site, entry: query.entry, before: query.before };
    Ok(Json(gateway.history.faq_changes(wanted).await?))
}

async fn import(
    State(gateway): Shared,
    Path(site): Path<String>,
    headers: HeaderMap,
    source: Body<ImportSource>,
) -> Result<Json<ImportPreview>, HttpError> {
    let visit = Visit::changing(&gateway, &headers, &site)?;
    let source = body(source)?;
    let standing = gateway.catalog.overview(&visit.site)?.entries;
    let Ok(_turn) = IMPORTS_AT_ONCE.try_acquire() else {
        return Err(HttpError::retry_after(
            RefusalCode::Busy,
            IMPORT_RETRY_MS,
            "other imports are being read",
        ));
    };
    Ok(Json(intake::preview(source, &standing).await?))
}

/// Each may hold a few MiB; who comes on top is asked to wait.
static IMPORTS_AT_ONCE: Semaphore = Semaphore::const_new(2);

const IMPORT_RETRY_MS: u64 = 3_000;

async fn preview(
    State(gateway): Shared,
    Path(site): Path<String>,
    headers: HeaderMap,
    request: Body<PreviewRequest>,
) -> Result<Json<Preview>, HttpError> {
    Visit::changing(&gateway, &headers, &site)?;
    let PreviewRequest { markdown } = body(request)?;
    if markdown.len() > TEXT_BYTES_MAX {
        return Err(too_much("the answer is too long"));
    }
    Ok(Json(Preview { html: render_markdown(&markdown) }))
}

async fn try_one(
    State(gateway): Shared,
    Path(site): Path<String>,
    headers: HeaderMap,
    request: Body<TrialRequest>,
) -> Result<Json<Trial>, HttpError> {
    from_console(&gateway, &headers)?;
    let visit = Visit::reading(&gateway, &headers, &site)?;
    let request = body(request)?;
    if request.text.len() > TEXT_BYTES_MAX {
        return Err(too_much("the question is too long"));
    }
    Ok(Json(gateway.rehearsal.try_one(&visit.site, request).await?))
}

async fn curve(
    State(gateway): Shared,
    Path(site): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Curve>, HttpError> {
    let visit = Visit::reading(&gateway, &headers, &site)?;
    Ok(Json(gateway.rehearsal.curve(&visit.site).await?))
}

async fn regression(
    State(gateway): Shared,
    Path(site): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Regression>, HttpError> {
    let visit = Visit::reading(&gateway, &headers, &site)?;
    Ok(Json(gateway.rehearsal.regression(&visit.site).await?))
}

async fn gaps(
    State(gateway): Shared,
    Path(site): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Gaps>, HttpError> {
    let visit = Visit::reading(&gateway, &headers, &site)?;
    Ok(Json(gateway.rehearsal.gaps(&visit.site).await?))
}

async fn settle(
    State(gateway): Shared,
    Path(site): Path<String>,
    headers: HeaderMap,
    request: Body<SettleRequest>,
) -> Result<impl IntoResponse, HttpError> {
    let visit = Visit::changing(&gateway, &headers, &site)?;
    let SettleRequest { messages, entry } = body(request)?;
    if messages.is_empty() || messages.len() > SETTLED_MAX {
        return Err(too_much("name 1 to 500 messages"));
    }
    let site = visit.site.clone();
    gateway.catalog.settle_questions(&site, visit.editor(), messages, entry).await?;
    Ok(Json(()))
}
