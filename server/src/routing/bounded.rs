//! Bounded load: a conversation that begins goes past nodes that have their share already. Those
//! under way stay where they began. Pure; the loads are arguments.
//!
//! The bound is that of Mirrokni, Thorup and Zadimoghaddam, "Consistent Hashing with Bounded
//! Loads" (SODA 2018): no node takes more than `LOAD_FACTOR` times its share, rounded up. They
//! spill clockwise along a ring, onto one neighbour; here a key spills along its own order of
//! nodes, so that what a full node turns away is spread over all the others.

use protocol::ids::ConversationId;

use super::rendezvous::{Node, Placement, best_two, score};

/// c in the paper: a node takes at most this much of its fair share.
pub const LOAD_FACTOR: f64 = 1.25;

/// A node and how many conversations it has under way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Member {
    pub node: Node,
    pub conversations_count: u64,
}

/// Who takes a conversation that begins, and who stands by. `None` when there is no member.
/// Nobody is refused: the members' bounds together exceed what they have together, so one of them
/// has room.
pub fn place_new(conversation: ConversationId, members: &[Member]) -> Option<Placement> {
    let weight: f64 = members.iter().map(|member| member.node.weight).sum();
    let conversations_count: u64 = members.iter().map(|member| member.conversations_count).sum();
    let each = (conversations_count + 1) as f64 / weight;
    best_two(members.iter().map(|member| {
        let has_room = member.conversations_count < bound(&member.node, each);
        ((has_room, score(conversation, &member.node)), member.node.id)
    }))
}

/// The most a node may have when every unit of weight has `each`, the new conversation included.
fn bound(node: &Node, each: f64) -> u64 {
    // Above 2^64 nothing is bounded; a float that large is no count of conversations.
    (LOAD_FACTOR * node.weight * each).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::super::rendezvous::place;
    use super::*;

    const KEYS: u64 = 20_000;

    fn key(index: u64) -> ConversationId {
        ConversationId::from_parts(1_700_000_000_000 + index, [7; 10])
    }

    fn members(weights: &[f64]) -> Vec<Member> {
        let nodes = weights.iter().zip(1..).map(|(weight, id)| Node { id, weight: *weight });
        nodes.map(|node| Member { node, conversations_count: 0 }).collect()
    }

    fn nodes(members: &[Member]) -> Vec<Node> {
        members.iter().map(|member| member.node).collect()
    }

    /// Places the keys one after the other and checks the bound at each.
    fn fill(members: &mut [Member], keys: impl Iterator<Item = ConversationId>) {
        let weight: f64 = members.iter().map(|member| member.node.weight).sum();
        let mut total: u64 = members.iter().map(|member| member.conversations_count).sum();
        for key in keys {
            let owner = place_new(key, members).unwrap().owner;
            let member = members.iter_mut().find(|member| member.node.id == owner).unwrap();
            member.conversations_count += 1;
            total += 1;
            let fair_share = member.node.weight / weight * total as f64;
            let bound = (1.25 * fair_share).ceil();
            assert!(member.conversations_count as f64 <= bound, "{member:?} of {total}");
        }
    }

    #[test]
    fn no_node_takes_more_than_its_bound_whatever_the_weights() {
        for weights in [&[1.0; 8][..], &[1.0, 10.0, 0.1], &[0.5, 1.0, 2.0, 4.0, 100.0]] {
            let mut members = members(weights);
            fill(&mut members, (0..KEYS).map(key));
            let counts = members.iter().map(|member| member.conversations_count);
            assert_eq!(counts.sum::<u64>(), KEYS, "{weights:?}: nobody is refused");
        }
    }

    #[test]
    fn keys_that_all_prefer_one_node_spill_evenly_over_the_others() {
        let mut members = members(&[1.0; 8]);
        let nodes = nodes(&members);
        let prefers_first = |key: &ConversationId| place(*key, &nodes).unwrap().owner == 1;
        fill(&mut members, (0..4 * KEYS).map(key).filter(prefers_first));
        let total: u64 = members.iter().map(|member| member.conversations_count).sum();
        let share = |member: &Member| member.conversations_count as f64 / total as f64;
        assert!((share(&members[0]) - 0.156).abs() < 0.002, "as full as it may be: {members:?}");
        for member in &members[1..] {
            assert!((share(member) - 0.1205).abs() < 0.02, "{member:?} of {total}");
        }
    }

    #[test]
    fn with_room_everywhere_it_is_plain_rendezvous_hashing() {
        let mut members = members(&[1.0, 2.0, 3.0, 4.0]);
        let nodes = nodes(&members);
        // As many as their weights say, so that each has room for some more.
        for member in &mut members {
            member.conversations_count = 1_000 * member.node.weight as u64;
        }
        for index in 0..1_000 {
            assert_eq!(place_new(key(index), &members), place(key(index), &nodes));
        }
    }

    #[test]
    fn a_full_node_spills_to_its_standby_which_is_its_standby_in_turn() {
        let mut members = members(&[1.0; 4]);
        let nodes = nodes(&members);
        for member in &mut members {
            member.conversations_count = 100;
        }
        members[0].conversations_count = 1_000;
        let mut spilled_count = 0;
        for index in 0..1_000 {
            let preferred = place(key(index), &nodes).unwrap();
            let placed = place_new(key(index), &members).unwrap();
            if preferred.owner == 1 {
                assert_eq!(Some(placed.owner), preferred.standby);
                spilled_count += 1;
            } else {
                assert_eq!(placed.owner, preferred.owner);
            }
            assert_ne!(placed.standby, Some(1), "a full node stands by for nobody");
        }
        assert!(spilled_count > 200, "{spilled_count}");
    }

    #[test]
    fn somebody_always_has_room() {
        let mut members = members(&[1.0, 3.0, 0.2]);
        // Every distribution of up to 12 conversations over three nodes.
        for counts in (0..13_u64.pow(3)).map(|code| [code % 13, code / 13 % 13, code / 169]) {
            for (member, count) in members.iter_mut().zip(counts) {
                member.conversations_count = count;
            }
            let weight: f64 = members.iter().map(|member| member.node.weight).sum();
            let owner = place_new(key(counts[0]), &members).unwrap().owner;
            let member = members.iter().find(|member| member.node.id == owner).unwrap();
            let fair_share = member.node.weight / weight * (counts.iter().sum::<u64>() + 1) as f64;
            assert!((member.conversations_count as f64) < (1.25 * fair_share).ceil(), "{counts:?}");
        }
    }

    #[test]
    fn the_most_loaded_cluster_and_the_empty_one_have_an_answer() {
        assert_eq!(place_new(key(0), &[]), None);
        let mut alone = members(&[1.0]);
        alone[0].conversations_count = u64::from(u32::MAX);
        let placement = Placement { owner: 1, standby: None };
        assert_eq!(place_new(key(0), &alone), Some(placement));
    }
}
