//! Glue between the Worker and `nlu`. Knows messages and bytes; what a question means is `nlu`'s.

pub mod assistant;
mod export;
mod fetch;
mod worker;

pub use worker::start;

/// As in the widget: a tenth of the default one's code, and as quick. Native tests keep their own.
#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
