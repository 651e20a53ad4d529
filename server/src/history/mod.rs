//! Messages that have left the shards' memory, kept in tables that the log can rebuild. Nothing
//! waits for them: a chat goes on while the history is behind or gone.

mod faq_changes;
mod questions;
mod sqlite;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use protocol::conversation::Message;
use protocol::draft::FaqHistory;
use protocol::ids::{ConversationId, Seq, SiteKey, VisitorId};

use crate::bus::{Offset, ReadError};
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
    #[error("the reader fell over")]
    Reader,
    #[error(transparent)]
    Log(#[from] ReadError),
    #[error("record {offset} is unknown: {source}")]
    Record { offset: u64, source: crate::bus::record::DecodeError },
}

/// Reads the tables. Clones share one connection; the writer has its own.
#[derive(Clone)]
pub struct History {
    tables: Arc<Mutex<Tables>>,
}

impl History {
    /// Opens the file in `folder`, for reading and for the one writer.
    ///
    /// # Errors
    /// The file cannot be opened or made.
    pub fn open(folder: &Path) -> Result<(Self, Writer), HistoryError> {
        let path = folder.join("history.sqlite");
        let writing = Tables::open(&path)?;
        let reading = Tables::open(&path)?;
        Ok((Self { tables: Arc::new(Mutex::new(reading)) }, Writer::new(writing)))
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

    /// The newest questions that visitors asked the bot of a site, newest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn questions(
        &self,
        site: SiteKey,
        questions_max: usize,
    ) -> Result<Vec<PastQuestion>, HistoryError> {
        self.read(move |tables| questions::read(tables.connection(), &site, questions_max)).await
    }

    /// Who changed what in a site's FAQ, newest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn faq_changes(&self, wanted: WantedChanges) -> Result<FaqHistory, HistoryError> {
        self.read(move |tables| faq_changes::read(tables.connection(), &wanted)).await
    }

    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Tables) -> Result<T, HistoryError> + Send + 'static,
    ) -> Result<T, HistoryError> {
        let tables = self.tables.clone();
        tokio::task::spawn_blocking(move || {
            // Reading leaves nothing half-done, so a poisoned lock is still good.
            read(&tables.lock().unwrap_or_else(PoisonError::into_inner))
        })
        .await
        .map_err(|_| HistoryError::Reader)?
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
        self.read(move |tables| tables.page(conversation, after, messages_max)).await
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
        self.read(move |tables| tables.resolved(before, conversations_max)).await
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
        self.read(move |tables| tables.of_visitor(visitor, conversations_max)).await
    }
}
