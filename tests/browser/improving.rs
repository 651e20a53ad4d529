//! The loop: what visitors asked and nobody answered becomes an entry, and before it is published
//! the past questions are asked again.

use anyhow::Result;
use tests::browser::Browser;
use tests::looks::look_at;
use tests::process::ServerProcess;

use crate::desk::Desk;
use crate::shop::{Chat, ENGLISH};

const ASKED: &str = "can you fix a broken accordion bellows";
const ASKED_ALSO: &str = "could you repair broken accordion bellows";

async fn ask_both(browser: &Browser, server: &ServerProcess) -> Result<()> {
    for text in [ASKED, ASKED_ALSO] {
        let chat = Chat::open_with_model(browser, server, ENGLISH).await?;
        let asked = chat.write(text).await?;
        chat.until_state(&asked.id, "sent").await?;
    }
    Ok(())
}

#[tokio::test]
async fn unanswered_questions_are_one_group_that_becomes_an_entry() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    ask_both(&browser, &server).await?;
    let group = "document.querySelector('[data-fd=gap]')?.dataset.asked === '2'";
    // The pipeline answers a moment after it was asked: look until both are there.
    let looked =
        tests::eventually::eventually("a group of two", tests::eventually::DEADLINE, async || {
            desk.go_to("faq/entries").await.ok()?;
            desk.go_to("faq/gaps").await.ok()?;
            let found = desk.console.wait_within(std::time::Duration::from_secs(3), group).await;
            found.ok()
        });
    looked.await?;
    look_at(&desk.page, &desk.console, "faq-gaps", "en").await?;
    desk.page.set_size(1440, 900).await?;
    desk.console.click("[data-fd=gap-new]").await?;
    let filled = "document.querySelector('[data-fd=question-main]')?.value.includes('accordion')
        && document.querySelector('[data-fd=phrasings-main]').value.includes('accordion')";
    desk.console.wait_for(filled).await?;
    desk.console.fill("[data-fd=answer-main]", "Yes, within two weeks.").await?;
    desk.console.click("[data-fd=save]").await?;
    desk.console
        .wait_for("document.querySelector('[data-fd=state]')?.dataset.state === 'added'")
        .await?;
    desk.go_to("faq/gaps").await?;
    desk.console.wait_for("!document.querySelector('[data-fd=gap]')").await?;
    desk.go_to("faq/publish").await?;
    let better = "document.querySelector('[data-fd=regression-sum]')?.dataset.better === '2'";
    desk.console.wait_for(better).await?;
    desk.console.wait_for("!!document.querySelector('[data-judgement=better]')").await?;
    Ok(())
}

#[tokio::test]
async fn a_group_becomes_a_phrasing_or_is_set_aside() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    let asked = chat.write(ASKED).await?;
    chat.until_state(&asked.id, "sent").await?;
    let first = "document.querySelector('[data-fd=gap-add] option:nth-child(2)')?.value";
    let looked =
        tests::eventually::eventually("a suggestion", tests::eventually::DEADLINE, async || {
            desk.go_to("faq/entries").await.ok()?;
            desk.go_to("faq/gaps").await.ok()?;
            desk.console.wait_within(std::time::Duration::from_secs(3), first).await.ok()
        });
    let entry = looked.await?;
    let entry = entry.as_str().unwrap_or_default().to_owned();
    desk.choose("[data-fd=gap-add]", &entry).await?;
    desk.console.wait_for("!document.querySelector('[data-fd=gap]')").await?;
    desk.go_to(&format!("faq/entry={entry}")).await?;
    let phrased = "document.querySelector('[data-fd=phrasings-main]')?.value.includes('bellows')";
    desk.console.wait_for(phrased).await?;
    Ok(())
}
