//! The visitor's half of an honest bot: once a person has spoken it is silent, wherever the visitor
//! writes from; and a person is one tap away whatever the state of the chat is.

use anyhow::{Context, Result};
use protocol::agent::AgentFrame;
use protocol::ids::ConversationId;
use protocol::locale::Locale;
use tests::agent::Agent;
use tests::browser::Browser;
use tests::demo::OUTSIDE_QUESTION;
use tests::page::Frame;
use tests::process::ServerProcess;
use tests::twin::Twin;

use crate::shop::{Chat, ENGLISH, Shown, wait_until};

const ONLINE: &str = "document.querySelector('[data-link]').dataset.link === 'online'";
const RECONNECTING: &str = "document.querySelector('[data-link]').dataset.link === 'reconnecting'";
const PERSON: &str = "document.querySelector('[data-fd=talk-to-person]')";

async fn conversation_of(agent: &mut Agent) -> Result<ConversationId> {
    agent.until("a conversation", |agent| !agent.inbox.is_empty()).await?;
    agent.inbox.keys().next().copied().context("just seen")
}

/// What the bot said after the agent's first words.
fn bot_after(messages: &[Shown], agents: &str) -> Vec<Shown> {
    let since = messages.iter().skip_while(|at| at.text != agents);
    since.filter(|at| at.author == "bot").cloned().collect()
}

async fn is_shown(widget: &Frame, author: &str, text: &str) -> Result<Vec<Shown>> {
    wait_until(widget, text, |all| all.iter().any(|at| at.author == author && at.text == text))
        .await
}

#[tokio::test]
async fn after_a_person_the_bot_is_silent_offline_after_a_reload_and_in_another_tab() -> Result<()>
{
    let mut server = ServerProcess::demo().await?;
    let known = Twin::of_server(&server.origin).await?.paraphrases(Locale::En, 3)?;
    let mut agent = Agent::connected(&server).await?;
    let browser = Browser::launch().await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    let question = chat.write(OUTSIDE_QUESTION).await?;
    chat.until_state(&question.id, "sent").await?;
    let conversation = conversation_of(&mut agent).await?;
    agent.reply_accepted(conversation, "A person here.").await?;
    is_shown(&chat.widget, "agent", "A person here.").await?;

    // A question that the browser could answer at once, while nobody else can.
    server.kill9()?;
    chat.widget.wait_for(RECONNECTING).await?;
    let offline = chat.write(&known[0].text).await?;
    chat.until_state(&offline.id, "waiting").await?;
    server.start_again().await?;
    chat.until_state(&offline.id, "sent").await?;
    let chat = Chat::open_on(chat.page, &server, ENGLISH).await?;
    chat.widget.wait_for("(window.workerMessages || []).includes('\"model_loaded\"')").await?;
    let again = chat.write(&known[1].text).await?;
    chat.until_state(&again.id, "sent").await?;
    let second = Chat::open_on(browser.new_tab_beside(&chat.page).await?, &server, ENGLISH).await?;
    second.widget.wait_for("(window.workerMessages || []).includes('\"model_loaded\"')").await?;
    is_shown(&second.widget, "agent", "A person here.").await?;
    let beside = second.write(&known[2].text).await?;
    second.until_state(&beside.id, "sent").await?;

    let mut agent = Agent::sign_in(&server.origin).await?;
    agent.connect().await?;
    agent.reply_accepted(conversation, "Still me.").await?;
    for widget in [&chat.widget, &second.widget] {
        let all = is_shown(widget, "agent", "Still me.").await?;
        assert_eq!(bot_after(&all, "A person here."), []);
    }
    // Given back, it speaks again: it was silent, not broken.
    agent.act(|message_id| AgentFrame::GiveBack { message_id, conversation }).await?;
    chat.widget.wait_for(&format!("{PERSON}.dataset.state === 'offered'")).await?;
    chat.ask(&known[0].text).await?;
    Ok(())
}

/// In sight, in words, and a tap on it is not refused.
async fn is_offered(widget: &Frame) -> Result<()> {
    let offered = format!(
        "(() => {{ const at = {PERSON}, box = at.getBoundingClientRect();
            return at.dataset.state === 'offered' && at.ariaDisabled !== 'true' && !at.disabled
                && at.textContent.trim() && box.height >= 24 && box.bottom <= innerHeight
                && document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)
                    .closest('[data-fd=talk-to-person]') === at; }})()"
    );
    widget.wait_for(&offered).await?;
    Ok(())
}

async fn ask_for_person(chat: &Chat) -> Result<()> {
    is_offered(&chat.widget).await?;
    chat.widget.click("[data-fd=talk-to-person]").await?;
    chat.widget.wait_for(&format!("{PERSON}.dataset.state !== 'offered'")).await?;
    Ok(())
}

#[tokio::test]
async fn a_person_is_one_tap_away_before_the_model_and_after_every_kind_of_answer() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let known = Twin::of_server(&server.origin).await?.paraphrases(Locale::En, 1)?.remove(0);
    let mut agent = Agent::connected(&server).await?;
    let browser = Browser::launch().await?;
    let chat = Chat::open(&browser, &server, ENGLISH).await?;
    is_offered(&chat.widget).await?;
    chat.widget.wait_for("(window.workerMessages || []).includes('\"model_loaded\"')").await?;
    chat.ask(&known.text).await?;
    is_offered(&chat.widget).await?;
    // The bot asks back, and offers choices.
    chat.write("Where is my parcel?").await?;
    wait_until(&chat.widget, "the bot asks back", |all| {
        all.last().is_some_and(|at| at.author == "bot" && !at.answer)
    })
    .await?;
    is_offered(&chat.widget).await?;
    chat.write("48213907").await?;
    chat.widget.wait_for("!!document.querySelector('[data-fd=choice]')").await?;
    ask_for_person(&chat).await?;
    // Resolved, and here again.
    let conversation = conversation_of(&mut agent).await?;
    agent.act(|message_id| AgentFrame::Resolve { message_id, conversation }).await?;
    ask_for_person(&chat).await?;
    agent
        .until_row(conversation, |row| row.status != protocol::conversation::Status::Resolved)
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_person_is_asked_for_without_a_network_and_comes_when_it_is_back() -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let known = Twin::of_server(&server.origin).await?.paraphrases(Locale::En, 1)?.remove(0);
    let browser = Browser::launch().await?;
    Agent::set_up(&server).await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    chat.widget.wait_for(ONLINE).await?;
    server.kill9()?;
    chat.widget.wait_for(RECONNECTING).await?;
    chat.ask(&known.text).await?;
    ask_for_person(&chat).await?;
    wait_until(&chat.widget, "the wish waits", |all| {
        all.iter().any(|at| at.author == "system" && at.state == "waiting")
    })
    .await?;
    server.start_again().await?;
    let mut agent = Agent::sign_in(&server.origin).await?;
    agent.connect().await?;
    let conversation = conversation_of(&mut agent).await?;
    agent.reply_accepted(conversation, "You asked for me.").await?;
    is_shown(&chat.widget, "agent", "You asked for me.").await?;
    Ok(())
}
