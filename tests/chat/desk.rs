//! What agents do among themselves: of two who claim it one wins, nobody gets more than there is
//! room for, and the visitor never learns of it.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use protocol::agent::{AgentEvent, AgentFrame};
use protocol::conversation::Status;
use protocol::http::Role;
use protocol::ids::{ConversationId, LabelName, MessageId};
use protocol::inbox::{InboxQuery, Priority, View};
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;
use protocol::settings::{Assignment, SiteSettings};
use protocol::team::AsideKind;
use protocol::visitor::VisitorFrame;
use tests::agent::Agent;
use tests::eventually::{DEADLINE, eventually};
use tests::http::{self, Method};
use tests::process::ServerProcess;
use tests::visitor::{Visitor, new_message_id};

const SETTINGS: &str = "/v1/sites/demo/settings";
const SECRET: &str = "this one smells of fraud";

/// A visitor who waits for a person.
async fn waiting(server: &ServerProcess) -> Result<(Visitor, ConversationId)> {
    let mut visitor = Visitor::connected(&server.origin).await?;
    let message_id = new_message_id();
    visitor.send(&VisitorFrame::RequestHuman { message_id, locale: Locale::En }).await?;
    visitor.until_accepted(message_id).await?;
    let conversation = visitor.conversation.context("no conversation")?;
    Ok((visitor, conversation))
}

/// An owner and a colleague, both connected.
async fn two(server: &ServerProcess) -> Result<(Agent, Agent)> {
    let ada = Agent::connected(server).await?;
    let mut mei = ada.invite("Mei", Role::Agent).await?;
    mei.connect().await?;
    Ok((ada, mei))
}

fn claim(message_id: MessageId, conversation: ConversationId, by: &Agent) -> AgentFrame {
    let to = Some(by.profile.id);
    AgentFrame::Assign { message_id, conversation, from: None, to, note: None }
}

#[tokio::test]
async fn of_two_agents_who_claim_at_once_one_wins() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let (mut ada, mut mei) = two(&server).await?;
    for _ in 0..8 {
        let (_visitor, conversation) = waiting(&server).await?;
        let (hers, his) = (new_message_id(), new_message_id());
        let (first, second) = (claim(hers, conversation, &ada), claim(his, conversation, &mei));
        let (one, other) = tokio::join!(ada.send(&first), mei.send(&second));
        one.and(other)?;
        let decided = |agent: &Agent, id| {
            let refused = agent.refused.iter().any(|(of, _)| *of == Some(id));
            (agent.accepted.contains_key(&id), refused)
        };
        let done = |(won, lost): (bool, bool)| won || lost;
        ada.until("decided", |agent| done(decided(agent, hers))).await?;
        mei.until("decided", |agent| done(decided(agent, his))).await?;
        let (ada_won, mei_won) = (decided(&ada, hers).0, decided(&mei, his).0);
        assert!(ada_won != mei_won, "{ada_won} {mei_won}");
        let (winner, loser) = if ada_won { (&mut ada, &mut mei) } else { (&mut mei, &mut ada) };
        let refusal = loser.refused.last().context("just counted")?;
        assert_eq!(refusal.1.code, RefusalCode::AssignedMeanwhile);
        let expected = winner.profile.id;
        let row = loser.until_row(conversation, |row| row.assignee.is_some()).await?;
        assert_eq!(row.assignee.map(|assignee| assignee.id), Some(expected));
    }
    Ok(())
}

#[tokio::test]
async fn a_hundred_conversations_are_given_out_within_everybodys_capacity() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let (ada, _mei) = two(&server).await?;
    let mut li = ada.invite("Li", Role::Agent).await?;
    li.connect().await?;
    let mut watcher = ada.invite("Zoe", Role::Viewer).await?;
    watcher.connect().await?;
    let headers = ada.headers();
    let mut settings: SiteSettings = http::get(&server.origin, SETTINGS, &headers).await?.json()?;
    settings.assignment = Assignment { automatic: true, open_max: 30 };
    http::send(Method::PUT, &server.origin, SETTINGS, &headers, &settings).await?;
    let mut visitors = Vec::new();
    for _ in 0..100 {
        visitors.push(waiting(&server).await?);
    }
    // Three agents of thirty each, and ten are left to wait.
    let counted = |rows: &[protocol::conversation::ConversationSummary]| {
        let mut open: BTreeMap<_, u32> = BTreeMap::new();
        for row in rows {
            *open.entry(row.assignee.as_ref().map(|assignee| assignee.id)).or_default() += 1;
        }
        open
    };
    let mut rows = Vec::new();
    let given = eventually("ninety are given", DEADLINE, async || {
        rows = listed(&mut li, &InboxQuery::default()).await.ok()?;
        (counted(&rows).get(&None) == Some(&10)).then_some(())
    })
    .await;
    given.with_context(|| format!("{:?}", counted(&rows)))?;
    let open = counted(&rows);
    assert_eq!(rows.len(), 100);
    assert_eq!(open.len(), 4, "{open:?}");
    assert!(open.iter().all(|(agent, count)| agent.is_none() || *count == 30), "{open:?}");
    assert!(!open.contains_key(&Some(watcher.profile.id)), "viewers only look");
    let mine = InboxQuery { view: View::Mine, ..InboxQuery::default() };
    assert_eq!(listed(&mut li, &mine).await?.len(), 30);
    // A place that becomes free is taken.
    let done = listed(&mut li, &mine).await?[0].id;
    li.act(|message_id| AgentFrame::Resolve { message_id, conversation: done }).await?;
    eventually("one more is given", DEADLINE, async || {
        let rows = listed(&mut li, &InboxQuery::default()).await.ok()?;
        (counted(&rows).get(&None) == Some(&9)).then_some(())
    })
    .await?;
    Ok(())
}

/// All rows of a query, page by page.
async fn listed(
    agent: &mut Agent,
    query: &InboxQuery,
) -> Result<Vec<protocol::conversation::ConversationSummary>> {
    let (mut all, mut after, mut asked) = (Vec::new(), None, 0);
    loop {
        asked += 1;
        let (query, round) = (query.clone(), 1_000_000 + asked);
        agent.others.clear();
        agent.send(&AgentFrame::Inbox { query, after, round }).await?;
        let page = |agent: &Agent| {
            agent.others.iter().find_map(|event| {
                if let AgentEvent::InboxPage { round: of, rows, next, .. } = event {
                    (*of == round).then(|| (rows.clone(), *next))
                } else {
                    None
                }
            })
        };
        agent.until("a page", |agent| page(agent).is_some()).await?;
        let (rows, next) = page(agent).context("just seen")?;
        all.extend(rows);
        match next {
            Some(next) => after = Some(next),
            None => return Ok(all),
        }
    }
}

#[tokio::test]
async fn no_note_label_or_assignment_reaches_the_visitor() -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let (mut ada, mut mei) = two(&server).await?;
    let (mut visitor, conversation) = waiting(&server).await?;
    ada.watch(conversation).await?;
    visitor.until("told that a person comes", |visitor| visitor.last_seq().0 == 1).await?;
    let before = visitor.last_seq();
    let text = SECRET.to_owned();
    ada.act(|message_id| AgentFrame::Note { message_id, conversation, text: text.clone() }).await?;
    let label = LabelName::parse("fraud").ok().context("a label")?;
    let add = vec![label.clone()];
    ada.act(|message_id| {
        let (add, remove) = (add.clone(), Vec::new());
        AgentFrame::Label { message_id, conversation, add, remove }
    })
    .await?;
    let (to, note) = (Some(mei.profile.id), Some(SECRET.to_owned()));
    ada.act(|message_id| {
        let note = note.clone();
        AgentFrame::Assign { message_id, conversation, from: None, to, note }
    })
    .await?;
    let priority = Priority::Urgent;
    ada.act(|message_id| AgentFrame::Prioritize { message_id, conversation, priority }).await?;
    ada.act(|message_id| AgentFrame::Snooze { message_id, conversation, until_ms: None }).await?;
    // A word to the visitor comes after all that: nothing of it was on its way before.
    ada.reply_accepted(conversation, "One moment, please.").await?;
    visitor.until("the reply", |visitor| !visitor.texts().is_empty()).await?;
    assert_eq!(visitor.last_seq().0, before.0 + 1, "{:?}", visitor.messages);
    let told = |visitor: &Visitor| format!("{:?} {:?}", visitor.messages, visitor.status);
    assert!(!told(&visitor).contains(SECRET) && !told(&visitor).contains("fraud"));
    assert_ne!(visitor.status, Some(Status::Snoozed));
    server.kill9()?;
    server.start_again().await?;
    let token = Some(visitor.grant.visitor_token.clone());
    let mut again = Visitor::arrive_with(&server.origin, token).await?;
    again.connect().await?;
    again.until("the reply", |visitor| !visitor.texts().is_empty()).await?;
    assert!(!told(&again).contains(SECRET) && !told(&again).contains("fraud"));
    // The colleague has all of it, after a restart as well.
    mei.connect().await?;
    mei.watch(conversation).await?;
    let notes = mei.others.iter().filter_map(|event| {
        if let AgentEvent::Asides { asides, .. } = event { Some(asides) } else { None }
    });
    let kinds: Vec<_> = notes.flatten().map(|aside| aside.what.clone()).collect();
    assert!(kinds.contains(&AsideKind::Note { text: SECRET.to_owned() }), "{kinds:?}");
    assert!(kinds.iter().any(|kind| matches!(kind, AsideKind::Assigned { note: Some(_), .. })));
    let row = mei.until_row(conversation, |row| !row.marks.labels.is_empty()).await?;
    assert_eq!((row.marks.labels, row.marks.priority), (vec![label], Priority::Urgent));
    Ok(())
}

#[tokio::test]
async fn a_snoozed_conversation_comes_back_by_itself_also_after_a_crash() -> Result<()> {
    let mut server = ServerProcess::demo().await?;
    let mut ada = Agent::connected(&server).await?;
    let (_visitor, conversation) = waiting(&server).await?;
    let now_ms = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_millis();
    let until_ms = Some(u64::try_from(now_ms)? + 3_000);
    ada.act(|message_id| AgentFrame::Snooze { message_id, conversation, until_ms }).await?;
    ada.until_row(conversation, |row| row.status == Status::Snoozed).await?;
    server.kill9()?;
    server.start_again().await?;
    ada.connect().await?;
    let row = ada.until_row(conversation, |row| row.status == Status::Open).await?;
    ensure!(row.waiting_since_ms.is_some() && row.snoozed_until_ms.is_none(), "{row:?}");
    Ok(())
}

#[tokio::test]
async fn a_blocked_visitor_cannot_write_and_a_colleagues_reply_is_noticed() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let (mut ada, mut mei) = two(&server).await?;
    let (mut visitor, conversation) = waiting(&server).await?;
    ada.watch(conversation).await?;
    mei.watch(conversation).await?;
    let viewed = |agent: &Agent| {
        agent
            .others
            .iter()
            .any(|event| matches!(event, AgentEvent::Viewers { viewers, .. } if viewers.len() == 2))
    };
    ada.until("both look", viewed).await?;
    ada.send(&AgentFrame::Typing { conversation }).await?;
    mei.until("a colleague types", |agent| {
        agent.others.iter().any(|event| matches!(event, AgentEvent::AgentTyping { .. }))
    })
    .await?;
    let seen = Some(visitor.last_seq());
    ada.reply_accepted(conversation, "I am on it.").await?;
    let (message_id, text) = (new_message_id(), "So am I.".to_owned());
    mei.send(&AgentFrame::Reply { message_id, conversation, text, seen }).await?;
    assert_eq!(mei.until_refused().await?, RefusalCode::AnsweredMeanwhile);

    ada.act(|message_id| AgentFrame::Block { message_id, conversation }).await?;
    let refused = visitor.say("let me in").await?;
    assert_eq!(visitor.until_refused(Some(refused)).await?, RefusalCode::Blocked);
    ada.act(|message_id| AgentFrame::Unblock { message_id, conversation }).await?;
    visitor.say_accepted("thanks").await?;
    Ok(())
}

#[tokio::test]
async fn what_a_visitor_writes_is_seen_before_it_is_sent_unless_the_owner_hides_it() -> Result<()> {
    let server = ServerProcess::demo().await?;
    let mut ada = Agent::connected(&server).await?;
    let (mut visitor, conversation) = waiting(&server).await?;
    ada.watch(conversation).await?;
    let drafts = |agent: &Agent| -> Vec<Option<String>> {
        let events = agent.others.iter();
        let typing = events.filter_map(|event| {
            if let AgentEvent::VisitorTyping { draft, .. } = event {
                Some(draft.clone())
            } else {
                None
            }
        });
        typing.collect()
    };
    visitor.send(&VisitorFrame::Draft { text: "my ord".to_owned() }).await?;
    ada.until("the draft", |agent| drafts(agent) == [Some("my ord".to_owned())]).await?;
    let headers = [("cookie", ada.cookie.clone())];
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut settings: SiteSettings = http::get(&server.origin, SETTINGS, &headers).await?.json()?;
    settings.drafts = protocol::settings::Drafts::Hidden;
    http::send(Method::PUT, &server.origin, SETTINGS, &headers, &settings).await?;
    visitor.send(&VisitorFrame::Draft { text: "my secret".to_owned() }).await?;
    ada.until("the sign alone", |agent| drafts(agent).len() == 2).await?;
    assert_eq!(drafts(&ada)[1], None);
    Ok(())
}
