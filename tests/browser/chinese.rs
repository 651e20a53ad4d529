//! Whoever reads Chinese meets no word of English in the chat or in the console: every text, label,
//! title and placeholder of each screen is walked through.

use anyhow::Result;
use protocol::forms::{Ask, Consent, FormsSettings, Hours, PreChat, Question};
use tests::agent::{Agent, EMAIL, NAME};
use tests::browser::Browser;
use tests::page::Frame;
use tests::process::{Installation, ServerProcess};
use tests::smtp::MailServer;

use crate::desk::Desk;
use crate::shop::{CHINESE, COMPOSER, Chat, wait_until};

/// Names of products, formats and keys, which Chinese writes as they are.
const ALLOWED: &[&str] = &[
    "faq",
    "csv",
    "json",
    "jsonl",
    "markdown",
    "url",
    "html",
    "body",
    "png",
    "jpeg",
    "jpg",
    "gif",
    "webp",
    "pdf",
    "txt",
    "docx",
    "xlsx",
    "zip",
    "mp4",
    "hmac",
    "sha",
    "totp",
    "qr",
    "api",
    "ip",
    "id",
    "ok",
    "utc",
    "enter",
    "shift",
    "ctrl",
    "esc",
    "tab",
    "frontdesk",
    "english",
    "smtp",
    "ai",
    "mb",
    "kb",
    "csat",
    "chromium",
    "chrome",
    "linux",
    "https",
    "http",
];

/// What is shorter may be a word of ours that an entry uses as well.
const QUOTE_BYTES_MIN: usize = 24;

/// Words of two or more Latin letters in what a person reads or hears, outside of what people wrote
/// (names, addresses, entries, messages) and of code.
const LATIN: &str = "(() => {
    const own = '[data-fd=message] [data-fd=text], [data-fd=message] [data-fd=answer], .bubble,'
        + 'code, pre, kbd, script, style, [data-fd=browser], [lang=en]';
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const at = walker.currentNode.parentElement;
        if (!at.closest(own)) texts.push([walker.currentNode.data, at]);
    }
    const names = ['aria-label', 'title', 'placeholder', 'alt', 'aria-description',
        'aria-valuetext', 'aria-roledescription'];
    for (const at of document.querySelectorAll('*')) for (const name of names) {
        if (at.hasAttribute(name) && !at.closest(own)) texts.push([at.getAttribute(name), at]);
    }
    const place = (at) => at.closest('[data-fd]')?.dataset.fd || at.className || at.tagName;
    return texts.filter(([text]) => /[A-Za-z]{2}/.test(text))
        .map(([text, at]) => [text.trim().replace(/\\s+/g, ' '), String(place(at))]); })()";

/// What is not Chinese on a screen, but for what is allowed and what people themselves wrote.
async fn foreign(document: &Frame, written: &[String]) -> Result<Vec<(String, String)>> {
    let found: Vec<(String, String)> = serde_json::from_value(document.evaluate(LATIN).await?)?;
    let is_foreign = |text: &str| {
        let mut rest = text.to_owned();
        for own in written {
            rest = rest.replace(own.as_str(), " ");
        }
        let words = rest.split(|c: char| !c.is_ascii_alphanumeric());
        let latin = |word: &&str| word.chars().filter(char::is_ascii_alphabetic).count() > 1;
        // A visitor without a name is called by four digits of their id.
        let code = |word: &str| {
            word.len() == 4 && word.chars().all(|c| matches!(c, '0'..='9' | 'A'..='F'))
        };
        let allowed = |word: &str| code(word) || ALLOWED.contains(&word.to_lowercase().as_str());
        // The beginning or a line of something longer that somebody wrote.
        let part = text.trim_end_matches('…');
        let quoted = part.len() > QUOTE_BYTES_MIN && written.iter().any(|own| own.contains(part));
        !quoted && words.filter(latin).any(|word| !allowed(word))
    };
    Ok(found.into_iter().filter(|(text, _)| is_foreign(text)).collect())
}

struct Reader {
    written: Vec<String>,
    found: Vec<String>,
}

impl Reader {
    /// Longest first: a name may be part of an address.
    fn knowing(mut written: Vec<String>) -> Self {
        written.sort_by_key(|own| std::cmp::Reverse(own.len()));
        Self { written, found: Vec::new() }
    }

    async fn read(&mut self, document: &Frame, screen: &str) -> Result<()> {
        for (text, place) in foreign(document, &self.written).await? {
            self.found.push(format!("{screen}, {place}: {text}"));
        }
        Ok(())
    }

    fn found(mut self) -> Vec<String> {
        self.found.sort();
        self.found.dedup();
        self.found
    }
}

fn forms() -> FormsSettings {
    let question = Question { text: "哪一笔订单？".to_owned(), required: true };
    let (name, email) = (Ask::Optional, Ask::Required);
    let pre_chat = PreChat { name, email, phone: Ask::Required, question: Some(question) };
    FormsSettings { pre_chat, rating: true, ..FormsSettings::default() }
}

const ONLINE: &str = "document.querySelector('[data-link]').dataset.link === 'online'";

async fn is_there(document: &Frame, name: &str) -> Result<()> {
    document.wait_for(&format!("!!document.querySelector('[data-fd={name}]')")).await.map(drop)
}

#[tokio::test]
async fn no_screen_of_the_chat_falls_back_to_english() -> Result<()> {
    let mail = MailServer::start(0).await?;
    let installation = Installation::demo()?;
    installation.configure(&mail.settings())?;
    let mut server = ServerProcess::start(installation).await?;
    let mut agent = Agent::connected(&server).await?;
    let consent = Consent { text: "我们会保存您写的内容。".to_owned(), url: None };
    agent.set_forms(FormsSettings { consent: Some(consent), ..forms() }).await?;
    let browser = Browser::launch().await?;
    let chat = Chat::open_with_model(&browser, &server, CHINESE).await?;
    let mut reader = Reader::knowing(vec!["Shop".to_owned(), NAME.to_owned()]);
    let widget = &chat.widget;
    is_there(widget, "consent").await?;
    reader.read(widget, "consent").await?;
    widget.click("[data-fd=agree]").await?;
    widget.wait_for(ONLINE).await?;
    reader.read(widget, "welcome").await?;
    chat.write("我的包裹到哪了？").await?;
    wait_until(widget, "asked back", |all| all.iter().any(|at| at.author == "bot")).await?;
    chat.write("48213907").await?;
    is_there(widget, "choice").await?;
    reader.read(widget, "choices").await?;
    widget.click("[data-fd=choice]").await?;
    is_there(widget, "flag").await?;
    widget.click("[data-fd=flag]").await?;
    is_there(widget, "flagged").await?;
    reader.read(widget, "flagged").await?;
    for (button, screen) in [("emoji", "emoji-picker"), ("talk-to-person", "pre-chat")] {
        widget.click(&format!("[data-fd={button}]")).await?;
        is_there(widget, screen).await?;
        reader.read(widget, screen).await?;
    }
    widget.click("[data-fd=form-send]").await?;
    is_there(widget, "form-error").await?;
    reader.read(widget, "form-error").await?;
    for (field, text) in
        [("form-email", "a@b.example"), ("form-phone", "123"), ("form-answer", "x")]
    {
        widget.fill(&format!("[data-fd={field}]"), text).await?;
    }
    widget.click("[data-fd=form-send]").await?;
    wait_until(widget, "a person was asked for", |all| {
        all.iter().any(|at| at.author == "system" && at.state == "sent")
    })
    .await?;
    reader.read(widget, "queue").await?;
    agent.until("a conversation", |agent| !agent.inbox.is_empty()).await?;
    let conversation = *agent.inbox.keys().next().expect("just seen");
    agent.reply_accepted(conversation, "您好。").await?;
    wait_until(widget, "the reply", |all| all.iter().any(|at| at.author == "agent")).await?;
    reader.read(widget, "with an agent").await?;
    widget.click("[data-fd=menu]").await?;
    is_there(widget, "menu-sheet").await?;
    reader.read(widget, "menu").await?;
    widget.click("[data-fd=mail]").await?;
    is_there(widget, "mail-email").await?;
    reader.read(widget, "mail").await?;
    let resolve = |message_id| protocol::agent::AgentFrame::Resolve { message_id, conversation };
    agent.act(resolve).await?;
    is_there(widget, "rating").await?;
    widget.click("[data-fd=score][data-score='4']").await?;
    reader.read(widget, "rating").await?;
    widget.click("[data-fd=rating-send]").await?;
    is_there(widget, "rated").await?;
    reader.read(widget, "rated").await?;
    server.kill9()?;
    widget
        .wait_for("document.querySelector('[data-link]').dataset.link === 'reconnecting'")
        .await?;
    let waits = chat.write("还在吗？").await?;
    chat.until_state(&waits.id, "waiting").await?;
    reader.read(widget, "reconnecting").await?;
    widget.fill(COMPOSER, &"长".repeat(6_000)).await?;
    chat.page.press_enter().await?;
    widget.wait_for("document.querySelector('[data-fd=banner]').textContent").await?;
    reader.read(widget, "too long").await?;
    let launcher = "document.getElementById('frontdesk').shadowRoot.querySelector('button')
        .getAttribute('aria-label')";
    let launcher = chat.page.main().await?.evaluate(launcher).await?;
    assert!(!launcher.to_string().chars().any(|c| c.is_ascii_alphabetic()), "{launcher}");
    let found = reader.found();
    assert!(found.is_empty(), "{found:#?}");
    Ok(())
}

#[tokio::test]
async fn the_offline_form_of_the_chat_is_chinese_too() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let hours = Hours { zone: "UTC".to_owned(), week: Default::default(), closed: Vec::new() };
    let forms = FormsSettings { hours: Some(hours), ..FormsSettings::default() };
    Agent::set_up(&server).await?.set_forms(forms).await?;
    let browser = Browser::launch().await?;
    let chat = Chat::open(&browser, &server, CHINESE).await?;
    chat.widget.wait_for(ONLINE).await?;
    chat.widget.click("[data-fd=talk-to-person]").await?;
    let mut reader = Reader::knowing(vec!["Shop".to_owned()]);
    is_there(&chat.widget, "offline-form").await?;
    reader.read(&chat.widget, "offline").await?;
    chat.widget.fill("[data-fd=form-email]", "a@b.example").await?;
    chat.page.press_enter().await?;
    is_there(&chat.widget, "noted").await?;
    reader.read(&chat.widget, "noted").await?;
    let found = reader.found();
    assert!(found.is_empty(), "{found:#?}");
    Ok(())
}

/// What visitors, owners and the demo's FAQ say themselves.
fn written_by_people(server: &ServerProcess) -> Result<Vec<String>> {
    let mut written = vec![EMAIL.to_owned(), NAME.to_owned(), "Shop".to_owned(), "demo".to_owned()];
    written.push(server.origin.clone());
    written.push(server.demo.clone());
    // Names in code: an intent, an action, an attribute of the page, languages, an example.
    for name in [
        "talk_to_person",
        "track_order",
        "page_language",
        "zh.html",
        "en-US",
        "zh",
        "shop.example",
        "Heronmoss",
    ] {
        written.push(name.to_owned());
    }
    for entry in tests::demo::faq()?.entries {
        written.push(entry.id.to_string());
        written.push(entry.question);
        written.extend(entry.phrasings);
        written.extend(entry.tags.iter().map(ToString::to_string));
        written.push(entry.answer);
    }
    // As a document shows them.
    Ok(written.iter().map(|own| own.split_whitespace().collect::<Vec<_>>().join(" ")).collect())
}

#[tokio::test]
async fn no_screen_of_the_console_falls_back_to_english() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let chat = Chat::open_with_model(&browser, &server, CHINESE).await?;
    chat.widget.click("[data-fd=talk-to-person]").await?;
    let question = chat.write("隔壁整晚拉小提琴，怎么办？").await?;
    chat.until_state(&question.id, "sent").await?;
    desk.speak("zh").await?;
    let mut reader = Reader::knowing(written_by_people(&server)?);
    reader.read(&desk.console, "inbox").await?;
    desk.open_first().await?;
    desk.reply("我看看。").await?;
    reader.read(&desk.console, "conversation").await?;
    for panel in ["search", "visitors", "reports", "people", "audit", "profile"] {
        crate::people::go(&desk.console, panel).await?;
        settle(&desk.console).await?;
        reader.read(&desk.console, panel).await?;
    }
    for panel in [
        "canned",
        "settings",
        "guide",
        "faq",
        "faq/new",
        "faq/gaps",
        "faq/try",
        "faq/publish",
        "faq/history",
        "faq/import",
    ] {
        desk.go_to(panel).await?;
        settle(&desk.console).await?;
        reader.read(&desk.console, panel).await?;
    }
    desk.go_to("inbox").await?;
    settle(&desk.console).await?;
    desk.console.evaluate("document.activeElement.blur()").await?;
    desk.page.press_key("?", "Slash", 0).await?;
    desk.console.wait_for("document.querySelector('[data-fd=keys]')?.open").await?;
    reader.read(&desk.console, "keys").await?;
    desk.page.press_key("Escape", "Escape", 0).await?;
    desk.page.press_key("k", "KeyK", 2).await?;
    is_there(&desk.console, "palette-search").await?;
    reader.read(&desk.console, "palette").await?;
    desk.page.press_key("Escape", "Escape", 0).await?;
    desk.console.click("[data-fd=agent-menu]").await?;
    reader.read(&desk.console, "menu").await?;
    desk.console.click("[data-fd=sign-out]").await?;
    is_there(&desk.console, "sign-in").await?;
    desk.console.fill("[data-fd=email]", EMAIL).await?;
    desk.console.fill("[data-fd=password]", "a wrong guess").await?;
    desk.console.click("[data-fd=sign-in]").await?;
    is_there(&desk.console, "error").await?;
    reader.read(&desk.console, "sign-in").await?;
    let found = reader.found();
    assert!(found.is_empty(), "{found:#?}");
    Ok(())
}

/// The panel has asked for what it shows, and shows it.
async fn settle(console: &Frame) -> Result<()> {
    let quiet = "new Promise((done) => { let since = performance.now();
        const seen = new MutationObserver(() => { since = performance.now(); });
        seen.observe(document.body, { childList: true, subtree: true, characterData: true });
        const look = () => performance.now() - since > 400
            ? (seen.disconnect(), done(true)) : setTimeout(look, 50);
        look(); })";
    console.evaluate(quiet).await.map(drop)
}
