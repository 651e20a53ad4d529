//! The sites of this installation and their settings, for the console.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use protocol::ids::SiteKey;
use protocol::refusal::RefusalCode;
use protocol::settings::{SiteListed, SiteSettings};

use super::Shared;
use super::access::{access_site, from_console, signed_in};
use super::error::HttpError;
use crate::bus::record::SiteChanged;

/// Whoever is signed in sees which sites there are.
pub(super) async fn list(
    State(gateway): Shared,
    headers: HeaderMap,
) -> Result<Json<Vec<SiteListed>>, HttpError> {
    signed_in(&gateway, &headers)?;
    let catalog = gateway.catalog.now();
    let listed = catalog
        .sites
        .values()
        .map(|site| SiteListed { key: site.key.clone(), name: site.settings.name.clone() });
    Ok(Json(listed.collect()))
}

pub(super) async fn settings(
    State(gateway): Shared,
    Path(site): Path<String>,
    headers: HeaderMap,
) -> Result<Json<SiteSettings>, HttpError> {
    access_site(&signed_in(&gateway, &headers)?)?;
    let key = site_key(&site)?;
    let site = gateway.catalog.site(&key).ok_or_else(|| unknown(&key))?;
    Ok(Json(site.settings))
}

pub(super) async fn change_settings(
    State(gateway): Shared,
    Path(site): Path<String>,
    headers: HeaderMap,
    body: Result<Json<SiteSettings>, JsonRejection>,
) -> Result<Json<SiteSettings>, HttpError> {
    from_console(&gateway, &headers)?;
    access_site(&signed_in(&gateway, &headers)?)?;
    let key = site_key(&site)?;
    if gateway.catalog.site(&key).is_none() {
        return Err(unknown(&key));
    }
    let Json(settings) =
        body.map_err(|error| HttpError::new(RefusalCode::InvalidBody, error.body_text()))?;
    let changed = SiteChanged { key, settings: settings.clone() };
    gateway.catalog.change_site(changed).await?;
    Ok(Json(settings))
}

/// The key as it stands in a path.
pub(super) fn site_key(text: &str) -> Result<SiteKey, HttpError> {
    SiteKey::parse(text)
        .map_err(|error| HttpError::new(RefusalCode::UnknownSite, error.to_string()))
}

fn unknown(key: &SiteKey) -> HttpError {
    HttpError::new(RefusalCode::UnknownSite, format!("there is no site `{key}`"))
}
