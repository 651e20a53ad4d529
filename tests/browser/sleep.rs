//! A laptop whose lid was closed: scripts stood still, connections died without a word. Right after
//! waking, visitor and agent see all that came meanwhile.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use protocol::ids::ConversationId;
use tests::agent::Agent;
use tests::browser::Browser;
use tests::demo::OUTSIDE_QUESTION;
use tests::eventually::report_figure;
use tests::page::Frame;
use tests::process::ServerProcess;
use tests::proxy::Proxy;
use tests::visitor::Visitor;

use crate::desk::Desk;
use crate::outage::{told_by_server, words};
use crate::shop::{Chat, ENGLISH, shown, wait_until};

/// The three seconds that are promised, and a loaded machine; a connection that is not asked at
/// waking is noticed after twenty. What it took is said.
const AWAKE_WITHIN: Duration = Duration::from_secs(9);

/// Longer than what page and console take for a sleep when they look at their clocks.
const SLEPT: Duration = Duration::from_secs(7);

struct Sleepers {
    proxy: Proxy,
    server: ServerProcess,
    desk: Desk,
    chat: Chat,
    /// The same visitor and a colleague, wide awake elsewhere.
    visitor: Visitor,
    agent: Agent,
    conversation: ConversationId,
    browser: Browser,
}

impl Sleepers {
    async fn talking() -> Result<Self> {
        let server = ServerProcess::demo().await?;
        let proxy = Proxy::start().await?;
        let browser = Browser::launch_behind(&proxy).await?;
        let desk = Desk::set_up(&browser, &server).await?;
        let chat = Chat::open(&browser, &server, ENGLISH).await?;
        let question = chat.write(OUTSIDE_QUESTION).await?;
        chat.until_state(&question.id, "sent").await?;
        desk.open_first().await?;
        desk.reply("I am looking into it.").await?;
        has(&chat.widget, "I am looking into it.").await?;
        let mut agent = Agent::sign_in(&server.origin).await?;
        agent.connect().await?;
        let conversation = *agent.inbox.keys().next().context("no conversation")?;
        let key = "Object.keys(localStorage).find((at) => at.endsWith('grant'))";
        let token = format!("JSON.parse(localStorage[{key}]).visitor_token");
        let token = chat.widget.evaluate(&token).await?;
        let token = token.as_str().map(str::to_owned);
        let mut visitor = Visitor::arrive_with(&server.origin, token).await?;
        visitor.connect().await?;
        Ok(Self { proxy, server, desk, chat, visitor, agent, conversation, browser })
    }

    /// Both sides say something that the sleepers do not hear.
    async fn talk_meanwhile(&mut self) -> Result<[String; 2]> {
        let said = ["Written on my phone.", "Answered by a colleague."];
        self.visitor.say_accepted(said[0]).await?;
        self.agent.reply_accepted(self.conversation, said[1]).await?;
        Ok(said.map(str::to_owned))
    }

    /// Neither of the two is touched, and each has to show all texts in time.
    async fn until_awake(&self, texts: &[String]) -> Result<()> {
        let begun = Instant::now();
        for (who, document) in [("visitor", &self.chat.widget), ("agent", &self.desk.console)] {
            for text in texts {
                has(document, text).await.with_context(|| format!("the {who} does not see it"))?;
            }
            let took = begun.elapsed();
            report_figure(&format!("{who} awake after {} ms", took.as_millis()));
            assert!(took <= AWAKE_WITHIN, "the {who} took {took:?}");
        }
        let told = told_by_server(&self.server, &self.desk).await?;
        for document in [&self.chat.widget, &self.desk.console] {
            assert_eq!(words(&shown(document).await?), told);
        }
        Ok(())
    }
}

async fn has(document: &Frame, text: &str) -> Result<()> {
    wait_until(document, text, |all| all.iter().any(|at| at.text == text)).await?;
    Ok(())
}

#[tokio::test]
async fn connections_that_died_in_silence_are_replaced_at_waking() -> Result<()> {
    let mut both = Sleepers::talking().await?;
    // The lid closes: not a line of the browser's code runs.
    both.browser.suspend()?;
    both.proxy.die();
    let texts = both.talk_meanwhile().await?;
    tokio::time::sleep(SLEPT).await;
    both.browser.resume()?;
    both.until_awake(&texts).await
}

#[tokio::test]
async fn a_server_that_started_anew_is_found_at_waking() -> Result<()> {
    let mut both = Sleepers::talking().await?;
    // As a phone does with what is out of sight.
    both.chat.page.freeze().await?;
    both.desk.page.freeze().await?;
    both.server.kill9()?;
    both.server.start_again().await?;
    both.agent = Agent::sign_in(&both.server.origin).await?;
    both.agent.connect().await?;
    both.visitor.connect().await?;
    let texts = both.talk_meanwhile().await?;
    both.chat.page.thaw().await?;
    both.desk.page.thaw().await?;
    both.until_awake(&texts).await
}
