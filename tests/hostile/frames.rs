//! What is not a frame, or too much of one.

use anyhow::Result;
use protocol::close::CloseCode;
use protocol::ids::MessageId;
use protocol::refusal::RefusalCode;
use protocol::{FRAME_BYTES_MAX, TEXT_BYTES_MAX};
use tests::process::ServerProcess;
use tests::visitor::{Visitor, new_message_id};

/// The same question before and after, by somebody else: nobody else notices anything.
async fn goes_on(server: &mut ServerProcess, bystander: &mut Visitor) -> Result<()> {
    bystander.say_accepted("I only want to chat").await?;
    server.assert_alive()
}

async fn server_and_two() -> Result<(ServerProcess, Visitor, Visitor)> {
    let server = ServerProcess::demo().await?;
    let mut bystander = Visitor::connected(&server.origin).await?;
    bystander.say_accepted("I was here before").await?;
    let visitor = Visitor::connected(&server.origin).await?;
    Ok((server, visitor, bystander))
}

#[tokio::test]
async fn a_malformed_frame_is_refused_by_name_and_the_connection_goes_on() -> Result<()> {
    let (mut server, mut visitor, mut bystander) = server_and_two().await?;
    for text in ["", "hello", "{}", "{\"say\":{}}", "{\"shout\":{\"text\":\"x\"}}", "[[[[[[[["] {
        visitor.refused.clear();
        visitor.socket()?.send_text(text.to_owned()).await?;
        let code = visitor.until_refused(None).await?;
        assert_eq!(code, RefusalCode::MalformedFrame, "{text}");
    }
    visitor.say_accepted("sorry").await?;
    goes_on(&mut server, &mut bystander).await
}

#[tokio::test]
async fn a_frame_of_the_other_side_is_malformed_here() -> Result<()> {
    let (mut server, mut visitor, mut bystander) = server_and_two().await?;
    let conversation = bystander.conversation;
    let reply = serde_json::json!({ "reply": {
        "message_id": new_message_id(), "conversation": conversation, "text": "I am the agent",
    } });
    visitor.socket()?.send_text(reply.to_string()).await?;
    assert_eq!(visitor.until_refused(None).await?, RefusalCode::MalformedFrame);
    goes_on(&mut server, &mut bystander).await?;
    assert!(!bystander.texts().contains(&"I am the agent".to_owned()));
    Ok(())
}

#[tokio::test]
async fn nothing_but_malformed_frames_ends_the_connection_for_good() -> Result<()> {
    let (mut server, mut visitor, mut bystander) = server_and_two().await?;
    for _ in 0..200 {
        // The server may hang up in the middle of it.
        if visitor.socket()?.send_text("nonsense".to_owned()).await.is_err() {
            break;
        }
    }
    let code = visitor.until_closed().await?;
    assert_eq!(code, Some(CloseCode::MalformedFrames.code()));
    goes_on(&mut server, &mut bystander).await
}

#[tokio::test]
async fn a_frame_of_a_mebibyte_closes_with_its_own_code() -> Result<()> {
    let (mut server, mut visitor, mut bystander) = server_and_two().await?;
    // The server may hang up before it has read everything.
    drop(visitor.socket()?.send_text("x".repeat(1 << 20)).await);
    assert_eq!(visitor.until_closed().await?, Some(CloseCode::FrameTooLarge.code()));
    goes_on(&mut server, &mut bystander).await
}

#[tokio::test]
async fn a_frame_just_within_the_limit_is_read() -> Result<()> {
    let (mut server, mut visitor, mut bystander) = server_and_two().await?;
    visitor.socket()?.send_text(" ".repeat(FRAME_BYTES_MAX)).await?;
    assert_eq!(visitor.until_refused(None).await?, RefusalCode::MalformedFrame);
    visitor.say_accepted("still here").await?;
    goes_on(&mut server, &mut bystander).await
}

#[tokio::test]
async fn texts_are_neither_empty_nor_endless() -> Result<()> {
    let (mut server, mut visitor, mut bystander) = server_and_two().await?;
    visitor.say_accepted(&"x".repeat(TEXT_BYTES_MAX)).await?;
    let bad = [
        ("x".repeat(TEXT_BYTES_MAX + 1), RefusalCode::TextTooLong),
        (String::new(), RefusalCode::EmptyText),
        (" \n\t ".to_owned(), RefusalCode::EmptyText),
    ];
    for (text, expected) in bad {
        let id: MessageId = visitor.say(&text).await?;
        assert_eq!(visitor.until_refused(Some(id)).await?, expected);
        assert!(visitor.message(id).is_none());
    }
    goes_on(&mut server, &mut bystander).await
}

#[tokio::test]
async fn a_flood_is_answered_with_too_fast_and_ends() -> Result<()> {
    let (mut server, mut visitor, mut bystander) = server_and_two().await?;
    let flood = serde_json::to_string(&protocol::visitor::VisitorFrame::Typing)?;
    for _ in 0..2_000 {
        if visitor.socket()?.send_text(flood.clone()).await.is_err() {
            break;
        }
    }
    assert_eq!(visitor.until_refused(None).await?, RefusalCode::TooFast);
    goes_on(&mut server, &mut bystander).await
}
