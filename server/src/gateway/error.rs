//! Refusals as HTTP answers: the one place that turns an error into a status and a body.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use protocol::http::ErrorBody;
use protocol::refusal::{Refusal, RefusalCode};

use super::auth::TokenError;
use crate::catalog::{CatalogError, PackStoreError};
use crate::conversation::{refusal, refusal_code};
use crate::history::HistoryError;
use crate::intake::IntakeError;
use crate::rehearsal::RehearsalError;

/// What a caller is told. The cause, when it is ours, goes to the log instead.
#[derive(Debug)]
pub(super) struct HttpError {
    pub status: StatusCode,
    pub refusal: Refusal,
    pub detail: String,
}

impl HttpError {
    pub(super) fn new(code: RefusalCode, detail: impl Into<String>) -> Self {
        Self { status: status(code), refusal: refusal(code), detail: detail.into() }
    }

    /// As a part below refused it.
    pub(super) fn refused(refusal: Refusal, detail: impl Into<String>) -> Self {
        Self { status: status(refusal.code), refusal, detail: detail.into() }
    }

    pub(super) fn retry_after(code: RefusalCode, after_ms: u64, detail: impl Into<String>) -> Self {
        let refusal = Refusal::retry_after(code, after_ms);
        Self { status: status(code), refusal, detail: detail.into() }
    }
}

impl IntoResponse for HttpError {
    fn into_response(self) -> Response {
        let retry_after_ms = self.refusal.retry_after_ms;
        let body = ErrorBody { refusal: self.refusal, detail: self.detail };
        let mut response = (self.status, Json(body)).into_response();
        if let Some(after_ms) = retry_after_ms {
            // For proxies and programs; the body says it more precisely.
            let after_s = HeaderValue::from(after_ms.div_ceil(1_000));
            response.headers_mut().insert(header::RETRY_AFTER, after_s);
        }
        response
    }
}

impl From<TokenError> for HttpError {
    fn from(error: TokenError) -> Self {
        let code = match error {
            TokenError::Invalid => RefusalCode::TokenInvalid,
            TokenError::Expired => RefusalCode::TokenExpired,
        };
        Self::new(code, error.to_string())
    }
}

impl From<CatalogError> for HttpError {
    fn from(error: CatalogError) -> Self {
        let code = match &error {
            CatalogError::UnknownSite(_) => RefusalCode::UnknownSite,
            CatalogError::DraftChanged => RefusalCode::IdConflict,
            CatalogError::AgentExists => RefusalCode::SetUpLinkInvalid,
            CatalogError::UnknownAgent => RefusalCode::NotFound,
            CatalogError::Invitation => RefusalCode::InvitationInvalid,
            CatalogError::AddressTaken => RefusalCode::AddressTaken,
            CatalogError::LastOwner => RefusalCode::LastOwner,
            CatalogError::CodeNeeded => RefusalCode::CodeNeeded,
            CatalogError::CodeWrong => RefusalCode::CodeWrong,
            CatalogError::InvalidProfile
            | CatalogError::TooMany
            | CatalogError::Password(_)
            | CatalogError::Settings(_)
            | CatalogError::Canned(_)
            | CatalogError::Faq(_)
            | CatalogError::Pack(PackStoreError::Compile(_)) => RefusalCode::InvalidBody,
            CatalogError::Pack(
                PackStoreError::NoModel | PackStoreError::Load(_) | PackStoreError::Io(_),
            )
            | CatalogError::Busy => RefusalCode::Busy,
            CatalogError::Append(error) => refusal_code(*error),
        };
        if status(code).is_server_error() {
            tracing::error!(%error, "a change of the catalogue failed");
        }
        Self::new(code, error.to_string())
    }
}

impl From<RehearsalError> for HttpError {
    fn from(error: RehearsalError) -> Self {
        match error {
            RehearsalError::Catalog(error) => error.into(),
            RehearsalError::History(error) => error.into(),
            RehearsalError::NothingToAsk => {
                Self::new(RefusalCode::InvalidBody, "there is no FAQ to ask yet")
            }
            RehearsalError::Busy => {
                Self::retry_after(RefusalCode::Busy, 2_000, "somebody else is trying something")
            }
        }
    }
}

impl From<HistoryError> for HttpError {
    fn from(error: HistoryError) -> Self {
        tracing::error!(%error, "the history cannot be read");
        Self::new(RefusalCode::Busy, "the history cannot be read now")
    }
}

impl From<IntakeError> for HttpError {
    fn from(error: IntakeError) -> Self {
        Self::new(RefusalCode::InvalidBody, error.to_string())
    }
}

fn status(code: RefusalCode) -> StatusCode {
    match code {
        RefusalCode::MalformedFrame
        | RefusalCode::EmptyText
        | RefusalCode::TextTooLong
        | RefusalCode::InvalidEmail
        | RefusalCode::InvalidBody => StatusCode::BAD_REQUEST,
        RefusalCode::FrameTooLarge | RefusalCode::FileTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        RefusalCode::FileKind | RefusalCode::ImageTooLarge => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        RefusalCode::UploadStalled => StatusCode::REQUEST_TIMEOUT,
        RefusalCode::TooFast => StatusCode::TOO_MANY_REQUESTS,
        RefusalCode::TokenMissing
        | RefusalCode::TokenInvalid
        | RefusalCode::TokenExpired
        | RefusalCode::WrongCredentials
        | RefusalCode::CodeNeeded
        | RefusalCode::CodeWrong
        | RefusalCode::NotSignedIn => StatusCode::UNAUTHORIZED,
        RefusalCode::UnknownOrigin
        | RefusalCode::Forbidden
        | RefusalCode::SecondFactorNeeded
        | RefusalCode::InvitationInvalid
        | RefusalCode::IdentityRefused
        | RefusalCode::MailOff
        | RefusalCode::Blocked
        | RefusalCode::SetUpLinkInvalid => StatusCode::FORBIDDEN,
        RefusalCode::UnknownSite
        | RefusalCode::UnknownConversation
        | RefusalCode::UnknownEntry
        | RefusalCode::UnknownMessage
        | RefusalCode::NotFound => StatusCode::NOT_FOUND,
        RefusalCode::IdConflict
        | RefusalCode::AssignedMeanwhile
        | RefusalCode::AnsweredMeanwhile
        | RefusalCode::TooMany
        | RefusalCode::BotSilent
        | RefusalCode::AddressTaken
        | RefusalCode::NotRatable
        | RefusalCode::LastOwner => StatusCode::CONFLICT,
        RefusalCode::NoSpace | RefusalCode::FileQuota => StatusCode::INSUFFICIENT_STORAGE,
        RefusalCode::LogPoisoned | RefusalCode::Busy => StatusCode::SERVICE_UNAVAILABLE,
    }
}
