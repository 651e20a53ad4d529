//! Looking for words in all messages: the index finds candidates newest first, the text decides.

use protocol::conversation::Status;
use protocol::ids::{ConversationId, Seq, SiteKey, VisitorId};
use protocol::search::{AuthorKind, HITS_MAX, Mark, SearchHit, SearchPage, SearchRequest};
use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::HistoryError;
use super::batch::{status_name, text_of};
use super::sqlite::{Tables, integer, message_of};
use super::words::Question;

/// Messages looked at for one page; what is not found among them is looked for from there on.
const CANDIDATES_MAX: usize = 4_000;

/// Words that are asked for one by one in place of their common beginning.
const CONTINUED_MAX: usize = 8;

/// A message of the index.
struct Candidate {
    conversation: ConversationId,
    seq: i64,
    site: SiteKey,
    visitor: VisitorId,
    status: Status,
}

impl Tables {
    /// A page of hits; `None` when there is nothing to look for in the question.
    pub(super) fn search(
        &self,
        request: &SearchRequest,
    ) -> Result<Option<SearchPage>, HistoryError> {
        let Some(question) = Question::of(&request.text) else { return Ok(None) };
        let connection = &self.connection;
        let mut page =
            SearchPage { hits: Vec::new(), cursor: None, incomplete: unindexed(connection)? };
        let from = request.from_ms.map(|from| first_doc_at(connection, from)).transpose()?;
        let to = request.to_ms.map(|to| first_doc_at(connection, to)).transpose()?;
        let from = from.unwrap_or(i64::MIN);
        let before = to.unwrap_or(i64::MAX).min(request.cursor.unwrap_or(i64::MAX));
        let mut select = connection.prepare_cached(
            "SELECT docs.doc, docs.conversation, docs.seq, c.site, c.visitor, c.status
             FROM words CROSS JOIN docs ON docs.doc = words.rowid
             CROSS JOIN conversations AS c ON c.id = docs.conversation
             WHERE words MATCH ?1 AND words.rowid < ?2 AND words.rowid >= ?3
             ORDER BY words.rowid DESC",
        )?;
        let expression = expression(&question, request, &continued(connection, &question)?);
        let mut rows = select.query(params![expression, before, from])?;
        let wanted = request.status.map(status_name);
        let mut looked_at = 0;
        while let Some(row) = rows.next()? {
            let status: String = row.get(5)?;
            let doc: i64 = row.get(0)?;
            looked_at += 1;
            if looked_at > CANDIDATES_MAX || page.hits.len() == HITS_MAX {
                page.cursor = Some(doc + 1);
                break;
            }
            if wanted.is_some_and(|wanted| wanted != status) {
                continue;
            }
            let site: String = row.get(3)?;
            let candidate = Candidate {
                conversation: ConversationId(Uuid::from_bytes(row.get(1)?)),
                seq: row.get(2)?,
                site: SiteKey::parse(&site).map_err(|_| HistoryError::Foreign)?,
                visitor: VisitorId(Uuid::from_bytes(row.get(4)?)),
                status: status_of(&status).ok_or(HistoryError::Foreign)?,
            };
            page.hits.extend(hit(connection, &question, candidate)?);
        }
        Ok(Some(page))
    }
}

/// The words that the last one of the question may become. None when there are many: then the index
/// puts all their messages together first, which takes as long as there are messages.
fn continued(connection: &Connection, question: &Question) -> Result<Vec<String>, HistoryError> {
    let Some(begun) = question.unfinished() else { return Ok(Vec::new()) };
    let mut select = connection
        .prepare_cached("SELECT term FROM temp.terms WHERE term >= ?1 AND term < ?2 LIMIT ?3")?;
    let end = format!("{begun}\u{10ffff}");
    let found = select
        .query_map(params![begun, end, integer(CONTINUED_MAX as u64 + 1)], |row| row.get(0))?;
    let words = found.collect::<Result<Vec<String>, _>>()?;
    let are_all = words.len() <= CONTINUED_MAX;
    Ok(if are_all { words } else { Vec::new() })
}

/// The message itself, when the words are in it as they were asked for.
fn hit(
    connection: &Connection,
    question: &Question,
    candidate: Candidate,
) -> Result<Option<SearchHit>, HistoryError> {
    let Candidate { conversation, seq, site, visitor, status } = candidate;
    let mut select = connection.prepare_cached(
        "SELECT id, seq, at_ms, author, body, NULL FROM messages
         WHERE conversation = ?1 AND seq = ?2",
    )?;
    let mut rows = select.query(params![conversation.0.as_bytes(), seq])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let message = message_of(row)?;
    let Some(excerpt) = text_of(&message.body).and_then(|text| question.excerpt(&text)) else {
        return Ok(None);
    };
    let marks = excerpt.marks.iter().map(|mark| Mark {
        start: u32::try_from(mark.start).unwrap_or(u32::MAX),
        end: u32::try_from(mark.end).unwrap_or(u32::MAX),
    });
    Ok(Some(SearchHit {
        conversation,
        seq: Seq(seq.unsigned_abs()),
        message: message.id,
        at_ms: message.at_ms,
        author: message.author,
        site,
        visitor,
        status,
        snippet: excerpt.text,
        marks: marks.collect(),
    }))
}

fn expression(question: &Question, request: &SearchRequest, continued: &[String]) -> String {
    let mut expression = question.expression(continued);
    let author = match (request.agent, request.author) {
        (Some(agent), _) => Some(format!("#{agent}")),
        (None, Some(AuthorKind::Visitor)) => Some("#v".to_owned()),
        (None, Some(AuthorKind::Bot)) => Some("#b".to_owned()),
        (None, Some(AuthorKind::Agent)) => Some("#a".to_owned()),
        (None, None) => None,
    };
    let site = request.site.as_ref().map(|site| format!("#s-{site}"));
    for token in [author, site].into_iter().flatten() {
        // Keys of sites hold letters, digits, `-` and `_` alone.
        expression.push_str(&format!(" AND \"{token}\""));
    }
    expression
}

fn status_of(name: &str) -> Option<Status> {
    let all = [Status::Pending, Status::Open, Status::Snoozed, Status::Resolved];
    all.into_iter().find(|status| status_name(*status) == name)
}

/// Docs are in order of time, so that no index of times is needed.
fn first_doc_at(connection: &Connection, at_ms: u64) -> Result<i64, HistoryError> {
    let edge = |sql: &str| -> Result<Option<i64>, HistoryError> {
        Ok(connection.query_row(sql, [], |row| row.get(0))?)
    };
    let Some(mut low) = edge("SELECT min(doc) FROM docs")? else { return Ok(0) };
    let mut high = edge("SELECT max(doc) FROM docs")?.unwrap_or(low) + 1;
    let mut select = connection
        .prepare_cached("SELECT doc, at_ms FROM docs WHERE doc >= ?1 ORDER BY doc LIMIT 1")?;
    while low < high {
        let middle = low + (high - low) / 2;
        let found: Option<(i64, i64)> =
            select.query_row([middle], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        match found {
            Some((doc, written_ms)) if doc < high => {
                if written_ms < integer(at_ms) {
                    low = doc + 1;
                } else {
                    high = middle;
                }
            }
            Some(_) | None => high = middle,
        }
    }
    Ok(low)
}

fn unindexed(connection: &Connection) -> Result<bool, HistoryError> {
    Ok(connection.query_row("SELECT EXISTS (SELECT 1 FROM unindexed)", [], |row| row.get(0))?)
}
