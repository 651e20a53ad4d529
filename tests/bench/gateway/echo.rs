//! Echoes of one frame through each server on one core, in turns. Every socket has one frame under
//! way, so the servers are never idle; per second of processor time they compare even when the
//! machine is not ours alone.

use std::time::Duration;

use anyhow::Result;
use tests::load::crowd::{Crowd, Door, Plan, Step, Taken};
use tests::load::stage::{SOURCES_COUNT, Stage};

use super::peers::{self, Echo, Peers};
use super::report::{Cell, Row};
use super::{Options, in_thread};

/// Our own echo: parsed, asked of the conversation's writer, answered as `synced`.
const FRAME: &[u8] = br#"{"sync":{"last_seq":1}}"#;

const SEED: u64 = 7;

/// The core the servers run on.
const CORE: usize = 0;

const WARM: Duration = Duration::from_millis(500);

/// Of one slice.
struct Rates {
    per_s: f64,
    per_cpu_s: f64,
    p99_ms: f64,
    server_share: f64,
    own_share: f64,
}

pub(crate) async fn measure(options: &Options, peers: &Peers, sockets: usize) -> Result<Vec<Row>> {
    let stage = Stage::set().await?;
    peers::pin(stage.server.id(), CORE)?;
    let door = Door::Visitor { origin: stage.server.origin.clone(), talking: true };
    let mut others = Vec::new();
    for peer in Echo::ALL {
        let running = peers.echo(peer)?;
        if let Some(running) = &running {
            peers::pin(running.pid(), CORE)?;
        }
        others.push((peer, running, Vec::new()));
    }
    let mut ours = Vec::new();
    for _ in 0..options.rounds {
        ours.push(slice(options, door.clone(), stage.server.id(), sockets).await?);
        for (_, running, taken) in &mut others {
            if let Some(running) = running {
                let door = Door::Plain { host: running.host.clone() };
                taken.push(slice(options, door, running.pid(), sockets).await?);
            }
        }
    }
    let mut per_s = Row::new(
        format!("echoes/s, {sockets} sockets, one core"),
        "≥ 0.9 × Bun, ≥ 1.7 × Node ws",
        cell(&ours, |at| at.per_s),
    );
    let mut per_cpu_s = Row::new(
        format!("echoes per s of the server's CPU, {sockets}"),
        "",
        cell(&ours, |at| at.per_cpu_s),
    );
    per_s.note(shares("ours", &ours));
    for (peer, _, taken) in &others {
        if taken.is_empty() {
            per_s.missing(peer.title());
            per_cpu_s.missing(peer.title());
            continue;
        }
        per_s.beside(
            peer.title(),
            cell(taken, |at| at.per_s),
            &ratios(&ours, taken, |at| at.per_s),
        );
        let of_cpu = ratios(&ours, taken, |at| at.per_cpu_s);
        per_cpu_s.beside(peer.title(), cell(taken, |at| at.per_cpu_s), &of_cpu);
        per_s.note(shares(peer.title(), taken));
    }
    Ok(vec![per_s, per_cpu_s])
}

/// Sockets that go through the steps and echo our frame when told to; what was taken at each step.
pub(crate) async fn crowd(door: Door, server_pid: u32, steps: Vec<Step>) -> Result<Vec<Taken>> {
    let plan = Plan {
        door,
        server_pid,
        steps,
        frame: FRAME.to_vec(),
        sources_count: SOURCES_COUNT,
        seed: SEED,
    };
    in_thread(move || Crowd::run(plan)).await
}

async fn slice(options: &Options, door: Door, server_pid: u32, sockets: usize) -> Result<Rates> {
    let steps = vec![Step::Grow(sockets), Step::Echo(WARM), Step::Echo(options.slice())];
    let taken = crowd(door, server_pid, steps).await?;
    let at: &Taken = &taken[2];
    Ok(Rates {
        per_s: at.echoes as f64 / at.seconds,
        per_cpu_s: at.echoes as f64 / at.server_cpu_s.max(0.01),
        p99_ms: at.echo_ms.p99,
        server_share: at.server_cpu_s / at.seconds,
        own_share: at.own_cpu_s / at.seconds,
    })
}

fn cell(rates: &[Rates], value: fn(&Rates) -> f64) -> Cell {
    Cell::count(&rates.iter().map(value).collect::<Vec<_>>())
}

/// Ours over theirs, round by round.
fn ratios(ours: &[Rates], theirs: &[Rates], value: fn(&Rates) -> f64) -> Vec<f64> {
    ours.iter().zip(theirs).map(|(ours, theirs)| value(ours) / value(theirs)).collect()
}

/// Whether the server was what limited the rate, or the generator beside it.
fn shares(title: &str, rates: &[Rates]) -> String {
    let median = |value: fn(&Rates) -> f64| super::report::median(rates.iter().map(value));
    format!(
        "{title}: p99 {:.1} ms, server {:.0} % of a core, generator {:.0} %",
        median(|at| at.p99_ms),
        100.0 * median(|at| at.server_share),
        100.0 * median(|at| at.own_share)
    )
}
