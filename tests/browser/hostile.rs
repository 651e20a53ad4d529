//! What a browser makes of bad input: markup stays text, foreign pages stay out, a broken model or
//! pack leaves a chat that works.

use anyhow::{Context, Result};
use tests::browser::{Browser, Replacement};
use tests::demo::{HOSTILE_QUESTION, OUTSIDE_QUESTION, first_entry, hostile_faq};
use tests::page::Page;
use tests::process::{Installation, ServerProcess};

use crate::desk::Desk;
use crate::shop::{Chat, ENGLISH, wait_until};

const MARKUP: &str = "<img src=x onerror=alert(1)><script>alert(2)</script><b>bold</b>";

fn check_nothing_ran(page: &Page) {
    assert_eq!(page.dialogs_since(0), 0);
    assert_eq!(page.csp_violations_since(0), [""; 0], "nothing was even tried");
}

#[tokio::test]
async fn markup_in_messages_is_text_on_both_sides() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    let question = chat.write(OUTSIDE_QUESTION).await?;
    chat.until_state(&question.id, "sent").await?;
    desk.open_first().await?;
    let message = chat.write(MARKUP).await?;
    chat.until_state(&message.id, "sent").await?;
    desk.until_shown("visitor", MARKUP).await?;
    desk.reply(MARKUP).await?;
    wait_until(&chat.widget, "the reply", |messages| {
        messages.iter().any(|at| at.author == "agent" && at.text == MARKUP)
    })
    .await?;
    let parsed = "document.querySelectorAll('[data-fd=message] :is(img, script, b)').length";
    for document in [&chat.widget, &desk.console] {
        assert_eq!(document.evaluate(parsed).await?, 0);
    }
    check_nothing_ran(&chat.page);
    check_nothing_ran(&desk.page);
    Ok(())
}

#[tokio::test]
async fn scripts_in_an_answer_never_run_in_widget_or_console() -> Result<()> {
    let server = ServerProcess::start(Installation::with_faq(&hostile_faq())?).await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    let answer = chat.ask(HOSTILE_QUESTION).await?;
    assert!(answer.instant && answer.text.contains("30 days"), "{answer:?}");
    let question = chat.write(OUTSIDE_QUESTION).await?;
    chat.until_state(&question.id, "sent").await?;
    desk.open_first().await?;
    wait_until(&desk.console, "the answer", |messages| {
        messages.iter().any(|at| at.answer && at.text.contains("30 days"))
    })
    .await?;
    let hacked = "typeof window.frontdeskHacked + typeof window.top.frontdeskHacked";
    let bad = "document.querySelectorAll('[data-fd=message] :is(script, img, iframe, [onclick], \
        [style], a[href^=\"javascript:\" i])').length";
    let links = "[...document.querySelectorAll('[data-fd=message] a[href]')].map((a) => a.href)";
    for document in [&desk.console, &chat.widget] {
        assert_eq!(document.evaluate(bad).await?, 0);
        let links = document.evaluate(links).await?;
        let links = links.as_array().context("no links")?.clone();
        assert!(links.contains(&"https://example.com/returns".into()), "{links:?}");
    }
    assert_eq!(desk.console.evaluate(hacked).await?, "undefinedundefined");
    assert_eq!(chat.page.main().await?.evaluate("typeof frontdeskHacked").await?, "undefined");
    assert_eq!(chat.widget.evaluate("typeof frontdeskHacked").await?, "undefined");
    check_nothing_ran(&chat.page);
    check_nothing_ran(&desk.page);
    Ok(())
}

#[tokio::test]
async fn a_page_of_an_unknown_origin_cannot_show_the_chat() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    // The same shop under another name: its origin is not among the site's domains.
    let elsewhere = server.demo.replace("127.0.0.1", "localhost");
    let page = browser.new_page().await?;
    page.set_size(1280, 900).await?;
    page.open(&elsewhere).await?;
    page.click_in_shadow("button").await?;
    tests::eventually::eventually(
        "the frame is refused",
        tests::eventually::DEADLINE,
        async || {
            let violations = page.csp_violations_since(0);
            violations.iter().any(|at| at.contains("frame-ancestors")).then_some(())
        },
    )
    .await?;
    assert!(page.sockets_since(0).is_empty());
    assert_eq!(page.main().await?.evaluate("document.title.length > 0").await?, true);
    // On its own page the same chat opens.
    Chat::open(&browser, &server, ENGLISH).await?;
    Ok(())
}

/// Waits for the Worker to name what is wrong.
async fn failure(chat: &Chat, part: &str) -> Result<String> {
    let failed = format!(
        "(window.workerMessages || []).find((said) => said.includes('\"failed\"')
            && said.includes('\"{part}\"'))"
    );
    let said = chat.widget.wait_for(&failed).await?;
    Ok(said.as_str().context("no text")?.to_owned())
}

/// Whatever is broken in the browser, a person can be reached and the FAQ is answered.
async fn check_served_by_the_server(chat: &Chat) -> Result<()> {
    let answer = chat.ask(&first_entry()?.question).await?;
    let words = first_entry()?.answer;
    let first_word = words.split_whitespace().next().context("an empty answer")?;
    assert!(answer.text.contains(first_word), "{answer:?}");
    let question = chat.write(OUTSIDE_QUESTION).await?;
    chat.until_state(&question.id, "sent").await?;
    wait_until(&chat.widget, "a person is called", |messages| {
        messages.last().is_some_and(|at| at.author == "system")
    })
    .await?;
    Ok(())
}

#[tokio::test]
async fn a_corrupt_model_is_named_and_the_chat_works() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let replacement =
        Replacement { url_contains: "/assets/encoder".to_owned(), body: vec![7; 100_000] };
    let browser = Browser::launch_with(vec![replacement]).await?;
    let chat = Chat::open(&browser, &server, ENGLISH).await?;
    let named = failure(&chat, "model").await?;
    assert!(named.contains("the weights file has 100000 bytes"), "{named}");
    check_served_by_the_server(&chat).await
}

#[tokio::test]
async fn a_corrupt_pack_is_named_and_the_chat_works() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let replacement = Replacement { url_contains: "/v1/packs/".to_owned(), body: vec![7; 10_000] };
    let browser = Browser::launch_with(vec![replacement]).await?;
    let chat = Chat::open(&browser, &server, ENGLISH).await?;
    let named = failure(&chat, "pack").await?;
    assert!(named.contains("pack"), "{named}");
    let answer = chat.ask(&first_entry()?.question).await?;
    assert!(!answer.instant, "the server answered: {answer:?}");
    check_served_by_the_server(&chat).await
}

#[tokio::test]
async fn a_pack_under_a_foreign_name_is_not_used() -> Result<()> {
    let other = ServerProcess::start(Installation::with_faq(&hostile_faq())?).await?;
    let pack = tests::visitor::Visitor::arrive(&other.origin).await?.grant.pack;
    let url = pack.context("no pack")?.url;
    let body = tests::http::get(&other.origin, &url, &[]).await?.body;
    let server = ServerProcess::demo().await?;
    let replacement = Replacement { url_contains: "/v1/packs/".to_owned(), body };
    let browser = Browser::launch_with(vec![replacement]).await?;
    let chat = Chat::open(&browser, &server, ENGLISH).await?;
    let named = failure(&chat, "pack").await?;
    assert!(named.contains("holds another one"), "{named}");
    Ok(())
}
