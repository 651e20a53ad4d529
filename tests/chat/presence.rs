//! Who is on the site, and on which page: for agents only, from memory, kept with what was said.

use anyhow::{Context, Result};
use protocol::agent::AgentEvent;
use protocol::context::{LiveVisitors, Visit, VisitorContext};
use protocol::refusal::RefusalCode;
use protocol::visitor::VisitorFrame;
use tests::agent::Agent;
use tests::eventually::{DEADLINE, eventually};
use tests::http;
use tests::process::ServerProcess;
use tests::visitor::Visitor;

const VISITORS: &str = "/v1/sites/demo/visitors";

fn visit(url: &str) -> VisitorFrame {
    let (title, referrer) = ("Tea".to_owned(), "https://search.example/".to_owned());
    VisitorFrame::Visit(Visit { url: url.to_owned(), title, referrer, attributes: Vec::new() })
}

async fn live(agent: &Agent) -> Result<LiveVisitors> {
    http::get(&agent.origin, VISITORS, &[("cookie", &agent.cookie)]).await?.json()
}

/// The last page an agent was told of.
fn last_seen(agent: &Agent) -> Option<&VisitorContext> {
    agent.others.iter().rev().find_map(|event| {
        if let AgentEvent::VisitorSeen { context, .. } = event { Some(context) } else { None }
    })
}

#[tokio::test]
async fn agents_see_where_a_visitor_is_and_went() -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let mut agent = Agent::connected(&server).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    assert_eq!(live(&agent).await?.total, 0, "a socket alone tells nothing");
    visitor.send(&visit("https://shop.example/pots?secret=1")).await?;
    let there = eventually("the visitor is listed", DEADLINE, async || {
        live(&agent).await.ok().filter(|live| live.total == 1)
    })
    .await?;
    assert_eq!(there.visitors[0].visitor, visitor.grant.visitor);
    assert_eq!(there.visitors[0].conversation, None);
    assert_eq!(there.visitors[0].context.path[0].url, "https://shop.example/pots");
    visitor.say_accepted("Is the moss glaze in stock?").await?;
    let conversation = visitor.conversation.context("no conversation")?;
    agent.until_row(conversation, |_| true).await?;
    agent.watch(conversation).await?;
    visitor.send(&visit("https://shop.example/cups")).await?;
    agent
        .until("the next page is seen", |agent| {
            last_seen(agent).is_some_and(|seen| seen.online && seen.path.len() == 2)
        })
        .await?;
    visitor.disconnect();
    eventually("nobody is there", DEADLINE, async || {
        live(&agent).await.ok().filter(|live| live.total == 0)
    })
    .await?;
    // What was said was said on the first page: that is kept, over a restart too.
    server.kill9()?;
    server.start_again().await?;
    let mut again = Agent::sign_in(&server.origin).await?;
    again.connect().await?;
    again.watch(conversation).await?;
    again.until("where the visitor was", |agent| last_seen(agent).is_some()).await?;
    let seen = last_seen(&again).context("just seen")?;
    assert!(!seen.online && seen.path[0].url == "https://shop.example/pots", "{seen:?}");
    let stranger = http::get(&server.origin, VISITORS, &[]).await?;
    assert_eq!(stranger.refusal()?, (401, RefusalCode::NotSignedIn));
    Ok(())
}
