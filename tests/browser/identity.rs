//! Who a visitor is: proven by the shop's server, the same on every device, gone at sign-out.

use anyhow::{Context, Result};
use tests::browser::Browser;
use tests::demo::OUTSIDE_QUESTION;
use tests::identity::hash;
use tests::page::Frame;
use tests::process::ServerProcess;
use tests::visitor::Visitor;

use crate::shop::{Chat, ENGLISH, shown, wait_until};

/// What the widget's own storage holds, of every kind.
const KEPT: &str = "(async () => {
    const databases = (await indexedDB.databases()).map((at) => at.name);
    return JSON.stringify([{ ...localStorage }, { ...sessionStorage }, databases]);
})()";

async fn until_online(widget: &Frame) -> Result<()> {
    widget.wait_for("document.querySelector('[data-link]').dataset.link === 'online'").await?;
    Ok(())
}

async fn has_said(chat: &Chat, words: &str) -> Result<()> {
    wait_until(&chat.widget, words, |messages| {
        messages.iter().any(|at| at.author == "visitor" && at.text == words)
    })
    .await?;
    Ok(())
}

/// A grant as the widget keeps it; the newest when there are several.
async fn visitor_token(widget: &Frame) -> Result<String> {
    let token = "(() => { const key = Object.keys(localStorage).find((at) => at.endsWith('grant'));
        return key ? JSON.parse(localStorage[key]).visitor_token : ''; })()";
    Ok(widget.wait_for(token).await?.as_str().context("no token")?.to_owned())
}

#[tokio::test]
async fn somebody_who_signs_in_finds_their_chat_on_another_device() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let (phone, laptop) = (Browser::launch().await?, Browser::launch().await?);
    let here = Chat::open_with_model(&phone, &server, ENGLISH).await?;
    here.page.main().await?.click(".account").await?;
    let message = here.write(OUTSIDE_QUESTION).await?;
    here.until_state(&message.id, "sent").await?;
    let there = Chat::open(&laptop, &server, ENGLISH).await?;
    until_online(&there.widget).await?;
    assert_eq!(shown(&there.widget).await?, [], "nobody has signed in there");
    there.page.main().await?.click(".account").await?;
    has_said(&there, OUTSIDE_QUESTION).await?;
    assert_eq!(there.page.warnings_since(0), [""; 0]);
    assert_eq!(there.page.csp_violations_since(0), [""; 0]);
    Ok(())
}

#[tokio::test]
async fn a_wrong_hash_is_refused_in_words_and_the_chat_goes_on_without_a_name() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let known = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    known.page.main().await?.click(".account").await?;
    let secret = known.write(OUTSIDE_QUESTION).await?;
    known.until_state(&secret.id, "sent").await?;
    let other = Browser::launch().await?;
    let chat = Chat::open_with_model(&other, &server, ENGLISH).await?;
    let shop = chat.page.main().await?;
    let forged = hash("a guess", "customer-1")?;
    for identify in [
        format!("frontdesk('identify', {{ id: 'customer-1', hash: '{forged}' }})"),
        "frontdesk('identify', { id: 'customer-1' })".to_owned(),
    ] {
        let mark = chat.page.mark();
        shop.evaluate(&identify).await?;
        tests::eventually::eventually("a warning", tests::eventually::DEADLINE, async || {
            let warnings = chat.page.warnings_since(mark);
            warnings.iter().any(|at| at.contains("HMAC-SHA256")).then_some(())
        })
        .await?;
    }
    until_online(&chat.widget).await?;
    let message = chat.write("what about order 55512345, it is late").await?;
    chat.until_state(&message.id, "sent").await?;
    let lines = shown(&chat.widget).await?;
    assert!(lines.iter().all(|at| at.text != OUTSIDE_QUESTION), "{lines:?}");
    Ok(())
}

#[tokio::test]
async fn signing_out_leaves_nothing_even_when_the_page_goes_away_at_once() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    chat.page.main().await?.click(".account").await?;
    let message = chat.write(OUTSIDE_QUESTION).await?;
    chat.until_state(&message.id, "sent").await?;
    let stolen = visitor_token(&chat.widget).await?;
    let shop = chat.page.main().await?;
    let mark = chat.page.mark();
    let leave = "document.querySelector('.account').click(); location.href = '/zh.html'; true";
    shop.evaluate(leave).await?;
    // Whoever opens the chat next, on whatever page, sees nothing of it.
    tests::eventually::eventually("the next page", tests::eventually::DEADLINE, async || {
        let shop = chat.page.main().await.ok()?;
        let there = shop.evaluate("location.pathname === '/zh.html' && !!frontdesk.loaded").await;
        (there.ok()? == true).then_some(())
    })
    .await?;
    let shop = chat.page.main().await?;
    shop.wait_for("localStorage.getItem('frontdesk') === null").await?;
    chat.page.click_in_shadow("button").await?;
    let next = chat.page.frame(&format!("{}/widget?", server.origin)).await?;
    until_online(&next).await?;
    let kept = next.evaluate(KEPT).await?;
    let kept = kept.as_str().context("no text")?;
    assert!(!kept.contains("violin") && !kept.contains(&stolen), "{kept}");
    assert_eq!(shown(&next).await?, []);
    // And a copy of the token is worth nothing.
    let mut replayed = Visitor::arrive_with(&server.origin, Some(stolen)).await?;
    replayed.connect().await?;
    assert!(replayed.messages.is_empty() && !replayed.grant.identified);
    assert_eq!(chat.page.errors_since(mark), [""; 0]);
    Ok(())
}

#[tokio::test]
async fn agents_see_who_it_is_and_where_they_are() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = crate::desk::Desk::set_up(&browser, &server).await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    let shop = chat.page.main().await?;
    shop.click(".account").await?;
    shop.evaluate("frontdesk('setAttributes', { plan: 'gold', seats: 3, trial: false })").await?;
    let message = chat.write(OUTSIDE_QUESTION).await?;
    chat.until_state(&message.id, "sent").await?;
    desk.open_first().await?;
    desk.console.wait_for("document.querySelector('[data-fd=person]')").await?;
    let panel = desk.console.wait_for(
        "document.querySelector('[data-fd=attributes]') && [...document.querySelectorAll(
            '[data-fd=person], [data-fd=whereabouts], [data-fd=attributes]')]
            .map((at) => at.innerText).join(' ')",
    );
    let panel = panel.await?;
    let panel = panel.as_str().context("no text")?;
    for words in ["Demo customer", "customer-1", "Heronmoss", "Chrome", "gold", "3"] {
        assert!(panel.contains(words), "{words} in {panel}");
    }
    // The next page of the path, live.
    shop.evaluate("history.pushState(0, '', '/cups'); document.title = 'Cups'").await?;
    desk.console
        .wait_for("document.querySelector('[data-fd=path]')?.innerText.includes('Cups')")
        .await?;
    Ok(())
}
