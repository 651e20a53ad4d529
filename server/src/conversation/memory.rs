//! Which of its conversations a shard has in memory, which lie in the checkpoint, and which changed
//! since. It decides nothing about a conversation and never writes the checkpoint.

use std::collections::{HashMap, HashSet};

use protocol::ids::ConversationId;

use super::state::Conversation;
use crate::bus::Offset;
use crate::bus::record::Fact;
use crate::checkpoint::{Checkpoint, CheckpointError, Known};

/// Conversations read from the checkpoint at once.
pub(super) const READ_CONVERSATIONS_MAX: usize = 256;

/// The conversations of one shard.
pub(super) struct Memory {
    checkpoint: Checkpoint,
    warm: HashMap<ConversationId, Conversation>,
    /// In the checkpoint alone, until somebody asks.
    cold: HashSet<ConversationId>,
    /// Not in the checkpoint as they are now.
    changed: HashSet<ConversationId>,
    /// Of these, the ones a checkpoint under way still has to fetch.
    to_save: Vec<ConversationId>,
    /// And the ones it has fetched.
    saving: Vec<ConversationId>,
}

impl Memory {
    pub(super) fn new(checkpoint: Checkpoint) -> Self {
        Self {
            checkpoint,
            warm: HashMap::new(),
            cold: HashSet::new(),
            changed: HashSet::new(),
            to_save: Vec::new(),
            saving: Vec::new(),
        }
    }

    /// Takes note of a conversation in the checkpoint.
    pub(super) fn know(&mut self, known: Known) {
        self.cold.insert(known.conversation);
    }

    /// Takes in a fact read back from the log. Blocks for the disk.
    ///
    /// # Errors
    /// The checkpoint cannot be read.
    pub(super) fn replay(
        &mut self,
        offset: Offset,
        id: ConversationId,
        fact: &Fact,
    ) -> Result<(), CheckpointError> {
        if self.is_cold(id) {
            self.read(&[id])?;
        }
        if let Some(conversation) = self.warm.get_mut(&id) {
            // The checkpoint may have come further than its offset says.
            if offset >= conversation.applied() {
                conversation.apply(fact);
                conversation.note_applied(Offset(offset.0 + 1));
                conversation.trim();
                self.changed.insert(id);
            }
        } else if let Fact::Started(started) = fact {
            let mut conversation = Conversation::start(id, started.clone());
            conversation.note_applied(Offset(offset.0 + 1));
            self.warm.insert(id, conversation);
            self.changed.insert(id);
        }
        Ok(())
    }

    /// Reads what of these lies in the checkpoint. Blocks for the disk.
    ///
    /// # Errors
    /// The checkpoint cannot be read.
    pub(super) fn read(&mut self, ids: &[ConversationId]) -> Result<(), CheckpointError> {
        let cold: Vec<_> = ids.iter().filter(|id| self.cold.contains(id)).copied().collect();
        for some in cold.chunks(READ_CONVERSATIONS_MAX) {
            let restored = restore(&self.checkpoint, some)?;
            self.take_in(restored);
        }
        Ok(())
    }

    /// As `read`, beside the other tasks.
    ///
    /// # Errors
    /// The checkpoint cannot be read.
    pub(super) async fn warm_up(&mut self, ids: &[ConversationId]) -> Result<(), CheckpointError> {
        let cold: Vec<_> = ids.iter().filter(|id| self.cold.contains(id)).copied().collect();
        if cold.is_empty() {
            return Ok(());
        }
        let checkpoint = self.checkpoint.clone();
        let reading = tokio::task::spawn_blocking(move || restore(&checkpoint, &cold));
        let restored = reading.await.map_err(|_| CheckpointError::Task)??;
        self.take_in(restored);
        Ok(())
    }

    fn take_in(&mut self, restored: Vec<Conversation>) {
        for conversation in restored {
            self.cold.remove(&conversation.id());
            self.warm.insert(conversation.id(), conversation);
        }
    }

    /// Whether there is such a conversation, wherever it is.
    pub(super) fn knows(&self, id: ConversationId) -> bool {
        self.warm.contains_key(&id) || self.cold.contains(&id)
    }

    /// Whether it has to be read before it can be used.
    pub(super) fn is_cold(&self, id: ConversationId) -> bool {
        self.cold.contains(&id)
    }

    pub(super) fn get(&self, id: ConversationId) -> Option<&Conversation> {
        self.warm.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: ConversationId) -> Option<&mut Conversation> {
        self.warm.get_mut(&id)
    }

    pub(super) fn insert(&mut self, conversation: Conversation) {
        self.warm.insert(conversation.id(), conversation);
    }

    pub(super) fn remove(&mut self, id: ConversationId) {
        self.warm.remove(&id);
        self.changed.remove(&id);
    }

    pub(super) fn in_memory(&self) -> impl Iterator<Item = &Conversation> {
        self.warm.values()
    }

    pub(super) fn note_changed(&mut self, id: ConversationId) {
        self.changed.insert(id);
    }

    /// The next conversations for a checkpoint; `anew` begins one. What changes while it is under
    /// way is fetched as it is then, and by the next one again.
    pub(super) fn fetch_changed(
        &mut self,
        anew: bool,
        conversations_max: usize,
    ) -> Vec<Conversation> {
        if anew {
            // What a checkpoint that failed had fetched is still to be saved.
            self.changed.extend(self.to_save.drain(..).chain(self.saving.drain(..)));
            self.to_save = self.changed.drain().collect();
        }
        let rest = self.to_save.len().saturating_sub(conversations_max);
        let some = self.to_save.split_off(rest);
        let fetched = some.iter().filter_map(|id| self.warm.get(id).cloned()).collect();
        self.saving.extend(some);
        fetched
    }

    /// The checkpoint has all that was fetched. Conversations in which nobody speaks any more leave
    /// the memory; says which.
    pub(super) fn saved(&mut self, now_ms: u64) -> Vec<ConversationId> {
        self.saving.clear();
        let changed = &self.changed;
        let idle = self.warm.values().filter(|conversation| {
            conversation.warm_until_ms() < now_ms && !changed.contains(&conversation.id())
        });
        let idle: Vec<_> = idle.map(Conversation::id).collect();
        for id in &idle {
            self.warm.remove(id);
            self.cold.insert(*id);
        }
        idle
    }
}

/// # Errors
/// The checkpoint cannot be read, or a state is not what a shard writes.
pub(super) fn restore(
    checkpoint: &Checkpoint,
    ids: &[ConversationId],
) -> Result<Vec<Conversation>, CheckpointError> {
    let states = checkpoint.states(ids)?;
    states.values().map(|state| Ok(Conversation::restore(state)?)).collect()
}
