//! What a screen reader says by itself: each new message once, and nothing that was there before.

use anyhow::{Context, Result};
use protocol::locale::Locale;
use tests::agent::Agent;
use tests::browser::Browser;
use tests::demo::OUTSIDE_QUESTION;
use tests::page::{Frame, Page};
use tests::process::ServerProcess;
use tests::speech::{self, said};
use tests::twin::Twin;

use crate::shop::{Chat, ENGLISH, wait_until};

async fn listened_to(page: Page, server: &ServerProcess) -> Result<Chat> {
    page.set_size(1280, 900).await?;
    speech::listen(&page).await?;
    let chat = Chat::open_on(page, server, ENGLISH).await?;
    online(&chat.widget).await?;
    Ok(chat)
}

async fn online(widget: &Frame) -> Result<()> {
    widget.wait_for("document.querySelector('[data-link]').dataset.link === 'online'").await?;
    Ok(())
}

async fn times(widget: &Frame, part: &str) -> Result<usize> {
    Ok(said(widget).await?.iter().filter(|at| at.words.contains(part)).count())
}

/// Everything that was said about the transcript, each once.
async fn check_no_echo(widget: &Frame) -> Result<()> {
    let all = said(widget).await?;
    let log: Vec<&str> =
        all.iter().filter(|at| at.region == "transcript").map(|at| at.words.as_str()).collect();
    for (idx, words) in log.iter().enumerate() {
        assert!(!log[..idx].contains(words), "said twice: {words:?} in {log:#?}");
    }
    // Buttons that come and go beside a line are no news.
    for button in ["Wrong answer?", "Talk to a person"] {
        assert!(!log.contains(&button), "{button:?} alone is said in {log:#?}");
    }
    Ok(())
}

async fn shows(widget: &Frame, part: &str) -> Result<()> {
    wait_until(widget, part, |all| all.iter().any(|at| at.text.contains(part))).await?;
    Ok(())
}

#[tokio::test]
async fn each_new_message_is_said_once_and_no_old_one_again() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut paraphrases = Twin::of_server(&server.origin).await?.paraphrases(Locale::En, 2)?;
    let (second, first) = (paraphrases.remove(1), paraphrases.remove(0));
    let mut agent = Agent::connected(&server).await?;
    let browser = Browser::launch().await?;
    let chat = listened_to(browser.new_page().await?, &server).await?;
    let model = "(window.workerMessages || []).includes('\"model_loaded\"')";
    chat.widget.wait_for(model).await?;
    for paraphrase in [&first, &second] {
        let answer = chat.ask(&paraphrase.text).await?;
        let words: Vec<&str> = answer.text.split_whitespace().take(4).collect();
        assert_eq!(times(&chat.widget, &words.join(" ")).await?, 1, "{answer:?}");
        assert_eq!(times(&chat.widget, &paraphrase.text).await?, 1);
    }
    let question = chat.write(OUTSIDE_QUESTION).await?;
    chat.until_state(&question.id, "sent").await?;
    agent.until("a conversation", |agent| !agent.inbox.is_empty()).await?;
    let conversation = *agent.inbox.keys().next().context("just seen")?;
    for reply in ["I am looking into it.", "It was the neighbour's cat."] {
        agent.reply_accepted(conversation, reply).await?;
        shows(&chat.widget, reply).await?;
        assert_eq!(times(&chat.widget, reply).await?, 1);
    }
    check_no_echo(&chat.widget).await?;
    check_elsewhere(&browser, &server, &chat, &mut agent).await
}

/// A second tab, a reload and a server that comes back say nothing of what was there.
async fn check_elsewhere(
    browser: &Browser,
    server: &ServerProcess,
    chat: &Chat,
    agent: &mut Agent,
) -> Result<()> {
    let old = "It was the neighbour's cat.";
    let second = listened_to(browser.new_tab_beside(&chat.page).await?, server).await?;
    shows(&second.widget, old).await?;
    let conversation = *agent.inbox.keys().next().context("a conversation")?;
    agent.reply_accepted(conversation, "Now to both tabs.").await?;
    for widget in [&chat.widget, &second.widget] {
        shows(widget, "Now to both tabs.").await?;
        assert_eq!(times(widget, "Now to both tabs.").await?, 1, "{:#?}", said(widget).await?);
    }
    assert_eq!(times(&second.widget, old).await?, 0, "{:#?}", said(&second.widget).await?);
    second.page.close().await?;

    chat.page.reload().await?;
    chat.page.click_in_shadow("button").await?;
    let widget = chat.page.frame(&format!("{}/widget?", server.origin)).await?;
    online(&widget).await?;
    shows(&widget, "Now to both tabs.").await?;
    agent.reply_accepted(conversation, "After the reload.").await?;
    shows(&widget, "After the reload.").await?;
    assert_eq!(times(&widget, "After the reload.").await?, 1, "{:#?}", said(&widget).await?);
    for words in [old, "Now to both tabs."] {
        assert_eq!(times(&widget, words).await?, 0, "{:#?}", said(&widget).await?);
    }
    check_no_echo(&widget).await
}

#[tokio::test]
async fn what_a_form_complains_of_and_a_lost_connection_are_said() -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let chat = listened_to(browser.new_page().await?, &server).await?;
    server.kill9()?;
    let link = "document.querySelector('[data-link]').dataset.link";
    chat.widget.wait_for(&format!("{link} === 'reconnecting'")).await?;
    assert_eq!(times(&chat.widget, "econnecting").await?, 1, "{:#?}", said(&chat.widget).await?);
    server.start_again().await?;
    online(&chat.widget).await?;
    let status = "document.querySelector('[data-fd=status]').textContent";
    let status = chat.widget.evaluate(status).await?;
    let last = said(&chat.widget).await?.pop().context("nothing was said")?;
    assert_eq!(last.words, status.as_str().unwrap_or_default());
    Ok(())
}
