//! Power fails in the middle of a conversation: both sides go on where they were.

use anyhow::{Context, Result};
use protocol::ids::ConversationId;
use tests::agent::Agent;
use tests::browser::Browser;
use tests::demo::OUTSIDE_QUESTION;
use tests::process::ServerProcess;

use crate::desk::Desk;
use crate::shop::{Chat, ENGLISH, Shown, shown, wait_until};

#[tokio::test]
async fn after_kill_9_both_transcripts_are_equal_and_nothing_is_lost_or_doubled() -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    let mut written = vec![chat.write(OUTSIDE_QUESTION).await?];
    chat.until_state(&written[0].id, "sent").await?;
    desk.open_first().await?;
    desk.reply("I am looking into it.").await?;
    wait_until(&chat.widget, "the reply", |all| all.iter().any(|at| at.author == "agent")).await?;

    // One more is on its way, or already there, when the power goes.
    written.push(chat.write("It plays beautifully, by the way.").await?);
    server.kill9()?;
    written.push(chat.write("Hello? Still there?").await?);
    written.push(chat.write("I will wait.").await?);
    chat.until_state(&written[3].id, "waiting").await?;
    desk.reply("One moment, the lights went out.").await?;
    server.start_again().await?;

    for message in &written {
        chat.until_state(&message.id, "sent").await?;
    }
    let everywhere = |all: &[Shown]| {
        let posted = |at: &Shown| at.state == "posted" || at.state == "sent";
        all.iter().filter(|at| at.author == "visitor").count() == 4
            && all.iter().filter(|at| at.author == "agent").count() == 2
            && all.iter().all(posted)
    };
    let visitors = wait_until(&chat.widget, "all messages at the visitor", everywhere).await?;
    let agents = wait_until(&desk.console, "all messages at the agent", everywhere).await?;
    assert_eq!(words(&visitors), words(&agents));
    assert_eq!(words(&visitors), told_by_server(&server, &desk).await?);
    let own: Vec<&str> =
        visitors.iter().filter(|at| at.author == "visitor").map(|at| at.id.as_str()).collect();
    let order: Vec<&str> = written.iter().map(|at| at.id.as_str()).collect();
    assert_eq!(own, order, "in the order of writing");

    // And it goes on without a reload.
    desk.reply("There we are again.").await?;
    wait_until(&chat.widget, "life after the outage", |all| {
        all.iter().any(|at| at.text == "There we are again.")
    })
    .await?;
    assert_eq!(shown(&chat.widget).await?.len(), visitors.len() + 1);
    Ok(())
}

/// Who said what, in order. Notices are worded by each side for its reader.
pub(crate) fn words(messages: &[Shown]) -> Vec<(String, String)> {
    let spoken = messages.iter().filter(|at| at.author != "system");
    spoken.map(|at| (at.id.clone(), at.text.clone())).collect()
}

pub(crate) async fn told_by_server(
    server: &ServerProcess,
    desk: &Desk,
) -> Result<Vec<(String, String)>> {
    let open = "document.querySelector('[data-fd=transcript]').dataset.conversation";
    let open = desk.console.evaluate(open).await?;
    let conversation: ConversationId = serde_json::from_value(open)?;
    let mut agent = Agent::sign_in(&server.origin).await?;
    agent.connect().await?;
    agent.watch(conversation).await?;
    let transcript = agent.transcripts.get(&conversation).context("nothing shown")?;
    let spoken = transcript
        .values()
        .filter_map(|message| Some((message.id.to_string(), tests::visitor::text_of(message)?)));
    Ok(spoken.collect())
}
