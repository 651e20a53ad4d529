//! What a site's own server does: it signs its people's ids with the site's secret.

use anyhow::{Context, Result};
use hmac::{Hmac, Mac};
use protocol::context::{Identity, IdentitySecrets};
use sha2::Sha256;

use crate::agent::Agent;
use crate::http;

pub const PATH: &str = "/v1/sites/demo/identity";

/// Lower-case hex of HMAC-SHA256(secret, id).
///
/// # Errors
/// Never: HMAC takes keys of every length.
pub fn hash(secret: &str, id: &str) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).context("a key")?;
    mac.update(id.as_bytes());
    Ok(mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// # Errors
/// As of `hash`.
pub fn proven(secret: &str, id: &str) -> Result<Identity> {
    let (hash, name) = (hash(secret, id)?, Some(format!("Person {id}")));
    Ok(Identity { id: id.to_owned(), hash, name, email: None })
}

/// What the owner reads in the console.
///
/// # Errors
/// The agent may not read it.
pub async fn secrets(owner: &Agent) -> Result<IdentitySecrets> {
    http::get(&owner.origin, PATH, &[("cookie", &owner.cookie)]).await?.json()
}
