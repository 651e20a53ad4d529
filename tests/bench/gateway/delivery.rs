//! Messages at a rate, each durable before it is acknowledged and shown to the other party, beside
//! socket.io in front of a Redis stream that syncs before it answers.

use std::time::Duration;

use anyhow::Result;
use tests::load::pairs;
use tests::load::stage::{SOURCES_COUNT, Stage};

use super::peers::Peers;
use super::report::{Cell, Row, median};
use super::{Options, in_thread};

const TARGET_P99: &str = "≤ 20 ms (the origin system: 200)";

const GRACE: Duration = Duration::from_secs(20);

const TEXT_BYTES: usize = 120;

const PEER: &str = "socket.io + Redis always";

pub(crate) async fn measure(options: &Options, peers: &Peers) -> Result<Vec<Row>> {
    let duration = 4 * options.slice();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // Each round takes a minute of getting in, so there are fewer of them.
    for _ in 0..options.rounds.div_ceil(2) {
        let mut stage = Stage::set().await?;
        let plan = stage.plan(options.sockets, options.agents, options.rate_per_s, duration);
        ours.push(stage.run(plan, &[]).await?.outcome);
        drop(stage);
        let Some(relay) = peers.relay()? else { continue };
        let plan = pairs::Plan {
            host: relay.host.clone(),
            sockets: options.sockets / 2 * 2,
            rate_per_s: options.rate_per_s,
            duration,
            grace: GRACE,
            text_bytes: TEXT_BYTES,
            sources_count: SOURCES_COUNT,
        };
        theirs.push(in_thread(move || pairs::run(plan)).await?);
    }
    let mut rows = Vec::new();
    let load = format!("{} sockets, {}/s", options.sockets, options.rate_per_s);
    let titles = [("p50", ""), ("p99", TARGET_P99)];
    for (idx, (title, target)) in titles.into_iter().enumerate() {
        let at = |times: &tests::load::Percentiles| [times.p50, times.p99][idx];
        let shown: Vec<f64> = ours.iter().map(|run| at(&run.latencies.to_visitor_ms)).collect();
        let mut row = Row::new(
            format!("due → durable → other party, {title}, ms; {load}"),
            target,
            Cell::ms(&shown),
        );
        let others: Vec<f64> = theirs.iter().map(|run| at(&run.shown_ms)).collect();
        if others.is_empty() {
            row.missing(PEER);
        } else {
            let ratios: Vec<f64> = shown.iter().zip(&others).map(|(us, them)| them / us).collect();
            row.beside(PEER, Cell::ms(&others), &ratios);
        }
        rows.push(row);
    }
    for run in &ours {
        rows[1].verdict(&run.verdict);
        rows[1].note(format!(
            "ours: on disk p50 {:.1} p99 {:.1} ms; to the agents' inbox p50 {:.1} p99 {:.1} ms; \
             {} connections lost, generator late by at most {:.1} ms",
            run.latencies.accepted_ms.p50,
            run.latencies.accepted_ms.p99,
            run.latencies.to_agent_ms.p50,
            run.latencies.to_agent_ms.p99,
            run.losses,
            run.behind_ms_max
        ));
    }
    if !theirs.is_empty() {
        let accepted = median(theirs.iter().map(|run| run.accepted_ms.p99));
        let wrong: u64 = theirs.iter().map(|run| run.missing + run.doubled + run.disordered).sum();
        rows[1].note(format!(
            "{PEER}: acknowledged p99 {accepted:.1} ms; {wrong} missing, doubled or out of order"
        ));
    }
    Ok(rows)
}
