//! Where a conversation is kept: first the node that owns it, then the shard within that node.

mod rendezvous;

pub use rendezvous::{Node, Placement, place, shard_of};
