//! One browser is one visitor: its tabs share a conversation, a count of unread messages and one
//! socket, whichever of them goes or freezes.

use anyhow::{Context, Result};
use tests::browser::Browser;
use tests::eventually::{DEADLINE, eventually};
use tests::process::ServerProcess;

use crate::desk::Desk;
use crate::outage::{told_by_server, words};
use crate::shop::{Chat, ENGLISH, shown, wait_until};

const ONLINE: &str = "document.querySelector('[data-link]').dataset.link === 'online'";

/// The number on the launcher; empty when there is none.
const BADGE: &str = "(() => { const badge = document.getElementById('frontdesk')
    .shadowRoot.querySelector('i'); return badge.hidden ? '' : badge.textContent; })()";

struct Shop {
    server: ServerProcess,
    browser: Browser,
    desk: Desk,
    first: Chat,
    second: Chat,
}

impl Shop {
    /// An agent, and a visitor with the chat open in two tabs who has asked for a person.
    async fn open() -> Result<Self> {
        let server = ServerProcess::demo().await?;
        let browser = Browser::launch().await?;
        let desk = Desk::set_up(&browser, &server).await?;
        let first = Chat::open(&browser, &server, ENGLISH).await?;
        first.widget.wait_for(ONLINE).await?;
        let page = browser.new_tab_beside(&first.page).await?;
        page.set_size(1280, 900).await?;
        let second = Chat::open_on(page, &server, ENGLISH).await?;
        second.widget.wait_for(ONLINE).await?;
        first.widget.click("[data-fd=talk-to-person]").await?;
        let asked = first.write("My violin came without its bow.").await?;
        first.until_state(&asked.id, "sent").await?;
        desk.open_first().await?;
        Ok(Self { server, browser, desk, first, second })
    }

    async fn one_socket(&self) -> Result<()> {
        eventually("one socket", DEADLINE, async || {
            (self.server.metric("visitors_connected").await.ok()? == 1).then_some(())
        })
        .await
    }

    async fn same_everywhere(&self, tabs: &[&Chat]) -> Result<()> {
        let told = told_by_server(&self.server, &self.desk).await?;
        for tab in tabs {
            wait_until(&tab.widget, "what the server has", |all| words(all) == told).await?;
        }
        wait_until(&self.desk.console, "what the server has", |all| words(all) == told).await?;
        Ok(())
    }
}

async fn badge(chat: &Chat, count: &str) -> Result<()> {
    chat.page.main().await?.wait_for(&format!("{BADGE} === '{count}'")).await?;
    Ok(())
}

#[tokio::test]
async fn tabs_share_a_conversation_an_unread_count_and_one_socket() -> Result<()> {
    let shop = Shop::open().await?;
    let (first, second) = (&shop.first, &shop.second);
    let written = second.write("From the other tab.").await?;
    second.until_state(&written.id, "sent").await?;
    shop.desk.reply("I see both.").await?;
    shop.same_everywhere(&[first, second]).await?;
    shop.one_socket().await?;
    let opened: usize = [first, second].iter().map(|chat| chat.page.sockets_since(0).len()).sum();
    assert_eq!(opened, 1, "one socket was opened, ever");

    first.widget.click("[data-fd=close]").await?;
    second.widget.click("[data-fd=close]").await?;
    shop.desk.reply("One.").await?;
    shop.desk.reply("Two.").await?;
    badge(first, "2").await?;
    badge(second, "2").await?;
    let title = "document.title.startsWith('(2) ')";
    first.page.main().await?.wait_for(title).await?;
    second.page.click_in_shadow("button").await?;
    badge(second, "").await?;
    badge(first, "").await?;
    first.page.main().await?.wait_for("!document.title.startsWith('(')").await?;
    for chat in [first, second] {
        assert_eq!(chat.page.csp_violations_since(0), [""; 0]);
        assert_eq!(chat.page.errors_since(0), [""; 0]);
    }
    Ok(())
}

#[tokio::test]
async fn when_the_tab_with_the_socket_closes_another_goes_on() -> Result<()> {
    let shop = Shop::open().await?;
    let second = &shop.second;
    shop.first.page.close().await?;
    let written = second.write("The first tab is gone.").await?;
    second.until_state(&written.id, "sent").await?;
    shop.desk.reply("And you are still here.").await?;
    shop.same_everywhere(&[second]).await?;
    shop.one_socket().await?;
    // A third takes what the two have: nothing is lost with the tab that wrote it.
    let page = shop.browser.new_tab_beside(&second.page).await?;
    let third = Chat::open_on(page, &shop.server, ENGLISH).await?;
    shop.same_everywhere(&[second, &third]).await
}

#[tokio::test]
async fn a_tab_that_froze_with_the_socket_loses_it_and_catches_up() -> Result<()> {
    let shop = Shop::open().await?;
    let (first, second) = (&shop.first, &shop.second);
    first.page.freeze().await?;
    let written = second.write("Hello from a tab that is awake.").await?;
    second.until_state(&written.id, "sent").await?;
    shop.desk.reply("Good morning.").await?;
    shop.same_everywhere(&[second]).await?;
    first.page.thaw().await?;
    shop.same_everywhere(&[first, second]).await?;
    shop.one_socket().await?;
    let written = first.write("Awake again.").await?;
    first.until_state(&written.id, "sent").await?;
    shop.same_everywhere(&[first, second]).await
}

#[tokio::test]
async fn what_is_written_in_one_tab_without_a_network_waits_in_all_and_is_sent_once() -> Result<()>
{
    let mut shop = Shop::open().await?;
    shop.server.kill9()?;
    let link = "document.querySelector('[data-link]').dataset.link === 'reconnecting'";
    shop.second.widget.wait_for(link).await?;
    let written = shop.second.write("Is anybody there?").await?;
    for chat in [&shop.first, &shop.second] {
        chat.until_state(&written.id, "waiting").await?;
    }
    shop.second.page.close().await?;
    shop.server.start_again().await?;
    shop.first.until_state(&written.id, "sent").await?;
    shop.same_everywhere(&[&shop.first]).await
}

#[tokio::test]
async fn a_reset_in_one_tab_forgets_the_visitor_in_all() -> Result<()> {
    let shop = Shop::open().await?;
    wait_until(&shop.second.widget, "the message", |all| !all.is_empty()).await?;
    shop.first.page.main().await?.evaluate("frontdesk('reset')").await?;
    for chat in [&shop.first, &shop.second] {
        wait_until(&chat.widget, "an empty chat", |all| all.is_empty()).await?;
    }
    shop.second.widget.wait_for(ONLINE).await?;
    let written = shop.second.write("I am somebody else.").await?;
    shop.second.until_state(&written.id, "sent").await?;
    let own = shown(&shop.second.widget).await?;
    own.iter().find(|at| at.id == written.id).context("the new visitor's words")?;
    assert!(own.iter().all(|at| at.text != "My violin came without its bow."), "{own:?}");
    Ok(())
}
