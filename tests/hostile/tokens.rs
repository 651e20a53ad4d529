//! Who may open a socket, from where, for which site.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use protocol::http::SessionRequest;
use protocol::ids::SiteKey;
use protocol::refusal::RefusalCode;
use protocol::{SUBPROTOCOL, SUBPROTOCOL_TOKEN_PREFIX};
use sha2::Sha256;
use tests::http::{self, Answer};
use tests::process::ServerProcess;
use tests::visitor::{SOCKET_PATH, Visitor, demo_site};

const FOREIGN_ORIGIN: &str = "http://evil.example";

/// An upgrade request whose answer is read as plain HTTP, body and all.
async fn upgrade(server: &ServerProcess, subprotocols: &str, origin: &str) -> Result<Answer> {
    let headers = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-protocol", subprotocols),
        ("origin", origin),
    ];
    http::get(&server.origin, SOCKET_PATH, &headers).await
}

async fn upgrade_with(server: &ServerProcess, token: &str) -> Result<Answer> {
    let subprotocols = format!("{SUBPROTOCOL}, {SUBPROTOCOL_TOKEN_PREFIX}{token}");
    upgrade(server, &subprotocols, &server.origin).await
}

#[tokio::test]
async fn a_socket_needs_its_own_token_before_the_upgrade() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let visitor = Visitor::arrive(&server.origin).await?;
    let good = &visitor.grant.socket_token;
    assert_eq!(upgrade_with(&server, good).await?.status, 101);
    let none = upgrade(&server, SUBPROTOCOL, &server.origin).await?;
    assert_eq!(none.refusal()?, (401, RefusalCode::TokenMissing));
    let foreign = ["nonsense", "a.b", "", &visitor.grant.visitor_token];
    for token in foreign {
        let (status, code) = upgrade_with(&server, token).await?.refusal()?;
        assert_eq!(status, 401);
        let named = [RefusalCode::TokenInvalid, RefusalCode::TokenMissing];
        assert!(named.contains(&code), "{token}: {code:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_token_changed_in_any_place_is_invalid() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let token = Visitor::arrive(&server.origin).await?.grant.socket_token;
    for idx in (0..token.len()).step_by(7) {
        let mut forged = token.clone().into_bytes();
        forged[idx] = if forged[idx] == b'A' { b'B' } else { b'A' };
        let forged = String::from_utf8(forged)?;
        let refusal = upgrade_with(&server, &forged).await?.refusal()?;
        assert_eq!(refusal, (401, RefusalCode::TokenInvalid), "character {idx}");
    }
    assert_eq!(upgrade_with(&server, &token).await?.status, 101);
    Ok(())
}

#[tokio::test]
async fn a_token_past_its_time_is_expired() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let visitor = Visitor::arrive(&server.origin).await?;
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    // Made with the server's own key: only its age tells the two apart.
    let valid = signed(&server, &visitor, now_s + 60)?;
    assert_eq!(upgrade_with(&server, &valid).await?.status, 101);
    let expired = signed(&server, &visitor, now_s - 1)?;
    let refusal = upgrade_with(&server, &expired).await?.refusal()?;
    assert_eq!(refusal, (401, RefusalCode::TokenExpired));
    Ok(())
}

/// A socket token with an end of our choice: kind 7, seconds, visitor, session, site.
fn signed(server: &ServerProcess, visitor: &Visitor, expires_s: u64) -> Result<String> {
    let key = std::fs::read(server.installation.data().join("key"))?;
    let mut payload = vec![7];
    payload.extend(expires_s.to_be_bytes());
    payload.extend(visitor.grant.visitor.0.as_bytes());
    payload.extend([9; 16]);
    payload.push(u8::try_from(demo_site().as_str().len())?);
    payload.extend(demo_site().as_str().as_bytes());
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).context("a key of any length")?;
    mac.update(&payload);
    let signature = mac.finalize().into_bytes();
    Ok(format!("{}.{}", URL_SAFE_NO_PAD.encode(&payload), URL_SAFE_NO_PAD.encode(signature)))
}

#[tokio::test]
async fn pages_of_other_origins_get_neither_session_nor_socket() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let visitor = Visitor::arrive(&server.origin).await?;
    let request = SessionRequest { site: demo_site(), visitor_token: None, identity: None };
    let subprotocols =
        format!("{SUBPROTOCOL}, {SUBPROTOCOL_TOKEN_PREFIX}{}", visitor.grant.socket_token);
    // The shop's own page is another origin as well: only the iframe may call.
    for origin in [FOREIGN_ORIGIN, "null", server.demo.as_str()] {
        let from = [("origin", origin)];
        let session = http::post(&server.origin, "/v1/session", &from, &request).await?;
        assert_eq!(session.refusal()?, (403, RefusalCode::UnknownOrigin), "{origin}");
        assert_eq!(session.header("access-control-allow-origin"), "");
        let socket = upgrade(&server, &subprotocols, origin).await?;
        assert_eq!(socket.refusal()?, (403, RefusalCode::UnknownOrigin), "{origin}");
    }
    let own = upgrade(&server, &subprotocols, &server.origin).await?;
    assert_eq!(own.status, 101);
    Ok(())
}

#[tokio::test]
async fn an_unknown_site_has_no_session_and_no_widget() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let site = SiteKey::parse("nobodys-shop").context("a valid key")?;
    let request = SessionRequest { site, visitor_token: None, identity: None };
    let session = http::post(&server.origin, "/v1/session", &[], &request).await?;
    assert_eq!(session.refusal()?, (404, RefusalCode::UnknownSite));
    let page = http::get(&server.origin, "/widget?site=nobodys-shop", &[]).await?;
    assert_eq!(page.status, 404);
    assert!(page.text().contains("unknown_site"), "{}", page.text());
    for query in ["/widget", "/widget?site=", "/widget?site=%3Cscript%3E"] {
        let page = http::get(&server.origin, query, &[]).await?;
        assert!((400..500).contains(&page.status), "{query}: {}", page.status);
        assert!(!page.text().contains("<script>"), "{query}");
    }
    let known = http::get(&server.origin, "/widget?site=demo", &[]).await?;
    assert_eq!(known.status, 200);
    Ok(())
}

#[tokio::test]
async fn only_the_sites_own_domains_may_frame_the_widget() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let widget = http::get(&server.origin, "/widget?site=demo", &[]).await?;
    let policy = widget.header("content-security-policy");
    let ancestors = policy
        .split(';')
        .find_map(|rule| rule.trim().strip_prefix("frame-ancestors "))
        .with_context(|| format!("no frame-ancestors in {policy}"))?;
    let mut domains: Vec<&str> = ancestors.split_whitespace().collect();
    domains.sort_unstable();
    let mut expected = vec!["http://127.0.0.1:7071", server.demo.as_str()];
    expected.sort_unstable();
    assert_eq!(domains, expected);
    for forbidden in ["unsafe-inline", "unsafe-eval'; ", " *"] {
        assert!(!policy.replace("wasm-unsafe-eval", "").contains(forbidden), "{policy}");
    }
    Ok(())
}

#[tokio::test]
async fn a_stolen_name_is_not_enough_to_come_back_as_somebody() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut known = Visitor::connected(&server.origin).await?;
    known.say_accepted("my secret").await?;
    // The id is no secret; the token is.
    let id = Some(known.grant.visitor.to_string());
    let mut stranger = Visitor::arrive_with(&server.origin, id).await?;
    assert_ne!(stranger.grant.visitor, known.grant.visitor);
    stranger.connect().await?;
    assert!(stranger.messages.is_empty());
    Ok(())
}
