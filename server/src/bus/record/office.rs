//! Durable facts about the people who work here: invitations, signed-in browsers, second factors
//! and who did what. It must never know how they are checked.

use protocol::http::Role;
use protocol::ids::{AgentId, InvitationId, SignInId};
use protocol::locale::Locale;
use protocol::people::{AuditRow, OfficeSettings};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfficeRecord {
    Audited(AuditRow),
    Invited(Invited),
    /// It was used, or taken back.
    InvitationEnded {
        id: InvitationId,
    },
    SignedIn(SignedIn),
    SignInsEnded {
        sign_ins: Vec<SignInId>,
    },
    SettingsChanged(OfficeSettings),
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentCreated {
    pub id: AgentId,
    pub name: String,
    /// Lower case; what the agent signs in with.
    pub email: String,
    pub role: Role,
    /// A PHC string (`$argon2id$…`).
    pub password_hash: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<Locale>,
    /// What conversations may be assigned for: words of the owner's choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// Nobody signs in with the account any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deactivated: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_factor: Option<SecondFactor>,
}

/// The hash stays out of logs, of `inspect` too.
impl std::fmt::Debug for AgentCreated {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("AgentCreated")
            .field("id", &self.id)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    pub id: InvitationId,
    pub role: Role,
    pub note: String,
    pub by: AgentId,
    pub by_name: String,
    /// SHA-256 of the link's token, in hex.
    pub token_hash: String,
    pub expires_at_ms: u64,
}

impl std::fmt::Debug for Invited {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Invited")
            .field("id", &self.id)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// One browser of one agent. Its cookie names it; without this record the cookie is worth nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    pub id: SignInId,
    pub agent: AgentId,
    pub at_ms: u64,
    /// As the browser called itself, cut.
    pub browser: String,
    pub address: String,
}

/// What an agent proves besides the password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactor {
    /// Base32, shared with the authenticator app.
    pub secret: String,
    /// The last time step whose code was used: no code opens twice.
    pub last_step: u64,
    /// SHA-256 of the unused recovery codes, in hex.
    pub recovery_hashes: Vec<String>,
}

/// The secret stays out of logs, of `inspect` too.
impl std::fmt::Debug for SecondFactor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SecondFactor").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use protocol::people::Deed;
    use uuid::Uuid;

    use super::*;
    use crate::bus::record::Record;

    fn check(record: OfficeRecord, golden: &str) {
        let record = Record::Office(record);
        assert_eq!(String::from_utf8(record.encode()).unwrap(), golden);
        assert_eq!(Record::decode(golden.as_bytes()).unwrap(), record);
    }

    /// As in `record.rs`: these lines may gain siblings, not change.
    #[test]
    fn version_1_reads_and_writes_as_it_always_did() {
        check(
            OfficeRecord::SignedIn(SignedIn {
                id: SignInId(Uuid::from_u128(1)),
                agent: AgentId(Uuid::from_u128(2)),
                at_ms: 7,
                browser: "Firefox".to_owned(),
                address: "127.0.0.1".to_owned(),
            }),
            concat!(
                r#"{"v":1,"record":{"office":{"signed_in":{"#,
                r#""id":"00000000-0000-0000-0000-000000000001","#,
                r#""agent":"00000000-0000-0000-0000-000000000002","#,
                r#""at_ms":7,"browser":"Firefox","address":"127.0.0.1"}}}}"#,
            ),
        );
        let row = AuditRow { at_ms: 7, actor: None, deed: Deed::RecoveryCodeUsed { left: 3 } };
        check(
            OfficeRecord::Audited(row),
            concat!(
                r#"{"v":1,"record":{"office":{"audited":{"#,
                r#""at_ms":7,"actor":null,"deed":{"recovery_code_used":{"left":3}}}}}}"#,
            ),
        );
    }

    #[test]
    fn secrets_do_not_reach_the_logs() {
        let factor = SecondFactor {
            secret: "JBSWY3DP".to_owned(),
            last_step: 0,
            recovery_hashes: vec!["beef".to_owned()],
        };
        let invited = Invited {
            id: InvitationId(Uuid::from_u128(1)),
            role: Role::Agent,
            note: String::new(),
            by: AgentId(Uuid::from_u128(2)),
            by_name: "Ada".to_owned(),
            token_hash: "beef".to_owned(),
            expires_at_ms: 0,
        };
        let shown = format!("{factor:?}{:?}", Record::Office(OfficeRecord::Invited(invited)));
        assert!(!shown.contains("JBSW") && !shown.contains("beef"), "{shown}");
    }
}
