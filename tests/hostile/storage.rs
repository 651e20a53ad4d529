//! A torn tail is cut; damage in the middle is refused with its place, and nothing is touched.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use protocol::conversation::Message;
use protocol::ids::Seq;
use tests::process::ServerProcess;
use tests::segments::Segment;
use tests::visitor::Visitor;

/// A killed server with a conversation that was acknowledged to its last word.
async fn killed_after_a_talk() -> Result<(ServerProcess, Visitor)> {
    let mut server = ServerProcess::demo().await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    for idx in 0..8 {
        visitor.say_accepted(&format!("line {idx} of a long story")).await?;
    }
    server.kill9()?;
    Ok((server, visitor))
}

/// What the server tells the same visitor from the beginning.
async fn told_again(server: &ServerProcess, visitor: &Visitor) -> Result<Visitor> {
    let token = visitor.grant.visitor_token.clone();
    let mut again = Visitor::arrive_with(&server.origin, Some(token)).await?;
    again.connect().await?;
    Ok(again)
}

/// Everything acknowledged before is there; the bot may have said more since.
fn check_kept(before: &BTreeMap<Seq, Message>, now: &BTreeMap<Seq, Message>) {
    for (seq, message) in before {
        assert_eq!(now.get(seq).map(|now| (now.id, &now.body)), Some((message.id, &message.body)));
    }
}

#[tokio::test]
async fn garbage_behind_the_last_frame_is_cut_and_nothing_is_lost() -> Result<()> {
    let (mut server, visitor) = killed_after_a_talk().await?;
    let mut segment = Segment::newest(&server.installation.data())?;
    let end = segment.end();
    segment.write_at(end, b"FDFR and then the power went away")?;
    server.start_again().await?;
    let mut again = told_again(&server, &visitor).await?;
    check_kept(&visitor.messages, &again.messages);
    let id = again.say_accepted("and it goes on").await?;
    // What was written over the cut place is as durable as everything else.
    server.kill9()?;
    server.start_again().await?;
    let last = told_again(&server, &visitor).await?;
    check_kept(&again.messages, &last.messages);
    assert!(last.message(id).is_some());
    Ok(())
}

#[tokio::test]
async fn half_a_frame_is_cut_and_nothing_is_lost() -> Result<()> {
    let (mut server, visitor) = killed_after_a_talk().await?;
    let mut segment = Segment::newest(&server.installation.data())?;
    let (end, last) = (segment.end(), *segment.frames().last().context("no frame")?);
    let half = segment.bytes[last..last + (end - last) / 2].to_vec();
    segment.write_at(end, &half)?;
    server.start_again().await?;
    let mut again = told_again(&server, &visitor).await?;
    check_kept(&visitor.messages, &again.messages);
    again.say_accepted("and it goes on").await?;
    Ok(())
}

#[tokio::test]
async fn a_shortened_file_is_refused_at_its_end_and_nothing_is_touched() -> Result<()> {
    let (mut server, visitor) = killed_after_a_talk().await?;
    let mut segment = Segment::newest(&server.installation.data())?;
    // Segments are made in full length: blocks that are gone may have held anything.
    let (full, short) = (segment.bytes.len(), segment.end() + 4096);
    segment.resize(short)?;
    let refusal = server.refuses_to_start().await?;
    let named = format!("is damaged at byte {short}");
    assert!(refusal.contains(&named), "{named:?} is not in {refusal:?}");
    assert!(segment.is_untouched()?);
    segment.resize(full)?;
    server.start_again().await?;
    check_kept(&visitor.messages, &told_again(&server, &visitor).await?.messages);
    Ok(())
}

#[tokio::test]
async fn a_flipped_bit_in_the_middle_is_refused_with_its_place_and_left_alone() -> Result<()> {
    let (mut server, visitor) = killed_after_a_talk().await?;
    let mut segment = Segment::newest(&server.installation.data())?;
    let frames = segment.frames();
    let frame = frames[frames.len() / 2];
    let at = frame + 50;
    let right = segment.bytes[at];
    segment.write_at(at, &[right ^ 1])?;
    let refusal = server.refuses_to_start().await?;
    let named = format!("is damaged at byte {frame}");
    assert!(refusal.contains(&named), "{named:?} is not in {refusal:?}");
    assert!(segment.is_untouched()?);
    // With the byte healed it is the same log as before.
    segment.write_at(at, &[right])?;
    server.start_again().await?;
    check_kept(&visitor.messages, &told_again(&server, &visitor).await?.messages);
    Ok(())
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let refusal = server.refuses_to_start().await?;
    assert!(refusal.contains("in use by another process"), "{refusal}");
    Visitor::connected(&server.origin).await?.say_accepted("the first one lives").await?;
    Ok(())
}

#[tokio::test]
async fn a_damaged_pack_file_is_noticed_and_made_again() -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let visitor = Visitor::arrive(&server.origin).await?;
    let pack = visitor.grant.pack.context("no pack")?;
    let before = tests::http::get(&server.origin, &pack.url, &[]).await?;
    server.kill9()?;
    let name = format!("{}.pack", pack.version);
    let file = server.installation.data().join("packs/demo").join(name);
    let mut bytes = std::fs::read(&file)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes)?;
    server.start_again().await?;
    let now = Visitor::arrive(&server.origin).await?.grant.pack.context("no pack")?;
    let after = tests::http::get(&server.origin, &now.url, &[]).await?;
    assert_eq!((now, after.body == before.body), (pack, true));
    Ok(())
}
