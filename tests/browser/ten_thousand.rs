//! An inbox of ten thousand open conversations: few rows are drawn, none is out of reach, and the
//! page answers while it scrolls.

use anyhow::{Context, Result, ensure};
use protocol::locale::Locale;
use protocol::visitor::VisitorFrame;
use tests::browser::Browser;
use tests::eventually::report_figure;
use tests::process::ServerProcess;
use tests::visitor::{Visitor, new_message_id};
use tokio::task::JoinSet;

use crate::desk::Desk;

const CONVERSATIONS: usize = 10_000;

/// Visitors who arrive at once.
const AT_ONCE: usize = 50;

/// Rows in the document, however many there are.
const ROWS_MAX: u64 = 60;

/// A task of the page that a person notices: while scrolling none may take as long.
const TASK_MS_MAX: f64 = 500.0;

const LIMITS: &str = "calls_per_address_per_s = 100000\ncalls_per_address_burst = 100000
calls_per_site_per_s = 100000\ncalls_per_site_burst = 100000
messages_per_site_per_s = 100000\nmessages_per_site_burst = 100000";

const ROWS: &str = "document.querySelectorAll('[data-fd=inbox-row]').length";
const LOADED: &str = "Number(document.querySelector('[data-fd=inbox]').dataset.rows)";

async fn calls_a_person(origin: String) -> Result<()> {
    let mut visitor = Visitor::connected(&origin).await?;
    let message_id = new_message_id();
    visitor.send(&VisitorFrame::RequestHuman { message_id, locale: Locale::En }).await?;
    visitor.until_accepted(message_id).await
}

async fn fill(server: &ServerProcess) -> Result<()> {
    let mut arriving = JoinSet::new();
    for _ in 0..CONVERSATIONS {
        if arriving.len() == AT_ONCE {
            arriving.join_next().await.context("one of them")???;
        }
        arriving.spawn(calls_a_person(server.origin.clone()));
    }
    while let Some(arrived) = arriving.join_next().await {
        arrived??;
    }
    Ok(())
}

#[tokio::test]
async fn ten_thousand_open_conversations_scroll_to_the_last() -> Result<()> {
    let server = ServerProcess::demo_with_limits(LIMITS).await?;
    fill(&server).await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let all =
        format!("document.querySelector('[data-view=all]').dataset.count === '{CONVERSATIONS}'");
    desk.console.wait_for(&all).await?;
    let watch = "window.long = []; new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) window.long.push(entry.duration);
        }).observe({ type: 'longtask' }); true";
    desk.console.evaluate(watch).await?;
    // A turn of the wheel after the other, as long as there is anything below.
    let step = format!(
        "(() => {{ const list = document.querySelector('[data-fd=inbox]');
            const rows = {ROWS};
            window.most = Math.max(window.most || 0, rows);
            list.scrollBy(0, 6000);
            return {LOADED} >= {CONVERSATIONS}
                && list.scrollTop + list.clientHeight >= list.scrollHeight - 2; }})()"
    );
    let scrolled = std::time::Instant::now();
    desk.console.wait_within(std::time::Duration::from_secs(120), &step).await?;
    let took = scrolled.elapsed();
    let most = desk.console.evaluate("window.most").await?;
    ensure!(most.as_u64().is_some_and(|most| most <= ROWS_MAX), "{most} rows at once");
    let long = desk.console.evaluate("window.long").await?;
    let long: Vec<f64> = serde_json::from_value(long)?;
    let longest = long.iter().copied().fold(0.0, f64::max);
    report_figure(&format!(
        "{CONVERSATIONS} conversations: {took:?} to the last, {} long tasks, the longest {longest} \
         ms, {most} rows at most",
        long.len()
    ));
    ensure!(longest < TASK_MS_MAX, "a task of {longest} ms");
    // The last one is there and opens.
    let last = "[...document.querySelectorAll('[data-fd=inbox-row]')].at(-1).dataset.conversation";
    let last = desk.console.wait_for(last).await?;
    let last = last.as_str().context("no id")?.to_owned();
    desk.console.click(&format!("[data-conversation=\"{last}\"]")).await?;
    let open = format!("[data-fd=transcript][data-conversation=\"{last}\"] [data-fd=message]");
    let open = format!("!!document.querySelector({})", serde_json::Value::from(open));
    desk.console.wait_for(&open).await?;
    Ok(())
}
