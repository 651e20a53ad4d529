//! As many records as the disk takes, from many writers in this process, beside the bare write and
//! flush of batches of the same size.

use std::time::{Duration, Instant};

use anyhow::Result;
use server::bus::{AppendClass, Log, LogMetrics, LogOptions};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::Bench;
use crate::publisher::bytes_a_commit;
use crate::raw::{Onward, Raw};
use crate::rounds::{Slice, Spread, interleave};
use crate::table::{Beside, Line, Row, Target};

const RECORD_BYTES: usize = 256;
const RECORDS_AN_APPEND: usize = 256;
/// Twice what one commit takes: while one batch is flushed, the next one gathers.
const WRITERS: usize = 32;

const BYTES_OF_MB: f64 = 1e6;

/// One slice.
struct Written {
    bytes_a_second: f64,
    records_a_second: f64,
}

pub(crate) fn row(bench: &Bench) -> Result<Row> {
    let runtime = Runtime::new()?;
    let (log, _) = Log::open(&bench.folder("bulk-log")?, LogOptions::default())?;
    let (onward, slice) = (Onward::new(bench.folder("bulk-onward")?), bench.slice());
    let mut raw = Raw::create(&bench.folder("bulk-raw")?)?;
    runtime.block_on(write(&log, slice))?;
    let batch = vec![0xa5; bytes_a_commit(&log.metrics())];
    raw.commits_us(slice, &batch)?;
    let only = |bytes_a_second| Written { bytes_a_second, records_a_second: 0.0 };
    let contestants: Vec<Slice<'_, Written>> = vec![
        Box::new(|| {
            let written = runtime.block_on(write(&log, slice))?;
            // Otherwise the row needs a disk of many GB.
            log.trim(*log.committed().borrow(), 0)?;
            Ok(written)
        }),
        Box::new(|| Ok(only(onward.bytes_a_second(slice, &batch)?))),
        Box::new(|| {
            let begun = Instant::now();
            let commits = raw.commits_us(slice, &batch)?.len();
            Ok(only((commits * batch.len()) as f64 / begun.elapsed().as_secs_f64()))
        }),
    ];
    let taken = interleave(bench.options.rounds, contestants)?;
    let mut row = Row::new("bulk");
    let target = Some(Target::RatioAtLeast(0.6));
    row.lines.push(line(&taken, 1, "raw, same batches", target));
    row.lines.push(line(&taken, 2, "raw, one ready file", None));
    row.lines.push(Line {
        figure: "durable bulk, records/s".to_owned(),
        value: Spread::of(taken[0].iter().map(|at| at.records_a_second)).median,
        beside: None,
        target: None,
    });
    row.notes.push(format!(
        "{WRITERS} writers of {RECORDS_AN_APPEND} records an append, {} KiB a commit; `same \
         batches` makes its next files meanwhile, as the log does; `one ready file` writes over \
         the same 64 MiB again and again, which keeps nothing",
        batch.len() >> 10
    ));
    Ok(row)
}

fn line(taken: &[Vec<Written>], other: usize, name: &'static str, target: Option<Target>) -> Line {
    let bandwidth = |at: &Written| at.bytes_a_second / BYTES_OF_MB;
    Line {
        figure: "durable bulk, 256 B records, in process, MB/s".to_owned(),
        value: Spread::of(taken[0].iter().map(bandwidth)).median,
        beside: Some(Beside {
            name,
            value: Spread::of(taken[other].iter().map(bandwidth)).median,
            ratio: Some(Spread::of_ratios(&taken[0], &taken[other], bandwidth)),
        }),
        target,
    }
}

async fn write(log: &Log, slice: Duration) -> Result<Written> {
    let before = log.metrics();
    let begun = Instant::now();
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let log = log.clone();
        writers.spawn(async move {
            while begun.elapsed() < slice {
                let payloads = vec![vec![0xa5; RECORD_BYTES]; RECORDS_AN_APPEND];
                log.append(payloads, AppendClass::ExistingChat).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(written) = writers.join_next().await {
        written??;
    }
    let (seconds, after) = (begun.elapsed().as_secs_f64(), log.metrics());
    let rate = |count: fn(&LogMetrics) -> u64| (count(&after) - count(&before)) as f64 / seconds;
    Ok(Written {
        bytes_a_second: rate(|metrics| metrics.committed_bytes),
        records_a_second: rate(|metrics| metrics.records_count),
    })
}
