//! A card's number is masked before anybody reads or stores it.

use anyhow::{Context, Result};
use tests::agent::Agent;
use tests::process::ServerProcess;
use tests::visitor::{Visitor, text_of};

const NUMBER: &str = "4111 1111 1111 1111";
const MASKED: &str = "Please charge •••• •••• •••• 1111 for it.";

#[tokio::test]
async fn a_card_number_reaches_neither_agent_nor_disk() -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let mut agent = Agent::connected(&server).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    let said = visitor.say_accepted(&format!("Please charge {NUMBER} for it.")).await?;
    let posted = visitor.message(said).context("not posted")?;
    assert_eq!(text_of(posted).as_deref(), Some(MASKED));
    let conversation = visitor.conversation.context("no conversation")?;
    agent.watch(conversation).await?;
    agent
        .until("the message", |agent| {
            let told = agent.transcripts.get(&conversation);
            told.is_some_and(|told| told.values().any(|at| text_of(at).as_deref() == Some(MASKED)))
        })
        .await?;
    server.stop().await?;
    let mut folders = vec![server.installation.data()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path)?;
            let holds = |text: &str| bytes.windows(text.len()).any(|at| at == text.as_bytes());
            assert!(!holds(NUMBER), "{}", path.display());
            seen += usize::from(holds("Please charge"));
        }
    }
    assert!(seen > 0, "the message itself is on disk");
    Ok(())
}
