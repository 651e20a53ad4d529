//! The disk is full: chats that exist go on, new ones are told why not, nothing acknowledged is
//! lost, and space that comes back is used without a restart.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Result, ensure};
use protocol::refusal::RefusalCode;
use tests::eventually::{DEADLINE, eventually, report_figure};
use tests::process::{Installation, ServerProcess, can_mount};
use tests::visitor::{Visitor, new_message_id};

/// Room for a start, the reserve and little more.
const DISK_BYTES: u64 = 96 << 20;

/// Twice a segment: what is taken goes to the reserve.
const WHILE_FULL_COUNT: usize = 64;
const TEXT_BYTES: usize = 2_000;

/// Refused messages are told to their senders, not to the server's log.
const COMPLAINTS_MAX: usize = 4;

/// Writes until not a byte fits any more.
fn fill(file: &Path) -> Result<u64> {
    let mut filler = File::create(file)?;
    let mut written = 0;
    for piece in [1 << 20, 4096, 1] {
        let zeros = vec![0; piece];
        loop {
            match filler.write(&zeros) {
                Ok(0) => break,
                Ok(bytes) => written += bytes as u64,
                Err(full) if full.kind() == ErrorKind::StorageFull => break,
                Err(error) => return Err(error.into()),
            }
        }
    }
    ensure!(written < DISK_BYTES, "{written} bytes: this is no disk of our own");
    Ok(written)
}

#[tokio::test]
async fn on_a_full_disk_existing_chats_go_on_and_new_ones_wait_for_room() -> Result<()> {
    if !can_mount() {
        report_figure("not run: this system lets nobody mount a small disk");
        return Ok(());
    }
    let installation = Installation::demo()?.on_disk_of(DISK_BYTES);
    installation.configure("[log]\nsegment_bytes = 65536")?;
    let mut server = ServerProcess::start(installation).await?;
    let mut regular = Visitor::connected(&server.origin).await?;
    let mut said = vec![regular.say_accepted("My parcel has not come.").await?];

    let filler = server.disk().join("filler");
    report_figure(&format!("{} bytes filled the disk", fill(&filler)?));
    for idx in 0..WHILE_FULL_COUNT {
        let text = format!("{idx} {}", "and another thing ".repeat(TEXT_BYTES / 18));
        said.push(regular.say_accepted(&text).await?);
    }
    let mut newcomer = Visitor::connected(&server.origin).await?;
    let first = newcomer.say("Is anybody there?").await?;
    assert_eq!(newcomer.until_refused(Some(first)).await?, RefusalCode::NoSpace);
    assert_eq!(newcomer.messages.len(), 0, "what is not stored is not shown");
    for _ in 0..2 * COMPLAINTS_MAX {
        let id = newcomer.say("Hello?").await?;
        assert_eq!(newcomer.until_refused(Some(id)).await?, RefusalCode::NoSpace);
    }
    said.push(regular.say_accepted("Still here.").await?);
    server.assert_alive()?;

    fs::remove_file(&filler)?;
    let stored = eventually("a new chat once there is room", DEADLINE, async || {
        let mut visitor = Visitor::connected(&server.origin).await.ok()?;
        let id = new_message_id();
        visitor.say_as(id, "Is anybody there now?").await.ok()?;
        visitor.until_accepted(id).await.is_ok().then_some(visitor)
    })
    .await?;
    assert_eq!(stored.accepted.len(), 1);
    let log = server.installation.server_log();
    let complaints = log.lines().filter(|line| line.contains("no space")).count();
    assert!(complaints <= COMPLAINTS_MAX, "{complaints} lines in the server's log");

    let token = regular.grant.visitor_token.clone();
    let mut again = Visitor::arrive_with(&server.origin, Some(token)).await?;
    again.connect().await?;
    let last = said.last().copied().expect("something was said");
    again.until("the whole talk", |visitor| visitor.message(last).is_some()).await?;
    let told: Vec<_> = again.messages.values().map(|message| message.id).collect();
    let kept: Vec<_> = told.into_iter().filter(|id| said.contains(id)).collect();
    assert_eq!(kept, said, "each once, in the order of writing");
    Ok(())
}
