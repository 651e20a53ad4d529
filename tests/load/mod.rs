//! The load generator: open loop (it sends on a schedule, whatever the answers do), times counted
//! from the schedule, every id and place checked. It knows the wire and never the server's insides.

mod answer;
pub mod arguments;
pub mod crowd;
mod frame;
mod heard;
mod latency;
mod ledger;
pub mod pairs;
pub mod process;
pub mod stage;
mod stamp;
pub mod talk;
mod visitors;
pub mod wires;

pub use answer::upgrade;
pub use latency::{Latency, Percentiles};
pub use ledger::{Latencies, Verdict};
