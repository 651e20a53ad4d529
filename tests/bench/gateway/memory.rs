//! What an idle socket costs the server's process, before a burst and after it has left.

use std::time::Duration;

use anyhow::Result;
use tests::load::crowd::{Door, Step, Taken};
use tests::load::stage::Stage;

use super::Options;
use super::echo::crowd;
use super::peers::{Echo, Peers};
use super::report::{Cell, Row};

const TARGET: &str = "≤ 6 KB, after the burst too";

/// Allocators give back what they give back within this.
const REST: Duration = Duration::from_secs(2);

/// Bytes a socket, idle and after the burst.
struct Cost {
    idle: f64,
    after: f64,
}

pub(crate) async fn measure(options: &Options, peers: &Peers) -> Result<Vec<Row>> {
    let stage = Stage::set().await?;
    let door = Door::Visitor { origin: stage.server.origin.clone(), talking: false };
    let ours = cost(options, door, stage.server.id()).await?;
    drop(stage);
    let count = options.idle;
    let mut idle = Row::new(format!("KB an idle socket, {count}"), TARGET, Cell::kb(ours.idle));
    let title = format!("KB an idle socket, {count}, after {} left", options.burst - count);
    let mut after = Row::new(title, TARGET, Cell::kb(ours.after));
    for peer in Echo::ALL {
        let Some(running) = peers.echo(peer)? else {
            idle.missing(peer.title());
            after.missing(peer.title());
            continue;
        };
        let door = Door::Plain { host: running.host.clone() };
        let theirs = cost(options, door, running.pid()).await?;
        idle.beside(peer.title(), Cell::kb(theirs.idle), &[theirs.idle / ours.idle]);
        after.beside(peer.title(), Cell::kb(theirs.after), &[theirs.after / ours.after]);
    }
    Ok(vec![idle, after])
}

async fn cost(options: &Options, door: Door, server_pid: u32) -> Result<Cost> {
    let steps = vec![
        Step::Rest(REST),
        Step::Grow(options.idle),
        Step::Rest(REST),
        Step::Grow(options.burst),
        Step::Echo(options.slice()),
        Step::Shrink(options.idle),
        Step::Rest(REST),
    ];
    let taken = crowd(door, server_pid, steps).await?;
    let rss = |at: usize| taken.get(at).map_or(0.0, |at: &Taken| at.server_rss_bytes as f64);
    let a_socket = |at: usize| (rss(at) - rss(0)) / options.idle as f64;
    Ok(Cost { idle: a_socket(2), after: a_socket(6) })
}
