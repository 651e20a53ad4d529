//! Every command and attribute of the snippet, on pages as owners write them, and what foreign
//! windows can do to them: nothing.

use anyhow::Result;
use tests::browser::{Browser, Replacement};
use tests::page::Page;
use tests::process::ServerProcess;

use crate::shop::{COMPOSER, Chat, ENGLISH, wait_until};

/// An owner's page at the demo's address, whose site the demo is.
fn page_with(path: &str, html: &str) -> Replacement {
    let body = format!("<!doctype html><html lang=en><title>T</title><body>{html}").into_bytes();
    Replacement { url_contains: path.to_owned(), body }
}

async fn open(browser: &Browser, url: &str) -> Result<Page> {
    let page = browser.new_page().await?;
    page.set_size(1280, 900).await?;
    page.open(url).await?;
    Ok(page)
}

#[tokio::test]
async fn wrong_calls_are_explained_and_break_nothing() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let page = open(&browser, &server.demo).await?;
    let shop = page.main().await?;
    shop.wait_for("frontdesk.loaded").await?;
    for (call, words) in [
        ("frontdesk('opne')", "boot,update,shutdown"),
        ("frontdesk('on', 'opened', () => {})", "ready,open,close"),
        ("frontdesk('on', 'open')", "function"),
        ("frontdesk('action', 'track')", "function"),
        ("frontdesk('identify')", "identify"),
        ("frontdesk('identify', { id: 7, hash: 'abc' })", "HMAC-SHA256"),
        ("frontdesk('setAttributes', { a: [1] })", "text, number or boolean"),
        ("frontdesk('setAttributes', { a: NaN })", "text, number or boolean"),
    ] {
        let mark = page.mark();
        shop.evaluate(call).await?;
        let warnings = page.warnings_since(mark);
        assert!(warnings.iter().any(|at| at.contains(words)), "{call}: {warnings:?}");
    }
    assert_eq!(page.errors_since(0), [""; 0]);
    assert!(page.sockets_since(0).is_empty(), "nothing of it was sent");
    Ok(())
}

#[tokio::test]
async fn attributes_of_the_tag_are_enough() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let tag = format!(
        "<button id=ask data-frontdesk=ask data-question='Where do you deliver?'>Ask</button>
         <button id=show data-frontdesk=show>Chat</button>
         <script async src='{}/embed.js' data-site=demo data-locale=zh data-position=left
         data-color='#123456' data-attributes='{{\"plan\":\"pro\"}}'></script>",
        server.origin
    );
    let browser = Browser::launch_with(vec![page_with("/plain.html", &tag)]).await?;
    let page = open(&browser, &format!("{}/plain.html", server.demo)).await?;
    let owner = page.main().await?;
    owner.wait_for("document.getElementById('frontdesk')").await?;
    assert_eq!(
        owner
            .evaluate(
                "document.getElementById('frontdesk').shadowRoot
            .querySelector('.left button').getAttribute('aria-label')"
            )
            .await?,
        "打开在线客服"
    );
    owner.click("#ask").await?;
    let widget = page.frame(&format!("{}/widget?", server.origin)).await?;
    wait_until(&widget, "the question of the button", |messages| {
        messages.iter().any(|at| at.author == "visitor" && at.text == "Where do you deliver?")
    })
    .await?;
    assert_eq!(page.errors_since(0), [""; 0]);
    Ok(())
}

#[tokio::test]
async fn the_chat_is_taken_off_the_page_and_put_back() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let chat = Chat::open(&browser, &server, ENGLISH).await?;
    let shop = chat.page.main().await?;
    shop.evaluate("frontdesk('shutdown')").await?;
    assert_eq!(
        shop.evaluate("document.getElementById('frontdesk')").await?,
        serde_json::Value::Null
    );
    shop.evaluate("frontdesk('boot', { position: 'left' }); frontdesk('show')").await?;
    shop.wait_for("document.getElementById('frontdesk').shadowRoot.querySelector('.left.open')")
        .await?;
    let widget = chat.page.frame(&format!("{}/widget?", server.origin)).await?;
    widget.wait_for(&format!("!!document.querySelector('{COMPOSER}')")).await?;
    shop.evaluate("frontdesk('update', { position: 'right', locale: 'zh' })").await?;
    widget.wait_for("document.documentElement.lang.startsWith('zh')").await?;
    shop.wait_for("!document.getElementById('frontdesk').shadowRoot.querySelector('.left')")
        .await?;
    Ok(())
}

#[tokio::test]
async fn a_strict_policy_with_trusted_types_is_never_violated() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let host = &server.origin;
    let page = format!(
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'self'; \
         script-src 'self' {host}; frame-src {host}; style-src 'self'; \
         require-trusted-types-for 'script'\">
         <script async src='{host}/embed.js' data-site=demo></script>"
    );
    let browser = Browser::launch_with(vec![page_with("/strict.html", &page)]).await?;
    let page = open(&browser, &format!("{}/strict.html", server.demo)).await?;
    page.click_in_shadow("button").await?;
    let widget = page.frame(&format!("{host}/widget?")).await?;
    widget.wait_for("document.querySelector('[data-link]')?.dataset.link === 'online'").await?;
    let chat = Chat { page, widget };
    chat.ask(&tests::demo::first_entry()?.question).await?;
    let owner = chat.page.main().await?;
    owner.evaluate("frontdesk('setLocale', 'zh'); frontdesk('hide'); frontdesk('reset')").await?;
    owner.wait_for("localStorage.getItem('frontdesk') === null").await?;
    assert_eq!(chat.page.csp_violations_since(0), [""; 0]);
    assert_eq!(chat.page.errors_since(0), [""; 0]);
    Ok(())
}

/// A frame of another origin that shouts at everybody around it.
const SHOUTING: &str = "<script>setInterval(() => {
    const all = [parent, ...Array.from({ length: parent.length }, (_, at) => parent[at])];
    for (const at of all) for (const message of ['reset', 'handoff', 'shown',
        { ask: { text: 'hijacked' } }, { set_locale: { locale: 'zh' } },
        { hello: { visit: { url: '', title: '', referrer: '', attributes: [] }, locale: 'zh' } },
        { run_action: { call: 1, name: 'pay', entities: [] } }, { unread: { count: 7 } }])
        at.postMessage(message, '*', message.hello ? [new MessageChannel().port1] : []);
}, 20)</script>";

#[tokio::test]
async fn foreign_windows_drive_neither_page_nor_chat() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let elsewhere = server.demo.replace("127.0.0.1", "localhost");
    let page = format!(
        "<script>window.frontdesk = Object.assign((...call) => frontdesk.q.push(call), {{ q: [] }});
         window.heard = [];
         frontdesk('action', 'pay', () => {{ heard.push('paid'); return 'paid'; }});
         frontdesk('on', 'handoff', () => heard.push('handoff'));
         frontdesk('on', 'unread', (count) => heard.push(count));</script>
         <iframe src='{elsewhere}/shouting.html'></iframe>
         <script async src='{}/embed.js' data-site=demo data-locale=en></script>",
        server.origin
    );
    let pages = vec![page_with("/beset.html", &page), page_with("/shouting.html", SHOUTING)];
    let browser = Browser::launch_with(pages).await?;
    let page = open(&browser, &format!("{}/beset.html", server.demo)).await?;
    page.frame("/shouting.html").await?.wait_for("parent.length > 0").await?;
    page.click_in_shadow("button").await?;
    let widget = page.frame(&format!("{}/widget?", server.origin)).await?;
    widget.wait_for("document.querySelector('[data-link]')?.dataset.link === 'online'").await?;
    let chat = Chat { page, widget };
    let question = chat.ask(&tests::demo::first_entry()?.question).await?;
    let owner = chat.page.main().await?;
    // The page itself, past its greeting, is heard by the port only.
    owner
        .evaluate(
            "(() => { const at = document.getElementById('frontdesk').shadowRoot
                .querySelector('iframe').contentWindow;
              for (const message of ['reset', { ask: { text: 'hijacked' } }])
                at.postMessage(message, '*'); return true; })()",
        )
        .await?;
    let again = chat.ask(&tests::demo::entry(1)?.question).await?;
    assert_ne!(question.id, again.id);
    let lines = crate::shop::shown(&chat.widget).await?;
    assert!(lines.iter().any(|at| at.id == question.id), "nothing was reset: {lines:?}");
    assert!(lines.iter().all(|at| at.text != "hijacked"), "{lines:?}");
    assert_eq!(owner.evaluate("heard.join()").await?, "");
    assert_eq!(chat.widget.evaluate("document.documentElement.lang").await?, "en");
    Ok(())
}

#[tokio::test]
async fn a_visitor_who_comes_back_hears_of_news_without_a_click() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = crate::desk::Desk::set_up(&browser, &server).await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    let message = chat.write(tests::demo::OUTSIDE_QUESTION).await?;
    chat.until_state(&message.id, "sent").await?;
    desk.open_first().await?;
    chat.page.open(&format!("{}/index.html", server.demo)).await?;
    let widget = chat.page.frame(&format!("{}/widget?", server.origin)).await?;
    widget.wait_for("document.querySelector('[data-link]')?.dataset.link === 'online'").await?;
    let started = chat.page.targets().iter().filter(|kind| *kind == "worker").count();
    desk.reply("I am looking into it.").await?;
    let shop = chat.page.main().await?;
    shop.wait_for(
        "document.getElementById('frontdesk').shadowRoot.querySelector('i').textContent === '1'",
    )
    .await?;
    let now = chat.page.targets().iter().filter(|kind| *kind == "worker").count();
    assert_eq!(started, now, "no Worker while nobody asks");
    Ok(())
}
