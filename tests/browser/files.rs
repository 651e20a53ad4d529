//! Images and files, both ways: pasted, dropped and chosen, with progress, refusal and a retry.

use anyhow::{Context, Result};
use protocol::forms::{FilesSettings, FormsSettings};
use tests::agent::Agent;
use tests::browser::Browser;
use tests::page::Frame;
use tests::process::ServerProcess;

use crate::desk::Desk;
use crate::shop::{Chat, ENGLISH};

/// A picture of some size, as a browser would paste it.
const PASTE_PICTURE: &str = "(async () => {
    const canvas = new OffscreenCanvas(160, 100);
    const brush = canvas.getContext('2d');
    brush.fillStyle = '#c33'; brush.fillRect(20, 20, 90, 60);
    const picture = await canvas.convertToBlob({ type: 'image/png' });
    const carrier = new DataTransfer();
    carrier.items.add(new File([picture], 'broken <b>teapot</b>.png', { type: 'image/png' }));
    document.querySelector('[data-fd=composer]').dispatchEvent(
        new ClipboardEvent('paste', { clipboardData: carrier, bubbles: true, cancelable: true }));
    return true; })()";

/// Drops a text of `bytes` letters.
fn drop_text(name: &str, bytes: usize) -> String {
    format!(
        "(() => {{ const carrier = new DataTransfer();
        carrier.items.add(new File(['x'.repeat({bytes})], '{name}', {{ type: 'text/plain' }}));
        document.body.dispatchEvent(new DragEvent('drop',
            {{ dataTransfer: carrier, bubbles: true, cancelable: true }}));
        return true; }})()"
    )
}

/// Chooses a file as the system's window would.
fn choose(name: &str, text: &str) -> String {
    format!(
        "(() => {{ const field = document.querySelector('[data-fd=file-input]');
        if (!field) return null;
        const carrier = new DataTransfer();
        carrier.items.add(new File(['{text}'], '{name}'));
        field.files = carrier.files;
        field.dispatchEvent(new Event('change', {{ bubbles: true }}));
        return true; }})()"
    )
}

/// Drawn, not only promised.
const PICTURE_SHOWN: &str = "[...document.querySelectorAll('[data-fd=file] img')]
    .some((image) => image.complete && image.naturalWidth === 160)";

/// The server is asked for the settings first: there must be somebody to ask.
async fn online(chat: &Chat) -> Result<()> {
    let link = "document.querySelector('[data-link]').dataset.link === 'online'";
    chat.widget.wait_for(link).await?;
    chat.widget.wait_for("!document.querySelector('[data-fd=attach]').hidden").await.map(drop)
}

async fn link_to(document: &Frame, name: &str) -> Result<String> {
    let link = format!(
        "([...document.querySelectorAll('[data-fd=file]')]
            .find((link) => link.textContent.includes('{name}')) || {{}}).href"
    );
    Ok(document.wait_for(&link).await?.as_str().context("no link")?.to_owned())
}

#[tokio::test]
async fn files_go_both_ways_and_each_side_sees_them() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let chat = Chat::open(&browser, &server, ENGLISH).await?;
    online(&chat).await?;
    chat.widget.evaluate(PASTE_PICTURE).await?;
    chat.widget.wait_for(PICTURE_SHOWN).await?;
    // What the bot cannot read waits for a person at once.
    desk.open_first().await?;
    desk.console.wait_for(PICTURE_SHOWN).await?;
    let markup = "document.querySelectorAll('[data-fd=file] b, [data-fd=message] script').length";
    assert_eq!(desk.console.evaluate(markup).await?, 0, "a name is text");

    desk.console.wait_for(&choose("label.txt", "to: the shop")).await?;
    let link = link_to(&chat.widget, "label.txt").await?;
    let read = format!("fetch('{link}').then((answer) => answer.text())");
    assert_eq!(chat.widget.evaluate(&read).await?, "to: the shop");
    link_to(&desk.console, "label.txt").await?;

    chat.widget.evaluate(&drop_text("notes.txt", 20)).await?;
    link_to(&desk.console, "notes.txt").await?;
    // A reload shows the same from the server, by a new pass.
    chat.page.reload().await?;
    chat.page.click_in_shadow("button").await?;
    let widget = chat.page.frame(&format!("{}/widget?", server.origin)).await?;
    widget.wait_for(PICTURE_SHOWN).await?;
    for page in [&chat.page, &desk.page] {
        assert_eq!(page.csp_violations_since(0), [""; 0]);
        assert_eq!(page.errors_since(0), [""; 0]);
    }
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_sent_says_why_and_what_failed_is_sent_again() -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let owner = Agent::set_up(&server).await?;
    let files = FilesSettings { bytes_max: 1_000, ..FilesSettings::default() };
    owner.set_forms(FormsSettings { files, ..FormsSettings::default() }).await?;
    let chat = Chat::open(&browser, &server, ENGLISH).await?;
    online(&chat).await?;
    let failed = |name: &str| {
        format!(
            "[...document.querySelectorAll('[data-fd=upload][data-state=failed]')]
                .some((row) => row.textContent.includes('{name}')
                    && row.querySelector('[data-fd=upload-note]').textContent)"
        )
    };
    for (name, bytes) in [("long.txt", 2_000), ("page.html", 20)] {
        chat.widget.evaluate(&drop_text(name, bytes)).await?;
        chat.widget.wait_for(&failed(name)).await?;
        chat.widget.click("[data-fd=upload-cancel]").await?;
        chat.widget.wait_for("!document.querySelector('[data-fd=upload]')").await?;
    }
    server.kill9()?;
    chat.widget.evaluate(&drop_text("later.txt", 20)).await?;
    chat.widget.wait_for(&failed("later.txt")).await?;
    server.start_again().await?;
    chat.widget.click("[data-fd=upload-retry]").await?;
    link_to(&chat.widget, "later.txt").await?;
    chat.widget.wait_for("!document.querySelector('[data-fd=upload]')").await?;
    Ok(())
}
