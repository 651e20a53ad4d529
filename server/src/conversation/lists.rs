//! Lists of conversations that are not all in memory: what is resolved, what a visitor said before.
//! The history says which, the shards how they stand.

use std::collections::BTreeMap;

use protocol::conversation::ConversationSummary;
use protocol::ids::{AgentId, ConversationId, VisitorId};
use protocol::inbox::{InboxKey, InboxQuery};
use tokio::sync::oneshot;

use super::asides::Asides;
use super::shard::Letter;
use super::{Conversations, TranscriptError};
use crate::history::HistoryError;
use crate::routing;

/// Conversations looked at for one page of what is resolved; what the filters leave of them may be
/// few, and the next page goes on behind them.
const LOOKED_AT_MAX: usize = 200;

/// Earlier conversations of one visitor that are shown.
const EARLIER_MAX: usize = 20;

/// Conversations of one visitor that are erased in one go.
const ALL_MAX: usize = 10_000;

/// A page of resolved conversations.
pub struct Resolved {
    pub rows: Vec<ConversationSummary>,
    pub next: Option<InboxKey>,
}

impl Conversations {
    /// # Errors
    /// The history cannot answer now.
    pub async fn resolved(
        &self,
        query: &InboxQuery,
        me: AgentId,
        after: Option<InboxKey>,
    ) -> Result<Resolved, TranscriptError> {
        let before = after.map(|key| key.id);
        let ids = self.history.resolved(before, LOOKED_AT_MAX).await.map_err(unreadable)?;
        let mut rows = self.summaries(&ids).await;
        let next = ids.last().filter(|_| ids.len() == LOOKED_AT_MAX);
        let next = next.and_then(|id| rows.iter().find(|row| row.id == *id));
        let next = next.map(|row| query.key(row));
        rows.retain(|row| query.matches(row, me));
        rows.sort_by_key(|row| query.key(row));
        Ok(Resolved { rows, next })
    }

    /// The visitor's conversations, newest first.
    ///
    /// # Errors
    /// The history cannot answer now.
    pub async fn of_visitor(
        &self,
        visitor: VisitorId,
    ) -> Result<Vec<ConversationSummary>, TranscriptError> {
        let ids = self.history.of_visitor(visitor, EARLIER_MAX).await.map_err(unreadable)?;
        let mut rows = self.summaries(&ids).await;
        rows.sort_by_key(|row| std::cmp::Reverse(row.id));
        Ok(rows)
    }

    /// Every conversation a visitor ever had.
    ///
    /// # Errors
    /// The history cannot answer now.
    pub async fn all_of_visitor(
        &self,
        visitor: VisitorId,
    ) -> Result<Vec<ConversationSummary>, TranscriptError> {
        let ids = self.history.of_visitor(visitor, ALL_MAX).await.map_err(unreadable)?;
        let mut rows = Vec::new();
        // A shard reads so many at once.
        for some in ids.chunks(LOOKED_AT_MAX) {
            rows.extend(self.summaries(some).await);
        }
        if rows.len() == ids.len() { Ok(rows) } else { Err(TranscriptError::Busy) }
    }

    /// What stands beside the transcript.
    pub async fn asides(&self, conversation: ConversationId) -> Asides {
        let (reply, read) = oneshot::channel();
        let asked = self.shard(conversation).try_send(Letter::Asides { conversation, reply });
        match asked {
            Ok(()) => read.await.unwrap_or_default(),
            Err(_) => Asides::default(),
        }
    }

    /// How these stand now; what a busy shard does not say is left out.
    async fn summaries(&self, ids: &[ConversationId]) -> Vec<ConversationSummary> {
        let shards_count = u16::try_from(self.shards.len()).expect("made from a u16");
        let mut by_shard: BTreeMap<usize, Vec<ConversationId>> = BTreeMap::new();
        for id in ids {
            by_shard.entry(routing::shard_of(*id, shards_count)).or_default().push(*id);
        }
        let mut rows = Vec::new();
        for (shard, conversations) in by_shard {
            let (reply, read) = oneshot::channel();
            let letter = Letter::Summaries { conversations, reply };
            if self.shards[shard].send(letter).await.is_ok() {
                rows.extend(read.await.unwrap_or_default());
            }
        }
        rows
    }
}

fn unreadable(error: HistoryError) -> TranscriptError {
    tracing::error!(%error, "no list of earlier conversations");
    TranscriptError::Busy
}
