//! The HTTP calls of the console. The cookie is the browser's business; nothing here can read it.

pub(crate) mod owner;

use protocol::http::{AgentProfile, ErrorBody, SetUpRequest, SignInRequest};
use protocol::ids::CannedId;
use protocol::refusal::{Refusal, RefusalCode};
use protocol::team::{CannedResponse, Preview, PreviewRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, Request, RequestCredentials, RequestInit, Response};

use crate::browser;
use crate::locales::Strings;

const CANNED: &str = "/v1/canned-responses";

/// A call that takes longer has lost its network.
const CALL_TIMEOUT_MS: u32 = 10_000;

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum ApiError {
    #[error("the server cannot be reached")]
    Unreachable,
    #[error("the server refused: {:?}", .0.code)]
    Refused(Refusal),
    /// Neither the answer nor a refusal of this protocol: a proxy's page, another version.
    #[error("the answer cannot be read")]
    Unreadable,
}

impl ApiError {
    /// Whether the agent has to sign in.
    pub(crate) fn signed_out(&self) -> bool {
        match self {
            Self::Refused(refusal) => matches!(
                refusal.code,
                RefusalCode::NotSignedIn
                    | RefusalCode::TokenMissing
                    | RefusalCode::TokenInvalid
                    | RefusalCode::TokenExpired
            ),
            Self::Unreachable | Self::Unreadable => false,
        }
    }

    /// Why it did not work, in the agent's words.
    pub(crate) fn words(&self, words: &Strings) -> &'static str {
        match self {
            Self::Unreachable => words.unreachable,
            Self::Unreadable => words.unreadable,
            Self::Refused(refusal) => (words.refusal)(refusal.code),
        }
    }

    /// How long the server asked to be left alone; 0 when it did not.
    pub(crate) fn retry_after_ms(&self) -> u64 {
        match self {
            Self::Refused(refusal) => refusal.retry_after_ms.unwrap_or(0),
            Self::Unreachable | Self::Unreadable => 0,
        }
    }
}

pub(crate) async fn me() -> Result<AgentProfile, ApiError> {
    profile(call("GET", "/v1/agents/me", None).await?)
}

pub(crate) async fn sign_in(request: &SignInRequest) -> Result<AgentProfile, ApiError> {
    profile(call("POST", "/v1/agents/sign-in", Some(encode(request)?)).await?)
}

pub(crate) async fn set_up(request: &SetUpRequest) -> Result<AgentProfile, ApiError> {
    profile(call("POST", "/v1/agents/setup", Some(encode(request)?)).await?)
}

pub(crate) async fn sign_out() -> Result<(), ApiError> {
    call("POST", "/v1/agents/sign-out", Some("{}".to_owned())).await.map(drop)
}

pub(crate) async fn canned() -> Result<Vec<CannedResponse>, ApiError> {
    decode(&call("GET", CANNED, None).await?)
}

pub(crate) async fn keep_canned(canned: &CannedResponse) -> Result<(), ApiError> {
    let path = format!("{CANNED}/{}", canned.id);
    call("PUT", &path, Some(encode(canned)?)).await.map(drop)
}

pub(crate) async fn remove_canned(id: CannedId) -> Result<(), ApiError> {
    call("DELETE", &format!("{CANNED}/{id}"), None).await.map(drop)
}

pub(crate) async fn preview(text: String) -> Result<Preview, ApiError> {
    let request = PreviewRequest { text };
    decode(&call("POST", "/v1/agents/preview", Some(encode(&request)?)).await?)
}

fn decode<T: DeserializeOwned>(text: &str) -> Result<T, ApiError> {
    serde_json::from_str(text).map_err(|_| ApiError::Unreadable)
}

/// What lies under a path.
pub(crate) async fn get<T: DeserializeOwned>(path: &str) -> Result<T, CallRefused> {
    Ok(decode(&call_within("GET", path, None, CALL_TIMEOUT_MS).await?)?)
}

/// Sends a body and reads the answer.
pub(crate) async fn send<B: Serialize, T: DeserializeOwned>(
    method: &str,
    path: &str,
    body: &B,
) -> Result<T, ApiError> {
    decode(&call(method, path, Some(encode(body)?)).await?)
}

/// Sends a body where the answer has none.
pub(crate) async fn act<B: Serialize>(method: &str, path: &str, body: &B) -> Result<(), ApiError> {
    call(method, path, Some(encode(body)?)).await.map(drop)
}

fn profile(text: String) -> Result<AgentProfile, ApiError> {
    decode(&text)
}

fn encode(body: &impl Serialize) -> Result<String, ApiError> {
    serde_json::to_string(body).map_err(|_| ApiError::Unreadable)
}

/// Sends one call and returns the body of a 2xx answer.
async fn call(method: &str, path: &str, body: Option<String>) -> Result<String, ApiError> {
    call_within(method, path, body, CALL_TIMEOUT_MS).await.map_err(|refused| refused.error)
}

/// A refusal with the server's own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CallRefused {
    pub(crate) error: ApiError,
    /// English, for the curious.
    pub(crate) detail: Option<String>,
}

impl CallRefused {
    pub(crate) fn of(error: ApiError) -> Self {
        Self { error, detail: None }
    }
}

impl From<ApiError> for CallRefused {
    fn from(error: ApiError) -> Self {
        Self::of(error)
    }
}

async fn call_within(
    method: &str,
    path: &str,
    body: Option<String>,
    timeout_ms: u32,
) -> Result<String, CallRefused> {
    let request = request(method, path, body, timeout_ms).map_err(|_| ApiError::Unreachable)?;
    let answer = JsFuture::from(browser::window().fetch_with_request(&request))
        .await
        .map_err(|_| ApiError::Unreachable)?;
    let response: Response = answer.dyn_into().map_err(|_| ApiError::Unreadable)?;
    let text = text_of(&response).await.map_err(|_| ApiError::Unreachable)?;
    if response.ok() {
        return Ok(text);
    }
    match serde_json::from_str::<ErrorBody>(&text) {
        Ok(error) => {
            let detail = Some(error.detail).filter(|detail| !detail.is_empty());
            Err(CallRefused { error: ApiError::Refused(error.refusal), detail })
        }
        // A refusal by something before our server, such as a proxy's 401, still means sign in.
        Err(_) if response.status() == 401 => {
            Err(ApiError::Refused(Refusal::of(RefusalCode::NotSignedIn)).into())
        }
        Err(_) if response.status() >= 500 => Err(ApiError::Unreachable.into()),
        Err(_) => Err(ApiError::Unreadable.into()),
    }
}

fn request(
    method: &str,
    path: &str,
    body: Option<String>,
    timeout_ms: u32,
) -> Result<Request, JsValue> {
    let headers = Headers::new()?;
    headers.set("Accept", "application/json")?;
    let init = RequestInit::new();
    init.set_method(method);
    init.set_credentials(RequestCredentials::SameOrigin);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(timeout_ms)));
    if let Some(body) = body {
        headers.set("Content-Type", "application/json")?;
        init.set_body(&JsValue::from_str(&body));
    }
    init.set_headers(&headers);
    Request::new_with_str_and_init(path, &init)
}

async fn text_of(response: &Response) -> Result<String, JsValue> {
    let text = JsFuture::from(response.text()?).await?;
    Ok(text.as_string().unwrap_or_default())
}
