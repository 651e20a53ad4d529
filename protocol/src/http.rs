//! Bodies of the HTTP calls: a visitor's session, an agent's sign-in, an FAQ import.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::context::Identity;
use crate::forms::Offers;
use crate::ids::{AgentId, PackVersion, SiteKey, VisitorId};
use crate::locale::Locale;
use crate::refusal::Refusal;
use crate::settings::VisitorSettings;
use crate::unit::unit_enum;

/// `POST /v1/session`: a visitor's browser asks for its tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRequest {
    pub site: SiteKey,
    /// The long-lived token of an earlier visit.
    pub visitor_token: Option<String>,
    /// Whom the page says this is. An anonymous visitor's conversation becomes theirs when they
    /// have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
}

/// `POST /v1/session/end`: the browser forgets, and so must whoever copied its tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionEnd {
    pub visitor_token: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionGrant {
    pub visitor: VisitorId,
    /// Kept by the browser; proves on the next visit who this is.
    pub visitor_token: String,
    /// Opens a socket; short-lived.
    pub socket_token: String,
    pub socket_token_expires_in_s: u32,
    pub site_name: String,
    pub local_answers: LocalAnswers,
    #[serde(default, skip_serializing_if = "VisitorSettings::is_default")]
    pub settings: VisitorSettings,
    /// `None` until the site has published an FAQ.
    pub pack: Option<PackRef>,
    /// The tokens are a proven person's. They end within hours: pages identify again.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub identified: bool,
    /// Part of the address of every file of this visitor; short-lived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub files_pass: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offers: Option<Offers>,
}

unit_enum! {
    /// What the server is told of a question that the browser answered.
    #[derive(Default)]
    pub enum LocalAnswers {
        /// Only a count. The words stay on the device until the visitor goes to a person.
        #[default]
        Private = "private",
        /// Question and entry, at once.
        Reported = "reported",
    }
}

/// Where the current pack of a site lies; the URL contains the version and never changes content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackRef {
    pub version: PackVersion,
    pub url: String,
}

/// `POST /v1/agents/setup`: the first agent, by the one-time link printed at start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetUpRequest {
    pub link_token: String,
    pub name: String,
    pub email: String,
    pub password: String,
}

/// `POST /v1/agents/sign-in`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInRequest {
    pub email: String,
    pub password: String,
    /// Of the authenticator app, or a recovery code; asked for with `code_needed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// `GET /v1/agents/me`, and the answer to set-up and sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentProfile {
    pub id: AgentId,
    pub name: String,
    pub email: String,
    pub role: Role,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Owner,
    Admin,
    Agent,
    Viewer,
}

/// The answer to `POST /v1/sites/{site}/faq`, whose body is a `faq::Faq`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaqImported {
    pub entries: u32,
    pub locales: Vec<Locale>,
    pub pack: PackRef,
}

/// The body of every answer that is not 2xx.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    pub refusal: Refusal,
    /// For developers, in English; screens word `refusal.code` themselves.
    pub detail: String,
}
