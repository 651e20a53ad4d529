//! Everybody's accounts over HTTP: who works here, in which role, who is invited, and the rules
//! for all.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use protocol::ids::{AgentId, InvitationId};
use protocol::people::{
    AgentChange, Colleague, Invitation, InvitationMade, InvitationRequest, OfficeSettings,
};
use protocol::refusal::RefusalCode;
use uuid::Uuid;

use super::access::{Intention, Object, access, access_account, from_console, signed_in};
use super::agents::read;
use super::error::HttpError;
use super::{Gateway, Shared};
use crate::bus::record::AgentCreated;
use crate::catalog;
use crate::clock;

type Body<T> = Result<Json<T>, JsonRejection>;

/// Everybody may know who their colleagues are; conversations are handed to them.
pub(super) async fn list(
    State(gateway): Shared,
    headers: HeaderMap,
) -> Result<Json<Vec<Colleague>>, HttpError> {
    access(&signed_in(&gateway, &headers)?, Object::Conversations, Intention::Read)?;
    let state = gateway.catalog.now();
    Ok(Json(state.agents.values().map(|account| colleague(&gateway, account)).collect()))
}

pub(super) fn colleague(gateway: &Gateway, account: &AgentCreated) -> Colleague {
    Colleague {
        id: account.id,
        name: account.name.clone(),
        email: account.email.clone(),
        role: account.role,
        languages: account.languages.clone(),
        skills: account.skills.clone(),
        deactivated: account.deactivated,
        second_factor: account.second_factor.is_some(),
        second_factor_needed: account.second_factor.is_none()
            && gateway.catalog.now().office.settings.second_factor_required,
        connected: gateway.conversations.delivery().agent_connected(account.id),
    }
}

pub(super) async fn change(
    State(gateway): Shared,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
    body: Body<AgentChange>,
) -> Result<Json<Colleague>, HttpError> {
    from_console(&gateway, &headers)?;
    let agent = signed_in(&gateway, &headers)?;
    let unknown = || HttpError::new(RefusalCode::NotFound, "there is no such agent");
    let id = AgentId(id);
    let before = gateway.catalog.now();
    access(&agent, Object::People, Intention::Change)?;
    access_account(&agent, before.agents.get(&id).ok_or_else(unknown)?.role)?;
    let change = read(body)?;
    if let AgentChange::Role { role } = change {
        access_account(&agent, role)?;
    }
    gateway.catalog.change_agent(agent.id, id, change).await?;
    let state = gateway.catalog.now();
    state.agents.get(&id).map(|account| Json(colleague(&gateway, account))).ok_or_else(unknown)
}

pub(super) async fn invitations(
    State(gateway): Shared,
    headers: HeaderMap,
) -> Result<Json<Vec<Invitation>>, HttpError> {
    access(&signed_in(&gateway, &headers)?, Object::People, Intention::Read)?;
    let (state, now_ms) = (gateway.catalog.now(), clock::now_ms());
    let usable = state.office.invitations.values().filter(|known| known.expires_at_ms > now_ms);
    Ok(Json(usable.map(catalog::invitation).collect()))
}

pub(super) async fn invite(
    State(gateway): Shared,
    headers: HeaderMap,
    body: Body<InvitationRequest>,
) -> Result<Json<InvitationMade>, HttpError> {
    from_console(&gateway, &headers)?;
    let agent = signed_in(&gateway, &headers)?;
    access(&agent, Object::People, Intention::Change)?;
    let request = read(body)?;
    access_account(&agent, request.role)?;
    Ok(Json(gateway.catalog.invite(&agent, request).await?))
}

pub(super) async fn revoke(
    State(gateway): Shared,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<StatusCode, HttpError> {
    from_console(&gateway, &headers)?;
    let agent = signed_in(&gateway, &headers)?;
    access(&agent, Object::People, Intention::Change)?;
    gateway.catalog.revoke(agent.id, InvitationId(id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn office(
    State(gateway): Shared,
    headers: HeaderMap,
) -> Result<Json<OfficeSettings>, HttpError> {
    access(&signed_in(&gateway, &headers)?, Object::People, Intention::Read)?;
    Ok(Json(gateway.catalog.now().office.settings.clone()))
}

/// Whoever requires a second factor of everybody has one: nobody locks themselves out.
pub(super) async fn change_office(
    State(gateway): Shared,
    headers: HeaderMap,
    body: Body<OfficeSettings>,
) -> Result<Json<OfficeSettings>, HttpError> {
    from_console(&gateway, &headers)?;
    let agent = signed_in(&gateway, &headers)?;
    access(&agent, Object::People, Intention::Change)?;
    let settings = read(body)?;
    let state = gateway.catalog.now();
    let has_one = |account: &AgentCreated| account.second_factor.is_some();
    if settings.second_factor_required && !state.agents.get(&agent.id).is_some_and(has_one) {
        let detail = "set up your own second factor before you require one";
        return Err(HttpError::new(RefusalCode::SecondFactorNeeded, detail));
    }
    gateway.catalog.change_office(agent.id, settings.clone()).await?;
    Ok(Json(settings))
}
