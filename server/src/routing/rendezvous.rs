//! Rendezvous hashing (highest random weight): every node scores every key and the best keeps it.
//! A node that leaves gives away only its own keys. Pure; knows no network and no membership.

use protocol::ids::ConversationId;

/// A member of the cluster.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Node {
    /// Stable for the node's life; its position in a list means nothing.
    pub id: u64,
    /// Share of keys in proportion to the other nodes' weights; above 0.
    pub weight: f64,
}

/// The owner of a key, and the node that takes over when the owner is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placement {
    pub owner: u64,
    pub standby: Option<u64>,
}

/// `None` when there is no node.
pub fn place(conversation: ConversationId, nodes: &[Node]) -> Option<Placement> {
    best_two(nodes.iter().map(|node| (score(conversation, node), node.id)))
}

/// The two highest ranks; equal ranks go to the higher id, so that all nodes agree.
pub(super) fn best_two<R: PartialOrd + Copy>(
    ranked: impl Iterator<Item = (R, u64)>,
) -> Option<Placement> {
    let mut best: Option<(R, u64)> = None;
    let mut second: Option<(R, u64)> = None;
    for node in ranked {
        if best.is_none_or(|best| node > best) {
            second = best;
            best = Some(node);
        } else if second.is_none_or(|second| node > second) {
            second = Some(node);
        }
    }
    best.map(|(_, owner)| Placement { owner, standby: second.map(|(_, id)| id) })
}

/// The single writer within a node. Shards are all alike and live and die together.
pub fn shard_of(conversation: ConversationId, shards_count: u16) -> usize {
    assert!(shards_count > 0, "a node has at least one shard");
    usize::try_from(hash(conversation, SHARD_SEED) % u64::from(shards_count))
        .expect("below shards_count, which is 16 bits")
}

/// Keeps shard choice independent of node choice.
const SHARD_SEED: u64 = 0x5348_4152_4431_0001;

/// The weighted score of Wang and Ravishankar: `-weight / ln(uniform)`.
pub(super) fn score(conversation: ConversationId, node: &Node) -> f64 {
    // 53 bits fill a float's mantissa; half a step keeps the value off 0 and 1.
    let uniform = ((hash(conversation, node.id) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    -node.weight / uniform.ln()
}

/// Stable across programs and machines: owners must agree.
fn hash(conversation: ConversationId, seed: u64) -> u64 {
    let (high, low) = conversation.0.as_u64_pair();
    mix(mix(mix(seed) ^ high) ^ low)
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    const KEYS: u64 = 200_000;

    fn key(index: u64) -> ConversationId {
        // As real ids: time in the first half, so neighbours differ in a few bits only.
        ConversationId::from_parts(1_700_000_000_000 + index, [7; 10])
    }

    fn nodes(count: u64) -> Vec<Node> {
        (1..=count).map(|id| Node { id, weight: 1.0 }).collect()
    }

    fn shares(nodes: &[Node]) -> HashMap<u64, f64> {
        let mut shares = HashMap::new();
        for index in 0..KEYS {
            *shares.entry(place(key(index), nodes).unwrap().owner).or_insert(0.0) += 1.0;
        }
        shares
    }

    #[test]
    fn the_fullest_node_is_close_to_the_mean() {
        for (nodes_count, peak_max) in [(3, 1.02), (8, 1.05), (32, 1.05)] {
            let shares = shares(&nodes(nodes_count));
            let peak = shares.values().copied().fold(0.0, f64::max);
            let over_mean = peak / (KEYS as f64 / nodes_count as f64);
            println!("{nodes_count} nodes: peak/mean {over_mean:.4}");
            assert!(over_mean <= peak_max, "{nodes_count} nodes: {over_mean}");
        }
    }

    #[test]
    fn weights_are_shares() {
        let mut nodes = nodes(3);
        nodes[0].weight = 2.0;
        let heavy = shares(&nodes)[&1] / KEYS as f64;
        assert!((heavy - 0.5).abs() < 0.02, "{heavy}");
    }

    #[test]
    fn a_leaving_node_gives_its_keys_to_their_standby_and_moves_no_other() {
        for nodes_count in [3, 8, 32] {
            let before = nodes(nodes_count);
            let after = &before[1..];
            let mut moved = 0.0;
            for index in 0..KEYS / 4 {
                let old = place(key(index), &before).unwrap();
                let new = place(key(index), after).unwrap();
                if old.owner == 1 {
                    moved += 1.0;
                    assert_eq!(Some(new.owner), old.standby);
                } else {
                    assert_eq!(new.owner, old.owner);
                }
            }
            let moved_share: f64 = moved / (KEYS / 4) as f64;
            println!("{nodes_count} nodes: {:.2} % of the keys moved", 100.0 * moved_share);
            assert!((moved_share - 1.0 / nodes_count as f64).abs() < 0.01, "{moved_share}");
        }
    }

    #[test]
    fn order_of_nodes_means_nothing_and_none_is_none() {
        let forwards = nodes(5);
        let backwards: Vec<Node> = forwards.iter().rev().copied().collect();
        for index in 0..100 {
            assert_eq!(place(key(index), &forwards), place(key(index), &backwards));
        }
        assert_eq!(place(key(0), &[]), None);
        assert_eq!(place(key(0), &nodes(1)), Some(Placement { owner: 1, standby: None }));
    }

    #[test]
    fn shards_share_evenly() {
        let mut counts = [0_u64; 8];
        for index in 0..KEYS {
            counts[shard_of(key(index), 8)] += 1;
        }
        assert!(counts.iter().all(|count| count.abs_diff(KEYS / 8) < KEYS / 8 / 10), "{counts:?}");
    }
}
