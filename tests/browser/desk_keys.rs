//! The console by keyboard alone: from the inbox to a resolved conversation without a mouse.

use anyhow::Result;
use tests::browser::Browser;
use tests::demo::OUTSIDE_QUESTION;
use tests::process::ServerProcess;

use crate::desk::Desk;
use crate::shop::{Chat, ENGLISH, wait_until};

const FOCUSED: &str = "document.activeElement?.dataset.fd";

#[tokio::test]
async fn every_step_of_an_answer_has_a_key() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    let question = chat.write(OUTSIDE_QUESTION).await?;
    chat.until_state(&question.id, "sent").await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=inbox-row]')").await?;
    desk.console.evaluate("document.activeElement.blur()").await?;
    desk.page.press_key("j", "KeyJ", 0).await?;
    desk.console.wait_for(&format!("{FOCUSED} === 'inbox-row'")).await?;
    desk.page.press_enter().await?;
    desk.until_shown("visitor", OUTSIDE_QUESTION).await?;
    desk.page.press_key("a", "KeyA", 0).await?;
    desk.console.wait_for("!!document.querySelector('[data-kind=assigned]')").await?;
    desk.page.press_key("l", "KeyL", 0).await?;
    desk.console.wait_for(&format!("{FOCUSED} === 'label-add'")).await?;
    desk.page.press_key("Escape", "Escape", 0).await?;
    desk.page.press_key("p", "KeyP", 0).await?;
    let urgent = "document.querySelector('[data-fd=urgent]').ariaPressed === 'true'";
    desk.console.wait_for(urgent).await?;
    desk.page.press_key("n", "KeyN", 0).await?;
    let note = "document.querySelector('form[data-audience=colleagues]') !== null";
    desk.console.wait_for(note).await?;
    desk.page.insert_text("a crack, says he").await?;
    desk.page.press_enter().await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=aside][data-kind=note]')").await?;
    desk.page.press_key("Escape", "Escape", 0).await?;
    desk.page.press_key("r", "KeyR", 0).await?;
    desk.console.wait_for(&format!("{FOCUSED} === 'composer'")).await?;
    desk.page.insert_text("We send another.").await?;
    desk.page.press_enter().await?;
    wait_until(&chat.widget, "the reply", |all| all.iter().any(|at| at.text == "We send another."))
        .await?;
    desk.page.press_key("Escape", "Escape", 0).await?;
    desk.page.press_key("?", "Slash", 0).await?;
    desk.console.wait_for("document.querySelector('[data-fd=keys]')?.open").await?;
    desk.page.press_key("Escape", "Escape", 0).await?;
    desk.console.wait_for("!document.querySelector('[data-fd=keys]')").await?;
    desk.page.press_key("e", "KeyE", 0).await?;
    let status = "document.querySelector('[data-fd=transcript]').dataset.status === 'resolved'";
    desk.console.wait_for(status).await?;
    Ok(())
}

#[tokio::test]
async fn control_k_goes_anywhere_and_g_to_a_panel() -> Result<()> {
    /// As the browser's protocol counts them.
    const CONTROL: u32 = 2;
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    let question = chat.write(OUTSIDE_QUESTION).await?;
    chat.until_state(&question.id, "sent").await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=inbox-row]')").await?;
    desk.page.press_key("k", "KeyK", CONTROL).await?;
    desk.console.wait_for(&format!("{FOCUSED} === 'palette-search'")).await?;
    let words: String = OUTSIDE_QUESTION.chars().take(12).collect();
    desk.page.insert_text(&words).await?;
    desk.console
        .wait_for("document.querySelectorAll('[data-fd=palette-row]').length === 1")
        .await?;
    desk.page.press_enter().await?;
    desk.until_shown("visitor", OUTSIDE_QUESTION).await?;
    desk.console.evaluate("document.activeElement.blur()").await?;
    desk.page.press_key("g", "KeyG", 0).await?;
    desk.page.press_key("c", "KeyC", 0).await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=canned]')").await?;
    desk.page.press_key("k", "KeyK", CONTROL).await?;
    desk.console.wait_for(&format!("{FOCUSED} === 'palette-search'")).await?;
    desk.page.insert_text("inbox").await?;
    desk.page.press_enter().await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=inbox]')").await?;
    Ok(())
}
