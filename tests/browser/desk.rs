//! An agent's browser on the console.

use anyhow::{Context, Result};
use tests::agent::{EMAIL, NAME, PASSWORD};
use tests::browser::Browser;
use tests::page::{Frame, Page};
use tests::process::ServerProcess;

use crate::shop::{COMPOSER, Shown, wait_until};

const ROW: &str = "[data-fd=inbox-row]";

pub(crate) struct Desk {
    pub(crate) page: Page,
    pub(crate) console: Frame,
}

impl Desk {
    /// Follows the set-up link and makes the first agent.
    pub(crate) async fn set_up(browser: &Browser, server: &ServerProcess) -> Result<Self> {
        let page = browser.new_page().await?;
        page.set_size(1440, 900).await?;
        let link = server.set_up_link.as_deref().context("no set-up link")?;
        page.open(link).await?;
        let console = page.main().await?;
        console.fill("[data-fd=name]", NAME).await?;
        console.fill("[data-fd=email]", EMAIL).await?;
        console.fill("[data-fd=password]", PASSWORD).await?;
        console.click("[data-fd=set-up]").await?;
        console.wait_for("!!document.querySelector('[data-fd=inbox]')").await?;
        console
            .wait_for("document.querySelector('[data-fd=link]').dataset.state === 'live'")
            .await?;
        Ok(Self { page, console })
    }

    /// Waits for a conversation in the inbox and opens it.
    pub(crate) async fn open_first(&self) -> Result<()> {
        self.console.click(ROW).await?;
        self.console.wait_for("!!document.querySelector('[data-fd=transcript]')").await?;
        Ok(())
    }

    pub(crate) async fn reply(&self, text: &str) -> Result<Shown> {
        self.console.fill(COMPOSER, text).await?;
        self.console.click("[data-fd=send]").await?;
        self.until_shown("agent", text).await
    }

    pub(crate) async fn until_shown(&self, author: &str, text: &str) -> Result<Shown> {
        let is_it = |at: &Shown| at.author == author && at.text == text;
        let messages =
            wait_until(&self.console, text, |messages| messages.iter().any(is_it)).await?;
        messages.into_iter().rfind(is_it).context("just seen")
    }
}
