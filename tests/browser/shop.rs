//! A visitor's browser on the demo shop, with the chat open.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;
use tests::browser::Browser;
use tests::page::{Frame, Page};
use tests::process::ServerProcess;

pub(crate) const ENGLISH: &str = "/";
pub(crate) const CHINESE: &str = "/zh.html";
pub(crate) const COMPOSER: &str = "[data-fd=composer]";

const MODEL_LOADED: &str = "(window.workerMessages || []).includes('\"model_loaded\"')";

/// All messages that a widget or a console shows.
const MESSAGES: &str = "[...document.querySelectorAll('[data-fd=message]')].map((message) => {
    const words = message.querySelector('[data-fd=text],[data-fd=answer],.text,.answer');
    return {
        id: message.dataset.id || '', author: message.dataset.author,
        state: message.dataset.state || '', text: (words || message).textContent,
        answer: message.querySelector('[data-fd=answer],.answer') !== null,
        instant: message.querySelector('[data-fd=instant]') !== null
            || message.dataset.answeredIn === 'browser',
    };
})";

/// A message as a document shows it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(crate) struct Shown {
    pub(crate) id: String,
    pub(crate) author: String,
    pub(crate) state: String,
    pub(crate) text: String,
    pub(crate) answer: bool,
    pub(crate) instant: bool,
}

pub(crate) struct Chat {
    pub(crate) page: Page,
    pub(crate) widget: Frame,
}

impl Chat {
    /// Opens the shop and the chat on it, and waits until the composer is there.
    pub(crate) async fn open(
        browser: &Browser,
        server: &ServerProcess,
        path: &str,
    ) -> Result<Self> {
        let page = browser.new_page().await?;
        page.set_size(1280, 900).await?;
        Self::open_on(page, server, path).await
    }

    pub(crate) async fn open_on(page: Page, server: &ServerProcess, path: &str) -> Result<Self> {
        page.open(&format!("{}{path}", server.demo)).await?;
        page.click_in_shadow("button").await?;
        let widget = page.frame(&format!("{}/widget?", server.origin)).await?;
        widget.wait_for(&format!("!!document.querySelector('{COMPOSER}')")).await?;
        Ok(Self { page, widget })
    }

    /// As `open`, and waits until the browser can answer with everything it has.
    pub(crate) async fn open_with_model(
        browser: &Browser,
        server: &ServerProcess,
        path: &str,
    ) -> Result<Self> {
        let chat = Self::open(browser, server, path).await?;
        chat.widget.wait_for(MODEL_LOADED).await?;
        Ok(chat)
    }

    /// Types a text, presses Enter, and returns the message once it is shown.
    pub(crate) async fn write(&self, text: &str) -> Result<Shown> {
        let before = shown(&self.widget).await?.len();
        self.widget.fill(COMPOSER, text).await?;
        self.page.press_enter().await?;
        let written = wait_until(&self.widget, "the own message", |messages| {
            messages.iter().skip(before).any(|at| at.author == "visitor" && at.text == text)
        })
        .await?;
        let own = written.into_iter().rfind(|at| at.author == "visitor" && at.text == text);
        own.context("just seen")
    }

    /// Writes a text and returns the bot's answer to it.
    pub(crate) async fn ask(&self, text: &str) -> Result<Shown> {
        let question = self.write(text).await?;
        let answered = |messages: &[Shown]| {
            let after = messages.iter().skip_while(|at| at.id != question.id);
            after.skip(1).find(|at| at.author == "bot" && at.answer).cloned()
        };
        let messages =
            wait_until(&self.widget, "the bot's answer", |all| answered(all).is_some()).await?;
        answered(&messages).context("just seen")
    }

    /// Waits until a message has reached a state such as `sent`.
    pub(crate) async fn until_state(&self, id: &str, state: &str) -> Result<()> {
        let what = format!("{id} is {state}");
        wait_until(&self.widget, &what, |messages| {
            messages.iter().any(|at| at.id == id && at.state == state)
        })
        .await?;
        Ok(())
    }

    /// The words of an answer as the browser reads its markup.
    pub(crate) async fn words_of(&self, html: &str) -> Result<String> {
        let parse = format!(
            "new DOMParser().parseFromString({}, 'text/html').body.textContent",
            Value::from(html)
        );
        let words = self.widget.evaluate(&parse).await?;
        Ok(words.as_str().context("no text")?.to_owned())
    }
}

/// Everything a document shows as a message, in its order.
pub(crate) async fn shown(document: &Frame) -> Result<Vec<Shown>> {
    Ok(serde_json::from_value(document.evaluate(MESSAGES).await?)?)
}

/// Waits until what is shown is as wanted.
pub(crate) async fn wait_until(
    document: &Frame,
    what: &str,
    wanted: impl Fn(&[Shown]) -> bool,
) -> Result<Vec<Shown>> {
    let found = tests::eventually::eventually(what, tests::eventually::DEADLINE, async || {
        shown(document).await.ok().filter(|messages| wanted(messages))
    })
    .await;
    match found {
        Ok(messages) => Ok(messages),
        Err(error) => {
            let messages = shown(document).await;
            Err(error.context(format!("shown is {messages:#?}")))
        }
    }
}

/// Spaces and line breaks differ between a document and its source; words do not.
pub(crate) fn same_words(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}
