//! An agent's own account over HTTP: profile, password, signed-in browsers, second factor.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode};
use protocol::http::AgentProfile;
use protocol::ids::{AgentId, SignInId};
use protocol::people::{
    Colleague, PasswordChange, ProfileChange, RecoveryCodes, SecondFactorCode, SecondFactorOffer,
    SignedInBrowser,
};
use protocol::refusal::RefusalCode;
use qrcodegen::{QrCode, QrCodeEcc};
use uuid::Uuid;

use super::access::{SignedIn, from_console, signed_in_browser};
use super::agents::{limit_attempts, read};
use super::error::HttpError;
use super::listener::Peer;
use super::people::colleague;
use super::{Gateway, Shared};
use crate::catalog;

/// Secrets that were shown and not confirmed yet; past them all are forgotten and offered anew.
const OFFERS_MAX: usize = 1_000;

/// Light modules around a picture, as scanners need them.
const QUIET_MODULES: i32 = 4;

type Body<T> = Result<Json<T>, JsonRejection>;

/// Secrets of second factors on their way to a phone. Kept in memory: after a restart the agent
/// begins again.
#[derive(Default)]
pub struct SecondFactorOffers {
    secrets: Mutex<HashMap<AgentId, String>>,
}

impl SecondFactorOffers {
    fn offer(&self, agent: AgentId) -> String {
        let mut secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        if secrets.len() >= OFFERS_MAX {
            secrets.clear();
        }
        let secret = catalog::new_secret();
        secrets.insert(agent, secret.clone());
        secret
    }

    fn offered(&self, agent: AgentId) -> Option<String> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).get(&agent).cloned()
    }

    fn settle(&self, agent: AgentId) {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner).remove(&agent);
    }
}

/// Who is signed in, for what changes something of their own.
fn own(gateway: &Gateway, headers: &HeaderMap) -> Result<SignedIn, HttpError> {
    from_console(gateway, headers)?;
    signed_in_browser(gateway, headers)
}

pub(super) async fn me(
    State(gateway): Shared,
    headers: HeaderMap,
) -> Result<Json<AgentProfile>, HttpError> {
    Ok(Json(signed_in_browser(&gateway, &headers)?.agent))
}

pub(super) async fn own_account(
    State(gateway): Shared,
    headers: HeaderMap,
) -> Result<Json<Colleague>, HttpError> {
    let SignedIn { agent, .. } = signed_in_browser(&gateway, &headers)?;
    let state = gateway.catalog.now();
    let account = state.agents.get(&agent.id).map(|account| colleague(&gateway, account));
    account.map(Json).ok_or_else(|| HttpError::new(RefusalCode::NotSignedIn, "sign in first"))
}

pub(super) async fn change(
    State(gateway): Shared,
    headers: HeaderMap,
    body: Body<ProfileChange>,
) -> Result<Json<AgentProfile>, HttpError> {
    let SignedIn { agent, .. } = own(&gateway, &headers)?;
    Ok(Json(gateway.catalog.change_profile(agent.id, read(body)?).await?))
}

pub(super) async fn change_password(
    State(gateway): Shared,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body<PasswordChange>,
) -> Result<StatusCode, HttpError> {
    let SignedIn { agent, sign_in, .. } = own(&gateway, &headers)?;
    limit_attempts(&gateway, &peer)?;
    let PasswordChange { current, new } = read(body)?;
    if gateway.catalog.check_password(&agent.email, current).await? != Some(agent.id) {
        return Err(HttpError::new(RefusalCode::WrongCredentials, "the password is wrong"));
    }
    gateway.catalog.change_password(agent.id, new, sign_in).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn sign_ins(
    State(gateway): Shared,
    headers: HeaderMap,
) -> Result<Json<Vec<SignedInBrowser>>, HttpError> {
    let SignedIn { agent, sign_in, .. } = signed_in_browser(&gateway, &headers)?;
    let state = gateway.catalog.now();
    let own = state.office.sign_ins.values().filter(|browser| browser.agent == agent.id);
    let mut rows: Vec<_> = own
        .map(|browser| SignedInBrowser {
            id: browser.id,
            current: browser.id == sign_in,
            browser: browser.browser.clone(),
            address: browser.address.clone(),
            at_ms: browser.at_ms,
            last_seen_ms: gateway.seen.last_ms(browser.id).max(browser.at_ms),
        })
        .collect();
    rows.sort_by_key(|row| (!row.current, std::cmp::Reverse(row.last_seen_ms)));
    Ok(Json(rows))
}

pub(super) async fn sign_out_others(
    State(gateway): Shared,
    headers: HeaderMap,
) -> Result<StatusCode, HttpError> {
    let SignedIn { agent, sign_in, .. } = own(&gateway, &headers)?;
    gateway.catalog.sign_out_others(agent.id, sign_in, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn sign_out_one(
    State(gateway): Shared,
    Path(id): Path<Uuid>,
    headers: HeaderMap,
) -> Result<StatusCode, HttpError> {
    let SignedIn { agent, sign_in, .. } = own(&gateway, &headers)?;
    gateway.catalog.sign_out_others(agent.id, sign_in, Some(SignInId(id))).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn offer_second_factor(
    State(gateway): Shared,
    headers: HeaderMap,
) -> Result<Json<SecondFactorOffer>, HttpError> {
    let SignedIn { agent, .. } = own(&gateway, &headers)?;
    let state = gateway.catalog.now();
    if state.agents.get(&agent.id).is_some_and(|account| account.second_factor.is_some()) {
        let detail = "there is a second factor already: remove it first";
        return Err(HttpError::new(RefusalCode::Forbidden, detail));
    }
    let secret = gateway.second_factor_offers.offer(agent.id);
    let account: String = agent.email.chars().map(escaped).collect();
    let uri = format!("otpauth://totp/Frontdesk:{account}?secret={secret}&issuer=Frontdesk");
    let picture = picture(&uri);
    Ok(Json(SecondFactorOffer { secret, uri, picture }))
}

/// For a place in a URL.
fn escaped(c: char) -> String {
    if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@') {
        return c.to_string();
    }
    let mut bytes = [0; 4];
    c.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A text too long for a picture is typed instead.
fn picture(text: &str) -> Vec<String> {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else { return Vec::new() };
    let range = -QUIET_MODULES..code.size() + QUIET_MODULES;
    let row = |y| {
        let modules = range.clone().map(|x| if code.get_module(x, y) { '#' } else { ' ' });
        modules.collect()
    };
    range.clone().map(row).collect()
}

pub(super) async fn confirm_second_factor(
    State(gateway): Shared,
    headers: HeaderMap,
    body: Body<SecondFactorCode>,
) -> Result<Json<RecoveryCodes>, HttpError> {
    let SignedIn { agent, .. } = own(&gateway, &headers)?;
    let code = read(body)?.code;
    limit_codes(&gateway, agent.id)?;
    let secret = gateway.second_factor_offers.offered(agent.id);
    let secret = secret.ok_or_else(|| {
        HttpError::new(RefusalCode::InvalidBody, "ask for a secret first: this one is forgotten")
    })?;
    let codes = gateway.catalog.add_second_factor(agent.id, secret, code).await?;
    gateway.second_factor_offers.settle(agent.id);
    Ok(Json(codes))
}

pub(super) async fn remove_second_factor(
    State(gateway): Shared,
    headers: HeaderMap,
    body: Body<SecondFactorCode>,
) -> Result<StatusCode, HttpError> {
    let SignedIn { agent, .. } = own(&gateway, &headers)?;
    let code = read(body)?.code;
    limit_codes(&gateway, agent.id)?;
    gateway.catalog.remove_second_factor(agent.id, code).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn limit_codes(gateway: &Gateway, agent: AgentId) -> Result<(), HttpError> {
    if gateway.limits.codes.take(&agent, Instant::now()) {
        Ok(())
    } else {
        Err(HttpError::new(RefusalCode::TooFast, "too many codes were tried for this account"))
    }
}
