//! How evenly conversations are spread over nodes, and how many move when a node leaves, beside a
//! ring with virtual nodes. No disk and no clock.

use anyhow::{Context, Result};
use protocol::ids::ConversationId;
use server::routing::{Node, place};
use sha2::{Digest, Sha256};

use crate::table::{Beside, Line, Row, Target};

const KEYS: u64 = 200_000;
const NODES: [u64; 3] = [3, 8, 32];
const VNODES: u64 = 160;

/// Says who owns a key.
type Owner<'a> = Box<dyn Fn(ConversationId) -> u64 + 'a>;

pub(crate) fn row() -> Result<Row> {
    let mut row = Row::new("routing");
    for count in NODES {
        let nodes: Vec<u64> = (1..=count).collect();
        let ratio_max = (count == 8).then_some(Target::AtMost(1.05));
        let (ours, ring) = (peak(&rendezvous(&nodes)?, &nodes), peak(&ring(&nodes)?, &nodes));
        row.lines.push(line(format!("peak / mean, {count} nodes"), ours, ring, ratio_max));
    }
    for count in NODES {
        let nodes: Vec<u64> = (1..=count).collect();
        let share = 1.0 / count as f64;
        let target = Target::Within { least: share - 0.01, most: share + 0.01 };
        let ours = moved(&rendezvous(&nodes)?, &rendezvous(&nodes[1..])?);
        let ring = moved(&ring(&nodes)?, &ring(&nodes[1..])?);
        row.lines.push(line(format!("keys moved, 1 of {count} leaves"), ours, ring, Some(target)));
    }
    row.notes.push(format!("{KEYS} conversations; a ring with {VNODES} virtual nodes each"));
    Ok(row)
}

fn line(figure: String, value: f64, ring: f64, target: Option<Target>) -> Line {
    let beside = Some(Beside { name: "ring", value: ring, ratio: None });
    Line { figure, value, beside, target }
}

fn keys() -> impl Iterator<Item = ConversationId> {
    // As real ids: milliseconds in the first half, noise behind.
    (0..KEYS).map(|at| {
        let noise = Sha256::digest(at.to_le_bytes());
        let noise = noise.first_chunk().expect("a digest is longer");
        ConversationId::from_parts(1_700_000_000_000 + at, *noise)
    })
}

fn rendezvous(nodes: &[u64]) -> Result<Owner<'static>> {
    let nodes: Vec<Node> = nodes.iter().map(|id| Node { id: *id, weight: 1.0 }).collect();
    place(ConversationId::from_parts(0, [0; 10]), &nodes).context("no nodes")?;
    Ok(Box::new(move |key| place(key, &nodes).expect("there are nodes").owner))
}

/// The textbook's ring: a key belongs to the first point at or after its own.
fn ring(nodes: &[u64]) -> Result<Owner<'static>> {
    let points = |node: &u64| {
        let node = *node;
        (0..VNODES).map(move |vnode| (point([node.to_le_bytes(), vnode.to_le_bytes()]), node))
    };
    let mut ring: Vec<(u64, u64)> = nodes.iter().flat_map(points).collect();
    ring.sort_unstable();
    let (_, first) = *ring.first().context("no nodes")?;
    Ok(Box::new(move |key| {
        let (high, low) = key.0.as_u64_pair();
        let at = point([high.to_le_bytes(), low.to_le_bytes()]);
        let next = ring.partition_point(|(point, _)| *point < at);
        ring.get(next).map_or(first, |(_, node)| *node)
    }))
}

/// Even by construction, so that the ring is judged by its shape and not by a poor hash.
fn point(parts: [[u8; 8]; 2]) -> u64 {
    let digest = Sha256::digest(parts.concat());
    u64::from_le_bytes(*digest.first_chunk().expect("a digest is longer"))
}

fn peak(owner: &Owner<'_>, nodes: &[u64]) -> f64 {
    let mut counts = vec![0_u64; nodes.len() + 1];
    for key in keys() {
        counts[owner(key) as usize] += 1;
    }
    let peak = counts.into_iter().max().unwrap_or_default();
    peak as f64 / (KEYS as f64 / nodes.len() as f64)
}

/// Share of all keys that have another owner afterwards.
fn moved(before: &Owner<'_>, after: &Owner<'_>) -> f64 {
    let moved = keys().filter(|key| before(*key) != after(*key)).count();
    moved as f64 / KEYS as f64
}
