//! Which pages may call: our own, and a console served elsewhere when the operator named it.

use axum::http::{HeaderMap, header};

use crate::config::Config;

/// Whether the request comes from a page of ours. A request without `Origin` is not a page's, but
/// for same-origin reads, which browsers mark with `Sec-Fetch-Site`.
pub(super) fn is_own(headers: &HeaderMap, config: &Config) -> bool {
    match text(headers, header::ORIGIN.as_str()) {
        Some(origin) => equals_own(origin, headers, config),
        None => text(headers, "sec-fetch-site") == Some("same-origin"),
    }
}

/// As `is_own`, or the console's origin.
pub(super) fn is_console(headers: &HeaderMap, config: &Config) -> bool {
    let named = config.console_origin.as_deref();
    let from_named = named.is_some() && text(headers, header::ORIGIN.as_str()) == named;
    from_named || is_own(headers, config)
}

/// `host[:port]` of this server as the browser sees it.
pub(super) fn host(headers: &HeaderMap, config: &Config) -> String {
    let public = config.public_origin.as_deref().and_then(|origin| origin.split_once("://"));
    let sent = text(headers, header::HOST.as_str()).filter(|host| is_host(host));
    let listening = || config.listen.to_string();
    public.map_or_else(|| sent.map_or_else(listening, str::to_owned), |(_, host)| host.to_owned())
}

/// Whether browsers reach us over TLS (a proxy ends it).
pub(super) fn is_secure(config: &Config) -> bool {
    config.public_origin.as_deref().is_some_and(|origin| origin.starts_with("https://"))
}

/// The origin of the page that asks for a file, as the browser says. Proves nothing.
pub(super) fn referring(headers: &HeaderMap) -> Option<String> {
    let page = text(headers, header::REFERER.as_str())?;
    let (scheme, rest) = page.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next().filter(|host| is_host(host))?;
    let known = matches!(scheme, "http" | "https");
    known.then(|| format!("{scheme}://{host}"))
}

fn equals_own(origin: &str, headers: &HeaderMap, config: &Config) -> bool {
    match &config.public_origin {
        Some(public) => origin == public,
        None => {
            let host = host(headers, config);
            origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"))
                == Some(host.as_str())
        }
    }
}

/// What ends up in a header or a page must be nothing but a host and a port.
fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 255
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']'))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        config: &Config,
        headers: &[(&'static str, &str)],
        own_expected: bool,
        console_expected: bool,
    ) {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        assert_eq!(is_own(&map, config), own_expected, "own: {headers:?}");
        assert_eq!(is_console(&map, config), console_expected, "console: {headers:?}");
    }

    #[test]
    fn only_our_own_pages_and_the_named_console_may_call() {
        let plain = Config::default();
        let named = Config {
            console_origin: Some("http://localhost:8080".to_owned()),
            ..Config::default()
        };
        let public =
            Config { public_origin: Some("https://chat.example".to_owned()), ..Config::default() };
        let host = ("host", "127.0.0.1:7070");
        check(&plain, &[host, ("origin", "http://127.0.0.1:7070")], true, true);
        check(&plain, &[host, ("origin", "http://127.0.0.1:7071")], false, false);
        check(&plain, &[host, ("origin", "http://evil.example")], false, false);
        check(&plain, &[host, ("origin", "null")], false, false);
        check(&plain, &[host], false, false);
        check(&plain, &[host, ("sec-fetch-site", "same-origin")], true, true);
        check(&plain, &[host, ("sec-fetch-site", "cross-site")], false, false);
        check(&named, &[host, ("origin", "http://localhost:8080")], false, true);
        check(&public, &[host, ("origin", "https://chat.example")], true, true);
        check(&public, &[host, ("origin", "http://127.0.0.1:7070")], false, false);
    }

    #[test]
    fn a_page_is_known_by_its_origin() {
        let of = |page: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("referer", page.parse().unwrap());
            referring(&headers)
        };
        let shop = Some("https://shop.example".to_owned());
        assert_eq!(of("https://shop.example/"), shop);
        assert_eq!(of("https://shop.example"), shop);
        assert_eq!(of("https://shop.example/a?b#c"), shop);
        for none in ["", "shop.example", "file:///x", "https://a b/", "https:///x"] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn a_host_that_is_none_is_not_repeated() {
        let mut headers = HeaderMap::new();
        headers.insert("host", "x; script-src *".parse().unwrap());
        assert_eq!(host(&headers, &Config::default()), "127.0.0.1:7070");
    }
}
