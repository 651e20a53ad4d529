//! One publisher that waits for each acknowledgement, beside the bare write and flush.

use std::time::{Duration, Instant};

use anyhow::Result;
use server::bus::{AppendClass, Log, LogMetrics, LogOptions, Priority};
use tokio::runtime::Runtime;

use crate::Bench;
use crate::raw::Raw;
use crate::rounds::{Slice, Spread, Waits, interleave};
use crate::table::{Beside, Line, Row, Target};

pub(crate) const PAYLOAD_BYTES: usize = 200;

/// Who publishes.
#[derive(Debug, Clone, Copy)]
enum Publisher {
    /// At the priority of the commit thread and of the raw loop: the log alone is measured.
    Prior,
    /// A task of an ordinary runtime, as a shard is: what waiting for a core adds.
    Ordinary,
}

pub(crate) fn row(bench: &Bench) -> Result<Row> {
    let runtime = Runtime::new()?;
    let (log, _) = Log::open(&bench.folder("publisher-log")?, LogOptions::default())?;
    let mut raw = Raw::create(&bench.folder("publisher-raw")?)?;
    let slice = bench.slice();
    publish_prior(&log, slice)?;
    let batch = vec![0xa5; bytes_a_commit(&log.metrics())];
    raw.commits_us(slice, &batch)?;
    let contestants: Vec<Slice<'_, Waits>> = vec![
        Box::new(|| publish_prior(&log, slice)),
        Box::new(|| {
            let publishing = runtime.spawn(publish(log.clone(), slice));
            runtime.block_on(publishing)?
        }),
        Box::new(|| Ok(Waits::of(raw.commits_us(slice, &batch)?))),
    ];
    let taken = interleave(bench.options.rounds, contestants)?;
    let mut row = Row::new("publisher");
    row.lines.push(line(&taken, Publisher::Prior, "p50", |at| at.p50_us, 1.3));
    row.lines.push(line(&taken, Publisher::Prior, "p99", |at| at.p99_us, 2.0));
    row.lines.push(line(&taken, Publisher::Ordinary, "p50", |at| at.p50_us, 1.3));
    row.lines.push(line(&taken, Publisher::Ordinary, "p99", |at| at.p99_us, 2.0));
    row.notes.push(format!(
        "{PAYLOAD_BYTES} B records, {} B a commit; commit thread and raw loop: {:?}; `ordinary`: \
         the publisher is a task of an ordinary runtime",
        batch.len(),
        log.metrics().priority
    ));
    Ok(row)
}

fn line(
    taken: &[Vec<Waits>],
    publisher: Publisher,
    percentile: &str,
    value: fn(&Waits) -> f64,
    ratio_max: f64,
) -> Line {
    let (ours, figure) = match publisher {
        Publisher::Prior => (&taken[0], "append to durable"),
        Publisher::Ordinary => (&taken[1], "append to durable, ordinary"),
    };
    Line {
        figure: format!("{figure}, {percentile} µs"),
        value: Spread::of(ours.iter().map(value)).median,
        beside: Some(Beside {
            name: "raw pwrite + fdatasync",
            value: Spread::of(taken[2].iter().map(value)).median,
            ratio: Some(Spread::of_ratios(ours, &taken[2], value)),
        }),
        target: Some(Target::RatioAtMost(ratio_max)),
    }
}

/// Publishes from a thread that takes the best priority there is.
pub(crate) fn publish_prior(log: &Log, slice: Duration) -> Result<Waits> {
    at_best_priority(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        runtime.block_on(publish(log.clone(), slice))
    })
}

/// On a thread of its own: what it claims ends with it.
pub(crate) fn at_best_priority<T: Send>(work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| {
        let working = scope.spawn(|| {
            Priority::claim();
            work()
        });
        working.join().expect("publishing does not panic")
    })
}

/// At least one append.
async fn publish(log: Log, slice: Duration) -> Result<Waits> {
    let mut waits_us = Vec::new();
    let started = Instant::now();
    while waits_us.is_empty() || started.elapsed() < slice {
        let payload = vec![0xa5; PAYLOAD_BYTES];
        let begun = Instant::now();
        log.append(vec![payload], AppendClass::ExistingChat).await?;
        waits_us.push(begun.elapsed().as_secs_f64() * 1e6);
    }
    Ok(Waits::of(waits_us))
}

/// Mean of what was written to disk at once.
pub(crate) fn bytes_a_commit(metrics: &LogMetrics) -> usize {
    let mean = metrics.committed_bytes / metrics.commits_count.max(1);
    usize::try_from(mean).expect("a frame fits into memory")
}
