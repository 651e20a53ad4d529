//! Records on their way into the tables: rows, words and numbers of one batch, all in one
//! transaction. Numbers are added up in memory first, so that a batch writes each once.

use std::collections::{BTreeMap, HashMap};

use protocol::conversation::{Author, Body, Message, Notice, Status};
use protocol::ids::{ConversationId, MessageId, SiteKey, VisitorId};
use protocol::people::{AuditActor, AuditRow, Deed};
use protocol::team::{Aside, AsideKind};
use protocol::understanding::Understanding;
use rusqlite::{OptionalExtension, Transaction, params};
use uuid::Uuid;

use super::HistoryError;
use super::measures::{Addition, HOUR_MS, Measure, Tracked};
use super::sqlite::{integer, json, message_of};
use super::{erase, faq_changes, html, questions, words};
use crate::bus::Offset;
use crate::bus::record::{Fact, OfficeRecord, Posted, Record};

pub(super) struct Batch<'a> {
    connection: &'a Transaction<'a>,
    /// Conversations of this batch: their site, and what is counted of them when it changed.
    conversations: HashMap<ConversationId, Known>,
    additions: BTreeMap<Place, (i64, f64)>,
}

/// Hour, site, measure, subject and bucket: a row of the numbers.
type Place = (u64, String, Measure, String, u32);

struct Known {
    site: SiteKey,
    tracked: Tracked,
    changed: bool,
}

impl<'a> Batch<'a> {
    pub(super) fn new(connection: &'a Transaction<'a>) -> Self {
        Self { connection, conversations: HashMap::new(), additions: BTreeMap::new() }
    }

    /// The same record again changes nothing.
    pub(super) fn take(&mut self, offset: Offset, record: &Record) -> Result<(), HistoryError> {
        match record {
            Record::Conversation { id, fact } => {
                if let Fact::Aside(aside) = fact {
                    self.take_aside(offset, *id, aside)?;
                }
                self.take_fact(*id, fact)?;
                questions::write(self.connection, offset, *id, fact)
            }
            Record::QuestionsSettled(settled) => questions::settle(self.connection, settled),
            Record::FaqDrafted(drafted) => {
                faq_changes::write_drafted(self.connection, offset, drafted)
            }
            Record::FaqPublished(published) => {
                faq_changes::write_published(self.connection, offset, published)
            }
            Record::AnswerTallied(tallied) => {
                let inserted = self.execute(
                    "INSERT OR IGNORE INTO tallies VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![
                        tallied.id.0.as_bytes(),
                        tallied.site.as_str(),
                        tallied.entry.as_str(),
                        tallied.pack_version.as_str(),
                        integer(tallied.at_ms),
                    ],
                )?;
                if inserted {
                    let one = Addition::one(Measure::BrowserAnswers, tallied.at_ms);
                    self.add(&tallied.site, one);
                }
                Ok(())
            }
            Record::Office(OfficeRecord::Audited(row)) => self.audit(offset, row),
            // The catalogue keeps these in memory.
            Record::Office(_)
            | Record::SiteChanged(_)
            | Record::SecretsChanged(_)
            | Record::SessionsEnded(_)
            | Record::AgentCreated(_)
            | Record::CannedChanged(_)
            | Record::CannedRemoved { .. }
            | Record::FaqPart(_)
            | Record::SnippetSeen(_) => Ok(()),
        }
    }

    fn audit(&self, offset: Offset, row: &AuditRow) -> Result<(), HistoryError> {
        let entry = json(row)?;
        self.execute(
            "INSERT OR IGNORE INTO audit VALUES (?1, ?2, ?3)",
            params![integer(offset.0), integer(row.at_ms), entry],
        )?;
        Ok(())
    }

    /// Shutting somebody out is a deed, too, and has its own record.
    fn take_aside(
        &self,
        offset: Offset,
        conversation: ConversationId,
        aside: &Aside,
    ) -> Result<(), HistoryError> {
        let mut select =
            self.connection.prepare_cached("SELECT visitor FROM conversations WHERE id = ?1")?;
        let found = select.query_row([conversation.0.as_bytes()], |row| row.get(0)).optional()?;
        let Some(visitor) = found.map(|bytes| VisitorId(Uuid::from_bytes(bytes))) else {
            return Ok(());
        };
        let deed = match aside.what {
            AsideKind::Blocked => Deed::VisitorBlocked { visitor },
            AsideKind::Unblocked => Deed::VisitorUnblocked { visitor },
            AsideKind::Note { .. }
            | AsideKind::Assigned { .. }
            | AsideKind::Snoozed { .. }
            | AsideKind::Woke
            | AsideKind::Labelled { .. }
            | AsideKind::Prioritized { .. } => return Ok(()),
        };
        let actor = aside.by.clone().map(|by| AuditActor { id: by.id, name: by.name });
        self.audit(offset, &AuditRow { at_ms: aside.at_ms, actor, deed })
    }

    fn take_fact(&mut self, id: ConversationId, fact: &Fact) -> Result<(), HistoryError> {
        let key = id.0.as_bytes();
        match fact {
            Fact::Started(started) => {
                let inserted = self.execute(
                    "INSERT OR IGNORE INTO conversations
                     VALUES (?1, ?2, ?3, ?4, ?5, 'pending', NULL)",
                    params![
                        key,
                        started.site.as_str(),
                        started.visitor.0.as_bytes(),
                        started.locale.tag(),
                        integer(started.at_ms),
                    ],
                )?;
                if inserted {
                    let mut additions = Vec::new();
                    let tracked = Tracked::start(started.at_ms, &mut additions);
                    let site = started.site.clone();
                    additions.into_iter().for_each(|addition| self.add(&site, addition));
                    self.conversations.insert(id, Known { site, tracked, changed: true });
                }
            }
            Fact::Posted(posted) => self.post(id, posted)?,
            Fact::Stands(standing) => {
                let assignee = standing.assignee.as_ref().map(|agent| *agent.id.0.as_bytes());
                self.execute(
                    "UPDATE conversations SET status = ?2, assignee = ?3 WHERE id = ?1",
                    params![key, status_name(standing.status), assignee],
                )?;
            }
            Fact::Understood { message, understanding } => {
                self.understand(id, *message, understanding)?;
            }
            Fact::Claimed { to, .. } => {
                self.execute(
                    "UPDATE conversations SET visitor = ?2 WHERE id = ?1",
                    params![key, to.0.as_bytes()],
                )?;
            }
            // What agents note and mark is in the conversation's state.
            Fact::Aside(_) | Fact::Marked(_) => {}
            // Where somebody was is no part of what was said.
            Fact::Seen { .. } => {}
            // In the conversation's state; the notice of a rating is a message.
            Fact::Introduced(_) | Fact::Rated(_) => {}
            Fact::Erased(_) => {
                self.conversations.remove(&id);
                erase::erase(self.connection, id)?;
            }
        }
        Ok(())
    }

    fn post(&mut self, id: ConversationId, posted: &Posted) -> Result<(), HistoryError> {
        // Before its row is there: what has not been counted yet is counted from the rows.
        self.load(id)?;
        let inserted = self.execute(
            "INSERT OR IGNORE INTO messages VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                id.0.as_bytes(),
                integer(posted.seq.0),
                posted.id.0.as_bytes(),
                integer(posted.at_ms),
                json(&posted.author)?,
                json(&posted.body)?,
                posted.understanding.as_ref().map(json).transpose()?,
            ],
        )?;
        if !inserted {
            return Ok(());
        }
        let message = Message::from(posted.clone());
        self.count(id, &message);
        let site = self.conversations.get(&id).map(|known| known.site.clone());
        if let Some(text) = index_text(&message, site.as_ref()) {
            self.execute(
                "INSERT INTO docs (conversation, seq, at_ms) VALUES (?1, ?2, ?3)",
                params![id.0.as_bytes(), integer(message.seq.0), integer(message.at_ms)],
            )?;
            let doc = self.connection.last_insert_rowid();
            self.execute("INSERT INTO words (rowid, text) VALUES (?1, ?2)", params![doc, text])?;
        }
        Ok(())
    }

    fn understand(
        &mut self,
        id: ConversationId,
        message: MessageId,
        understanding: &Understanding,
    ) -> Result<(), HistoryError> {
        self.load(id)?;
        let mut update = self.connection.prepare_cached(
            "UPDATE messages SET understanding = ?3
             WHERE conversation = ?1 AND id = ?2 AND understanding IS NULL RETURNING at_ms",
        )?;
        let values = params![id.0.as_bytes(), message.0.as_bytes(), json(understanding)?];
        let at_ms: Option<i64> = update.query_row(values, |row| row.get(0)).optional()?;
        if let Some(at_ms) = at_ms {
            self.count_intent(id, understanding, at_ms.unsigned_abs());
        }
        Ok(())
    }

    fn count(&mut self, id: ConversationId, message: &Message) {
        let Some(known) = self.conversations.get_mut(&id) else { return };
        let mut additions = Vec::new();
        let before = known.tracked.clone();
        known.tracked.take(message, &mut additions);
        known.changed |= known.tracked != before;
        let site = known.site.clone();
        additions.into_iter().for_each(|addition| self.add(&site, addition));
        if let Some(understanding) = &message.understanding {
            self.count_intent(id, understanding, message.at_ms);
        }
    }

    fn count_intent(&mut self, id: ConversationId, understanding: &Understanding, at_ms: u64) {
        let Some(site) = self.conversations.get(&id).map(|known| known.site.clone()) else {
            return;
        };
        if let Some(intent) = &understanding.intent {
            let one = Addition::one(Measure::Intent, at_ms).about(intent.name.as_str());
            self.add(&site, one);
        }
    }

    fn add(&mut self, site: &SiteKey, addition: Addition) {
        let Addition { measure, at_ms, subject, bucket, count, sum_s } = addition;
        let key = (at_ms / HOUR_MS, site.as_str().to_owned(), measure, subject, bucket);
        let sum = self.additions.entry(key).or_default();
        sum.0 += count;
        sum.1 += sum_s;
    }

    /// Knows the conversation from now on, when there is one; one from before there were numbers
    /// is counted now.
    pub(super) fn load(&mut self, id: ConversationId) -> Result<(), HistoryError> {
        if self.conversations.contains_key(&id) {
            return Ok(());
        }
        let mut select = self.connection.prepare_cached(
            "SELECT site, started_at_ms, state FROM conversations
             LEFT JOIN tracked ON conversation = id WHERE id = ?1",
        )?;
        let row: Option<(String, i64, Option<String>)> = select
            .query_row([id.0.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((site, started_at_ms, state)) = row else { return Ok(()) };
        let site = SiteKey::parse(&site).map_err(|_| HistoryError::Foreign)?;
        if let Some(state) = state {
            let tracked = serde_json::from_str(&state)?;
            self.conversations.insert(id, Known { site, tracked, changed: false });
            return Ok(());
        }
        let mut additions = Vec::new();
        let tracked = Tracked::start(started_at_ms.unsigned_abs(), &mut additions);
        additions.into_iter().for_each(|addition| self.add(&site, addition));
        self.conversations.insert(id, Known { site, tracked, changed: true });
        let mut select = self.connection.prepare_cached(
            "SELECT id, seq, at_ms, author, body, understanding FROM messages
             WHERE conversation = ?1 ORDER BY seq",
        )?;
        let mut rows = select.query([id.0.as_bytes()])?;
        while let Some(row) = rows.next()? {
            let message = message_of(row)?;
            self.count(id, &message);
        }
        self.execute("DELETE FROM uncounted WHERE conversation = ?1", [id.0.as_bytes()])?;
        Ok(())
    }

    /// Writes what was added up.
    pub(super) fn finish(self) -> Result<(), HistoryError> {
        for (id, known) in self.conversations.iter().filter(|(_, known)| known.changed) {
            self.execute(
                "INSERT INTO tracked VALUES (?1, ?2)
                 ON CONFLICT (conversation) DO UPDATE SET state = excluded.state",
                params![id.0.as_bytes(), json(&known.tracked)?],
            )?;
        }
        for ((hour, site, measure, subject, bucket), (count, sum_s)) in &self.additions {
            self.execute(
                "INSERT INTO measures VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (hour, site, measure, subject, bucket)
                 DO UPDATE SET count = count + excluded.count, sum_s = sum_s + excluded.sum_s",
                params![integer(*hour), site, *measure as u8, subject, bucket, count, sum_s],
            )?;
        }
        Ok(())
    }

    /// Whether a row came of it.
    fn execute(&self, sql: &str, values: impl rusqlite::Params) -> Result<bool, HistoryError> {
        Ok(self.connection.prepare_cached(sql)?.execute(values)? > 0)
    }
}

/// What a message is found by; `None` when nobody would look for it.
pub(super) fn index_text(message: &Message, site: Option<&SiteKey>) -> Option<String> {
    let words = words::index_text(&text_of(&message.body)?);
    if words.is_empty() {
        return None;
    }
    let author = match &message.author {
        // The comment of a rating is the one notice with words of its own: the visitor's.
        Author::Visitor | Author::System => "#v".to_owned(),
        Author::Bot { .. } => "#b".to_owned(),
        Author::Agent { id, .. } => format!("#a #{id}"),
    };
    let site = site.map(|site| format!(" #s-{site}")).unwrap_or_default();
    Some(format!("{author}{site} {words}"))
}

/// The words of a message as people read them.
pub fn text_of(body: &Body) -> Option<String> {
    match body {
        Body::Text { text } | Body::Rich { text, .. } => Some(text.clone()),
        Body::Answer { html, .. } => Some(html::text_of(html)),
        Body::File { file } => Some(file.name.clone()),
        Body::Notice { notice: Notice::Rated { comment, .. } } => Some(comment.clone()),
        Body::Choices { .. } | Body::Notice { .. } => None,
    }
}

pub(super) fn status_name(status: Status) -> &'static str {
    match status {
        Status::Pending => "pending",
        Status::Open => "open",
        Status::Snoozed => "snoozed",
        Status::Resolved => "resolved",
    }
}
