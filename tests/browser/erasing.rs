//! An owner erases a visitor in the console, and puts a wrong answer right from where it was given.

use anyhow::{Context, Result};
use protocol::http::Role;
use tests::agent::{Agent, PASSWORD};
use tests::browser::Browser;
use tests::process::{Installation, LocalAnswers, ServerProcess};
use tests::visitor::Visitor;

use crate::desk::Desk;
use crate::people::{go, has};
use crate::shop::{Chat, ENGLISH};

#[tokio::test]
async fn an_erased_visitor_leaves_every_screen_and_a_receipt() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted("my heirloom barometer is broken").await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=inbox-row]')").await?;
    desk.open_first().await?;
    desk.until_shown("visitor", "my heirloom barometer is broken").await?;
    desk.console.click("[data-fd=erase]").await?;
    desk.console.click("[data-fd=erase-now]").await?;
    has(&desk.console, "[data-fd=receipt]").await?;
    let receipt = desk.console.evaluate("document.querySelector('[data-fd=receipt]').innerText");
    let receipt = receipt.await?;
    let receipt = receipt.as_str().context("no text")?;
    assert!(receipt.contains(&visitor.grant.visitor.to_string()), "{receipt}");
    has(&desk.console, "[data-fd=erased]").await?;
    desk.console.wait_for("!document.querySelector('[data-fd=inbox-row]')").await?;
    desk.console.wait_for("!document.body.innerText.includes('barometer')").await?;
    go(&desk.console, "audit").await?;
    let told = "[...document.querySelectorAll('[data-fd=audit-row]')]
        .some((row) => row.innerText.includes('Erased visitor'))";
    desk.console.wait_for(told).await?;
    // Whoever has the chat open begins anew.
    visitor.disconnect();
    visitor.messages.clear();
    visitor.connect().await?;
    assert_eq!(visitor.messages.len(), 0);
    Ok(())
}

#[tokio::test]
async fn an_agent_is_not_offered_to_erase() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let owner = Agent::set_up(&server).await?;
    let mei = owner.invite("Mei", Role::Agent).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted("hello").await?;
    let browser = Browser::launch().await?;
    let page = browser.new_page().await?;
    page.set_size(1440, 900).await?;
    let conversation = visitor.conversation.context("it began")?;
    page.open(&format!("{}/console/#conversation={conversation}", server.origin)).await?;
    let console = page.main().await?;
    console.fill("[data-fd=email]", &mei.profile.email).await?;
    console.fill("[data-fd=password]", PASSWORD).await?;
    console.click("[data-fd=sign-in]").await?;
    has(&console, "[data-fd=export-transcript]").await?;
    has(&console, "[data-fd=actions]").await?;
    let offered = console.evaluate("!!document.querySelector('[data-fd=erase]')").await?;
    assert_eq!(offered, serde_json::Value::Bool(false));
    Ok(())
}

#[tokio::test]
async fn a_wrong_answer_leads_to_its_entry_with_the_question_at_hand() -> Result<()> {
    let installation = Installation::demo()?;
    // On a private site the words of an instant answer stay in the browser.
    installation.set_local_answers(LocalAnswers::Reported)?;
    let server = ServerProcess::start(installation).await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    let first = tests::demo::first_entry()?;
    let asked = format!("{}?!", first.question.trim_end_matches('?'));
    chat.ask(&asked).await?;
    desk.choose("[data-fd=filter-status]", "pending").await?;
    desk.open_first().await?;
    desk.console.click("[data-fd=wrong-answer]").await?;
    let here = format!("location.hash.includes('faq/entry={}')", first.id);
    desk.console.wait_for(&here).await?;
    desk.console.click("[data-fd=asked-add]").await?;
    let phrasings = format!(
        "document.querySelector('[data-fd=phrasings-main]').value.includes({})",
        serde_json::Value::from(asked.as_str())
    );
    desk.console.wait_for(&phrasings).await?;
    desk.console.wait_for("!document.querySelector('[data-fd=asked]')").await?;
    desk.console.click("[data-fd=save]").await?;
    desk.console
        .wait_for("document.querySelector('[data-fd=state]')?.dataset.state === 'changed'")
        .await?;
    Ok(())
}
