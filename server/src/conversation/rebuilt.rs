//! All conversations while the log is read at start: from the checkpoint first, then from the
//! records behind it, each to the shard it belongs to.

use protocol::ids::ConversationId;

use super::memory::{self, Memory};
use crate::bus::Offset;
use crate::bus::record::{Fact, ReplayError};
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::routing;
use crate::session::Sessions;

#[derive(Debug, thiserror::Error)]
pub(super) enum RebuildError {
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Replay(#[from] ReplayError),
}

/// Every shard's conversations, and who is in which.
pub struct Rebuilt {
    pub(super) shards: Vec<Memory>,
    sessions: Sessions,
    known_count: usize,
}

impl Rebuilt {
    /// Reads the checkpoint; what is still going on is in memory afterwards. Blocks for the disk.
    ///
    /// # Errors
    /// The checkpoint cannot be read.
    pub fn read(
        checkpoint: &Checkpoint,
        sessions: Sessions,
        shards_count: u16,
        now_ms: u64,
    ) -> Result<Self, CheckpointError> {
        let mut shards: Vec<Memory> =
            (0..shards_count).map(|_| Memory::new(checkpoint.clone())).collect();
        let mut warm: Vec<Vec<ConversationId>> = vec![Vec::new(); shards.len()];
        let mut known_count = 0;
        checkpoint.roster(|known| {
            let shard = routing::shard_of(known.conversation, shards_count);
            shards[shard].know(known);
            sessions.remember(known.visitor, known.conversation);
            if known.warm_until_ms >= now_ms {
                warm[shard].push(known.conversation);
            }
            known_count += 1;
        })?;
        for (shard, ids) in shards.iter_mut().zip(warm) {
            shard.read(&ids)?;
        }
        Ok(Self { shards, sessions, known_count })
    }

    /// # Errors
    /// The checkpoint cannot be read.
    pub fn apply(
        &mut self,
        offset: Offset,
        id: ConversationId,
        fact: &Fact,
    ) -> Result<(), CheckpointError> {
        if let Fact::Started(started) = fact {
            self.sessions.remember(started.visitor, id);
            self.known_count += 1;
        }
        if let Fact::Claimed { from, to } = fact {
            self.sessions.hand_over(*from, *to, id);
        }
        if let Fact::Erased(erased) = fact {
            self.sessions.forget(erased.visitor, id);
        }
        let shards_count = u16::try_from(self.shards.len()).expect("made from a u16");
        self.shards[routing::shard_of(id, shards_count)].replay(offset, id, fact)
    }

    /// One shard's share alone.
    pub(super) fn into_shard(mut self, shard: usize) -> Memory {
        self.shards.swap_remove(shard)
    }

    /// Conversations there are; one that a checkpoint holds and the log begins anew counts twice.
    pub fn len(&self) -> usize {
        self.known_count
    }

    pub fn is_empty(&self) -> bool {
        self.known_count == 0
    }
}

/// Reads every conversation in the checkpoint and says how many there are. Blocks for the disk.
///
/// # Errors
/// One of them cannot be read.
pub fn check(checkpoint: &Checkpoint) -> Result<usize, CheckpointError> {
    let mut ids = Vec::new();
    checkpoint.roster(|known| ids.push(known.conversation))?;
    for some in ids.chunks(memory::READ_CONVERSATIONS_MAX) {
        memory::restore(checkpoint, some)?;
    }
    Ok(ids.len())
}
