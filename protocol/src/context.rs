//! Who a visitor is and where they are on the site, as their page and their browser tell it: shown
//! to agents, never trusted. Knows no storage; the bounds are kept by the server.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::ids::{ConversationId, VisitorId};

/// Longest address of a page, in bytes; its query and fragment are never told.
pub const URL_BYTES_MAX: usize = 1024;

/// Longest title of a page, and longest name or value of an attribute, in bytes.
pub const WORDS_BYTES_MAX: usize = 256;

/// Most attributes of a visitor.
pub const ATTRIBUTES_MAX: usize = 20;

/// Most pages of a path; the oldest are forgotten first.
pub const PATH_PAGES_MAX: usize = 10;

/// Most visitors in one answer; `LiveVisitors::total` counts all.
pub const LIVE_VISITORS_MAX: usize = 500;

/// What the customer's page tells of itself and of its visitor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Visit {
    pub url: String,
    pub title: String,
    /// Where the visitor came from; empty when unknown.
    pub referrer: String,
    pub attributes: Vec<Attribute>,
}

/// Set by `setAttributes`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attribute {
    pub name: String,
    pub value: AttributeValue,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeValue {
    String(String),
    Number(f64),
    Boolean(bool),
}

/// A person of the site, proven by the HMAC that the site's server made over `id`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub id: String,
    /// Lower-case hex of HMAC-SHA256(the site's identity secret, `id`).
    pub hash: String,
    pub name: Option<String>,
    pub email: Option<String>,
}

/// The proof is as good as a password.
impl core::fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Identity").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A proven person, as agents see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub id: String,
    pub name: Option<String>,
    pub email: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageVisit {
    pub url: String,
    pub title: String,
    pub at_ms: u64,
}

/// What the browser is, by its own account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    pub kind: DeviceKind,
    /// "Firefox", "Safari"; empty when unknown.
    pub browser: String,
    /// "Windows", "Android"; empty when unknown.
    pub system: String,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    #[default]
    Desktop,
    Phone,
    Tablet,
}

/// All that is known of a visitor beside their words.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct VisitorContext {
    /// Whether a tab of theirs is connected now.
    #[serde(default)]
    pub online: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<Person>,
    /// Where they came from; empty when unknown.
    pub referrer: String,
    /// Pages since the chat was first opened, oldest first; the last one is the current page.
    pub path: Vec<PageVisit>,
    /// The browser's first language, a BCP 47 tag; empty when unknown.
    pub language: String,
    pub device: Device,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
}

/// A visitor who is connected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveVisitor {
    pub visitor: VisitorId,
    /// `None` while nothing was said.
    pub conversation: Option<ConversationId>,
    pub since_ms: u64,
    pub context: VisitorContext,
}

/// `GET /v1/sites/{site}/visitors`: who is there, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveVisitors {
    pub total: u32,
    pub visitors: Vec<LiveVisitor>,
}

/// `GET /v1/sites/{site}/identity`, and the answer to its changes: what the site's server signs
/// with. For owners and admins only.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentitySecrets {
    pub current: String,
    /// Still valid after a rotation, until it is retired.
    pub previous: Option<String>,
}

impl core::fmt::Debug for IdentitySecrets {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("IdentitySecrets { .. }")
    }
}
