//! From a question nobody foresaw to a person's reply, in two real browsers' windows.

use anyhow::{Context, Result};
use protocol::locale::Locale;
use tests::browser::Browser;
use tests::demo::OUTSIDE_QUESTION;
use tests::process::ServerProcess;
use tests::twin::Twin;

use crate::desk::Desk;
use crate::shop::{Chat, ENGLISH, shown, wait_until};

const REPLY: &str = "Keep the violin, <b>your</b> teapot is on its way.";
const SECOND_REPLY: &str = "Is there anything else?";

#[tokio::test]
async fn a_question_outside_the_faq_is_answered_by_a_person_and_the_bot_stays_silent() -> Result<()>
{
    let server = ServerProcess::demo().await?;
    let mut paraphrases = Twin::of_server(&server.origin).await?.paraphrases(Locale::En, 2)?;
    let (known, local) = (paraphrases.remove(1), paraphrases.remove(0));
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    chat.widget.evaluate("window.notReloaded = true").await?;

    let answer = chat.ask(&local.text).await?;
    let question = chat.write(OUTSIDE_QUESTION).await?;
    chat.until_state(&question.id, "sent").await?;
    desk.open_first().await?;
    desk.until_shown("visitor", OUTSIDE_QUESTION).await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=intent]')").await?;
    let order = "document.querySelector('[data-fd=entity][data-kind=order_number]')";
    let order = desk.console.wait_for(&format!("{order} && {order}.textContent")).await?;
    assert!(order.as_str().context("no text")?.contains("10482277"), "{order}");
    // What the browser had answered before is there as well, as the browser's answer.
    let before = desk.until_shown("visitor", &local.text).await?;
    assert_ne!(before.id, question.id);
    let local_answer = |shown: &crate::shop::Shown| shown.id == answer.id && shown.instant;
    wait_until(&desk.console, "the local answer", |all| all.iter().any(local_answer)).await?;

    desk.reply(REPLY).await?;
    wait_until(&chat.widget, "the reply", |messages| {
        messages.iter().any(|at| at.author == "agent" && at.text == REPLY)
    })
    .await?;
    let silent = chat.write(&known.text).await?;
    chat.until_state(&silent.id, "sent").await?;
    desk.until_shown("visitor", &known.text).await?;
    desk.reply(SECOND_REPLY).await?;
    let messages = wait_until(&chat.widget, "the second reply", |messages| {
        messages.iter().any(|at| at.author == "agent" && at.text == SECOND_REPLY)
    })
    .await?;
    let since = messages.iter().skip_while(|at| at.text != REPLY);
    let bot: Vec<_> = since.filter(|at| at.author == "bot").collect();
    assert!(bot.is_empty(), "a human has spoken: {bot:?}");
    assert_eq!(chat.widget.evaluate("window.notReloaded").await?, true);

    desk.console.click("[data-fd=resolve]").await?;
    wait_until(&chat.widget, "the end", |messages| {
        messages.last().is_some_and(|at| at.author == "system")
    })
    .await?;
    for page in [&chat.page, &desk.page] {
        assert_eq!(page.csp_violations_since(0), [""; 0]);
        assert_eq!(page.errors_since(0), [""; 0]);
    }
    Ok(())
}

#[tokio::test]
async fn an_agent_signs_out_and_in_again() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    desk.console.click("[data-fd=agent-menu]").await?;
    desk.console.click("[data-fd=sign-out]").await?;
    desk.console.fill("[data-fd=email]", tests::agent::EMAIL).await?;
    desk.console.fill("[data-fd=password]", "a wrong guess").await?;
    desk.console.click("[data-fd=sign-in]").await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=error]')").await?;
    let clear = "document.querySelector('[data-fd=password]').select()";
    desk.console.evaluate(clear).await?;
    desk.page.insert_text(tests::agent::PASSWORD).await?;
    desk.console.click("[data-fd=sign-in]").await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=inbox]')").await?;
    assert_eq!(shown(&desk.console).await?, []);
    Ok(())
}
