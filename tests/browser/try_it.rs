//! Trying the FAQ in the console: what is decided about a question and why, and how careful it is.

use anyhow::Result;
use tests::browser::Browser;
use tests::process::ServerProcess;

use crate::desk::Desk;
use crate::shop::{Chat, ENGLISH};

#[tokio::test]
async fn a_question_shows_its_decision_its_score_and_its_entities() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let known = tests::demo::first_entry()?;
    desk.go_to("faq/try").await?;
    desk.console.fill("[data-fd=try-text]", &known.question).await?;
    desk.console.click("button[data-fd=try]").await?;
    desk.console
        .wait_for("document.querySelector('[data-fd=trial]')?.dataset.decision === 'answer'")
        .await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=trial-answer]')").await?;
    desk.console.evaluate("document.querySelector('[data-fd=try-text]').select()").await?;
    desk.page.insert_text(tests::demo::OUTSIDE_QUESTION).await?;
    desk.console.click("button[data-fd=try]").await?;
    desk.console
        .wait_for("document.querySelector('[data-fd=trial]')?.dataset.decision === 'abstain'")
        .await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=reason]').textContent").await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=score]')").await?;
    let entities = "document.querySelector('[data-fd=trial-entities]').textContent";
    desk.console.wait_for(&format!("{entities}.includes('10482277')")).await?;
    Ok(())
}

#[tokio::test]
async fn the_slider_shows_what_past_questions_would_have_come_to() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    let asked = chat.write(tests::demo::OUTSIDE_QUESTION).await?;
    chat.until_state(&asked.id, "sent").await?;
    desk.go_to("faq/try").await?;
    desk.console
        .wait_for("document.querySelector('[data-fd=curve]')?.dataset.left === '1'")
        .await?;
    let slide = "(() => { const field = document.querySelector('[data-fd=precision]');
        field.value = '91';
        field.dispatchEvent(new Event('input', { bubbles: true })); return true; })()";
    desk.console.wait_for(slide).await?;
    desk.console.click("[data-fd=keep-precision]").await?;
    desk.go_to("faq/publish").await?;
    desk.console.wait_for("document.body.innerText.includes('91')").await?;
    Ok(())
}
