//! FAQs in, packs out.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, header};
use axum::response::IntoResponse;
use protocol::faq::Faq;
use protocol::http::FaqImported;
use protocol::ids::PackVersion;
use protocol::refusal::RefusalCode;

use super::Shared;
use super::access::{access_site, from_console, signed_in};
use super::editor::editor;
use super::error::HttpError;
use super::sites::site_key;

/// Bytes of an FAQ file: 2,000 entries in two languages with room for long answers.
const FAQ_BYTES_MAX: usize = 8 * 1024 * 1024;

pub(super) fn body_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(FAQ_BYTES_MAX)
}

pub(super) async fn import(
    State(gateway): Shared,
    Path(site): Path<String>,
    headers: HeaderMap,
    body: Result<Json<Faq>, JsonRejection>,
) -> Result<Json<FaqImported>, HttpError> {
    from_console(&gateway, &headers)?;
    let agent = signed_in(&gateway, &headers)?;
    access_site(&agent)?;
    let site = site_key(&site)?;
    let Json(faq) =
        body.map_err(|error| HttpError::new(RefusalCode::InvalidBody, error.body_text()))?;
    Ok(Json(gateway.catalog.publish_faq(&site, faq, Some(editor(agent))).await?))
}

/// A pack never changes under its name.
pub(super) async fn pack(
    State(gateway): Shared,
    Path(file): Path<String>,
) -> Result<impl IntoResponse, HttpError> {
    let unknown = || HttpError::new(RefusalCode::NotFound, "there is no such pack");
    let version = file.strip_suffix(".pack").and_then(|v| PackVersion::parse(v).ok());
    let bytes = gateway.catalog.pack_bytes(&version.ok_or_else(unknown)?).await;
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, bytes.ok_or_else(unknown)?))
}
