//! `POST /v1/session`: a visitor's browser gets its tokens.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::HeaderMap;
use protocol::http::{SessionGrant, SessionRequest};
use protocol::ids::VisitorId;
use protocol::refusal::RefusalCode;

use super::auth::{SOCKET_TOKEN_S, Token};
use super::error::HttpError;
use super::forms::offers;
use super::{Shared, origin};
use crate::clock;
use crate::degradation::Capability;

/// When somebody who was sent away because of the load may ask again: about when a level is given
/// back.
const SHED_RETRY_MS: u64 = 10_000;

pub(super) async fn open(
    State(gateway): Shared,
    headers: HeaderMap,
    body: Result<Json<SessionRequest>, JsonRejection>,
) -> Result<Json<SessionGrant>, HttpError> {
    if !origin::is_own(&headers, &gateway.config) {
        return Err(HttpError::new(RefusalCode::UnknownOrigin, "ask from a page of this server"));
    }
    let Json(request) =
        body.map_err(|error| HttpError::new(RefusalCode::InvalidBody, error.body_text()))?;
    let site = gateway.catalog.site(&request.site).ok_or_else(|| {
        HttpError::new(RefusalCode::UnknownSite, format!("there is no site `{}`", request.site))
    })?;
    gateway.limit_site(&request.site)?;
    let now_ms = clock::now_ms();
    let known = request.visitor_token.as_deref().and_then(|token| {
        match gateway.keys.verify(token, now_ms) {
            Ok(Token::Visitor { visitor, site }) if site == request.site => Some(visitor),
            // Whoever cannot prove who they were is somebody new.
            Ok(
                Token::Visitor { .. }
                | Token::Socket { .. }
                | Token::Agent { .. }
                | Token::Files { .. },
            )
            | Err(_) => None,
        }
    });
    if known.is_none() && !gateway.degradation.allows(Capability::NewSessions) {
        let detail = "no new visitors at the moment";
        return Err(HttpError::retry_after(RefusalCode::Busy, SHED_RETRY_MS, detail));
    }
    let visitor = known.unwrap_or_else(|| VisitorId::from_parts(now_ms, clock::random::<10>()));
    let offers = Some(offers(&gateway, &site));
    let token = |token: Token| gateway.keys.sign(&token, now_ms);
    Ok(Json(SessionGrant {
        visitor,
        visitor_token: token(Token::Visitor { visitor, site: request.site.clone() }),
        files_pass: Some(token(Token::Files { visitor, site: request.site.clone() })),
        offers,
        socket_token: token(Token::Socket { visitor, site: request.site }),
        socket_token_expires_in_s: SOCKET_TOKEN_S,
        pack: site.pack_ref(),
        site_name: site.settings.name,
        local_answers: site.settings.local_answers,
        identified: false,
        settings: site.settings.visitor,
    }))
}
