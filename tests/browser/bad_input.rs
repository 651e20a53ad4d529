//! What visitors can type, paste and name with ill intent: shown as text on both sides, bounded,
//! and never a reason for the chat to stop.

use anyhow::{Context, Result};
use protocol::agent::AgentFrame;
use protocol::forms::{Ask, FormsSettings, PreChat, Question};
use tests::agent::Agent;
use tests::browser::Browser;
use tests::page::{Frame, Page};
use tests::process::ServerProcess;

use crate::desk::Desk;
use crate::shop::{COMPOSER, Chat, ENGLISH, wait_until};

const SCRIPT: &str = "<img src=x onerror=alert(1)><svg onload=alert(2)><b>bold</b>";

/// Anything that only markup in somebody's words could have made.
const PARSED: &str = "[...document.querySelectorAll(`[onerror], [onload], [onclick], img[src=x],
    :is([data-fd=message], [data-fd=details], [data-fd=inbox-row]) b:not([dir])`)]
    .map((at) => at.outerHTML)
    .filter((html) => html.includes('bold') || html.includes('alert'))";

const ONE_MEGABYTE: usize = 1_000_000;

fn forms() -> FormsSettings {
    let question = Question { text: SCRIPT.to_owned(), required: true };
    let (name, email) = (Ask::Required, Ask::Required);
    let pre_chat = PreChat { name, email, phone: Ask::Required, question: Some(question) };
    FormsSettings { pre_chat, rating: true, ..FormsSettings::default() }
}

async fn check_only_text(page: &Page, document: &Frame) -> Result<()> {
    assert_eq!(document.evaluate(PARSED).await?, serde_json::json!([]));
    assert_eq!(page.dialogs_since(0), 0);
    assert_eq!(page.csp_violations_since(0), [""; 0], "nothing was even tried");
    assert_eq!(page.errors_since(0), [""; 0]);
    Ok(())
}

#[tokio::test]
async fn script_in_every_field_of_a_visitor_is_text_for_the_agent() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let mut agent = Agent::sign_in(&server.origin).await?;
    agent.set_forms(forms()).await?;
    agent.connect().await?;
    let chat = Chat::open(&browser, &server, ENGLISH).await?;
    chat.widget.wait_for("document.querySelector('[data-link]').dataset.link === 'online'").await?;
    let shop = chat.page.main().await?;
    let attributes = format!(
        "document.title = `{SCRIPT}`; history.pushState(0, '', '/{}');
        frontdesk('setAttributes', {{ plan: `{SCRIPT}`, ['{SCRIPT}']: 1 }})",
        "%3Cscript%3Ealert(3)%3C/script%3E"
    );
    shop.evaluate(&attributes).await?;
    chat.widget.click("[data-fd=talk-to-person]").await?;
    for (field, text) in [
        ("form-name", SCRIPT),
        ("form-email", "\"<img/src=x/onerror=alert(4)>\"@home.example"),
        ("form-phone", SCRIPT),
        ("form-answer", SCRIPT),
    ] {
        chat.widget.fill(&format!("[data-fd={field}]"), text).await?;
    }
    chat.widget.click("[data-fd=form-send]").await?;
    let refused = "!!document.querySelector('[data-fd=form-error]')";
    chat.widget.wait_for(refused).await.context("no address")?;
    chat.widget.evaluate("document.querySelector('[data-fd=form-email]').select()").await?;
    chat.page.insert_text("a@b.example").await?;
    chat.widget.click("[data-fd=form-send]").await?;
    wait_until(&chat.widget, "a person was asked for", |all| {
        all.iter().any(|at| at.author == "system" && at.state == "sent")
    })
    .await?;
    let message = chat.write(SCRIPT).await?;
    chat.until_state(&message.id, "sent").await?;
    attach(&chat, &format!("{SCRIPT}.txt").replace('/', "")).await?;
    chat.widget.fill(COMPOSER, SCRIPT).await?;
    desk.open_first().await?;
    desk.until_shown("visitor", SCRIPT).await?;
    let told = "document.body.innerText.split('onerror').length - 1";
    let places = desk.console.wait_for(&format!("({told}) >= 6 && {told}")).await?;
    assert!(places.as_u64() >= Some(6), "message, file, name, phone, answer, draft: {places}");
    check_only_text(&desk.page, &desk.console).await?;

    chat.widget.evaluate(&format!("document.querySelector('{COMPOSER}').value = ''")).await?;
    agent.until("a conversation", |agent| !agent.inbox.is_empty()).await?;
    let conversation = *agent.inbox.keys().next().context("just seen")?;
    agent.act(|message_id| AgentFrame::Resolve { message_id, conversation }).await?;
    chat.widget.click("[data-fd=score][data-score='1']").await?;
    chat.widget.fill("[data-fd=rating-comment]", SCRIPT).await?;
    chat.widget.click("[data-fd=rating-send]").await?;
    desk.console.wait_for("!!document.querySelector('[data-fd=score][data-score=\"1\"]')").await?;
    for panel in ["visitors", "search", "reports"] {
        crate::people::go(&desk.console, panel).await?;
        check_only_text(&desk.page, &desk.console).await.context(panel)?;
    }
    check_only_text(&chat.page, &chat.widget).await
}

async fn attach(chat: &Chat, name: &str) -> Result<()> {
    let name = serde_json::Value::from(name);
    let drop = format!(
        "(() => {{ const carrier = new DataTransfer();
        carrier.items.add(new File(['words'], {name}, {{ type: 'text/plain' }}));
        document.body.dispatchEvent(new DragEvent('drop',
            {{ dataTransfer: carrier, bubbles: true, cancelable: true }}));
        return true; }})()"
    );
    chat.widget.evaluate(&drop).await?;
    chat.widget.wait_for("!!document.querySelector('[data-fd=file]')").await?;
    Ok(())
}

#[tokio::test]
async fn a_megabyte_in_the_composer_is_refused_in_words_and_kept() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    chat.widget.wait_for("document.querySelector('[data-link]').dataset.link === 'online'").await?;
    let mark = chat.page.mark();
    chat.widget.fill(COMPOSER, &"lorem ipsum ".repeat(ONE_MEGABYTE / 12)).await?;
    chat.page.press_enter().await?;
    chat.widget.wait_for("document.querySelector('[data-fd=banner]').textContent").await?;
    let kept = format!("document.querySelector('{COMPOSER}').value.length");
    assert!(chat.widget.evaluate(&kept).await?.as_u64() > Some(900_000), "nothing typed is lost");
    let sent: usize = chat.page.frames_sent_since(mark).iter().map(String::len).sum();
    assert!(sent < 10_000, "{sent} bytes were sent");
    assert!(crate::shop::shown(&chat.widget).await?.is_empty());
    // The same in a row of one letter, which no tokenizer likes; then the chat goes on.
    chat.widget.evaluate(&format!("document.querySelector('{COMPOSER}').select()")).await?;
    chat.page.insert_text(&"x".repeat(ONE_MEGABYTE)).await?;
    chat.page.press_enter().await?;
    chat.widget.evaluate(&format!("document.querySelector('{COMPOSER}').select()")).await?;
    chat.page.insert_text("").await?;
    chat.widget.click("[data-fd=talk-to-person]").await?;
    let message = chat.write("Something shorter.").await?;
    chat.until_state(&message.id, "sent").await?;
    assert_eq!(chat.page.errors_since(0), [""; 0]);
    Ok(())
}
