//! Imports and drafts by people who mean harm: addresses inside, files without end, scripts, other
//! people's pages.

use anyhow::{Context, Result};
use protocol::draft::{
    DraftRequest, DraftSaved, EntryChange, EntryEdit, FaqOverview, ImportPreview, ImportSource,
    Preview, PreviewRequest, PublishRequest,
};
use protocol::ids::EntryId;
use protocol::refusal::RefusalCode;
use tests::agent::Agent;
use tests::http::{self, Answer};
use tests::process::ServerProcess;

const FAQ: &str = "/v1/sites/demo/faq";

async fn import(server: &ServerProcess, owner: &Agent, source: &ImportSource) -> Result<Answer> {
    let cookie = [("cookie", owner.cookie.as_str())];
    http::post(&server.origin, &format!("{FAQ}/import"), &cookie, source).await
}

#[tokio::test]
async fn the_server_fetches_nothing_from_inside() -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let owner = Agent::set_up(&server).await?;
    let own = format!("{}/metrics", server.origin);
    for url in [
        own.as_str(),
        "http://127.0.0.1/",
        "http://localhost:80/",
        "http://[::1]/",
        "http://[::ffff:7f00:1]/",
        "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
        "http://100.100.100.200/latest/meta-data/",
        "http://2852039166/",
        "http://0x7f000001/",
        "http://10.1.2.3/",
        "http://192.168.1.1/admin",
        "http://0.0.0.0:443/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_INFO",
        "http://user:pass@1.1.1.1/",
        "",
    ] {
        let answer = import(&server, &owner, &ImportSource::Url { url: url.to_owned() }).await?;
        assert_eq!(answer.refusal()?, (400, RefusalCode::InvalidBody), "{url}: {}", answer.text());
        assert!(!answer.text().contains("frontdesk_"), "{url}: {}", answer.text());
    }
    server.assert_alive()
}

#[tokio::test]
async fn files_without_end_are_refused_and_cost_nothing() -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let owner = Agent::set_up(&server).await?;
    let large = ImportSource::Csv { text: "x".repeat(50 * 1024 * 1024) };
    // The server answers before all of it was sent, and may close: either is a refusal.
    if let Ok(answer) = import(&server, &owner, &large).await {
        assert!((400..500).contains(&answer.status), "{}", answer.text());
    }
    for text in [
        "x".repeat(2 * 1024 * 1024 + 1),
        format!("question,answer\na,\"{}", "b\n".repeat(200_000)),
        format!("question,answer\n{}", ",".repeat(1_900_000)),
    ] {
        let answer = import(&server, &owner, &ImportSource::Csv { text }).await?;
        assert!(matches!(answer.status, 200 | 400), "{}", answer.status);
    }
    let rows = format!(
        "question,answer\n{}",
        (0..100_000).fold(String::new(), |mut rows, row| {
            rows.push_str(&format!("q{row},a\n"));
            rows
        })
    );
    let answer = import(&server, &owner, &ImportSource::Csv { text: rows }).await?;
    let preview: ImportPreview = answer.json()?;
    assert!(preview.found.len() <= 2_000, "{}", preview.found.len());
    let deep = ImportSource::Json { text: "[".repeat(1_000_000) };
    assert_eq!(import(&server, &owner, &deep).await?.refusal()?.0, 400);
    let page = ImportSource::Page { text: "<div><h2>a?</h2>".repeat(100_000) };
    assert_eq!(import(&server, &owner, &page).await?.status, 200);
    server.assert_alive()
}

#[tokio::test]
async fn scripts_of_a_page_and_of_an_answer_never_run() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let owner = Agent::set_up(&server).await?;
    let cookie = [("cookie", owner.cookie.as_str())];
    let text = "<h2>Safe?<script>alert(1)</script></h2><p>Yes<img src=x onerror=alert(2)></p>";
    let page = ImportSource::Page { text: text.to_owned() };
    let preview: ImportPreview = import(&server, &owner, &page).await?.json()?;
    let entry = &preview.found.first().context("nothing found")?.entry;
    assert_eq!((entry.question.as_str(), entry.answer.as_str()), ("Safe?", "Yes"));
    let markdown = "<script>alert(1)</script>[x](javascript:alert(2))<b onclick=alert(3)>y</b>";
    let request = PreviewRequest { markdown: markdown.to_owned() };
    let path = format!("{FAQ}/preview");
    let shown: Preview = http::post(&server.origin, &path, &cookie, &request).await?.json()?;
    // Words alone harm nobody: no element, no attribute, no link.
    for bad in ["<script", "onclick", "href"] {
        assert!(!shown.html.contains(bad), "{}", shown.html);
    }
    Ok(())
}

#[tokio::test]
async fn strangers_and_other_pages_change_nothing() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let owner = Agent::set_up(&server).await?;
    let cookie = owner.cookie.as_str();
    let request = DraftRequest { changes: Vec::new(), precision: None };
    let drafts = format!("{FAQ}/drafts");
    let nobody = http::post(&server.origin, &drafts, &[], &request).await?;
    assert_eq!(nobody.refusal()?, (401, RefusalCode::NotSignedIn));
    let foreign = [("cookie", cookie), ("origin", "https://evil.example")];
    for path in ["drafts", "publish", "import", "preview", "try"] {
        let answer = http::post(&server.origin, &format!("{FAQ}/{path}"), &foreign, &()).await?;
        assert_eq!(answer.refusal()?, (403, RefusalCode::UnknownOrigin), "{path}");
    }
    let seen = http::get(&server.origin, FAQ, &[]).await?;
    assert_eq!(seen.refusal()?, (401, RefusalCode::NotSignedIn));
    Ok(())
}

#[tokio::test]
async fn nobody_publishes_what_they_did_not_see() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let owner = Agent::set_up(&server).await?;
    let cookie = [("cookie", owner.cookie.as_str())];
    let seen: FaqOverview = http::get(&server.origin, FAQ, &cookie).await?.json()?;
    let mut entry = seen.entries.first().context("an empty FAQ")?.entry.clone();
    entry.id = EntryId::parse("slipped-in").map_err(|error| anyhow::anyhow!("{error}"))?;
    entry.question = "Slipped in?".to_owned();
    let (id, edit) = (entry.id.clone(), EntryEdit::Put { entry: Box::new(entry) });
    let change = EntryChange { id, base: None, edit };
    let request = DraftRequest { changes: vec![change], precision: None };
    let drafts = format!("{FAQ}/drafts");
    let saved: DraftSaved = http::post(&server.origin, &drafts, &cookie, &request).await?.json()?;
    assert_eq!(saved.saved.len(), 1);
    let publish = PublishRequest { draft: seen.draft };
    let path = format!("{FAQ}/publish");
    let refused = http::post(&server.origin, &path, &cookie, &publish).await?;
    assert_eq!(refused.refusal()?, (409, RefusalCode::IdConflict));
    Ok(())
}
