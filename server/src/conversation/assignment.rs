//! Who gets a conversation that waits for a person, and when a snoozed one comes back. One task
//! decides, and the conversation's shard has the last word: nobody gets more than there is room
//! for, and nothing is given twice.

use std::collections::HashMap;
use std::time::Duration;

use protocol::conversation::{Assignee, ConversationSummary};
use protocol::http::Role;
use protocol::ids::{AgentId, ConversationId, MessageId};
use protocol::locale::Locale;
use protocol::team::Presence;
use tokio::sync::oneshot;

use super::{Command, Conversations, Reply, ReplyTo, Write};
use crate::catalog::Catalog;

/// Conversations given away, or woken, in one go.
const ROUND_MAX: usize = 256;

/// Looks again after this time, whatever happened: an agent may have come or gone.
const LOOK_EVERY: Duration = Duration::from_secs(1);

pub struct Assigner {
    conversations: Conversations,
    catalog: Catalog,
    /// When each agent was given something last: among equals it is the other's turn.
    given_ms: HashMap<AgentId, u64>,
}

/// Somebody who could get one more.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    agent: Assignee,
    open: u32,
    given_ms: u64,
    /// None is every language.
    languages: Vec<Locale>,
    /// What they are trained in; a label of that name needs somebody who is.
    skills: Vec<String>,
}

impl Assigner {
    pub fn new(conversations: Conversations, catalog: Catalog) -> Self {
        Self { conversations, catalog, given_ms: HashMap::new() }
    }

    /// Never ends by itself.
    pub async fn run(mut self) {
        loop {
            self.wake().await;
            self.assign().await;
            let inbox = self.conversations.inbox().clone();
            // Nothing is lost by looking late: the lists say all there is.
            let _ = tokio::time::timeout(LOOK_EVERY, inbox.stirred()).await;
        }
    }

    async fn wake(&self) {
        let now_ms = crate::clock::now_ms();
        let due = self.conversations.inbox().due(now_ms, ROUND_MAX);
        let commands = due.into_iter().map(|id| (id, Command::Wake { id: fresh_id(now_ms) }));
        self.write_all(commands.collect()).await;
    }

    async fn assign(&mut self) {
        let waiting = self.conversations.inbox().unassigned(ROUND_MAX);
        if waiting.is_empty() {
            return;
        }
        let state = self.catalog.now();
        let now_ms = crate::clock::now_ms();
        let mut candidates = self.candidates();
        let mut given = Vec::new();
        for row in waiting {
            let Some(site) = state.sites.get(&row.site) else { continue };
            let assignment = site.settings.assignment;
            if !assignment.automatic {
                continue;
            }
            let Some(to) = choose(&mut candidates, &row, assignment.open_max) else { continue };
            to.open += 1;
            to.given_ms = now_ms;
            self.given_ms.insert(to.agent.id, now_ms);
            let (id, to) = (fresh_id(now_ms), Some(to.agent.clone()));
            given.push((row.id, Command::Assign { id, by: None, from: None, to, note: None }));
        }
        self.write_all(given).await;
    }

    fn candidates(&self) -> Vec<Candidate> {
        let (state, delivery) = (self.catalog.now(), self.conversations.delivery());
        let answers = |role: Role| match role {
            Role::Owner | Role::Admin | Role::Agent => true,
            Role::Viewer => false,
        };
        let online = state
            .agents
            .values()
            .filter(|agent| answers(agent.role) && delivery.presence(agent.id) == Presence::Online);
        online
            .map(|agent| Candidate {
                agent: Assignee { id: agent.id, name: agent.name.clone() },
                open: self.conversations.inbox().open_of(agent.id),
                given_ms: self.given_ms.get(&agent.id).copied().unwrap_or(0),
                languages: agent.languages.clone(),
                skills: agent.skills.clone(),
            })
            .collect()
    }

    /// Returns when each has been decided, so that the next look sees what came of it.
    async fn write_all(&self, commands: Vec<(ConversationId, Command)>) {
        let mut decided = Vec::with_capacity(commands.len());
        for (conversation, command) in commands {
            let (sender, outcome) = oneshot::channel();
            let reply = Reply::new(command.id(), ReplyTo::Pipeline(sender));
            self.conversations.write(Write { conversation, opening: None, command, reply });
            decided.push(outcome);
        }
        for outcome in decided {
            // Refused: an agent was quicker, or the shard is busy; the next look sees it.
            let _ = outcome.await;
        }
    }
}

/// The one with the fewest who has room, the language and the skill; among equals, whoever was
/// given something longest ago.
fn choose<'a>(
    candidates: &'a mut [Candidate],
    row: &ConversationSummary,
    open_max: u32,
) -> Option<&'a mut Candidate> {
    let labels = || row.marks.labels.iter().map(|label| label.as_str());
    let is_skill = |label: &&str| {
        candidates.iter().any(|candidate| candidate.skills.iter().any(|skill| skill == label))
    };
    let needed: Vec<&str> = labels().filter(is_skill).collect();
    let fits = |candidate: &Candidate| {
        let speaks = candidate.languages.is_empty() || candidate.languages.contains(&row.locale);
        let can = |label: &&str| candidate.skills.iter().any(|skill| skill == label);
        candidate.open < open_max && speaks && needed.iter().all(can)
    };
    candidates
        .iter_mut()
        .filter(|candidate| fits(candidate))
        .min_by_key(|candidate| (candidate.open, candidate.given_ms, candidate.agent.id))
}

fn fresh_id(now_ms: u64) -> MessageId {
    MessageId::from_parts(now_ms, crate::clock::random::<10>())
}

#[cfg(test)]
mod tests {
    use protocol::conversation::{BotMode, Status};
    use protocol::ids::{LabelName, Seq, SiteKey, VisitorId};
    use protocol::inbox::Marks;
    use uuid::Uuid;

    use super::*;

    fn candidate(number: u128, open: u32) -> Candidate {
        let agent = Assignee { id: AgentId(Uuid::from_u128(number)), name: number.to_string() };
        Candidate { agent, open, given_ms: 0, languages: Vec::new(), skills: Vec::new() }
    }

    fn row(labels: &[&str]) -> ConversationSummary {
        let labels = labels.iter().map(|label| LabelName::parse(label).unwrap()).collect();
        ConversationSummary {
            id: ConversationId(Uuid::from_u128(1)),
            site: SiteKey::parse("demo").unwrap(),
            visitor: VisitorId(Uuid::from_u128(1)),
            locale: Locale::Zh,
            status: Status::Open,
            bot: BotMode::Answering,
            assignee: None,
            last_seq: Seq(1),
            last_message_at_ms: 1,
            preview: String::new(),
            waiting_since_ms: Some(1),
            intent: None,
            entities: Vec::new(),
            snoozed_until_ms: None,
            contact: None,
            score: None,
            marks: Marks { labels, ..Marks::default() },
            erased: false,
        }
    }

    fn check(candidates: &[Candidate], labels: &[&str], expected: Option<&str>) {
        let mut candidates = candidates.to_vec();
        let chosen = choose(&mut candidates, &row(labels), 3);
        assert_eq!(chosen.map(|chosen| chosen.agent.name.clone()).as_deref(), expected);
    }

    #[test]
    fn the_least_busy_who_can_gets_it() {
        check(&[candidate(1, 2), candidate(2, 1)], &[], Some("2"));
        check(&[candidate(1, 3), candidate(2, 3)], &[], None);
        let turn = Candidate { given_ms: 9, ..candidate(1, 1) };
        check(&[turn, candidate(2, 1)], &[], Some("2"));
        let english = Candidate { languages: vec![Locale::En], ..candidate(1, 0) };
        check(&[english.clone(), candidate(2, 2)], &[], Some("2"));
        check(&[english], &[], None);
        let refunds = Candidate { skills: vec!["refund".to_owned()], ..candidate(2, 2) };
        check(&[candidate(1, 0), refunds.clone()], &["refund"], Some("2"));
        check(&[candidate(1, 0), refunds.clone()], &["vip"], Some("1"));
        check(&[candidate(1, 0), Candidate { open: 3, ..refunds }], &["refund"], None);
    }
}
