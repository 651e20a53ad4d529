//! Nothing is lost and nothing doubled, on either side, whatever breaks: a short form of the loop
//! that runs for hours in the soak.

use anyhow::Result;
use tests::browser::Browser;
use tests::process::ServerProcess;

use crate::desk::Desk;
use crate::outage::{told_by_server, words};
use crate::shop::{COMPOSER, Chat, ENGLISH, wait_until};

const ROUNDS: usize = 8;

#[derive(Debug, Clone, Copy)]
enum Trouble {
    /// The network says that it is gone.
    SocketDrops,
    Reload,
    /// The tab is closed and the page opened in a new one.
    TabCloses,
    PowerFails,
}

const TROUBLES: [Trouble; 4] =
    [Trouble::SocketDrops, Trouble::Reload, Trouble::TabCloses, Trouble::PowerFails];

#[tokio::test]
async fn both_sides_are_equal_after_drops_reloads_closed_tabs_and_kills() -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let mut chat = Chat::open(&browser, &server, ENGLISH).await?;
    chat.widget.click("[data-fd=talk-to-person]").await?;
    let first = chat.write("Let us see what you can take.").await?;
    chat.until_state(&first.id, "sent").await?;
    desk.open_first().await?;
    let mut said = vec![first.text];
    for round in 0..ROUNDS {
        let trouble = TROUBLES[round % TROUBLES.len()];
        // The last one is on its way when the trouble comes.
        for number in 0..2 {
            let text = format!("visitor {round}.{number}");
            chat.write(&text).await?;
            said.push(text);
        }
        let answer = format!("agent {round}");
        desk.console.fill(COMPOSER, &answer).await?;
        desk.console.click("[data-fd=send]").await?;
        said.push(answer);
        chat = meet(trouble, chat, &browser, &mut server).await?;
    }
    let told = wait_for_all(&chat, &desk, &server, said.len()).await?;
    let mut texts: Vec<_> = told.into_iter().map(|(_, text)| text).collect();
    texts.sort();
    said.sort();
    assert_eq!(texts, said, "each once");
    Ok(())
}

async fn meet(
    trouble: Trouble,
    chat: Chat,
    browser: &Browser,
    server: &mut ServerProcess,
) -> Result<Chat> {
    match trouble {
        Trouble::SocketDrops => {
            chat.widget.evaluate("dispatchEvent(new Event('offline'))").await?;
            Ok(chat)
        }
        Trouble::Reload => Chat::open_on(chat.page, server, ENGLISH).await,
        Trouble::TabCloses => {
            let page = browser.new_tab_beside(&chat.page).await?;
            page.set_size(1280, 900).await?;
            chat.page.close().await?;
            Chat::open_on(page, server, ENGLISH).await
        }
        Trouble::PowerFails => {
            server.kill9()?;
            server.start_again().await?;
            Ok(chat)
        }
    }
}

/// Waits until all three have as many messages, and the same.
async fn wait_for_all(
    chat: &Chat,
    desk: &Desk,
    server: &ServerProcess,
    count: usize,
) -> Result<Vec<(String, String)>> {
    wait_until(&chat.widget, "all at the visitor", |all| words(all).len() == count).await?;
    wait_until(&desk.console, "all at the agent", |all| words(all).len() == count).await?;
    let told = told_by_server(server, desk).await?;
    wait_until(&chat.widget, "the visitor has the server's", |all| words(all) == told).await?;
    wait_until(&desk.console, "the agent has the server's", |all| words(all) == told).await?;
    Ok(told)
}
