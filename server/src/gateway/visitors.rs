//! Who is on a site now, and on which page: for the console.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use protocol::context::{LIVE_VISITORS_MAX, LiveVisitor, LiveVisitors};

use super::Shared;
use super::access::signed_in;
use super::error::HttpError;
use super::sites::site_key;

/// Agents see who is there as they see every conversation.
pub(super) async fn list(
    State(gateway): Shared,
    Path(site): Path<String>,
    headers: HeaderMap,
) -> Result<Json<LiveVisitors>, HttpError> {
    signed_in(&gateway, &headers)?;
    let (total, seen) = gateway.presence.list(&site_key(&site)?, LIVE_VISITORS_MAX);
    let visitors = seen.into_iter().map(|seen| LiveVisitor {
        visitor: seen.visitor,
        conversation: gateway.conversations.current_of(seen.visitor),
        since_ms: seen.since_ms,
        context: seen.context,
    });
    let total = u32::try_from(total).unwrap_or(u32::MAX);
    Ok(Json(LiveVisitors { total, visitors: visitors.collect() }))
}
