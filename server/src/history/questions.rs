//! The questions that visitors asked the bot, with what became of them, as rows. It must never
//! judge them.

use protocol::conversation::{Author, Body, Notice};
use protocol::ids::{ConversationId, EntryId, MessageId, SiteKey};
use protocol::locale::Locale;
use protocol::rehearsal::PastOutcome;
use rusqlite::{Connection, Transaction, params};
use uuid::Uuid;

use super::HistoryError;
use super::sqlite::{integer, json};
use crate::bus::Offset;
use crate::bus::record::{Fact, Posted, QuestionsSettled};

/// Rows kept over all sites; older ones go.
const QUESTIONS_MAX: i64 = 100_000;

#[derive(Debug, Clone, PartialEq)]
pub struct PastQuestion {
    pub message: MessageId,
    pub conversation: ConversationId,
    pub at_ms: u64,
    pub locale: Locale,
    pub text: String,
    pub outcome: PastOutcome,
    /// Somebody called the answer wrong.
    pub flagged: bool,
    /// An owner looked at it.
    pub settled: bool,
    /// The entry that an owner found to answer it.
    pub right: Option<EntryId>,
}

pub(super) fn write(
    transaction: &Transaction<'_>,
    offset: Offset,
    conversation: ConversationId,
    fact: &Fact,
) -> Result<(), HistoryError> {
    let Fact::Posted(posted) = fact else { return Ok(()) };
    let turn = Turn { transaction, offset, conversation, posted };
    match &posted.body {
        Body::Text { text } if posted.author == Author::Visitor => turn.asked(text),
        Body::Answer { in_reply_to, entry, confidence, .. } => {
            let (entry, confidence) = (entry.clone(), *confidence);
            turn.answered(*in_reply_to, &PastOutcome::Answered { entry, confidence })
        }
        Body::Choices { in_reply_to, .. } => turn.answered(*in_reply_to, &PastOutcome::AskedBack),
        Body::Notice { notice: Notice::HandedOff { reason } } => {
            turn.handed_off(&PastOutcome::HandedOff { reason: *reason })
        }
        Body::Notice { notice: Notice::AnswerFlagged { answer } } => turn.flagged(*answer),
        Body::Text { .. } | Body::Rich { .. } | Body::Notice { .. } | Body::File { .. } => Ok(()),
    }
}

/// One message that may be about a question.
struct Turn<'a> {
    transaction: &'a Transaction<'a>,
    offset: Offset,
    conversation: ConversationId,
    posted: &'a Posted,
}

impl Turn<'_> {
    fn asked(&self, text: &str) -> Result<(), HistoryError> {
        let Some(question) = &self.posted.question else { return Ok(()) };
        let mut insert = self.transaction.prepare_cached(
            "INSERT OR IGNORE INTO questions
             (number, conversation, message, site, locale, at_ms, text, reply)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?;
        insert.execute(params![
            integer(self.offset.0),
            self.conversation.0.as_bytes(),
            self.posted.id.0.as_bytes(),
            question.site.as_str(),
            question.locale.tag(),
            integer(self.posted.at_ms),
            text,
            MessageId::of_reply_to(self.posted.id).0.as_bytes(),
        ])?;
        Ok(())
    }

    /// What a browser answered became a message without being a question to the pipeline.
    fn answered(&self, asked: MessageId, outcome: &PastOutcome) -> Result<(), HistoryError> {
        let mut insert = self.transaction.prepare_cached(
            "INSERT OR IGNORE INTO questions
             (number, conversation, message, site, locale, at_ms, text, reply)
             SELECT ?1, m.conversation, m.id, c.site, c.locale, m.at_ms, m.body ->> '$.text.text',
                    ?4
             FROM messages m JOIN conversations c ON c.id = m.conversation
             WHERE m.conversation = ?2 AND m.id = ?3 AND m.body ->> '$.text.text' IS NOT NULL",
        )?;
        let key = self.conversation.0.as_bytes();
        let reply = self.posted.id.0.as_bytes();
        insert.execute(params![integer(self.offset.0), key, asked.0.as_bytes(), reply])?;
        let mut update = self.transaction.prepare_cached(
            "UPDATE questions SET outcome = ?3, reply = ?4 WHERE message = ?1 AND conversation = ?2",
        )?;
        update.execute(params![asked.0.as_bytes(), key, json(outcome)?, reply])?;
        Ok(())
    }

    fn handed_off(&self, outcome: &PastOutcome) -> Result<(), HistoryError> {
        let mut update = self.transaction.prepare_cached(
            "UPDATE questions SET outcome = ?3 WHERE reply = ?1 AND conversation = ?2",
        )?;
        let reply = self.posted.id.0.as_bytes();
        update.execute(params![reply, self.conversation.0.as_bytes(), json(outcome)?])?;
        Ok(())
    }

    fn flagged(&self, answer: MessageId) -> Result<(), HistoryError> {
        let mut update = self.transaction.prepare_cached(
            "UPDATE questions SET flagged = 1 WHERE reply = ?1 AND conversation = ?2",
        )?;
        update.execute(params![answer.0.as_bytes(), self.conversation.0.as_bytes()])?;
        Ok(())
    }
}

pub(super) fn settle(
    transaction: &Transaction<'_>,
    settled: &QuestionsSettled,
) -> Result<(), HistoryError> {
    let mut update = transaction.prepare_cached(
        "UPDATE questions SET settled = 1, right_entry = ?3 WHERE message = ?1 AND site = ?2",
    )?;
    let entry = settled.entry.as_ref().map(EntryId::as_str);
    for message in &settled.messages {
        update.execute(params![message.0.as_bytes(), settled.site.as_str(), entry])?;
    }
    Ok(())
}

pub(super) fn forget_old(transaction: &Transaction<'_>) -> Result<(), HistoryError> {
    let mut delete = transaction.prepare_cached(
        "DELETE FROM questions WHERE number <=
         (SELECT number FROM questions ORDER BY number DESC LIMIT 1 OFFSET ?1)",
    )?;
    delete.execute([QUESTIONS_MAX])?;
    Ok(())
}

pub(super) fn read(
    connection: &Connection,
    site: &SiteKey,
    questions_max: usize,
) -> Result<Vec<PastQuestion>, HistoryError> {
    let mut select = connection.prepare_cached(
        "SELECT message, conversation, at_ms, locale, text, outcome, flagged, settled, right_entry
         FROM questions WHERE site = ?1 ORDER BY number DESC LIMIT ?2",
    )?;
    let mut rows = select.query(params![site.as_str(), integer(questions_max as u64)])?;
    let mut questions = Vec::new();
    while let Some(row) = rows.next()? {
        let locale: String = row.get(3)?;
        let outcome: Option<String> = row.get(5)?;
        let right: Option<String> = row.get(8)?;
        questions.push(PastQuestion {
            message: MessageId(Uuid::from_bytes(row.get(0)?)),
            conversation: ConversationId(Uuid::from_bytes(row.get(1)?)),
            at_ms: row.get::<_, i64>(2)?.unsigned_abs(),
            locale: Locale::from_tag(&locale).unwrap_or_default(),
            text: row.get(4)?,
            outcome: match outcome {
                Some(json) => serde_json::from_str(&json)?,
                None => PastOutcome::Waiting,
            },
            flagged: row.get(6)?,
            settled: row.get(7)?,
            right: right.and_then(|id| EntryId::parse(&id).ok()),
        });
    }
    Ok(questions)
}
