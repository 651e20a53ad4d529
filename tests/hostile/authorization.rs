//! Reading and writing what is somebody else's.

use anyhow::{Context, Result};
use protocol::SUBPROTOCOL;
use protocol::agent::AgentFrame;
use protocol::http::{SetUpRequest, SignInRequest};
use protocol::ids::{ConversationId, Seq};
use protocol::refusal::RefusalCode;
use protocol::visitor::VisitorFrame;
use tests::agent::{Agent, EMAIL, PASSWORD, SOCKET_PATH, link_token};
use tests::process::ServerProcess;
use tests::socket::Socket;
use tests::visitor::{Visitor, new_message_id};
use tests::{demo, http};

#[tokio::test]
async fn another_visitors_conversation_cannot_be_read() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut victim = Visitor::connected(&server.origin).await?;
    victim.say_accepted("my card ends in 4242").await?;
    let mut thief = Visitor::connected(&server.origin).await?;
    let wanted = victim.conversation;
    thief.send(&VisitorFrame::Resume { conversation: wanted, last_seq: Seq(0) }).await?;
    // Either way of saying no is one; what follows shows that nothing was given away.
    thief.say_accepted("hello").await?;
    assert_ne!(thief.conversation, wanted);
    assert_eq!(thief.texts().first().map(String::as_str), Some("hello"), "{:?}", thief.texts());
    // The owner of the conversation asks the same and gets it.
    let token = victim.grant.visitor_token.clone();
    let mut same = Visitor::arrive_with(&server.origin, Some(token)).await?;
    same.connect().await?;
    assert_eq!(same.conversation, wanted);
    assert_eq!(same.texts().first().map(String::as_str), Some("my card ends in 4242"));
    Ok(())
}

#[tokio::test]
async fn another_visitors_answer_cannot_be_flagged() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut victim = Visitor::connected(&server.origin).await?;
    let id = victim.say_accepted(&demo::first_entry()?.question).await?;
    let answer_id = protocol::ids::MessageId::of_reply_to(id);
    victim.until("an answer", |visitor| visitor.message(answer_id).is_some()).await?;
    let mut other = Visitor::connected(&server.origin).await?;
    other.say_accepted("hello").await?;
    let flag_id = new_message_id();
    other.send(&VisitorFrame::Flag { flag_id, answer_id }).await?;
    assert_eq!(other.until_refused(Some(flag_id)).await?, RefusalCode::UnknownMessage);
    Ok(())
}

#[tokio::test]
async fn the_consoles_socket_needs_the_cookie_and_the_origin() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let agent = Agent::set_up(&server).await?;
    let visitor = Visitor::arrive(&server.origin).await?;
    let forged = format!("frontdesk_agent={}", visitor.grant.visitor_token);
    for cookie in ["", "frontdesk_agent=", "frontdesk_agent=x.y", &forged] {
        let cookie = [("cookie", cookie)];
        let refused = Socket::open(&server.origin, SOCKET_PATH, SUBPROTOCOL, &cookie).await;
        let error = refused.err().context("opened without a cookie")?.to_string();
        assert!(error.contains("401"), "{error}");
    }
    let foreign = [("cookie", agent.cookie.as_str()), ("origin", "http://evil.example")];
    let refused = Socket::open(&server.origin, SOCKET_PATH, SUBPROTOCOL, &foreign).await;
    let error = refused.err().context("opened from a foreign origin")?.to_string();
    assert!(error.contains("403"), "{error}");
    let own = [("cookie", agent.cookie.as_str())];
    Socket::open(&server.origin, SOCKET_PATH, SUBPROTOCOL, &own).await?;
    Ok(())
}

#[tokio::test]
async fn an_agent_cannot_act_on_what_does_not_exist() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut agent = Agent::connected(&server).await?;
    let conversation = ConversationId(new_message_id().0);
    let message_id = new_message_id();
    let frames = [
        AgentFrame::Watch { conversation, after_seq: Seq(0) },
        AgentFrame::Reply { message_id, conversation, text: "hello?".to_owned(), seen: None },
        AgentFrame::Resolve { message_id, conversation },
    ];
    for frame in frames {
        agent.send(&frame).await?;
        assert_eq!(agent.until_refused().await?, RefusalCode::UnknownConversation, "{frame:?}");
    }
    agent.socket()?.send_text("{\"say\":{}}".to_owned()).await?;
    assert_eq!(agent.until_refused().await?, RefusalCode::MalformedFrame);
    Ok(())
}

#[tokio::test]
async fn an_faq_is_published_by_an_owner_from_an_own_page_only() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let agent = Agent::set_up(&server).await?;
    let path = "/v1/sites/demo/faq";
    let faq = demo::faq()?;
    let nobody = http::post(&server.origin, path, &[], &faq).await?;
    assert_eq!(nobody.refusal()?, (401, RefusalCode::NotSignedIn));
    let cookie = ("cookie", agent.cookie.as_str());
    let foreign = [cookie, ("origin", "http://evil.example")];
    let elsewhere = http::post(&server.origin, path, &foreign, &faq).await?;
    assert_eq!(elsewhere.refusal()?, (403, RefusalCode::UnknownOrigin));
    let unknown = http::post(&server.origin, "/v1/sites/nobodys/faq", &[cookie], &faq).await?;
    assert_eq!(unknown.refusal()?, (404, RefusalCode::UnknownSite));
    for body in ["", "{", "[]", "{\"entries\":[{\"id\":\"a b\"}]}"] {
        let body = body.as_bytes().to_vec();
        let bad = http::post_bytes(&server.origin, path, &[cookie], body).await?;
        assert_eq!(bad.refusal()?, (400, RefusalCode::InvalidBody));
    }
    let good = http::post(&server.origin, path, &[cookie], &faq).await?;
    assert_eq!(good.status, 200, "{}", good.text());
    Ok(())
}

#[tokio::test]
async fn a_guessed_set_up_link_makes_no_agent() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut request = SetUpRequest {
        link_token: "guess".to_owned(),
        name: "Eve".to_owned(),
        email: "eve@example.com".to_owned(),
        password: PASSWORD.to_owned(),
    };
    let guessed = http::post(&server.origin, "/v1/agents/setup", &[], &request).await?;
    assert_eq!(guessed.refusal()?, (403, RefusalCode::SetUpLinkInvalid));
    request.link_token = link_token(&server)?;
    let foreign = [("origin", "http://evil.example")];
    let elsewhere = http::post(&server.origin, "/v1/agents/setup", &foreign, &request).await?;
    assert_eq!(elsewhere.refusal()?, (403, RefusalCode::UnknownOrigin));
    Agent::set_up(&server).await?;
    let attempt =
        SignInRequest { email: EMAIL.to_owned(), password: PASSWORD.to_owned(), code: None };
    let elsewhere = http::post(&server.origin, "/v1/agents/sign-in", &foreign, &attempt).await?;
    assert_eq!(elsewhere.refusal()?, (403, RefusalCode::UnknownOrigin));
    Ok(())
}

#[tokio::test]
async fn nothing_but_its_own_files_is_served() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let key = std::fs::read(server.installation.data().join("key"))?;
    let paths = [
        "/assets/../key",
        "/assets/%2e%2e/key",
        "/assets/..%2fkey",
        "/v1/packs/../key",
        "/v1/packs/..%2f..%2fkey.pack",
        "/nothing",
    ];
    for path in paths {
        let answer = http::get(&server.origin, path, &[]).await?;
        assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
    }
    // The console's paths are its own business: whatever is asked for, its page comes.
    let page = http::get(&server.origin, "/console/", &[]).await?;
    for path in ["/console/../../key", "/console/..%2f..%2fkey"] {
        let answer = http::get(&server.origin, path, &[]).await?;
        assert!(answer.body == page.body || answer.status >= 400, "{path}: {}", answer.status);
        assert_ne!(answer.body, key);
    }
    let missing = http::get(&server.origin, "/v1/nothing", &[]).await?;
    assert_eq!(missing.refusal()?, (404, RefusalCode::NotFound));
    Ok(())
}
