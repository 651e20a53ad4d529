//! A connection that is open on one side only: the server's process is stopped, its sockets stay.

use std::time::Duration;

use anyhow::Result;
use tests::browser::Browser;
use tests::eventually::{DEADLINE, eventually};
use tests::process::ServerProcess;

use crate::desk::Desk;
use crate::outage::{told_by_server, words};
use crate::shop::{Chat, ENGLISH, wait_until};

const LINK: &str = "document.querySelector('[data-link]').dataset.link";

/// 20 s of silence and a tenth, 10 s without an answer, and a loaded machine.
const NOTICED_WITHIN: Duration = Duration::from_secs(90);

/// The network or the visitor is back.
const RETURN: &str = "window.dispatchEvent(new Event('online'))";

/// More than an idle connection sends within the deadline: one.
const SYNCS_COUNT: usize = 4;

#[tokio::test]
async fn an_idle_visitor_notices_a_server_that_hangs_and_loses_nothing() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let chat = Chat::open(&browser, &server, ENGLISH).await?;
    chat.widget.click("[data-fd=talk-to-person]").await?;
    let mut written = vec![chat.write("My violin came without its bow.").await?];
    chat.until_state(&written[0].id, "sent").await?;
    desk.open_first().await?;
    desk.reply("I am looking into it.").await?;
    wait_until(&chat.widget, "the reply", |all| all.iter().any(|at| at.author == "agent")).await?;
    assert_eq!(chat.widget.evaluate(LINK).await?, "online");

    server.suspend()?;
    // This one lies in the socket of a process that does not read it, and is sent again later.
    written.push(chat.write("Hello? Still there?").await?);
    chat.until_state(&written[1].id, "waiting").await?;
    assert_eq!(chat.widget.evaluate(LINK).await?, "online", "nothing shows yet");
    chat.widget.wait_within(NOTICED_WITHIN, &format!("{LINK} === 'reconnecting'")).await?;
    written.push(chat.write("I will wait.").await?);
    chat.until_state(&written[2].id, "waiting").await?;

    server.resume()?;
    for message in &written {
        chat.until_state(&message.id, "sent").await?;
    }
    desk.reply("There we are again.").await?;
    let visitors = wait_until(&chat.widget, "life after the stop", |all| {
        all.iter().any(|at| at.text == "There we are again.")
    })
    .await?;
    let own: Vec<&str> =
        visitors.iter().filter(|at| at.author == "visitor").map(|at| at.id.as_str()).collect();
    let order: Vec<&str> = written.iter().map(|at| at.id.as_str()).collect();
    assert_eq!(own, order, "each once, in the order of writing");
    assert_eq!(words(&visitors), told_by_server(&server, &desk).await?);
    Ok(())
}

#[tokio::test]
async fn a_visitor_who_comes_back_has_the_connection_asked_at_once() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let chat = Chat::open(&browser, &server, ENGLISH).await?;
    chat.widget.wait_for(&format!("{LINK} === 'online'")).await?;
    let mark = chat.page.mark();
    let syncs = || {
        let sent = chat.page.frames_sent_since(mark);
        sent.iter().filter(|frame| frame.contains("\"sync\"")).count()
    };
    eventually("syncs of a visitor who comes back", DEADLINE, async || {
        chat.widget.evaluate(RETURN).await.ok()?;
        (syncs() >= SYNCS_COUNT).then_some(())
    })
    .await?;

    server.suspend()?;
    // An answer that was on its way still counts as a sign of life: the visitor comes back again.
    eventually("a hanging connection given up", DEADLINE, async || {
        chat.widget.evaluate(RETURN).await.ok()?;
        let link = chat.widget.evaluate(LINK).await.ok()?;
        (link == "reconnecting").then_some(())
    })
    .await?;
    server.resume()?;
    chat.widget.wait_for(&format!("{LINK} === 'online'")).await?;
    Ok(())
}
