//! One publisher that waits for each acknowledgement, beside the bare write and flush.

use std::time::{Duration, Instant};

use anyhow::Result;
use server::bus::{AppendClass, Log, LogMetrics, LogOptions};
use tokio::runtime::Runtime;

use crate::Bench;
use crate::raw::Raw;
use crate::rounds::{Slice, Spread, Waits, interleave};
use crate::table::{Beside, Line, Row, Target};

pub(crate) const PAYLOAD_BYTES: usize = 200;

pub(crate) fn row(bench: &Bench) -> Result<Row> {
    let runtime = Runtime::new()?;
    let (log, _) = Log::open(&bench.folder("publisher-log")?, LogOptions::default())?;
    let mut raw = Raw::create(&bench.folder("publisher-raw")?)?;
    runtime.block_on(publish(log.clone(), bench.slice()))?;
    let batch = vec![0xa5; bytes_a_commit(&log.metrics())];
    raw.commits_us(bench.slice(), &batch)?;
    let contestants: Vec<Slice<'_, Waits>> = vec![
        Box::new(|| {
            // On a worker of the runtime, as a shard is.
            let publishing = runtime.spawn(publish(log.clone(), bench.slice()));
            Ok(Waits::of(runtime.block_on(publishing)??))
        }),
        Box::new(|| Ok(Waits::of(raw.commits_us(bench.slice(), &batch)?))),
    ];
    let taken = interleave(bench.options.rounds, contestants)?;
    let mut row = Row::new("publisher");
    let figures: [(_, fn(&Waits) -> f64, _); 2] = [
        ("one publisher, append to durable, p50 µs", |at| at.p50_us, 1.3),
        ("one publisher, append to durable, p99 µs", |at| at.p99_us, 2.0),
    ];
    for (figure, value, ratio_max) in figures {
        row.lines.push(Line {
            figure: figure.to_owned(),
            value: Spread::of(taken[0].iter().map(value)).median,
            beside: Some(Beside {
                name: "raw pwrite + fdatasync",
                value: Spread::of(taken[1].iter().map(value)).median,
                ratio: Some(Spread::of_ratios(&taken[0], &taken[1], value)),
            }),
            target: Some(Target::RatioAtMost(ratio_max)),
        });
    }
    row.notes.push(format!(
        "{PAYLOAD_BYTES} B records, {} B a commit; commit thread and raw loop: {:?}",
        batch.len(),
        log.metrics().priority
    ));
    Ok(row)
}

async fn publish(log: Log, slice: Duration) -> Result<Vec<f64>> {
    let mut waits_us = Vec::new();
    let started = Instant::now();
    while started.elapsed() < slice {
        let payload = vec![0xa5; PAYLOAD_BYTES];
        let begun = Instant::now();
        log.append(vec![payload], AppendClass::ExistingChat).await?;
        waits_us.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    Ok(waits_us)
}

/// Mean of what was written to disk at once.
pub(crate) fn bytes_a_commit(metrics: &LogMetrics) -> usize {
    let mean = metrics.committed_bytes / metrics.commits_count.max(1);
    usize::try_from(mean).expect("a frame fits into memory")
}
