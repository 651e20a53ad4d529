//! Canned responses, and how a reply will look, over HTTP.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use protocol::ids::CannedId;
use protocol::people::Deed;
use protocol::refusal::RefusalCode;
use protocol::team::{CannedResponse, Preview, PreviewRequest};
use uuid::Uuid;

use super::Shared;
use super::access::{Intention, access_canned, from_console, signed_in};
use super::editor::note;
use super::error::HttpError;
use super::visitor::check_text;
use crate::catalog::rendered_reply;

pub(super) async fn list(
    State(gateway): Shared,
    headers: HeaderMap,
) -> Result<Json<Vec<CannedResponse>>, HttpError> {
    access_canned(&signed_in(&gateway, &headers)?, Intention::Read)?;
    Ok(Json(gateway.catalog.now().canned.values().cloned().collect()))
}

pub(super) async fn change(
    State(gateway): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Result<Json<CannedResponse>, JsonRejection>,
) -> Result<Json<CannedResponse>, HttpError> {
    from_console(&gateway, &headers)?;
    let agent = signed_in(&gateway, &headers)?;
    access_canned(&agent, Intention::Change)?;
    let Json(canned) = body.map_err(|error| unreadable(error.body_text()))?;
    if canned.id != canned_id(&id)? {
        return Err(unreadable("the id is another one than the path's"));
    }
    gateway.catalog.change_canned(canned.clone()).await?;
    let deed = Deed::CannedChanged { shortcut: canned.shortcut.clone() };
    note(&gateway, agent.id, deed).await;
    Ok(Json(canned))
}

pub(super) async fn remove(
    State(gateway): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, HttpError> {
    from_console(&gateway, &headers)?;
    let agent = signed_in(&gateway, &headers)?;
    access_canned(&agent, Intention::Change)?;
    let id = canned_id(&id)?;
    let known = gateway.catalog.now().canned.get(&id).map(|canned| canned.shortcut.clone());
    gateway.catalog.remove_canned(id).await?;
    if let Some(shortcut) = known {
        note(&gateway, agent.id, Deed::CannedRemoved { shortcut }).await;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// What a reply would look like; nothing is kept of it.
pub(super) async fn preview(
    State(gateway): Shared,
    headers: HeaderMap,
    body: Result<Json<PreviewRequest>, JsonRejection>,
) -> Result<Json<Preview>, HttpError> {
    from_console(&gateway, &headers)?;
    signed_in(&gateway, &headers)?;
    let Json(request) = body.map_err(|error| unreadable(error.body_text()))?;
    check_text(&request.text).map_err(|code| HttpError::new(code, "nothing to preview"))?;
    let html = rendered_reply(&request.text);
    Ok(Json(Preview { html: html.unwrap_or_else(|| as_typed(&request.text)) }))
}

/// Text without Markdown, the way the visitor's chat shows it.
fn as_typed(text: &str) -> String {
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!("<p>{}</p>", escaped.replace('\n', "<br>"))
}

fn canned_id(text: &str) -> Result<CannedId, HttpError> {
    Uuid::parse_str(text).map(CannedId).map_err(|error| unreadable(error.to_string()))
}

fn unreadable(detail: impl Into<String>) -> HttpError {
    HttpError::new(RefusalCode::InvalidBody, detail)
}
