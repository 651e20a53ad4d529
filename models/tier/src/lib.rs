//! The server tier: a larger sentence encoder that is asked about what the small one was unsure of.
//! Texts and scores in, an opinion out; it must never know sites, sockets or threads.

#[cfg_attr(not(feature = "onnx"), path = "encoder/disabled.rs")]
#[cfg_attr(feature = "onnx", path = "encoder/enabled.rs")]
mod encoder;
mod folder;
mod rerank;

pub use encoder::Encoder;
pub use folder::{Folder, Pooling, TierError};
pub use rerank::{Opinion, Phrases, Rerank, Sentences, SmallView};
