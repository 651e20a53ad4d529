//! Markup in messages and answers: shown, never run. What a browser makes of it is tested there.

use anyhow::{Context, Result};
use protocol::conversation::Body;
use protocol::ids::MessageId;
use tests::agent::Agent;
use tests::process::{Installation, ServerProcess};
use tests::visitor::Visitor;

const SCRIPT: &str = "<script>alert(1)</script><img src=x onerror=alert(2)>";

#[tokio::test]
async fn a_message_is_kept_as_typed_for_both_sides() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut agent = Agent::connected(&server).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    let id = visitor.say_accepted(SCRIPT).await?;
    let conversation = visitor.conversation.context("no conversation")?;
    agent.watch(conversation).await?;
    let typed = Body::Text { text: SCRIPT.to_owned() };
    assert_eq!(visitor.message(id).map(|message| &message.body), Some(&typed));
    let shown = agent.transcripts[&conversation].values().find(|message| message.id == id);
    assert_eq!(shown.map(|message| &message.body), Some(&typed));
    Ok(())
}

#[tokio::test]
async fn an_answer_is_cleaned_of_everything_that_runs() -> Result<()> {
    let installation = Installation::with_faq(&tests::demo::hostile_faq())?;
    let server = ServerProcess::start(installation).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    let id = visitor.say_accepted(tests::demo::HOSTILE_QUESTION).await?;
    let answer_id = MessageId::of_reply_to(id);
    visitor.until("an answer", |visitor| visitor.message(answer_id).is_some()).await?;
    let body = &visitor.message(answer_id).context("just seen")?.body;
    let Body::Answer { html, .. } = body else { anyhow::bail!("no answer: {body:?}") };
    assert!(html.contains("<strong>30 days</strong>"), "the honest part stays: {html}");
    assert!(html.contains("https://example.com/returns"), "an honest link stays: {html}");
    let lower = html.to_ascii_lowercase();
    for bad in ["<script", "onerror", "onclick", "javascript:", "<iframe", "<img", "style="] {
        assert!(!lower.contains(bad), "{bad} is in {html}");
    }
    Ok(())
}
