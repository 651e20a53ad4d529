//! Signed tokens and the set-up link: who somebody is. A visitor needs no table for it; an agent's
//! token names a sign-in, which the catalogue may have ended. Knows no routes.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use protocol::ids::{AgentId, SignInId, SiteKey, VisitorId};
use sha2::Sha256;
use uuid::Uuid;

/// A visitor is recognized for this long after their last visit.
pub(super) const VISITOR_TOKEN_S: u64 = 180 * 24 * 3_600;

/// A socket must be opened this soon after it was asked for.
pub(super) const SOCKET_TOKEN_S: u32 = 10 * 60;

/// Pictures of an open page are shown for this long; every connection brings a new pass.
pub(super) const FILES_PASS_S: u64 = 24 * 3_600;

/// An agent signs in again after this long.
pub(super) const AGENT_TOKEN_S: u64 = 7 * 24 * 3_600;

const KEY_BYTES: usize = 32;

/// Signs and checks. The key never leaves it.
pub struct Keys {
    key: [u8; KEY_BYTES],
}

/// Each kind is signed under its own first byte, so that none can stand in for another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    Visitor {
        visitor: VisitorId,
        site: SiteKey,
    },
    Socket {
        visitor: VisitorId,
        site: SiteKey,
    },
    Agent {
        agent: AgentId,
        sign_in: SignInId,
    },
    /// Stands in the address of a visitor's files, so it opens nothing else.
    Files {
        visitor: VisitorId,
        site: SiteKey,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("not a token of this server")]
    Invalid,
    #[error("the token has expired")]
    Expired,
}

impl Keys {
    /// Reads the key in the data folder, or makes one that only the owner of the files can read.
    ///
    /// # Errors
    /// The file cannot be read or made, or is not a key.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let path = folder.join("key");
        match fs::read(&path) {
            Ok(bytes) => {
                let key = bytes.try_into().map_err(|_| {
                    io::Error::new(io::ErrorKind::InvalidData, "the file `key` is not 32 bytes")
                })?;
                Ok(Self { key })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = crate::clock::random::<KEY_BYTES>();
                let mut file =
                    fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
                file.write_all(&key)?;
                file.sync_all()?;
                Ok(Self { key })
            }
            Err(error) => Err(error),
        }
    }

    pub fn sign(&self, token: &Token, now_ms: u64) -> String {
        let (kind, id, site, valid_s) = match token {
            Token::Visitor { visitor, site } => (1, visitor.0, site.as_str(), VISITOR_TOKEN_S),
            Token::Socket { visitor, site } => {
                (2, visitor.0, site.as_str(), u64::from(SOCKET_TOKEN_S))
            }
            // 3 named no sign-in and is refused.
            Token::Agent { agent, .. } => (4, agent.0, "", AGENT_TOKEN_S),
            Token::Files { visitor, site } => (5, visitor.0, site.as_str(), FILES_PASS_S),
        };
        let mut payload = vec![kind];
        payload.extend((now_ms / 1_000 + valid_s).to_be_bytes());
        payload.extend(id.as_bytes());
        payload.extend(site.as_bytes());
        if let Token::Agent { sign_in, .. } = token {
            payload.extend(sign_in.0.as_bytes());
        }
        let signature = self.mac(&payload).finalize().into_bytes();
        format!("{}.{}", URL_SAFE_NO_PAD.encode(&payload), URL_SAFE_NO_PAD.encode(signature))
    }

    /// # Errors
    /// The text was not signed here, or too long ago.
    pub fn verify(&self, text: &str, now_ms: u64) -> Result<Token, TokenError> {
        let (payload, signature) = text.split_once('.').ok_or(TokenError::Invalid)?;
        let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| TokenError::Invalid)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| TokenError::Invalid)?;
        // Compares in constant time.
        self.mac(&payload).verify_slice(&signature).map_err(|_| TokenError::Invalid)?;
        let (expires_s, token) = parse(&payload).ok_or(TokenError::Invalid)?;
        if expires_s <= now_ms / 1_000 { Err(TokenError::Expired) } else { Ok(token) }
    }

    fn mac(&self, payload: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.key).expect("HMAC takes keys of every length");
        mac.update(payload);
        mac
    }
}

fn parse(payload: &[u8]) -> Option<(u64, Token)> {
    let (kind, rest) = payload.split_first()?;
    let (expires, rest) = rest.split_first_chunk::<8>()?;
    let (id, rest) = rest.split_first_chunk::<16>()?;
    let id = Uuid::from_bytes(*id);
    let site = || SiteKey::parse(std::str::from_utf8(rest).ok()?).ok();
    let token = match kind {
        1 => Token::Visitor { visitor: VisitorId(id), site: site()? },
        2 => Token::Socket { visitor: VisitorId(id), site: site()? },
        4 => {
            let sign_in = SignInId(Uuid::from_bytes(rest.try_into().ok()?));
            Token::Agent { agent: AgentId(id), sign_in }
        }
        5 => Token::Files { visitor: VisitorId(id), site: site()? },
        _ => return None,
    };
    Some((u64::from_be_bytes(*expires), token))
}

/// The one-time way in for the first agent. Made anew at every start; used up by success.
pub struct SetUpLink {
    token: Mutex<Option<String>>,
}

impl Default for SetUpLink {
    fn default() -> Self {
        Self::new()
    }
}

impl SetUpLink {
    pub fn new() -> Self {
        let token = URL_SAFE_NO_PAD.encode(crate::clock::random::<24>());
        Self { token: Mutex::new(Some(token)) }
    }

    pub fn token(&self) -> Option<String> {
        self.lock().clone()
    }

    pub fn matches(&self, offered: &str) -> bool {
        self.lock().as_deref().is_some_and(|token| same(token, offered))
    }

    pub fn use_up(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.token.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Compares without telling by its time how much was right.
fn same(a: &str, b: &str) -> bool {
    let differences = a.bytes().zip(b.bytes()).fold(0, |found, (a, b)| found | (a ^ b));
    a.len() == b.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW_MS: u64 = 1_700_000_000_000;

    fn keys() -> Keys {
        Keys { key: [7; KEY_BYTES] }
    }

    fn socket() -> Token {
        Token::Socket {
            visitor: VisitorId(Uuid::from_u128(1)),
            site: SiteKey::parse("demo").unwrap(),
        }
    }

    #[test]
    fn a_token_holds_until_it_expires() {
        let text = keys().sign(&socket(), NOW_MS);
        assert_eq!(keys().verify(&text, NOW_MS), Ok(socket()));
        let end_ms = NOW_MS + u64::from(SOCKET_TOKEN_S) * 1_000;
        assert_eq!(keys().verify(&text, end_ms - 1_000), Ok(socket()));
        assert_eq!(keys().verify(&text, end_ms), Err(TokenError::Expired));
    }

    #[test]
    fn kinds_do_not_stand_in_for_each_other() {
        let sign_in = SignInId(Uuid::from_u128(2));
        let agent = Token::Agent { agent: AgentId(Uuid::from_u128(1)), sign_in };
        let text = keys().sign(&agent, NOW_MS);
        assert_eq!(keys().verify(&text, NOW_MS), Ok(agent));
        let visitor = Token::Visitor {
            visitor: VisitorId(Uuid::from_u128(1)),
            site: SiteKey::parse("demo").unwrap(),
        };
        assert_ne!(keys().sign(&visitor, NOW_MS), keys().sign(&socket(), NOW_MS));
    }

    #[test]
    fn every_changed_character_and_foreign_keys_are_refused() {
        let text = keys().sign(&socket(), NOW_MS);
        for index in 0..text.len() {
            let mut forged = text.clone().into_bytes();
            forged[index] = if forged[index] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).unwrap();
            assert_eq!(keys().verify(&forged, NOW_MS), Err(TokenError::Invalid), "{index}");
        }
        let foreign = Keys { key: [8; KEY_BYTES] };
        assert_eq!(foreign.verify(&text, NOW_MS), Err(TokenError::Invalid));
        for garbage in ["", ".", "a.b", "..", "ü.ü"] {
            assert_eq!(keys().verify(garbage, NOW_MS), Err(TokenError::Invalid));
        }
    }

    #[test]
    fn the_key_file_is_private_and_stays() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let first = Keys::open(folder.path()).unwrap();
        let mode = fs::metadata(folder.path().join("key")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(Keys::open(folder.path()).unwrap().key, first.key);
    }

    #[test]
    fn the_set_up_link_is_used_once() {
        let link = SetUpLink::new();
        let token = link.token().unwrap();
        assert!(link.matches(&token) && !link.matches("") && !link.matches(&token[1..]));
        link.use_up();
        assert!(!link.matches(&token));
    }
}
