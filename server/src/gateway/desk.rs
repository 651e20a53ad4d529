//! What agents ask for: frames read into commands, lists into pages, and the news of the house a
//! desk is told of once a second. Decides nothing about conversations.

use std::sync::Arc;

use protocol::agent::{AgentEvent, AgentFrame};
use protocol::conversation::{Assignee, Status};
use protocol::http::{AgentProfile, Role};
use protocol::ids::{AgentId, CannedId, ConversationId, LabelName};
use protocol::inbox::{INBOX_ROWS_MAX, InboxCounts, InboxKey, InboxQuery, LABELS_MAX};
use protocol::refusal::RefusalCode;
use protocol::team::{CannedResponse, Member, NOTE_BYTES_MAX};

use super::visitor::check_text;
use super::{Gateway, page};
use crate::catalog::rendered_reply;
use crate::conversation::{Command, Event, Outbox, Parcel, Words};

/// What the frame asks of which conversation.
///
/// # Errors
/// Something in it is empty, too long or unknown.
pub(super) fn command(
    gateway: &Gateway,
    agent: &AgentProfile,
    frame: AgentFrame,
) -> Result<(ConversationId, Command), RefusalCode> {
    let by = || Assignee { id: agent.id, name: agent.name.clone() };
    Ok(match frame {
        AgentFrame::Reply { message_id: id, conversation, text, seen } => {
            check_text(&text)?;
            let words = Words { html: rendered_reply(&text), text };
            (conversation, Command::Reply { id, agent: by(), words, seen })
        }
        AgentFrame::TakeOver { message_id: id, conversation } => {
            (conversation, Command::TakeOver { id, agent: by() })
        }
        AgentFrame::GiveBack { message_id: id, conversation } => {
            (conversation, Command::GiveBack { id })
        }
        AgentFrame::Resolve { message_id: id, conversation } => {
            (conversation, Command::Resolve { id })
        }
        AgentFrame::Reopen { message_id: id, conversation } => {
            (conversation, Command::Reopen { id })
        }
        AgentFrame::Assign { message_id: id, conversation, from, to, note } => {
            note.as_deref().map(check_note).transpose()?;
            let to = to.map(|to| answering(gateway, to)).transpose()?;
            (conversation, Command::Assign { id, by: Some(by()), from, to, note })
        }
        AgentFrame::Snooze { message_id: id, conversation, until_ms } => {
            (conversation, Command::Snooze { id, by: by(), until_ms })
        }
        AgentFrame::Label { message_id: id, conversation, add, remove } => {
            check_labels(&add)?;
            check_labels(&remove)?;
            (conversation, Command::Label { id, by: by(), add, remove })
        }
        AgentFrame::Prioritize { message_id: id, conversation, priority } => {
            (conversation, Command::Prioritize { id, by: by(), priority })
        }
        AgentFrame::Note { message_id: id, conversation, text } => {
            check_note(&text)?;
            (conversation, Command::Note { id, by: by(), text })
        }
        AgentFrame::Block { message_id: id, conversation } => {
            (conversation, Command::Block { id, by: by() })
        }
        AgentFrame::Unblock { message_id: id, conversation } => {
            (conversation, Command::Unblock { id, by: by() })
        }
        AgentFrame::Watch { .. }
        | AgentFrame::Unwatch
        | AgentFrame::Inbox { .. }
        | AgentFrame::Earlier { .. }
        | AgentFrame::Suggest { .. }
        | AgentFrame::SetAvailability { .. }
        | AgentFrame::MailTranscript { .. }
        | AgentFrame::Typing { .. }
        | AgentFrame::Seen { .. }
        | AgentFrame::Sync => return Err(RefusalCode::MalformedFrame),
    })
}

fn check_note(text: &str) -> Result<(), RefusalCode> {
    if text.len() > NOTE_BYTES_MAX { Err(RefusalCode::TextTooLong) } else { check_text(text) }
}

/// A label's spaces are within it, so that two that look alike are one.
fn check_labels(labels: &[LabelName]) -> Result<(), RefusalCode> {
    if labels.len() > LABELS_MAX {
        return Err(RefusalCode::TooMany);
    }
    let trimmed = |label: &LabelName| label.as_str().trim() == label.as_str();
    if labels.iter().all(trimmed) { Ok(()) } else { Err(RefusalCode::InvalidBody) }
}

/// Somebody who may answer visitors.
fn answering(gateway: &Gateway, agent: AgentId) -> Result<Assignee, RefusalCode> {
    let state = gateway.catalog.now();
    let agent = state.agents.get(&agent).filter(|agent| may_answer(agent.role));
    let agent = agent.ok_or(RefusalCode::NotFound)?;
    Ok(Assignee { id: agent.id, name: agent.name.clone() })
}

fn may_answer(role: Role) -> bool {
    match role {
        Role::Owner | Role::Admin | Role::Agent => true,
        Role::Viewer => false,
    }
}

/// One page of an agent's list.
///
/// # Errors
/// The history cannot answer now.
pub(super) async fn page(
    gateway: &Gateway,
    me: AgentId,
    query: &InboxQuery,
    after: Option<InboxKey>,
    round: u32,
) -> Result<Vec<AgentEvent>, RefusalCode> {
    let conversations = &gateway.conversations;
    let first = after.is_none();
    let inbox = conversations.inbox();
    let facets = first.then(|| inbox.facets());
    if query.status == Some(Status::Resolved) {
        let resolved = conversations.resolved(query, me, after).await;
        let resolved = resolved.map_err(|_| RefusalCode::Busy)?;
        let found = resolved.rows.len();
        let rows = page::cut_rows(resolved.rows);
        let last = rows.last().filter(|_| rows.len() < found).map(|row| query.key(row));
        let next = last.or(resolved.next);
        return Ok(vec![AgentEvent::InboxPage { round, rows, next, counts: None, facets }]);
    }
    // One more than a page tells whether there is another.
    let found = inbox.page(query, me, after, INBOX_ROWS_MAX + 1);
    let rows = found.iter().take(INBOX_ROWS_MAX).map(|row| (**row).clone()).collect();
    let rows = page::cut_rows(rows);
    let next = rows.last().filter(|_| rows.len() < found.len()).map(|row| query.key(row));
    let counts = first.then(|| inbox.counts(query, me));
    Ok(vec![AgentEvent::InboxPage { round, rows, next, counts, facets }])
}

type Canned = Arc<std::collections::BTreeMap<CannedId, CannedResponse>>;

/// What a desk was told last of the house around it.
#[derive(Default)]
pub(super) struct Pulse {
    /// The list it shows.
    pub(super) query: Option<InboxQuery>,
    version: Option<u64>,
    counts: Option<InboxCounts>,
    members: Option<Vec<Member>>,
    canned: Option<Canned>,
}

impl Pulse {
    /// What is news since the last beat.
    pub(super) fn beat(&mut self, gateway: &Gateway, me: AgentId) -> Vec<AgentEvent> {
        let mut news = Vec::new();
        let inbox = gateway.conversations.inbox();
        let version = inbox.version();
        if let Some(query) = &self.query
            && query.status != Some(Status::Resolved)
            && self.version != Some(version)
        {
            self.version = Some(version);
            let counts = inbox.counts(query, me);
            if self.counts.replace(counts) != Some(counts) {
                news.push(AgentEvent::InboxCounts { counts });
            }
        }
        let members = members(gateway);
        if self.members.as_ref() != Some(&members) {
            self.members = Some(members.clone());
            news.push(AgentEvent::Team { members });
        }
        let canned = gateway.catalog.now().canned.clone();
        let known = self.canned.replace(canned.clone());
        if known.is_some_and(|known| !Arc::ptr_eq(&known, &canned)) {
            news.push(AgentEvent::CannedChanged);
        }
        news
    }
}

/// Everybody a conversation can be given to.
fn members(gateway: &Gateway) -> Vec<Member> {
    let (state, conversations) = (gateway.catalog.now(), &gateway.conversations);
    let agents = state.agents.values().filter(|agent| may_answer(agent.role));
    agents
        .map(|agent| Member {
            id: agent.id,
            name: agent.name.clone(),
            presence: conversations.delivery().presence(agent.id),
            open: conversations.inbox().open_of(agent.id),
        })
        .collect()
}

pub(super) fn push<E: Event>(outbox: &Outbox<E>, event: &E) {
    if let Some(parcel) = Parcel::of(event) {
        outbox.push(parcel);
    }
}
