//! A visitor is erased: nothing of what they wrote is found again, by anybody, in any file.

use std::path::Path;

use anyhow::{Context, Result};
use protocol::agent::AgentFrame;
use protocol::erasure::ErasureReceipt;
use protocol::forms::{Contact, FormPosted};
use protocol::http::Role;
use protocol::locale::Locale;
use protocol::people::{AuditPage, Deed};
use protocol::refusal::RefusalCode;
use protocol::search::{SearchPage, SearchRequest};
use tests::agent::Agent;
use tests::eventually::{DEADLINE, eventually};
use tests::files::PIXEL;
use tests::http;
use tests::process::ServerProcess;
use tests::visitor::Visitor;

/// In no file of ours.
const WORD: &str = "quokkalantern";
const NOTED: &str = "wombatbarometer";
const NAME: &str = "numbatoctave";

/// Files below `folder` that hold one of these words.
fn holding(folder: &Path, words: &[&str]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(holding(&path, words)?);
            continue;
        }
        let bytes = std::fs::read(&path)?;
        let has = |word: &&&str| bytes.windows(word.len()).any(|part| part == word.as_bytes());
        found.extend(words.iter().filter(has).map(|word| format!("{word} in {}", path.display())));
    }
    Ok(found)
}

async fn hits(agent: &Agent, text: &str) -> Result<usize> {
    let request = SearchRequest { text: text.to_owned(), ..SearchRequest::default() };
    let page: SearchPage =
        http::post(&agent.origin, "/v1/search", &agent.headers(), &request).await?.json()?;
    Ok(page.hits.len())
}

/// A visitor of whom there is something everywhere.
async fn known_everywhere(server: &ServerProcess, owner: &mut Agent) -> Result<Visitor> {
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted(&format!("My {WORD} is broken")).await?;
    visitor.send_file("picture.png", PIXEL).await?;
    let contact = Contact { name: Some(NAME.to_owned()), ..Contact::default() };
    let message_id = tests::visitor::new_message_id();
    let form = FormPosted::Introduce { message_id, contact, locale: Locale::En };
    assert!(visitor.fill_in(&form).await?.status < 300);
    let conversation = visitor.conversation.context("it began")?;
    owner.watch(conversation).await?;
    owner.reply_accepted(conversation, &format!("Which {WORD}?")).await?;
    owner
        .act(|message_id| {
            let text = format!("Another {NOTED}");
            AgentFrame::Note { message_id, conversation, text }
        })
        .await?;
    eventually("both are found", DEADLINE, async || {
        hits(owner, WORD).await.is_ok_and(|found| found == 2).then_some(())
    })
    .await?;
    Ok(visitor)
}

#[tokio::test]
async fn an_erased_visitor_is_in_no_search_no_file_no_log_and_no_restart() -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let mut owner = Agent::connected(&server).await?;
    let mut visitor = known_everywhere(&server, &mut owner).await?;
    let mut other = Visitor::connected(&server.origin).await?;
    other.say_accepted("Somebody else asks about a teapot").await?;
    let words = [WORD, NOTED, NAME];
    assert!(!holding(&server.disk(), &words)?.is_empty(), "the test would show nothing");

    let id = visitor.grant.visitor;
    let path = format!("/v1/visitors/{id}/erase");
    let receipt: ErasureReceipt =
        http::post(&server.origin, &path, &owner.headers(), &()).await?.json()?;
    assert_eq!((receipt.visitor, receipt.conversations, receipt.files), (id, 1, 1));
    assert_eq!(receipt.file_bytes, PIXEL.len() as u64);
    assert!(receipt.messages >= 3 && receipt.log_swept, "{receipt:?}");
    assert_eq!(hits(&owner, WORD).await?, 0);
    assert_eq!(hits(&owner, "teapot").await?, 1, "others stay");
    assert_eq!(holding(&server.disk(), &words)?, [""; 0]);

    let conversation = visitor.conversation.context("it began")?;
    let row = owner.until_row(conversation, |row| row.erased).await?;
    assert_eq!((row.preview.as_str(), row.contact), ("", None));
    let before = owner.refused.len();
    owner.reply(conversation, "Are you there?").await?;
    owner.until("refused", |agent| agent.refused.len() > before).await?;

    // Whoever comes back begins anew.
    visitor.disconnect();
    visitor.messages.clear();
    visitor.conversation = None;
    visitor.connect().await?;
    assert_eq!(visitor.messages.len(), 0);
    visitor.say_accepted("Hello again").await?;
    assert_ne!(visitor.conversation, Some(conversation));

    server.kill9()?;
    server.start_again().await?;
    assert_eq!(holding(&server.disk(), &words)?, [""; 0]);
    let owner = Agent::sign_in(&server.origin).await?;
    assert_eq!((hits(&owner, WORD).await?, hits(&owner, "teapot").await?), (0, 1));
    let page: AuditPage = http::get(&server.origin, "/v1/audit", &owner.headers()).await?.json()?;
    let told = page.rows.iter().any(|row| row.deed == Deed::VisitorErased { visitor: id });
    assert!(told, "{:?}", page.rows);
    Ok(())
}

#[tokio::test]
async fn only_owners_and_admins_erase_and_nobody_from_another_page() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let owner = Agent::set_up(&server).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted("Keep this").await?;
    let path = format!("/v1/visitors/{}/erase", visitor.grant.visitor);
    let origin = server.origin.as_str();
    for role in [Role::Agent, Role::Viewer] {
        let agent = owner.invite(&format!("{role:?}"), role).await?;
        let refused = http::post(origin, &path, &agent.headers(), &()).await?;
        assert_eq!(refused.refusal()?, (403, RefusalCode::Forbidden), "{role:?}");
    }
    let nobody = http::post(origin, &path, &[], &()).await?;
    assert_eq!(nobody.refusal()?, (401, RefusalCode::NotSignedIn));
    let foreign = [owner.headers()[0], ("origin", "http://evil.example")];
    let foreign = http::post(origin, &path, &foreign, &()).await?;
    assert_eq!(foreign.refusal()?, (403, RefusalCode::UnknownOrigin));
    let unknown = format!("/v1/visitors/{}/erase", owner.profile.id);
    let unknown = http::post(origin, &unknown, &owner.headers(), &()).await?;
    assert_eq!(unknown.refusal()?, (404, RefusalCode::NotFound));
    eventually("it is still found", DEADLINE, async || {
        hits(&owner, "Keep").await.is_ok_and(|found| found == 1).then_some(())
    })
    .await
}

#[tokio::test]
async fn deeds_of_every_kind_are_in_the_audit_log() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut owner = Agent::connected(&server).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted("hello").await?;
    let conversation = visitor.conversation.context("it began")?;
    owner.act(|message_id| AgentFrame::Block { message_id, conversation }).await?;
    owner.act(|message_id| AgentFrame::Unblock { message_id, conversation }).await?;
    let (origin, headers) = (server.origin.as_str(), owner.headers());
    let identity = "/v1/sites/demo/identity";
    http::post(origin, identity, &headers, &()).await?.json::<serde_json::Value>()?;
    http::delete(origin, &format!("{identity}/previous"), &headers)
        .await?
        .json::<serde_json::Value>()?;
    let settings = "/v1/sites/demo/settings";
    let standing: serde_json::Value = http::get(origin, settings, &headers).await?.json()?;
    http::put(origin, settings, &headers, &standing).await?.json::<serde_json::Value>()?;
    let id = tests::visitor::new_message_id();
    let canned = format!("/v1/canned-responses/{id}");
    let hello = serde_json::json!({ "id": id, "shortcut": "hello", "text": "Hello" });
    http::put(origin, &canned, &headers, &hello).await?.json::<serde_json::Value>()?;
    assert!(http::delete(origin, &canned, &headers).await?.status < 300);
    let (site, visitor) = (tests::visitor::demo_site(), visitor.grant.visitor);
    let shortcut = "hello".to_owned();
    let expected = [
        Deed::VisitorBlocked { visitor },
        Deed::VisitorUnblocked { visitor },
        Deed::SecretRotated { site: site.clone() },
        Deed::SecretRetired { site: site.clone() },
        Deed::SiteChanged { site },
        Deed::CannedChanged { shortcut: shortcut.clone() },
        Deed::CannedRemoved { shortcut },
    ];
    eventually("all are told", DEADLINE, async || {
        let answer = http::get(origin, "/v1/audit", &headers).await.ok()?;
        let page: AuditPage = answer.json().ok()?;
        let by_owner = page.rows.iter().filter(|row| row.actor.is_some());
        let told: Vec<_> = by_owner.map(|row| &row.deed).collect();
        expected.iter().all(|deed| told.contains(&deed)).then_some(())
    })
    .await
}
