//! Asks the server for the visitor's tokens. Knows HTTP; knows no socket and no state.

use alloc::boxed::Box;
use alloc::string::String;

use protocol::http::{ErrorBody, SessionGrant, SessionRequest};
use protocol::refusal::{Refusal, RefusalCode};
use web_sys::XmlHttpRequest;

use crate::page::on;

/// Longer than this and the attempt counts as lost.
const SESSION_TIMEOUT_MS: u32 = 10_000;

#[derive(Debug)]
pub(crate) enum SessionError {
    /// No answer, or one that is not ours: a proxy's, a broken one.
    Unreachable,
    Refused(Refusal),
}

/// A grant, and the text it came as: that is what is kept and shown to other tabs.
pub(crate) struct Granted {
    pub(crate) grant: SessionGrant,
    pub(crate) text: String,
}

impl SessionError {
    /// Whether another visitor token may help.
    pub(crate) fn is_about_token(&self) -> bool {
        matches!(
            self,
            Self::Refused(Refusal {
                code: RefusalCode::TokenInvalid
                    | RefusalCode::TokenExpired
                    | RefusalCode::TokenMissing,
                ..
            })
        )
    }

    pub(crate) fn is_about_identity(&self) -> bool {
        matches!(self, Self::Refused(Refusal { code: RefusalCode::IdentityRefused, .. }))
    }

    /// How long the server asked to be left alone; 0 when it did not.
    pub(crate) fn retry_after_ms(&self) -> u64 {
        match self {
            Self::Refused(refusal) => refusal.retry_after_ms.unwrap_or(0),
            Self::Unreachable => 0,
        }
    }

    /// The refusal after which asking again is pointless.
    pub(crate) fn final_code(&self) -> Option<RefusalCode> {
        match self {
            Self::Refused(Refusal { code, retry_after_ms: None })
                if matches!(
                    code,
                    RefusalCode::UnknownSite | RefusalCode::UnknownOrigin | RefusalCode::Forbidden
                ) =>
            {
                Some(*code)
            }
            Self::Refused(_) | Self::Unreachable => None,
        }
    }
}

/// Posts the request; `done` is called once.
pub(crate) fn request(
    body: &SessionRequest,
    mut done: impl FnMut(Result<Granted, SessionError>) + 'static,
) {
    let (Ok(xhr), Ok(text)) = (XmlHttpRequest::new(), crate::json::encode(body)) else {
        done(Err(SessionError::Unreachable));
        return;
    };
    let opened = xhr.open_with_async("POST", "/v1/session", true);
    let headed = xhr.set_request_header("content-type", "application/json");
    xhr.set_timeout(SESSION_TIMEOUT_MS);
    let finished = xhr.clone();
    // `loadend` comes after success, failure and timeout alike.
    on(&xhr, "loadend", Box::new(move |_| done(outcome(&finished))));
    let sent = opened.and(headed).and_then(|()| xhr.send_with_opt_str(Some(&text)));
    if sent.is_err() {
        // The event still comes for an opened request; an unopened one has a wrong address, which
        // a fixed path cannot be.
        xhr.abort().ok();
    }
}

fn outcome(xhr: &XmlHttpRequest) -> Result<Granted, SessionError> {
    let text = xhr.response_text().ok().flatten().unwrap_or_default();
    if xhr.status() == Ok(200) {
        let grant = crate::json::decode(&text).map_err(|_| SessionError::Unreachable)?;
        return Ok(Granted { grant, text });
    }
    match crate::json::decode::<ErrorBody>(&text) {
        Ok(body) => Err(SessionError::Refused(body.refusal)),
        Err(_) => Err(SessionError::Unreachable),
    }
}
