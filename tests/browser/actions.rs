//! A page's own function answers in the chat: the browser asks for what is missing, and no server
//! of ours learns the order's number.

use anyhow::Result;
use tests::browser::Browser;
use tests::page::Page;
use tests::process::ServerProcess;

use crate::shop::{CHINESE, Chat, ENGLISH, Shown, wait_until};

const NUMBER: &str = "48213907";

/// Nothing that any socket or request carried has the number in it.
fn check_kept_secret(page: &Page) {
    for frame in page.frames_sent_since(0) {
        assert!(!frame.contains(NUMBER), "{frame}");
    }
    for request in page.requests_since(0) {
        assert!(!request.url.contains(NUMBER) && !request.body.contains(NUMBER), "{request:?}");
    }
}

async fn until_said(chat: &Chat, words: &str) -> Result<Vec<Shown>> {
    wait_until(&chat.widget, words, |messages| {
        messages.iter().any(|at| at.author == "bot" && at.text.contains(words))
    })
    .await
}

async fn asked_for_the_number(path: &str, question: &str, ask: &str, found: &str) -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let chat = Chat::open_with_model(&browser, &server, path).await?;
    chat.write(question).await?;
    until_said(&chat, ask).await?;
    chat.write(NUMBER).await?;
    until_said(&chat, NUMBER).await?;
    until_said(&chat, found).await?;
    // Its choices are questions like any other.
    chat.widget.click("[data-fd=choice]").await?;
    wait_until(&chat.widget, "the choice is answered", |messages| {
        messages.last().is_some_and(|at| at.author == "bot" && at.answer)
    })
    .await?;
    check_kept_secret(&chat.page);
    assert_eq!(chat.page.errors_since(0), [""; 0]);
    Ok(())
}

#[tokio::test]
async fn the_number_is_asked_for_in_english() -> Result<()> {
    asked_for_the_number(ENGLISH, "Where is my parcel?", "Which order", "packed in the boathouse")
        .await
}

#[tokio::test]
async fn the_number_is_asked_for_in_chinese() -> Result<()> {
    asked_for_the_number(CHINESE, "我的包裹到哪了？", "哪一笔订单", "正在船屋打包").await
}

#[tokio::test]
async fn a_number_in_the_question_goes_to_the_page_at_once_and_nowhere_else() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    let shop = chat.page.main().await?;
    let given = "frontdesk('action', 'track_order', (given) => { window.given = given;
        return '<b>' + given.order_number + '</b> <img src=x onerror=alert(1)>'; })";
    shop.evaluate(given).await?;
    chat.write(&format!("where is my order {NUMBER}")).await?;
    // What the page says is text, whatever is in it.
    until_said(&chat, &format!("<b>{NUMBER}</b> <img")).await?;
    assert_eq!(shop.evaluate("given.order_number").await?, NUMBER);
    assert_eq!(chat.page.dialogs_since(0), 0);
    check_kept_secret(&chat.page);
    Ok(())
}

#[tokio::test]
async fn a_page_whose_action_fails_leaves_the_visitor_with_a_person() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    let shop = chat.page.main().await?;
    let fails = "frontdesk('action', 'track_order', () => { throw new Error('no stock system'); })";
    shop.evaluate(fails).await?;
    let question = chat.write(&format!("where is my order {NUMBER}")).await?;
    chat.until_state(&question.id, "sent").await?;
    wait_until(&chat.widget, "a person is called", |messages| {
        messages.iter().any(|at| at.author == "system")
    })
    .await?;
    let warnings = chat.page.warnings_since(0);
    assert!(warnings.iter().any(|at| at.contains("no stock system")), "{warnings:?}");
    Ok(())
}
