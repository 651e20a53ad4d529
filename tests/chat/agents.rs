//! Agents: the first one by the set-up link, the others of a shift by e-mail and password.

use anyhow::Result;
use protocol::http::{AgentProfile, Role, SetUpRequest, SignInRequest};
use protocol::refusal::RefusalCode;
use tests::agent::{Agent, EMAIL, NAME, PASSWORD, link_token};
use tests::http;
use tests::process::ServerProcess;

#[tokio::test]
async fn the_set_up_link_makes_one_owner_and_works_once() -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let token = link_token(&server)?;
    let agent = Agent::set_up(&server).await?;
    assert_eq!(agent.profile.role, Role::Owner);
    assert_eq!((agent.profile.name.as_str(), agent.profile.email.as_str()), (NAME, EMAIL));
    let second = SetUpRequest {
        link_token: token,
        name: "Eve".to_owned(),
        email: "eve@example.com".to_owned(),
        password: PASSWORD.to_owned(),
    };
    let answer = http::post(&server.origin, "/v1/agents/setup", &[], &second).await?;
    assert_eq!(answer.refusal()?, (403, RefusalCode::SetUpLinkInvalid));
    server.kill9()?;
    server.start_again().await?;
    assert_eq!(server.set_up_link, None, "there is an agent");
    let again = Agent::sign_in(&server.origin).await?;
    assert_eq!(again.profile, agent.profile);
    Ok(())
}

#[tokio::test]
async fn an_agent_signs_in_is_known_by_the_cookie_and_signs_out() -> Result<()> {
    let server = ServerProcess::demo().await?;
    Agent::set_up(&server).await?;
    let agent = Agent::sign_in(&server.origin).await?;
    let cookie = [("cookie", agent.cookie.as_str())];
    let me: AgentProfile = http::get(&server.origin, "/v1/agents/me", &cookie).await?.json()?;
    assert_eq!(me, agent.profile);
    let out = http::post(&server.origin, "/v1/agents/sign-out", &cookie, &()).await?;
    assert!((200..300).contains(&out.status), "{}", out.text());
    let cleared = out.header("set-cookie");
    assert!(cleared.starts_with("frontdesk_agent=;") && cleared.contains("Max-Age=0"), "{cleared}");
    let left = [("cookie", "frontdesk_agent=")];
    let me = http::get(&server.origin, "/v1/agents/me", &left).await?;
    assert_eq!(me.refusal()?, (401, RefusalCode::NotSignedIn));
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_the_same() -> Result<()> {
    let server = ServerProcess::demo().await?;
    Agent::set_up(&server).await?;
    for (email, password) in [(EMAIL, "guess"), ("nobody@example.com", PASSWORD)] {
        let attempt =
            SignInRequest { email: email.to_owned(), password: password.to_owned(), code: None };
        let answer = http::post(&server.origin, "/v1/agents/sign-in", &[], &attempt).await?;
        assert_eq!(answer.refusal()?, (401, RefusalCode::WrongCredentials));
        assert_eq!(answer.header("set-cookie"), "");
    }
    Ok(())
}

#[tokio::test]
async fn the_cookie_is_closed_to_scripts_and_other_sites() -> Result<()> {
    let server = ServerProcess::demo().await?;
    Agent::set_up(&server).await?;
    let attempt =
        SignInRequest { email: EMAIL.to_owned(), password: PASSWORD.to_owned(), code: None };
    let answer = http::post(&server.origin, "/v1/agents/sign-in", &[], &attempt).await?;
    let cookie = answer.header("set-cookie").to_ascii_lowercase();
    assert!(cookie.contains("httponly") && cookie.contains("samesite=strict"), "{cookie}");
    Ok(())
}
