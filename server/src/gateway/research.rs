//! Search, reports and the audit log over HTTP, and what of it may be taken along as a file.

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use protocol::PAGE_MESSAGES_MAX;
use protocol::http::AgentProfile;
use protocol::ids::{ConversationId, Seq};
use protocol::people::{AuditPage, Deed, Export};
use protocol::refusal::RefusalCode;
use protocol::reports::{DAYS_MAX, Report, ReportQuery};
use protocol::search::{QUESTION_BYTES_MAX, SearchPage, SearchRequest};
use serde::Deserialize;
use uuid::Uuid;

use super::access::{
    Caller, Intention, Object, access, access_conversation, from_console, signed_in,
};
use super::agents::read;
use super::error::HttpError;
use super::{Gateway, Shared, csv, transcript};
use crate::conversation::TranscriptError;
use crate::degradation::Capability;
use crate::history::HistoryError;

/// When a search that was shed may be tried again.
const SHED_RETRY_MS: u64 = 10_000;

/// Furthest time zone from UTC, in minutes.
const UTC_OFFSET_MAX: u32 = 14 * 60;

/// Lines of one audit file; what came before them is asked for by date of the last.
const AUDIT_FILE_PAGES: usize = 100;

/// Messages of one transcript file.
const TRANSCRIPT_PAGES: usize = 50;

#[derive(Debug, Deserialize)]
pub(super) struct Before {
    before: Option<u64>,
}

pub(super) async fn search(
    State(gateway): Shared,
    headers: HeaderMap,
    body: Result<Json<SearchRequest>, JsonRejection>,
) -> Result<Json<SearchPage>, HttpError> {
    from_console(&gateway, &headers)?;
    access(&signed_in(&gateway, &headers)?, Object::Conversations, Intention::Read)?;
    let request = read(body)?;
    if request.text.len() > QUESTION_BYTES_MAX {
        return Err(HttpError::new(RefusalCode::TextTooLong, "the question is too long"));
    }
    if !gateway.degradation.allows(Capability::Research) {
        let detail = "search rests while the server is busy";
        return Err(HttpError::retry_after(RefusalCode::Busy, SHED_RETRY_MS, detail));
    }
    let page = gateway.history.search(request).await.map_err(unreadable)?;
    let empty = || HttpError::new(RefusalCode::EmptyText, "there is no word in the question");
    page.map(Json).ok_or_else(empty)
}

pub(super) async fn report(
    State(gateway): Shared,
    headers: HeaderMap,
    query: Result<Query<ReportQuery>, QueryRejection>,
) -> Result<Json<Report>, HttpError> {
    access(&signed_in(&gateway, &headers)?, Object::Reports, Intention::Read)?;
    Ok(Json(make_report(&gateway, query).await?))
}

pub(super) async fn report_file(
    State(gateway): Shared,
    headers: HeaderMap,
    query: Result<Query<ReportQuery>, QueryRejection>,
) -> Result<impl IntoResponse, HttpError> {
    let agent = signed_in(&gateway, &headers)?;
    access(&agent, Object::Reports, Intention::Read)?;
    let report = make_report(&gateway, query).await?;
    note_export(&gateway, &agent, Export::Report).await?;
    Ok(file("frontdesk-report.csv", "text/csv; charset=utf-8", csv::of_report(&report)))
}

async fn make_report(
    gateway: &Gateway,
    query: Result<Query<ReportQuery>, QueryRejection>,
) -> Result<Report, HttpError> {
    let Query(query) =
        query.map_err(|error| HttpError::new(RefusalCode::InvalidBody, error.body_text()))?;
    let days = query.to_day.checked_sub(query.from_day);
    let is_within = days.is_some_and(|days| days < DAYS_MAX);
    if !is_within || query.utc_offset_min.unsigned_abs() > UTC_OFFSET_MAX {
        let detail = format!("a report spans 1 to {DAYS_MAX} days");
        return Err(HttpError::new(RefusalCode::InvalidBody, detail));
    }
    let mut report = gateway.history.report(query).await.map_err(unreadable)?;
    let state = gateway.catalog.now();
    for figures in &mut report.agents {
        let name = state.agents.get(&figures.agent).map(|account| account.name.clone());
        figures.name = name.unwrap_or_default();
    }
    Ok(report)
}

pub(super) async fn audit(
    State(gateway): Shared,
    headers: HeaderMap,
    Query(Before { before }): Query<Before>,
) -> Result<Json<AuditPage>, HttpError> {
    access(&signed_in(&gateway, &headers)?, Object::Audit, Intention::Read)?;
    Ok(Json(gateway.history.audit(before).await.map_err(unreadable)?))
}

pub(super) async fn audit_file(
    State(gateway): Shared,
    headers: HeaderMap,
) -> Result<impl IntoResponse, HttpError> {
    let agent = signed_in(&gateway, &headers)?;
    access(&agent, Object::Audit, Intention::Read)?;
    note_export(&gateway, &agent, Export::Audit).await?;
    let (mut rows, mut before) = (Vec::new(), None);
    for _ in 0..AUDIT_FILE_PAGES {
        let page = gateway.history.audit(before).await.map_err(unreadable)?;
        rows.extend(page.rows);
        before = page.before;
        if before.is_none() {
            break;
        }
    }
    Ok(file("frontdesk-audit.csv", "text/csv; charset=utf-8", csv::of_audit(&rows)))
}

pub(super) async fn transcript_file(
    State(gateway): Shared,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, HttpError> {
    let agent = signed_in(&gateway, &headers)?;
    let id = ConversationId(id);
    access(&agent, Object::Transcripts, Intention::Read)?;
    access_conversation(Caller::Agent(&agent), id, Intention::Read)
        .map_err(|code| HttpError::new(code, "this conversation is not yours to read"))?;
    let (mut messages, mut after) = (Vec::new(), Seq(0));
    for _ in 0..TRANSCRIPT_PAGES {
        let read = gateway.conversations.transcript(id, after, PAGE_MESSAGES_MAX).await;
        let read = read.map_err(|error| match error {
            TranscriptError::Unknown => {
                HttpError::new(RefusalCode::UnknownConversation, "there is no such conversation")
            }
            TranscriptError::Busy => HttpError::new(RefusalCode::Busy, "try again in a moment"),
        })?;
        let Some(last) = read.messages.last() else { break };
        after = last.seq;
        messages.extend(read.messages);
        if after >= read.summary.last_seq {
            break;
        }
    }
    note_export(&gateway, &agent, Export::Transcript).await?;
    let name = format!("conversation-{id}.txt");
    Ok(file(&name, "text/plain; charset=utf-8", transcript::plain(&messages)))
}

async fn note_export(
    gateway: &Gateway,
    agent: &AgentProfile,
    what: Export,
) -> Result<(), HttpError> {
    Ok(gateway.catalog.note(Some(agent.id), Deed::Exported { what }).await?)
}

/// Downloaded, never shown: what people wrote is no page of ours.
fn file(name: &str, media_type: &'static str, text: String) -> impl IntoResponse + use<> {
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, text)
}

fn unreadable(error: HistoryError) -> HttpError {
    tracing::error!(%error, "the history cannot be read");
    HttpError::new(RefusalCode::Busy, "the history cannot be read now")
}
