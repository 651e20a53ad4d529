//! Bodies of the HTTP calls about the people who work at the desk: their accounts, invitations,
//! signed-in browsers, second factor and what they did.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::http::Role;
use crate::ids::{AgentId, InvitationId, SignInId, SiteKey, VisitorId};
use crate::locale::Locale;

/// Longest name, e-mail address or note, in bytes.
pub const PROFILE_BYTES_MAX: usize = 200;

/// Most skills of one agent, and the longest one in bytes.
pub const SKILLS_MAX: usize = 20;
pub const SKILL_BYTES_MAX: usize = 40;

/// Most rows in one `AuditPage`.
pub const AUDIT_ROWS_MAX: usize = 100;

/// `GET /v1/agents`: everybody who has an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colleague {
    pub id: AgentId,
    pub name: String,
    pub email: String,
    pub role: Role,
    pub languages: Vec<Locale>,
    pub skills: Vec<String>,
    /// Nobody signs in with the account any more; what was written with it stays.
    pub deactivated: bool,
    pub second_factor: bool,
    /// Whether a console of theirs is connected.
    pub connected: bool,
    /// They may do nothing before they have set up a second factor.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub second_factor_needed: bool,
}

/// `PUT /v1/agents/me`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileChange {
    pub name: String,
    #[serde(default)]
    pub languages: Vec<Locale>,
    /// What conversations may be assigned for: words of the owner's choice.
    #[serde(default)]
    pub skills: Vec<String>,
}

/// `POST /v1/agents/me/password`: the other browsers of the agent are signed out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordChange {
    pub current: String,
    pub new: String,
}

/// `POST /v1/agents/{agent}`: what owners and admins change of somebody's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentChange {
    Role {
        role: Role,
    },
    Deactivate,
    Reactivate,
    /// For somebody who lost their phone and their recovery codes.
    RemoveSecondFactor,
    SignOutEverywhere,
}

/// `POST /v1/invitations`: a link that makes one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationRequest {
    pub role: Role,
    /// For whom it is, in the inviter's own words; may be empty.
    #[serde(default)]
    pub note: String,
}

/// The answer to it. The token is shown this once; the server keeps a hash.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationMade {
    pub invitation: Invitation,
    pub token: String,
}

/// `GET /v1/invitations`: those that can still be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    pub id: InvitationId,
    pub role: Role,
    pub note: String,
    pub invited_by: String,
    pub expires_at_ms: u64,
}

/// `POST /v1/invitations/look`: what a link leads to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationToken {
    pub token: String,
}

/// `POST /v1/invitations/accept`: makes the account and signs in.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationAccept {
    pub token: String,
    pub name: String,
    pub email: String,
    pub password: String,
}

/// `GET /v1/agents/me/sign-ins`: one browser in which the agent is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedInBrowser {
    pub id: SignInId,
    /// The one that asks.
    pub current: bool,
    /// As the browser calls itself; anybody may write anything there.
    pub browser: String,
    pub address: String,
    pub at_ms: u64,
    pub last_seen_ms: u64,
}

/// `POST /v1/agents/me/second-factor`: what an authenticator app has to be told.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactorOffer {
    /// Base32, for apps that cannot see the picture.
    pub secret: String,
    /// `otpauth://totp/…`, which is what the picture says.
    pub uri: String,
    /// The picture's rows from top to bottom, one character a module: `#` is dark.
    pub picture: Vec<String>,
}

/// `POST /v1/agents/me/second-factor/confirm` and `…/remove`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactorCode {
    pub code: String,
}

/// The answer to `confirm`: each code stands in for the phone once. Shown this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryCodes {
    pub codes: Vec<String>,
}

/// `GET` and `PUT /v1/office`: rules for everybody who works here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficeSettings {
    /// Whoever has no second factor sees nothing before they set one up.
    #[serde(default)]
    pub second_factor_required: bool,
    /// A browser that is not used for so long has to sign in again.
    #[serde(default = "idle_hours")]
    pub idle_hours: u32,
}

impl Default for OfficeSettings {
    fn default() -> Self {
        Self { second_factor_required: false, idle_hours: idle_hours() }
    }
}

fn idle_hours() -> u32 {
    72
}

/// `GET /v1/audit?before=…`: newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditPage {
    pub rows: Vec<AuditRow>,
    /// Asks for what came before; `None` at the end.
    pub before: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRow {
    pub at_ms: u64,
    /// Who did it; `None` when nobody was signed in.
    pub actor: Option<AuditActor>,
    pub deed: Deed,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditActor {
    pub id: AgentId,
    /// As it was then.
    pub name: String,
}

/// What was done. Each side words it for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    SetUp,
    SignedIn {
        address: String,
    },
    /// A wrong password or code. Past a number a minute they are not written one by one.
    SignInFailed {
        email: String,
        address: String,
    },
    SignedOut,
    SignedOutElsewhere {
        browsers: u32,
    },
    /// By an owner or admin.
    SignedOutBy {
        agent: AuditActor,
    },
    PasswordChanged,
    ProfileChanged,
    SecondFactorAdded,
    SecondFactorRemoved {
        agent: AuditActor,
    },
    RecoveryCodeUsed {
        left: u32,
    },
    Invited {
        role: Role,
        note: String,
    },
    InvitationRevoked {
        role: Role,
        note: String,
    },
    Joined {
        role: Role,
        invited_by: String,
    },
    RoleChanged {
        agent: AuditActor,
        from: Role,
        to: Role,
    },
    Deactivated {
        agent: AuditActor,
    },
    Reactivated {
        agent: AuditActor,
    },
    OfficeChanged {
        settings: OfficeSettings,
    },
    SiteCreated {
        site: SiteKey,
    },
    SiteChanged {
        site: SiteKey,
    },
    /// A new secret to sign people's ids with; the one before stays valid.
    SecretRotated {
        site: SiteKey,
    },
    /// The secret before the present one is worth nothing any more.
    SecretRetired {
        site: SiteKey,
    },
    CannedChanged {
        shortcut: String,
    },
    CannedRemoved {
        shortcut: String,
    },
    FaqPublished {
        site: SiteKey,
        entries: u32,
    },
    VisitorBlocked {
        visitor: VisitorId,
    },
    VisitorUnblocked {
        visitor: VisitorId,
    },
    VisitorErased {
        visitor: VisitorId,
    },
    Exported {
        what: Export,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Export {
    Audit,
    Report,
    Transcript,
}
