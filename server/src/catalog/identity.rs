//! Who a visitor is beyond their browser: the proof a site's server makes, the id that a proven
//! person has here, and the sessions that were ended. Pure; the secrets never leave it unasked.

use std::collections::BTreeMap;

use hmac::{Hmac, Mac};
use protocol::context::{Identity, IdentitySecrets, WORDS_BYTES_MAX};
use sha2::Sha256;
use uuid::Uuid;

use crate::bus::record::{EndedSession, IdentitySecret, SessionsEnded};

/// Sessions that are remembered as ended; past it the one that would expire first is forgotten.
const ENDED_MAX: usize = 50_000;

/// Random bytes of a secret; it is written in twice as many hexadecimal digits.
const SECRET_BYTES: usize = 32;

/// A fresh secret of a site.
pub(super) fn new_secret() -> IdentitySecret {
    let bytes: [u8; SECRET_BYTES] = crate::clock::random();
    IdentitySecret(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Newest first; an older one is valid until it is retired.
pub(super) fn shown(secrets: &[IdentitySecret]) -> Option<IdentitySecrets> {
    let (current, previous) = secrets.split_first()?;
    let previous = previous.first().map(|secret| secret.0.clone());
    Some(IdentitySecrets { current: current.0.clone(), previous })
}

/// Whether one of the secrets signed this id. All are tried, each in constant time.
pub fn is_proven(secrets: &[IdentitySecret], identity: &Identity) -> bool {
    let fits = |text: &str| !text.is_empty() && text.len() <= WORDS_BYTES_MAX;
    let within = |text: &Option<String>| text.as_deref().is_none_or(|t| t.len() <= WORDS_BYTES_MAX);
    let Some(hash) = from_hex(&identity.hash) else { return false };
    if !fits(&identity.id) || !within(&identity.name) || !within(&identity.email) {
        return false;
    }
    secrets.iter().fold(false, |proven, secret| {
        let mut mac = mac(secret.0.as_bytes());
        mac.update(identity.id.as_bytes());
        mac.verify_slice(&hash).is_ok() | proven
    })
}

/// The hash that a site's server makes.
pub fn hash(secret: &str, id: &str) -> String {
    let mut mac = mac(secret.as_bytes());
    mac.update(id.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn mac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length")
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let digit = |at: usize| char::from(pair[at]).to_digit(16);
        *byte = u8::try_from(digit(0)? << 4 | digit(1)?).ok()?;
    }
    Some(bytes)
}

/// Sessions whose tokens are worth nothing although they have not expired.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ended(BTreeMap<Uuid, u64>);

impl Ended {
    pub fn contains(&self, session: Uuid) -> bool {
        self.0.contains_key(&session)
    }

    pub(super) fn take(&mut self, ended: &SessionsEnded) {
        self.0.retain(|_, until_s| *until_s > ended.at_s);
        for EndedSession { session, until_s } in &ended.sessions {
            if self.0.len() >= ENDED_MAX {
                let first = self.0.iter().min_by_key(|(_, until_s)| **until_s).map(|(id, _)| *id);
                first.map(|id| self.0.remove(&id));
            }
            self.0.insert(*session, *until_s);
        }
    }

    /// The record that leads to this state; `None` when it is empty.
    pub(super) fn save(&self) -> Option<SessionsEnded> {
        let sessions = self.0.iter();
        let sessions: Vec<_> = sessions
            .map(|(id, until_s)| EndedSession { session: *id, until_s: *until_s })
            .collect();
        (!sessions.is_empty()).then_some(SessionsEnded { at_s: 0, sessions })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(id: &str, hash: &str) -> Identity {
        Identity { id: id.to_owned(), hash: hash.to_owned(), name: None, email: None }
    }

    #[test]
    fn the_hash_is_hmac_sha256_as_every_language_makes_it() {
        // RFC 4231, case 2.
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hash("Jefe", "what do ya want for nothing?"), expected);
    }

    #[test]
    fn only_the_right_hash_proves_and_two_secrets_hold_at_once() {
        let secrets = [new_secret(), new_secret()];
        for secret in &secrets {
            assert!(is_proven(&secrets, &identity("7", &hash(&secret.0, "7"))));
            assert!(!is_proven(&secrets, &identity("8", &hash(&secret.0, "7"))));
        }
        let retired = hash(&secrets[1].0, "7");
        assert!(!is_proven(&secrets[..1], &identity("7", &retired)));
        assert!(!is_proven(&[], &identity("7", &retired)));
        for wrong in ["", "ab", &"0".repeat(64), &"z".repeat(64), &retired[1..]] {
            assert!(!is_proven(&secrets, &identity("7", wrong)), "{wrong}");
        }
        let long = "7".repeat(WORDS_BYTES_MAX + 1);
        assert!(!is_proven(&secrets, &identity(&long, &hash(&secrets[0].0, &long))));
        assert!(!is_proven(&secrets, &identity("", &hash(&secrets[0].0, ""))));
    }

    #[test]
    fn an_ended_session_is_remembered_until_its_tokens_have_expired() {
        let mut ended = Ended::default();
        let session = |number| EndedSession {
            session: Uuid::from_u128(number),
            until_s: 100 + u64::try_from(number).unwrap(),
        };
        ended.take(&SessionsEnded { at_s: 10, sessions: vec![session(1), session(50)] });
        assert!(ended.contains(Uuid::from_u128(1)) && !ended.contains(Uuid::from_u128(2)));
        let mut saved = Ended::default();
        saved.take(&ended.save().unwrap());
        assert_eq!(saved, ended);
        ended.take(&SessionsEnded { at_s: 101, sessions: Vec::new() });
        assert!(!ended.contains(Uuid::from_u128(1)) && ended.contains(Uuid::from_u128(50)));
        let many = (1_000..1_000 + ENDED_MAX as u128).map(session).collect();
        ended.take(&SessionsEnded { at_s: 101, sessions: many });
        assert_eq!(ended.0.len(), ENDED_MAX);
        assert!(!ended.contains(Uuid::from_u128(50)), "the first to expire went");
    }
}
