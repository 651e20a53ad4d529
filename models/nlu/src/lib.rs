//! Bytes and text in, an `Understanding` and a `Decision` out. The same code answers in the
//! visitor's browser and on the server, bit for bit. Pure: no clock, no files, no sockets; callers
//! bring bytes. No threads either but to compile a pack, which no browser does.

pub mod action;
mod courtesy;
mod decide;
mod encoder;
pub mod engine;
pub mod entity;
pub mod explain;
pub mod fold;
mod hand_off;
mod locale;
pub mod manifest;
pub mod pack;
mod punctuation;
pub mod safetensors;
mod scratch;
mod simplified;
mod weights;
pub mod wording;
pub mod wordpiece;

pub use decide::{Asked, ask};
pub use engine::Engine;
pub use explain::{Explanation, Ranking, explain, rank};
pub use locale::detect_locale;
pub use manifest::ModelError;
pub use pack::{Pack, PackError};
pub use scratch::Scratch;
