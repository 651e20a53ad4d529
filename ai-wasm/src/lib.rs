//! Glue between the Worker and `nlu`. Knows messages and bytes; what a question means is `nlu`'s.

pub mod assistant;
mod export;
mod fetch;
mod worker;

pub use worker::start;
