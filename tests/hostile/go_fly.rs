//! Five holes of a well-known chat server, each as an attack on this one: whoever can reach the
//! port could speak as an agent, read any history, mint an administrator's token, sign in with a
//! known password, and load scripts of third parties into every visitor's page.

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use protocol::agent::AgentFrame;
use protocol::http::SignInRequest;
use protocol::ids::Seq;
use protocol::refusal::RefusalCode;
use protocol::visitor::VisitorFrame;
use serde_json::json;
use sha2::Sha256;
use tests::agent::{Agent, COOKIE, SOCKET_PATH};
use tests::http;
use tests::process::{Installation, ServerProcess};
use tests::visitor::Visitor;

#[tokio::test]
async fn nobody_speaks_as_an_agent_without_being_one() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted("hello").await?;
    let conversation = visitor.conversation.context("no conversation")?;
    // The paths of old, and ours: there is no way in without a cookie.
    let forged = json!({ "type": "kefu", "from_id": "agent", "content": "send us your card" });
    for path in ["/2/message", "/message", "/v1/messages", "/v1/agents/messages"] {
        let status = http::post(&server.origin, path, &[], &forged).await?.status;
        assert!((400..500).contains(&status), "{path}: {status}");
    }
    let upgrade = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("origin", server.origin.as_str()),
    ];
    let socket = http::get(&server.origin, SOCKET_PATH, &upgrade).await?;
    assert_eq!(socket.refusal()?, (401, RefusalCode::NotSignedIn));
    // An agent's frame on a visitor's socket is no frame.
    let message_id = tests::visitor::new_message_id();
    let reply =
        AgentFrame::Reply { message_id, conversation, text: "as an agent".to_owned(), seen: None };
    let text = serde_json::to_string(&reply)?;
    visitor.socket()?.send_text(text).await?;
    assert_eq!(visitor.until_refused(None).await?, RefusalCode::MalformedFrame);
    assert!(visitor.texts().iter().all(|text| text != "as an agent"));
    Ok(())
}

#[tokio::test]
async fn no_id_opens_somebody_elses_history() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut known = Visitor::connected(&server.origin).await?;
    known.say_accepted("my secret").await?;
    let (visitor, conversation) = (known.grant.visitor, known.conversation.context("none")?);
    for path in [
        format!("/messages?visitor_id={visitor}"),
        format!("/2/messages?visitor_id={visitor}"),
        format!("/v1/conversations/{conversation}"),
        format!("/v1/conversations/{conversation}/messages"),
        format!("/v1/visitors/{visitor}"),
    ] {
        let answer = http::get(&server.origin, &path, &[]).await?;
        assert!([401, 404].contains(&answer.status), "{path}: {}", answer.status);
        assert!(!answer.text().contains("my secret"), "{path}");
    }
    let mut stranger = Visitor::connected(&server.origin).await?;
    let (conversation, last_seq) = (Some(conversation), Seq(0));
    stranger.send(&VisitorFrame::Resume { conversation, last_seq }).await?;
    stranger.say_accepted("mine").await?;
    assert!(stranger.texts().iter().all(|text| text != "my secret"));
    Ok(())
}

/// An agent's token as this server writes it, under a key of the attacker's choice.
fn minted(agent: &Agent, key: &[u8]) -> Result<String> {
    let token = agent.cookie.split_once('=').context("a cookie")?.1;
    let payload = token.split_once('.').context("a token")?.0;
    let mut mac = Hmac::<Sha256>::new_from_slice(key).context("a key of any length")?;
    mac.update(&URL_SAFE_NO_PAD.decode(payload)?);
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    Ok(format!("{COOKIE}={payload}.{signature}"))
}

#[tokio::test]
async fn no_constant_mints_an_administrators_token() -> Result<()> {
    let (one, two) = (ServerProcess::demo().await?, ServerProcess::demo().await?);
    let key = |installation: &Installation| std::fs::read(installation.data().join("key"));
    let (own, foreign) = (key(&one.installation)?, key(&two.installation)?);
    assert_ne!(own, foreign, "every installation has a key of its own");
    let owner = Agent::set_up(&one).await?;
    let constants = [&b"golivechat"[..], b"", b"secret", b"frontdesk", &foreign];
    for guess in constants {
        let cookie = minted(&owner, guess)?;
        let me = http::get(&one.origin, "/v1/agents/me", &[("cookie", &cookie)]).await?;
        assert_eq!(me.refusal()?, (401, RefusalCode::NotSignedIn));
    }
    // The sibling that shows the forgery was well made.
    let cookie = minted(&owner, &own)?;
    assert_eq!(http::get(&one.origin, "/v1/agents/me", &[("cookie", &cookie)]).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn there_is_no_default_login_and_no_hash_that_a_table_breaks() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let attempts = [("kefu2", "123"), ("admin", "admin"), ("root@localhost", "root"), ("", "")];
    for (email, password) in attempts {
        let (email, password) = (email.to_owned(), password.to_owned());
        let request = SignInRequest { email: email.clone(), password, code: None };
        let answer = http::post(&server.origin, "/v1/agents/sign-in", &[], &request).await?;
        assert_eq!(answer.refusal()?, (401, RefusalCode::WrongCredentials), "{email}");
    }
    Agent::set_up(&server).await?;
    // What lies on disk is salted and slow, and no form of the password itself.
    let mut bytes = Vec::new();
    for file in std::fs::read_dir(server.installation.data().join("log"))? {
        bytes.extend(std::fs::read(file?.path())?);
    }
    let has = |words: &[u8]| bytes.windows(words.len()).any(|window| window == words);
    assert!(has(b"$argon2id$v=19$m="));
    assert!(!has(tests::agent::PASSWORD.as_bytes()));
    Ok(())
}

#[tokio::test]
async fn no_page_of_ours_loads_a_script_of_anybody_else() -> Result<()> {
    let server = ServerProcess::demo().await?;
    for path in ["/widget?site=demo", "/console"] {
        let page = http::get(&server.origin, path, &[]).await?;
        assert!(!page.text().contains("//cdn") && !page.text().contains("https://"), "{path}");
        let policy = page.header("content-security-policy");
        let rule = |name: &str| {
            let rules = policy.split(';').map(str::trim);
            rules.filter_map(|rule| rule.split_once(' ')).find(|(at, _)| *at == name)
        };
        let (_, scripts) = rule("script-src").with_context(|| policy.to_owned())?;
        assert_eq!(scripts, "'self' 'wasm-unsafe-eval'", "{path}");
        assert_eq!(rule("default-src"), Some(("default-src", "'none'")), "{path}");
    }
    let embed = http::get(&server.origin, "/embed.js", &[]).await?.text();
    for loads in ["https://", "http://www.w3.org", "createElement(\"script\")"] {
        let svg = loads == "http://www.w3.org";
        assert_eq!(embed.contains(loads), svg, "{loads}");
    }
    // Its own second part, from where it came itself, and nothing else.
    let imports: Vec<&str> = embed.split("import(").skip(1).collect();
    let [own] = imports[..] else { panic!("{} imports", imports.len()) };
    let (_, path) = own.split_once("}").context("no origin before it")?;
    assert!(own.starts_with("`${") && path.starts_with("/attention.js`)"), "{own}");
    Ok(())
}
