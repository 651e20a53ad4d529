//! Calls of the visitor's own: settings of the screens, and a file on its way up. It knows no
//! screen.

use protocol::forms::{FormPosted, VisitorForms};
use protocol::http::ErrorBody;
use protocol::refusal::RefusalCode;
use web_sys::{Event, XmlHttpRequest};

use crate::dom::on;

/// Longer than this and a form is not waited for.
const SETTINGS_TIMEOUT_MS: u32 = 6_000;

/// Longer than this and the visitor tries again.
const POST_TIMEOUT_MS: u32 = 15_000;

/// Why a call came to nothing: the server's word, or none.
pub(crate) type Failure = Option<RefusalCode>;

/// A request that bears the visitor's token; `None` before there is one.
pub(crate) fn request(method: &str, path: &str) -> Option<XmlHttpRequest> {
    let token = crate::visitor_token()?;
    let xhr = XmlHttpRequest::new().ok()?;
    xhr.open_with_async(method, path, true).ok()?;
    xhr.set_request_header("authorization", &format!("Bearer {token}")).ok()?;
    Some(xhr)
}

/// The body of a call that ended, or why there is none.
pub(crate) fn outcome(xhr: &XmlHttpRequest) -> Result<String, Failure> {
    let text = xhr.response_text().ok().flatten().unwrap_or_default();
    if matches!(xhr.status(), Ok(200..=299)) {
        return Ok(text);
    }
    Err(serde_json::from_str::<ErrorBody>(&text).ok().map(|body| body.refusal.code))
}

/// Sends what was filled in; `done` is called once.
pub(crate) fn post(form: &FormPosted, mut done: impl FnMut(Result<(), Failure>) + 'static) {
    let Some(xhr) = request("POST", "/v1/forms") else { return done(Err(None)) };
    let text = serde_json::to_string(form).unwrap_or_default();
    xhr.set_timeout(POST_TIMEOUT_MS);
    // Without it the server would say so.
    let _ = xhr.set_request_header("content-type", "application/json");
    let ended = xhr.clone();
    on(&xhr, "loadend", move |_: Event| done(outcome(&ended).map(drop)));
    if xhr.send_with_opt_str(Some(&text)).is_err() {
        xhr.abort().ok();
    }
}

/// Asks for the settings of the screens; `done` is called once.
pub(crate) fn settings(mut done: impl FnMut(Option<VisitorForms>) + 'static) {
    let Some(xhr) = request("GET", "/v1/forms") else { return done(None) };
    xhr.set_timeout(SETTINGS_TIMEOUT_MS);
    let ended = xhr.clone();
    on(&xhr, "loadend", move |_: Event| {
        done(outcome(&ended).ok().and_then(|text| serde_json::from_str(&text).ok()));
    });
    if xhr.send().is_err() {
        xhr.abort().ok();
    }
}
