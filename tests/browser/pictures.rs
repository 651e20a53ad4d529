//! Pictures of widget and console, small and large, light and dark, in both languages: kept beside
//! the build for people to look at. Checked here: that they show what they should.

use anyhow::{Context, Result};
use protocol::locale::Locale;
use tests::browser::Browser;
use tests::looks::look_at;
use tests::page::Frame;
use tests::process::ServerProcess;
use tests::twin::Twin;

use crate::desk::Desk;
use crate::shop::{CHINESE, Chat, ENGLISH};

async fn is_chinese(document: &Frame, selector: &str) -> Result<bool> {
    let words = format!("document.querySelector('{selector}').innerText");
    let text = document.wait_for(&words).await?;
    let text = text.as_str().context("no text")?;
    Ok(text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)))
}

async fn pictures_of_the_widget(locale: Locale, path: &str) -> Result<()> {
    let server = ServerProcess::demo().await?;
    let paraphrase = Twin::of_server(&server.origin).await?.paraphrases(locale, 1)?.remove(0);
    let browser = Browser::launch().await?;
    let chat = Chat::open_with_model(&browser, &server, path).await?;
    look_at(&chat.page, &chat.widget, "widget-welcome", locale.tag()).await?;
    chat.page.set_size(1280, 900).await?;
    chat.ask(&paraphrase.text).await?;
    assert_eq!(is_chinese(&chat.widget, "body").await?, locale == Locale::Zh);
    look_at(&chat.page, &chat.widget, "widget-answer", locale.tag()).await
}

#[tokio::test]
async fn pictures_of_the_widget_in_english() -> Result<()> {
    let made = pictures_of_the_widget(Locale::En, ENGLISH).await;
    assert!(made.is_ok(), "{made:?}");
    Ok(())
}

#[tokio::test]
async fn pictures_of_the_widget_in_chinese() -> Result<()> {
    let made = pictures_of_the_widget(Locale::Zh, CHINESE).await;
    assert!(made.is_ok(), "{made:?}");
    Ok(())
}

#[tokio::test]
async fn pictures_of_the_console_in_both_languages() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    let question = chat.write(tests::demo::OUTSIDE_QUESTION).await?;
    chat.until_state(&question.id, "sent").await?;
    desk.open_first().await?;
    desk.reply("I am looking into it.").await?;
    for (locale, chinese) in [(Locale::En, false), (Locale::Zh, true)] {
        desk.page.set_size(1440, 900).await?;
        let choose = format!(
            "(() => {{ const field = document.querySelector('[data-fd=language]');
                const option = [...field.options].find((at) => at.value.startsWith('{}'));
                field.value = option.value;
                field.dispatchEvent(new Event('change', {{ bubbles: true }})); return true; }})()",
            &locale.tag()[..2]
        );
        desk.console.wait_for(&choose).await?;
        let language =
            format!("document.documentElement.lang.startsWith('{}')", &locale.tag()[..2]);
        desk.console.wait_for(&language).await?;
        // The list of languages names itself in both.
        assert_eq!(is_chinese(&desk.console, "[data-fd=resolve]").await?, chinese);
        look_at(&desk.page, &desk.console, "console", locale.tag()).await?;
    }
    Ok(())
}
