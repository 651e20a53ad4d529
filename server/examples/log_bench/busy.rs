//! How long a commit takes while every core is kept busy by somebody else: with real-time priority,
//! with the short slice alone, and Redis that flushes before it answers.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use server::bus::{Log, LogOptions, Priority};

use crate::publisher::{PAYLOAD_BYTES, at_best_priority, publish_prior};
use crate::redis::{Client, Flush, start};
use crate::rounds::{Slice, Spread, Waits, interleave};
use crate::table::{Beside, Line, Row, Target};
use crate::{Bench, machine};

const MS_OF_US: f64 = 1e-3;

/// One of a slice's figures.
type Figure = fn(&Waits) -> f64;

/// A log of ours and what its commit thread is to have.
struct Ours {
    log: Log,
    wanted: Priority,
    p99_ms_target: f64,
}

pub(crate) fn row(bench: &Bench) -> Result<Row> {
    let logs = [
        Ours::open(&bench.folder("busy-real-time")?, Priority::RealTime, 1.0)?,
        Ours::open(&bench.folder("busy-slice")?, Priority::ShortSlice, 5.0)?,
    ];
    let redis = start(&bench.folder("busy-redis")?, Flush::Always)?;
    let mut row = Row::new("busy");
    let mut contestants: Vec<Slice<'_, Waits>> = Vec::new();
    let (mut measured, slice) = (Vec::new(), bench.slice());
    for ours in &logs {
        let got = ours.log.metrics().priority;
        if got == ours.wanted {
            contestants.push(Box::new(|| saturated(|| publish_prior(&ours.log, slice))));
            measured.push(ours);
        } else {
            row.notes.push(format!("{:?} is not measured: got {got:?}", ours.wanted));
        }
    }
    if let Some(redis) = &redis {
        contestants.push(Box::new(|| saturated(|| ask(redis.port, slice))));
    } else {
        row.notes.push("redis-server is not installed: nothing beside it".to_owned());
    }
    let taken = interleave(bench.options.rounds, contestants)?;
    let theirs = redis.is_some().then(|| taken.last()).flatten();
    for (ours, taken) in measured.iter().zip(&taken) {
        let figures: [(_, Figure, _); 2] = [
            ("p50 ms", |at| at.p50_us * MS_OF_US, None),
            ("p99 ms", |at| at.p99_us * MS_OF_US, Some(Target::AtMost(ours.p99_ms_target))),
        ];
        for (figure, value, target) in figures {
            row.lines.push(Line {
                figure: format!("every core busy, {:?}, {figure}", ours.wanted),
                value: Spread::of(taken.iter().map(value)).median,
                beside: theirs.map(|theirs| Beside {
                    name: "Redis, appendfsync always",
                    value: Spread::of(theirs.iter().map(value)).median,
                    ratio: Some(Spread::of_ratios(taken, theirs, value)),
                }),
                target,
            });
        }
    }
    row.notes.push(
        "a spinner on each core; every publisher itself has the best priority, so that its own \
         waiting for a core is nobody's figure"
            .to_owned(),
    );
    Ok(row)
}

impl Ours {
    /// The commit thread has no more rights than the thread that opens the log.
    fn open(folder: &Path, wanted: Priority, p99_ms_target: f64) -> Result<Self> {
        let log = std::thread::scope(|scope| {
            let opening = scope.spawn(|| {
                if wanted != Priority::RealTime {
                    machine::renounce_real_time()?;
                }
                anyhow::Ok(Log::open(folder, LogOptions::default())?.0)
            });
            opening.join().expect("opening does not panic")
        })?;
        // The thread says what it got once it runs: after its first commit it has.
        publish_prior(&log, Duration::ZERO)?;
        Ok(Self { log, wanted, p99_ms_target })
    }
}

/// Runs while every core is kept busy.
fn saturated<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    let done = AtomicBool::new(false);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    std::hint::spin_loop()
                }
            });
        }
        let outcome = work();
        done.store(true, Ordering::Relaxed);
        outcome
    })
}

fn ask(port: u16, slice: Duration) -> Result<Waits> {
    at_best_priority(|| {
        let mut client = Client::connect(port)?;
        let value = "x".repeat(PAYLOAD_BYTES);
        let (started, mut waits_us) = (Instant::now(), Vec::new());
        while waits_us.is_empty() || started.elapsed() < slice {
            let begun = Instant::now();
            anyhow::ensure!(client.add(&value)?.is_some(), "Redis hung up");
            waits_us.push(begun.elapsed().as_secs_f64() * 1e6);
        }
        Ok(Waits::of(waits_us))
    })
}
