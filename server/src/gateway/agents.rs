//! The ways in and out for agents over HTTP: set-up, invitations, sign-in, sign-out.

use std::time::Instant;

use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::response::{AppendHeaders, IntoResponse};
use axum::{Json, http::StatusCode};
use protocol::http::{AgentProfile, SetUpRequest, SignInRequest};
use protocol::people::{Deed, Invitation, InvitationAccept, InvitationToken};
use protocol::refusal::RefusalCode;

use super::access::{AGENT_COOKIE, from_console, signed_in_browser};
use super::auth::{AGENT_TOKEN_S, Token};
use super::error::HttpError;
use super::limits::Rate;
use super::listener::Peer;
use super::{Gateway, Shared, origin};
use crate::catalog::{CatalogError, Entered, Place};
use crate::clock;

/// Codes of a second factor that one agent may try: with three of a million right at any time, a
/// year of guessing finds one with a chance of one in seven, for somebody who has the password.
pub(super) const CODES: Rate = Rate { burst: 5.0, per_s: 1.0 / 600.0 };

/// Failed sign-ins that are written down one by one; more of them fill no disk.
pub(super) const FAILURES_NOTED: Rate = Rate { burst: 60.0, per_s: 1.0 };

/// Of the address somebody failed with.
const NOTED_CHARS_MAX: usize = 100;

type Body<T> = Result<Json<T>, JsonRejection>;

pub(super) fn read<T>(body: Body<T>) -> Result<T, HttpError> {
    let Json(request) =
        body.map_err(|error| HttpError::new(RefusalCode::InvalidBody, error.body_text()))?;
    Ok(request)
}

pub(super) async fn set_up(
    State(gateway): Shared,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body<SetUpRequest>,
) -> Result<impl IntoResponse, HttpError> {
    from_console(&gateway, &headers)?;
    limit_attempts(&gateway, &peer)?;
    let request = read(body)?;
    if !gateway.set_up_link.matches(&request.link_token) {
        let detail = "the set-up link was used or is from an earlier start";
        return Err(HttpError::new(RefusalCode::SetUpLinkInvalid, detail));
    }
    let (place, password) = (place(&peer, &headers), request.password);
    let set_up = gateway.catalog.set_up(&request.name, &request.email, password, place);
    let entered = set_up.await?;
    gateway.set_up_link.use_up();
    Ok(welcome(&gateway, entered))
}

pub(super) async fn sign_in(
    State(gateway): Shared,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body<SignInRequest>,
) -> Result<impl IntoResponse, HttpError> {
    from_console(&gateway, &headers)?;
    limit_attempts(&gateway, &peer)?;
    let SignInRequest { email, password, code } = read(body)?;
    let Some(agent) = gateway.catalog.check_password(&email, password).await? else {
        note_failure(&gateway, &peer, &email).await;
        let detail = "e-mail address or password is wrong";
        return Err(HttpError::new(RefusalCode::WrongCredentials, detail));
    };
    let code = code.filter(|code| !code.trim().is_empty());
    if code.is_some() && !gateway.limits.codes.take(&agent, Instant::now()) {
        let detail = "too many codes were tried for this account";
        return Err(HttpError::new(RefusalCode::TooFast, detail));
    }
    let entering = gateway.catalog.enter(agent, code, place(&peer, &headers));
    match entering.await {
        Ok(entered) => Ok(welcome(&gateway, entered)),
        Err(error) => {
            if matches!(error, CatalogError::CodeWrong) {
                note_failure(&gateway, &peer, &email).await;
            }
            Err(error.into())
        }
    }
}

pub(super) async fn look(
    State(gateway): Shared,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body<InvitationToken>,
) -> Result<Json<Invitation>, HttpError> {
    from_console(&gateway, &headers)?;
    limit_attempts(&gateway, &peer)?;
    Ok(Json(gateway.catalog.invitation(&read(body)?.token)?))
}

pub(super) async fn accept(
    State(gateway): Shared,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body<InvitationAccept>,
) -> Result<impl IntoResponse, HttpError> {
    from_console(&gateway, &headers)?;
    limit_attempts(&gateway, &peer)?;
    let entered = gateway.catalog.join(read(body)?, place(&peer, &headers)).await?;
    Ok(welcome(&gateway, entered))
}

/// Ends the sign-in on the server: a copy of the cookie is worth nothing afterwards.
pub(super) async fn sign_out(
    State(gateway): Shared,
    headers: HeaderMap,
) -> Result<impl IntoResponse, HttpError> {
    from_console(&gateway, &headers)?;
    if let Ok(signed_in) = signed_in_browser(&gateway, &headers) {
        gateway.catalog.sign_out(signed_in.sign_in).await?;
    }
    let gone = format!("{AGENT_COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, gone)])))
}

pub(super) fn limit_attempts(gateway: &Gateway, peer: &Peer) -> Result<(), HttpError> {
    if gateway.limits.sign_ins.take(&peer.address.ip(), Instant::now()) {
        Ok(())
    } else {
        Err(HttpError::new(RefusalCode::TooFast, "too many attempts from this address"))
    }
}

/// A failure that cannot be written down is refused all the same.
async fn note_failure(gateway: &Gateway, peer: &Peer, email: &str) {
    if !gateway.limits.failures_noted.take(&(), Instant::now()) {
        return;
    }
    let email = email.chars().take(NOTED_CHARS_MAX).filter(|c| !c.is_control()).collect();
    let address = peer.address.ip().to_string();
    let noted = gateway.catalog.note(None, Deed::SignInFailed { email, address }).await;
    if let Err(error) = noted {
        tracing::warn!(%error, "a failed sign-in was not written down");
    }
}

fn place(peer: &Peer, headers: &HeaderMap) -> Place {
    let browser = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Place {
        browser: browser.unwrap_or_default().to_owned(),
        address: peer.address.ip().to_string(),
    }
}

type SetCookie = AppendHeaders<[(HeaderName, String); 1]>;

fn welcome(gateway: &Gateway, entered: Entered) -> (SetCookie, Json<AgentProfile>) {
    let Entered { agent, sign_in } = entered;
    let token = gateway
        .keys
        .sign(&Token::Agent { agent: agent.id, sign_in }, clock::now_ms() / 1_000 + AGENT_TOKEN_S);
    let secure = if origin::is_secure(&gateway.config) { "; Secure" } else { "" };
    let cookie = format!(
        "{AGENT_COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={AGENT_TOKEN_S}{secure}"
    );
    (AppendHeaders([(header::SET_COOKIE, cookie)]), Json(agent))
}
