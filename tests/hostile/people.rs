//! Rights that were never given, and rights that were taken back.

use anyhow::{Context, Result};
use protocol::agent::AgentFrame;
use protocol::close::CloseCode;
use protocol::http::{Role, SignInRequest};
use protocol::ids::ConversationId;
use protocol::people::{
    AgentChange, InvitationAccept, InvitationMade, InvitationRequest, OfficeSettings,
    RecoveryCodes, SecondFactorCode, SecondFactorOffer,
};
use protocol::refusal::RefusalCode;
use protocol::search::SearchRequest;
use tests::agent::{Agent, EMAIL, PASSWORD};
use tests::eventually::{DEADLINE, eventually};
use tests::http::{self, Answer};
use tests::process::ServerProcess;
use tests::visitor::{Visitor, new_message_id};
use tests::{demo, totp};

const REPORT: &str = "/v1/reports?from_day=20000&to_day=20006";

async fn conversation(server: &ServerProcess) -> Result<(Visitor, ConversationId)> {
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted(demo::OUTSIDE_QUESTION).await?;
    let id = visitor.conversation.context("it began")?;
    Ok((visitor, id))
}

/// Frames that change something.
fn writes(conversation: ConversationId) -> Vec<AgentFrame> {
    let message_id = new_message_id();
    let text = "I should not be here".to_owned();
    vec![
        AgentFrame::Reply { message_id, conversation, text: text.clone(), seen: None },
        AgentFrame::TakeOver { message_id, conversation },
        AgentFrame::GiveBack { message_id, conversation },
        AgentFrame::Resolve { message_id, conversation },
        AgentFrame::Reopen { message_id, conversation },
        AgentFrame::Assign { message_id, conversation, from: None, to: None, note: None },
        AgentFrame::Snooze { message_id, conversation, until_ms: None },
        AgentFrame::Note { message_id, conversation, text },
        AgentFrame::Block { message_id, conversation },
        AgentFrame::Unblock { message_id, conversation },
    ]
}

#[tokio::test]
async fn a_viewer_looks_and_changes_nothing_by_any_frame_or_route() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let owner = Agent::set_up(&server).await?;
    let (_visitor, id) = conversation(&server).await?;
    let mut viewer = owner.invite("Vera", Role::Viewer).await?;
    viewer.connect().await?;
    viewer.watch(id).await?;
    let before = viewer.transcripts[&id].len();
    for frame in writes(id) {
        viewer.send(&frame).await?;
        assert_eq!(viewer.until_refused().await?, RefusalCode::Forbidden, "{frame:?}");
    }
    viewer.watch(id).await?;
    assert_eq!(viewer.transcripts[&id].len(), before, "nothing was written");
    let (origin, headers) = (server.origin.as_str(), viewer.headers());
    let request = InvitationRequest { role: Role::Viewer, note: String::new() };
    let agent = format!("/v1/agents/{}", owner.profile.id);
    let refused = [
        http::post(origin, "/v1/invitations", &headers, &request).await?,
        http::post(origin, &agent, &headers, &AgentChange::Deactivate).await?,
        http::put(origin, "/v1/office", &headers, &OfficeSettings::default()).await?,
        http::post(origin, "/v1/sites/demo/faq", &headers, &demo::faq()?).await?,
        http::get(origin, "/v1/invitations", &headers).await?,
        http::get(origin, "/v1/office", &headers).await?,
        http::get(origin, "/v1/audit", &headers).await?,
        http::get(origin, "/v1/audit.csv", &headers).await?,
        http::get(origin, &format!("/v1/conversations/{id}/transcript.txt"), &headers).await?,
    ];
    for answer in &refused {
        assert_eq!(answer.refusal()?, (403, RefusalCode::Forbidden));
    }
    let asked = SearchRequest { text: "anything".to_owned(), ..SearchRequest::default() };
    let read = [
        http::get(origin, REPORT, &headers).await?,
        http::get(origin, "/v1/agents", &headers).await?,
        http::post(origin, "/v1/search", &headers, &asked).await?,
    ];
    for answer in &read {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    Ok(())
}

#[tokio::test]
async fn nobody_signed_in_reads_nothing_and_an_agent_reads_no_reports() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let owner = Agent::set_up(&server).await?;
    let agent = owner.invite("Mei", Role::Agent).await?;
    let origin = server.origin.as_str();
    let forbidden = http::get(origin, REPORT, &agent.headers()).await?;
    assert_eq!(forbidden.refusal()?, (403, RefusalCode::Forbidden));
    for path in [REPORT, "/v1/reports.csv", "/v1/agents", "/v1/audit", "/v1/agents/me/sign-ins"] {
        let answer = http::get(origin, path, &[]).await?;
        assert_eq!(answer.refusal()?, (401, RefusalCode::NotSignedIn), "{path}");
    }
    let asked = SearchRequest { text: "anything".to_owned(), ..SearchRequest::default() };
    let answer = http::post(origin, "/v1/search", &[], &asked).await?;
    assert_eq!(answer.refusal()?, (401, RefusalCode::NotSignedIn));
    let (cookie, foreign) = (agent.headers()[0], ("origin", "http://evil.example"));
    let answer = http::post(origin, "/v1/search", &[cookie, foreign], &asked).await?;
    assert_eq!(answer.refusal()?, (403, RefusalCode::UnknownOrigin));
    for query in [
        "from_day=9&to_day=8",
        "from_day=0&to_day=366",
        "from_day=0&to_day=1&utc_offset_min=-2147483648",
    ] {
        let path = format!("/v1/reports?{query}");
        let answer = http::get(origin, &path, &owner.headers()).await?;
        assert_eq!(answer.refusal()?, (400, RefusalCode::InvalidBody), "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn admins_do_not_make_change_or_stop_owners() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let owner = Agent::set_up(&server).await?;
    let admin = owner.invite("Amy", Role::Admin).await?;
    let (origin, headers) = (server.origin.as_str(), admin.headers());
    let path = format!("/v1/agents/{}", owner.profile.id);
    let own_path = format!("/v1/agents/{}", admin.profile.id);
    let request = InvitationRequest { role: Role::Owner, note: String::new() };
    let raised = AgentChange::Role { role: Role::Owner };
    let refused = [
        http::post(origin, &path, &headers, &AgentChange::Deactivate).await?,
        http::post(origin, &path, &headers, &AgentChange::RemoveSecondFactor).await?,
        http::post(origin, &own_path, &headers, &raised).await?,
        http::post(origin, "/v1/invitations", &headers, &request).await?,
    ];
    for answer in &refused {
        assert_eq!(answer.refusal()?, (403, RefusalCode::Forbidden));
    }
    let last = http::post(origin, &path, &owner.headers(), &AgentChange::Deactivate).await?;
    assert_eq!(last.refusal()?, (409, RefusalCode::LastOwner));
    Ok(())
}

async fn accept(origin: &str, token: &str, name: &str) -> Result<Answer> {
    let accept = InvitationAccept {
        token: token.to_owned(),
        name: name.to_owned(),
        email: format!("{name}@example.com"),
        password: PASSWORD.to_owned(),
    };
    http::post(origin, "/v1/invitations/accept", &[], &accept).await
}

#[tokio::test]
async fn an_invitation_is_used_once_and_not_after_it_was_taken_back() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let owner = Agent::set_up(&server).await?;
    let origin = server.origin.as_str();
    let request = InvitationRequest { role: Role::Agent, note: String::new() };
    let make = async || {
        let answer = http::post(origin, "/v1/invitations", &owner.headers(), &request).await?;
        answer.json::<InvitationMade>()
    };
    let used = make().await?;
    assert_eq!(accept(origin, &used.token, "mei").await?.status, 200);
    let revoked = make().await?;
    let path = format!("/v1/invitations/{}", revoked.invitation.id);
    assert_eq!(http::delete(origin, &path, &owner.headers()).await?.status, 204);
    for token in [&used.token, &revoked.token, "", "guessed"] {
        let answer = accept(origin, token, "eve").await?;
        assert_eq!(answer.refusal()?, (403, RefusalCode::InvitationInvalid), "{token}");
    }
    // The token is not kept: neither the log nor the list has it.
    let open = make().await?;
    let listed = http::get(origin, "/v1/invitations", &owner.headers()).await?;
    assert!(!listed.text().contains(&open.token) && listed.text().contains("expires_at_ms"));
    let taken = accept(origin, &open.token, "mei").await?;
    assert_eq!(taken.refusal()?, (409, RefusalCode::AddressTaken));
    Ok(())
}

#[tokio::test]
async fn a_copy_of_the_cookie_is_worth_nothing_after_signing_out() -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let mut owner = Agent::connected(&server).await?;
    let mut elsewhere = Agent::sign_in(&server.origin).await?;
    let me =
        async |agent: &Agent| http::get(&agent.origin, "/v1/agents/me", &agent.headers()).await;
    assert_eq!(me(&elsewhere).await?.status, 200);
    let headers = elsewhere.headers();
    let out = http::post(&server.origin, "/v1/agents/sign-out", &headers, &()).await?;
    assert_eq!(out.status, 204);
    assert_eq!(me(&elsewhere).await?.refusal()?, (401, RefusalCode::NotSignedIn));
    assert!(elsewhere.connect().await.is_err());
    assert_eq!(me(&owner).await?.status, 200, "one browser, not all");
    let mut third = Agent::sign_in(&server.origin).await?;
    let all = "/v1/agents/me/sign-ins";
    assert_eq!(http::delete(&server.origin, all, &third.headers()).await?.status, 204);
    assert_eq!(me(&owner).await?.refusal()?, (401, RefusalCode::NotSignedIn));
    assert_eq!(owner.until_closed().await?, CloseCode::TokenExpired.code());
    server.stop().await?;
    server.start_again().await?;
    third.origin.clone_from(&server.origin);
    assert_eq!(me(&third).await?.status, 200, "a restart signs nobody out");
    owner.origin.clone_from(&server.origin);
    assert_eq!(me(&owner).await?.status, 401, "nor in");
    Ok(())
}

#[tokio::test]
async fn whoever_is_deactivated_or_loses_a_role_feels_it_at_once() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let owner = Agent::set_up(&server).await?;
    let (_visitor, id) = conversation(&server).await?;
    let mut agent = owner.invite("Mei", Role::Agent).await?;
    agent.connect().await?;
    agent.watch(id).await?;
    agent.reply_accepted(id, "hello").await?;
    let path = format!("/v1/agents/{}", agent.profile.id);
    let change = async |change: AgentChange| {
        http::post(&server.origin, &path, &owner.headers(), &change).await
    };
    assert_eq!(change(AgentChange::Role { role: Role::Viewer }).await?.status, 200);
    let frame = AgentFrame::Resolve { message_id: new_message_id(), conversation: id };
    agent.send(&frame).await?;
    assert_eq!(agent.until_refused().await?, RefusalCode::Forbidden, "on the open socket");
    assert_eq!(change(AgentChange::Deactivate).await?.status, 200);
    assert_eq!(agent.until_closed().await?, CloseCode::TokenExpired.code());
    let me = http::get(&server.origin, "/v1/agents/me", &agent.headers()).await?;
    assert_eq!(me.refusal()?, (401, RefusalCode::NotSignedIn));
    let attempt = SignInRequest {
        email: "mei@example.com".to_owned(),
        password: PASSWORD.to_owned(),
        code: None,
    };
    let refused = http::post(&server.origin, "/v1/agents/sign-in", &[], &attempt).await?;
    assert_eq!(refused.refusal()?, (401, RefusalCode::WrongCredentials));
    Ok(())
}

async fn sign_in(origin: &str, code: Option<&str>) -> Result<Answer> {
    let attempt = SignInRequest {
        email: EMAIL.to_owned(),
        password: PASSWORD.to_owned(),
        code: code.map(str::to_owned),
    };
    http::post(origin, "/v1/agents/sign-in", &[], &attempt).await
}

/// Sets a second factor up and returns its secret and recovery codes.
async fn second_factor(agent: &Agent) -> Result<(String, Vec<String>)> {
    let (origin, headers) = (agent.origin.as_str(), agent.headers());
    let path = "/v1/agents/me/second-factor";
    let offer = http::post(origin, path, &headers, &()).await?.json::<SecondFactorOffer>()?;
    let body = SecondFactorCode { code: totp::code(&offer.secret, totp::now_ms()) };
    let confirmed = http::post(origin, &format!("{path}/confirm"), &headers, &body).await?;
    Ok((offer.secret, confirmed.json::<RecoveryCodes>()?.codes))
}

#[tokio::test]
async fn a_second_factor_is_asked_for_cannot_be_guessed_and_no_code_opens_twice() -> Result<()> {
    let server = ServerProcess::demo_with_limits("sign_ins_per_address_per_min = 1000").await?;
    let owner = Agent::set_up(&server).await?;
    let (secret, recovery) = second_factor(&owner).await?;
    let origin = server.origin.as_str();
    assert_eq!(sign_in(origin, None).await?.refusal()?, (401, RefusalCode::CodeNeeded));
    // The code that set it up was used; the next one is good once, a little early.
    let used = totp::code(&secret, totp::now_ms());
    assert_eq!(sign_in(origin, Some(&used)).await?.refusal()?, (401, RefusalCode::CodeWrong));
    let opened = sign_in(origin, Some(&recovery[0])).await?;
    assert_eq!(opened.status, 200, "{}", opened.text());
    let again = sign_in(origin, Some(&recovery[0])).await?;
    assert_eq!(again.refusal()?, (401, RefusalCode::CodeWrong));
    let mut refusals = Vec::new();
    for guess in 0..6 {
        refusals.push(sign_in(origin, Some(&format!("{guess:06}"))).await?.refusal()?);
    }
    assert_eq!(refusals.last(), Some(&(429, RefusalCode::TooFast)), "{refusals:?}");
    // The right one does not help while guesses are held back: a hit would be worth nothing.
    let right = sign_in(origin, Some(&recovery[1])).await?;
    assert_eq!(right.refusal()?, (429, RefusalCode::TooFast));
    assert!(!owner.cookie.is_empty());
    Ok(())
}

#[tokio::test]
async fn whoever_needs_a_second_factor_sees_nothing_before_it_is_set_up() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let owner = Agent::set_up(&server).await?;
    let mut agent = owner.invite("Mei", Role::Agent).await?;
    let origin = server.origin.as_str();
    let rules = OfficeSettings { second_factor_required: true, ..OfficeSettings::default() };
    let early = http::put(origin, "/v1/office", &owner.headers(), &rules).await?;
    assert_eq!(early.refusal()?, (403, RefusalCode::SecondFactorNeeded), "locks nobody out");
    second_factor(&owner).await?;
    assert_eq!(http::put(origin, "/v1/office", &owner.headers(), &rules).await?.status, 200);
    let refused = http::get(origin, "/v1/agents", &agent.headers()).await?;
    assert_eq!(refused.refusal()?, (403, RefusalCode::SecondFactorNeeded));
    assert!(agent.connect().await.is_err());
    second_factor(&agent).await?;
    agent.connect().await?;
    Ok(())
}

#[tokio::test]
async fn what_was_done_is_written_down_for_owners() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let owner = Agent::set_up(&server).await?;
    let attempt = SignInRequest {
        email: "=cmd()@evil.example".to_owned(),
        password: "wrong password".to_owned(),
        code: None,
    };
    http::post(&server.origin, "/v1/agents/sign-in", &[], &attempt).await?;
    owner.invite("Mei", Role::Agent).await?;
    let headers = owner.headers();
    let file = eventually("the audit log has it", DEADLINE, async || {
        let answer = http::get(&server.origin, "/v1/audit.csv", &headers).await.ok()?;
        let text = answer.text();
        ["set_up", "sign_in_failed", "invited", "joined", "exported"]
            .iter()
            .all(|deed| text.contains(&format!("\"{deed}\"")))
            .then_some(answer)
    })
    .await?;
    assert!(file.header("content-disposition").starts_with("attachment"), "{:?}", file.headers);
    // A spreadsheet runs what a cell begins with.
    let runs = |cell: &str| cell.starts_with(['=', '+', '-', '@']);
    let text = file.text();
    assert!(!text.lines().flat_map(|row| row.split(",\"")).any(runs), "{text}");
    assert!(text.contains("=cmd()"), "{text}");
    assert!(!file.text().contains(PASSWORD) && !file.text().contains("wrong password"));
    Ok(())
}
