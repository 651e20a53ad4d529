//! The server: its layers from top to bottom, and the only place that puts them together.

pub mod bus;
pub mod catalog;
pub mod clock;
pub mod config;
pub mod conversation;
pub mod degradation;
pub mod gateway;
pub mod history;
pub mod pipeline;
pub mod routing;
pub mod session;
