//! Erasing a visitor, and the receipt for it.

use serde::{Deserialize, Serialize};

use crate::ids::VisitorId;
use crate::people::AuditActor;

/// The answer to `POST /v1/visitors/{visitor}/erase`: what is gone. The audit log has the deed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasureReceipt {
    pub visitor: VisitorId,
    pub at_ms: u64,
    pub by: AuditActor,
    pub conversations: u32,
    /// Messages in them, notices included.
    pub messages: u64,
    pub files: u32,
    pub file_bytes: u64,
    /// The words are out of the write-ahead log, too. Otherwise they leave it with the next
    /// checkpoint, minutes later.
    pub log_swept: bool,
}
