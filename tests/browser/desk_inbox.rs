//! The inbox: views, filters and live counts, without a reload.

use anyhow::{Context, Result};
use protocol::agent::AgentFrame;
use protocol::http::Role;
use protocol::locale::Locale;
use protocol::visitor::VisitorFrame;
use tests::agent::Agent;
use tests::browser::Browser;
use tests::process::ServerProcess;
use tests::visitor::{Visitor, new_message_id};

use crate::desk::Desk;

const ROWS: &str = "document.querySelectorAll('[data-fd=inbox-row]').length";

async fn waiting(server: &ServerProcess, text: &str) -> Result<Visitor> {
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted(text).await?;
    let message_id = new_message_id();
    visitor.send(&VisitorFrame::RequestHuman { message_id, locale: Locale::En }).await?;
    visitor.until_accepted(message_id).await?;
    Ok(visitor)
}

fn view(name: &str, count: u32) -> String {
    format!(
        "document.querySelector('[data-fd=view][data-view={name}]').dataset.count === '{count}'"
    )
}

/// Chooses an option as a person does, for the page's own listeners.
async fn choose(desk: &Desk, fd: &str, value: &str) -> Result<()> {
    let choose = format!(
        "(() => {{ const field = document.querySelector('[data-fd={fd}]');
            if (!field || ![...field.options].some((at) => at.value === '{value}')) return false;
            field.value = '{value}';
            field.dispatchEvent(new Event('change', {{ bubbles: true }})); return true; }})()"
    );
    desk.console.wait_for(&choose).await.map(drop)
}

#[tokio::test]
async fn views_and_filters_follow_what_colleagues_do_without_a_reload() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let mut mei = Agent::sign_in(&server.origin).await?.invite("Mei", Role::Agent).await?;
    mei.connect().await?;
    let first = waiting(&server, "my teapot is broken").await?;
    let _second = waiting(&server, "my violin is broken").await?;
    desk.console.wait_for(&format!("{ROWS} === 2")).await?;
    for (name, count) in [("mine", 0), ("unassigned", 2), ("all", 2)] {
        desk.console.wait_for(&view(name, count)).await?;
    }
    let conversation = first.conversation.context("no conversation")?;
    let to = Some(mei.profile.id);
    mei.act(|message_id| {
        let (from, note) = (None, None);
        AgentFrame::Assign { message_id, conversation, from, to, note }
    })
    .await?;
    desk.console.wait_for(&view("unassigned", 1)).await?;
    desk.console.click("[data-fd=view][data-view=unassigned]").await?;
    desk.console.wait_for(&format!("{ROWS} === 1")).await?;
    // What was chosen survives a reload.
    desk.page.reload().await?;
    let pressed = "document.querySelector('[data-view=unassigned]')?.ariaPressed === 'true'";
    desk.console.wait_for(pressed).await?;
    desk.console.wait_for(&format!("{ROWS} === 1")).await?;
    desk.console.click("[data-fd=view][data-view=all]").await?;
    desk.console.wait_for(&format!("{ROWS} === 2")).await?;

    let label = protocol::ids::LabelName::parse("vip").ok().context("a label")?;
    mei.act(|message_id| {
        let (add, remove) = (vec![label.clone()], Vec::new());
        AgentFrame::Label { message_id, conversation, add, remove }
    })
    .await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=row-label]')").await?;
    desk.page.reload().await?;
    desk.console.click("[data-fd=filters]").await?;
    choose(&desk, "filter-label", "vip").await?;
    desk.console.wait_for(&format!("{ROWS} === 1")).await?;
    choose(&desk, "filter-label", "").await?;
    mei.act(|message_id| AgentFrame::Resolve { message_id, conversation }).await?;
    desk.console.wait_for(&format!("{ROWS} === 1")).await?;
    choose(&desk, "filter-status", "resolved").await?;
    let row = format!("!!document.querySelector('[data-conversation=\"{conversation}\"]')");
    desk.console.wait_for(&row).await?;
    Ok(())
}
