//! Two agents and a visitor side by side: nobody answers twice, and the visitor sees words alone.

use anyhow::{Context, Result};
use protocol::agent::AgentFrame;
use protocol::http::Role;
use tests::agent::Agent;
use tests::browser::Browser;
use tests::demo::OUTSIDE_QUESTION;
use tests::process::ServerProcess;

use crate::desk::Desk;
use crate::shop::{COMPOSER, Chat, ENGLISH, shown, wait_until};

const NOTE: &str = "He asked for this twice already";

async fn open(browser: &Browser, server: &ServerProcess) -> Result<(Desk, Chat)> {
    let desk = Desk::set_up(browser, server).await?;
    let chat = Chat::open_with_model(browser, server, ENGLISH).await?;
    let question = chat.write(OUTSIDE_QUESTION).await?;
    chat.until_state(&question.id, "sent").await?;
    desk.open_first().await?;
    desk.until_shown("visitor", OUTSIDE_QUESTION).await?;
    Ok((desk, chat))
}

#[tokio::test]
async fn a_note_is_for_colleagues_and_markdown_for_the_visitor() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let (desk, chat) = open(&browser, &server).await?;
    desk.console.click("[data-fd=mode-note]").await?;
    desk.console.fill(COMPOSER, NOTE).await?;
    desk.console.click("[data-fd=send]").await?;
    let note = "document.querySelector('[data-fd=aside][data-kind=note] .text')?.textContent";
    desk.console.wait_for(&format!("{note} === '{NOTE}'")).await?;

    desk.console.click("[data-fd=mode-reply]").await?;
    desk.console.click("[data-fd=preview-toggle]").await?;
    desk.console.fill(COMPOSER, "It is **on its way** <script>alert(1)</script>").await?;
    desk.console
        .wait_for("document.querySelector('[data-fd=preview] strong')?.textContent")
        .await?;
    desk.console.click("[data-fd=send]").await?;
    let bold = "[...document.querySelectorAll('[data-fd=message][data-author=agent] strong')]
        .some((at) => at.textContent === 'on its way')";
    chat.widget.wait_for(bold).await?;
    assert_eq!(chat.widget.evaluate("document.querySelectorAll('.line script').length").await?, 0);
    let seen = shown(&chat.widget).await?;
    assert!(seen.iter().all(|message| !message.text.contains(NOTE)), "{seen:?}");
    assert!(seen.iter().any(|message| message.text.contains("<script>")), "as text: {seen:?}");
    Ok(())
}

#[tokio::test]
async fn colleagues_see_each_other_and_a_crossing_reply_waits_for_a_second_enter() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let (desk, chat) = open(&browser, &server).await?;
    let id = "document.querySelector('[data-fd=transcript]').dataset.conversation";
    let id = desk.console.evaluate(id).await?;
    let conversation = serde_json::from_value(id)?;
    let mut mei = Agent::sign_in(&server.origin).await?.invite("Mei", Role::Agent).await?;
    mei.connect().await?;
    mei.watch(conversation).await?;
    let viewers = "document.querySelector('[data-fd=viewers]')?.textContent.includes('Mei')";
    desk.console.wait_for(viewers).await?;
    desk.console.fill(COMPOSER, "I will look").await?;
    mei.send(&AgentFrame::Typing { conversation }).await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=colleague-typing]')").await?;
    desk.page.press_enter().await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=crossing]')").await?;
    // Until the page has seen Mei's words, the reply is held back by the server, too.
    mei.reply_accepted(conversation, "Already done.").await?;
    wait_until(&chat.widget, "Mei's reply", |all| all.iter().any(|at| at.text == "Already done."))
        .await?;
    let seen = shown(&chat.widget).await?;
    assert!(seen.iter().all(|message| message.text != "I will look"), "{seen:?}");
    desk.page.press_enter().await?;
    wait_until(&chat.widget, "both", |all| all.iter().any(|at| at.text == "I will look")).await?;
    Ok(())
}

#[tokio::test]
async fn what_the_visitor_is_writing_is_shown_and_gone_when_it_is_sent() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let (desk, chat) = open(&browser, &server).await?;
    desk.reply("How can I help?").await?;
    wait_until(&chat.widget, "the reply", |all| all.iter().any(|at| at.text == "How can I help?"))
        .await?;
    chat.widget.fill(COMPOSER, "It has a crack in its").await?;
    let draft = "document.querySelector('[data-fd=visitor-draft]')?.textContent";
    desk.console.wait_for(&format!("{draft} === 'It has a crack in its'")).await?;
    chat.widget.click(COMPOSER).await?;
    chat.page.press_enter().await?;
    desk.until_shown("visitor", "It has a crack in its").await?;
    desk.console.wait_for("!document.querySelector('[data-fd=visitor-draft]')").await?;
    Ok(())
}

#[tokio::test]
async fn a_conversation_is_assigned_labelled_snoozed_and_found_again() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let (desk, _chat) = open(&browser, &server).await?;
    desk.console.click("[data-fd=assign-me]").await?;
    desk.console.wait_for("!!document.querySelector('[data-kind=assigned]')").await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=row-assignee]')").await?;
    desk.console.fill("[data-fd=label-add]", "refund").await?;
    desk.page.press_enter().await?;
    desk.console.wait_for("document.querySelector('[data-fd=label]')?.textContent").await?;
    let snooze = "(() => { const field = document.querySelector('[data-fd=snooze]');
        field.value = 'tomorrow';
        field.dispatchEvent(new Event('change', { bubbles: true })); return true; })()";
    desk.console.wait_for(snooze).await?;
    let status = "document.querySelector('[data-fd=transcript]').dataset.status";
    desk.console.wait_for(&format!("{status} === 'snoozed'")).await?;
    desk.console.wait_for("!document.querySelector('[data-fd=inbox-row]')").await?;
    let filter = "(() => { const field = document.querySelector('[data-fd=filter-status]');
        field.value = 'snoozed';
        field.dispatchEvent(new Event('change', { bubbles: true })); return true; })()";
    desk.console.wait_for(filter).await?;
    let row = "document.querySelector('[data-fd=inbox-row] [data-fd=row-label]')?.textContent";
    let label = desk.console.wait_for(row).await?;
    assert_eq!(label.as_str().context("no text")?, "refund");
    Ok(())
}

#[tokio::test]
async fn a_suggested_answer_and_a_canned_one_are_put_into_the_reply() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let (desk, chat) = open(&browser, &server).await?;
    desk.console.click("[data-fd=suggestion]").await?;
    desk.console.wait_for(&format!("document.querySelector('{COMPOSER}').value")).await?;
    desk.console.evaluate("location.hash = 'canned'").await?;
    desk.console.click("[data-fd=canned-new]").await?;
    desk.console.fill("[data-fd=canned-shortcut]", "hello").await?;
    desk.console.fill("[data-fd=canned-text]", "Hello, {{agent.name}} here.").await?;
    desk.console.click("[data-fd=canned-save]").await?;
    desk.console.wait_for("!!document.querySelector('[data-shortcut=hello]')").await?;
    desk.console.evaluate("history.back()").await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=composer]')").await?;
    desk.console.evaluate("document.querySelector('[data-fd=composer]').select()").await?;
    desk.page.insert_text("/hel").await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=canned-option]')").await?;
    desk.page.press_enter().await?;
    let filled = format!("document.querySelector('{COMPOSER}').value === 'Hello, Ada here.'");
    desk.console.wait_for(&filled).await?;
    desk.page.press_enter().await?;
    wait_until(&chat.widget, "the canned reply", |all| {
        all.iter().any(|at| at.text == "Hello, Ada here.")
    })
    .await?;
    Ok(())
}
