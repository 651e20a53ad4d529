//! An owner writes the FAQ in the console: drafts, conflicts, the way back, imports, publishing,
//! and a visitor who has the chat open meanwhile.

use anyhow::{Context, Result};
use protocol::draft::{DraftRequest, DraftSaved, EntryChange, EntryEdit, FaqOverview};
use tests::agent::Agent;
use tests::browser::Browser;
use tests::http;
use tests::looks::look_at;
use tests::process::ServerProcess;

use crate::desk::Desk;
use crate::shop::{Chat, ENGLISH};

const QUESTION: &str = "Do you repair old accordions from the attic?";
const ANSWER: &str = "Yes, our **workshop** does, on Tuesdays.";

const SAVED: &str = "document.querySelector('[data-fd=state]')?.dataset.state";

async fn write_entry(desk: &Desk, question: &str, answer: &str) -> Result<()> {
    desk.go_to("faq/new").await?;
    desk.console.fill("[data-fd=question-main]", question).await?;
    desk.console.fill("[data-fd=answer-main]", answer).await?;
    desk.console.click("[data-fd=save]").await?;
    desk.console.wait_for(&format!("{SAVED} === 'added'")).await?;
    Ok(())
}

async fn publish(desk: &Desk) -> Result<()> {
    desk.go_to("faq/publish").await?;
    desk.console.click("button[data-fd=publish]").await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=published]')").await?;
    Ok(())
}

#[tokio::test]
async fn what_is_published_is_answered_in_a_browser_that_was_open_all_along() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    write_entry(&desk, QUESTION, ANSWER).await?;
    desk.console
        .wait_for("document.querySelector('[data-fd=preview-main] strong')?.textContent")
        .await?;
    let loaded = "(window.workerMessages || []).filter((at) => at.includes('pack_loaded')).length";
    let before = chat.widget.evaluate(loaded).await?;
    publish(&desk).await?;
    chat.widget.wait_for(&format!("{loaded} > {before}")).await?;
    let answer = chat.ask(QUESTION).await?;
    assert!(answer.text.contains("on Tuesdays"), "{answer:?}");
    assert!(answer.instant, "by the browser itself: {answer:?}");
    Ok(())
}

#[tokio::test]
async fn two_owners_do_not_overwrite_each_other() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let other = Agent::sign_in(&server.origin).await?;
    let cookie = [("cookie", other.cookie.as_str())];
    let path = "/v1/sites/demo/faq";
    let faq: FaqOverview = http::get(&server.origin, path, &cookie).await?.json()?;
    let view = faq.entries.into_iter().next().context("an empty FAQ")?;
    let id = view.entry.id.to_string();
    desk.go_to(&format!("faq/entry={id}")).await?;
    desk.console.fill("[data-fd=tags]", ", mine").await?;
    let mut entry = view.entry.clone();
    entry.answer = "Their words.".to_owned();
    let edit = EntryEdit::Put { entry: Box::new(entry) };
    let change = EntryChange { id: view.entry.id, base: Some(view.revision), edit };
    let request = DraftRequest { changes: vec![change], precision: None };
    let drafts = format!("{path}/drafts");
    let saved: DraftSaved = http::post(&server.origin, &drafts, &cookie, &request).await?.json()?;
    assert_eq!((saved.saved.len(), saved.conflicts.len()), (1, 0));
    // The same base again: what came first stays.
    let again: DraftSaved = http::post(&server.origin, &drafts, &cookie, &request).await?.json()?;
    assert_eq!((again.saved.len(), again.conflicts.len()), (0, 1));
    desk.console.click("[data-fd=save]").await?;
    let shown = "document.querySelector('[data-fd=conflict]')?.innerText.includes('Their words.')";
    desk.console.wait_for(shown).await?;
    let mine = "document.querySelector('[data-fd=tags]').value.includes('mine')";
    assert_eq!(desk.console.evaluate(mine).await?, true, "no word is lost");
    desk.console.click("[data-fd=keep-mine]").await?;
    desk.console.wait_for("!document.querySelector('[data-fd=conflict]')").await?;
    desk.console.wait_for(&format!("{SAVED} === 'changed'")).await?;
    let faq: FaqOverview = http::get(&server.origin, path, &cookie).await?.json()?;
    let now = faq.entries.iter().find(|view| view.entry.id.to_string() == id);
    let tags = &now.context("the entry is gone")?.entry.tags;
    assert!(tags.iter().any(|tag| tag == "mine"), "{tags:?}");
    Ok(())
}

#[tokio::test]
async fn old_words_come_back_and_unsaved_ones_survive_a_reload() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    write_entry(&desk, QUESTION, ANSWER).await?;
    desk.console.fill("[data-fd=answer-main]", " Or never.").await?;
    desk.page.reload().await?;
    let kept = "document.querySelector('[data-fd=answer-main]')?.value.includes('Or never.')";
    let console = desk.page.main().await?;
    console.wait_for(kept).await?;
    console.click("[data-fd=save]").await?;
    let lines = "document.querySelectorAll('[data-fd=history-line]').length";
    console.wait_for("!!document.querySelector('[data-fd=save-state]').textContent").await?;
    desk.page.reload().await?;
    let console = desk.page.main().await?;
    console.wait_for(&format!("{lines} >= 2")).await?;
    let oldest = "[data-fd=history-line]:last-child [data-fd=restore]";
    console.click(oldest).await?;
    console.wait_for(&format!("!({kept})")).await?;
    Ok(())
}

#[tokio::test]
async fn a_table_is_looked_at_before_it_is_taken() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    desk.go_to("faq/import").await?;
    desk.choose("[data-fd=import-kind]", "csv").await?;
    let table = "question,answer\nDo you tune harps?,Every spring.\n,nothing asked\n";
    desk.console.fill("[data-fd=import-text]", table).await?;
    desk.console.click("[data-fd=read-import]").await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=found][data-fate=added]')").await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=skipped]')").await?;
    desk.console.click("[data-fd=take-import]").await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=import-taken]')").await?;
    desk.go_to("faq/entries").await?;
    desk.console.fill("[data-fd=entry-search]", "tune harps").await?;
    let one = "document.querySelectorAll('[data-fd=entry-row]').length === 1";
    desk.console.wait_for(one).await?;
    Ok(())
}

#[tokio::test]
async fn pictures_of_the_owners_panels() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    write_entry(&desk, QUESTION, ANSWER).await?;
    let entry = desk.console.evaluate("location.hash.slice(1)").await?;
    let entry = entry.as_str().context("no address")?.to_owned();
    for language in ["en", "zh"] {
        desk.page.set_size(1440, 900).await?;
        desk.speak(language).await?;
        for (name, address, ready) in [
            ("faq-list", "faq/entries", "[data-fd=entries]"),
            ("faq-entry", entry.as_str(), "[data-fd=history-line]"),
            ("faq-import", "faq/import", "[data-fd=import-form]"),
            ("faq-publish", "faq/publish", "[data-fd=regression] p[data-fd]"),
            ("faq-try", "faq/try", "[data-fd=care] p[data-fd]"),
            ("settings", "settings", "[data-fd=settings-form]"),
        ] {
            desk.go_to(address).await?;
            desk.console.wait_for(&format!("!!document.querySelector('{ready}')")).await?;
            look_at(&desk.page, &desk.console, name, language).await?;
        }
    }
    Ok(())
}
