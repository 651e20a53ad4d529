//! `POST /v1/session`: a visitor's browser gets its tokens, as somebody new, as who it was or as
//! the person its page proves. `POST /v1/session/end` makes them worthless.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, StatusCode};
use protocol::context::{Identity, Person};
use protocol::http::{SessionEnd, SessionGrant, SessionRequest};
use protocol::ids::{SiteKey, VisitorId};
use protocol::refusal::RefusalCode;
use uuid::Uuid;

use super::auth::{FILES_PASS_S, PERSON_TOKEN_S, SOCKET_TOKEN_S, Session, Token, VISITOR_TOKEN_S};
use super::error::HttpError;
use super::forms::offers;
use super::{Gateway, Shared, origin};
use crate::catalog::{Site, is_proven};
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
    let known = request
        .visitor_token
        .as_deref()
        .and_then(|token| known(&gateway, token, &request.site, now_ms));
    if known.is_none() && !gateway.degradation.allows(Capability::NewSessions) {
        let detail = "no new visitors at the moment";
        return Err(HttpError::retry_after(RefusalCode::Busy, SHED_RETRY_MS, detail));
    }
    let session = match (request.identity, known) {
        (Some(identity), known) => identified(&gateway, &site, identity, known).await?,
        // Not longer than their page proved it: the token they have is the one they keep.
        (None, Some(known)) => known,
        (None, None) => {
            let visitor = VisitorId::from_parts(now_ms, clock::random::<10>());
            Session { visitor, site: site.key.clone(), id: new_id(), person: None, until_s: None }
        }
    };
    Ok(Json(grant(&gateway, &site, session, now_ms)))
}

/// Whose token it is; whoever cannot prove who they were is somebody new.
fn known(gateway: &Gateway, token: &str, site: &SiteKey, now_ms: u64) -> Option<Session> {
    match gateway.keys.verify(token, now_ms) {
        Ok(Token::Visitor(session)) if session.site == *site && !ended(gateway, &session) => {
            Some(session)
        }
        Ok(Token::Visitor(_) | Token::Socket(_) | Token::Agent { .. } | Token::Files(_))
        | Err(_) => None,
    }
}

pub(super) fn ended(gateway: &Gateway, session: &Session) -> bool {
    gateway.catalog.now().ended.contains(session.id)
}

fn new_id() -> Uuid {
    Uuid::from_bytes(clock::random())
}

/// The session of the person whom the page proves. A conversation that its anonymous visitor began
/// becomes the person's when they have none; an anonymous token never leads to theirs.
async fn identified(
    gateway: &Gateway,
    site: &Site,
    identity: Identity,
    known: Option<Session>,
) -> Result<Session, HttpError> {
    if !is_proven(&site.secrets, &identity) {
        let detail = "the hash is not HMAC-SHA256(identity secret, id) in lower-case hex";
        return Err(HttpError::new(RefusalCode::IdentityRefused, detail));
    }
    let visitor = gateway.keys.visitor_of(&site.key, &identity.id);
    let anonymous = known.as_ref().filter(|session| session.person.is_none());
    let begun = anonymous.and_then(|session| {
        Some((session.visitor, gateway.conversations.current_of(session.visitor)?))
    });
    if let Some((from, conversation)) = begun
        && gateway.conversations.current_of(visitor).is_none()
    {
        // What cannot be handed over now stays where it is; the person is served all the same.
        let claimed = gateway.conversations.claim(conversation, from, visitor).await;
        if let Err(refusal) = claimed {
            tracing::warn!(?refusal, conversation.id = %conversation, "not handed over");
        }
    }
    let same = known.filter(|session| session.visitor == visitor);
    let id = same.map_or_else(new_id, |session| session.id);
    let Identity { id: person, name, email, hash: _ } = identity;
    let person = Some(Box::new(Person { id: person, name, email }));
    Ok(Session { visitor, site: site.key.clone(), id, person, until_s: None })
}

fn grant(gateway: &Gateway, site: &Site, session: Session, now_ms: u64) -> SessionGrant {
    let now_s = now_ms / 1_000;
    let identified = session.person.is_some();
    let valid_s = if identified { PERSON_TOKEN_S } else { VISITOR_TOKEN_S };
    // Anonymous visitors come back for months; a person's time is what their page proved.
    let until_s = session.until_s.filter(|_| identified).unwrap_or(now_s + valid_s);
    let socket_s = until_s.min(now_s + u64::from(SOCKET_TOKEN_S));
    let files_s = until_s.min(now_s + FILES_PASS_S);
    SessionGrant {
        visitor: session.visitor,
        visitor_token: gateway.keys.sign(&Token::Visitor(session.clone()), until_s),
        files_pass: Some(gateway.keys.sign(&Token::Files(session.clone()), files_s)),
        offers: Some(offers(site)),
        socket_token: gateway.keys.sign(&Token::Socket(session), socket_s),
        socket_token_expires_in_s: u32::try_from(socket_s - now_s).unwrap_or(SOCKET_TOKEN_S),
        pack: site.pack_ref(),
        site_name: site.settings.name.clone(),
        local_answers: site.settings.local_answers,
        identified,
        settings: site.settings.visitor.clone(),
    }
}

/// Signing out: from here on every copy of the session's tokens is refused, on open sockets too.
/// The body is read as text, since a page that is going away can send nothing else.
pub(super) async fn end(
    State(gateway): Shared,
    headers: HeaderMap,
    body: String,
) -> Result<StatusCode, HttpError> {
    if !origin::is_own(&headers, &gateway.config) {
        return Err(HttpError::new(RefusalCode::UnknownOrigin, "ask from a page of this server"));
    }
    let end: SessionEnd = serde_json::from_str(&body)
        .map_err(|error| HttpError::new(RefusalCode::InvalidBody, error.to_string()))?;
    let now_ms = clock::now_ms();
    // An expired token is as good as an ended one.
    if let Ok(Token::Visitor(session)) = gateway.keys.verify(&end.visitor_token, now_ms) {
        gateway.limit_site(&session.site)?;
        if !ended(&gateway, &session) {
            let valid_s = if session.person.is_some() { PERSON_TOKEN_S } else { VISITOR_TOKEN_S };
            let now_s = now_ms / 1_000;
            gateway.catalog.end_session(session.id, now_s, now_s + valid_s).await?;
        }
        gateway.conversations.delivery().send_away(session.visitor);
    }
    Ok(StatusCode::NO_CONTENT)
}
