//! Too many, too much, too slow: each limit answers with its own words, and others go on.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use protocol::http::{ErrorBody, SessionGrant, SessionRequest};
use protocol::ids::{MessageId, SiteKey};
use protocol::refusal::{Refusal, RefusalCode};
use tests::eventually::{DEADLINE, eventually};
use tests::http::{self, Answer, authority};
use tests::process::{Installation, ServerProcess};
use tests::visitor::{Visitor, demo_site};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Short enough to wait for in a test.
const DRIP_EVERY: Duration = Duration::from_millis(50);

async fn session(server: &ServerProcess, site: SiteKey) -> Result<Answer> {
    let request = SessionRequest { site, visitor_token: None, identity: None };
    http::post(&server.origin, "/v1/session", &[], &request).await
}

fn refusal_of(answer: &Answer) -> Result<Refusal> {
    let body: ErrorBody = serde_json::from_slice(&answer.body)?;
    ensure!(!body.detail.is_empty(), "nothing to read");
    Ok(body.refusal)
}

/// Messages that are sent again when the server says so, until all are on disk.
async fn insist(visitor: &mut Visitor, texts: &[(MessageId, String)]) -> Result<u32> {
    let mut refused_count = 0;
    loop {
        let settled = |visitor: &Visitor| {
            let told = |id: &MessageId| {
                visitor.accepted.contains_key(id)
                    || visitor.refused.iter().any(|(of, _)| *of == Some(*id))
            };
            texts.iter().all(|(id, _)| told(id))
        };
        visitor.until("every message is accepted or refused by its id", settled).await?;
        let refused = std::mem::take(&mut visitor.refused);
        let Some((_, first)) = refused.first() else { return Ok(refused_count) };
        refused_count += refused.len() as u32;
        ensure!(first.code == RefusalCode::TooFast, "refused with {first:?}");
        let retry_after_ms = first.retry_after_ms.context("no word of when to come back")?;
        tokio::time::sleep(Duration::from_millis(retry_after_ms)).await;
        for (id, text) in texts {
            if refused.iter().any(|(of, _)| *of == Some(*id)) {
                visitor.say_as(*id, text).await?;
            }
        }
    }
}

async fn say_all(visitor: &mut Visitor, count: usize) -> Result<Vec<(MessageId, String)>> {
    let mut said = Vec::new();
    for number in 0..count {
        let text = format!("message {number}");
        said.push((visitor.say(&text).await?, text));
    }
    Ok(said)
}

#[tokio::test]
async fn a_message_that_came_too_fast_is_refused_by_its_id() -> Result<()> {
    let limits = "frames_per_connection_burst = 5\nframes_per_connection_per_s = 4";
    let server = ServerProcess::demo_with_limits(limits).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    let said = say_all(&mut visitor, 12).await?;
    let refused_count = insist(&mut visitor, &said).await?;
    assert!(refused_count > 0, "nothing was too fast");
    let posted = |visitor: &Visitor| said.iter().all(|(id, _)| visitor.message(*id).is_some());
    visitor.until("every message is in the transcript", posted).await
}

#[tokio::test]
async fn a_site_has_a_bucket_for_its_visitors_messages() -> Result<()> {
    let limits = "messages_per_site_burst = 3\nmessages_per_site_per_s = 2";
    let server = ServerProcess::demo_with_limits(limits).await?;
    let mut one = Visitor::connected(&server.origin).await?;
    let mut other = Visitor::connected(&server.origin).await?;
    for _ in 0..3 {
        one.say_accepted("mine").await?;
    }
    let said = say_all(&mut other, 4).await?;
    assert!(insist(&mut other, &said).await? > 0, "the site's bucket is each visitor's own");
    Ok(())
}

#[tokio::test]
async fn a_site_has_a_bucket_for_its_visitors_calls_and_others_have_theirs() -> Result<()> {
    let installation = Installation::demo()?;
    let data = installation.data();
    let data = data.to_str().context("the folder is not UTF-8")?;
    let made = installation.run(&["site", "--key", "other", "--name", "Other", "--data", data])?;
    ensure!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let limits = "calls_per_site_burst = 4\ncalls_per_site_per_s = 1";
    let server = ServerProcess::start_with_limits(installation, limits).await?;
    let refused = loop_until_refused(async || session(&server, demo_site()).await).await?;
    assert_eq!(refused.status, 429);
    let refusal = refusal_of(&refused)?;
    assert_eq!(refusal.code, RefusalCode::TooFast);
    assert!(refusal.retry_after_ms.is_some() && !refused.header("retry-after").is_empty());
    let other = SiteKey::parse("other").expect("a valid key");
    session(&server, other).await?.json::<SessionGrant>()?;
    Ok(())
}

#[tokio::test]
async fn an_address_has_a_bucket_for_its_calls_and_pages_are_none() -> Result<()> {
    let limits = "calls_per_address_burst = 4\ncalls_per_address_per_s = 1";
    let server = ServerProcess::demo_with_limits(limits).await?;
    let refused = loop_until_refused(async || session(&server, demo_site()).await).await?;
    assert_eq!(refused.status, 429);
    let refusal = refusal_of(&refused)?;
    assert_eq!((refusal.code, refusal.retry_after_ms), (RefusalCode::TooFast, Some(1_000)));
    let page = http::get(&server.origin, "/widget?site=demo", &[]).await?;
    assert_eq!(page.status, 200);
    Ok(())
}

/// The first answer that is none of success; twenty calls are more than any burst here.
async fn loop_until_refused(call: impl AsyncFn() -> Result<Answer>) -> Result<Answer> {
    for _ in 0..20 {
        let answer = call().await?;
        if answer.status != 200 {
            return Ok(answer);
        }
    }
    bail!("nothing was refused")
}

#[tokio::test]
async fn beyond_the_last_seat_callers_are_told_when_to_come_back() -> Result<()> {
    let server = ServerProcess::demo_with_limits("connections_max = 3").await?;
    let mut visitors = Vec::new();
    for _ in 0..4 {
        visitors.push(Visitor::arrive(&server.origin).await?);
    }
    let mut late = visitors.pop().context("four arrived")?;
    for visitor in &mut visitors {
        // The calls before leave their seats a moment after their answers.
        eventually("a free seat", DEADLINE, async || visitor.connect().await.ok()).await?;
    }
    let refused = late.connect().await.expect_err("a fourth of three seats");
    assert!(refused.to_string().contains("503"), "{refused:#}");
    let page = http::get(&server.origin, "/widget?site=demo", &[]).await?;
    assert_eq!(page.status, 503);
    let refusal = refusal_of(&page)?;
    assert!(refusal.code == RefusalCode::Busy && refusal.retry_after_ms.is_some());
    // Whoever watches the server gets in.
    assert_eq!(http::get(&server.origin, "/readyz", &[]).await?.status, 200);
    assert!(server.metric("connections_turned_away_total").await? >= 2);
    visitors[0].say_accepted("I have a seat").await?;

    visitors[1].disconnect();
    eventually("the seat of who left", DEADLINE, async || late.connect().await.ok()).await?;
    late.say_accepted("now I have one").await?;
    Ok(())
}

#[tokio::test]
async fn a_peer_that_fell_silent_is_let_go_and_one_that_syncs_is_not() -> Result<()> {
    let server = ServerProcess::demo_with_limits("silence_ms = 1500").await?;
    let mut alive = Visitor::connected(&server.origin).await?;
    // It stays connected as far as the system knows, and never says anything again.
    let silent = Visitor::connected(&server.origin).await?;
    assert_eq!(server.metric("visitors_connected").await?, 2);
    eventually("one visitor is left", DEADLINE, async || {
        let last_seq = alive.last_seq();
        alive.send(&protocol::visitor::VisitorFrame::Sync { last_seq }).await.ok()?;
        (server.metric("visitors_connected").await.ok()? == 1).then_some(())
    })
    .await?;
    alive.say_accepted("I am still here").await?;
    drop(silent);
    Ok(())
}

/// Says a line now and then until the server hangs up; what it said before, if anything.
async fn drip(server: &ServerProcess, lines: &str) -> Result<String> {
    let mut tcp = TcpStream::connect(authority(&server.origin)?).await?;
    let (mut reading, mut writing) = tcp.split();
    let mut heard = Vec::new();
    let drip = async {
        for byte in lines.bytes().chain(std::iter::repeat(b'x')) {
            if writing.write_all(&[byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(DRIP_EVERY).await;
        }
    };
    tokio::select! {
        read = reading.read_to_end(&mut heard) => drop(read),
        () = drip => {}
        () = tokio::time::sleep(DEADLINE) => bail!("the server is patient without end"),
    }
    Ok(String::from_utf8_lossy(&heard).into_owned())
}

#[tokio::test]
async fn an_upgrade_that_trickles_in_is_cut_off() -> Result<()> {
    let mut server = ServerProcess::demo_with_limits("head_ms = 700").await?;
    let mut bystander = Visitor::connected(&server.origin).await?;
    let head = "GET /v1/socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nX-Slow: ";
    let said = drip(&server, head).await?;
    assert!(!said.contains("101"), "{said}");
    bystander.say_accepted("I was quicker").await?;
    server.assert_alive()
}

#[tokio::test]
async fn a_caller_that_says_nothing_is_cut_off() -> Result<()> {
    let server = ServerProcess::demo_with_limits("head_ms = 700").await?;
    let mut tcp = TcpStream::connect(authority(&server.origin)?).await?;
    let ended = tokio::time::timeout(DEADLINE, tcp.read(&mut [0; 64])).await;
    ended.context("the server is patient without end")?.ok();
    Ok(())
}
