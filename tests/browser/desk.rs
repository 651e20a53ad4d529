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

    /// Leads to a panel by its address.
    pub(crate) async fn go_to(&self, hash: &str) -> Result<()> {
        let address = serde_json::Value::from(format!("#{hash}"));
        self.console.evaluate(&format!("location.hash = {address}")).await?;
        Ok(())
    }

    /// Chooses the language of the console, by the first letters of its tag.
    pub(crate) async fn speak(&self, language: &str) -> Result<()> {
        let choose = format!(
            "(() => {{ const field = document.querySelector('[data-fd=language]');
                const option = [...field.options].find((at) => at.value.startsWith('{language}'));
                field.value = option.value;
                field.dispatchEvent(new Event('change', {{ bubbles: true }})); return true; }})()"
        );
        self.console.wait_for(&choose).await?;
        let spoken = format!("document.documentElement.lang.startsWith('{language}')");
        self.console.wait_for(&spoken).await?;
        Ok(())
    }

    /// Chooses an option of a list.
    pub(crate) async fn choose(&self, selector: &str, value: &str) -> Result<()> {
        let (selector, value) = (serde_json::Value::from(selector), serde_json::Value::from(value));
        let choose = format!(
            "(() => {{ const field = document.querySelector({selector});
                if (!field) return false;
                field.value = {value};
                field.dispatchEvent(new Event('change', {{ bubbles: true }})); return true; }})()"
        );
        self.console.wait_for(&choose).await?;
        Ok(())
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
