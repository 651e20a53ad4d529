//! The web files: widget, console, scripts and models, built into the program (debug builds read
//! them from disk). Chooses the encoding and says how long a browser may keep what.

use std::borrow::Cow;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;
use protocol::forms::Consent;
use protocol::http::PackRef;
use protocol::ids::SiteKey;
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;
use rust_embed::RustEmbed;
use serde::Deserialize;

use super::error::HttpError;
use super::{Shared, origin};

#[derive(RustEmbed)]
#[folder = "$FRONTDESK_ROOT/dist"]
#[allow_missing = true]
pub(super) struct WebFiles;

/// Without these nothing useful can be served.
const NEEDED: &[&str] = &["widget.html", "embed.js", "console/index.html"];

#[derive(Debug, thiserror::Error)]
#[error("the web file {0} is missing: run `cargo xtask web`, then build again")]
pub struct MissingWebFiles(&'static str);

/// # Errors
/// The program was built before its web files.
pub fn check_web_files() -> Result<(), MissingWebFiles> {
    match NEEDED.iter().find(|name| WebFiles::get(name).is_none()) {
        Some(missing) => Err(MissingWebFiles(missing)),
        None => Ok(()),
    }
}

/// How long a browser may use a file without asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Caching {
    /// The name contains the content's hash.
    Immutable,
    FiveMinutes,
    /// Asks each time and gets `304` when nothing changed.
    Revalidate,
}

impl Caching {
    fn header(self) -> &'static str {
        match self {
            Self::Immutable => "public, max-age=31536000, immutable",
            Self::FiveMinutes => "public, max-age=300",
            Self::Revalidate => "no-cache",
        }
    }
}

pub(super) async fn asset(headers: HeaderMap, Path(name): Path<String>) -> Response<Body> {
    // Other variants are chosen by `Accept-Encoding`, not by name.
    if name.ends_with(".br") || name.ends_with(".gz") {
        return missing(&name);
    }
    let mut response = file(&headers, &format!("assets/{name}"), Caching::Immutable);
    set_policy(&mut response, WORKER_POLICY);
    response
}

/// A Worker lives by the policy of its own script, not by its page's: it loads the module, the
/// model and the pack from here, and compiles Wasm.
const WORKER_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
                             connect-src 'self'";

pub(super) async fn embed(State(gateway): Shared, headers: HeaderMap) -> Response<Body> {
    // The set-up guide tells the owner that the snippet was seen on their page.
    if let Some(origin) = origin::referring(&headers) {
        gateway.catalog.note_snippet(&origin);
    }
    for_every_page(file(&headers, "embed.js", Caching::FiveMinutes))
}

/// The launcher's own second part, which it imports.
pub(super) async fn attention(headers: HeaderMap) -> Response<Body> {
    for_every_page(file(&headers, "attention.js", Caching::FiveMinutes))
}

/// Customers' pages may ask for isolation, and modules are asked for with an origin; the launcher
/// is for everybody and holds no secret.
fn for_every_page(mut response: Response<Body>) -> Response<Body> {
    for (name, value) in
        [("cross-origin-resource-policy", "cross-origin"), ("access-control-allow-origin", "*")]
    {
        response
            .headers_mut()
            .insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    response
}

/// For developers, whose editors check their calls by it.
pub(super) async fn embed_types(headers: HeaderMap) -> Response<Body> {
    file(&headers, "embed.d.ts", Caching::FiveMinutes)
}

#[derive(Deserialize)]
pub(super) struct WidgetQuery {
    site: Option<String>,
    /// The customer's page says which language it will be in.
    locale: Option<String>,
}

/// The page in the customer's iframe. Which pages may frame it is the site's setting.
pub(super) async fn widget(
    State(gateway): Shared,
    headers: HeaderMap,
    Query(query): Query<WidgetQuery>,
) -> Result<Response<Body>, HttpError> {
    let key = query.site.as_deref().and_then(|key| SiteKey::parse(key).ok());
    let site = key.and_then(|key| gateway.catalog.site(&key));
    let site = site.ok_or_else(|| {
        HttpError::new(RefusalCode::UnknownSite, "the snippet's data-site names no site")
    })?;
    let mut ancestors: Vec<&str> = site.settings.domains.iter().map(String::as_str).collect();
    if site.key.as_str() == super::demo::SITE {
        ancestors.extend(gateway.demo_origin.as_deref());
    }
    let policy = widget_policy(&origin::host(&headers, &gateway.config), &ancestors);
    let mut response = match &site.settings.forms.consent {
        Some(consent) => asking_page(consent, site.pack_ref().as_ref()),
        None => file(&headers, "widget.html", Caching::Revalidate),
    };
    set_policy(&mut response, &policy);
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));
    let words = query.locale.as_deref().and_then(Locale::from_tag).and_then(words_of);
    if let Some(link) = words.and_then(|link| HeaderValue::from_str(&link).ok()) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// Fetches a language's words beside the scripts that would ask for them a journey later.
fn words_of(locale: Locale) -> Option<String> {
    let language = locale.tag().split('-').next()?;
    let start = format!("assets/{language}.");
    let file = WebFiles::iter().find(|name| name.starts_with(&start) && name.ends_with(".txt"))?;
    Some(format!("</{file}>; rel=preload; as=fetch; crossorigin"))
}

/// The widget's page with the question in it, so that it is asked without a call, and with the way
/// to the answers, which need no leave.
fn asking_page(consent: &Consent, pack: Option<&PackRef>) -> Response<Body> {
    const ROOT: &str = "<html ";
    let page = bytes("widget.html").and_then(|page| String::from_utf8(page.into_owned()).ok());
    let json = (serde_json::to_string(consent), serde_json::to_string(&pack));
    let (Some(page), (Ok(consent), Ok(pack))) = (page, json) else {
        return missing("widget.html");
    };
    let (consent, pack) = (attribute(consent), attribute(pack));
    let marks = format!("{ROOT}data-consent=\"{consent}\" data-pack=\"{pack}\" ");
    let page = page.replacen(ROOT, &marks, 1);
    ([(header::CONTENT_TYPE, content_type("widget.html"))], page).into_response()
}

/// A text as it stands between quotes.
fn attribute(text: String) -> String {
    let marks = [("&", "&amp;"), ("\"", "&quot;"), ("<", "&lt;"), (">", "&gt;")];
    marks.iter().fold(text, |text, (mark, name)| text.replace(mark, name))
}

/// What the widget's page may load; `host` and the origins were checked to be nothing else.
fn widget_policy(host: &str, ancestors: &[&str]) -> String {
    let ancestors = if ancestors.is_empty() { "'none'".to_owned() } else { ancestors.join(" ") };
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; \
         style-src 'self'; connect-src 'self' ws://{host} wss://{host}; img-src 'self' data:; \
         font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
    )
}

/// The console; its paths are its own business.
pub(super) async fn console(State(gateway): Shared, headers: HeaderMap) -> Response<Body> {
    let mut response = file(&headers, "console/index.html", Caching::Revalidate);
    let host = origin::host(&headers, &gateway.config);
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         connect-src 'self' ws://{host} wss://{host}; img-src 'self' data:; font-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    set_policy(&mut response, &policy);
    response
}

pub(super) fn set_policy(response: &mut Response<Body>, policy: &str) {
    if let Ok(value) = HeaderValue::from_str(policy) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, value);
    }
}

/// The demo shop's pages and the widget's asset share this.
pub(super) fn bytes(path: &str) -> Option<Cow<'static, [u8]>> {
    WebFiles::get(path).map(|file| file.data)
}

pub(super) fn missing(path: &str) -> Response<Body> {
    HttpError::new(RefusalCode::NotFound, format!("there is no web file {path}")).into_response()
}

/// One file in the best encoding there is.
pub(super) fn file(headers: &HeaderMap, path: &str, caching: Caching) -> Response<Body> {
    let Some(plain) = WebFiles::get(path) else { return missing(path) };
    let etag = format!("\"{}\"", hex(&plain.metadata.sha256_hash()[..16]));
    let builder = Response::builder()
        .header(header::CACHE_CONTROL, caching.header())
        .header(header::ETAG, &etag)
        .header(header::VARY, "Accept-Encoding");
    let unchanged = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|known| known.split(',').any(|known| known.trim() == etag));
    let built = if unchanged {
        builder.status(StatusCode::NOT_MODIFIED).body(Body::empty())
    } else {
        let builder = builder.header(header::CONTENT_TYPE, content_type(path));
        match encoded(headers, path) {
            Some((encoding, data)) => {
                builder.header(header::CONTENT_ENCODING, encoding).body(body(data))
            }
            None => builder.body(body(plain.data)),
        }
    };
    built.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

fn encoded(headers: &HeaderMap, path: &str) -> Option<(&'static str, Cow<'static, [u8]>)> {
    let accepted = headers.get(header::ACCEPT_ENCODING)?.to_str().ok()?;
    [("br", "br"), ("gzip", "gz")].into_iter().find_map(|(encoding, extension)| {
        let variant = || WebFiles::get(&format!("{path}.{extension}"));
        accepts(accepted, encoding).then(variant).flatten().map(|file| (encoding, file.data))
    })
}

fn accepts(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|item| {
        let (name, quality) = item.split_once(';').unwrap_or((item, ""));
        let refused = quality.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0_f32));
        name.trim().eq_ignore_ascii_case(encoding) && !refused
    })
}

fn body(data: Cow<'static, [u8]>) -> Body {
    match data {
        Cow::Borrowed(bytes) => Body::from(bytes),
        Cow::Owned(bytes) => Body::from(bytes),
    }
}

pub(super) fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg") => "image/jpeg",
        Some("webp") => "image/webp",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt" | "ts") => "text/plain; charset=utf-8",
        Some(_) | None => "application/octet-stream",
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_taken_by_name_and_never_when_refused() {
        for (accepted, encoding, expected) in [
            ("gzip, deflate, br", "br", true),
            ("gzip, deflate, br", "gzip", true),
            ("gzip;q=0.5, br;q=0", "br", false),
            ("gzip;q=0.5, br;q=0", "gzip", true),
            ("brotli", "br", false),
            ("", "gzip", false),
        ] {
            assert_eq!(accepts(accepted, encoding), expected, "{accepted} {encoding}");
        }
    }

    #[test]
    fn only_the_sites_pages_may_frame_the_widget() {
        let policy = widget_policy("chat.example", &["https://shop.example"]);
        assert!(policy.ends_with("frame-ancestors https://shop.example"), "{policy}");
        assert!(policy.contains("ws://chat.example wss://chat.example;"), "{policy}");
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        assert!(widget_policy("x", &[]).ends_with("frame-ancestors 'none'"));
    }
}
