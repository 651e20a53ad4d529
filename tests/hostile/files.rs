//! Files that lie, explode, never end or belong to somebody else; forms full of scripts.

use anyhow::{Context, Result, ensure};
use protocol::file::{FILE_MESSAGE_HEADER, FILE_NAME_HEADER, FileKind};
use protocol::forms::{Contact, FilesSettings, FormPosted, FormsSettings};
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;
use tests::agent::Agent;
use tests::files::PIXEL;
use tests::http::{self, authority};
use tests::process::ServerProcess;
use tests::visitor::{Visitor, new_message_id};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A picture's header that promises more pixels than a browser should draw.
fn pixel_bomb() -> Vec<u8> {
    let mut bytes = PIXEL.to_vec();
    bytes[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    bytes[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    bytes
}

#[tokio::test]
async fn a_file_that_is_not_what_it_says_is_refused_by_name() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    let script = b"<html><script>alert(1)</script></html>";
    for (name, bytes, expected) in [
        ("photo.png", &script[..], RefusalCode::FileKind),
        ("page.html", script, RefusalCode::FileKind),
        ("drawing.svg", b"<svg onload=alert(1)/>", RefusalCode::FileKind),
        ("drawing.svg.txt", b"<svg onload=alert(1)/>", RefusalCode::FileKind),
        ("tool.exe", b"MZ\x90\x00", RefusalCode::FileKind),
        ("tool.exe\0.png", b"MZ\x90\x00", RefusalCode::FileKind),
        // Never unpacked, and not a kind that is allowed here.
        ("bomb.zip", b"PK\x03\x04\x14\0\0\0\x08\0", RefusalCode::FileKind),
        ("huge.png", &pixel_bomb(), RefusalCode::ImageTooLarge),
        ("empty.png", b"", RefusalCode::FileKind),
    ] {
        let (status, code) = visitor.upload(name, bytes).await?.refusal()?;
        assert_eq!((status, code), (415, expected), "{name}");
    }
    // The same way is open to what is honest.
    visitor.send_file("photo.png", PIXEL).await?;
    visitor.until("the picture", |visitor| visitor.files().len() == 1).await?;
    Ok(())
}

#[tokio::test]
async fn a_name_is_only_a_name() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    let names = [
        ("../../../etc/passwd.png", "passwd.png"),
        ("C:\\windows\\evil.png", "evil.png"),
        ("a\u{202e}gnp.exe.png", "agnp.exe.png"),
        ("a\r\nSet-Cookie: x=y.png", "aSet-Cookie: x=y.png"),
        ("<img src=x onerror=alert(1)>.png", "<img src=x onerror=alert(1)>.png"),
    ];
    for (name, expected) in names {
        visitor.send_file(name, PIXEL).await?;
        let shown = |visitor: &Visitor| visitor.files().iter().any(|file| file.name == expected);
        visitor.until(expected, shown).await?;
    }
    let conversation = visitor.conversation.context("no conversation")?;
    for file in visitor.files() {
        let answer =
            http::get(&server.origin, &visitor.file_path(conversation, &file)?, &[]).await?;
        assert_eq!(answer.status, 200);
        let disposition = answer.header("content-disposition");
        assert!(disposition.starts_with("inline; filename*=UTF-8''"), "{disposition}");
        assert!(disposition.bytes().all(|b| b.is_ascii_graphic() || b == b' '), "{disposition}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("sandbox") && policy.contains("default-src 'none'"), "{policy}");
        assert_eq!(answer.body, PIXEL);
    }
    Ok(())
}

#[tokio::test]
async fn another_visitors_file_does_not_exist() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let agent = Agent::set_up(&server).await?;
    let mut victim = Visitor::connected(&server.origin).await?;
    victim.send_file("photo.png", PIXEL).await?;
    victim.until("the picture", |visitor| !visitor.files().is_empty()).await?;
    let file = victim.files().remove(0);
    let mut thief = Visitor::connected(&server.origin).await?;
    thief.say_accepted("hello").await?;
    let (own, theirs) = (thief.conversation, victim.conversation);
    let (own, theirs) = (own.context("none")?, theirs.context("none")?);
    let stolen = [
        thief.file_path(theirs, &file)?,
        thief.file_path(own, &file)?,
        victim.file_path(theirs, &file)?.replace(".png/", ".pdf/"),
        victim.file_path(theirs, &file)?.replace("/v1/passes/", "/v1/passes/x"),
        format!("/v1/passes/{}/files/{theirs}/{}/a", victim.grant.visitor_token, file.id.as_str()),
        format!("/v1/conversations/{theirs}/files/{}/a.png", file.id.as_str()),
        victim.file_path(theirs, &file)?.replace(file.id.as_str(), "..%2f..%2fkey"),
    ];
    for path in stolen {
        let status = http::get(&server.origin, &path, &[]).await?.status;
        assert!((401..=404).contains(&status), "{status} {path}");
    }
    let mine = victim.file_path(theirs, &file)?;
    assert_eq!(http::get(&server.origin, &mine, &[]).await?.body, PIXEL);
    let path = format!("/v1/conversations/{theirs}/files/{}/a.png", file.id.as_str());
    let cookie = [("cookie", agent.cookie.as_str())];
    assert_eq!(http::get(&server.origin, &path, &cookie).await?.body, PIXEL);
    assert!(!server.installation.server_log().contains(&mine), "a pass is a secret");
    Ok(())
}

#[tokio::test]
async fn an_upload_needs_a_visitors_token_from_our_own_page() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let visitor = Visitor::arrive(&server.origin).await?;
    let id = new_message_id().to_string();
    let bearer = |token: &str| format!("Bearer {token}");
    let (good, socket) =
        (bearer(&visitor.grant.visitor_token), bearer(&visitor.grant.socket_token));
    for (authorization, origin, expected) in [
        (good.as_str(), "http://evil.example", 403),
        (socket.as_str(), server.origin.as_str(), 401),
        ("Bearer x.y", &server.origin, 401),
        ("", &server.origin, 401),
    ] {
        let headers = [
            ("authorization", authorization),
            ("origin", origin),
            (FILE_NAME_HEADER, "a.png"),
            (FILE_MESSAGE_HEADER, &id),
        ];
        let answer = http::post_bytes(&server.origin, "/v1/files", &headers, PIXEL.to_vec());
        assert_eq!(answer.await?.status, expected, "{authorization} {origin}");
    }
    Ok(())
}

/// The head of an upload that says `length`.
fn head(server: &ServerProcess, visitor: &Visitor, length: &str) -> Result<String> {
    let (host, token) = (authority(&server.origin)?, &visitor.grant.visitor_token);
    let id = new_message_id();
    Ok(format!(
        "POST /v1/files HTTP/1.1\r\nHost: {host}\r\nOrigin: {}\r\nAuthorization: Bearer {token}\r\n\
         {FILE_NAME_HEADER}: a.txt\r\n{FILE_MESSAGE_HEADER}: {id}\r\n{length}\r\n\r\n",
        server.origin
    ))
}

async fn first_line(stream: &mut TcpStream) -> Result<String> {
    let mut bytes = [0; 64];
    let count = stream.read(&mut bytes).await?;
    let text = String::from_utf8_lossy(&bytes[..count]).into_owned();
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn ten_gigabytes_end_at_the_bound() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut visitor = Visitor::arrive(&server.origin).await?;
    // Said beforehand: refused before a byte of it is read.
    let mut stream = TcpStream::connect(authority(&server.origin)?).await?;
    let declared = head(&server, &visitor, "Content-Length: 10737418240")?;
    stream.write_all(declared.as_bytes()).await?;
    assert!(first_line(&mut stream).await?.contains("413"));
    // Not said: the bytes come in chunks and end where the owner's bound is.
    let stream = TcpStream::connect(authority(&server.origin)?).await?;
    let (mut reading, mut writing) = stream.into_split();
    let chunked = head(&server, &visitor, "Transfer-Encoding: chunked")?;
    writing.write_all(chunked.as_bytes()).await?;
    let sending = tokio::spawn(async move {
        let mut chunk = b"10000\r\n".to_vec();
        chunk.extend([b'a'; 0x10000]);
        chunk.extend(b"\r\n");
        let mut sent: u64 = 0;
        while sent < 10 << 30 && writing.write_all(&chunk).await.is_ok() {
            sent += 0x10000;
        }
        sent
    });
    let mut answer = [0; 64];
    let count = reading.read(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer[..count]).into_owned();
    assert!(answer.contains("413"), "{answer}");
    drop(reading);
    let sent = sending.await?;
    assert!(sent < 100 << 20, "{sent} bytes were taken");
    // Nothing of it is left, and the next one is welcome.
    let arriving = server.installation.data().join("files/arriving.d");
    assert_eq!(std::fs::read_dir(arriving)?.count(), 0);
    visitor.send_file("a.txt", b"hello").await?;
    Ok(())
}

#[tokio::test]
async fn what_the_owner_forbids_is_forbidden_and_quotas_hold() -> Result<()> {
    let server = ServerProcess::demo_with_limits("files_per_site_bytes = 1000").await?;
    let agent = Agent::set_up(&server).await?;
    let mut visitor = Visitor::arrive(&server.origin).await?;
    let files = FilesSettings { kinds: vec![FileKind::Text], bytes_max: 800 };
    agent.set_forms(FormsSettings { files, ..FormsSettings::default() }).await?;
    for (name, bytes, expected) in [
        ("a.png", PIXEL, RefusalCode::FileKind),
        ("a.txt", &[b'a'; 801], RefusalCode::FileTooLarge),
    ] {
        assert_eq!(visitor.upload(name, bytes).await?.refusal()?.1, expected, "{name}");
    }
    visitor.send_file("a.txt", &[b'a'; 700]).await?;
    let full = visitor.upload("b.txt", &[b'b'; 700]).await?.refusal()?;
    assert_eq!(full, (507, RefusalCode::FileQuota));
    Ok(())
}

#[tokio::test]
async fn a_megabyte_of_text_and_forms_full_of_scripts_do_no_harm() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut agent = Agent::connected(&server).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    let script = "<script>alert(1)</script>";
    let introduce = |contact: Contact| {
        let message_id = new_message_id();
        FormPosted::Introduce { message_id, contact, locale: Locale::En }
    };
    visitor.say_accepted("hello").await?;
    let contact = Contact { name: Some(script.to_owned()), ..Contact::default() };
    assert_eq!(visitor.fill_in(&introduce(contact)).await?.status, 204);
    for (contact, expected) in [
        (
            Contact { email: Some(format!("{script}@x.example")), ..Contact::default() },
            RefusalCode::InvalidEmail,
        ),
        (
            Contact { email: Some("a@b.example\r\nBcc: c@d.example".into()), ..Contact::default() },
            RefusalCode::InvalidEmail,
        ),
        (
            Contact { answer: Some("x".repeat(10_000)), ..Contact::default() },
            RefusalCode::TextTooLong,
        ),
    ] {
        let refusal = visitor.fill_in(&introduce(contact)).await?.refusal()?;
        assert_eq!(refusal, (400, expected));
    }
    let large = Contact { answer: Some("x".repeat(1 << 20)), ..Contact::default() };
    assert_eq!(visitor.fill_in(&introduce(large)).await?.status, 400);
    let conversation = visitor.conversation.context("no conversation")?;
    agent
        .until("the name, as it was typed", |agent| {
            let contact = agent.inbox.get(&conversation).and_then(|row| row.contact.as_deref());
            contact.is_some_and(|contact| contact.name.as_deref() == Some(script))
        })
        .await?;
    // A frame that large is no frame: the socket ends, the server lives.
    let mut loud = Visitor::connected(&server.origin).await?;
    loud.say(&"a".repeat(1 << 20)).await.ok();
    ensure!(loud.until_closed().await? == Some(4201));
    visitor.say_accepted("still here").await?;
    Ok(())
}
