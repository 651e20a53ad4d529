//! Messages that have left the shards' memory, kept in tables that the log can rebuild. Nothing
//! waits for them: a chat goes on while the history is behind or gone.

mod audit;
mod backlog;
mod batch;
mod erase;
mod faq_changes;
mod histogram;
mod html;
mod measures;
mod migrate;
mod questions;
mod reports;
mod search;
mod sqlite;
mod words;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use protocol::conversation::Message;
use protocol::draft::FaqHistory;
use protocol::ids::{ConversationId, Seq, SiteKey, VisitorId};
use protocol::people::AuditPage;
use protocol::reports::{Report, ReportQuery};
use protocol::search::{SearchPage, SearchRequest};

use crate::bus::{Offset, ReadError};
pub use batch::text_of;
pub use faq_changes::WantedChanges;
pub use questions::PastQuestion;
pub use writer::Writer;

use sqlite::Tables;

#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error("the history file: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("a row of the history: {0}")]
    Row(#[from] serde_json::Error),
    #[error("cannot set an outdated history file aside: {0}")]
    Aside(#[from] std::io::Error),
    #[error("a row of the history is not ours")]
    Foreign,
    #[error("the reader fell over")]
    Reader,
    #[error(transparent)]
    Log(#[from] ReadError),
    #[error("record {offset} is unknown: {source}")]
    Record { offset: u64, source: crate::bus::record::DecodeError },
}

/// Reads the tables. Clones share two connections; the writer has its own.
#[derive(Clone)]
pub struct History {
    /// For the pages that chats wait for.
    tables: Arc<Mutex<Tables>>,
    /// For searches and reports, which take longer.
    research: Arc<Mutex<Tables>>,
}

impl History {
    /// Opens the file in `folder`, for reading and for the one writer.
    ///
    /// # Errors
    /// The file cannot be opened or made.
    pub fn open(folder: &Path) -> Result<(Self, Writer), HistoryError> {
        let path = folder.join("history.sqlite");
        let writing = Tables::open(&path)?;
        let open = || Tables::open(&path).map(Mutex::new).map(Arc::new);
        Ok((Self { tables: open()?, research: open()? }, Writer::new(writing)))
    }

    /// Makes durable what the writer has written, and says up to which offset that is: the log may
    /// be trimmed so far.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn settle(&self) -> Result<Offset, HistoryError> {
        let tables = self.tables.clone();
        tokio::task::spawn_blocking(move || {
            tables.lock().unwrap_or_else(PoisonError::into_inner).settle()
        })
        .await
        .map_err(|_| HistoryError::Reader)?
    }

    /// Up to which offset there are rows; they may not be durable yet.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn position(&self) -> Result<Offset, HistoryError> {
        read(&self.tables, Tables::position).await
    }

    /// Leaves nothing of erased rows in the journal.
    ///
    /// # Errors
    /// The file cannot be written.
    pub async fn sweep(&self) -> Result<(), HistoryError> {
        read(&self.tables, Tables::sweep).await
    }

    /// The newest questions that visitors asked the bot of a site, newest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn questions(
        &self,
        site: SiteKey,
        questions_max: usize,
    ) -> Result<Vec<PastQuestion>, HistoryError> {
        read(&self.research, move |tables| {
            questions::read(&tables.connection, &site, questions_max)
        })
        .await
    }

    /// Who changed what in a site's FAQ, newest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn faq_changes(&self, wanted: WantedChanges) -> Result<FaqHistory, HistoryError> {
        read(&self.research, move |tables| faq_changes::read(&tables.connection, &wanted)).await
    }

    /// At most `messages_max` messages after `after`, in order.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn page(
        &self,
        conversation: ConversationId,
        after: Seq,
        messages_max: usize,
    ) -> Result<Vec<Message>, HistoryError> {
        read(&self.tables, move |tables| tables.page(conversation, after, messages_max)).await
    }

    /// A page of hits, newest first; `None` when the question holds no words.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn search(&self, request: SearchRequest) -> Result<Option<SearchPage>, HistoryError> {
        read(&self.research, move |tables| tables.search(&request)).await
    }

    /// Names of agents are left empty.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn report(&self, query: ReportQuery) -> Result<Report, HistoryError> {
        read(&self.research, move |tables| tables.report(&query)).await
    }

    /// Lines of the audit log before that place, newest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn audit(&self, before: Option<u64>) -> Result<AuditPage, HistoryError> {
        read(&self.research, move |tables| tables.audit(before)).await
    }

    /// Resolved conversations that began before that one, latest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn resolved(
        &self,
        before: Option<ConversationId>,
        conversations_max: usize,
    ) -> Result<Vec<ConversationId>, HistoryError> {
        read(&self.tables, move |tables| tables.resolved(before, conversations_max)).await
    }

    /// A visitor's conversations, latest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn of_visitor(
        &self,
        visitor: VisitorId,
        conversations_max: usize,
    ) -> Result<Vec<ConversationId>, HistoryError> {
        read(&self.tables, move |tables| tables.of_visitor(visitor, conversations_max)).await
    }
}

async fn read<T: Send + 'static>(
    tables: &Arc<Mutex<Tables>>,
    read: impl FnOnce(&Tables) -> Result<T, HistoryError> + Send + 'static,
) -> Result<T, HistoryError> {
    let tables = tables.clone();
    tokio::task::spawn_blocking(move || {
        // Reading leaves nothing half-done, so a poisoned lock is still good.
        read(&tables.lock().unwrap_or_else(PoisonError::into_inner))
    })
    .await
    .map_err(|_| HistoryError::Reader)?
}
