//! What end-to-end tests stand on: the real server binary, visitors and agents on sockets, a real
//! browser. It knows the wire (`protocol`) and never the server's insides.

pub mod agent;
pub mod browser;
pub mod cdp;
pub mod conditions;
pub mod demo;
pub mod eventually;
pub mod files;
pub mod http;
pub mod identity;
#[path = "../load/mod.rs"]
pub mod load;
pub mod looks;
pub mod page;
pub mod process;
pub mod proxy;
pub mod segments;
pub mod smtp;
pub mod socket;
pub mod speech;
pub mod totp;
pub mod traffic;
pub mod twin;
pub mod visitor;
