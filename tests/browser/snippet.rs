//! `window.frontdesk(…)`, as a page with the snippet uses it.

use anyhow::Result;
use tests::browser::Browser;
use tests::process::ServerProcess;

use crate::shop::{COMPOSER, Chat, ENGLISH, shown, wait_until};

const CALLS_BEFORE_LOAD: &str = "window.frontdesk = Object.assign(
    (...call) => { window.frontdesk.q.push(call); }, { q: [] });
    window.heard = [];
    for (const event of ['ready', 'open', 'close', 'message'])
        window.frontdesk('on', event, () => window.heard.push(event));
    window.frontdesk('show');";

#[tokio::test]
async fn calls_made_before_the_script_came_are_carried_out() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let page = browser.new_page().await?;
    page.set_size(1280, 900).await?;
    page.run_before_scripts(CALLS_BEFORE_LOAD).await?;
    page.open(&server.demo).await?;
    let widget = page.frame(&format!("{}/widget?", server.origin)).await?;
    widget.wait_for(&format!("!!document.querySelector('{COMPOSER}')")).await?;
    let shop = page.main().await?;
    shop.wait_for("heard.join() === 'ready,open'").await?;
    Ok(())
}

#[tokio::test]
async fn a_page_shows_hides_and_translates_the_chat_and_hears_of_it() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let chat = Chat::open(&browser, &server, ENGLISH).await?;
    let shop = chat.page.main().await?;
    shop.evaluate(
        "window.heard = []; for (const event of ['open', 'close', 'message'])
            frontdesk('on', event, () => heard.push(event));",
    )
    .await?;
    shop.evaluate("frontdesk('hide')").await?;
    shop.evaluate("frontdesk('toggle')").await?;
    assert_eq!(shop.evaluate("heard.join()").await?, "close,open");
    shop.evaluate("frontdesk('setLocale', 'zh')").await?;
    chat.widget.wait_for("document.documentElement.lang.startsWith('zh')").await?;
    chat.widget.wait_for("document.body.innerText.includes('转人工')").await?;
    shop.evaluate("frontdesk('nothing of this name')").await?;
    Ok(())
}

#[tokio::test]
async fn reset_forgets_the_visitor() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    let message = chat.write(tests::demo::OUTSIDE_QUESTION).await?;
    chat.until_state(&message.id, "sent").await?;
    let shop = chat.page.main().await?;
    shop.evaluate("frontdesk('reset'); frontdesk('show')").await?;
    wait_until(&chat.widget, "an empty chat", |messages| messages.is_empty()).await?;
    let again = Chat::open_on(chat.page, &server, ENGLISH).await?;
    let status = "document.querySelector('[data-link]').dataset.link === 'online'";
    again.widget.wait_for(status).await?;
    assert_eq!(shown(&again.widget).await?, []);
    Ok(())
}
