//! Durable messages a second over TCP: the log behind a tiny front, and Redis Streams that flush
//! before they answer. The same generator talks to both; each gets one core, the generator another.

pub(crate) mod front;
mod generator;

use std::process::Command;

use anyhow::Result;

use crate::redis::{Flush, Running, free_port, start};
use crate::rounds::{Slice, Spread, interleave};
use crate::table::{Beside, Line, Row, Target};
use crate::{Bench, machine};
use generator::{Load, Taken};

const SERVERS_CORE: usize = 0;
const GENERATORS_CORE: usize = 1;

/// 200 in flight either way.
const LOADS: [Load; 2] =
    [Load { connections: 200, in_flight_each: 1 }, Load { connections: 20, in_flight_each: 10 }];

/// One of a slice's figures.
type Figure = fn(&Taken) -> f64;

const PEER: &str = "Redis, appendfsync always";

pub(crate) fn row(bench: &Bench) -> Result<Row> {
    let front = pinned(|| start_front(bench))?;
    let folder = bench.folder("tcp-redis")?;
    let redis = pinned(|| start(&folder, Flush::Always))?;
    let mut row = Row::new("tcp");
    if redis.is_none() {
        row.notes.push("redis-server is not installed: nothing beside it".to_owned());
    }
    for load in LOADS {
        measure(bench, load, &front, redis.as_ref(), &mut row)?;
    }
    row.notes.push(format!(
        "{} B a message; server side on core {SERVERS_CORE}, generator on core {GENERATORS_CORE}; \
         the log behind the bench's own front",
        generator::PAYLOAD_BYTES
    ));
    Ok(row)
}

/// A child starts on the core of the thread that starts it.
fn pinned<T: Send>(start: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| {
        let starting = scope.spawn(|| {
            machine::pin(SERVERS_CORE)?;
            start()
        });
        starting.join().expect("starting does not panic")
    })
}

fn start_front(bench: &Bench) -> Result<Running> {
    let port = free_port()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("front").arg("--port").arg(port.to_string());
    command.arg("--folder").arg(bench.folder("tcp-log")?);
    Running::start(command, port)
}

fn measure(
    bench: &Bench,
    load: Load,
    front: &Running,
    redis: Option<&Running>,
    row: &mut Row,
) -> Result<()> {
    let slice = |port: u16| -> Slice<'_, Taken> {
        Box::new(move || {
            std::thread::scope(|scope| {
                let generating = scope.spawn(|| {
                    machine::pin(GENERATORS_CORE)?;
                    generator::run(port, load, bench.slice())
                });
                generating.join().expect("the generator does not panic")
            })
        })
    };
    let contestants = [Some(front), redis].into_iter().flatten();
    let contestants = contestants.map(|running| slice(running.port)).collect();
    let taken = interleave(bench.options.rounds, contestants)?;
    let Load { connections, in_flight_each } = load;
    let figures: [(_, Figure, _); 3] = [
        ("messages/s", |at| at.messages_a_second, Some(Target::RatioAtLeast(5.0))),
        ("p50 µs", |at| at.waits.p50_us, None),
        ("p99 µs", |at| at.waits.p99_us, None),
    ];
    for (figure, value, target) in figures {
        let median = |taken: &[Taken]| Spread::of(taken.iter().map(value)).median;
        row.lines.push(Line {
            figure: format!("TCP, {connections} sockets x {in_flight_each}, {figure}"),
            value: median(&taken[0]),
            beside: taken.get(1).map(|theirs| Beside {
                name: PEER,
                value: median(theirs),
                ratio: Some(Spread::of_ratios(&taken[0], theirs, value)),
            }),
            target,
        });
    }
    Ok(())
}
