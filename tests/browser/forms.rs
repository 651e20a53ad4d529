//! What is asked before a person comes, outside the hours, and before anything is stored; emoji;
//! the transcript by mail.

use anyhow::{Context, Result};
use protocol::forms::{Ask, Consent, FormsSettings, Hours, PreChat, Question};
use protocol::locale::Locale;
use tests::agent::Agent;
use tests::browser::Browser;
use tests::eventually::{DEADLINE, eventually};
use tests::looks::look_at;
use tests::page::Frame;
use tests::process::{Installation, ServerProcess};
use tests::smtp::MailServer;
use tests::{demo, twin::Twin};

use crate::desk::Desk;
use crate::shop::{CHINESE, Chat, ENGLISH, shown, wait_until};

const ONLINE: &str = "document.querySelector('[data-link]').dataset.link === 'online'";
const SCRIPT: &str = "<img src=x onerror=alert(1)>";

fn pre_chat() -> FormsSettings {
    let question = Question { text: "Which order is it about?".to_owned(), required: false };
    let (name, email) = (Ask::Optional, Ask::Required);
    let pre_chat = PreChat { name, email, phone: Ask::No, question: Some(question) };
    FormsSettings { pre_chat, ..FormsSettings::default() }
}

fn consent() -> FormsSettings {
    let text = "We store what you write, to answer you.".to_owned();
    let consent = Some(Consent { text, url: Some("https://shop.example/privacy".to_owned()) });
    FormsSettings { consent, ..FormsSettings::default() }
}

async fn is_gone(document: &Frame, name: &str) -> Result<()> {
    document.wait_for(&format!("!document.querySelector('[data-fd={name}]')")).await.map(drop)
}

async fn text_of(document: &Frame, selector: &str) -> Result<String> {
    let text = format!("(document.querySelector('{selector}') || {{}}).textContent");
    Ok(document.wait_for(&text).await?.as_str().context("no text")?.to_owned())
}

#[tokio::test]
async fn details_are_asked_for_before_a_person_and_reach_the_agent() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    Agent::sign_in(&server.origin).await?.set_forms(pre_chat()).await?;
    let chat = Chat::open(&browser, &server, ENGLISH).await?;
    chat.widget.wait_for(ONLINE).await?;
    chat.widget.click("[data-fd=talk-to-person]").await?;
    chat.widget.fill("[data-fd=form-name]", SCRIPT).await?;
    chat.widget.click("[data-fd=form-send]").await?;
    let first = text_of(&chat.widget, "[data-fd=form-error]").await?;
    chat.widget.fill("[data-fd=form-email]", "ada at home").await?;
    chat.page.press_enter().await?;
    let changed =
        format!("document.querySelector('[data-fd=form-error]').textContent !== '{first}'");
    chat.widget.wait_for(&changed).await?;
    assert!(shown(&chat.widget).await?.is_empty(), "nobody was asked for yet");
    let clear = "document.querySelector('[data-fd=form-email]').select()";
    chat.widget.evaluate(clear).await?;
    chat.page.insert_text("ada@home.example").await?;
    chat.page.press_enter().await?;
    is_gone(&chat.widget, "pre-chat").await?;
    wait_until(&chat.widget, "a person was asked for", |all| {
        all.iter().any(|at| at.author == "system" && at.state == "sent")
    })
    .await?;
    desk.open_first().await?;
    let email = text_of(&desk.console, "[data-fd=contact][data-part=email] dd").await?;
    let name = text_of(&desk.console, "[data-fd=contact][data-part=name] dd").await?;
    assert_eq!((email.as_str(), name.as_str()), ("ada@home.example", SCRIPT));
    // The visitor is the only one who waits, and is told so.
    let status = "document.querySelector('[data-fd=status]').textContent.includes('1')";
    chat.widget.wait_for(status).await?;
    desk.reply("Here I am.").await?;
    chat.widget.wait_for(&format!("!({status})")).await?;
    for page in [&chat.page, &desk.page] {
        assert_eq!(page.csp_violations_since(0), [""; 0]);
        assert_eq!(page.errors_since(0), [""; 0]);
    }
    Ok(())
}

#[tokio::test]
async fn outside_the_hours_an_address_is_left_and_the_conversation_waits() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let hours = Hours { zone: "UTC".to_owned(), week: Default::default(), closed: Vec::new() };
    let forms = FormsSettings { hours: Some(hours), ..FormsSettings::default() };
    Agent::sign_in(&server.origin).await?.set_forms(forms).await?;
    let chat = Chat::open(&browser, &server, ENGLISH).await?;
    chat.widget.wait_for(ONLINE).await?;
    chat.widget.click("[data-fd=talk-to-person]").await?;
    chat.widget.fill("[data-fd=offline-form] [data-fd=form-email]", "ada@home.example").await?;
    chat.page.press_enter().await?;
    chat.widget.wait_for("!!document.querySelector('[data-fd=noted]')").await?;
    chat.write("My teapot arrived broken.").await?;
    desk.open_first().await?;
    desk.until_shown("visitor", "My teapot arrived broken.").await?;
    text_of(&desk.console, "[data-fd=contact][data-part=email] dd").await?;
    Ok(())
}

#[tokio::test]
async fn nothing_is_stored_or_sent_before_the_visitor_agrees() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let question = Twin::of_server(&server.origin).await?.paraphrases(Locale::En, 1)?.remove(0);
    let browser = Browser::launch().await?;
    Agent::set_up(&server).await?.set_forms(consent()).await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    text_of(&chat.widget, "[data-fd=consent] .consent-text").await?;
    let kept = "localStorage.length + sessionStorage.length + document.cookie.length
        + performance.getEntriesByType('resource').filter((at) => at.name.includes('/v1/session')
            || at.name.includes('/v1/socket')).length";
    assert_eq!(chat.widget.evaluate(kept).await?, 0);
    chat.widget.click("[data-fd=decline]").await?;
    let answer = chat.ask(&question.text).await?;
    assert!(answer.instant);
    chat.widget.click("[data-fd=talk-to-person]").await?;
    chat.widget.wait_for("!!document.querySelector('[data-fd=agree]')").await?;
    assert_eq!(chat.widget.evaluate(kept).await?, 0, "an answer costs no trace");
    assert_eq!(server.metric("visitors_connected").await?, 0);
    chat.widget.click("[data-fd=agree]").await?;
    chat.widget.wait_for(ONLINE).await?;
    chat.widget.wait_for("localStorage.length > 0").await?;
    chat.widget.click("[data-fd=talk-to-person]").await?;
    wait_until(&chat.widget, "a person was asked for", |all| {
        all.iter().any(|at| at.author == "system" && at.state == "sent")
    })
    .await?;
    // Asked once.
    chat.page.reload().await?;
    chat.page.click_in_shadow("button").await?;
    let widget = chat.page.frame(&format!("{}/widget?", server.origin)).await?;
    widget.wait_for(ONLINE).await?;
    is_gone(&widget, "consent").await?;
    assert_eq!(chat.page.csp_violations_since(0), [""; 0]);
    assert_eq!(chat.page.errors_since(0), [""; 0]);
    Ok(())
}

#[tokio::test]
async fn an_emoji_is_chosen_by_keyboard_on_both_sides() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let chat = Chat::open(&browser, &server, ENGLISH).await?;
    chat.widget.fill("[data-fd=composer]", "Hello ").await?;
    chat.widget.click("[data-fd=emoji]").await?;
    let focused = "document.activeElement.dataset.fd === 'emoji-choice'";
    chat.widget.wait_for(focused).await?;
    chat.page.press_enter().await?;
    chat.widget
        .wait_for("document.querySelector('[data-fd=composer]').value === 'Hello 😀'")
        .await?;
    chat.page.press_enter().await?;
    chat.widget.click("[data-fd=talk-to-person]").await?;
    desk.open_first().await?;
    desk.until_shown("visitor", "Hello 😀").await?;
    desk.console.click("[data-fd=emoji]").await?;
    desk.console.wait_for(focused).await?;
    desk.page.press_enter().await?;
    desk.console.click("[data-fd=send]").await?;
    desk.until_shown("agent", "😀").await?;
    Ok(())
}

#[tokio::test]
async fn a_visitor_has_the_transcript_mailed() -> Result<()> {
    let mail = MailServer::start(0).await?;
    let installation = Installation::demo()?;
    installation.configure(&mail.settings())?;
    let server = ServerProcess::start(installation).await?;
    let browser = Browser::launch().await?;
    let chat = Chat::open(&browser, &server, ENGLISH).await?;
    let question = chat.write(demo::OUTSIDE_QUESTION).await?;
    chat.until_state(&question.id, "sent").await?;
    chat.widget.click("[data-fd=menu]").await?;
    chat.widget.click("[data-fd=mail]").await?;
    chat.widget.fill("[data-fd=mail-email]", "ada@home.example").await?;
    chat.page.press_enter().await?;
    chat.widget.wait_for("!!document.querySelector('[data-fd=mailed]')").await?;
    let mails = eventually("the mail", DEADLINE, async || {
        let mails = mail.received();
        (!mails.is_empty()).then_some(mails)
    })
    .await?;
    assert!(mails[0].to[0].contains("ada@home.example"), "{mails:?}");
    Ok(())
}

async fn pictures(path: &str, language: &str) -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let owner = Agent::set_up(&server).await?;
    owner.set_forms(FormsSettings { consent: consent().consent, ..pre_chat() }).await?;
    let chat = Chat::open(&browser, &server, path).await?;
    let look = async |name: &str| look_at(&chat.page, &chat.widget, name, language).await;
    chat.widget.wait_for("!!document.querySelector('[data-fd=agree]')").await?;
    look("widget-consent").await?;
    chat.page.set_size(1280, 900).await?;
    chat.widget.click("[data-fd=agree]").await?;
    chat.widget.wait_for(ONLINE).await?;
    chat.widget.click("[data-fd=talk-to-person]").await?;
    chat.widget.click("[data-fd=form-send]").await?;
    chat.widget.wait_for("!!document.querySelector('[data-fd=form-error]')").await?;
    look("widget-pre-chat").await?;
    chat.page.set_size(1280, 900).await?;
    chat.widget.click("[data-fd=form-close]").await?;
    chat.widget.click("[data-fd=emoji]").await?;
    chat.widget.wait_for("!!document.querySelector('[data-fd=emoji-picker]')").await?;
    look("widget-emoji").await?;
    chat.page.set_size(1280, 900).await?;
    chat.widget.click("[data-fd=menu]").await?;
    chat.widget.wait_for("!!document.querySelector('[data-fd=menu-sheet]')").await?;
    look("widget-menu").await
}

#[tokio::test]
async fn pictures_of_the_forms_in_english() -> Result<()> {
    let made = pictures(ENGLISH, "en").await;
    assert!(made.is_ok(), "{made:?}");
    Ok(())
}

#[tokio::test]
async fn pictures_of_the_forms_in_chinese() -> Result<()> {
    let made = pictures(CHINESE, "zh-CN").await;
    assert!(made.is_ok(), "{made:?}");
    Ok(())
}
