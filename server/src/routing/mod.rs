//! Where a conversation is kept: first the node that owns it, then the shard within that node.

mod bounded;
mod rendezvous;

pub use bounded::{LOAD_FACTOR, Member, place_new};
pub use rendezvous::{Node, Placement, place, shard_of};
