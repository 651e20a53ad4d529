//! Agents' set-up, sign-in and sign-out over HTTP.

use std::time::Instant;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, header};
use axum::response::{AppendHeaders, IntoResponse};
use axum::{Json, http::StatusCode};
use protocol::http::{AgentProfile, SetUpRequest, SignInRequest};
use protocol::ids::AgentId;
use protocol::refusal::RefusalCode;

use super::access::{AGENT_COOKIE, from_console, signed_in};
use super::auth::{AGENT_TOKEN_S, Token};
use super::error::HttpError;
use super::listener::Peer;
use super::{Gateway, Shared, origin};
use crate::clock;

pub(super) async fn set_up(
    State(gateway): Shared,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Result<Json<SetUpRequest>, JsonRejection>,
) -> Result<impl IntoResponse, HttpError> {
    from_console(&gateway, &headers)?;
    limit_attempts(&gateway, &peer)?;
    let Json(request) =
        body.map_err(|error| HttpError::new(RefusalCode::InvalidBody, error.body_text()))?;
    if !gateway.set_up_link.matches(&request.link_token) {
        let detail = "the set-up link was used or is from an earlier start";
        return Err(HttpError::new(RefusalCode::SetUpLinkInvalid, detail));
    }
    let profile = gateway.catalog.set_up(request.name, &request.email, request.password).await?;
    gateway.set_up_link.use_up();
    Ok((cookie(&gateway, profile.id), Json(profile)))
}

pub(super) async fn sign_in(
    State(gateway): Shared,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Result<Json<SignInRequest>, JsonRejection>,
) -> Result<impl IntoResponse, HttpError> {
    from_console(&gateway, &headers)?;
    limit_attempts(&gateway, &peer)?;
    let Json(request) =
        body.map_err(|error| HttpError::new(RefusalCode::InvalidBody, error.body_text()))?;
    let profile = gateway.catalog.sign_in(&request.email, request.password).await?;
    let wrong =
        || HttpError::new(RefusalCode::WrongCredentials, "e-mail address or password is wrong");
    let profile = profile.ok_or_else(wrong)?;
    Ok((cookie(&gateway, profile.id), Json(profile)))
}

pub(super) async fn sign_out(
    State(gateway): Shared,
    headers: HeaderMap,
) -> Result<impl IntoResponse, HttpError> {
    from_console(&gateway, &headers)?;
    let gone = format!("{AGENT_COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, gone)])))
}

pub(super) async fn me(
    State(gateway): Shared,
    headers: HeaderMap,
) -> Result<Json<AgentProfile>, HttpError> {
    Ok(Json(signed_in(&gateway, &headers)?))
}

fn limit_attempts(gateway: &Gateway, peer: &Peer) -> Result<(), HttpError> {
    if gateway.limits.sign_ins.take(&peer.address.ip(), Instant::now()) {
        Ok(())
    } else {
        Err(HttpError::new(RefusalCode::TooFast, "too many attempts from this address"))
    }
}

fn cookie(gateway: &Gateway, agent: AgentId) -> AppendHeaders<[(header::HeaderName, String); 1]> {
    let token = gateway.keys.sign(&Token::Agent { agent }, clock::now_ms());
    let secure = if origin::is_secure(&gateway.config) { "; Secure" } else { "" };
    let cookie = format!(
        "{AGENT_COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={AGENT_TOKEN_S}{secure}"
    );
    AppendHeaders([(header::SET_COOKIE, cookie)])
}
