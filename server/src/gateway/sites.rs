//! The sites of this installation and their settings, for the console.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use protocol::ids::SiteKey;
use protocol::people::Deed;
use protocol::refusal::RefusalCode;
use protocol::settings::{SiteCreated, SiteListed, SiteSettings, SnippetSeen};

use super::Shared;
use super::access::{access_site, from_console, signed_in};
use super::editor::note;
use super::error::HttpError;
use crate::bus::record::SiteChanged;

/// Whoever is signed in sees which sites there are.
pub(super) async fn list(
    State(gateway): Shared,
    headers: HeaderMap,
) -> Result<Json<Vec<SiteListed>>, HttpError> {
    signed_in(&gateway, &headers)?;
    let catalog = gateway.catalog.now();
    let listed = catalog.sites.values().map(|site| SiteListed {
        key: site.key.clone(),
        name: site.settings.name.clone(),
        entries: site.published_faq().map_or(0, |faq| faq.entries.len() as u32),
        seen: site
            .seen
            .iter()
            .map(|(origin, at_ms)| SnippetSeen { origin: origin.clone(), at_ms: *at_ms })
            .collect(),
    });
    Ok(Json(listed.collect()))
}

/// Sites of one installation; the console lists them all.
const SITES_MAX: usize = 200;

pub(super) async fn create(
    State(gateway): Shared,
    headers: HeaderMap,
    body: Result<Json<SiteCreated>, JsonRejection>,
) -> Result<Json<SiteSettings>, HttpError> {
    from_console(&gateway, &headers)?;
    let agent = signed_in(&gateway, &headers)?;
    access_site(&agent)?;
    let Json(SiteCreated { key, settings }) =
        body.map_err(|error| HttpError::new(RefusalCode::InvalidBody, error.body_text()))?;
    if gateway.catalog.site(&key).is_some() {
        return Err(HttpError::new(RefusalCode::IdConflict, "there is a site of this key"));
    }
    if gateway.catalog.now().sites.len() >= SITES_MAX {
        return Err(HttpError::new(RefusalCode::InvalidBody, "there are too many sites"));
    }
    let changed = SiteChanged { key: key.clone(), settings: settings.clone() };
    gateway.catalog.change_site(changed).await?;
    note(&gateway, agent.id, Deed::SiteCreated { site: key }).await;
    Ok(Json(settings))
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
    let agent = signed_in(&gateway, &headers)?;
    access_site(&agent)?;
    let key = site_key(&site)?;
    if gateway.catalog.site(&key).is_none() {
        return Err(unknown(&key));
    }
    let Json(settings) =
        body.map_err(|error| HttpError::new(RefusalCode::InvalidBody, error.body_text()))?;
    let changed = SiteChanged { key: key.clone(), settings: settings.clone() };
    gateway.catalog.change_site(changed).await?;
    note(&gateway, agent.id, Deed::SiteChanged { site: key }).await;
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
