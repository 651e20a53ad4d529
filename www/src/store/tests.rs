//! The store against the frames a server may send, in and out of order.

use std::rc::Rc;

use protocol::agent::AgentEvent;
use protocol::conversation::{Assignee, Author, Body, BotMode, Message};
use protocol::http::Role;
use protocol::ids::{AgentId, SiteKey, VisitorId};
use protocol::inbox::{InboxCounts, Marks, View};
use protocol::locale::Locale;
use protocol::refusal::RefusalCode;

use super::*;
use crate::outbox::Delivery;

const RANDOM: [u8; 10] = [7; 10];

fn conversation(n: u64) -> ConversationId {
    ConversationId::from_parts(n, RANDOM)
}

fn message_id(n: u64) -> MessageId {
    MessageId::from_parts(n, RANDOM)
}

fn message(seq: u64) -> Message {
    Message {
        id: message_id(seq),
        seq: Seq(seq),
        at_ms: seq,
        author: Author::Visitor,
        body: Body::Text { text: format!("message {seq}") },
        understanding: None,
    }
}

fn summary(n: u64, status: Status, last_seq: u64) -> ConversationSummary {
    ConversationSummary {
        id: conversation(n),
        site: SiteKey::parse("shop").unwrap(),
        visitor: VisitorId::from_parts(n, RANDOM),
        locale: Locale::En,
        status,
        bot: BotMode::Silent,
        assignee: None,
        last_seq: Seq(last_seq),
        last_message_at_ms: n,
        preview: String::new(),
        waiting_since_ms: (status == Status::Open).then_some(n),
        intent: None,
        contact: None,
        score: None,
        entities: Vec::new(),
        snoozed_until_ms: None,
        marks: Marks::default(),
        erased: false,
    }
}

fn agent() -> AgentProfile {
    AgentProfile {
        id: AgentId::from_parts(1, RANDOM),
        name: "Ada".into(),
        email: "ada@shop.example".into(),
        role: Role::Agent,
    }
}

fn after(actions: impl IntoIterator<Item = Action>) -> Rc<Store> {
    more(Rc::new(Store::default()), actions)
}

fn more(store: Rc<Store>, actions: impl IntoIterator<Item = Action>) -> Rc<Store> {
    actions.into_iter().fold(store, Store::reduce)
}

fn welcome(inbox: Vec<ConversationSummary>) -> Action {
    Action::Heard(AgentEvent::Welcome { agent: agent(), inbox })
}

fn changed(summary: ConversationSummary) -> Action {
    Action::Heard(AgentEvent::ConversationChanged { summary })
}

fn page(seqs: impl IntoIterator<Item = u64>, more: bool) -> Action {
    Action::Heard(AgentEvent::Transcript {
        conversation: conversation(1),
        messages: seqs.into_iter().map(message).collect(),
        more,
    })
}

fn posted(seq: u64) -> Action {
    Action::Heard(AgentEvent::Posted { conversation: conversation(1), message: message(seq) })
}

fn reply(n: u64) -> Action {
    Action::Queued(AgentFrame::Reply {
        message_id: message_id(n),
        conversation: conversation(1),
        text: "hello".into(),
        seen: None,
    })
}

fn accepted(n: u64) -> Action {
    Action::Heard(AgentEvent::Accepted {
        message_id: message_id(n),
        conversation: conversation(1),
        seq: Some(Seq(n)),
    })
}

fn refused(n: u64, refusal: Refusal) -> Action {
    Action::Heard(AgentEvent::Refused { message_id: Some(message_id(n)), refusal })
}

fn shown(store: &Store) -> Vec<u64> {
    store.transcript(conversation(1)).messages().iter().map(|message| message.seq.0).collect()
}

/// Conversation 1 on screen with messages 1 and 2.
fn watching() -> Rc<Store> {
    after([
        welcome(vec![summary(1, Status::Open, 2)]),
        Action::Opened(Some(conversation(1))),
        page([1, 2], false),
    ])
}

fn asked(store: &Store) -> (u64, u32) {
    let watch = store.watch.expect("a conversation is open");
    (watch.after_seq.0, watch.round)
}

#[test]
fn a_posted_message_follows_the_last_one() {
    let store = more(watching(), [posted(3)]);
    assert_eq!(shown(&store), [1, 2, 3]);
    assert_eq!(asked(&store), asked(&watching()));
}

#[test]
fn a_gap_asks_once_from_the_last_message_and_is_filled_in_order() {
    let before = watching();
    let gap = more(before.clone(), [posted(5), posted(6)]);
    assert_eq!(shown(&gap), [1, 2]);
    assert_eq!(asked(&gap), (2, asked(&before).1 + 1));
    let filled = more(gap, [page([3, 4, 5, 6], false), posted(7)]);
    assert_eq!(shown(&filled), [1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn a_message_posted_twice_is_shown_once() {
    let store = more(watching(), [posted(3), posted(3), posted(2), page([2, 3], false)]);
    assert_eq!(shown(&store), [1, 2, 3]);
}

#[test]
fn a_page_with_more_asks_for_the_next_but_an_empty_one_does_not_ask_forever() {
    let first = more(watching(), [page([3, 4], true)]);
    assert_eq!(asked(&first), (4, asked(&watching()).1 + 1));
    let empty = more(first.clone(), [page([], true)]);
    assert_eq!(asked(&empty), asked(&first));
}

#[test]
fn a_message_lost_on_the_way_is_asked_for_when_the_line_is_quiet() {
    let store = more(watching(), [changed(summary(1, Status::Open, 3))]);
    assert_eq!(asked(&store), asked(&watching()));
    let synced = more(store.clone(), [Action::Heard(AgentEvent::Synced)]);
    assert_eq!(asked(&synced), (2, asked(&store).1 + 1));
}

#[test]
fn a_welcome_after_a_reconnect_asks_for_what_was_missed() {
    let before = watching();
    let store = more(before.clone(), [welcome(vec![summary(1, Status::Open, 4)])]);
    assert_eq!(asked(&store), (2, asked(&before).1 + 1));
    assert_eq!(store.link, Link::Live);
}

#[test]
fn opening_the_same_conversation_again_asks_again() {
    let before = watching();
    let store = more(
        before.clone(),
        [Action::Opened(None), posted(3), Action::Opened(Some(conversation(1)))],
    );
    assert_eq!(shown(&store), [1, 2]);
    assert!(asked(&store).1 > asked(&before).1);
}

fn rows(store: &Store) -> Vec<u64> {
    let ids = store.list.ids();
    ids.map(|id| (1..100).find(|n| conversation(*n) == id).unwrap()).collect()
}

/// The answer to what the store asks now.
fn inbox_page(store: &Store, rows: Vec<ConversationSummary>, more: bool) -> Action {
    let round = store.list.ask.expect("the list is asked for").round;
    let next = rows.last().filter(|_| more).map(|row| store.list.query.key(row));
    let counts = Some(InboxCounts { waiting: 7, ..InboxCounts::default() });
    Action::Heard(AgentEvent::InboxPage { round, rows, next, counts, facets: None })
}

/// A list with the rows 9 and 8 on its first page, and more behind them.
fn listed() -> Rc<Store> {
    let store = after([welcome(vec![])]);
    let page = vec![summary(9, Status::Open, 1), summary(8, Status::Open, 1)];
    let answer = inbox_page(&store, page, true);
    more(store, [answer])
}

#[test]
fn a_list_is_asked_for_page_by_page() {
    let store = listed();
    assert_eq!(rows(&store), [9, 8]);
    assert_eq!(store.waiting_count(), 7);
    assert!(store.list.ask.is_none());
    let store = more(store, [Action::WantedMore, Action::WantedMore]);
    assert_eq!(store.list.ask.and_then(|ask| ask.after).map(|key| key.id), Some(conversation(8)));
    let answer = inbox_page(&store, vec![summary(3, Status::Open, 1)], false);
    let late = answer.clone();
    let store = more(store, [answer, late, Action::WantedMore]);
    assert_eq!(rows(&store), [9, 8, 3]);
    assert!(store.list.ask.is_none(), "that was the end");
}

#[test]
fn rows_move_enter_and_leave_while_they_change() {
    let store = listed();
    let newer = ConversationSummary { last_message_at_ms: 20, ..summary(8, Status::Open, 2) };
    let store = more(store, [changed(newer)]);
    assert_eq!(rows(&store), [8, 9]);
    // What belongs behind the last page comes with the next one.
    let store = more(store, [changed(summary(5, Status::Open, 1))]);
    assert_eq!(rows(&store), [8, 9]);
    let store = more(store, [changed(summary(9, Status::Resolved, 2))]);
    assert_eq!(rows(&store), [8]);
}

#[test]
fn another_query_begins_at_its_top_and_late_rows_of_the_old_one_do_not_count() {
    let store = more(listed(), [Action::WantedMore]);
    let late = inbox_page(&store, vec![summary(3, Status::Open, 1)], false);
    let query = InboxQuery { view: View::Mine, ..InboxQuery::default() };
    let store = more(store, [Action::Queried(query), late]);
    assert!(rows(&store).is_empty() && !store.list.loaded);
    let mut mine = summary(4, Status::Open, 1);
    mine.assignee = Some(Assignee { id: agent().id, name: agent().name });
    let answer = inbox_page(&store, vec![mine.clone()], false);
    let store = more(store, [answer]);
    assert_eq!(rows(&store), [4]);
    mine.assignee = None;
    assert!(rows(&more(store, [changed(mine)])).is_empty());
}

#[test]
fn a_reconnect_asks_for_the_list_anew_and_shows_the_old_one_meanwhile() {
    let store = more(listed(), [welcome(vec![])]);
    assert_eq!(rows(&store), [9, 8]);
    let answer = inbox_page(&store, vec![summary(2, Status::Open, 1)], false);
    assert_eq!(rows(&more(store, [answer])), [2]);
}

#[test]
fn a_conversation_marked_unread_is_unread_although_it_was_on_screen() {
    let store = watching();
    assert!(!store.unread(store.summary(conversation(1)).unwrap()));
    let store = more(store, [Action::MarkedUnread(conversation(1))]);
    assert!(store.unread(store.summary(conversation(1)).unwrap()) && store.watch.is_none());
}

#[test]
fn what_stands_beside_a_transcript_goes_with_it() {
    let viewers = |n: u64| {
        let viewers = vec![
            Assignee { id: agent().id, name: "Ada".into() },
            Assignee { id: AgentId::from_parts(2, RANDOM), name: "Mei".into() },
        ];
        Action::Heard(AgentEvent::Viewers { conversation: conversation(n), viewers })
    };
    let store = more(watching(), [viewers(1)]);
    let names: Vec<_> = store.beside.viewers.iter().map(|agent| agent.name.as_str()).collect();
    assert_eq!(names, ["Mei"], "oneself is no colleague");
    let store = more(store, [Action::Opened(Some(conversation(2))), viewers(1)]);
    assert!(store.beside.viewers.is_empty());
}

#[test]
fn a_reply_waits_is_accepted_and_gives_way_to_the_posted_message() {
    let waiting = more(watching(), [reply(3)]);
    assert!(waiting.unposted(conversation(1))[0].waiting());
    let kept = more(waiting, [accepted(3)]);
    assert_eq!(kept.unposted(conversation(1))[0].delivery, Delivery::Accepted);
    let done = more(kept, [posted(3)]);
    assert!(done.outbox.is_empty());
    assert_eq!(shown(&done), [1, 2, 3]);
}

#[test]
fn a_reply_posted_before_its_acknowledgement_is_not_shown_twice() {
    let store = more(watching(), [reply(3), posted(3)]);
    assert!(store.unposted(conversation(1)).is_empty());
    assert!(more(store, [accepted(3)]).outbox.is_empty());
}

#[test]
fn try_later_makes_another_attempt_and_never_without_end() {
    let busy = || refused(3, Refusal::retry_after(RefusalCode::Busy, 400));
    let once = more(watching(), [reply(3), busy()]);
    assert_eq!(once.outbox[0].delivery, Delivery::Waiting { after_ms: 400 });
    assert_eq!(once.outbox[0].attempt, 1);
    let often = more(once, std::iter::repeat_with(busy).take(20));
    assert!(matches!(often.outbox[0].delivery, Delivery::Refused(_)));
}

#[test]
fn replies_never_overtake_one_that_has_to_come_later() {
    let busy = refused(3, Refusal::retry_after(RefusalCode::TooFast, 400));
    let store = more(watching(), [reply(3), busy, reply(4)]);
    let sendable = |store: &Store| -> Vec<MessageId> {
        store.sendable().iter().map(|outgoing| outgoing.id).collect()
    };
    assert_eq!(sendable(&store), [message_id(3)]);
    assert_eq!(sendable(&more(store, [accepted(3)])), [message_id(4)]);
}

#[test]
fn a_refused_reply_stays_until_it_is_tried_again_or_let_go() {
    let forbidden = refused(3, Refusal::of(RefusalCode::Forbidden));
    let store = more(watching(), [reply(3), forbidden]);
    assert!(matches!(store.outbox[0].delivery, Delivery::Refused(_)));
    let again = more(store.clone(), [Action::Retried(message_id(3))]);
    assert!(again.outbox[0].waiting() && again.outbox[0].attempt == 2);
    assert!(more(store, [Action::Discarded(message_id(3))]).outbox.is_empty());
}

#[test]
fn a_refused_command_is_said_and_forgotten() {
    let resolve = AgentFrame::Resolve { message_id: message_id(9), conversation: conversation(1) };
    let store = more(watching(), [Action::Queued(resolve)]);
    assert!(store.commanding(conversation(1)));
    let store = more(store, [refused(9, Refusal::of(RefusalCode::Forbidden))]);
    assert!(!store.commanding(conversation(1)) && store.outbox.is_empty());
    assert_eq!(store.refusal, Some(Refusal::of(RefusalCode::Forbidden)));
}

#[test]
fn signing_out_forgets_the_inbox_and_keeps_unsent_words() {
    let store = more(watching(), [reply(3), Action::SignedOut]);
    assert_eq!(store.phase, Phase::SignedOut);
    assert!(store.inbox.is_empty() && store.transcripts.is_empty());
    assert_eq!(store.outbox.len(), 1);
}

#[test]
fn the_outbox_is_bounded() {
    let store = more(watching(), (10..10 + 2 * OUTBOX_FRAMES_MAX as u64).map(reply));
    assert_eq!(store.outbox.len(), OUTBOX_FRAMES_MAX);
    assert!(store.outbox_full());
}

#[test]
fn unread_until_it_was_on_screen_in_front_of_somebody() {
    let away = more(watching(), [Action::Attended(false), changed(summary(1, Status::Open, 3))]);
    assert!(away.unread(away.summary(conversation(1)).unwrap()));
    let back = more(away, [Action::Attended(true)]);
    assert!(!back.unread(back.summary(conversation(1)).unwrap()));
}

#[test]
fn typing_ends_with_the_message_or_with_its_own_round() {
    let event = AgentEvent::VisitorTyping { conversation: conversation(1), draft: None };
    let typing = || Action::Heard(event.clone());
    let store = more(watching(), [typing()]);
    assert_eq!(store.visitor_typing, Some(conversation(1)));
    assert_eq!(more(store.clone(), [posted(3)]).visitor_typing, None);
    let again = more(store.clone(), [typing(), Action::TypingFaded(store.typing_round)]);
    assert_eq!(again.visitor_typing, Some(conversation(1)));
}

#[test]
fn a_conversation_that_begins_to_wait_is_announced_once() {
    let store = after([welcome(vec![]), changed(summary(4, Status::Open, 1))]);
    assert_eq!(store.newly_waiting, Some(conversation(4)));
    let other = more(store, [changed(summary(5, Status::Pending, 1))]);
    assert_eq!(other.newly_waiting, Some(conversation(4)));
}

#[test]
fn what_was_not_acknowledged_survives_a_reload_and_nothing_else_does() {
    let store = more(watching(), [reply(3), reply(4), accepted(3)]);
    let frames = store.unacknowledged();
    let reloaded = Store::restored(frames.clone(), store.seen.clone(), InboxQuery::default());
    assert_eq!(frames.len(), 1);
    assert_eq!(reloaded.outbox[0].id, message_id(4));
    assert!(reloaded.outbox[0].waiting());
}

#[test]
fn a_question_that_a_busy_server_refused_is_asked_again() {
    let opened = after([welcome(vec![]), Action::Opened(Some(conversation(1)))]);
    let again = more(opened.clone(), [Action::Heard(AgentEvent::Synced)]);
    assert_eq!(asked(&again), (0, asked(&opened).1 + 1));
    let answered = more(again.clone(), [page([1], false), Action::Heard(AgentEvent::Synced)]);
    assert_eq!(asked(&answered), asked(&again));
}
