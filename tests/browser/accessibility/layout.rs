//! The chat on every screen: magnified, narrow, low (a keyboard on the screen takes half of it),
//! huge; from right to left; in the colours of the system; without motion. Nothing is cut off,
//! nothing lies over anything else, and the composer is always in sight.

use anyhow::Result;
use protocol::forms::{Ask, FormsSettings, PreChat, Question};
use serde_json::json;
use tests::agent::Agent;
use tests::browser::{Browser, Replacement};
use tests::looks::barriers;
use tests::page::{Frame, Page};
use tests::process::{ServerProcess, target_folder};

use crate::shop::{Chat, ENGLISH};

const ARABIC: &str = "مرحبا، أين طلبي رقم 48213907 من فضلك؟";
const HEBREW: &str = "שלום, מתי יגיע הקומקום?";

/// No place to break it.
const LONG: &str =
    "https://shop.example/orders/48213907/parcels/8f0aa1d3c0b94e0b8a8e7c1f2d3e4f50/now";

/// Elements that leave the window sideways, are cut off, or cover each other.
const SPILLED: &str = "(() => {
    const wrong = [];
    const page = document.documentElement;
    const name = (at) => at.dataset.fd || at.className || at.tagName;
    if (page.scrollWidth > innerWidth) wrong.push('the page scrolls sideways');
    const seen = [...document.querySelectorAll('body *')].filter((at) => {
        const box = at.getBoundingClientRect();
        return box.width > 1 && box.height > 1 && at.checkVisibility()
            && !at.closest('.unseen, svg, pre, table'); });
    for (const at of seen) {
        const box = at.getBoundingClientRect();
        if (box.left < -1 || box.right > innerWidth + 1) wrong.push(`${name(at)} leaves`);
        const style = getComputedStyle(at);
        const cut = style.overflowX !== 'visible' && at.scrollWidth > at.clientWidth + 1;
        if (cut && at.tagName !== 'INPUT') wrong.push(`${name(at)} is cut off`);
    }
    for (const at of document.querySelectorAll('.head, .foot, .field, .below')) {
        if (at.scrollHeight > at.clientHeight + 1) wrong.push(`${name(at)} is too low`);
    }
    const tools = seen.filter((at) => at.matches('button, textarea, input, a, h1, .bubble'));
    for (const [idx, one] of tools.entries()) for (const other of tools.slice(idx + 1)) {
        if (one.contains(other) || other.contains(one)) continue;
        const scrolls = (at) => at.closest('.scroll, .sheet, .uploads');
        if (scrolls(one) !== scrolls(other)) continue;
        const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 1 && high > 1) wrong.push(`${name(one)} lies on ${name(other)}`);
    }
    return wrong; })()";

/// Whether an element is wholly in the window.
fn in_sight(selector: &str) -> String {
    format!(
        "(() => {{ const at = document.querySelector('{selector}');
            const box = at && at.getBoundingClientRect();
            return !!box && box.height > 20 && box.top >= -1 && box.bottom <= innerHeight + 1
                && box.left >= -1 && box.right <= innerWidth + 1; }})()"
    )
}

async fn check(page: &Page, widget: &Frame, what: &str) -> Result<()> {
    let settled = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() =>
        Promise.all(document.getAnimations().filter((at) => at.effect.getComputedTiming().endTime
            !== Infinity).map((at) => at.finished.catch(() => {}))).then(() => done(true)))))";
    widget.evaluate(settled).await?;
    let host = page.main().await?;
    host.evaluate(settled).await?;
    assert_eq!(widget.evaluate(SPILLED).await?, json!([]), "{what}");
    for selector in ["[data-fd=composer]", "[data-fd=send]", "[data-fd=talk-to-person]"] {
        assert_eq!(widget.evaluate(&in_sight(selector)).await?, true, "{selector}, {what}");
    }
    let panel = "(() => { const root = document.getElementById('frontdesk').shadowRoot;
        const box = root.querySelector('iframe').getBoundingClientRect();
        return box.left >= -1 && box.top >= -1 && box.right <= innerWidth + 1
            && box.bottom <= innerHeight + 1; })()";
    assert_eq!(host.evaluate(panel).await?, true, "the panel, {what}");
    let barriers = barriers(widget).await?;
    assert!(barriers.is_empty(), "{what}: {barriers:#?}");
    Ok(())
}

async fn keep_picture(page: &Page, name: &str) -> Result<()> {
    page.screenshot(&target_folder()?.join(format!("screenshots/{name}.png"))).await
}

/// A chat with something of everything in it.
async fn talked(browser: &Browser, server: &ServerProcess, path: &str) -> Result<Chat> {
    let chat = Chat::open_with_model(browser, server, path).await?;
    for text in [ARABIC, HEBREW, LONG] {
        chat.write(text).await?;
    }
    chat.ask(&tests::demo::first_entry()?.question).await?;
    Ok(chat)
}

async fn ask_for_details(server: &ServerProcess) -> Result<Agent> {
    let question = Question { text: "Which order is it about?".to_owned(), required: true };
    let (name, email) = (Ask::Required, Ask::Required);
    let pre_chat = PreChat { name, email, phone: Ask::Optional, question: Some(question) };
    let owner = Agent::set_up(server).await?;
    owner.set_forms(FormsSettings { pre_chat, ..FormsSettings::default() }).await?;
    Ok(owner)
}

#[tokio::test]
async fn nothing_is_cut_off_magnified_narrow_low_or_huge() -> Result<()> {
    let server = ServerProcess::demo().await?;
    ask_for_details(&server).await?;
    let browser = Browser::launch().await?;
    let chat = talked(&browser, &server, ENGLISH).await?;
    // 1280 × 900 at 200 and 400 %, a small phone, the same with its keyboard open, and 4K.
    let screens = [(640, 450, 2), (320, 256, 4), (320, 568, 2), (360, 330, 2), (3840, 2160, 1)];
    for (width, height, scale) in screens {
        chat.page.set_screen(width, height, scale).await?;
        let what = format!("{width} × {height}");
        keep_picture(&chat.page, &format!("widget-{width}x{height}")).await?;
        check(&chat.page, &chat.widget, &what).await?;
    }
    chat.page.set_size(1280, 900).await?;
    chat.widget.wait_for("document.querySelector('[data-link]').dataset.link === 'online'").await?;
    chat.widget.click("[data-fd=talk-to-person]").await?;
    chat.widget.wait_for("!!document.querySelector('[data-fd=pre-chat]')").await?;
    for (width, height, scale) in screens {
        chat.page.set_screen(width, height, scale).await?;
        let what = format!("the form at {width} × {height}");
        check(&chat.page, &chat.widget, &what).await?;
        for field in ["form-name", "form-email", "form-answer", "form-send"] {
            let selector = format!("[data-fd={field}]");
            let focus = format!("document.querySelector('{selector}').focus()");
            chat.widget.evaluate(&focus).await?;
            assert_eq!(chat.widget.evaluate(&in_sight(&selector)).await?, true, "{field}, {what}");
        }
        keep_picture(&chat.page, &format!("widget-form-{width}x{height}")).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_page_and_a_chat_from_right_to_left() -> Result<()> {
    let server = ServerProcess::demo().await?;
    ask_for_details(&server).await?;
    let tag = format!("<script async src='{}/embed.js' data-site=demo></script>", server.origin);
    let page = format!("<!doctype html><html lang=ar dir=rtl><title>متجر</title><body>{tag}");
    let replacement = Replacement { url_contains: "/rtl.html".to_owned(), body: page.into() };
    let browser = Browser::launch_with(vec![replacement]).await?;
    let chat = talked(&browser, &server, "/rtl.html").await?;
    let directions = "[...document.querySelectorAll('.line.visitor .bubble')].slice(0, 3)
        .map((at) => getComputedStyle(at).direction)";
    for dir in ["ltr", "rtl"] {
        chat.page.set_size(1280, 900).await?;
        chat.widget.evaluate(&format!("document.documentElement.dir = '{dir}'")).await?;
        let read = chat.widget.evaluate(directions).await?;
        assert_eq!(read, json!(["rtl", "rtl", "ltr"]), "each text has its own direction");
        for (width, height) in [(1280, 900), (320, 568)] {
            chat.page.set_size(width, height).await?;
            let what = format!("{dir} at {width} px");
            check(&chat.page, &chat.widget, &what).await?;
            keep_picture(&chat.page, &format!("widget-{dir}-{width}")).await?;
        }
    }
    // The visitor's own messages are on the side where lines end.
    let side = "(() => { const box = [...document.querySelectorAll('.line.visitor')].at(-1)
        .getBoundingClientRect(); return box.left < innerWidth - box.right; })()";
    assert_eq!(chat.widget.evaluate(side).await?, true);
    chat.widget.wait_for("document.querySelector('[data-link]').dataset.link === 'online'").await?;
    chat.widget.click("[data-fd=talk-to-person]").await?;
    chat.widget.wait_for("!!document.querySelector('[data-fd=pre-chat]')").await?;
    check(&chat.page, &chat.widget, "the form from right to left").await?;
    keep_picture(&chat.page, "widget-rtl-form").await
}

#[tokio::test]
async fn in_the_colours_of_the_system_every_control_has_an_edge() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let chat = talked(&browser, &server, ENGLISH).await?;
    chat.page.set_media("forced-colors", "active").await?;
    assert_eq!(chat.widget.evaluate("matchMedia('(forced-colors: active)').matches").await?, true);
    check(&chat.page, &chat.widget, "forced colours").await?;
    keep_picture(&chat.page, "widget-forced-colours").await?;
    let edgeless = "[...document.querySelectorAll('.bubble, .action, .send, .field')]
        .filter((at) => at.checkVisibility() && parseFloat(getComputedStyle(at).borderTopWidth) < 1)
        .map((at) => at.className)";
    assert_eq!(chat.widget.evaluate(edgeless).await?, json!([]));
    // Icons and words differ from what they stand on.
    let unreadable = "[...document.querySelectorAll('button')].filter((at) => at.checkVisibility()
        && getComputedStyle(at).color === getComputedStyle(at).backgroundColor)
        .map((at) => at.dataset.fd)";
    assert_eq!(chat.widget.evaluate(unreadable).await?, json!([]));
    Ok(())
}

#[tokio::test]
async fn nothing_moves_for_those_who_asked_for_it() -> Result<()> {
    /// Runs in each document: everything that began to move since.
    const WATCH: &str = "(() => { window.moved = [];
        for (const kind of ['animationstart', 'transitionrun']) addEventListener(kind, (event) =>
            moved.push(`${kind} ${event.animationName || event.propertyName}`), true); })()";
    /// Of the launcher and the panel, which are in a shadow root.
    const DURATIONS: &str = "['button', 'iframe'].map((name) => getComputedStyle(
        document.getElementById('frontdesk').shadowRoot.querySelector(name)).transitionDuration)";
    let server = ServerProcess::demo().await?;
    let mut moving = Vec::new();
    for preference in ["no-preference", "reduce"] {
        let browser = Browser::launch().await?;
        let page = browser.new_page().await?;
        page.set_size(1280, 900).await?;
        page.run_before_scripts(WATCH).await?;
        page.set_media("prefers-reduced-motion", preference).await?;
        let chat = Chat::open_on(page, &server, ENGLISH).await?;
        chat.page.set_media("prefers-reduced-motion", preference).await?;
        let matches = "matchMedia('(prefers-reduced-motion: reduce)').matches";
        assert_eq!(chat.widget.evaluate(matches).await?, preference == "reduce");
        chat.ask(&tests::demo::first_entry()?.question).await?;
        chat.widget.click("[data-fd=emoji]").await?;
        chat.widget.wait_for("!!document.querySelector('[data-fd=emoji-picker]')").await?;
        chat.widget.click("[data-fd=close]").await?;
        let inside = chat.widget.evaluate("moved").await?;
        let outside = chat.page.main().await?.evaluate(DURATIONS).await?;
        moving.push((inside, outside));
    }
    assert_ne!(moving[0].0, json!([]), "otherwise it moves, and is seen to");
    assert_ne!(moving[0].1, json!(["0s", "0s"]));
    assert_eq!(moving[1], (json!([]), json!(["0s", "0s"])));
    Ok(())
}
