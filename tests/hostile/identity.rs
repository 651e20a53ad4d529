//! A person's history belongs to who the site's server says they are, on every device, and to
//! nobody with a wrong proof, an old token or a lucky id.

use anyhow::{Context, Result};
use protocol::context::{Identity, IdentitySecrets};
use protocol::conversation::Author;
use protocol::http::{SessionEnd, SessionRequest};
use protocol::refusal::RefusalCode;
use tests::agent::Agent;
use tests::http::{self, Method};
use tests::identity::{PATH, proven, secrets};
use tests::process::ServerProcess;
use tests::visitor::{Visitor, demo_site, text_of};

async fn refused(server: &ServerProcess, identity: Identity) -> Result<(u16, RefusalCode)> {
    let request =
        SessionRequest { site: demo_site(), visitor_token: None, identity: Some(identity) };
    http::post(&server.origin, "/v1/session", &[], &request).await?.refusal()
}

async fn connected(
    server: &ServerProcess,
    token: Option<&str>,
    identity: Option<Identity>,
) -> Result<Visitor> {
    let token = token.map(str::to_owned);
    let mut visitor = Visitor::arrive_as(&server.origin, token, identity).await?;
    visitor.connect().await?;
    Ok(visitor)
}

/// The visitor's own words; the bot may have said something, too.
fn said(visitor: &Visitor) -> Vec<String> {
    let own = visitor.messages.values().filter(|message| message.author == Author::Visitor);
    own.filter_map(text_of).collect()
}

async fn end(server: &ServerProcess, visitor: &Visitor) -> Result<u16> {
    let end = SessionEnd { visitor_token: visitor.grant.visitor_token.clone() };
    Ok(http::post(&server.origin, "/v1/session/end", &[], &end).await?.status)
}

#[tokio::test]
async fn a_person_has_one_history_on_every_device_and_strangers_have_none() -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let owner = Agent::set_up(&server).await?;
    let secret = secrets(&owner).await?.current;
    let ada = proven(&secret, "ada-7")?;
    let mut phone = connected(&server, None, Some(ada.clone())).await?;
    assert!(phone.grant.identified);
    phone.say_accepted("the moss glaze, please").await?;
    let laptop = connected(&server, None, Some(ada.clone())).await?;
    assert_eq!(laptop.conversation, phone.conversation);
    assert_eq!(said(&laptop), ["the moss glaze, please"]);
    // A wrong hash, somebody else's hash, no hash, another case: all are refused in words.
    let bob = proven(&secret, "bob-8")?;
    for hash in [bob.hash.clone(), "0".repeat(64), String::new(), proven("guess", "ada-7")?.hash] {
        let forged = Identity { hash, ..ada.clone() };
        assert_eq!(refused(&server, forged).await?, (403, RefusalCode::IdentityRefused));
    }
    let other = connected(&server, None, Some(bob)).await?;
    assert!(other.messages.is_empty());
    let anonymous = connected(&server, None, None).await?;
    assert!(anonymous.messages.is_empty() && !anonymous.grant.identified);
    // The same after a crash: nothing of it was in memory alone.
    server.kill9()?;
    server.start_again().await?;
    let again = connected(&server, None, Some(ada)).await?;
    assert_eq!(said(&again), ["the moss glaze, please"]);
    Ok(())
}

#[tokio::test]
async fn what_somebody_said_before_they_signed_in_is_theirs_if_they_had_nothing() -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let secret = secrets(&Agent::set_up(&server).await?).await?.current;
    let ada = proven(&secret, "ada-7")?;
    let mut before = connected(&server, None, None).await?;
    before.say_accepted("do you ship to Norway").await?;
    let token = before.grant.visitor_token.clone();
    let signed_in = connected(&server, Some(&token), Some(ada.clone())).await?;
    assert_eq!(said(&signed_in), ["do you ship to Norway"]);
    assert_ne!(signed_in.grant.visitor, before.grant.visitor);
    // The anonymous token leads to nothing any more, before and after a restart.
    assert!(connected(&server, Some(&token), None).await?.messages.is_empty());
    server.kill9()?;
    server.start_again().await?;
    assert!(connected(&server, Some(&token), None).await?.messages.is_empty());
    // Ada has a conversation now: what is said anonymously elsewhere stays apart.
    let mut elsewhere = connected(&server, None, None).await?;
    elsewhere.say_accepted("somebody else at her desk").await?;
    let token = elsewhere.grant.visitor_token.clone();
    let hers = connected(&server, Some(&token), Some(ada)).await?;
    assert_eq!(said(&hers), ["do you ship to Norway"]);
    Ok(())
}

#[tokio::test]
async fn a_signed_out_session_is_refused_everywhere_and_for_ever() -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let secret = secrets(&Agent::set_up(&server).await?).await?.current;
    let ada = proven(&secret, "ada-7")?;
    let mut here = connected(&server, None, Some(ada.clone())).await?;
    here.say_accepted("my secret").await?;
    let elsewhere = connected(&server, None, Some(ada.clone())).await?;
    // A copy of all tokens, taken before the sign-out.
    let stolen = here.grant.clone();
    assert_eq!(end(&server, &here).await?, 204);
    here.until_closed().await?;
    for _ in 0..2 {
        let replayed = connected(&server, Some(&stolen.visitor_token), None).await?;
        assert_ne!(replayed.grant.visitor, stolen.visitor);
        assert!(replayed.messages.is_empty() && !replayed.grant.identified);
        let mut socket = Visitor::arrive(&server.origin).await?;
        socket.grant.socket_token.clone_from(&stolen.socket_token);
        assert!(socket.connect().await.is_err(), "a socket with a replayed token");
        server.kill9()?;
        server.start_again().await?;
    }
    // Her other device is still signed in.
    let token = elsewhere.grant.visitor_token.clone();
    let kept = connected(&server, Some(&token), None).await?;
    assert_eq!(said(&kept), ["my secret"]);
    // Ending it twice, or with nonsense, changes nothing.
    assert_eq!(end(&server, &here).await?, 204);
    let nonsense = SessionEnd { visitor_token: "x.y".to_owned() };
    let answer = http::post(&server.origin, "/v1/session/end", &[], &nonsense).await?;
    assert_eq!(answer.status, 204);
    let foreign = [("origin", "https://evil.example")];
    let end = SessionEnd { visitor_token: kept.grant.visitor_token.clone() };
    let answer = http::post(&server.origin, "/v1/session/end", &foreign, &end).await?;
    assert_eq!(answer.refusal()?, (403, RefusalCode::UnknownOrigin));
    assert_eq!(said(&connected(&server, Some(&token), None).await?), ["my secret"]);
    Ok(())
}

#[tokio::test]
async fn a_secret_is_rotated_with_two_valid_at_once_and_only_owners_see_it() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let owner = Agent::set_up(&server).await?;
    let cookie = [("cookie", owner.cookie.as_str())];
    let first = secrets(&owner).await?;
    assert_eq!(first.previous, None);
    let rotated = http::send(Method::POST, &server.origin, PATH, &cookie, &()).await?;
    let rotated: IdentitySecrets = rotated.json()?;
    assert_eq!(rotated.previous.as_ref(), Some(&first.current));
    for secret in [&first.current, &rotated.current] {
        assert!(connected(&server, None, Some(proven(secret, "7")?)).await?.grant.identified);
    }
    let previous = format!("{PATH}/previous");
    let retired = http::send(Method::DELETE, &server.origin, &previous, &cookie, &()).await?;
    assert_eq!(retired.json::<IdentitySecrets>()?.previous, None);
    let old = proven(&first.current, "7")?;
    assert_eq!(refused(&server, old).await?, (403, RefusalCode::IdentityRefused));
    let stranger = http::get(&server.origin, PATH, &[]).await?;
    assert_eq!(stranger.refusal()?, (401, RefusalCode::NotSignedIn));
    let mut elsewhere = cookie.to_vec();
    elsewhere.push(("origin", "https://evil.example"));
    let foreign = http::send(Method::POST, &server.origin, PATH, &elsewhere, &()).await?;
    assert_eq!(foreign.refusal()?, (403, RefusalCode::UnknownOrigin));
    let log = server.installation.server_log();
    assert!(!log.contains(&first.current) && !log.contains(&rotated.current));
    Ok(())
}

#[tokio::test]
async fn the_operator_reads_and_rotates_the_secret_beside_a_stopped_server() -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let shown = secrets(&Agent::set_up(&server).await?).await?.current;
    server.kill9()?;
    let data = server.installation.data();
    let data = data.to_str().context("a path in UTF-8")?;
    let site = ["site", "--data", data, "--key", "demo", "--identity-secret"];
    let print = |what: &'static str| -> Result<String> {
        let output = server.installation.run(&[&site[..], &[what]].concat())?;
        Ok(String::from_utf8(output.stdout)?)
    };
    assert!(print("show")?.contains(&format!("identity secret {shown}\n")));
    let rotated = print("rotate")?;
    assert!(rotated.contains(&format!("previous secret {shown}\n")), "{rotated}");
    Ok(())
}
