//! A page with the snippet on it pays next to nothing until its visitor wants to chat.

use anyhow::Result;
use serde_json::json;
use tests::browser::Browser;
use tests::eventually::report_figure;
use tests::process::ServerProcess;

use crate::shop::Chat;

/// The launcher stands there, and the page has had its idle moments since.
const SETTLED: &str = "new Promise((done) => {
    const look = (idle) => document.getElementById('frontdesk') && idle > 2
        ? done(true) : requestIdleCallback(() => look(idle + 1));
    look(0);
})";

const KEPT: &str = "(async () => ({
    cookies: document.cookie,
    local: Object.keys(localStorage),
    session: Object.keys(sessionStorage),
    databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length,
    workers: (await navigator.serviceWorker.getRegistrations()).length,
}))()";

#[tokio::test]
async fn a_shop_page_costs_one_small_script_until_the_click() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let page = browser.new_page().await?;
    page.open(&server.demo).await?;
    let shop = page.main().await?;
    shop.wait_for(SETTLED).await?;

    assert_eq!(browser.cookies(&page).await?, [""; 0]);
    let nothing = json!({ "cookies": "", "local": [], "session": [], "databases": 0, "caches": 0,
        "workers": 0 });
    assert_eq!(shop.evaluate(KEPT).await?, nothing);
    assert_eq!(page.stored_bytes(&server.origin).await?, 0.0);
    assert_eq!(page.sockets_since(0), [""; 0]);
    assert_eq!(page.targets(), ["page"], "no worker, no frame");
    assert!(!page.has_frame(&server.origin).await);
    assert_eq!(page.csp_violations_since(0), [""; 0]);
    assert_eq!(page.errors_since(0), [""; 0]);
    let mut ours = page.requests_since(0);
    ours.retain(|request| request.url.starts_with(&server.origin));
    let urls: Vec<&str> = ours.iter().map(|request| request.url.as_str()).collect();
    assert_eq!(urls, [format!("{}/embed.js", server.origin)]);
    assert!(page.requests_since(0).iter().all(|request| request.mime != "application/wasm"));
    report_figure(&format!(
        "bytes before the click: {}",
        ours.iter().map(|at| at.bytes).sum::<u64>()
    ));
    Ok(())
}

#[tokio::test]
async fn a_mouse_over_the_launcher_opens_a_connection_and_asks_for_nothing() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let page = browser.new_page().await?;
    page.open(&server.demo).await?;
    let shop = page.main().await?;
    shop.wait_for(SETTLED).await?;
    let preconnects = "[...document.querySelectorAll('link[rel=preconnect]')].map((at) => at.href)";
    assert_eq!(shop.evaluate(preconnects).await?, json!([]));
    let mark = page.mark();
    page.point_at_in_shadow("button").await?;
    shop.wait_for("document.querySelector('link[rel=preconnect]') !== null").await?;
    assert_eq!(shop.evaluate(preconnects).await?, json!([format!("{}/", server.origin)]));
    shop.wait_for(SETTLED).await?;
    assert!(page.requests_since(mark).is_empty(), "{:?}", page.requests_since(mark));
    Ok(())
}

/// The sibling that shows that all of the above would have been noticed.
#[tokio::test]
async fn the_click_brings_frame_wasm_worker_socket_and_storage() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let chat = Chat::open_with_model(&browser, &server, crate::shop::ENGLISH).await?;
    chat.widget.wait_for("document.querySelector('[data-link]').dataset.link === 'online'").await?;
    let socket = format!("{}/v1/socket", server.origin.replace("http:", "ws:"));
    assert_eq!(chat.page.sockets_since(0), [socket]);
    assert!(chat.page.targets().contains(&"worker".to_owned()));
    let requests = chat.page.requests_since(0);
    assert!(requests.iter().any(|request| request.mime == "application/wasm"));
    let kept = chat.widget.evaluate("Object.keys(localStorage).length").await?;
    assert!(kept.as_u64() > Some(0), "the visitor's token is kept: {kept}");
    assert_eq!(chat.page.csp_violations_since(0), [""; 0]);
    assert_eq!(chat.page.errors_since(0), [""; 0]);
    let ours = requests.iter().filter(|request| request.url.starts_with(&server.origin));
    report_figure(&format!(
        "bytes of an open chat: {}",
        ours.map(|request| request.bytes).sum::<u64>()
    ));
    Ok(())
}
