//! What a site's server signs its people's ids with: shown to owners and admins, rotated by them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use protocol::context::IdentitySecrets;
use protocol::ids::SiteKey;
use protocol::people::Deed;

use super::access::{access_site, from_console, signed_in};
use super::editor::note;
use super::error::HttpError;
use super::sites::site_key;
use super::{Gateway, Shared};
use crate::catalog::SecretsChange;

pub(super) async fn show(
    State(gateway): Shared,
    Path(site): Path<String>,
    headers: HeaderMap,
) -> Result<Json<IdentitySecrets>, HttpError> {
    access_site(&signed_in(&gateway, &headers)?)?;
    let site = site_key(&site)?;
    Ok(Json(gateway.catalog.identity_secrets(&site, SecretsChange::Ensure).await?))
}

/// A new secret beside the one there was, which stays valid until it is retired.
pub(super) async fn rotate(
    State(gateway): Shared,
    Path(site): Path<String>,
    headers: HeaderMap,
) -> Result<Json<IdentitySecrets>, HttpError> {
    let deed = |site| Deed::SecretRotated { site };
    change(&gateway, &site, &headers, SecretsChange::Rotate, deed).await
}

/// Ends the previous secret's time.
pub(super) async fn retire(
    State(gateway): Shared,
    Path(site): Path<String>,
    headers: HeaderMap,
) -> Result<Json<IdentitySecrets>, HttpError> {
    let deed = |site| Deed::SecretRetired { site };
    change(&gateway, &site, &headers, SecretsChange::Retire, deed).await
}

async fn change(
    gateway: &Gateway,
    site: &str,
    headers: &HeaderMap,
    change: SecretsChange,
    deed: impl FnOnce(SiteKey) -> Deed,
) -> Result<Json<IdentitySecrets>, HttpError> {
    from_console(gateway, headers)?;
    let agent = signed_in(gateway, headers)?;
    access_site(&agent)?;
    let site = site_key(site)?;
    let secrets = gateway.catalog.identity_secrets(&site, change).await?;
    note(gateway, agent.id, deed(site)).await;
    Ok(Json(secrets))
}
