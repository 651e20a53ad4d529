//! For whoever operates it: is it alive, is it ready, and how much does it do.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;

use super::Shared;
use crate::bus::Priority;

pub(super) async fn livez() -> &'static str {
    "alive\n"
}

/// Ready means: new visitors are welcome here.
pub(super) async fn readyz(State(gateway): Shared) -> (StatusCode, &'static str) {
    if gateway.draining.is_begun() {
        (StatusCode::SERVICE_UNAVAILABLE, "draining\n")
    } else if gateway.log.metrics().poisoned {
        (StatusCode::SERVICE_UNAVAILABLE, "the log stopped after a failed write\n")
    } else {
        (StatusCode::OK, "ready\n")
    }
}

pub(super) async fn metrics(State(gateway): Shared) -> impl IntoResponse {
    let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let counters = &gateway.counters;
    let log = gateway.log.metrics();
    let levels = &gateway.answered.levels;
    let rows: [(&str, &str, u64); 25] = [
        ("visitors_connected", "gauge", read(&counters.visitors_connected)),
        ("agents_connected", "gauge", read(&counters.agents_connected)),
        ("frames_total", "counter", read(&counters.frames)),
        ("frames_malformed_total", "counter", read(&counters.frames_malformed)),
        ("slow_readers_total", "counter", read(&counters.slow_readers)),
        ("resumed_warm_total", "counter", read(&counters.resumed_warm)),
        ("connections_turned_away_total", "counter", read(&counters.turned_away)),
        ("degradation_level", "gauge", u64::from(gateway.degradation.level())),
        ("log_records_committed", "gauge", gateway.log.committed().borrow().0),
        ("log_appends_total", "counter", log.appends_count),
        ("log_commits_total", "counter", log.commits_count),
        ("log_queue_wait_us", "gauge", log.queue_wait_us),
        ("log_poisoned", "gauge", u64::from(log.poisoned)),
        // 2: real time, 1: a short slice, 0: as any thread.
        ("log_commit_priority", "gauge", priority(log.priority)),
        ("log_segments", "gauge", gateway.log.segments_count() as u64),
        ("log_first_record", "gauge", gateway.log.start().0),
        ("log_records_checkpointed", "gauge", read(&gateway.checkpointed)),
        ("bot_replies_total", "counter", read(&gateway.answered.replies)),
        ("bot_handoffs_total", "counter", read(&gateway.answered.handoffs)),
        ("bot_decisions_exact_total", "counter", read(&levels.exact)),
        ("bot_decisions_neighbour_total", "counter", read(&levels.neighbour)),
        ("bot_decisions_shared_total", "counter", read(&levels.shared)),
        ("bot_decisions_model_total", "counter", read(&levels.model)),
        ("bot_decisions_tier_total", "counter", read(&levels.tier)),
        ("bot_decisions_words_total", "counter", read(&levels.words)),
    ];
    let mut text = String::new();
    for (name, kind, value) in rows {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "# TYPE frontdesk_{name} {kind}\nfrontdesk_{name} {value}\n");
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text)
}

fn priority(priority: Priority) -> u64 {
    match priority {
        Priority::RealTime => 2,
        Priority::ShortSlice => 1,
        Priority::Ordinary => 0,
    }
}
