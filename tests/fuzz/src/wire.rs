//! Frames and events as they come over a socket. Whatever is read must come back the same once it
//! is written again: otherwise what one side accepts, the other cannot read.

use std::fmt::Debug;

use protocol::agent::{AgentEvent, AgentFrame};
use protocol::visitor::{VisitorEvent, VisitorFrame};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) fn run(bytes: &[u8]) {
    comes_back_the_same::<VisitorFrame>(bytes);
    comes_back_the_same::<AgentFrame>(bytes);
    comes_back_the_same::<VisitorEvent>(bytes);
    comes_back_the_same::<AgentEvent>(bytes);
}

fn comes_back_the_same<T: Serialize + DeserializeOwned + PartialEq + Debug>(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice::<T>(bytes) else { return };
    let written = serde_json::to_string(&value).expect("wire types can be written");
    let again: T = serde_json::from_str(&written)
        .unwrap_or_else(|error| panic!("{value:?} is written as {written}: {error}"));
    assert_eq!(again, value, "written as {written}");
}
