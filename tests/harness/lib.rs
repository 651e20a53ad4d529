//! What end-to-end tests stand on: the real server binary, visitors and agents on sockets, a real
//! browser. It knows the wire (`protocol`) and never the server's insides.

pub mod browser;
pub mod cdp;
pub mod eventually;
pub mod page;
pub mod traffic;
