//! A whole conversation without a mouse: from the launcher and back to it. At every step the focus
//! is somewhere, can be seen, and gets out again.

use anyhow::{Context, Result};
use protocol::agent::AgentFrame;
use protocol::forms::{Ask, FormsSettings, PreChat, Question};
use protocol::ids::ConversationId;
use tests::agent::Agent;
use tests::browser::Browser;
use tests::eventually::{DEADLINE, eventually};
use tests::page::Frame;
use tests::process::{Installation, ServerProcess};
use tests::smtp::MailServer;

use super::{SHIFT, focus, walk};
use crate::shop::{COMPOSER, Chat, ENGLISH, wait_until};

const ORDER: &str = "48213907";

/// The page has the launcher, and nobody has clicked anything.
async fn arrive(browser: &Browser, server: &ServerProcess) -> Result<tests::page::Page> {
    let page = browser.new_page().await?;
    page.set_size(1280, 900).await?;
    page.open(&format!("{}{ENGLISH}", server.demo)).await?;
    page.main().await?.wait_for("document.getElementById('frontdesk')").await?;
    Ok(page)
}

impl Chat {
    /// Opens the chat from the page without a mouse.
    async fn open_by_keyboard(browser: &Browser, server: &ServerProcess) -> Result<Self> {
        let page = arrive(browser, server).await?;
        let shop = page.main().await?;
        walk_to_launcher(&page, &shop).await?;
        page.press_enter().await?;
        let widget = page.frame(&format!("{}/widget?", server.origin)).await?;
        widget.wait_for(&format!("!!document.querySelector('{COMPOSER}')")).await?;
        let chat = Self { page, widget };
        chat.until_focus("composer").await?;
        Ok(chat)
    }

    async fn until_focus(&self, wanted: &str) -> Result<()> {
        let found = eventually(&format!("the focus on {wanted}"), DEADLINE, async || {
            let at = focus(&self.page, &self.widget).await.ok()?;
            (at == wanted).then_some(())
        })
        .await;
        if found.is_err() {
            let at = focus(&self.page, &self.widget).await;
            anyhow::bail!("the focus is not on {wanted} but: {at:?}");
        }
        Ok(())
    }

    /// Writes where the focus is and presses Enter.
    async fn type_line(&self, text: &str) -> Result<()> {
        self.page.insert_text(text).await?;
        self.page.press_enter().await
    }

    async fn until_said(&self, author: &str, part: &str) -> Result<()> {
        wait_until(&self.widget, part, |all| {
            all.iter().any(|at| at.author == author && at.text.contains(part))
        })
        .await?;
        Ok(())
    }

    /// Walks to a button, one way or the other, and presses it.
    async fn press(&self, modifiers: u32, name: &str) -> Result<()> {
        walk(&self.page, &self.widget, modifiers, name).await?;
        self.page.press_enter().await
    }
}

async fn walk_to_launcher(page: &tests::page::Page, shop: &Frame) -> Result<()> {
    walk(page, shop, 0, "launcher").await.map(drop)
}

/// The first conversation of an agent's inbox.
async fn conversation_of(agent: &mut Agent) -> Result<ConversationId> {
    agent.until("a conversation", |agent| !agent.inbox.is_empty()).await?;
    agent.inbox.keys().next().copied().context("just seen")
}

fn forms() -> FormsSettings {
    let question = Question { text: "Which order is it about?".to_owned(), required: false };
    let (name, email) = (Ask::Optional, Ask::Required);
    let pre_chat = PreChat { name, email, phone: Ask::No, question: Some(question) };
    FormsSettings { pre_chat, rating: true, ..FormsSettings::default() }
}

#[tokio::test]
async fn a_whole_conversation_is_had_without_a_mouse() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut agent = Agent::connected(&server).await?;
    agent.set_forms(forms()).await?;
    let browser = Browser::launch().await?;
    let chat = Chat::open_by_keyboard(&browser, &server).await?;
    chat.widget.wait_for("document.querySelector('[data-link]').dataset.link === 'online'").await?;
    let model = "(window.workerMessages || []).includes('\"model_loaded\"')";
    chat.widget.wait_for(model).await?;

    chat.type_line("Where is my parcel?").await?;
    chat.until_said("bot", "Which order").await?;
    chat.type_line(ORDER).await?;
    chat.until_said("bot", ORDER).await?;
    chat.press(SHIFT, "choice").await?;
    chat.until_focus("composer").await?;
    chat.press(SHIFT, "flag").await?;
    chat.widget.wait_for("!!document.querySelector('[data-fd=flagged]')").await?;
    chat.until_focus("composer").await?;

    chat.press(0, "talk-to-person").await?;
    chat.until_focus("form-name").await?;
    chat.page.insert_text("Grace").await?;
    walk(&chat.page, &chat.widget, 0, "form-email").await?;
    chat.type_line("grace at home").await?;
    chat.widget.wait_for("!!document.querySelector('[data-fd=form-error]')").await?;
    chat.until_focus("form-email").await?;
    chat.widget.evaluate("document.activeElement.select()").await?;
    chat.type_line("grace@home.example").await?;
    chat.until_focus("composer").await?;
    wait_until(&chat.widget, "a person was asked for", |all| {
        all.iter().any(|at| at.author == "system" && at.state == "sent")
    })
    .await?;
    rate_by_keyboard(&chat, &mut agent).await?;

    chat.page.press_key("Escape", "Escape", 0).await?;
    chat.until_focus("launcher").await?;
    chat.page.press_enter().await?;
    chat.until_focus("composer").await?;
    chat.press(SHIFT, "close").await?;
    chat.until_focus("launcher").await?;
    Ok(())
}

/// The agent answers and resolves; the visitor says how it was.
async fn rate_by_keyboard(chat: &Chat, agent: &mut Agent) -> Result<()> {
    let conversation = conversation_of(agent).await?;
    agent.reply_accepted(conversation, "It is on its way.").await?;
    chat.until_said("agent", "It is on its way.").await?;
    agent.act(|message_id| AgentFrame::Resolve { message_id, conversation }).await?;
    chat.widget.wait_for("!!document.querySelector('[data-fd=rating]')").await?;
    chat.until_focus("composer").await?;
    chat.press(SHIFT, "score").await?;
    chat.until_focus("score").await?;
    walk(&chat.page, &chat.widget, 0, "rating-comment").await?;
    chat.page.insert_text("Thank you").await?;
    chat.press(0, "rating-send").await?;
    chat.widget.wait_for("!!document.querySelector('[data-fd=rated]')").await?;
    chat.until_focus("composer").await
}

#[tokio::test]
async fn an_emoji_and_the_mailed_transcript_need_no_mouse_either() -> Result<()> {
    let mail = MailServer::start(0).await?;
    let installation = Installation::demo()?;
    installation.configure(&mail.settings())?;
    let server = ServerProcess::start(installation).await?;
    let browser = Browser::launch().await?;
    let chat = Chat::open_by_keyboard(&browser, &server).await?;
    chat.press(SHIFT, "emoji").await?;
    chat.until_focus("emoji-choice").await?;
    for (key, label) in [("ArrowRight", "right"), ("ArrowDown", "down"), ("ArrowLeft", "left")] {
        chat.page.press_key(key, key, 0).await?;
        focus(&chat.page, &chat.widget).await.context(label)?;
    }
    chat.page.press_enter().await?;
    chat.until_focus("composer").await?;
    chat.type_line(" from me").await?;
    chat.until_said("visitor", "from me").await?;
    chat.press(SHIFT, "emoji").await?;
    chat.until_focus("emoji-choice").await?;
    chat.page.press_key("Escape", "Escape", 0).await?;
    chat.until_focus("composer").await?;

    chat.press(SHIFT, "menu").await?;
    chat.widget.wait_for("!!document.querySelector('[data-fd=menu-sheet]')").await?;
    walk(&chat.page, &chat.widget, 0, "mail").await?;
    chat.page.press_enter().await?;
    chat.until_focus("mail-email").await?;
    chat.type_line("ada@home.example").await?;
    chat.widget.wait_for("!!document.querySelector('[data-fd=mailed]')").await?;
    chat.until_focus("composer").await?;
    chat.press(SHIFT, "form-close").await?;
    chat.until_focus("composer").await
}

#[tokio::test]
async fn tabs_lead_through_the_chat_and_out_of_it_again() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let chat = Chat::open_by_keyboard(&browser, &server).await?;
    let forth = walk(&chat.page, &chat.widget, 0, "page").await?;
    assert!(forth.contains(&"talk-to-person".to_owned()), "{forth:?}");
    walk(&chat.page, &chat.widget, SHIFT, "composer").await?;
    let back = walk(&chat.page, &chat.widget, SHIFT, "launcher").await?;
    assert!(back.contains(&"close".to_owned()), "{back:?}");
    Ok(())
}

#[tokio::test]
async fn news_takes_the_focus_from_nobody() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut agent = Agent::connected(&server).await?;
    let browser = Browser::launch().await?;
    let chat = Chat::open_by_keyboard(&browser, &server).await?;
    let model = "(window.workerMessages || []).includes('\"model_loaded\"')";
    chat.widget.wait_for(model).await?;
    chat.type_line(tests::demo::OUTSIDE_QUESTION).await?;
    let conversation = conversation_of(&mut agent).await?;
    agent.reply_accepted(conversation, "Back to the bot.").await?;
    chat.until_said("agent", "Back to the bot.").await?;
    agent.act(|message_id| AgentFrame::GiveBack { message_id, conversation }).await?;
    let offered = "document.querySelector('[data-fd=talk-to-person]').dataset.state === 'offered'";
    chat.widget.wait_for(offered).await?;
    chat.type_line(&tests::demo::first_entry()?.question).await?;
    chat.widget.wait_for("!!document.querySelector('[data-fd=person]')").await?;
    walk(&chat.page, &chat.widget, SHIFT, "flag").await?;
    agent.reply_accepted(conversation, "Good morning.").await?;
    chat.until_said("agent", "Good morning.").await?;
    chat.widget.wait_for("!document.querySelector('[data-fd=person]')").await?;
    assert_eq!(focus(&chat.page, &chat.widget).await?, "flag");
    Ok(())
}
