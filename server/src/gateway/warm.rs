//! What is fetched for a visitor while their upgrade is under way: a queue, and the page that their
//! first `Resume` will most likely ask for. Only a hint: whatever changes meanwhile makes it void.

use std::sync::Arc;
use std::time::Duration;

use protocol::PAGE_MESSAGES_MAX;
use protocol::ids::{ConversationId, Seq, VisitorId};
use protocol::visitor::VisitorEvent;

use super::Gateway;
use crate::conversation::{Outbox, Outgoing, Subscription, Transcript, outbox};

/// A shard that takes longer than this is asked again when the visitor is there.
const WARM_UP_WAIT: Duration = Duration::from_millis(250);

pub(super) struct Ready {
    pub(super) outbox: Outbox<VisitorEvent>,
    pub(super) outgoing: Outgoing<VisitorEvent>,
    pub(super) subscription: Subscription,
    pub(super) warm: Option<Box<Warm>>,
}

/// The end of a visitor's conversation.
pub(super) struct Warm {
    conversation: ConversationId,
    after: Seq,
    read: Transcript,
}

pub(super) async fn make_ready(gateway: Arc<Gateway>, visitor: VisitorId) -> Ready {
    let (outbox, outgoing) = outbox();
    // Subscribed before the page is read: what comes meanwhile waits in the queue.
    let subscription = gateway.conversations.delivery().subscribe_visitor(visitor, outbox.clone());
    let warm = tokio::time::timeout(WARM_UP_WAIT, last_page(&gateway, visitor)).await;
    Ready { outbox, outgoing, subscription, warm: warm.ok().flatten() }
}

async fn last_page(gateway: &Gateway, visitor: VisitorId) -> Option<Box<Warm>> {
    let conversation = gateway.conversations.current_of(visitor)?;
    let last_seq = gateway.conversations.last_seq(conversation).await.ok()?;
    // No more than the shard has in memory.
    let after = Seq(last_seq.0.saturating_sub(PAGE_MESSAGES_MAX as u64));
    let read =
        gateway.conversations.transcript(conversation, after, PAGE_MESSAGES_MAX).await.ok()?;
    Some(Box::new(Warm { conversation, after, read }))
}

impl Warm {
    pub(super) fn answers(&self, conversation: ConversationId, after: Seq) -> bool {
        self.conversation == conversation && after >= self.after
    }

    pub(super) fn transcript_after(self, after: Seq) -> Transcript {
        let mut read = self.read;
        read.messages.retain(|message| message.seq > after);
        read
    }
}
