//! The calls about sites and their FAQs. What a call refuses comes with the server's own words,
//! which are English and for the curious.

use protocol::context::IdentitySecrets;
use protocol::draft::{
    DraftRequest, DraftSaved, FaqHistory, FaqOverview, ImportPreview, ImportSource, Preview,
    PreviewRequest, PublishRequest,
};
use protocol::http::FaqImported;
use protocol::ids::{EntryId, Revision, SiteKey};
use protocol::rehearsal::{Curve, Gaps, Regression, SettleRequest, Trial, TrialRequest};
use protocol::settings::{SiteCreated, SiteListed, SiteSettings};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{ApiError, CallRefused, call_within, encode};

/// Compiling a large FAQ, or asking it hundreds of questions, takes a while on a small machine.
const LONG_CALL_MS: u32 = 90_000;

async fn get<T: DeserializeOwned>(path: &str) -> Result<T, CallRefused> {
    read(&call_within("GET", path, None, LONG_CALL_MS).await?)
}

async fn send<T: DeserializeOwned>(
    method: &str,
    path: &str,
    body: &impl Serialize,
) -> Result<T, CallRefused> {
    let body = encode(body).map_err(CallRefused::of)?;
    read(&call_within(method, path, Some(body), LONG_CALL_MS).await?)
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, CallRefused> {
    serde_json::from_str(text).map_err(|_| CallRefused::of(ApiError::Unreadable))
}

fn faq_path(site: &SiteKey, rest: &str) -> String {
    format!("/v1/sites/{site}/faq{rest}")
}

pub(crate) async fn sites() -> Result<Vec<SiteListed>, CallRefused> {
    get("/v1/sites").await
}

pub(crate) async fn create_site(site: &SiteCreated) -> Result<SiteSettings, CallRefused> {
    send("POST", "/v1/sites", site).await
}

pub(crate) async fn settings(site: &SiteKey) -> Result<SiteSettings, CallRefused> {
    get(&format!("/v1/sites/{site}/settings")).await
}

pub(crate) async fn change_settings(
    site: &SiteKey,
    settings: &SiteSettings,
) -> Result<SiteSettings, CallRefused> {
    send("PUT", &format!("/v1/sites/{site}/settings"), settings).await
}

fn identity_path(site: &SiteKey) -> String {
    format!("/v1/sites/{site}/identity")
}

pub(crate) async fn identity(site: &SiteKey) -> Result<IdentitySecrets, CallRefused> {
    get(&identity_path(site)).await
}

/// A new secret beside the present one.
pub(crate) async fn rotate_identity(site: &SiteKey) -> Result<IdentitySecrets, CallRefused> {
    send("POST", &identity_path(site), &()).await
}

/// The previous secret is worth nothing any more.
pub(crate) async fn retire_identity(site: &SiteKey) -> Result<IdentitySecrets, CallRefused> {
    send("DELETE", &format!("{}/previous", identity_path(site)), &()).await
}

pub(crate) async fn faq(site: &SiteKey) -> Result<FaqOverview, CallRefused> {
    get(&faq_path(site, "")).await
}

pub(crate) async fn draft(
    site: &SiteKey,
    request: &DraftRequest,
) -> Result<DraftSaved, CallRefused> {
    send("POST", &faq_path(site, "/drafts"), request).await
}

pub(crate) async fn publish(site: &SiteKey, draft: Revision) -> Result<FaqImported, CallRefused> {
    send("POST", &faq_path(site, "/publish"), &PublishRequest { draft }).await
}

pub(crate) async fn history(
    site: &SiteKey,
    entry: Option<&EntryId>,
    before: Option<u64>,
) -> Result<FaqHistory, CallRefused> {
    let mut query = String::from("/history?");
    if let Some(entry) = entry {
        let escaped = js_sys::encode_uri_component(entry.as_str());
        query.push_str(&format!("entry={}&", String::from(escaped)));
    }
    if let Some(before) = before {
        query.push_str(&format!("before={before}"));
    }
    get(&faq_path(site, query.trim_end_matches(['?', '&']))).await
}

pub(crate) async fn import(
    site: &SiteKey,
    source: &ImportSource,
) -> Result<ImportPreview, CallRefused> {
    send("POST", &faq_path(site, "/import"), source).await
}

pub(crate) async fn preview(site: &SiteKey, markdown: String) -> Result<Preview, CallRefused> {
    send("POST", &faq_path(site, "/preview"), &PreviewRequest { markdown }).await
}

pub(crate) async fn try_one(site: &SiteKey, request: &TrialRequest) -> Result<Trial, CallRefused> {
    send("POST", &faq_path(site, "/try"), request).await
}

pub(crate) async fn curve(site: &SiteKey) -> Result<Curve, CallRefused> {
    get(&faq_path(site, "/curve")).await
}

pub(crate) async fn regression(site: &SiteKey) -> Result<Regression, CallRefused> {
    get(&faq_path(site, "/regression")).await
}

pub(crate) async fn gaps(site: &SiteKey) -> Result<Gaps, CallRefused> {
    get(&format!("/v1/sites/{site}/questions/gaps")).await
}

pub(crate) async fn settle(site: &SiteKey, request: &SettleRequest) -> Result<(), CallRefused> {
    send("POST", &format!("/v1/sites/{site}/questions/settle"), request).await
}
