//! The server in this process, spoken to over real sockets as browsers do.

// A test that gets something else than it asked for ends there.
#![allow(clippy::unwrap_used, clippy::wildcard_enum_match_arm)]

mod web;

use std::time::Duration;

use protocol::agent::{AgentEvent, AgentFrame};
use protocol::close::CloseCode;
use protocol::conversation::{AnsweredIn, Author, Body, BotMode, Message, Notice, Status};
use protocol::http::{ErrorBody, FaqImported, SessionGrant};
use protocol::ids::{ConversationId, EntryId, MessageId, PackVersion, Seq};
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;
use protocol::settings::SiteSettings;
use protocol::understanding::Confidence;
use protocol::visitor::{VisitorEvent, VisitorFrame};
use server::Server;
use server::bus::record::SiteChanged;
use server::config::Config;
use web::{Response, Socket, call};

const PASSWORD: &str = "correct horse battery";

struct Bench {
    server: Server,
    data: tempfile::TempDir,
}

impl Bench {
    async fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let (log, catalog) = server::open_catalog(data.path(), None).unwrap();
        for key in ["demo", "other"] {
            let site = SiteChanged {
                key: protocol::ids::SiteKey::parse(key).unwrap(),
                settings: SiteSettings {
                    name: "Shop".to_owned(),
                    domains: vec!["https://shop.example".to_owned()],
                    local_answers: protocol::http::LocalAnswers::Reported,
                    ..SiteSettings::default()
                },
            };
            catalog.change_site(site).await.unwrap();
        }
        log.close();
        drop((log, catalog));
        let server = Self::serve(data.path()).await;
        Self { server, data }
    }

    /// Whoever had the folder before may still be putting it down: its tasks end one by one.
    async fn serve(data: &std::path::Path) -> Server {
        let config = Config {
            data: data.to_owned(),
            listen: "127.0.0.1:0".parse().unwrap(),
            ..Config::default()
        };
        let started = tokio::time::Instant::now();
        loop {
            match Server::start(config.clone()).await {
                Ok(server) => return server,
                Err(error) if started.elapsed() > Duration::from_secs(20) => panic!("{error:#}"),
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    async fn restart(self) -> Self {
        self.server.stop().await;
        let server = Self::serve(self.data.path()).await;
        Self { server, data: self.data }
    }

    fn origin(&self) -> String {
        format!("http://{}", self.server.address)
    }

    async fn post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &impl serde::Serialize,
    ) -> Response {
        let origin = self.origin();
        let mut all = vec![("origin", origin.as_str()), ("content-type", "application/json")];
        all.retain(|(name, _)| !headers.iter().any(|(given, _)| given == name));
        all.extend(headers);
        let body = serde_json::to_vec(body).unwrap();
        call(self.server.address, "POST", path, &all, &body).await
    }

    async fn session(&self, visitor_token: Option<&str>) -> SessionGrant {
        let body = serde_json::json!({ "site": "demo", "visitor_token": visitor_token });
        let response = self.post("/v1/session", &[], &body).await;
        assert_eq!(response.status, 200, "{response:?}");
        response.json()
    }

    async fn visitor(&self, grant: &SessionGrant) -> Socket {
        let origin = self.origin();
        let protocols = format!("frontdesk.v1, token.{}", grant.socket_token);
        let headers = [("origin", origin.as_str()), ("sec-websocket-protocol", protocols.as_str())];
        Socket::open(self.server.address, "/v1/socket", &headers).await.unwrap()
    }

    async fn agent_cookie(&self) -> String {
        let link_token = self.server.set_up_token.clone().unwrap();
        let body = serde_json::json!({
            "link_token": link_token, "name": "Mei", "email": "Mei@shop.example",
            "password": PASSWORD,
        });
        let response = self.post("/v1/agents/setup", &[], &body).await;
        assert_eq!(response.status, 200, "{response:?}");
        response.cookie()
    }

    async fn agent(&self, cookie: &str) -> Socket {
        let origin = self.origin();
        let headers = [
            ("origin", origin.as_str()),
            ("cookie", cookie),
            ("sec-websocket-protocol", "frontdesk.v1"),
        ];
        Socket::open(self.server.address, "/v1/agents/socket", &headers).await.unwrap()
    }

    /// A visitor whose socket has nothing yet.
    async fn fresh_visitor(&self) -> (SessionGrant, Socket) {
        let grant = self.session(None).await;
        let mut socket = self.visitor(&grant).await;
        let (conversation, messages) = resume(&mut socket, None, 0).await;
        assert_eq!((conversation, messages.len()), (None, 0));
        (grant, socket)
    }
}

fn message_id() -> MessageId {
    MessageId::from_parts(1_700_000_000_000, server::clock::random::<10>())
}

fn say(message_id: MessageId, text: &str) -> VisitorFrame {
    let text = text.to_owned();
    VisitorFrame::Say { message_id, text, locale: Locale::En, understanding: None }
}

async fn resume(
    socket: &mut Socket,
    conversation: Option<ConversationId>,
    last_seq: u64,
) -> (Option<ConversationId>, Vec<Message>) {
    socket.send(&VisitorFrame::Resume { conversation, last_seq: Seq(last_seq) }).await;
    socket
        .until(|event| match event {
            VisitorEvent::Resumed { conversation, messages, more, .. } => {
                assert!(!more);
                Some((conversation, messages))
            }
            _ => None,
        })
        .await
}

async fn accepted(socket: &mut Socket, wanted: MessageId) -> (Option<ConversationId>, Option<u64>) {
    socket
        .until(|event| match event {
            VisitorEvent::Accepted { message_id, conversation, seq } if message_id == wanted => {
                Some((conversation, seq.map(|seq| seq.0)))
            }
            VisitorEvent::Refused { refusal, .. } => panic!("refused: {refusal:?}"),
            _ => None,
        })
        .await
}

async fn posted(socket: &mut Socket, matches: impl Fn(&Message) -> bool) -> Message {
    socket
        .until(|event| match event {
            VisitorEvent::Posted { message } if matches(&message) => Some(message),
            _ => None,
        })
        .await
}

async fn refused(socket: &mut Socket) -> RefusalCode {
    socket
        .until(|event| match event {
            VisitorEvent::Refused { refusal, .. } => Some(refusal.code),
            _ => None,
        })
        .await
}

fn is_hand_off(message: &Message) -> bool {
    matches!(&message.body, Body::Notice { notice: Notice::HandedOff { .. } })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_reaches_a_human_whose_reply_survives_a_restart() {
    let bench = Bench::start().await;
    let (grant, mut visitor) = bench.fresh_visitor().await;
    let question = message_id();
    visitor.send(&say(question, "where is my zebra?")).await;
    let (conversation, seq) = accepted(&mut visitor, question).await;
    assert_eq!(seq, Some(1));
    let conversation = conversation.unwrap();
    posted(&mut visitor, is_hand_off).await;

    let cookie = bench.agent_cookie().await;
    let mut agent = bench.agent(&cookie).await;
    let row = agent
        .until(|event| match event {
            AgentEvent::Welcome { inbox, .. } => Some(inbox[0].clone()),
            _ => None,
        })
        .await;
    assert_eq!((row.id, row.status, row.bot), (conversation, Status::Open, BotMode::Answering));
    assert!(row.waiting_since_ms.is_some());
    agent.send(&AgentFrame::Watch { conversation, after_seq: Seq(0) }).await;
    let transcript = agent
        .until(|event| match event {
            AgentEvent::Transcript { messages, .. } => Some(messages),
            _ => None,
        })
        .await;
    assert_eq!(transcript.iter().map(|m| m.seq.0).collect::<Vec<_>>(), [1, 2]);
    let text = "On its way".to_owned();
    let reply = AgentFrame::Reply { message_id: message_id(), conversation, text, seen: None };
    agent.send(&reply).await;
    let reply = posted(&mut visitor, |m| matches!(m.author, Author::Agent { .. })).await;
    assert_eq!(reply.seq, Seq(3));

    visitor.send(&say(question, "where is my zebra?")).await;
    assert_eq!(accepted(&mut visitor, question).await, (Some(conversation), Some(1)));
    let human = message_id();
    visitor.send(&say(human, "thanks")).await;
    assert_eq!(accepted(&mut visitor, human).await.1, Some(4));

    let bench = bench.restart().await;
    let again = bench.session(Some(&grant.visitor_token)).await;
    assert_eq!(again.visitor, grant.visitor);
    let mut visitor = bench.visitor(&again).await;
    let (known, messages) = resume(&mut visitor, None, 0).await;
    assert_eq!(known, Some(conversation));
    assert_eq!(messages.iter().map(|m| m.seq.0).collect::<Vec<_>>(), [1, 2, 3, 4]);
    let (_, rest) = resume(&mut visitor, Some(conversation), 3).await;
    assert_eq!(rest.iter().map(|m| m.id).collect::<Vec<_>>(), [human]);
    // The bot does not speak twice, nor after a human has.
    tokio::time::sleep(Duration::from_millis(300)).await;
    visitor.send(&VisitorFrame::Sync { last_seq: Seq(4) }).await;
    let last = visitor
        .until(|event| match event {
            VisitorEvent::Synced { last_seq } => Some(last_seq),
            _ => None,
        })
        .await;
    assert_eq!(last, Seq(4));
    bench.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_share_one_conversation_and_a_stranger_has_none_of_it() {
    let bench = Bench::start().await;
    let (grant, mut first) = bench.fresh_visitor().await;
    let mut second = bench.visitor(&bench.session(Some(&grant.visitor_token)).await).await;
    resume(&mut second, None, 0).await;
    let (a, b) = (message_id(), message_id());
    first.send(&say(a, "one")).await;
    second.send(&say(b, "two")).await;
    // Whichever came first: the other tab's message may arrive before the own one is accepted.
    let (mut in_first, mut seen) = (None, false);
    let both = |event: VisitorEvent| {
        if let VisitorEvent::Accepted { message_id, conversation, .. } = &event
            && *message_id == a
        {
            in_first = *conversation;
        }
        seen |= matches!(&event, VisitorEvent::Posted { message } if message.id == b);
        (in_first.is_some() && seen).then_some(())
    };
    first.until(both).await;
    let (in_second, _) = accepted(&mut second, b).await;
    assert_eq!(in_first, in_second);

    let (_, mut stranger) = bench.fresh_visitor().await;
    let (conversation, messages) = resume(&mut stranger, in_first, 0).await;
    assert_eq!((conversation, messages.len()), (None, 0));
    let flag = VisitorFrame::Flag { flag_id: message_id(), answer_id: a };
    stranger.send(&flag).await;
    assert_eq!(refused(&mut stranger).await, RefusalCode::UnknownMessage);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_origin_and_token() {
    let bench = Bench::start().await;
    let (address, origin) = (bench.server.address, bench.origin());
    let grant = bench.session(None).await;
    let good = format!("frontdesk.v1, token.{}", grant.socket_token);
    let visitor_token = format!("frontdesk.v1, token.{}", grant.visitor_token);
    let (start, token) = good.split_at("frontdesk.v1, token.".len());
    let other = if token.starts_with('A') { "B" } else { "A" };
    let forged = format!("{start}{other}{}", &token[1..]);
    for (from, protocols, status) in [
        ("http://evil.example", good.as_str(), 403),
        (origin.as_str(), "frontdesk.v1", 401),
        (origin.as_str(), visitor_token.as_str(), 401),
        (origin.as_str(), forged.as_str(), 401),
        (origin.as_str(), &good["frontdesk.v1, ".len()..], 400),
    ] {
        let headers = [("origin", from), ("sec-websocket-protocol", protocols)];
        let opened = Socket::open(address, "/v1/socket", &headers).await;
        assert_eq!(opened.err(), Some(status), "{from} {protocols}");
    }
    let headers = [("origin", origin.as_str()), ("sec-websocket-protocol", "frontdesk.v1")];
    let opened = Socket::open(address, "/v1/agents/socket", &headers).await;
    assert_eq!(opened.err(), Some(401));
    let cookie = bench.agent_cookie().await;
    let evil = [("origin", "http://evil.example"), ("cookie", cookie.as_str())];
    assert_eq!(Socket::open(address, "/v1/agents/socket", &evil).await.err(), Some(403));
    let body = serde_json::json!({ "site": "demo", "visitor_token": null });
    let session = bench.post("/v1/session", &[("origin", "http://evil.example")], &body).await;
    assert_eq!(session.status, 403);
    let body = serde_json::json!({ "site": "nobody", "visitor_token": null });
    let session = bench.post("/v1/session", &[], &body).await;
    assert_eq!(session.json::<ErrorBody>().refusal.code, RefusalCode::UnknownSite);
    // A token of one site is nothing on another.
    let body = serde_json::json!({ "site": "other", "visitor_token": grant.visitor_token });
    let other: SessionGrant = bench.post("/v1/session", &[], &body).await.json();
    assert_ne!(other.visitor, grant.visitor);
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_sign_in_and_the_set_up_link_works_once() {
    let bench = Bench::start().await;
    let link_token = bench.server.set_up_token.clone().unwrap();
    let cookie = bench.agent_cookie().await;
    let me = call(bench.server.address, "GET", "/v1/agents/me", &[("cookie", &cookie)], b"").await;
    assert_eq!(me.status, 200);
    let me = call(bench.server.address, "GET", "/v1/agents/me", &[], b"").await;
    assert_eq!(me.status, 401);
    let body = serde_json::json!({
        "link_token": link_token, "name": "Eve", "email": "eve@x.example", "password": PASSWORD,
    });
    assert_eq!(bench.post("/v1/agents/setup", &[], &body).await.status, 403);
    for (email, password, status) in [
        ("mei@shop.example", PASSWORD, 200),
        ("mei@shop.example", "wrong password", 401),
        ("eve@shop.example", PASSWORD, 401),
    ] {
        let body = serde_json::json!({ "email": email, "password": password });
        let response = bench.post("/v1/agents/sign-in", &[], &body).await;
        assert_eq!(response.status, status, "{email}");
    }
    let bench = bench.restart().await;
    assert_eq!(bench.server.set_up_token, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_are_none_end_the_connection_and_nothing_else() {
    let bench = Bench::start().await;
    let (_, mut malformed) = bench.fresh_visitor().await;
    for _ in 0..8 {
        malformed.send_text("{\"shout\":{}}").await;
        assert_eq!(refused(&mut malformed).await, RefusalCode::MalformedFrame);
    }
    assert_eq!(malformed.close_code().await, Some(CloseCode::MalformedFrames.code()));
    let (_, mut large) = bench.fresh_visitor().await;
    large.send_text(&"x".repeat(protocol::FRAME_BYTES_MAX + 1)).await;
    assert_eq!(large.close_code().await, Some(CloseCode::FrameTooLarge.code()));
    let (_, mut visitor) = bench.fresh_visitor().await;
    visitor.send(&say(message_id(), " \n ")).await;
    assert_eq!(refused(&mut visitor).await, RefusalCode::EmptyText);
    visitor.send(&say(message_id(), &"x".repeat(protocol::TEXT_BYTES_MAX + 1))).await;
    assert_eq!(refused(&mut visitor).await, RefusalCode::TextTooLong);
    let id = message_id();
    visitor.send(&say(id, "still here")).await;
    assert_eq!(accepted(&mut visitor, id).await.1, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopping_server_sends_its_visitors_away_to_come_back() {
    let bench = Bench::start().await;
    let (_, mut visitor) = bench.fresh_visitor().await;
    let closing = tokio::spawn(async move { visitor.close_code().await });
    tokio::time::timeout(Duration::from_secs(20), bench.server.stop()).await.unwrap();
    assert_eq!(closing.await.unwrap(), Some(CloseCode::Draining.code()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_faq_becomes_answers_whose_words_the_server_looks_up() {
    let bench = Bench::start().await;
    let (_, mut visitor) = bench.fresh_visitor().await;
    let faq = serde_json::json!({ "entries": [
        { "id": "returns", "question": "Can I send it back?", "answer": "Within **30 days**." },
        { "id": "hours", "question": "When are you open?", "answer": "<script>x</script>9 to 5" },
    ] });
    let path = "/v1/sites/demo/faq";
    assert_eq!(bench.post(path, &[], &faq).await.status, 401);
    let cookie = bench.agent_cookie().await;
    let with = [("cookie", cookie.as_str())];
    let evil = [("cookie", cookie.as_str()), ("origin", "http://evil.example")];
    assert_eq!(bench.post(path, &evil, &faq).await.status, 403);
    let bad = serde_json::json!({ "entries": [
        { "id": "returns", "question": "Can I send it back?", "answer": " " },
    ] });
    let refusal = bench.post(path, &with, &bad).await;
    assert_eq!(refusal.status, 400);
    assert!(refusal.json::<ErrorBody>().detail.contains("`returns`"));
    let response = bench.post(path, &with, &faq).await;
    assert_eq!(response.status, 200, "{response:?}");
    let imported: FaqImported = response.json();
    let pushed = visitor
        .until(|event| match event {
            VisitorEvent::PackChanged { pack } => Some(pack),
            _ => None,
        })
        .await;
    assert_eq!(pushed, imported.pack);
    let pack = call(bench.server.address, "GET", &pushed.url, &[], b"").await;
    assert_eq!(pack.status, 200);
    assert!(pack.header("cache-control").unwrap().contains("immutable"));
    nlu::Pack::load(&pack.body).unwrap();

    let answered = |question_id, answer_id, entry: &str| VisitorFrame::Answered {
        question_id,
        answer_id,
        text: "can i return it".to_owned(),
        locale: Locale::En,
        entry: EntryId::parse(entry).unwrap(),
        pack_version: PackVersion::parse("00").unwrap(),
        confidence: Confidence(0.9),
        understanding: None,
    };
    let (question, answer) = (message_id(), message_id());
    visitor.send(&answered(question, answer, "returns")).await;
    assert_eq!(accepted(&mut visitor, question).await.1, Some(1));
    let message = posted(&mut visitor, |m| m.id == answer).await;
    assert_eq!(message.author, Author::Bot { answered_in: AnsweredIn::Browser });
    let Body::Answer { html, in_reply_to, .. } = message.body else { panic!("an answer") };
    assert_eq!((html.as_str(), in_reply_to), ("<p>Within <strong>30 days</strong>.</p>", question));
    visitor.send(&VisitorFrame::Flag { flag_id: message_id(), answer_id: answer }).await;
    posted(&mut visitor, |m| {
        matches!(m.body, Body::Notice { notice: Notice::AnswerFlagged { .. } })
    })
    .await;
    // An entry nobody knows is a question like any other: a human gets it.
    let (question, answer) = (message_id(), message_id());
    visitor.send(&answered(question, answer, "gone")).await;
    accepted(&mut visitor, question).await;
    let tally_id = message_id();
    let pack_version = imported.pack.version.clone();
    let entry = EntryId::parse("hours").unwrap();
    visitor.send(&VisitorFrame::Tally { tally_id, entry, pack_version }).await;
    assert_eq!(accepted(&mut visitor, tally_id).await, (None, None));

    let bench = bench.restart().await;
    assert_eq!(bench.session(None).await.pack, Some(imported.pack));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_conversation_is_read_page_by_page_also_beyond_the_memory() {
    let bench = Bench::start().await;
    let (_, mut visitor) = bench.fresh_visitor().await;
    let said: Vec<MessageId> = (0..300).map(|_| message_id()).collect();
    let mut conversation = None;
    for (index, id) in said.iter().enumerate() {
        visitor.send(&say(*id, &format!("line {index}"))).await;
        conversation = accepted(&mut visitor, *id).await.0;
    }
    let mut read: Vec<Message> = Vec::new();
    let mut more = true;
    while more {
        let last_seq = read.last().map_or(Seq(0), |message| message.seq);
        visitor.send(&VisitorFrame::Resume { conversation, last_seq }).await;
        let page = visitor
            .until(|event| match event {
                VisitorEvent::Resumed { messages, more, .. } => Some(Some((messages, more))),
                // The history is a moment behind.
                VisitorEvent::Refused { refusal, .. } => {
                    assert_eq!(refusal.code, RefusalCode::Busy);
                    Some(None)
                }
                _ => None,
            })
            .await;
        if let Some((messages, more_follow)) = page {
            assert!(!messages.is_empty() && messages.len() <= protocol::PAGE_MESSAGES_MAX);
            read.extend(messages);
            more = more_follow;
        }
    }
    let seqs: Vec<u64> = read.iter().map(|message| message.seq.0).collect();
    assert_eq!(seqs, (1..=read.len() as u64).collect::<Vec<_>>());
    let told: Vec<MessageId> = read.iter().map(|m| m.id).filter(|id| said.contains(id)).collect();
    assert_eq!(told, said);
}
