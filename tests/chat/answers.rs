//! What the bot says, on the server and for browsers that answered by themselves.

use anyhow::{Context, Result, ensure};
use protocol::conversation::{AnsweredIn, Author, Body, Message, Notice};
use protocol::faq::FaqEntry;
use protocol::http::FaqImported;
use protocol::ids::{EntryId, MessageId};
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;
use protocol::understanding::Confidence;
use protocol::visitor::{VisitorEvent, VisitorFrame};
use tests::agent::Agent;
use tests::demo;
use tests::http;
use tests::process::{Installation, LocalAnswers, ServerProcess};
use tests::visitor::{Visitor, new_message_id};

async fn reporting_server() -> Result<ServerProcess> {
    let installation = Installation::demo()?;
    installation.set_local_answers(LocalAnswers::Reported)?;
    ServerProcess::start(installation).await
}

fn answer_to(visitor: &Visitor, question: MessageId) -> Option<&Message> {
    visitor.messages.values().find(|message| {
        matches!(&message.body, Body::Answer { in_reply_to, .. } if *in_reply_to == question)
    })
}

fn locally_answered(entry: &FaqEntry, visitor: &Visitor) -> Result<VisitorFrame> {
    let pack = visitor.grant.pack.as_ref().context("no pack")?;
    Ok(VisitorFrame::Answered {
        question_id: new_message_id(),
        answer_id: new_message_id(),
        text: entry.question.clone(),
        locale: Locale::En,
        entry: entry.id.clone(),
        pack_version: pack.version.clone(),
        confidence: Confidence(0.9),
        understanding: None,
    })
}

#[tokio::test]
async fn the_server_answers_what_the_faq_answers_in_both_languages() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let entry = demo::first_entry()?;
    let zh = entry.translations.get(&Locale::Zh).context("no Chinese")?.question.clone();
    for (question, locale) in [(entry.question.clone(), Locale::En), (zh, Locale::Zh)] {
        let mut visitor = Visitor::connected(&server.origin).await?;
        let id = visitor.say_accepted(&question).await?;
        visitor.until("an answer", |visitor| answer_to(visitor, id).is_some()).await?;
        let answer = answer_to(&visitor, id).context("just seen")?;
        assert_eq!(answer.author, Author::Bot { answered_in: AnsweredIn::Server });
        assert_eq!(answer.id, MessageId::of_reply_to(id));
        let Body::Answer { entry: answered, html, confidence, .. } = &answer.body else {
            anyhow::bail!("not an answer")
        };
        assert_eq!(*answered, entry.id);
        assert!(confidence.0 > 0.5 && confidence.0 <= 1.0, "{confidence:?}");
        let chinese = html.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        assert_eq!(chinese, locale == Locale::Zh, "answered in the asker's language: {html}");
        let understood = |it: &Visitor| it.message(id).and_then(|at| at.understanding.clone());
        let locale_understood = understood(&visitor).map(|it| it.locale);
        ensure!(locale_understood.is_none_or(|understood| understood == locale));
    }
    Ok(())
}

#[tokio::test]
async fn a_browsers_answer_is_kept_with_the_servers_own_words() -> Result<()> {
    let server = reporting_server().await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    let entry = demo::first_entry()?;
    let frame = locally_answered(&entry, &visitor)?;
    let VisitorFrame::Answered { question_id, answer_id, .. } = frame.clone() else {
        anyhow::bail!("just made")
    };
    visitor.send(&frame).await?;
    visitor.until_accepted(question_id).await?;
    visitor.until_accepted(answer_id).await?;
    visitor.until("the answer is posted", |it| it.message(answer_id).is_some()).await?;
    let answer = visitor.message(answer_id).context("just seen")?;
    assert_eq!(answer.author, Author::Bot { answered_in: AnsweredIn::Browser });
    let Body::Answer { in_reply_to, html, .. } = &answer.body else { anyhow::bail!("no answer") };
    assert_eq!(*in_reply_to, question_id);
    let first_word = entry.answer.split_whitespace().next().context("an empty answer")?;
    assert!(html.contains(first_word), "{html}");
    let order: Vec<MessageId> = visitor.messages.values().map(|message| message.id).collect();
    assert_eq!(order, [question_id, answer_id]);
    // Once more, as after a lost acknowledgement.
    visitor.accepted.clear();
    visitor.send(&frame).await?;
    visitor.until_accepted(answer_id).await?;
    assert_eq!(visitor.messages.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_browser_cannot_put_words_into_the_bots_mouth() -> Result<()> {
    let server = reporting_server().await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    let entry = demo::first_entry()?;
    let mut claim = locally_answered(&entry, &visitor)?;
    let made_up = EntryId::parse("free-money").context("a valid id")?;
    let VisitorFrame::Answered { question_id, answer_id, entry: claimed, .. } = &mut claim else {
        anyhow::bail!("just made")
    };
    let (question_id, answer_id) = (*question_id, *answer_id);
    *claimed = made_up;
    visitor.send(&claim).await?;
    // The question counts like any other; the claimed answer does not.
    visitor.until_accepted(question_id).await?;
    let reply = MessageId::of_reply_to(question_id);
    visitor.until("the server's own answer", |visitor| visitor.message(reply).is_some()).await?;
    assert!(visitor.message(answer_id).is_none());
    let body = &visitor.message(reply).context("just seen")?.body;
    assert!(matches!(body, Body::Answer { entry: own, .. } if *own == entry.id), "{body:?}");
    Ok(())
}

#[tokio::test]
async fn a_tally_is_counted_and_leaves_no_words() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    let pack_version = visitor.grant.pack.as_ref().context("no pack")?.version.clone();
    let (tally_id, entry) = (new_message_id(), demo::first_entry()?.id);
    visitor.send(&VisitorFrame::Tally { tally_id, entry, pack_version }).await?;
    visitor.until_accepted(tally_id).await?;
    assert_eq!(visitor.accepted[&tally_id], None);
    assert!(visitor.messages.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_wrong_answer_is_flagged_in_the_transcript() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    let id = visitor.say_accepted(&demo::first_entry()?.question).await?;
    visitor.until("an answer", |visitor| answer_to(visitor, id).is_some()).await?;
    let answer_id = MessageId::of_reply_to(id);
    let flag_id = new_message_id();
    visitor.send(&VisitorFrame::Flag { flag_id, answer_id }).await?;
    visitor.until_accepted(flag_id).await?;
    visitor.until("the flag is posted", |visitor| visitor.message(flag_id).is_some()).await?;
    let flag = visitor.message(flag_id).context("just seen")?;
    assert_eq!(flag.body, Body::Notice { notice: Notice::AnswerFlagged { answer: answer_id } });
    // What is not an answer cannot be flagged.
    let wrong = new_message_id();
    visitor.send(&VisitorFrame::Flag { flag_id: wrong, answer_id: id }).await?;
    assert_eq!(visitor.until_refused(Some(wrong)).await?, RefusalCode::UnknownMessage);
    Ok(())
}

#[tokio::test]
async fn a_new_faq_reaches_connected_visitors_and_answers() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut visitor = Visitor::connected(&server.origin).await?;
    let agent = Agent::set_up(&server).await?;
    let mut faq = demo::faq()?;
    faq.entries[0].answer = "We changed our **minds**.".to_owned();
    let cookie = [("cookie", agent.cookie.as_str())];
    let answer = http::post(&server.origin, "/v1/sites/demo/faq", &cookie, &faq).await?;
    let imported: FaqImported = answer.json()?;
    assert_eq!(imported.entries as usize, faq.entries.len());
    assert_ne!(Some(&imported.pack), visitor.grant.pack.as_ref());
    let told = VisitorEvent::PackChanged { pack: imported.pack.clone() };
    visitor.until("the new pack", |visitor| visitor.others.contains(&told)).await?;
    let pack = http::get(&server.origin, &imported.pack.url, &[]).await?;
    assert_eq!(pack.status, 200);
    assert!(pack.header("cache-control").contains("immutable"));
    let id = visitor.say_accepted(&faq.entries[0].question).await?;
    visitor.until("an answer", |visitor| answer_to(visitor, id).is_some()).await?;
    let answers = visitor.texts();
    assert!(answers.iter().any(|text| text.contains("<strong>minds</strong>")), "{answers:?}");
    Ok(())
}
