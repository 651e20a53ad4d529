//! The harness itself: what it claims to notice, it notices.

use anyhow::Result;
use tests::browser::Browser;
use tests::looks::barriers;

#[tokio::test]
async fn a_page_is_read_typed_into_and_clicked() -> Result<()> {
    let browser = Browser::launch().await?;
    let page = browser.new_page().await?;
    let html =
        "data:text/html,<input id=a><button id=b onclick=\"document.title=a.value\">go</button>";
    page.open(html).await?;
    let document = page.main().await?;
    document.fill("#a", "Grüße, 你好").await?;
    document.click("#b").await?;
    document.wait_for("document.title === 'Grüße, 你好'").await?;
    assert!(document.evaluate("nothing.at.all").await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_button_in_a_closed_shadow_root_is_clicked() -> Result<()> {
    let browser = Browser::launch().await?;
    let page = browser.new_page().await?;
    let html = "data:text/html,<button>outside</button><div id=host></div><script>\
        const r = document.getElementById('host').attachShadow({mode: 'closed'});\
        r.innerHTML = '<button>in</button>';\
        r.querySelector('button').onclick = () => { document.title = 'clicked' };</script>";
    page.open(html).await?;
    page.click_in_shadow("button").await?;
    page.main().await?.wait_for("document.title === 'clicked'").await?;
    Ok(())
}

#[tokio::test]
async fn a_refusal_of_a_content_security_policy_is_seen() -> Result<()> {
    let browser = Browser::launch().await?;
    let page = browser.new_page().await?;
    let policy = "<meta http-equiv=Content-Security-Policy content=\"script-src 'none'\">";
    page.open(&format!("data:text/html,{policy}<script>1</script>")).await?;
    tests::eventually::eventually("a violation", tests::eventually::DEADLINE, async || {
        (!page.csp_violations_since(0).is_empty()).then_some(())
    })
    .await?;
    let other = browser.new_page().await?;
    other.open("data:text/html,<script>1</script>").await?;
    assert_eq!(other.csp_violations_since(0), [""; 0], "each page has its own");
    Ok(())
}

#[tokio::test]
async fn a_barrier_is_found_where_there_is_one() -> Result<()> {
    if std::env::var_os("FRONTDESK_AXE").is_none() {
        return Ok(());
    }
    let browser = Browser::launch().await?;
    let page = browser.new_page().await?;
    let head = "data:text/html,<html lang=en><title>t</title><main><h1>Shop</h1>";
    page.open(&format!("{head}<button></button>")).await?;
    let found = barriers(&page.main().await?).await?;
    assert!(found.iter().any(|finding| finding.rule == "button-name"), "{found:?}");
    page.open(&format!("{head}<button>Pay</button>")).await?;
    let found = barriers(&page.main().await?).await?;
    assert!(found.is_empty(), "{found:?}");
    Ok(())
}
