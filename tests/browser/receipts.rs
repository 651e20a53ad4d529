//! Sent, delivered, read: as ticks on both sides.

use anyhow::Result;
use tests::browser::Browser;
use tests::process::ServerProcess;

use crate::desk::Desk;
use crate::shop::{Chat, ENGLISH};

/// How far the visitor's last message has come, by its ticks.
const VISITORS: &str = "[...document.querySelectorAll('.line.visitor')].at(-1).dataset.receipt";

/// And the agent's.
const AGENTS: &str = "[...document.querySelectorAll('[data-fd=ticks]')].at(-1)?.dataset.state";

#[tokio::test]
async fn each_side_sees_how_far_its_messages_have_come() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let chat = Chat::open(&browser, &server, ENGLISH).await?;
    chat.widget.click("[data-fd=talk-to-person]").await?;
    let asked = chat.write("My violin came without its bow.").await?;
    chat.until_state(&asked.id, "sent").await?;
    // The console has it in its inbox, and nobody has opened it.
    chat.widget.wait_for(&format!("{VISITORS} === 'delivered'")).await?;
    desk.open_first().await?;
    chat.widget.wait_for(&format!("{VISITORS} === 'read'")).await?;
    let words = "[...document.querySelectorAll('.line.visitor [data-fd=delivery]')].at(-1)";
    chat.widget.wait_for(&format!("{words}.textContent === 'Read'")).await?;

    desk.reply("I will look for it.").await?;
    desk.console.wait_for(&format!("{AGENTS} === 'read'")).await?;
    chat.widget.click("[data-fd=close]").await?;
    desk.reply("It is on its way.").await?;
    desk.console.wait_for(&format!("{AGENTS} === 'delivered'")).await?;
    chat.page.click_in_shadow("button").await?;
    desk.console.wait_for(&format!("{AGENTS} === 'read'")).await?;
    Ok(())
}
