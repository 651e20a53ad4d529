//! The visitor's chat for everybody: by keyboard alone, through a screen reader, magnified, from
//! right to left, in the colours of the system, without motion.

mod keyboard;
mod layout;
mod spoken;

use anyhow::{Context, Result};
use tests::page::Page;

/// As the browser's protocol counts them.
const SHIFT: u32 = 8;

/// Tabs through everything on the shop's page and in the chat.
const STEPS_MAX: usize = 120;

/// Said of a document in which nothing has the focus.
const LOST: &str = "!body";

/// Where the focus is: the launcher, the page, outside of it, or an element of the chat by its
/// name. What cannot be seen, or not be told from what has no focus, begins with `!`.
const FOCUS: &str = "(() => {
    const host = document.getElementById('frontdesk');
    if (document.activeElement !== host) return document.activeElement === document.body
        ? 'outside' : 'page';
    const at = host.shadowRoot.activeElement;
    if (at.tagName === 'IFRAME') return 'chat';
    const style = getComputedStyle(at);
    return style.outlineStyle === 'none' ? '!no ring on the launcher' : 'launcher'; })()";

const FOCUS_IN_CHAT: &str = "(() => {
    const at = document.activeElement;
    if (!at || at === document.body || !at.isConnected) return '!body';
    const name = at.dataset.fd || at.className || at.href || at.tagName;
    const box = at.getBoundingClientRect();
    if (!box.width || !box.height) return '!no box: ' + name;
    const [x, y] = [box.x + box.width / 2, box.y + Math.min(box.height / 2, 20)];
    const top = document.elementFromPoint(x, y);
    if (!top || !(at.contains(top) || top.contains(at))) return '!out of sight: ' + name;
    const ring = (of) => getComputedStyle(of).outlineStyle !== 'none'
        && parseFloat(getComputedStyle(of).outlineWidth) >= 1;
    const field = at.closest('.field');
    const marked = ring(at) || field && getComputedStyle(field).boxShadow !== 'none';
    return marked ? name : '!no ring: ' + name; })()";

/// The name of what has the focus, in the page or in the chat on it.
///
/// # Errors
/// The focus is lost, or cannot be seen.
async fn focus(page: &Page, widget: &tests::page::Frame) -> Result<String> {
    let text = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let outside = text(page.main().await?.evaluate(FOCUS).await?);
    let at = match outside.as_str() {
        "chat" => text(widget.evaluate(FOCUS_IN_CHAT).await?),
        _ => outside,
    };
    anyhow::ensure!(!at.starts_with('!'), "the focus: {at}");
    Ok(at)
}

/// Goes on with a key until the focus is on what is wanted; everything on the way is looked at.
async fn walk(
    page: &Page,
    widget: &tests::page::Frame,
    modifiers: u32,
    wanted: &str,
) -> Result<Vec<String>> {
    let mut passed = Vec::new();
    for _ in 0..STEPS_MAX {
        page.press_key("Tab", "Tab", modifiers).await?;
        let at = match focus(page, widget).await {
            // Behind the last and before the first is the browser's own.
            Err(error) if error.to_string().ends_with(LOST) => "outside".to_owned(),
            at => at.with_context(|| format!("after {passed:?}"))?,
        };
        passed.push(at);
        if passed.last().is_some_and(|at| at == wanted) {
            return Ok(passed);
        }
    }
    anyhow::bail!("{wanted} is not reached: {passed:?}")
}
