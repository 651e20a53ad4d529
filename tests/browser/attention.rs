//! How a visitor who looks elsewhere is called, and what they may choose: sound, notifications,
//! light or dark.

use anyhow::Result;
use tests::browser::Browser;
use tests::process::ServerProcess;

use crate::desk::Desk;
use crate::shop::{Chat, ENGLISH};

/// Counts the notes that are played, in whichever document of the page.
const COUNT_NOTES: &str = "window.notes = 0;
    OscillatorNode.prototype.start = function () { window.notes += 1; };";

/// Grants and keeps the page's notifications.
const KEEP_NOTIFICATIONS: &str = "window.shown = [];
    window.Notification = class { constructor(title, more) {
        window.shown.push(title + ': ' + more.body); } close() {}
      static requestPermission() { return Promise.resolve(window.permission || 'granted'); } };";

const DARK: &str = "getComputedStyle(document.body).backgroundColor === 'rgb(19, 24, 22)'";

async fn switched(chat: &Chat, name: &str, on: bool) -> Result<()> {
    let row = format!("document.querySelector('[data-fd={name}]')?.getAttribute('aria-checked')");
    chat.widget.wait_for(&format!("{row} === '{on}'")).await.map(drop)
}

#[tokio::test]
async fn a_visitor_who_looks_elsewhere_is_called_as_they_chose() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let page = browser.new_page().await?;
    page.set_size(1280, 900).await?;
    page.run_before_scripts(&format!("{COUNT_NOTES} {KEEP_NOTIFICATIONS}")).await?;
    let chat = Chat::open_on(page, &server, ENGLISH).await?;
    let shop = chat.page.main().await?;
    chat.widget.click("[data-fd=talk-to-person]").await?;
    let asked = chat.write("My violin came without its bow.").await?;
    chat.until_state(&asked.id, "sent").await?;
    desk.open_first().await?;

    // Forbidden first: the visitor hears what to do.
    shop.evaluate("window.permission = 'denied'").await?;
    chat.widget.click("[data-fd=menu]").await?;
    chat.widget.click("[data-fd=notify]").await?;
    chat.widget.wait_for("!!document.querySelector('[data-fd=form-error]')").await?;
    switched(&chat, "notify", false).await?;
    shop.evaluate("window.permission = 'granted'").await?;
    chat.widget.click("[data-fd=notify]").await?;
    switched(&chat, "notify", true).await?;
    chat.widget.click("[data-fd=close]").await?;

    desk.reply("I will look for it.").await?;
    shop.wait_for("shown.join() === 'Ada: I will look for it.'").await?;
    chat.widget.wait_for("notes === 2").await?;

    chat.page.click_in_shadow("button").await?;
    switched(&chat, "sound", true).await?;
    chat.widget.click("[data-fd=sound]").await?;
    switched(&chat, "sound", false).await?;
    // In sight, nobody is called.
    desk.reply("It is here.").await?;
    chat.widget.wait_for("document.body.innerText.includes('It is here.')").await?;
    chat.widget.click("[data-fd=close]").await?;
    desk.reply("Shall I send it?").await?;
    shop.wait_for("shown.length === 2").await?;
    assert_eq!(shop.evaluate("shown[1]").await?, "Ada: Shall I send it?");
    assert_eq!(chat.widget.evaluate("notes").await?, 2, "silent now");
    Ok(())
}

#[tokio::test]
async fn light_or_dark_by_choice_outlives_a_reload() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let chat = Chat::open(&browser, &server, ENGLISH).await?;
    chat.page.set_media("prefers-color-scheme", "light").await?;
    chat.widget.click("[data-fd=menu]").await?;
    chat.widget.click("[data-fd=look][value=dark]").await?;
    chat.widget.wait_for(DARK).await?;
    let again = Chat::open_on(chat.page, &server, ENGLISH).await?;
    again.widget.wait_for(DARK).await?;
    let shop = again.page.main().await?;
    shop.evaluate("frontdesk('reset')").await?;
    shop.wait_for("localStorage.getItem('frontdesk') === null").await?;
    let kept = again.widget.evaluate("Object.keys(localStorage).join()").await?;
    assert!(!kept.as_str().is_none_or(|kept| kept.contains("choices")), "{kept}");
    Ok(())
}
