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
use protocol::context::Person;
use protocol::ids::{AgentId, SignInId, SiteKey, VisitorId};
use sha2::Sha256;
use uuid::Uuid;

/// A visitor is recognized for this long after their last visit.
pub(super) const VISITOR_TOKEN_S: u64 = 180 * 24 * 3_600;

/// A proven person is one for this long after their page proved it; pages prove it when they load.
pub(super) const PERSON_TOKEN_S: u64 = 2 * 3_600;

/// A socket must be opened this soon after it was asked for.
pub(super) const SOCKET_TOKEN_S: u32 = 10 * 60;

/// Pictures of an open page are shown for this long; every connection brings a new pass.
pub(super) const FILES_PASS_S: u64 = 24 * 3_600;

/// An agent signs in again after this long.
pub(super) const AGENT_TOKEN_S: u64 = 7 * 24 * 3_600;

const KEY_BYTES: usize = 32;

/// First bytes of what is signed. 1 named no session and is still read; 2, 3 and 5 are refused.
const KIND_VISITOR_OLD: u8 = 1;
const KIND_AGENT: u8 = 4;
const KIND_VISITOR: u8 = 6;
const KIND_SOCKET: u8 = 7;
const KIND_FILES: u8 = 8;
const KIND_PERSON: u8 = 9;

/// Signs and checks. The key never leaves it.
pub struct Keys {
    key: [u8; KEY_BYTES],
}

/// Each kind is signed under its own first byte, so that none can stand in for another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    Visitor(Session),
    Socket(Session),
    Agent {
        agent: AgentId,
        sign_in: SignInId,
    },
    /// Stands in the address of a visitor's files, so it opens nothing else.
    Files(Session),
}

/// A visitor in one browser, from the first token to the sign-out. Its id is what is ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub visitor: VisitorId,
    pub site: SiteKey,
    pub id: Uuid,
    /// Whom the site proved the visitor to be.
    pub person: Option<Box<Person>>,
    /// When the token it was read from expires.
    pub until_s: Option<u64>,
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

    pub fn sign(&self, token: &Token, expires_s: u64) -> String {
        let (kind, id) = match token {
            Token::Visitor(session) => (KIND_VISITOR, session.visitor.0),
            Token::Socket(session) => (KIND_SOCKET, session.visitor.0),
            Token::Agent { agent, .. } => (KIND_AGENT, agent.0),
            Token::Files(session) => (KIND_FILES, session.visitor.0),
        };
        let mut payload = vec![kind];
        payload.extend(expires_s.to_be_bytes());
        payload.extend(id.as_bytes());
        match token {
            Token::Visitor(session) | Token::Socket(session) | Token::Files(session) => {
                session.write(&mut payload);
            }
            Token::Agent { sign_in, .. } => payload.extend(sign_in.0.as_bytes()),
        }
        let signature = self.mac(&payload).finalize().into_bytes();
        format!("{}.{}", URL_SAFE_NO_PAD.encode(&payload), URL_SAFE_NO_PAD.encode(signature))
    }

    /// The visitor that a proven person of a site is, on every device. Nobody without the key can
    /// tell one from the other.
    pub fn visitor_of(&self, site: &SiteKey, person: &str) -> VisitorId {
        let mut mac = self.mac(&[KIND_PERSON]);
        mac.update(site.as_str().as_bytes());
        mac.update(&[0]);
        mac.update(person.as_bytes());
        let digest: [u8; 32] = mac.finalize().into_bytes().into();
        let (first, _) = digest.split_first_chunk::<16>().expect("32 bytes");
        VisitorId(uuid::Builder::from_custom_bytes(*first).into_uuid())
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
    let (visitor, expires_s) = (VisitorId(id), u64::from_be_bytes(*expires));
    let token = match *kind {
        KIND_VISITOR_OLD => {
            let site = SiteKey::parse(std::str::from_utf8(rest).ok()?).ok()?;
            Token::Visitor(Session { visitor, site, id, person: None, until_s: Some(expires_s) })
        }
        KIND_VISITOR => Token::Visitor(Session::read(visitor, expires_s, rest)?),
        KIND_SOCKET => Token::Socket(Session::read(visitor, expires_s, rest)?),
        KIND_AGENT => {
            let sign_in = SignInId(Uuid::from_bytes(rest.try_into().ok()?));
            Token::Agent { agent: AgentId(id), sign_in }
        }
        KIND_FILES => Token::Files(Session::read(visitor, expires_s, rest)?),
        _ => return None,
    };
    Some((expires_s, token))
}

impl Session {
    fn write(&self, payload: &mut Vec<u8>) {
        payload.extend(self.id.as_bytes());
        payload.push(u8::try_from(self.site.as_str().len()).unwrap_or(u8::MAX));
        payload.extend(self.site.as_str().as_bytes());
        if let Some(person) = &self.person {
            payload.extend(serde_json::to_vec(person).unwrap_or_default());
        }
    }

    fn read(visitor: VisitorId, expires_s: u64, payload: &[u8]) -> Option<Self> {
        let (id, rest) = payload.split_first_chunk::<16>()?;
        let (length, rest) = rest.split_first()?;
        let (site, person) = rest.split_at_checked(usize::from(*length))?;
        let site = SiteKey::parse(std::str::from_utf8(site).ok()?).ok()?;
        let person = match person {
            [] => None,
            json => Some(serde_json::from_slice(json).ok()?),
        };
        let (id, until_s) = (Uuid::from_bytes(*id), Some(expires_s));
        Some(Self { visitor, site, id, person, until_s })
    }
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

    const UNTIL_S: u64 = NOW_MS / 1_000 + 600;

    fn session() -> Session {
        Session {
            visitor: VisitorId(Uuid::from_u128(1)),
            site: SiteKey::parse("demo").unwrap(),
            id: Uuid::from_u128(3),
            person: Some(Box::new(Person {
                id: "7".to_owned(),
                name: Some("张伟".to_owned()),
                email: None,
            })),
            until_s: Some(UNTIL_S),
        }
    }

    fn socket() -> Token {
        Token::Socket(session())
    }

    #[test]
    fn a_token_holds_until_it_expires() {
        let text = keys().sign(&socket(), UNTIL_S);
        assert_eq!(keys().verify(&text, NOW_MS), Ok(socket()));
        assert_eq!(keys().verify(&text, (UNTIL_S - 1) * 1_000), Ok(socket()));
        assert_eq!(keys().verify(&text, UNTIL_S * 1_000), Err(TokenError::Expired));
    }

    #[test]
    fn kinds_do_not_stand_in_for_each_other() {
        let sign_in = SignInId(Uuid::from_u128(2));
        let agent = Token::Agent { agent: AgentId(Uuid::from_u128(1)), sign_in };
        let text = keys().sign(&agent, UNTIL_S);
        assert_eq!(keys().verify(&text, NOW_MS), Ok(agent));
        let visitor = Token::Visitor(session());
        assert_ne!(keys().sign(&visitor, UNTIL_S), keys().sign(&socket(), UNTIL_S));
    }

    /// As the first version signed it: browsers keep it for months.
    #[test]
    fn a_visitors_token_without_a_session_is_still_read() {
        let mut payload = vec![KIND_VISITOR_OLD];
        payload.extend(UNTIL_S.to_be_bytes());
        payload.extend(Uuid::from_u128(1).as_bytes());
        payload.extend(b"demo");
        let signature = keys().mac(&payload).finalize().into_bytes();
        let text =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(&payload), URL_SAFE_NO_PAD.encode(signature));
        let old = Session { id: Uuid::from_u128(1), person: None, ..session() };
        assert_eq!(keys().verify(&text, NOW_MS), Ok(Token::Visitor(old)));
    }

    #[test]
    fn a_person_is_one_visitor_on_every_device_and_another_on_every_site() {
        let site = |key| SiteKey::parse(key).unwrap();
        let ada = keys().visitor_of(&site("demo"), "7");
        assert_eq!(ada, keys().visitor_of(&site("demo"), "7"));
        assert_ne!(ada, keys().visitor_of(&site("demo"), "8"));
        assert_ne!(ada, keys().visitor_of(&site("other"), "7"));
        assert_ne!(ada, Keys { key: [8; KEY_BYTES] }.visitor_of(&site("demo"), "7"));
    }

    #[test]
    fn every_changed_character_and_foreign_keys_are_refused() {
        let text = keys().sign(&socket(), UNTIL_S);
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
