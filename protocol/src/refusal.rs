//! Why something was not done: one closed list for sockets and HTTP, each side words it for people.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub code: RefusalCode,
    /// Try again after this long; `None` means trying again will not help.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl Refusal {
    /// A refusal that will not change by trying again.
    pub fn of(code: RefusalCode) -> Self {
        Self { code, retry_after_ms: None }
    }

    pub fn retry_after(code: RefusalCode, retry_after_ms: u64) -> Self {
        Self { code, retry_after_ms: Some(retry_after_ms) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// Not a frame of this protocol.
    MalformedFrame,
    FrameTooLarge,
    EmptyText,
    TextTooLong,
    /// Too many frames from this address or site.
    TooFast,
    TokenMissing,
    TokenInvalid,
    TokenExpired,
    UnknownSite,
    /// The hash is not the one the site's server would have made.
    IdentityRefused,
    UnknownOrigin,
    UnknownConversation,
    UnknownEntry,
    UnknownMessage,
    /// The same id was used for something else.
    IdConflict,
    /// The agent or visitor may not do this.
    Forbidden,
    WrongCredentials,
    SetUpLinkInvalid,
    NotSignedIn,
    /// Address and password are right; the second factor's code is missing.
    CodeNeeded,
    /// The second factor's code is wrong or was used before.
    CodeWrong,
    /// The owner requires a second factor, and the agent has none yet.
    SecondFactorNeeded,
    /// The invitation was used, revoked or has expired.
    InvitationInvalid,
    /// Somebody has an account with this e-mail address.
    AddressTaken,
    /// Somebody must stay who owns the installation.
    LastOwner,
    /// Somebody else has the conversation by now.
    AssignedMeanwhile,
    /// A colleague has answered since.
    AnsweredMeanwhile,
    /// The visitor was blocked by an agent.
    Blocked,
    /// As many as there may be of it are there.
    TooMany,
    /// The bot must not speak after a human has.
    BotSilent,
    /// The FAQ file or the request body cannot be read.
    InvalidBody,
    /// The disk is full; existing chats continue from a reserve.
    NoSpace,
    /// The log stopped taking writes; an operator is needed.
    LogPoisoned,
    /// A queue is full or a part is restarting.
    Busy,
    NotFound,
    /// Larger than the owner allows.
    FileTooLarge,
    /// Not a kind the owner allows, or not what its name says.
    FileKind,
    /// An image with more pixels than a browser should be asked to draw.
    ImageTooLarge,
    /// The conversation or the site has as many files as it may have.
    FileQuota,
    /// Rated before, or not resolved.
    NotRatable,
    /// Nobody set up how mail is sent.
    MailOff,
    InvalidEmail,
    /// The bytes came too slowly, or stopped.
    UploadStalled,
}
