//! Durable facts about who visitors are: the secrets sites sign with, sessions that were
//! ended before their time, and who was forgotten. It must never know how they are checked.

use protocol::conversation::Assignee;
use protocol::ids::{SiteKey, VisitorId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a site's server signs its people's ids with, newest first. At most two are valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Whose conversation it was.
    pub visitor: VisitorId,
    pub by: Assignee,
    pub at_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretsChanged {
    pub site: SiteKey,
    pub secrets: Vec<IdentitySecret>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IdentitySecret(pub String);

/// The secret stays out of logs, of `inspect` too.
impl std::fmt::Debug for IdentitySecret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("IdentitySecret(…)")
    }
}

/// Tokens of these sessions are worth nothing any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionsEnded {
    /// Seconds since the Unix epoch; what expired before may be forgotten.
    pub at_s: u64,
    pub sessions: Vec<EndedSession>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedSession {
    pub session: Uuid,
    /// The last second in which one of its tokens can be valid.
    pub until_s: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::record::Record;

    fn check(record: &Record, golden: &str) {
        assert_eq!(String::from_utf8(record.encode()).unwrap(), golden);
        assert_eq!(&Record::decode(golden.as_bytes()).unwrap(), record);
    }

    /// As in `record.rs`: these lines may gain siblings, not change.
    #[test]
    fn version_1_reads_and_writes_as_it_always_did() {
        let site = SiteKey::parse("demo").unwrap();
        let secrets = vec![IdentitySecret("ab".to_owned())];
        let record = Record::SecretsChanged(SecretsChanged { site, secrets });
        assert!(!format!("{record:?}").contains("ab\""), "{record:?}");
        check(&record, r#"{"v":1,"record":{"secrets_changed":{"site":"demo","secrets":["ab"]}}}"#);
        let ended = EndedSession { session: Uuid::from_u128(1), until_s: 9 };
        check(
            &Record::SessionsEnded(SessionsEnded { at_s: 7, sessions: vec![ended] }),
            concat!(
                r#"{"v":1,"record":{"sessions_ended":{"at_s":7,"sessions":[{"#,
                r#""session":"00000000-0000-0000-0000-000000000001","until_s":9}]}}}"#,
            ),
        );
    }
}
