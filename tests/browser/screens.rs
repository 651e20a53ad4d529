//! Every screen of the console with something on it: pictures in both languages, sizes and schemes,
//! and what axe-core says of each. Checked here: that none is wider than a small window.

use anyhow::{Context, Result, ensure};
use protocol::agent::AgentFrame;
use protocol::http::Role;
use protocol::ids::LabelName;
use tests::agent::Agent;
use tests::browser::Browser;
use tests::looks::look_at;
use tests::page::{Frame, Page};
use tests::process::ServerProcess;
use tests::visitor::Visitor;

use crate::desk::Desk;
use crate::people::has;
use crate::shop::{COMPOSER, Chat, ENGLISH};

/// A talk with everything that agents do beside the words.
async fn busy_talk(server: &ServerProcess, mei: &mut Agent) -> Result<Visitor> {
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted("My order 10482277 has not come. Can you look?").await?;
    let conversation = visitor.conversation.context("it began")?;
    mei.watch(conversation).await?;
    mei.reply_accepted(conversation, "I am **looking into it**.\n\n- the parcel\n- the invoice")
        .await?;
    mei.act(|message_id| {
        let text = "The carrier lost one of hers last month, too.".to_owned();
        AgentFrame::Note { message_id, conversation, text }
    })
    .await?;
    let label = LabelName::parse("delivery").ok().context("a label")?;
    mei.act(|message_id| {
        let (add, remove) = (vec![label.clone()], Vec::new());
        AgentFrame::Label { message_id, conversation, add, remove }
    })
    .await?;
    visitor.say_accepted("Thank you! 还有一个问题：可以换货吗？").await?;
    Ok(visitor)
}

async fn done_talk(server: &ServerProcess, mei: &mut Agent) -> Result<()> {
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted("我昨天买的杯子碎了，想要换货，谢谢").await?;
    let conversation = visitor.conversation.context("it began")?;
    mei.watch(conversation).await?;
    mei.reply_accepted(conversation, "好的，马上为您处理。").await?;
    mei.act(|message_id| AgentFrame::Resolve { message_id, conversation }).await?;
    Ok(())
}

/// Nothing is cut off or reached by scrolling sideways.
async fn fits(page: &Page, console: &Frame, name: &str) -> Result<()> {
    page.set_size(360, 740).await?;
    // A page that is too wide is shown smaller: then the window says that it is wider.
    let wide = "[...document.querySelectorAll('body, main, main *')].filter((at) => {
            const box = at.getBoundingClientRect();
            return box.width > 0 && (box.right > 361 || box.left < -1)
                && !at.closest('.wide, pre, .unseen, svg, .suggestions');
        }).slice(0, 4)
        .map((at) => at.tagName + '.' + at.className + ' ' + at.textContent.slice(0, 30))";
    let wide = console.evaluate(wide).await?;
    ensure!(wide.as_array().is_some_and(Vec::is_empty), "{name} at 360 px: {wide}");
    let window = console.evaluate("innerWidth").await?;
    ensure!(window == 360, "{name} is {window} px wide where 360 are");
    page.set_size(1440, 900).await
}

async fn look(desk: &Desk, name: &str, language: &str) -> Result<()> {
    look_at(&desk.page, &desk.console, name, language).await?;
    fits(&desk.page, &desk.console, name).await
}

#[tokio::test]
async fn pictures_of_every_screen_of_the_office() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let owner = Agent::sign_in(&server.origin).await?;
    let mut mei = owner.invite("Mei", Role::Agent).await?;
    mei.connect().await?;
    let _busy = busy_talk(&server, &mut mei).await?;
    done_talk(&server, &mut mei).await?;
    let _chat = Chat::open_with_model(&browser, &server, ENGLISH).await?;
    let counted = "(location.hash = 'inbox', location.hash = 'reports',
        document.querySelector('[data-fd=report-conversations] strong')?.innerText === '2')";
    desk.console.wait_for(counted).await?;
    for language in ["en", "zh"] {
        desk.page.set_size(1440, 900).await?;
        desk.speak(language).await?;
        for (name, ready) in [
            ("search", "[data-fd=search-text]"),
            ("visitors", "[data-fd=visitor]"),
            ("reports", "svg.chart rect"),
            ("people", "[data-fd=colleague]"),
            ("audit", "[data-fd=audit-row]"),
            ("profile", "[data-fd=browser]"),
            ("settings", "[data-fd=settings-form]"),
            ("guide", "[data-fd=snippet]"),
            ("canned", "[data-fd=canned]"),
        ] {
            desk.go_to(name).await?;
            has(&desk.console, ready).await?;
            if name == "search" {
                desk.console
                    .evaluate("document.querySelector('[data-fd=search-text]').select()")
                    .await?;
                desk.page.insert_text("换货").await?;
                has(&desk.console, "[data-fd=hit]").await?;
            }
            look(&desk, &format!("office-{name}"), language).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn pictures_of_a_busy_desk() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let mut mei = Agent::sign_in(&server.origin).await?.invite("Mei", Role::Agent).await?;
    mei.connect().await?;
    let visitor = busy_talk(&server, &mut mei).await?;
    done_talk(&server, &mut mei).await?;
    let conversation = visitor.conversation.context("it began")?;
    for language in ["en", "zh"] {
        desk.page.set_size(1440, 900).await?;
        desk.speak(language).await?;
        desk.go_to("inbox").await?;
        has(&desk.console, "[data-fd=inbox-row]").await?;
        look(&desk, "desk-inbox", language).await?;
        desk.go_to(&format!("conversation={conversation}")).await?;
        has(&desk.console, "[data-kind=note]").await?;
        look(&desk, "desk-conversation", language).await?;
        desk.console.click(COMPOSER).await?;
        desk.page.press_key("k", "KeyK", 2).await?;
        has(&desk.console, "[data-fd=palette-row]").await?;
        look(&desk, "desk-palette", language).await?;
        desk.page.press_key("Escape", "Escape", 0).await?;
        desk.console.wait_for("!document.querySelector('[data-fd=palette]')").await?;
        desk.console.evaluate("document.activeElement.blur()").await?;
        desk.page.press_key("?", "Slash", 8).await?;
        has(&desk.console, "[data-fd=keys]").await?;
        look(&desk, "desk-keys", language).await?;
        desk.page.press_key("Escape", "Escape", 0).await?;
        desk.console.wait_for("!document.querySelector('[data-fd=keys]')").await?;
    }
    Ok(())
}

#[tokio::test]
async fn pictures_of_the_entrances() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let page = browser.new_page().await?;
    page.set_size(1440, 900).await?;
    page.open(server.set_up_link.as_deref().context("no set-up link")?).await?;
    let console = page.main().await?;
    has(&console, "[data-fd=set-up]").await?;
    look_at(&page, &console, "entrance-set-up", "en").await?;
    fits(&page, &console, "set-up").await?;
    let owner = Agent::set_up(&server).await?;
    let invited = owner.invitation("Mei", Role::Agent).await?;
    let link = format!("{}/console/#invite={}", server.origin, invited.token);
    for (name, address, ready) in [
        ("entrance-sign-in", format!("{}/console/", server.origin), "[data-fd=sign-in]"),
        ("entrance-join", link, "[data-fd=join]"),
    ] {
        let page = browser.new_page().await?;
        page.set_size(1440, 900).await?;
        page.open(&address).await?;
        let console = page.main().await?;
        has(&console, ready).await?;
        look_at(&page, &console, name, "en").await?;
        fits(&page, &console, name).await?;
    }
    Ok(())
}
