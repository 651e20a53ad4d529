//! Bytes from the network, through the browser's HTTP cache.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, DedicatedWorkerGlobalScope, RequestCache, RequestInit, Response, WorkerGlobalScope,
};

/// Enough for the weights at 200 kbit/s.
const TIMEOUT_MS: u32 = 120_000;

#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("{url} could not be fetched")]
    Unreachable { url: String },
    #[error("{url} was answered with status {status}")]
    Refused { url: String, status: u16 },
}

/// Where the bytes may come from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source {
    /// The names carry hashes, so a cached copy is as good as a new one.
    Cache,
    /// The cached copy turned out to be corrupt.
    Network,
}

pub(crate) async fn bytes(
    scope: &DedicatedWorkerGlobalScope,
    url: &str,
    source: Source,
) -> Result<Vec<u8>, FetchError> {
    let unreachable = |_: JsValue| FetchError::Unreachable { url: url.to_owned() };
    let options = RequestInit::new();
    options.set_cache(match source {
        Source::Cache => RequestCache::Default,
        Source::Network => RequestCache::Reload,
    });
    options.set_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MS)));
    let scope: &WorkerGlobalScope = scope;
    let response = JsFuture::from(scope.fetch_with_str_and_init(url, &options));
    let response: Response =
        response.await.map_err(unreachable)?.dyn_into().map_err(unreachable)?;
    if !response.ok() {
        return Err(FetchError::Refused { url: url.to_owned(), status: response.status() });
    }
    let buffer = JsFuture::from(response.array_buffer().map_err(unreachable)?);
    Ok(Uint8Array::new(&buffer.await.map_err(unreachable)?).to_vec())
}
