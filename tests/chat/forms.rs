//! Files, details, ratings, hours, the line of those who wait and mailed transcripts, at the wire.

use anyhow::{Context, Result};
use protocol::agent::AgentFrame;
use protocol::conversation::{Body, Notice};
use protocol::file::FileSent;
use protocol::forms::{Contact, FormPosted, FormsSettings, Hours, Score, VisitorForms};
use protocol::ids::MessageId;
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;
use protocol::visitor::{VisitorEvent, VisitorFrame};
use tests::agent::Agent;
use tests::eventually::{DEADLINE, eventually};
use tests::files::{PIXEL, file_of};
use tests::http;
use tests::process::{Installation, ServerProcess};
use tests::smtp::MailServer;
use tests::visitor::{Visitor, new_message_id};

#[tokio::test]
async fn a_file_survives_a_crash_and_is_posted_once() -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let mut agent = Agent::connected(&server).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    let id = new_message_id();
    for _ in 0..2 {
        let sent: FileSent = visitor.upload_as(id, "teapot.png", PIXEL).await?.json()?;
        assert_eq!(sent.message_id, id);
        visitor.conversation = Some(sent.conversation);
    }
    visitor.until("the file", |visitor| visitor.message(id).is_some()).await?;
    let conversation = visitor.conversation.context("no conversation")?;
    agent.watch(conversation).await?;
    agent.upload(conversation, "label.pdf", b"%PDF-1.7 label").await?.json::<FileSent>()?;
    visitor.until("the agent's file", |visitor| visitor.files().len() == 2).await?;
    server.kill9()?;
    server.start_again().await?;
    let token = Some(visitor.grant.visitor_token.clone());
    let mut again = Visitor::arrive_with(&server.origin, token).await?;
    again.connect().await?;
    let names: Vec<_> = again.files().into_iter().map(|file| file.name).collect();
    assert_eq!(names, ["teapot.png", "label.pdf"]);
    for (file, expected) in again.files().iter().zip([PIXEL, b"%PDF-1.7 label"]) {
        let path = again.file_path(conversation, file)?;
        let answer = http::get(&server.origin, &path, &[]).await?;
        assert_eq!(answer.body, expected);
        let saved = answer.header("content-disposition").starts_with("attachment");
        assert_eq!(saved, file.size.is_none(), "only images are shown in place");
    }
    let posted = again.messages.values().filter(|message| file_of(message).is_some()).count();
    assert_eq!(posted, 2);
    Ok(())
}

#[tokio::test]
async fn details_reach_the_agent_and_later_ones_add_to_them() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut agent = Agent::connected(&server).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted("hello").await?;
    let some = |text: &str| Some(text.to_owned());
    for contact in [
        Contact { name: some("Ada"), email: some("ada@shop.example"), ..Contact::default() },
        Contact { phone: some("+49 30 1234"), ..Contact::default() },
    ] {
        let message_id = new_message_id();
        let form = FormPosted::Introduce { message_id, contact, locale: Locale::En };
        assert_eq!(visitor.fill_in(&form).await?.status, 204);
    }
    let conversation = visitor.conversation.context("no conversation")?;
    let expected = Contact {
        name: some("Ada"),
        email: some("ada@shop.example"),
        phone: some("+49 30 1234"),
        answer: None,
    };
    agent
        .until("all that was given", |agent| {
            let row = agent.inbox.get(&conversation);
            row.and_then(|row| row.contact.as_deref()) == Some(&expected)
        })
        .await
}

async fn resolved(agent: &mut Agent, visitor: &mut Visitor) -> Result<MessageId> {
    let conversation = visitor.conversation.context("no conversation")?;
    let id = agent.act(|message_id| AgentFrame::Resolve { message_id, conversation }).await?;
    visitor.until("the end", |visitor| visitor.message(id).is_some()).await?;
    Ok(id)
}

#[tokio::test]
async fn a_resolved_conversation_is_rated_once() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut agent = Agent::connected(&server).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted("hello").await?;
    let score = Score::try_from(4)?;
    let rate = |resolved: MessageId| {
        let (message_id, comment) = (new_message_id(), "<b>quick</b>".to_owned());
        (message_id, FormPosted::Rate { message_id, resolved, score, comment })
    };
    let (_, early) = rate(new_message_id());
    let refused = (409, RefusalCode::NotRatable);
    assert_eq!(visitor.fill_in(&early).await?.refusal()?, refused);
    let end = resolved(&mut agent, &mut visitor).await?;
    let (id, form) = rate(end);
    // Sent twice, it is one rating.
    for _ in 0..2 {
        assert_eq!(visitor.fill_in(&form).await?.status, 204);
    }
    visitor.until("the rating", |visitor| visitor.message(id).is_some()).await?;
    let notice = Notice::Rated { score, comment: "<b>quick</b>".to_owned() };
    assert_eq!(visitor.message(id).map(|at| &at.body), Some(&Body::Notice { notice }));
    let (_, again) = rate(end);
    assert_eq!(visitor.fill_in(&again).await?.refusal()?, refused);
    let conversation = visitor.conversation.context("no conversation")?;
    let rated = |agent: &Agent| agent.inbox[&conversation].score == Some(score);
    agent.until("the score", rated).await
}

fn position(visitor: &Visitor) -> Option<u32> {
    visitor.others.iter().rev().find_map(|event| match event {
        VisitorEvent::QueuePosition { position } => Some(*position),
        VisitorEvent::Resumed { .. }
        | VisitorEvent::Accepted { .. }
        | VisitorEvent::Posted { .. }
        | VisitorEvent::StatusChanged { .. }
        | VisitorEvent::AgentTyping
        | VisitorEvent::Synced { .. }
        | VisitorEvent::PackChanged { .. }
        | VisitorEvent::Seen { .. }
        | VisitorEvent::Refused { .. } => None,
    })
}

#[tokio::test]
async fn those_who_wait_know_their_place_in_line() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut agent = Agent::connected(&server).await?;
    let mut line = Vec::new();
    for place in 1..=3 {
        let mut visitor = Visitor::connected(&server.origin).await?;
        let message_id = new_message_id();
        visitor.send(&VisitorFrame::RequestHuman { message_id, locale: Locale::En }).await?;
        visitor.until("a place", |visitor| position(visitor) == Some(place)).await?;
        line.push(visitor);
    }
    let first = line[0].conversation.context("no conversation")?;
    agent.reply_accepted(first, "I am here").await?;
    line[0].until("the wait is over", |visitor| position(visitor) == Some(0)).await?;
    line[1].until("one further", |visitor| position(visitor) == Some(1)).await?;
    line[2].until("one further", |visitor| position(visitor) == Some(2)).await?;
    // Whoever comes back is told at once.
    let token = Some(line[2].grant.visitor_token.clone());
    let mut back = Visitor::arrive_with(&server.origin, token).await?;
    back.connect().await?;
    back.until("the same place", |visitor| position(visitor) == Some(2)).await
}

fn closed() -> Hours {
    Hours { zone: "UTC".to_owned(), week: Default::default(), closed: Vec::new() }
}

#[tokio::test]
async fn outside_the_hours_the_site_is_told_by_mail_and_transcripts_are_sent() -> Result<()> {
    // The first mail is turned away once: it is offered again.
    let mail = MailServer::start(1).await?;
    let installation = Installation::demo()?;
    installation.configure(&mail.settings())?;
    let mut server = ServerProcess::start(installation).await?;
    let agent = Agent::set_up(&server).await?;
    let notify_email = Some("owner@shop.example".to_owned());
    let hours = Some(closed());
    agent.set_forms(FormsSettings { hours, notify_email, ..FormsSettings::default() }).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    let bearer = format!("Bearer {}", visitor.grant.visitor_token);
    let headers = [("authorization", bearer.as_str()), ("origin", server.origin.as_str())];
    let forms: VisitorForms = http::get(&server.origin, "/v1/forms", &headers).await?.json()?;
    assert!(!forms.availability.open && !forms.mail, "nothing to mail yet");

    visitor.say_accepted("<b>Is anybody</b> there?").await?;
    let forms: VisitorForms = http::get(&server.origin, "/v1/forms", &headers).await?.json()?;
    assert!(forms.mail);
    let message_id = new_message_id();
    let contact = Contact { email: Some("ada@home.example".to_owned()), ..Contact::default() };
    let note = FormPosted::Introduce { message_id, contact, locale: Locale::En };
    assert_eq!(visitor.fill_in(&note).await?.status, 204);
    let (message_id, email) = (new_message_id(), "ada@home.example".to_owned());
    let wanted = FormPosted::MailTranscript { message_id, email, locale: Locale::En };
    assert_eq!(visitor.fill_in(&wanted).await?.status, 204);
    // Acknowledged is on disk: neither a crash nor a repetition changes what is sent.
    server.kill9()?;
    server.start_again().await?;
    assert_eq!(visitor.fill_in(&wanted).await?.status, 204);
    let mails = eventually("both mails", DEADLINE, async || {
        let mails = mail.received();
        (mails.len() >= 2).then_some(mails)
    })
    .await?;
    let to = |address: &str| {
        let mails = mails.iter().filter(|mail| mail.to.iter().any(|to| to.contains(address)));
        mails.cloned().collect::<Vec<_>>()
    };
    let (noted, transcript) = (to("owner@shop.example"), to("ada@home.example"));
    assert_eq!((noted.len(), transcript.len()), (1, 1), "{mails:?}");
    assert!(noted[0].text.contains("Reply-To: ada@home.example"), "{}", noted[0].text);
    assert!(transcript[0].text.contains("Is anybody"), "{}", transcript[0].text);
    assert!(transcript[0].text.contains("Message-ID:"), "{}", transcript[0].text);
    let log = server.installation.server_log();
    assert!(!log.contains("ada@home") && !log.contains("Is anybody"), "words stay out of logs");
    Ok(())
}

#[tokio::test]
async fn nobody_is_made_a_spammer_and_without_mail_none_is_offered() -> Result<()> {
    let mail = MailServer::start(0).await?;
    let installation = Installation::demo()?;
    installation.configure(&mail.settings())?;
    let server = ServerProcess::start(installation).await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    visitor.say_accepted("hello").await?;
    let wish = async |email: &str| -> Result<Option<RefusalCode>> {
        let (message_id, email, locale) = (new_message_id(), email.to_owned(), Locale::Zh);
        let form = FormPosted::MailTranscript { message_id, email, locale };
        let answer = visitor.fill_in(&form).await?;
        if answer.status == 204 { Ok(None) } else { Ok(Some(answer.refusal()?.1)) }
    };
    assert_eq!(wish("a@b.example\nBcc: c@d.example").await?, Some(RefusalCode::InvalidEmail));
    for _ in 0..3 {
        assert_eq!(wish("ada@home.example").await?, None);
    }
    assert_eq!(wish("ada@home.example").await?, Some(RefusalCode::TooFast));

    let plain = ServerProcess::demo().await?;
    let mut other = Visitor::connected(&plain.origin).await?;
    let bearer = format!("Bearer {}", other.grant.visitor_token);
    let headers = [("authorization", bearer.as_str()), ("origin", plain.origin.as_str())];
    let forms: VisitorForms = http::get(&plain.origin, "/v1/forms", &headers).await?.json()?;
    assert!(!forms.mail, "no way to mail is offered");
    other.say_accepted("hello").await?;
    let (message_id, email) = (new_message_id(), "ada@home.example".to_owned());
    let form = FormPosted::MailTranscript { message_id, email, locale: Locale::En };
    assert_eq!(other.fill_in(&form).await?.refusal()?, (403, RefusalCode::MailOff));
    Ok(())
}
