//! A server that is told to stop: visitors leave one after another and find everything again.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use protocol::close::{AfterClose, CloseCode};
use tests::eventually::{DEADLINE, eventually};
use tests::http;
use tests::process::ServerProcess;
use tests::visitor::Visitor;

const VISITORS_COUNT: usize = 40;

/// The server spreads goodbyes over half of this.
const LIMITS: &str = "drain_ms = 4000";

/// Forty chances over two seconds are further apart than this, or they are no chances.
const SPREAD_MIN: Duration = Duration::from_millis(500);

#[tokio::test]
async fn visitors_of_a_stopping_server_leave_in_turns_and_lose_nothing() -> Result<()> {
    let mut server = ServerProcess::demo_with_limits(LIMITS).await?;
    let mut leaving = Vec::new();
    for _ in 0..VISITORS_COUNT {
        let mut visitor = Visitor::connected(&server.origin).await?;
        visitor.say_accepted("before the end").await?;
        leaving.push(visitor);
    }
    let told = leaving.into_iter().map(|mut visitor| {
        tokio::spawn(async move {
            let code = visitor.until_closed().await?;
            anyhow::Ok((Instant::now(), code, visitor))
        })
    });
    let told: Vec<_> = told.collect();
    server.tell_to_stop()?;
    // It stops listening at once, long before the last one has left.
    eventually("nobody new gets in", DEADLINE, async || {
        http::get(&server.origin, "/readyz", &[])
            .await
            .map_or(true, |answer| answer.status == 503)
            .then_some(())
    })
    .await?;
    let mut moments = Vec::new();
    let mut visitors = Vec::new();
    for told in told {
        let (at, code, visitor) = told.await??;
        ensure!(code == Some(CloseCode::Draining.code()), "told {code:?}");
        moments.push(at);
        visitors.push(visitor);
    }
    assert_eq!(AfterClose::of_code(CloseCode::Draining.code()), AfterClose::Reconnect);
    let first = moments.iter().min().context("somebody was told")?;
    let last = moments.iter().max().context("somebody was told")?;
    let spread = last.duration_since(*first);
    assert!(spread >= SPREAD_MIN, "all were sent away within {spread:?}");
    server.until_stopped().await?;

    server.start_again().await?;
    for mut visitor in visitors {
        visitor.messages.clear();
        visitor.connect().await?;
        assert!(visitor.texts().contains(&"before the end".to_owned()));
    }
    Ok(())
}

#[tokio::test]
async fn a_peer_that_ignores_its_goodbye_does_not_keep_the_server() -> Result<()> {
    let mut server = ServerProcess::demo_with_limits("drain_ms = 1000").await?;
    // Connected, and never reads: it neither sees the goodbye nor answers it.
    let deaf = Visitor::connected(&server.origin).await?;
    server.stop().await?;
    drop(deaf);
    Ok(())
}
