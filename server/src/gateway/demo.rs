//! The demo shop: a customer's page on an address of its own, as strict as a careful customer's.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, Uri, header};
use axum::response::IntoResponse;

use protocol::context::Identity;
use protocol::ids::SiteKey;

use super::assets::{self, Caching};
use super::{Gateway, Shared};
use crate::catalog::hash;

/// Key of the site the demo shop embeds.
pub(super) const SITE: &str = "demo";

/// Who is signed in at the demo shop, as its server knows them.
const CUSTOMER: &str = "customer-1";

pub(super) async fn page(State(gateway): Shared, headers: HeaderMap, uri: Uri) -> Response<Body> {
    let path = match uri.path().trim_start_matches('/') {
        "" => "demo/index.html".to_owned(),
        path => format!("demo/{path}"),
    };
    if path == "demo/account.json" {
        return account(&gateway);
    }
    let host = frontdesk_origin(&gateway);
    let mut response = if path.ends_with(".html") {
        match assets::bytes(&path) {
            Some(bytes) => html(&bytes, &host),
            None => assets::missing(&path),
        }
    } else {
        assets::file(&headers, &path, Caching::Revalidate)
    };
    assets::set_policy(&mut response, &policy(&host));
    response
}

/// What a shop's own server tells its page about who is signed in: the proof is made here, and the
/// secret stays here.
fn account(gateway: &Gateway) -> Response<Body> {
    let site = SiteKey::parse(SITE).ok().and_then(|key| gateway.catalog.site(&key));
    let Some(secret) = site.and_then(|site| site.secrets.into_iter().next()) else {
        return assets::missing("demo/account.json");
    };
    let person = Identity {
        id: CUSTOMER.to_owned(),
        hash: hash(&secret.0, CUSTOMER),
        name: Some("Demo customer".to_owned()),
        email: Some("customer@heronmoss.example".to_owned()),
    };
    ([(header::CACHE_CONTROL, "no-store")], Json(person)).into_response()
}

fn policy(host: &str) -> String {
    format!(
        "default-src 'self'; script-src 'self' {host}; frame-src {host}; style-src 'self'; \
         img-src 'self' data:; connect-src 'self'; base-uri 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    )
}

/// A customer pastes the snippet; the demo shop has blanks for it.
fn filled(text: &str, host: &str) -> String {
    text.replace("{{FRONTDESK_ORIGIN}}", host).replace("{{FRONTDESK_SITE}}", SITE)
}

fn html(bytes: &[u8], host: &str) -> Response<Body> {
    let text = filled(&String::from_utf8_lossy(bytes), host);
    let headers = [
        (header::CONTENT_TYPE, assets::content_type("index.html")),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}

fn frontdesk_origin(gateway: &Arc<Gateway>) -> String {
    let listening = || format!("http://{}", gateway.config.listen);
    gateway.config.public_origin.clone().unwrap_or_else(listening)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_names_the_server_and_its_site() {
        let snippet = "<script src=\"{{FRONTDESK_ORIGIN}}/embed.js\" data-site={{FRONTDESK_SITE}}>";
        assert_eq!(
            filled(snippet, "http://127.0.0.1:7070"),
            "<script src=\"http://127.0.0.1:7070/embed.js\" data-site=demo>"
        );
        assert!(policy("http://h:1").contains("frame-src http://h:1;"));
    }
}
