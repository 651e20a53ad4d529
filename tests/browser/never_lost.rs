//! Nothing is lost and nothing doubled, on either side, whatever breaks and in whatever order: a
//! short form of the loop that runs for hours in the soak. `FRONTDESK_CHAOS_ROUNDS` makes it
//! longer; `FRONTDESK_CHAOS_SEED` runs the order of an earlier run again.

use anyhow::{Context, Result};
use tests::browser::Browser;
use tests::eventually::report_figure;
use tests::process::ServerProcess;

use crate::desk::Desk;
use crate::outage::{told_by_server, words};
use crate::shop::{COMPOSER, Chat, ENGLISH, wait_until};

const ROUNDS: u64 = 12;

/// Of one round, on each side; the last of them are on their way when the trouble comes.
const VISITORS_MAX: u64 = 3;
const AGENTS_MAX: u64 = 2;

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
            chat.write(&text).await?;
            visitors.push(text);
        }
        for number in 0..=chance.below(AGENTS_MAX) {
            let text = format!("agent {round}.{number}");
            desk.console.fill(COMPOSER, &text).await?;
            desk.console.click("[data-fd=send]").await?;
            agents.push(text);
        }
        let met = meet(trouble, chat, &desk, &browser, &mut server).await;
        chat = met.with_context(|| format!("round {round}: {trouble:?}"))?;
    }
    let told = wait_for_all(&chat, &desk, &server, visitors.len() + agents.len()).await?;
    let texts: Vec<String> = told.into_iter().map(|(_, text)| text).collect();
    for side in [&visitors, &agents] {
        let own: Vec<&String> = texts.iter().filter(|text| side.contains(text)).collect();
        assert_eq!(own, side.iter().collect::<Vec<_>>(), "each once, in the order of writing");
    }
    report_figure(&format!(
        "{rounds} rounds of trouble: {} messages, 0 lost, 0 doubled, in order",
        texts.len()
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

/// Waits until all three have as many messages, and the same.
async fn wait_for_all(
    chat: &Chat,
    desk: &Desk,
    server: &ServerProcess,
    count: usize,
) -> Result<Vec<(String, String)>> {
    wait_until(&chat.widget, "all at the visitor", |all| words(all).len() == count).await?;
    wait_until(&desk.console, "all at the agent", |all| words(all).len() == count).await?;
    let told = told_by_server(server, desk).await?;
    wait_until(&chat.widget, "the visitor has the server's", |all| words(all) == told).await?;
    wait_until(&desk.console, "the agent has the server's", |all| words(all) == told).await?;
    Ok(told)
}
