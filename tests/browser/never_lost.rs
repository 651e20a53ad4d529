//! Nothing is lost and nothing doubled, on either side, whatever breaks and in whatever order: a
//! short form of the loop that runs for hours in the soak. `FRONTDESK_CHAOS_ROUNDS` makes it
//! longer; `FRONTDESK_CHAOS_SEED` runs the order of an earlier run again.

use anyhow::{Context, Result};
use tests::browser::Browser;
use tests::eventually::report_figure;
use tests::page::Frame;
use tests::process::ServerProcess;

use crate::desk::Desk;
use crate::outage::{told_by_server, words};
use crate::shop::{COMPOSER, Chat, ENGLISH, Shown, wait_until};

const ROUNDS: u64 = 12;

/// Of one round, on each side; the last of them are on their way when the trouble comes.
const VISITORS_MAX: u64 = 3;
const AGENTS_MAX: u64 = 2;

/// Both sides are compared after so many rounds, and at the end.
const CHECKED_EVERY: usize = 20;

/// Of a long conversation a visitor's chat shows the end; no less of it than this.
const SHOWN_MIN: usize = 100;

#[derive(Debug, Clone, Copy)]
enum Trouble {
    /// The network says that it is gone, on both sides.
    SocketsDrop,
    VisitorReloads,
    AgentReloads,
    /// The tab is closed and the page opened in a new one.
    TabCloses,
    PowerFails,
}

const TROUBLES: [Trouble; 5] = [
    Trouble::SocketsDrop,
    Trouble::VisitorReloads,
    Trouble::AgentReloads,
    Trouble::TabCloses,
    Trouble::PowerFails,
];

/// The same numbers for the same seed (SplitMix64).
struct Chance(u64);

impl Chance {
    /// `FRONTDESK_CHAOS_SEED`, or one of its own; which one is said when the test fails.
    fn seeded() -> Result<Self> {
        let seed = match number("FRONTDESK_CHAOS_SEED")? {
            Some(seed) => seed,
            None => getrandom::u64().context("no randomness")?,
        };
        eprintln!("FRONTDESK_CHAOS_SEED={seed}");
        Ok(Self(seed))
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn trouble(&mut self) -> Trouble {
        let troubles = TROUBLES.len() as u64;
        TROUBLES[self.below(troubles) as usize]
    }
}

fn number(variable: &str) -> Result<Option<u64>> {
    let given = std::env::var(variable).ok();
    given.map(|text| text.parse().with_context(|| format!("{variable}={text}"))).transpose()
}

/// The first round; then as chance has it, but no trouble is left out of a run.
fn troubles(rounds: u64, chance: &mut Chance) -> Vec<Trouble> {
    let drawn = (0..rounds).map(|round| match TROUBLES.get(round as usize) {
        Some(trouble) => *trouble,
        None => chance.trouble(),
    });
    let mut order: Vec<Trouble> = drawn.collect();
    for last in (1..order.len()).rev() {
        order.swap(last, chance.below(last as u64 + 1) as usize);
    }
    order
}

#[tokio::test]
async fn both_sides_are_equal_after_drops_reloads_closed_tabs_and_kills() -> Result<()> {
    let rounds = number("FRONTDESK_CHAOS_ROUNDS")?.unwrap_or(ROUNDS);
    let mut chance = Chance::seeded()?;
    let mut server = ServerProcess::demo().await?;
    let browser = Browser::launch().await?;
    let desk = Desk::set_up(&browser, &server).await?;
    let mut chat = Chat::open(&browser, &server, ENGLISH).await?;
    chat.widget.click("[data-fd=talk-to-person]").await?;
    let first = chat.write("Let us see what you can take.").await?;
    chat.until_state(&first.id, "sent").await?;
    desk.open_first().await?;
    let (mut visitors, mut agents) = (vec![first.text], Vec::new());
    for (round, trouble) in troubles(rounds, &mut chance).into_iter().enumerate() {
        for number in 0..=chance.below(VISITORS_MAX) {
            let text = format!("visitor {round}.{number}");
            chat.widget.fill(COMPOSER, &text).await?;
            chat.page.press_enter().await?;
            has(&chat.widget, &text, &["waiting", "sent"]).await?;
            visitors.push(text);
        }
        for number in 0..=chance.below(AGENTS_MAX) {
            let text = format!("agent {round}.{number}");
            desk.console.fill(COMPOSER, &text).await?;
            desk.console.click("[data-fd=send]").await?;
            // What is not shown as written was not said yet.
            wait_until(&desk.console, &text, |all| all.iter().any(|at| at.text == text)).await?;
            agents.push(text);
        }
        // Shown when the test fails.
        println!("round {round}: {trouble:?}");
        let met = meet(trouble, chat, &desk, &browser, &mut server).await;
        chat = met.with_context(|| format!("round {round}: {trouble:?}"))?;
        if round % CHECKED_EVERY == CHECKED_EVERY - 1 {
            settle(&chat, &desk, &server, [&visitors, &agents]).await?;
        }
    }
    let told = settle(&chat, &desk, &server, [&visitors, &agents]).await?;
    report_figure(&format!(
        "{rounds} rounds of trouble: {} messages, 0 lost, 0 doubled, in order",
        told.len()
    ));
    Ok(())
}

async fn meet(
    trouble: Trouble,
    chat: Chat,
    desk: &Desk,
    browser: &Browser,
    server: &mut ServerProcess,
) -> Result<Chat> {
    match trouble {
        Trouble::SocketsDrop => {
            for document in [&chat.widget, &desk.console] {
                document.evaluate("dispatchEvent(new Event('offline'))").await?;
                document.evaluate("dispatchEvent(new Event('online'))").await?;
            }
            Ok(chat)
        }
        Trouble::VisitorReloads => Chat::open_on(chat.page, server, ENGLISH).await,
        Trouble::AgentReloads => {
            desk.page.reload().await?;
            desk.console.wait_for("!!document.querySelector('[data-fd=transcript]')").await?;
            Ok(chat)
        }
        Trouble::TabCloses => {
            let page = browser.new_tab_beside(&chat.page).await?;
            page.set_size(1280, 900).await?;
            chat.page.close().await?;
            Chat::open_on(page, server, ENGLISH).await
        }
        Trouble::PowerFails => {
            server.kill9()?;
            server.start_again().await?;
            Ok(chat)
        }
    }
}

async fn has(document: &Frame, text: &str, states: &[&str]) -> Result<()> {
    let there = |at: &Shown| at.text == text && states.contains(&at.state.as_str());
    wait_until(document, text, |all| all.iter().any(there)).await?;
    Ok(())
}

/// Waits until everything is on disk; then all three have the same, each text once and in the order
/// of writing.
async fn settle(
    chat: &Chat,
    desk: &Desk,
    server: &ServerProcess,
    written: [&Vec<String>; 2],
) -> Result<Vec<(String, String)>> {
    for (document, texts) in [&chat.widget, &desk.console].into_iter().zip(written) {
        let last = texts.last().context("somebody has written")?;
        has(document, last, &["sent", "posted"]).await?;
    }
    let told = told_by_server(server, desk).await?;
    for texts in written {
        let own: Vec<&String> =
            told.iter().map(|(_, text)| text).filter(|text| texts.contains(text)).collect();
        assert_eq!(own, texts.iter().collect::<Vec<_>>(), "each once, in the order of writing");
    }
    assert_eq!(told.len(), written.iter().map(|texts| texts.len()).sum::<usize>());
    for document in [&chat.widget, &desk.console] {
        wait_until(document, "what the server has", |all| {
            let shown = words(all);
            shown.len() >= told.len().min(SHOWN_MIN) && told.ends_with(&shown)
        })
        .await?;
    }
    Ok(told)
}
