//! The browser answers by itself, also while there is no server, and tells nobody what was asked.

use anyhow::Result;
use protocol::locale::Locale;
use tests::browser::Browser;
use tests::page::Page;
use tests::process::ServerProcess;
use tests::twin::{Paraphrase, Twin};

use crate::shop::{CHINESE, COMPOSER, Chat, ENGLISH, same_words, shown};

const PARAPHRASES_COUNT: usize = 5;

#[tokio::test]
async fn five_paraphrases_in_english_with_and_without_a_server() -> Result<()> {
    paraphrases_stay_on_the_device(Locale::En, ENGLISH).await
}

#[tokio::test]
async fn five_paraphrases_in_chinese_with_and_without_a_server() -> Result<()> {
    paraphrases_stay_on_the_device(Locale::Zh, CHINESE).await
}

async fn paraphrases_stay_on_the_device(locale: Locale, path: &str) -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let paraphrases =
        Twin::of_server(&server.origin).await?.paraphrases(locale, PARAPHRASES_COUNT)?;
    let browser = Browser::launch().await?;
    let chat = Chat::open_with_model(&browser, &server, path).await?;
    for paraphrase in &paraphrases {
        check_answer(&chat, paraphrase).await?;
    }
    server.kill9()?;
    chat.widget
        .wait_for("document.querySelector('[data-link]').dataset.link === 'reconnecting'")
        .await?;
    for paraphrase in &paraphrases {
        check_answer(&chat, paraphrase).await?;
    }
    let messages = shown(&chat.widget).await?;
    assert_eq!(messages.len(), 4 * PARAPHRASES_COUNT, "{messages:#?}");
    for paraphrase in &paraphrases {
        assert_eq!(carriers(&chat.page, &paraphrase.text), [""; 0], "{}", paraphrase.text);
    }
    Ok(())
}

async fn check_answer(chat: &Chat, paraphrase: &Paraphrase) -> Result<()> {
    let answer = chat.ask(&paraphrase.text).await?;
    let expected = chat.words_of(&paraphrase.html).await?;
    assert!(same_words(&answer.text, &expected), "{paraphrase:?} was answered {answer:?}");
    assert!(answer.instant, "{answer:?}");
    Ok(())
}

/// Requests and frames that carry a text, however it is written there.
fn carriers(page: &Page, text: &str) -> Vec<String> {
    let json = serde_json::Value::from(text).to_string();
    let url: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let spellings = [text, json.trim_matches('"'), &url];
    let requests = page.requests_since(0).into_iter().map(|at| format!("{} {}", at.url, at.body));
    let told = requests.chain(page.frames_sent_since(0));
    told.filter(|told| spellings.iter().any(|spelling| told.contains(spelling))).collect()
}

#[tokio::test]
async fn an_instant_answer_can_be_flagged_and_a_person_is_one_click_away() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let paraphrase = Twin::of_server(&server.origin).await?.paraphrases(Locale::En, 1)?.remove(0);
    let browser = Browser::launch().await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    check_answer(&chat, &paraphrase).await?;
    let offered = "document.querySelector('[data-fd=talk-to-person]').dataset.state";
    assert_eq!(chat.widget.evaluate(offered).await?, "offered");
    chat.widget.click("[data-fd=flag]").await?;
    chat.widget.wait_for("!!document.querySelector('[data-fd=flagged]')").await?;
    chat.widget.click("[data-fd=talk-to-person]").await?;
    chat.widget.wait_for(&format!("{offered} === 'asked'")).await?;
    // Asking for a person is what lets the words go: now they are carried, and would be found.
    chat.widget
        .wait_for("document.querySelector('[data-author=visitor]').dataset.state === 'sent'")
        .await?;
    assert_eq!(carriers(&chat.page, &paraphrase.text).len(), 1);
    Ok(())
}

#[tokio::test]
async fn history_survives_a_reload_and_is_the_same_in_a_second_tab() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    let written = chat.write(tests::demo::OUTSIDE_QUESTION).await?;
    chat.until_state(&written.id, "sent").await?;
    let Chat { page, .. } = chat;
    let beside = browser.new_tab_beside(&page).await?;
    beside.set_size(1280, 900).await?;
    let again = Chat::open_on(page, &server, ENGLISH).await?;
    again.until_state(&written.id, "sent").await?;
    let second = Chat::open_on(beside, &server, ENGLISH).await?;
    second.until_state(&written.id, "sent").await?;
    let later = second.write("and this from the second tab").await?;
    again.until_state(&later.id, "sent").await?;
    second.until_state(&later.id, "sent").await?;
    assert!(
        again.widget.evaluate(&format!("!!document.querySelector('{COMPOSER}')")).await? == true
    );
    Ok(())
}

#[tokio::test]
async fn a_path_in_an_answer_leads_into_the_shop() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let entry = tests::demo::faq()?
        .entries
        .into_iter()
        .find(|entry| entry.answer.contains("](/#"))
        .expect("an answer of the demo links into the shop");
    let browser = Browser::launch().await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    let answer = chat.ask(&entry.question).await?;
    assert!(answer.instant, "{answer:?}");
    let link = "document.querySelector('[data-fd=answer] a').href";
    let link = chat.widget.evaluate(link).await?;
    let shop = chat.page.main().await?.evaluate("location.origin").await?;
    let (link, shop) = (link.as_str().unwrap_or_default(), shop.as_str().unwrap_or_default());
    assert!(link.starts_with(&format!("{shop}/#")), "{link} does not lead to {shop}");
    Ok(())
}
