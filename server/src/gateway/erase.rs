//! Erasing a visitor: their files, their conversations, what was found of them by search, and what
//! the log still held; with a receipt.

use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use protocol::conversation::Assignee;
use protocol::erasure::ErasureReceipt;
use protocol::ids::VisitorId;
use protocol::people::{AuditActor, Deed};
use protocol::refusal::RefusalCode;
use uuid::Uuid;

use super::access::{Intention, Object, access, from_console, signed_in};
use super::error::HttpError;
use super::{Gateway, Shared};
use crate::clock;
use crate::conversation::BUSY_RETRY_MS;
use crate::files::Place;

/// How long the history may take to come up with the log.
const HISTORY_WAIT: Duration = Duration::from_secs(10);

const HISTORY_LOOK: Duration = Duration::from_millis(20);

/// Whoever was interrupted asks again: what is left is erased then.
pub(super) async fn erase(
    State(gateway): Shared,
    Path(visitor): Path<Uuid>,
    headers: HeaderMap,
) -> Result<Json<ErasureReceipt>, HttpError> {
    from_console(&gateway, &headers)?;
    let agent = signed_in(&gateway, &headers)?;
    access(&agent, Object::Erasure, Intention::Change)?;
    let visitor = VisitorId(visitor);
    // The history knows whose the conversations are.
    history_is_here(&gateway).await?;
    let found = gateway.conversations.all_of_visitor(visitor).await.map_err(|_| busy())?;
    if found.is_empty() {
        return Err(HttpError::new(RefusalCode::NotFound, "the visitor has no conversation"));
    }
    let mut receipt = ErasureReceipt {
        visitor,
        at_ms: clock::now_ms(),
        by: AuditActor { id: agent.id, name: agent.name.clone() },
        conversations: 0,
        messages: 0,
        files: 0,
        file_bytes: 0,
        log_swept: false,
    };
    for summary in found {
        // Files first: without their conversation nobody would find them again.
        let place = Place { site: summary.site.clone(), conversation: summary.id };
        let removed = gateway.files.remove_all(&place).await.map_err(|error| {
            tracing::error!(%error, "files of an erased visitor are left");
            busy()
        })?;
        let by = Assignee { id: agent.id, name: agent.name.clone() };
        let erased = gateway.conversations.erase(summary.id, by).await;
        erased.map_err(|refusal| HttpError::new(refusal.code, "a conversation is left"))?;
        receipt.conversations += 1;
        receipt.messages += summary.last_seq.0;
        receipt.files += removed.count;
        receipt.file_bytes += removed.bytes;
    }
    let behind = *gateway.log.committed().borrow();
    gateway.log.seal();
    gateway.catalog.note(Some(agent.id), Deed::VisitorErased { visitor }).await?;
    history_is_here(&gateway).await?;
    receipt.log_swept = gateway.broom.sweep(behind).await;
    Ok(Json(receipt))
}

/// Waits until the history has everything that is committed now.
async fn history_is_here(gateway: &Gateway) -> Result<(), HttpError> {
    let (wanted, begun) = (*gateway.log.committed().borrow(), Instant::now());
    while begun.elapsed() < HISTORY_WAIT {
        let here = gateway.history.position().await.map_err(|error| {
            tracing::error!(%error, "the history cannot be asked");
            busy()
        })?;
        if here >= wanted {
            return Ok(());
        }
        tokio::time::sleep(HISTORY_LOOK).await;
    }
    Err(busy())
}

fn busy() -> HttpError {
    HttpError::retry_after(RefusalCode::Busy, BUSY_RETRY_MS, "not all is erased: ask again")
}
