//! Why something was not done: one closed list for sockets and HTTP, each side words it for people.

use serde::{Deserialize, Serialize};

use crate::unit::unit_enum;

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

unit_enum! {
    pub enum RefusalCode {
        /// Not a frame of this protocol.
        MalformedFrame = "malformed_frame",
        FrameTooLarge = "frame_too_large",
        EmptyText = "empty_text",
        TextTooLong = "text_too_long",
        /// Too many frames from this address or site.
        TooFast = "too_fast",
        TokenMissing = "token_missing",
        TokenInvalid = "token_invalid",
        TokenExpired = "token_expired",
        UnknownSite = "unknown_site",
        /// The hash is not the one the site's server would have made.
        IdentityRefused = "identity_refused",
        UnknownOrigin = "unknown_origin",
        UnknownConversation = "unknown_conversation",
        UnknownEntry = "unknown_entry",
        UnknownMessage = "unknown_message",
        /// The same id was used for something else.
        IdConflict = "id_conflict",
        /// The agent or visitor may not do this.
        Forbidden = "forbidden",
        WrongCredentials = "wrong_credentials",
        SetUpLinkInvalid = "set_up_link_invalid",
        NotSignedIn = "not_signed_in",
        /// Address and password are right; the second factor's code is missing.
        CodeNeeded = "code_needed",
        /// The second factor's code is wrong or was used before.
        CodeWrong = "code_wrong",
        /// The owner requires a second factor, and the agent has none yet.
        SecondFactorNeeded = "second_factor_needed",
        /// The invitation was used, revoked or has expired.
        InvitationInvalid = "invitation_invalid",
        /// Somebody has an account with this e-mail address.
        AddressTaken = "address_taken",
        /// Somebody must stay who owns the installation.
        LastOwner = "last_owner",
        /// Somebody else has the conversation by now.
        AssignedMeanwhile = "assigned_meanwhile",
        /// A colleague has answered since.
        AnsweredMeanwhile = "answered_meanwhile",
        /// The visitor was blocked by an agent.
        Blocked = "blocked",
        /// As many as there may be of it are there.
        TooMany = "too_many",
        /// The bot must not speak after a human has.
        BotSilent = "bot_silent",
        /// The FAQ file or the request body cannot be read.
        InvalidBody = "invalid_body",
        /// The disk is full; existing chats continue from a reserve.
        NoSpace = "no_space",
        /// The log stopped taking writes; an operator is needed.
        LogPoisoned = "log_poisoned",
        /// A queue is full or a part is restarting.
        Busy = "busy",
        NotFound = "not_found",
        /// Larger than the owner allows.
        FileTooLarge = "file_too_large",
        /// Not a kind the owner allows, or not what its name says.
        FileKind = "file_kind",
        /// An image with more pixels than a browser should be asked to draw.
        ImageTooLarge = "image_too_large",
        /// The conversation or the site has as many files as it may have.
        FileQuota = "file_quota",
        /// Rated before, or not resolved.
        NotRatable = "not_ratable",
        /// Nobody set up how mail is sent.
        MailOff = "mail_off",
        InvalidEmail = "invalid_email",
        /// The bytes came too slowly, or stopped.
        UploadStalled = "upload_stalled",
    }
}
