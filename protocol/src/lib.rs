//! The wire: pure data shared by server, widget, console and Worker, and the heartbeat that both
//! clients keep. It knows no I/O, no clock, no features and nobody else's crate. `README.md` beside
//! it is the frame-by-frame spec.

#![cfg_attr(not(test), no_std)]

extern crate alloc;

pub mod agent;
pub mod close;
pub mod context;
pub mod conversation;
pub mod draft;
pub mod embed;
pub mod erasure;
pub mod faq;
pub mod file;
pub mod forms;
pub mod heartbeat;
pub mod http;
pub mod ids;
pub mod inbox;
pub mod locale;
pub mod people;
pub mod refusal;
pub mod rehearsal;
pub mod reports;
pub mod screens;
pub mod search;
pub mod settings;
pub mod team;
pub mod understanding;
mod unit;
pub mod visitor;
pub mod worker;

/// Spoken by both sides; a server refuses the upgrade of a client with another one.
pub const PROTOCOL_VERSION: u16 = 1;

/// Chosen in `Sec-WebSocket-Protocol`; the visitor's token travels beside it, never in a URL.
pub const SUBPROTOCOL: &str = "frontdesk.v1";

/// Prefix of the second `Sec-WebSocket-Protocol` value, which carries the visitor's socket token.
pub const SUBPROTOCOL_TOKEN_PREFIX: &str = "token.";

/// Longest text of one message, in bytes of UTF-8.
pub const TEXT_BYTES_MAX: usize = 8 * 1024;

/// Longest draft of a visitor that agents are shown, in bytes of UTF-8.
pub const DRAFT_BYTES_MAX: usize = 1024;

/// Longest WebSocket frame either side accepts, in bytes.
pub const FRAME_BYTES_MAX: usize = 64 * 1024;

/// Most messages in one `Resumed` or `Transcript`; the rest is asked for with the next `last_seq`.
pub const PAGE_MESSAGES_MAX: usize = 200;
